# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens that have leaked, and people, teams and applications that leave: estates, tasks, and what has to hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from sandbox_process import Client, SandboxProcess, segment
from works import (
    ACCESS,
    APPLICATIONS,
    GROUPS,
    KEYS,
    NEW_KEYS,
    ROLES,
    USERS,
    Estate,
    Task,
    estates,
    holds_key,
    listed_integrations,
    some,
    targets_of,
)

from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    FINGERPRINT_TAG,
    is_fingerprint_tag,
    make_fingerprint,
)

FINGERPRINT = FINGERPRINT_TAG
LEAKED = KEYS[0]


def with_fingerprint(name: str, about: dict[str, Any]) -> dict[str, Any]:
    """Return an integration with the fingerprint that hf_integration leaves."""
    made = make_fingerprint(about["key"], name, "api_key")
    return {**about, "tags": {**about["tags"], FINGERPRINT: str(made)}}


@st.composite
def estates_with_a_leak(draw: st.DrawFn) -> Estate:
    """Draw integrations of which the first has the token that has leaked, some with fingerprints."""
    estate = draw(estates(integrations=1))
    found = {}
    for number, (name, about) in enumerate(estate.integrations.items()):
        given = about if number else {**about, "key": LEAKED}
        found[name] = with_fingerprint(name, given) if draw(st.integers(0, 3)) else given
    return replace(estate, integrations=found)


