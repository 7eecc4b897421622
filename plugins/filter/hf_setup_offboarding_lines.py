# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_offboarding_lines."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_offboarding_lines
short_description: What there is to say after an off-boarding
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Says what remains, and what the inventory still declares, so that its next run would give it back.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: groups, applications
options:
  _input:
    description: The result of M(orkes.conductor.conductor_offboarding).
    type: dict
    required: true
  groups:
    description: The groups that the inventory declares.
    type: list
    elements: dict
    required: true
  applications:
    description: The applications that the inventory declares.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Say what remains
  ansible.builtin.debug:
    msg: "{{ offboarding | orkes.conductor.hf_setup_offboarding_lines(hf_setup_groups) }}"
"""

RETURN = r"""
_value:
  description: Sentences.
  type: list
  elements: str
"""


def hf_setup_offboarding_lines(result: Any, groups: Any, applications: Any = None) -> list[str]:
    """Return the sentences."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._offboarding import offboarding_lines

    if not isinstance(result, dict) or not isinstance(groups, list):
        raise AnsibleFilterError("hf_setup_offboarding_lines takes a result and lists of what is declared")
    return offboarding_lines(result, groups, applications or [])


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_offboarding_lines": hf_setup_offboarding_lines}
