# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What applications may do with integrations, models and other targets (floor 3).

There is no subject of type APPLICATION: grants go to the application's user, C(app:<id>).
"""

from __future__ import annotations

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._grants import direct_grants
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import Reference
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import find_application
from ansible_collections.orkes.conductor.plugins.module_utils._resource_permission import PermissionResource


class ApplicationPermissionResource(PermissionResource):
    """The grants of one module call to applications.

    Args:
        call: The module call.
    """

    option = "applications"
    purge_option = "purge_applications"
    subject_kind = "APPLICATION"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._ids: dict[str, str] = {}

    def subject(self, name: str) -> Reference:
        """Return the application's user; before the application is there, a symbol that is never sent."""
        own_id = self._ids.get(name)
        if own_id is None:
            return "USER", f"app:<id of {name}>"
        return "USER", own_id if self._bare else f"app:{own_id}"

    @property
    def _bare(self) -> bool:
        """Whether the server is known to name applications by their bare ids."""
        return self.call.profile.knows("application_grant_subject", "bare")

    def read_grants(
        self, client: ConductorClient, plan: Plan, problems: list[str], names: list[str], wanted: set[str]
    ) -> dict[str, dict[Reference, set[str]]]:
        """Return what each application holds itself, and report those that are not there or cannot be told apart."""
        listed = client.list_applications() if names else []
        by_id = {str(found.get("id")) for found in listed}
        for name in names:
            if name in by_id:
                self._ids[name] = name
                continue
            found, problem = find_application(listed, name)
            if problem:
                problems.append(f"grants to {problem}")
            elif found is not None:
                self._ids[name] = str(found.get("id"))
            elif name in wanted:
                self.missing(plan, problems, "applications", name, f"grants to application {name}")
        held = self.read_each(lambda name: self._read(client, self._ids[name]), self._ids)
        if self._bare and any(entries is None for entries in held.values()):
            problems.append(
                "this server names applications by their bare ids and lists no grants by subject, so what an "
                "application holds cannot be read: grant it in the console"
            )
        problems += self._named_twice(names)
        entries: dict[str, Any] = {name: held.get(name) for name in names}
        return {name: direct_grants(found or []) for name, found in entries.items()}

    def _read(self, client: ConductorClient, own_id: str) -> list[dict[str, Any]] | None:
        """Return what an application holds under the name by which grants reach it."""
        if self._bare:
            return client.list_grants_of_subject("USER", own_id)
        return client.list_grants_of_user(f"app:{own_id}")

    def _named_twice(self, names: list[str]) -> list[str]:
        """Return the applications that are named by their name and by their id: two entries would not unite."""
        by_id: dict[str, list[str]] = {}
        for name in names:
            if name in self._ids:
                by_id.setdefault(self._ids[name], []).append(name)
        return [
            f"{' and '.join(found)} are the same application: name it in one way"
            for found in by_id.values()
            if len(found) > 1
        ]
