# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens that have leaked: which integrations carry them, and others in their place (floor 3).

Which key an integration holds is known where the server shows it, or by the fingerprint that the last write left. Where
neither tells, that is said, and such an integration is only written when it is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import Profile
from ansible_collections.orkes.conductor.plugins.module_utils._caller import is_administrator
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    integration_name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import TYPE, untold_type
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call, Pair, Resource, as_tags, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import (
    fields_of,
    fingerprint_pairs,
    fingerprints_of,
    given_secrets,
    integration_body,
    keeps_secrets,
    key_shape_problems,
    mask_problems,
    others_of,
    plan_integration,
    secret_states,
    shows_others,
    somebody_else_writes,
    update_time_of,
    written_integration,
)
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    HIDDEN,
    SHORTEST_FINGERPRINTED,
    hidden_keys,
    is_secret_key,
    recorded_update_time,
)

#: What is known of the key of an integration: the one that leaked, the one in its place, another one, or nothing.
LEAKED, NEW, OTHER, UNKNOWN = "leaked", "new", "other", "unknown"

#: The configuration key in which an integration of this type holds its token.
TOKEN_FIELD = "api_key"  # noqa: S105 (a name)


def rotation_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one rotation, without asking the server."""
    problems = []
    leaked, new = item.get("leaked_token"), item.get("new_token")
    for option, token in (("leaked_token", leaked), ("new_token", new)):
        if token is None:
            continue
        if not str(token).strip():
            problems.append(f"{option} is empty: give the token")
            continue
        wrong = mask_problems(option, token) + key_shape_problems(option, token)
        if not wrong and len(str(token)) < SHORTEST_FINGERPRINTED:
            wrong = [
                f"{option} has fewer than {SHORTEST_FINGERPRINTED} characters, and no token of Hugging Face is that "
                "short: give the whole token"
            ]
        problems += wrong
    if leaked is not None and leaked == new:
        problems.append("leaked_token and new_token are the same: create a new token at Hugging Face, and give that")
    also, leave_out = item.get("also") or [], item.get("leave_out") or []
    for option, names in (("also", also), ("leave_out", leave_out)):
        problems += [problem for name in names for problem in [integration_name_problem(option, name)] if problem]
        if names and new is None:
            problems.append(f"{option} is given without new_token, and so does nothing: give both or none")
    both = sorted(set(also) & set(leave_out))
    if both:
        problems.append(f"also and leave_out both name {', '.join(both)}: keep one")
    return problems


@dataclass(frozen=True)
class Finding:
    """What is known of one integration and one leaked token.

    Attributes:
        token: One of C(leaked), C(new), C(other) and C(unknown).
        fields: The configuration keys that hold the leaked token.
        reason: How that is known, or why it is not.
    """

    token: str
    fields: tuple[str, ...] = ()
    reason: str = ""


def holds_token(
    token: str, current: dict[str, Any], name: str, field: str, profile: Profile
) -> tuple[bool | None, str]:
    """Return whether a field of an integration holds a token, None where that cannot be told, and why.

    Args:
        token: The token.
        current: The integration as the server shows it.
        name: The integration's name.
        field: Name of the configuration key.
        profile: What is known of the cluster's behaviour.
    """
    pairs = sorted(fingerprints_of(tag_pairs(current), {field}))
    item = {"name": name, "secret_configuration": {field: token}}

    def state(tags: list[Pair]) -> str:
        return secret_states(item, {**current, "tags": as_tags(tags)}, profile)[field]

    plain = state([])
    if plain == "same":
        return True, "the server shows it"
    if plain == "changed":
        return False, "the server shows another one"
    # Several mean that a write was broken off, or that two met: one that is of this token may be the last.
    states = [state([pair]) for pair in pairs]
    if "same" in states:
        return True, "its fingerprint says so"
    if "unverified" in states:
        return None, "its fingerprint is of this token, and somebody has saved the integration since"
    if not pairs or "unknown" in states:
        return None, "the server does not show the key, and there is no fingerprint"
    if len(pairs) > 1:
        return None, "there are several fingerprints, of which none is of this token"
    recorded, moved = recorded_update_time(pairs[0][1]), update_time_of(current, profile)
    if None not in (recorded, moved) and recorded != moved:
        return None, "its fingerprint is of another key, and somebody has saved the integration since"
    return False, "its fingerprint is of another key"


def find_token(leaked: str, new: str | None, name: str, current: dict[str, Any], profile: Profile) -> Finding:
    """Return what is known of an integration and a leaked token.

    Args:
        leaked: The token that leaked.
        new: The token in its place, or None.
        name: The integration's name.
        current: The integration as the server shows it.
        profile: What is known of the cluster's behaviour.
    """
    configuration = current.get("configuration") or {}
    fields = fields_of(tag_pairs(current))
    fields |= {str(key) for key in configuration if is_secret_key(key)}
    answers = {field: holds_token(leaked, current, name, field, profile) for field in sorted({*fields, TOKEN_FIELD})}
    found = tuple(field for field, (holds, _why) in answers.items() if holds)
    if found:
        return Finding(LEAKED, found, answers[found[0]][1])
    if new is not None:
        holds, why = holds_token(new, current, name, TOKEN_FIELD, profile)
        if holds:
            return Finding(NEW, (), why)
    holds, why = answers[TOKEN_FIELD]
    return Finding(OTHER if holds is False else UNKNOWN, (), why)


def plan_replacement(
    item: dict[str, Any], name: str, current: dict[str, Any], finding: Finding, profile: Profile
) -> tuple[Change | None, list[str]]:
    """Return the change that puts the new token into an integration, and what stands in the way.

    Args:
        item: The options of the rotation.
        name: The integration's name.
        current: The integration as the server shows it.
        finding: What is known of its key.
        profile: What is known of the cluster's behaviour.
    """
    new = str(item["new_token"])
    secrets = dict.fromkeys(finding.fields or (TOKEN_FIELD,), new)
    desired: dict[str, Any] = {
        "name": name,
        "fingerprint": item.get("fingerprint", True),
        # What is known to be the leaked one is written whatever else a broken-off run has left there.
        "update_api_key": "always",
        "secret_configuration": {field: new for field in secrets if field != TOKEN_FIELD},
    }
    if TOKEN_FIELD in secrets:
        desired["api_key"] = new
    hidden = hidden_keys(current.get("configuration") or {}, given_secrets(desired))
    if hidden and not keeps_secrets(profile):
        return None, [
            f"integration {name}: {', '.join(secrets)} would change, and a change sends the whole integration. The "
            f"server also keeps {', '.join(hidden)}, and what it shows may be a mask that must not be written back. "
            "Set the new token by hf_integration, beside the real values in secret_configuration, and name the "
            f"integration in leave_out here: leave_out: [{name}]"
        ]
    change, problems = plan_integration(desired, current, profile)
    if change is not None:
        # Whatever is known of it and the new one: this is why it is written.
        change.fields = {field: replace(found, before=finding.token) for field, found in change.fields.items()}
        change.after = {**change.after, **dict.fromkeys(secrets, f"{HIDDEN} (new)")}
    return change, problems


def replacement_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that put a new token in, in an order that any further run can go on from.

    Contrary to other changes of a key, the old fingerprint goes last. As long as it is there, a run that was broken off
    is known to have something left to do. Of another run's fingerprint it takes none away.
    """
    payload, name = change.payload, change.name
    item, secrets, profile = payload["item"], payload["secrets"], payload["profile"]
    known = fingerprints_of(payload["pairs"], secrets)
    marks: set[Pair] = set()

    def mark() -> None:
        current = written_integration(client, name, payload["current"])
        marks.update(fingerprint_pairs(item, current, secrets, profile))
        if marks:
            client.add_integration_tags(name, as_tags(marks))

    def unmark() -> None:
        current = client.get_integration(name) or {}
        found = fingerprints_of(tag_pairs(current), secrets) - marks
        foreign = others_of(found, secrets, name) - known
        stale = found - fingerprints_of(foreign, fields_of(marks))
        if stale:
            client.delete_integration_tags(name, as_tags(stale))
        if foreign or (current and shows_others(current, secrets, profile)):
            raise somebody_else_writes(name)

    return [
        Step("key", lambda: client.save_integration(name, integration_body(change))),
        Step("fingerprint", mark),
        Step("removal of the old fingerprint", unmark),
    ]


