# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probe on every setting of every switch: it recovers the setting, and leaves nothing behind."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from bench import Bench
from module_process import interpreter
from probing import (
    PAUSE,
    UNSEEN,
    Counting,
    Victims,
    answers_of,
    client_at,
    client_of,
    expected,
    has_unreachable_models,
    objects_code,
    probe,
    probe_code,
    profile_code,
    state_of,
)
from sandbox_process import SandboxProcess
from test_switches import DEFAULTS, EACH, SWITCHES, identifier

ANSWERED = [name for name in SWITCHES if name not in UNSEEN]
SINGLE = [("latency", DEFAULTS["latency"])]
SINGLE += [(name, value) for name, value in EACH if name == "latency" or name in ANSWERED]
COMBINATIONS = 40


def combination(seed: int) -> dict[str, Any]:
    """Every switch at a setting of chance."""
    chance = random.Random(seed)
    return {name: chance.choice(SWITCHES[name]) for name in ANSWERED}


def set_all(bench: Bench, **switches: Any) -> dict[str, Any]:
    """Set the switches of an empty sandbox, and return every setting."""
    bench.settings(**switches)
    settings: dict[str, Any] = bench.sandbox.control("GET", "/settings")
    return settings


def survey(bench: Bench, **switches: Any) -> dict[str, Any]:
    """Probe the sandbox with these switches, and hold everything that can be seen against them."""
    settings = set_all(bench, **switches)
    before = state_of(bench.sandbox)
    profile, left = probe(bench.sandbox)
    assert left == []
    assert state_of(bench.sandbox) == before, "the probe left something behind"
    found, wanted = answers_of(profile), expected(settings)
    how = {question: answer["how"] for question, answer in profile["answers"].items()}
    assert {
        question: (found[question], how[question]) for question in found if found[question] != wanted[question]
    } == {}
    assert profile["server"] == {"version": settings["version"], "organization": settings["organization"]}
    return profile


def test_every_switch_is_a_question_or_has_a_reason_not_to_be_one():
    assert set(SWITCHES) == set(ANSWERED) | (set(UNSEEN) & set(SWITCHES))
    assert set(profile_code.QUESTIONS) == set(ANSWERED) | set(profile_code.UNOBSERVABLE)


@pytest.mark.parametrize(("name", "value"), SINGLE, ids=identifier)
def test_a_probe_recovers_each_setting_of_each_switch(bench, name, value):
    survey(bench, **{name: value})


@pytest.mark.parametrize("seed", range(COMBINATIONS))
def test_a_probe_recovers_any_combination_of_settings(bench, seed):
    settings = combination(seed)
    if has_unreachable_models({**DEFAULTS, **settings}):
        settings["discovered_models"] = ["plain"]
    survey(bench, **settings)


@pytest.mark.parametrize("seed", range(6))
def test_a_sandbox_started_from_a_profile_behaves_like_the_one_it_was_taken_of(bench, seed, tmp_path):
    settings = combination(seed)
    settings["discovered_models"] = ["plain"] if seed % 2 else []
    profile = survey(bench, **settings, organization="acme", version="v6.1-rc2")
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(profile), encoding="utf-8")
    twin = SandboxProcess("--settings", str(path), python=interpreter("SANDBOX_PYTHON"))
    try:
        again, left = probe(twin)
        twins = twin.control("GET", "/settings")
    finally:
        twin.stop()
    assert left == []
    assert again["answers"] == profile["answers"]
    assert again["server"] == profile["server"]
    recovered = {name: value for name, value in answers_of(profile).items() if value is not None}
    assert {name: twins[name] for name in recovered} == recovered


def test_a_model_that_no_path_leads_to_is_named_when_it_stays(bench):
    set_all(
        bench,
        discovered_models=["acme/found"],
        encoded_slash="reject",
        raw_slash="not_found",
        delete_provider_with_models="rejected",
    )
    _profile, left = probe(bench.sandbox)
    assert any("acme/found" in what for what in left)
    bench.settings(encoded_slash="decode")
    _profile, left = probe(bench.sandbox)
    assert left == []


def test_a_probe_killed_before_any_request_leaves_nothing_that_the_next_one_does_not_remove(bench):
    # The switches under which most can stay behind.
    set_all(bench, delete_cascade="kept", delete_provider_with_models="kept", discovered_models=["acme/found"])
    before = state_of(bench.sandbox)
    victims = Victims(bench.sandbox)
    stayed = 0
    number = 1
    while victims.killed_before(number):
        stayed += state_of(bench.sandbox) != before
        # Only what removes; a whole probe each time would take long.
        assert objects_code.ProbeObjects(client_of(bench.sandbox)[0]).clean() == []
        assert state_of(bench.sandbox) == before, f"killed before request {number}, something stayed behind"
        # All numbers near the beginning, every third after that.
        number += 1 if number < 20 else 3
    victims.stop()
    assert number > 90, "the probe was not killed within its work"
    assert stayed > 20, "nothing ever stayed behind, so nothing was tested"


