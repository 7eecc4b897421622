# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_plan_problems."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_plan_problems
short_description: Why a plan deletes more than it may
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Holds a plan against a limit of deletions.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: limit, limited
options:
  _input:
    description: The plan, as P(orkes.conductor.hf_setup_plan#filter) returns it.
    type: dict
    required: true
  limit:
    description: Most deletions, as a number or as a percentage of the objects in scope.
    type: str
  limited:
    description:
      - Whether the limit is in force. Where it is not, as for a teardown, a limit that cannot be read is a problem all
        the same.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Stop at more than ten deletions
  ansible.builtin.assert:
    that: (plan | orkes.conductor.hf_setup_plan_problems('10')) == []
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def hf_setup_plan_problems(plan: Any, limit: Any = None, limited: bool = True) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.module_utils._errors import bounded
    from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import brake_problem

    if not isinstance(plan, dict) or "digest" not in plan:
        raise AnsibleFilterError("hf_setup_plan_problems takes a plan")
    try:
        brake = brake_problem(plan, limit)
    except ValueError:
        given = f"hf_setup_purge_limit is {bounded(limit)!r}"
        return [f"{given}: give a number of objects such as 10, or a percentage such as 25%"]
    return [brake] if brake and limited else []


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_plan_problems": hf_setup_plan_problems}
