# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What groups may do with integrations, models and other targets (floor 3)."""

from __future__ import annotations

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._grants import direct_grants
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import Reference
from ansible_collections.orkes.conductor.plugins.module_utils._resource_permission import PermissionResource


class GroupPermissionResource(PermissionResource):
    """The grants of one module call to groups."""

    option = "groups"
    purge_option = "purge_groups"
    subject_kind = "GROUP"

    def subject(self, name: str) -> Reference:
        """Return the group, whose id is its name."""
        return "GROUP", name

    def read_grants(
        self, client: ConductorClient, plan: Plan, problems: list[str], names: list[str], wanted: set[str]
    ) -> dict[str, dict[Reference, set[str]]]:
        """Return what each group holds itself, and report those that have to exist and do not."""
        current = {}
        for name, entries in self.read_each(client.list_grants_of_group, names).items():
            current[name] = direct_grants(entries or [])
            if entries is None and name in wanted:
                self.missing(plan, problems, "groups", name, f"grants to group {name}")
        return current
