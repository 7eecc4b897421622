# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of cases: what there is before, what is done, and on which servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from endpoints import SWITCHES as ENDPOINT_SWITCHES
from endpoints import endpoint_tasks, estates_with_endpoints, opposed_endpoints
from hypothesis import strategies as st
from takeaways import (
    estates_to_leave,
    estates_with_a_leak,
    offboarding_tasks,
    opposed_rotations,
    rotation_tasks,
)
from works import (
    CASES,
    SEED,
    SWITCHES,
    Estate,
    Task,
    access_key_tasks,
    application_tasks,
    estates,
    grant_tasks,
    group_tasks,
    integration_tasks,
    model_tasks,
)


@dataclass(frozen=True)
class Kind:
    """One kind of cases.

    Attributes:
        estates: Draws what there is before.
        tasks: Draws what is done with it.
        opposed: Draws two tasks that are done at a time; None where any two will do.
        switches: The switches that concern it, with the values that they may have.
    """

    estates: st.SearchStrategy[Estate]
    tasks: Callable[[Estate], st.SearchStrategy[Task]]
    opposed: Callable[[Estate], st.SearchStrategy[tuple[Task, Task]]] | None = None
    switches: dict[str, list[Any]] | None = None


KINDS = {
    "integrations": Kind(estates(), integration_tasks),
    "models": Kind(estates(integrations=1), model_tasks),
    "groups": Kind(estates(people=1), group_tasks),
    "grants of groups": Kind(estates(integrations=1, groups=1), grant_tasks("group")),
    "applications": Kind(estates(), application_tasks),
    "grants of applications": Kind(estates(integrations=1, applications=1), grant_tasks("application")),
    "access keys": Kind(estates(applications=1), access_key_tasks),
    "token rotations": Kind(estates_with_a_leak(), rotation_tasks, opposed_rotations),
    "off-boardings": Kind(estates_to_leave(), offboarding_tasks),
    "endpoints": Kind(estates_with_endpoints(), endpoint_tasks, opposed_endpoints, ENDPOINT_SWITCHES),
}

#: Those that a test tries: a sample takes some of them, and the seed decides which.
SOME = tuple(KINDS) if CASES >= 1000 else tuple(KINDS)[SEED % 2 :: 2]


@st.composite
def switches(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Draw settings of a few switches."""
    values = KINDS[kind].switches or SWITCHES
    names = draw(st.lists(st.sampled_from(sorted(values)), max_size=4, unique=True))
    return {name: draw(st.sampled_from(values[name])) for name in names}


@st.composite
def works(draw: st.DrawFn, kind: str) -> tuple[Estate, Task]:
    """Draw an estate, and a task that changes it."""
    estate = draw(KINDS[kind].estates)
    return estate, draw(KINDS[kind].tasks(estate))


@st.composite
def opposed_works(draw: st.DrawFn, kind: str) -> tuple[Estate, Task, Task]:
    """Draw an estate, and two tasks that change it at the same time, each in its own way."""
    estate, task = draw(works(kind))
    opposed = KINDS[kind].opposed
    if opposed is not None:
        return estate, *draw(opposed(estate))
    return estate, task, draw(KINDS[kind].tasks(estate))
