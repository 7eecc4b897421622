# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_pending."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_pending
short_description: What results in check mode say will come and go
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Gathers what earlier tasks are about to create and to delete, for O(orkes.conductor.hf_model#module:pending_parents)
    and O(orkes.conductor.hf_model#module:pending_deletions) of later ones.
  - The role P(orkes.conductor.hf_setup#role) uses it.
options:
  _input:
    description: Results of modules by kind. One of a task that was skipped counts as none.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: See what is still to come
  ansible.builtin.debug:
    msg: "{{ ({'integrations': integrations_result} | orkes.conductor.hf_setup_pending).parents }}"
"""

RETURN = r"""
_value:
  description: C(parents) with what will be created, and C(deletions) with what will be deleted, names by kind.
  type: dict
"""


def hf_setup_pending(results: Any) -> dict[str, Any]:
    """Return what will come and go."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import pending

    if not isinstance(results, dict):
        raise AnsibleFilterError("hf_setup_pending takes a dictionary of results")
    return pending(results)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_pending": hf_setup_pending}
