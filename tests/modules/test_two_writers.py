# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs write one integration at the same time, in orders that their requests can come in.

``make test`` tries a few with a few settings, ``make fire`` more with all settings, and ``FIRE_ORDERS=all`` every one.
"""

from __future__ import annotations

import importlib
import itertools
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from combinations import ALL
from probing import _UTILS, client_at
from sandbox_process import segment
from turns import Choice, Waiting, every_order, some_orders, take_turns

behaviour_code = importlib.import_module(f"{_UTILS}._behaviour")
errors_code = importlib.import_module(f"{_UTILS}._errors")
integration_code = importlib.import_module(f"{_UTILS}._resource_integration")
rotation_code = importlib.import_module(f"{_UTILS}._resource_token_rotation")

OLD, ONE, OTHER = (f"hf_{letter * 34}" for letter in "OAB")

#: What there is before, what the two do, and whether both write the same key.
MEETINGS = {
    "create": ("nothing", ("write", "write"), False),
    "create over what is left of an earlier one": ("leftovers", ("write", "write"), False),
    "set the first fingerprint": ("no fingerprint", ("write", "write"), False),
    "change the key": ("fingerprint", ("write", "write"), False),
    "change the key to the same": ("fingerprint", ("write", "write"), True),
    "change and rotate": ("fingerprint", ("write", "rotate"), False),
    "rotate": ("fingerprint", ("rotate", "rotate"), False),
    "describe anew and change the key": ("fingerprint", ("describe", "write"), False),
    "describe anew and rotate": ("fingerprint", ("describe", "rotate"), False),
    "describe anew": ("fingerprint", ("describe", "describe"), True),
}
SWITCHES: dict[str, tuple[Any, ...]] = {
    "tag_write_moves_update_time": (True, False),
    "repeated_tag_keys": ("replace", "multiple"),
    "secrets": ("masked", "clear"),
}
SETTINGS = [dict(zip(SWITCHES, values, strict=True)) for values in itertools.product(*SWITCHES.values())]
#: What is known of the server: nothing, or how it is; and whether it takes tags for what is not there.
KNOWN = {"unknown": None, "known": "unchecked", "known, with a check of what tags are for": "checked"}
#: With a profile a server that shows its keys has no fingerprints to speak of.
EVERY_CASE = [
    (switches, known)
    for switches, known in itertools.product(SETTINGS, KNOWN)
    if known == "unknown"
    or (switches["secrets"] == "masked" and (known == "known" or switches["repeated_tag_keys"] == "replace"))
]
EVERYTHING = bool(os.environ.get(ALL))
#: How many orders are drawn for each case, or "all"; and what they are drawn from.
ORDERS = os.environ.get("FIRE_ORDERS", "6")
SEED = os.environ.get("FIRE_SEED", "")


class Meeting:
    """Two runs on one integration.

    Args:
        bench: The sandbox.
        title: Which of the meetings it is.
        switches: Settings of the sandbox.
        known: What is known of them.
    """

    def __init__(self, bench: Any, title: str, switches: dict[str, Any], known: str) -> None:
        self.bench = bench
        self.before, self.kinds, same = MEETINGS[title]
        # Who only describes it anew sends the key that it has.
        first = OLD if self.kinds[0] == "describe" else ONE
        self.keys = (first, first if same else OTHER)
        existence = KNOWN[known]
        settings = {**switches, "tag_target_existence": existence or "unchecked"}
        bench.settings(**settings)
        answers = {**settings, "model_write_moves_update_time": False} if existence else {}
        self.profile = behaviour_code.Profile(answers=answers)
        # Without a second look nobody is told of what happens after the first.
        self.looks_twice = existence != "checked"
        self.client, _redactor = client_at(bench.sandbox.url, Waiting)
        self.admin = bench.admin()
        self.number = 0

    def item(self, key: str) -> dict[str, Any]:
        """Return what is asked for."""
        return {"name": self.name, "api_key": key, "namespace": "acme"}

    def write(self, key: str, current: dict[str, Any] | None) -> list[Any]:
        """Return the requests that set a key."""
        change, problems = integration_code.plan_integration(self.item(key), current, self.profile)
        assert problems == []
        return integration_code.integration_steps(self.client, change) if change else []

    def describe(self, key: str, current: dict[str, Any]) -> list[Any]:
        """Return the requests that describe it anew, which send its key, too."""
        item = {**self.item(key), "description": "anew"}
        change, problems = integration_code.plan_integration(item, current, self.profile)
        assert problems == []
        assert set(change.fields) == {"description"}
        return integration_code.integration_steps(self.client, change)

    def rotate(self, key: str, current: dict[str, Any]) -> list[Any]:
        """Return the requests that put a key in the place of the old one."""
        finding = rotation_code.find_token(OLD, key, self.name, current, self.profile)
        assert finding.token == "leaked"
        item = {"leaked_token": OLD, "new_token": key}
        change, problems = rotation_code.plan_replacement(item, self.name, current, finding, self.profile)
        assert problems == []
        return rotation_code.replacement_steps(self.client, change)

    def prepare(self) -> dict[str, Any] | None:
        """Have the sandbox hold what there is before, under a name of its own, and return that."""
        self.number += 1
        self.name = f"hf-{self.number}"
        if self.before == "no fingerprint":
            self.admin.integration(self.name, configuration={"api_key": OLD, "namespace": "acme"})
        elif self.before != "nothing":
            run_all(self.write(OLD, None))
        if self.before == "leftovers":
            self.admin.done("DELETE", f"/integrations/provider/{segment(self.name)}")
        return self.client.get_integration(self.name)

    def holds(self, key: str) -> bool:
        """Tell whether the integration has a key."""
        body = {"integration": self.name, "key": "api_key", "value": key}
        return bool(self.bench.sandbox.control("POST", "/secrets/check", body)["equal"])

    def happen(self, choose: Choice) -> int:
        """Let the two meet, hold what has to hold, and return how many said that they met."""
        current = self.prepare()
        works = [getattr(self, kind)(key, current) for kind, key in zip(self.kinds, self.keys, strict=True)]
        turns: list[int] = []
        right: dict[int, bool] = {}

        def chosen(options: list[int]) -> int:
            turns.append(choose(options))
            return turns[-1]

        def ended(number: int) -> None:
            right[number] = self.holds(self.keys[number])

        writers = take_turns([lambda steps=steps: run_all(steps) for steps in works], chosen, ended)
        told = [writer.error is not None for writer in writers]
        for writer in writers:
            if writer.error is not None:
                assert isinstance(writer.error, errors_code.ApiError), (turns, writer.error)
                assert writer.error.uncertain and "at the same time" in str(writer.error), (turns, writer.error)
        if self.keys[0] == self.keys[1]:
            assert not any(told), turns
        # What is there is one of the two, and what vouches for a key vouches for that one.
        assert any(self.holds(key) for key in self.keys), turns
        found = self.client.get_integration(self.name)
        for key in (OLD, *self.keys):
            [state] = integration_code.secret_states(self.item(key), found, self.profile).values()
            assert state != "same" or self.holds(key), (turns, key, found["tags"])
        # Who said that all is well was right when he said so, or the other one says that there were two.
        for was_right in right.values():
            assert was_right or any(told) or not self.looks_twice, (turns, told)
        # One further run by itself brings about what it was asked for, and nothing is left to be done.
        run_all(self.write(self.keys[0], self.client.get_integration(self.name)))
        assert self.holds(self.keys[0]), turns
        assert self.write(self.keys[0], self.client.get_integration(self.name)) == [], turns
        return sum(told)


def run_all(steps: list[Any]) -> None:
    """Send the requests."""
    for step in steps:
        step.run()


def cases() -> list[Any]:
    """Return each meeting with the settings and the knowledge that it is tried with: all, or a few that are drawn."""
    found = []
    for title in MEETINGS:
        for switches, known in EVERY_CASE if EVERYTHING else random.Random(title).sample(EVERY_CASE, 2):
            name = "-".join([title, known, *(str(value) for value in switches.values())])
            found.append(pytest.param(title, switches, known, id=name.replace(" ", "_")))
    return found


@pytest.mark.parametrize(("title", "switches", "known"), cases())
def test_whatever_is_left_by_two_runs_at_a_time_is_true(bench, title, switches, known):
    meeting = Meeting(bench, title, switches, known)
    orders = every_order() if ORDERS == "all" else some_orders(int(ORDERS), f"{title} {SEED}")
    for choose in orders:
        meeting.happen(choose)


def one_after_the_other(options: list[int]) -> int:
    """Let the first come to its end before the second."""
    return options[0]


def by_turns(last: int, *turns: int) -> Callable[[list[int]], int]:
    """Return a choice of these turns, and then of all that one has left."""
    left = list(turns)
    return lambda options: left.pop(0) if left else (last if last in options else options[0])


@pytest.mark.parametrize("repeated", SWITCHES["repeated_tag_keys"])
def test_the_fingerprint_of_who_was_overwritten_does_not_stay_alone(bench, repeated):
    meeting = Meeting(bench, "create", {"repeated_tag_keys": repeated}, "unknown")
    # The first writes and looks; the second does all that it does; only then the first leaves its fingerprint.
    assert meeting.happen(by_turns(1, 0, 0)) == 1


def test_who_overwrites_what_came_since_he_planned_says_so(bench):
    assert Meeting(bench, "change the key", {}, "unknown").happen(one_after_the_other) == 1


def test_a_fingerprint_that_came_while_its_integration_was_deleted_does_not_come_back(bench):
    meeting = Meeting(bench, "change the key", {}, "unknown")
    current = meeting.prepare()
    change = integration_code.Change("integration", meeting.name, "delete", {}, 0, {"pairs": set()})
    written = meeting.write(ONE, current)
    # The other run has all of it done just before the integration goes.
    run_all([*written, *integration_code.deletion_steps(meeting.client, change)])
    meeting.admin.integration(meeting.name, configuration={"api_key": OLD, "namespace": "acme"})
    found = meeting.client.get_integration(meeting.name)
    assert integration_code.secret_states(meeting.item(ONE), found, meeting.profile)["api_key"] != "same"
