# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_failure."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_failure
short_description: Where and why a cluster failed
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Makes of the result of a task that failed what a summary of several clusters tells of it.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: task, stage, reason, values, specifications
options:
  _input:
    description: Result of the task that failed, C(ansible_failed_result) in a C(rescue).
    type: dict
    required: true
  task:
    description: Name of the task.
    type: str
    required: true
  stage:
    description: Stage of the role, V(check), V(plan), V(apply), V(verify), V(hand_over), or nothing.
    type: str
    default: ''
  reason:
    description: Why it failed, if that is known better than the result tells.
    type: str
    default: ''
  values:
    description: Variables of a role whose arguments did not fit. What does not fit is then told with its place.
    type: dict
    default: {}
  specifications:
    description: That role's argument specifications, by their entry points.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Say in one line why something failed
  ansible.builtin.debug:
    msg: "{{ ({'msg': 'No such cluster'} | orkes.conductor.hf_setup_failure('Look for it')).reason }}"
"""

RETURN = r"""
_value:
  description: C(status), which is V(failed), C(stage), C(task), and C(reason), which is one line.
  type: dict
"""


def hf_setup_failure(
    result: Any, task: Any, stage: Any = "", reason: Any = "", values: Any = None, specifications: Any = None
) -> dict[str, str]:
    """Return where and why it failed."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._clusters import failure_of
    from ansible_collections.orkes.conductor.plugins.plugin_utils._misfits import misfits_of_role

    if not isinstance(result, dict):
        raise AnsibleFilterError("hf_setup_failure takes the result of a task")
    misfits = misfits_of_role(specifications or {}, values) if values else []
    return failure_of(result, str(task), str(stage or ""), str(reason or "") or "; ".join(misfits))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_failure": hf_setup_failure}
