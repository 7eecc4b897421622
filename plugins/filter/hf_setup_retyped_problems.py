# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_retyped_problems."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_retyped_problems
short_description: Which texts YAML has made numbers, booleans or dates of
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Looks for variables of the role that hold a number, a boolean or a date where a text is asked for. A name such as
    V(00123) without quotes is the number 83, and what was written cannot be told any more.
  - Answers of AWX's surveys, and its extra variables, are read that way by ansible-core 2.19 and newer.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: specifications
options:
  _input:
    description: The variables, by their names.
    type: dict
    required: true
  specifications:
    description:
      - The argument specifications of the role, by their entry points, or the text of C(meta/argument_specs.yml), which
        is read in less time here than by P(ansible.builtin.from_yaml#filter).
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Stop if a name was lost
  ansible.builtin.assert:
    that: (given | orkes.conductor.hf_setup_retyped_problems(specifications)) == []
  vars:
    given:
      hf_setup_expected_org: "00123"
    specifications:
      main:
        options:
          hf_setup_expected_org:
            type: str
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def hf_setup_retyped_problems(values: Any, specifications: Any) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._retyped import problems_of_role

    if isinstance(specifications, str):
        import yaml

        # Both are safe loaders. The first takes no text with Ansible's marks on it, but its bytes.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        read = yaml.load(bytes(specifications, "utf-8"), Loader=loader)  # noqa: S506
        specifications = (read or {}).get("argument_specs")
    if not isinstance(values, Mapping) or not isinstance(specifications, Mapping):
        raise AnsibleFilterError("hf_setup_retyped_problems takes variables, and the role's argument specifications")
    return problems_of_role(specifications, values)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_retyped_problems": hf_setup_retyped_problems}
