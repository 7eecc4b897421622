# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at the first, the middle, the last, and at every request of one run; a sample tries some."""

from __future__ import annotations

from typing import Any

import pytest
from endpoints import endpoints, item_of
from faults import FAULTS
from furnace import NONE, Case, Furnace, Where, Wrong, harms_twice
from takeaways import LEAKED, offboarding, rotation, with_fingerprint
from works import (
    CASES,
    ENDPOINTS,
    KEYS,
    NAMESPACE,
    NEW_KEYS,
    SEED,
    Estate,
    SandboxProcess,
    Task,
    access_keys,
    applications_there,
    holds_key,
)

PLACES = ("first", "middle", "last", "every")
#: About as many as a run has requests.
PARTS = 24
#: What lets the server act, and the client not know it.
LOST = ("reset after", "truncated", "status 503 after", "page 503 after", "silent after")

ESTATE = Estate(
    {name: {"key": KEYS[0], "description": "", "tags": {}, "models": {"m": ENDPOINTS[0]}} for name in ("a", "b")}
)
ITEMS: list[dict[str, Any]] = [
    {"name": "a", "api_key": KEYS[1], "namespace": "acme", "tags": {"team": "x"}},
    {"name": "b", "state": "absent"},
    {"name": "c", "api_key": KEYS[2], "namespace": "acme", "description": "new", "tags": {"team": "x"}},
]


def holds(sandbox: SandboxProcess, admin: Any, _folder: Any) -> list[str]:
    """Return what is not as ITEMS says."""
    found = {item["name"]: item for item in admin.done("GET", "/integrations/provider?activeOnly=false")}
    missing = [] if set(found) == {"a", "c"} else [f"there are {sorted(found)}"]
    missing += [
        f"{name} has another key" for name, key in (("a", KEYS[1]), ("c", KEYS[2])) if not holds_key(sandbox, name, key)
    ]
    missing += [f"{name} has other tags" for name, item in found.items() if ("x") not in str(item.get("tags"))]
    return missing


TASK = Task("hf_integration", {"integrations": ITEMS}, holds)


def leaked() -> tuple[Estate, Task]:
    """Return a token that has leaked: one integration is known to have it, one is named, one has another."""
    found = {name: {"key": LEAKED, "description": "text", "tags": {"team": "x"}, "models": {}} for name in ("a", "b")}
    other = {"key": KEYS[1], "description": "", "tags": {}, "models": {}}
    estate = Estate({"a": with_fingerprint("a", found["a"]), "b": found["b"], "c": with_fingerprint("c", other)})
    item = {"leaked_token": LEAKED, "new_token": NEW_KEYS[0], "also": ["b"]}
    return estate, rotation(estate, item, (NEW_KEYS[0],))


def leaving() -> tuple[Estate, Task]:
    """Return somebody, a team and two services that leave."""
    integrations = {"a": {"key": KEYS[0], "description": "", "tags": {}, "models": {"m": ENDPOINTS[0]}}}
    groups = {name: {"roles": ["USER"], "members": ["clara", "ana@example.com"]} for name in ("people", "more people")}
    provider, model = ("INTEGRATION_PROVIDER", "a"), ("INTEGRATION", "a:m")
    grants = {
        (("GROUP", "people"), provider): ("READ", "UPDATE"),
        (("USER", "clara"), model): ("EXECUTE",),
        (("USER", "service"), provider): ("READ",),
    }
    applications = {"service": ("WORKER",), "reports": ("USER",)}
    estate = Estate(integrations, groups, grants, applications, True, {"clara": ["USER"]}, {"service": 2, "reports": 1})
    subjects = [
        {"kind": "user", "name": "clara", "delete": True},
        {"kind": "group", "name": "people"},
        {"kind": "application", "name": "service", "access_keys": "deactivated"},
        {"kind": "application", "name": "reports", "delete": True},
    ]
    return estate, offboarding(subjects)


def services() -> tuple[Estate, Task]:
    """Return applications that are created, changed and deleted."""
    wanted: list[dict[str, Any]] = [
        {"name": "new", "roles": ["USER"], "tags": {"team": "x"}},
        {"name": "service", "roles": ["WORKER"], "tags": {}},
        {"name": "reports", "state": "absent"},
    ]
    return Estate(applications={"service": ("USER",), "reports": ()}), applications_there(wanted)


