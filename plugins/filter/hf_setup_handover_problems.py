# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_handover_problems."""

from __future__ import annotations

from typing import Any, Callable

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_handover_problems
short_description: What stands against the page of a hand-over
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Looks on the controller whether the page can be written, so that it is known before a cluster is set up. Nothing is
    made for that.
  - The role P(orkes.conductor.hf_setup#role) uses it.
options:
  _input:
    description: Whole path of the page. Its folders need not be there.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Stop if the page could not be written
  ansible.builtin.assert:
    that: (playbook_dir ~ '/hand-over/prod.md') | orkes.conductor.hf_setup_handover_problems == []
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def hf_setup_handover_problems(page: Any) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._handover import page_problems

    return page_problems(str(page))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_handover_problems": hf_setup_handover_problems}
