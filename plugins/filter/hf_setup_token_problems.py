# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_token_problems."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_token_problems
short_description: What stands against the keys of integrations
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Gathers the problems that P(orkes.conductor.hf_token_info#module) has found in a loop over the integrations' names,
    each with the name of its integration.
  - The role P(orkes.conductor.hf_setup#role) uses it.
options:
  _input:
    description: The results of the loop, whose variable is C(hf_setup__name).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Stop if a token cannot be used
  ansible.builtin.assert:
    that: (token_result.results | orkes.conductor.hf_setup_token_problems) == []
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def hf_setup_token_problems(results: Any) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import token_problems

    if not isinstance(results, (list, tuple)):
        raise AnsibleFilterError("hf_setup_token_problems takes the results of a loop")
    return token_problems(results)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_token_problems": hf_setup_token_problems}