def keys(returned: bool = False) -> tuple[Estate, Task]:
    """Return access keys: two of one application, or one if it is given back, and, paused, one of another."""
    places = [("service", "FOLDER/0-0.json"), ("service", "FOLDER/0-1.json"), ("reports", "FOLDER/1-0.json")]
    places = places[1:] if returned else places
    wanted = [{"application": name, "destination": place, "enabled": name == "service"} for name, place in places]
    return Estate(applications={"service": ("WORKER",), "reports": ()}), access_keys(wanted, returned)


def deployed() -> tuple[Estate, Task]:
    """Return endpoints that are created, changed, paused, resumed, put to sleep and deleted."""
    states = {"changed": "running", "paused": "running", "resumed": "paused", "asleep": "running", "gone": "running"}
    wanted = [
        item_of("created", "paused", max_replica=1, env={"MODE": "a"}),
        item_of("changed", "present", max_replica=2, env={"MODE": "b"}, tags=["a"]),
        item_of("paused", "paused", max_replica=1, env={"MODE": "a"}),
        item_of("resumed", "running", max_replica=2, env={"MODE": "a"}),
        item_of("asleep", "scaled_to_zero", max_replica=1, env={"MODE": "a"}),
        {"name": "gone", "namespace": NAMESPACE, "state": "absent"},
    ]
    return Estate(endpoints=states), endpoints(wanted)


#: What is done, by its name.
WORKS: dict[str, tuple[Estate, Task]] = {
    "integrations": (ESTATE, TASK),
    "token rotation": leaked(),
    "off-boarding": leaving(),
    "applications": services(),
    "access keys": keys(),
    "access keys that are given back": keys(returned=True),
    "endpoints": deployed(),
}
#: Every so many of the cases are tried; which ones, the seed decides. The first work meets every fault everywhere, and
#: the others meet each at one of the places, so that all of it takes minutes.
EVERY = max(1, -(-len(FAULTS) * len(PLACES) * len(WORKS) * 3 // CASES)) if CASES < 1000 else len(PLACES)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("work", WORKS)
def test_each_fault_at(place, work, counted: Furnace):
    offset = SEED + (PLACES.index(place) + list(WORKS).index(work) * len(PLACES)) * 7
    every = 1 if CASES >= 1000 and WORKS[work] == (ESTATE, TASK) else EVERY
    estate, task = WORKS[work]
    wrong = []
    rehearsed = None
    for name in list(FAULTS)[offset % every :: every]:
        case = Case(estate, task, FAULTS[name], Where(place, 0.55))
        try:
            rehearsed = rehearsed or counted.rehearse(case)
            counted.burn(case, rehearsed)
        except Wrong as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)


def test_a_parent_that_is_deleted_before_any_request(counted: Furnace):
    """Each of these requests may be the one that comes too late, and some are few among many."""
    wrong = []
    for part in range(SEED % EVERY, PARTS + 1, EVERY):
        try:
            counted.burn(Case(ESTATE, TASK, FAULTS["parent deleted"], Where("middle", part / PARTS)))
        except Wrong as error:
            wrong.append(f"{part} of {PARTS}: {error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "work", ["applications", "access keys", "access keys that are given back", "off-boarding", "endpoints"]
)
def test_what_does_harm_when_it_is_done_twice_is_done_once(work, counted: Furnace):
    """Each such request meets a fault that lets the server act and the client not know it."""
    estate, task = WORKS[work]
    rehearsed = counted.rehearse(Case(estate, task, NONE, Where("every")))
    numbers = [seen.number for seen in counted.proxy.seen if harms_twice(seen)]
    assert numbers
    where = [Where("middle", (number - 1) / (rehearsed[1] - 1)) for number in numbers]
    cases = [Case(estate, task, FAULTS[name], place) for place in where for name in LOST]
    every = 1 if CASES >= 1000 else len(cases)
    for case in cases[SEED % every :: every]:
        try:
            counted.burn(case, rehearsed)
        except Wrong as error:
            raise Wrong(f"{case.fault.name}: {error}") from None
