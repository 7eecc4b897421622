# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_export."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_export
short_description: The variables of the role hf_setup that describe a cluster
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Turns what was read of a cluster into a file of variables that declare exactly this. Every text of the server that a
    template could make anything of carries the tag C(!unsafe). Keys are left out.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: server, name, chosen
options:
  _input:
    description:
      - What the modules returned, C(integrations), C(groups), C(applications), C(held) and C(granted), each the result
        of a module that reads. One that failed was not permitted.
    type: dict
    required: true
  server:
    description: The result of M(orkes.conductor.conductor_server_info).
    type: dict
    required: true
  name:
    description: How the head of the file calls the cluster.
    type: str
    required: true
  chosen:
    description: Names of what was asked for, by C(integrations), C(groups) and C(applications); all where it is null.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: See what would be exported of the integrations
  ansible.builtin.debug:
    msg: "{{ ({'integrations': found} | orkes.conductor.hf_setup_export(server, inventory_hostname)).text }}"
"""

RETURN = r"""
_value:
  description:
    - C(text), the file; C(lines) for people, C(counts), C(notes) with what could not be seen, and C(problems) with what
      was asked for and is not there.
  type: dict
"""

#: What each reading is worth, and what it takes.
UNSEEN = {
    "groups": "groups: this key may not read them, which takes the role ADMIN",
    "applications": "applications: this key may not read them",
    "held": "permissions of groups and applications: this key may not read them, which takes the role ADMIN",
    "granted": "grants of others on the integrations and models: this key may not read them",
}


def _names(value: Any) -> list[str] | None:
    """Return names as a list; on the command line they are a text with commas, as the modules take it, too."""
    return value.split(",") if isinstance(value, str) else value


def hf_setup_export(reads: Any, server: Any, name: str, chosen: Any = None) -> dict[str, Any]:
    """Return the file and what there is to say of it."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._export import Export, Reading, selection_problems

    if not isinstance(reads, dict) or not isinstance(server, dict):
        raise AnsibleFilterError("hf_setup_export takes a dictionary of results, and that of conductor_server_info")

    def found(kind: str, key: str) -> Any:
        return (reads.get(kind) or {}).get(key)

    reading = Reading(
        found("integrations", "integrations") or [],
        found("groups", "groups"),
        found("applications", "applications"),
        found("held", "permissions"),
        found("granted", "permissions"),
    )
    notes = [note for kind, note in UNSEEN.items() if getattr(reading, kind) is None]
    if reading.granted is not None and found("granted", "without_slashes"):
        notes.append(
            "grants of users and roles on models whose names hold a slash: this server takes no slash in a path"
        )
    caller = server.get("caller") or {}
    if reading.groups is None and "ADMIN" not in (caller.get("roles") or []):
        notes.insert(
            0, "this key is no Admin's: integrations, models and applications that it may not read are missing"
        )
    if any(entry.get("roles") is None for entry in reading.applications or []):
        notes.append("roles of applications: this key may not read all of them, which takes the role ADMIN")
    about = [f"Conductor as it was found at {name}, organization {server.get('organization') or '(not told)'}."]
    asked_for = {kind: _names(names) for kind, names in (chosen or {}).items()}
    problems = selection_problems(reading, asked_for)
    export = Export(reading, about, notes, asked_for.get("applications") or [])
    text = "" if problems else export.document()
    counts = ", ".join(f"{number} {kind}" for kind, number in export.counts.items())
    return {
        "text": text,
        "counts": export.counts,
        "notes": notes,
        "left_out": export.left_out,
        "problems": problems,
        "lines": [counts, *(f"not seen: {note}" for note in notes), *(f"left out: {one}" for one in export.left_out)],
    }


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_export": hf_setup_export}
