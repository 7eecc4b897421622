# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at the first, the middle, the last, and at every request of one run; a sample tries some."""

from __future__ import annotations

from typing import Any

import pytest
from faults import FAULTS
from furnace import Case, Furnace, Where, Wrong
from works import CASES, ENDPOINTS, KEYS, SEED, Estate, SandboxProcess, Task, holds_key

PLACES = ("first", "middle", "last", "every")
#: Every so many of the cases are tried; which ones, the seed decides.
EVERY = max(1, -(-len(FAULTS) * len(PLACES) * 3 // CASES)) if CASES < 1000 else 1
#: About as many as a run has requests.
PARTS = 24

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


@pytest.mark.parametrize("place", PLACES)
def test_each_fault_at(place, counted: Furnace):
    offset = SEED + PLACES.index(place)
    wrong = []
    for name in list(FAULTS)[offset % EVERY :: EVERY]:
        try:
            counted.burn(Case(ESTATE, TASK, FAULTS[name], Where(place, 0.55)))
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