def rotation(estate: Estate, item: dict[str, Any], accepted: tuple[str, ...]) -> Task:
    """Return a task that puts a new token in a leaked one's place.

    Args:
        estate: What there is before.
        item: The rotation.
        accepted: What may be in the leaked one's place in the end.
    """
    leave_out, also = item.get("leave_out") or [], item.get("also") or []

    def holds(sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
        found, missing = listed_integrations(admin), []
        for name, about in estate.integrations.items():
            if name not in found:
                missing.append(f"{name} is not there")
                continue
            marked = FINGERPRINT in about["tags"]
            if name in also or (about["key"] == LEAKED and marked and name not in leave_out):
                right = accepted
            elif about["key"] == LEAKED and name not in leave_out:
                # Some servers show what they have, and so whose it is.
                right = (*accepted, LEAKED)
            else:
                right = (about["key"],)
            if not any(holds_key(sandbox, name, key) for key in right):
                missing.append(f"{name} has another key")
            tags = {(tag["key"], tag["value"]) for tag in found[name].get("tags") or []}
            users = {(key, value) for key, value in tags if not is_fingerprint_tag(key)}
            if users != set(about["tags"].items()) - {(FINGERPRINT, about["tags"].get(FINGERPRINT))}:
                missing.append(f"{name} has other tags: {tags}")
            if found[name].get("description") != about["description"] or not found[name].get("enabled"):
                missing.append(f"{name} has become another one")
        return missing

    def untrue(result: dict[str, Any], sandbox: SandboxProcess, admin: Client) -> list[str]:
        there = listed_integrations(admin)
        wrong = []
        if result.get("gone"):
            wrong += [f"the token is not gone from {name}" for name in there if holds_key(sandbox, name, LEAKED)]
        for entry in result.get("integrations", []):
            # What was found before is told where something failed after that.
            tokens = (
                {"new": item["new_token"]} if result.get("failed") else {"new": item["new_token"], "leaked": LEAKED}
            )
            token = tokens.get(entry["token"])
            if token and not holds_key(sandbox, entry["name"], token):
                wrong.append(f"{entry['name']} does not have the token {entry['token']}")
        return wrong

    return Task("hf_token_rotation", {"rotations": [item]}, holds, untrue)


@st.composite
def rotation_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw a rotation."""
    unknown = tuple(name for name, about in estate.integrations.items() if FINGERPRINT not in about["tags"])
    item: dict[str, Any] = {"leaked_token": LEAKED, "new_token": NEW_KEYS[0]}
    also = draw(some(unknown)) if unknown else []
    leave_out = [name for name in estate.integrations if name not in also and draw(st.integers(0, 4)) == 0]
    if also:
        item["also"] = also
    elif draw(st.booleans()):
        item["fingerprint"] = False
    if leave_out:
        item["leave_out"] = leave_out
    return rotation(estate, item, (item["new_token"],))


def opposed_rotations(estate: Estate) -> st.SearchStrategy[tuple[Task, Task]]:
    """Return two rotations of one leaked token, each to a token of its own."""
    items = [{"leaked_token": LEAKED, "new_token": key} for key in NEW_KEYS]
    one, other = (rotation(estate, item, NEW_KEYS) for item in items)
    return st.just((one, other))


# Leaving


@st.composite
def estates_to_leave(draw: st.DrawFn) -> Estate:
    """Draw people, teams and applications with roles, keys, memberships and grants."""
    estate = draw(estates(integrations=1, people=1))
    grants = dict(estate.grants)
    for user in draw(some(USERS)):
        for target in draw(st.lists(st.sampled_from(targets_of(estate.integrations)), max_size=2, unique=True)):
            grants[("USER", user), target] = tuple(sorted(draw(some(ACCESS, 1))))
    return replace(
        estate,
        grants=grants,
        roles={user: draw(some(ROLES, most=2)) for user in USERS},
        keys={name: draw(st.integers(0, 2)) for name in estate.applications},
    )


@st.composite
def offboarding_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw people, teams and applications that lose everything."""
    there = [
        *(("user", name) for name in USERS),
        *(("group", name) for name in estate.groups),
        *(("application", name) for name in estate.applications),
        ("user", "nobody@example.com"),
        ("group", GROUPS[-1]),
        ("application", APPLICATIONS[-1]),
    ]
    wanted: list[dict[str, Any]] = []
    for kind, name in draw(st.lists(st.sampled_from(there), min_size=1, max_size=4, unique=True)):
        item = {"kind": kind, "name": name, "delete": draw(st.booleans())}
        keys = {"access_keys": draw(st.sampled_from(["deleted", "deactivated"]))} if kind == "application" else {}
        wanted.append({**item, **keys})
    return offboarding(wanted)


def offboarding(wanted: list[dict[str, Any]]) -> Task:
    """Return a task that takes everything from people, teams and applications."""

    def holds(_sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
        ids = {found["name"]: found["id"] for found in admin.done("GET", "/applications")}
        groups = {found["id"]: found for found in admin.done("GET", "/groups")}
        users = {found["id"]: found for found in admin.done("GET", "/users?apps=true")}
        members = {
            name: {user["id"] for user in admin.done("GET", f"/groups/{segment(name)}/users")} for name in groups
        }
        missing = []
        for item in wanted:
            kind, name, left = item["kind"], item["name"], []
            if kind == "group":
                found, path = groups.get(name), f"groups/{segment(name)}"
                left += [f"has the members {members.get(name)}"] if members.get(name) else []
            else:
                own = name if kind == "user" else f"app:{ids.get(name, '')}"
                found, path = users.get(own), f"users/{quote(own, safe=':@')}"
                left += [f"is in {group}" for group, inside in members.items() if own in inside]
            if found is not None:
                if item.get("delete"):
                    left.append("is there")
                left += [f"has the role {role['name']}" for role in found.get("roles") or []]
                granted = admin.done("GET", f"/{path}/permissions")["grantedAccess"]
                left += [f"may {entry['access']} on {entry['target']}" for entry in granted if entry["access"]]
            if kind == "application" and name in ids:
                keys = admin.done("GET", f"/applications/{ids[name]}/accessKeys")
                stays = item.get("access_keys") == "deactivated"
                left += [f"has the key {key['id']}" for key in keys if not (stays and key["status"] == "INACTIVE")]
            missing += [f"{kind} {name} {what}" for what in left]
        return missing

    def untrue(result: dict[str, Any], _sandbox: SandboxProcess, admin: Client) -> list[str]:
        """What somebody may still do with an integration is told, and nothing else is."""
        if result.get("failed"):
            return []
        told = {
            (entry["user"], entry["target"]["id"])
            for entry in result["remaining"]
            if entry["target"]["type"] == "INTEGRATION_PROVIDER"
        }
        users = {found["id"] for found in admin.done("GET", "/users?apps=true")}
        asked = {subject["id"] for subject in result["subjects"] if subject["kind"] == "user"} & users
        asked |= {f"app:{subject['id']}" for subject in result["subjects"] if subject["kind"] == "application"} & users
        may = set()
        for user in asked:
            for name in listed_integrations(admin):
                path = f"/users/{quote(user, safe=':@')}/checkPermissions?type=INTEGRATION_PROVIDER&id={quote(name)}"
                if any(admin.done("GET", path).values()):
                    may.add((user, name))
        return [f"it is not told: {sorted(may - told)}"] if may - told else []

    return Task("conductor_offboarding", {"subjects": wanted}, holds, untrue)
