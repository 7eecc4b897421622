# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_audit_reads."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_audit_reads
short_description: What has to be asked to learn who may use which model
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Returns options for one call of P(orkes.conductor.conductor_permission_info#module), which reads the grants of
    everybody and those on every integration, model and tag.
  - The role P(orkes.conductor.hf_setup#role) uses it.
options:
  _input:
    description:
      - Results of P(orkes.conductor.hf_integration_info#module), P(orkes.conductor.conductor_group_info#module) and
        P(orkes.conductor.conductor_user_info#module) as C(integrations), C(groups) and C(users). What failed asks for
        nothing.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: See what has to be asked
  ansible.builtin.debug:
    msg: "{{ {'integrations': integrations_read} | orkes.conductor.hf_setup_audit_reads }}"
"""

RETURN = r"""
_value:
  description: The options C(groups), C(users), C(roles), C(integrations), C(models) and C(targets).
  type: dict
"""


def hf_setup_audit_reads(reads: Any) -> dict[str, Any]:
    """Return the options of the call."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_cluster import grant_reads

    if not isinstance(reads, dict):
        raise AnsibleFilterError("hf_setup_audit_reads takes a dictionary of results")
    return grant_reads(reads)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_audit_reads": hf_setup_audit_reads}