def test_what_begins_with_the_prefix_goes_and_nothing_else(bench):
    admin = bench.admin()
    bench.integration("hf")
    admin.done("PUT", "/groups/mine", {"description": "", "roles": []})
    admin.done("POST", "/applications", {"name": "mine"})
    admin.grant(("GROUP", "mine"), ("INTEGRATION_PROVIDER", "hf"), "READ")
    before = state_of(bench.sandbox)
    bench.integration("ansible-probe-0123456789ab")
    admin.done("PUT", "/groups/ansible-probe-0123456789ab", {"description": "", "roles": []})
    admin.done("POST", "/applications", {"name": "ansible-probe-0123456789ab"})
    admin.grant(("GROUP", "ansible-probe-0123456789ab"), ("INTEGRATION_PROVIDER", "hf"), "READ")
    run = bench.run("conductor_probe", confirm=True, only_clean=True)
    assert not run.failed, run.message
    assert state_of(bench.sandbox) == before


# The module


def test_the_module_writes_a_profile_without_secrets_and_only_when_it_is_another_one(bench, tmp_path):
    path = tmp_path / "profile.json"
    options = {"confirm": True, "dest": str(path), "pause": 0.01}
    run = bench.run("conductor_probe", **options)
    assert not run.failed, run.message
    assert run.changed
    assert run.result["left_behind"] == []
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written == run.result["profile"]
    assert (path.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (0o644, [path])
    assert set(written["answers"]) == set(profile_code.QUESTIONS)
    text = path.read_text(encoding="utf-8") + run.output
    assert "eyJ" not in text, "a token"
    before = path.read_bytes()
    again = bench.run("conductor_probe", **options)
    assert (again.failed, again.changed, path.read_bytes()) == (False, False, before)
    bench.settings(secrets="clear")
    assert bench.run("conductor_probe", **options).changed
    assert json.loads(path.read_text(encoding="utf-8"))["answers"]["secrets"]["value"] == "clear"


def test_a_probe_takes_an_explicit_yes_and_no_check_mode(bench, tmp_path):
    for check, options, texts in (
        (False, {}, ["confirm is not true"]),
        (True, {"confirm": True}, ["does not run in check mode"]),
        (True, {"pause": -1}, ["check mode", "confirm", "pause is -1"]),
        (False, {"confirm": True, "dest": str(tmp_path / "none" / "p.json")}, ["dest", "cannot be written"]),
        (False, {"confirm": True, "dest": str(tmp_path)}, ["dest", "is a folder: name a file in it"]),
    ):
        bench.forget()
        run = bench.run("conductor_probe", check, **options)
        assert run.failed
        for text in texts:
            assert text in run.message
        assert bench.requests() == []


def test_a_probe_takes_an_administrator(bench):
    application, _client = bench.admin().application("deployment", roles=("USER",))
    key = bench.admin().done("POST", f"/applications/{application.removeprefix('app:')}/accessKeys")
    bench.connection = bench.as_caller(key["id"], key["secret"])
    bench.forget()
    run = bench.run("conductor_probe", confirm=True)
    assert run.failed
    assert "the role ADMIN" in run.message
    assert bench.writes() == []


@pytest.mark.parametrize("skip", [0, 10, 40, 80])
def test_a_cluster_that_goes_away_fails_the_probe_and_the_next_one_removes_the_rest(bench, skip, tmp_path):
    before = state_of(bench.sandbox)
    path = tmp_path / "profile.json"
    bench.fault(kind="status", status=503, skip=skip, count=1000)
    run = bench.run("conductor_probe", confirm=True, pause=0.01, dest=str(path), retries=0)
    assert run.failed
    assert "503" in run.message
    assert not path.exists()
    bench.sandbox.control("DELETE", "/faults")
    assert not bench.run("conductor_probe", confirm=True, pause=0.01).failed
    assert state_of(bench.sandbox) == before


def test_a_probe_outlives_short_tokens(bench):
    bench.settings(token_lifetime=1)
    run = bench.run("conductor_probe", confirm=True, pause=1.1)
    assert not run.failed, run.message
    assert run.result["profile"]["answers"]["token_lifetime"]["value"] == 1


@pytest.mark.parametrize("number", [20, 60, 85])
def test_a_probe_whose_objects_another_one_removes_gives_no_profile(bench, number):
    class Disturbing(Counting):
        """Lets another probe clean up before one of the requests."""

        def request(self, *arguments, **keywords):
            if type(self).sent == number:
                type(self).sent += 1
                objects_code.ProbeObjects(client_of(bench.sandbox)[0]).clean()
            return super().request(*arguments, **keywords)

    before = state_of(bench.sandbox)
    Disturbing.sent, Disturbing.killed_before = 0, None
    client, redactor = client_at(bench.sandbox.url, Disturbing)
    with pytest.raises(probe_code.Disturbed, match="run one at a time"):
        probe_code.probe(client, redactor, PAUSE)
    assert state_of(bench.sandbox) == before
