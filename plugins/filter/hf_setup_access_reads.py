# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_access_reads."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_access_reads
short_description: What to read to know whether groups and applications may do what they should
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Finds the calls of M(orkes.conductor.conductor_permission_info) that tell what the declared members may do with what
    the permissions of their groups name, and applications with what theirs name. Those with the same in common share a
    call.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: manage, results
options:
  _input:
    description: What the inventory declares, as P(orkes.conductor.hf_setup_estate#filter) returns it.
    type: dict
    required: true
  manage:
    description: The kinds that are managed. Without V(permissions) there is nothing to read.
    type: list
    elements: str
    required: true
  results:
    description:
      - Results of the managing modules by kind. That of C(applications) tells the applications' ids.
      - Where those of C(groups) and C(permissions) leave nothing to do, one member of each group is asked for, and
        otherwise each.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: See what would be read
  ansible.builtin.debug:
    msg: >-
      {{ hf_setup_integrations | orkes.conductor.hf_setup_estate(hf_setup_groups)
         | orkes.conductor.hf_setup_access_reads(['groups', 'permissions']) }}
"""

RETURN = r"""
_value:
  description: For each call C(effective_for), C(integrations) and C(models).
  type: list
  elements: dict
"""


def hf_setup_access_reads(estate: Any, manage: Any, results: Any = None) -> list[dict[str, list[str]]]:
    """Return what to read."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._verification import access_reads

    if not isinstance(estate, dict):
        raise AnsibleFilterError("hf_setup_access_reads takes what hf_setup_estate returns, and a list of kinds")
    return access_reads(estate, manage, results or {})


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_access_reads": hf_setup_access_reads}
