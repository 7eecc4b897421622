# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_outcome."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_outcome
short_description: What became of the plan of a cluster
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Says what was applied, what failed, and what was not tried. Secrets are not part of it, since they are not part of
    the modules' results.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: planned, applied
options:
  _input:
    description: The plan, as P(orkes.conductor.hf_setup_plan#filter) returns it.
    type: dict
    required: true
  planned:
    description: The modules' results in check mode, by kind.
    type: dict
    required: true
  applied:
    description: The modules' results of the apply, by kind. Empty in check mode.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Say what would be done
  ansible.builtin.debug:
    msg: "{{ (plan | orkes.conductor.hf_setup_outcome({'integrations': integrations_result})).lines }}"
"""

RETURN = r"""
_value:
  description:
    - C(changed), C(changes), C(failures) and C(not_attempted) of all kinds together, C(summary) by kind of object (what
      goes along with an integration counts as the model or the grant that it is), and C(lines) for people.
  type: dict
"""


def hf_setup_outcome(plan: Any, planned: Any, applied: Any = None) -> dict[str, Any]:
    """Return the outcome."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import cluster_outcome

    if not isinstance(plan, dict) or not isinstance(planned, dict):
        raise AnsibleFilterError("hf_setup_outcome takes a plan, and dictionaries of results")
    return cluster_outcome(plan, planned, applied or {})


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_outcome": hf_setup_outcome}
