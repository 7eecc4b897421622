# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory would give back to those who were off-boarded."""

from __future__ import annotations

from typing import Any


def offboarding_lines(
    result: dict[str, Any], groups: list[dict[str, Any]], applications: list[dict[str, Any]]
) -> list[str]:
    """Return all that there is to say after an off-boarding.

    Args:
        result: The result of the module conductor_offboarding.
        groups: The groups that the inventory declares.
        applications: The applications that the inventory declares.
    """
    declared = [
        (kind, found)
        for kind, objects in (("group", groups), ("application", applications))
        for found in objects
        if found.get("state") != "absent"
    ]
    still = []
    for subject in result.get("subjects") or []:
        title = f"{subject['kind']} {subject['name']}"
        names = {str(name) for name in (subject["name"], subject["id"]) if name}
        for kind, found in declared:
            own = {str(found[key]) for key in ("name", "application_id") if found.get(key) is not None}
            if kind == subject["kind"] and own & names:
                still.append(title)
            if kind == "group" and subject["kind"] == "user" and subject["name"] in (found.get("members") or []):
                still.append(f"{title} as a member of group {found.get('name')}")
    lines = [str(line) for line in result.get("lines") or []]
    if still:
        lines.insert(
            0,
            f"the inventory still has {', '.join(still)}: take it out there, or the next run of orkes.conductor.site "
            "gives back what it declares",
        )
    return lines
