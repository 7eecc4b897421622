# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only the declared subjects hold access on a target (floor 3, shared by integrations and models).

Every grant that others hold on it is revoked. What reaches a target by another way, by a role such as ADMIN or by a
grant on a tag, is no grant on it, and stays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, name_problem
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import Reference
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Resource

_NAMES = {"type": "list", "elements": "str", "default": []}

#: The option, for the argument specification of an object.
EXCLUSIVE_SUBJECTS: dict[str, Any] = {
    "type": "dict",
    "options": {"applications": _NAMES, "groups": _NAMES, "roles": _NAMES, "users": _NAMES},
}


class Declared(NamedTuple):
    """Who may hold access on what.

    Attributes:
        title: What messages call the object.
        targets: The object as targets of grants.
        subjects: Names by C(applications), C(groups), C(roles) and C(users).
    """

    title: str
    targets: tuple[Reference, ...]
    subjects: dict[str, list[str]]


def exclusive_subjects_problems(title: str, item: dict[str, Any]) -> list[str]:
    """Return what is wrong with the option of one object, without asking the server."""
    given = item.get("exclusive_subjects")
    if given is None:
        return []
    if item.get("state") == "absent":
        return [f"{title}: exclusive_subjects goes with state present: all grants go with an object that is deleted"]
    found = [name_problem(word[:-1], name) for word, names in given.items() for name in names or []]
    return [f"{title}: exclusive_subjects: {problem}" for problem in found if problem]


def revoke_others(
    resource: Resource, client: ConductorClient, plan: Plan, problems: list[str], declared: list[Declared]
) -> None:
    """Plan that others than the declared subjects lose their grants, last of all.

    Args:
        resource: Whose call it is.
        client: Talks to the server.
        plan: Takes the changes.
        problems: Takes what stands in the way.
        declared: Each object with those who may hold access on it.
    """
    if not declared:
        return
    # Rarely asked for, and what it needs of other kinds takes its time to load.
    from ansible_collections.orkes.conductor.plugins.module_utils._other_subjects import ExclusiveSubjects

    ExclusiveSubjects(resource, client, plan, problems).revoke_others(declared, stage=4)