class TokenRotationResource(Resource):
    """The rotations of one module call.

    Args:
        call: The module call.
    """

    kind = "integration"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._items: list[dict[str, Any]] = []
        self._integrations: list[dict[str, Any]] = []
        self._elsewhere: list[dict[str, Any]] = []
        self._replaced: set[str] = set()
        self._sees_all = True

    def title(self, item: dict[str, Any]) -> str:
        """Return what messages call a rotation, which has no name, and whose token is a secret."""
        return "with this leaked_token"

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one rotation and can be seen without a server."""
        return rotation_problems(item)

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the rotations and can be seen without a server."""
        problems = [
            f"{f'rotation {number}: ' if len(items) > 1 else ''}{problem}"
            for number, item in enumerate(items, start=1)
            for problem in self.item_problems(item)
        ]
        leaked = [item.get("leaked_token") for item in items]
        problems += [
            f"rotation {number}: its new_token is a leaked_token of another rotation: give one that has not leaked"
            for number, item in enumerate(items, start=1)
            if item.get("new_token") in leaked and item.get("new_token") != item.get("leaked_token")
        ]
        return problems

    def duplicate_problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return leaked tokens that are given more than once, without their values."""
        leaked = [item.get("leaked_token") for item in items]
        return [] if len(set(leaked)) == len(leaked) else ["a leaked_token is given more than once: keep one"]

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        self._items = items
        self._sees_all = is_administrator(client.get_user_info())
        if not self._sees_all:
            plan.warn(
                "the caller has not the role ADMIN, so integrations that it may not read are not among those that were "
                "looked at"
            )
        current = self._read(client)
        planned: dict[str, int] = {}
        for number, item in enumerate(items, start=1):
            for option in ("also", "leave_out"):
                problems += [
                    f"{option} names {name}, and there is no such integration of type {TYPE}: check the name"
                    for name in dict.fromkeys(item.get(option) or [])
                    if name not in current
                ]
            for entry in [entry for entry in self._integrations if entry["rotation"] == number]:
                name, finding = entry["name"], entry["finding"]
                if not self._is_to_be_replaced(item, name, finding):
                    plan.add(None)
                    continue
                if finding.token == OTHER:
                    problems.append(
                        f"also names integration {name}, and that holds neither token ({finding.reason}): take it out "
                        "of also, or set its key with hf_integration"
                    )
                    continue
                read = current[name]
                if read is None:
                    problems.append(
                        f"also names integration {name}, and that cannot be read ({finding.reason}): run again, and if "
                        "that stays, check what the caller may read, or take it out of also"
                    )
                    continue
                if planned.setdefault(name, number) != number:
                    problems.append(f"integration {name} would get two new tokens: name it in one rotation's also")
                    continue
                change, found = plan_replacement(item, name, read, finding, self.call.profile)
                problems += found
                plan.add(change)
        self._replaced = set(planned)
        for entry in self._elsewhere:
            plan.warn(
                f"integration {entry['name']} has type {entry['type'] or 'unknown'} and carries the leaked token: it "
                "is not written by this module, so replace its key in the console"
            )
        return plan, problems

    @staticmethod
    def _is_to_be_replaced(item: dict[str, Any], name: str, finding: Finding) -> bool:
        if item.get("new_token") is None or name in (item.get("leave_out") or []):
            return False
        return finding.token == LEAKED or (name in (item.get("also") or []) and finding.token != NEW)

    def _read(self, client: ConductorClient) -> dict[str, dict[str, Any] | None]:
        """Read every integration, note what is known of each, and return those of this type by name."""
        listed = client.list_integrations()
        names = sorted(str(found.get("name")) for found in listed if found.get("type") == TYPE)

        def read(name: str) -> dict[str, Any] | str | None:
            try:
                return client.get_integration(name)
            except ApiError as error:
                if not error.forbidden:
                    raise
                return str(error)

        answers = self.read_each(read, names)
        # What may be one is neither passed over nor written.
        untold = {str(found.get("name")): untold_type(found.get("type")) for found in listed}
        answers.update({name: why for name, why in untold.items() if why})
        self._integrations = []
        for number, item in enumerate(self._items, start=1):
            for name, found in answers.items():
                if isinstance(found, dict):
                    arguments = (item["leaked_token"], item.get("new_token"), name, found, self.call.profile)
                    finding = find_token(*arguments)
                else:
                    finding = Finding(UNKNOWN, (), found or "it is listed and cannot be read")
                shown = found if isinstance(found, dict) else {}
                self._integrations.append({"rotation": number, "name": name, "finding": finding, "current": shown})
        leaked = {item["leaked_token"] for item in self._items}
        self._elsewhere = [
            {"name": str(found.get("name")), "type": found.get("type")}
            for found in listed
            if found.get("type") != TYPE
            and any(isinstance(value, str) and value in leaked for value in (found.get("configuration") or {}).values())
        ]
        return {name: found if isinstance(found, dict) else None for name, found in answers.items()}

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        return replacement_steps(client, change)

    def settle(self, client: ConductorClient) -> None:
        """Read everything back: what was replaced holds the new token, and the leaked one is found nowhere else.

        Raises:
            CollectionError: That does not hold.
        """
        if not self._replaced:
            return
        self._read(client)
        wrong = []
        for entry in self._integrations:
            item, finding = self._items[entry["rotation"] - 1], entry["finding"]
            fingerprinted = item.get("fingerprint", True) or finding.reason == "the server shows it"
            if self._is_to_be_replaced(item, entry["name"], finding) and (finding.token == LEAKED or fingerprinted):
                wrong.append(f"integration {entry['name']} ({finding.reason})")
        if wrong:
            raise CollectionError(
                f"everything was written, and yet the new token is not seen in {', '.join(wrong)}: somebody may have "
                "written it at the same time; run again"
            )

    def further_result(self) -> dict[str, Any]:
        """Return what is known of each integration, and what there is to say of it."""
        integrations = [self._told(entry) for entry in self._integrations]
        found = {entry["token"] for entry in integrations}
        gone: bool | None = not (LEAKED in found or self._elsewhere)
        if gone and (UNKNOWN in found or not self._sees_all):
            gone = None
        lines = [line for entry in integrations for line in [rotation_line(entry, len(self._items))] if line]
        lines += [
            f"integration {entry['name']} has type {entry['type']} and carries the leaked token: replace its key in "
            "the console"
            for entry in self._elsewhere
        ]
        return {"integrations": integrations, "sees_all": self._sees_all, "gone": gone, "lines": lines}

    def _told(self, entry: dict[str, Any]) -> dict[str, Any]:
        item, finding, current = self._items[entry["rotation"] - 1], entry["finding"], entry["current"]
        return {
            "rotation": entry["rotation"],
            "name": entry["name"],
            "namespace": (current.get("configuration") or {}).get("namespace"),
            "enabled": bool(current.get("enabled")),
            "token": finding.token,
            "fields": list(finding.fields),
            "reason": finding.reason,
            "left_out": entry["name"] in (item.get("leave_out") or []),
        }


def rotation_line(entry: dict[str, Any], rotations: int) -> str | None:
    """Return what there is to say of an integration, or None when it holds another token.

    Args:
        entry: What is known of it, as the result tells it.
        rotations: Number of rotations of the call.
    """
    title = f"integration {entry['name']}"
    if rotations > 1:
        title += f" (rotation {entry['rotation']})"
    if entry["token"] == LEAKED:
        left = ", and was left out" if entry["left_out"] else ""
        return f"{title} carries the leaked token in {', '.join(entry['fields'])}: {entry['reason']}{left}"
    if entry["token"] == UNKNOWN:
        return f"{title} cannot be told: {entry['reason']}"
    return f"{title} carries the new token: {entry['reason']}" if entry["token"] == NEW else None
