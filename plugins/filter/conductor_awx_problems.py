# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter conductor_awx_problems."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: conductor_awx_problems
short_description: What is wrong with what is declared for AWX
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Looks at the variables of the role P(orkes.conductor.conductor_awx#role) for what AWX would refuse only after other
    things were written, or would take for something else. Names that are ids, fields that credentials do not have,
    credentials without their secrets, schedules that are none.
  - It shows no value that may be a secret.
  - The role P(orkes.conductor.conductor_awx#role) uses it.
positional: credential_types
options:
  _input:
    description: The variables that are given, by their names.
    type: dict
    required: true
  credential_types:
    description: The fields of the credential types C(Orkes Conductor) and C(Hugging Face), by the types' names.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Stop if AWX would refuse it
  ansible.builtin.assert:
    that: (given | orkes.conductor.conductor_awx_problems(types)) == []
  vars:
    given:
      conductor_awx_clusters:
        - name: conductor-dev
    types:
      Orkes Conductor:
        - id: auth_token
      Hugging Face:
        - id: token
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def conductor_awx_problems(variables: Any, credential_types: Any) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._awx_declaration import declaration_problems

    if not isinstance(variables, Mapping) or not isinstance(credential_types, Mapping):
        raise AnsibleFilterError("conductor_awx_problems takes variables, and the fields of credential types")
    return declaration_problems(variables, credential_types)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"conductor_awx_problems": conductor_awx_problems}
