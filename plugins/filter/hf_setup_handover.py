# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_handover."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: hf_setup_handover
short_description: The page with which a new environment is handed over
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Tells in Markdown what an environment holds, who may use which model, where keys are kept, and what there is to do
    next. No secret is part of it, and nothing in it is taken for markup that an inventory or a server says.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: about, groups, keys, applications, days
options:
  _input:
    description: What P(orkes.conductor.hf_setup_estate#filter) returns.
    type: dict
    required: true
  about:
    description: C(host), C(server), C(organization), C(version), and C(auth_application), the name of the application
      as which runs log in.
    type: dict
    required: true
  groups:
    description: Value of C(hf_setup_groups).
    type: list
    elements: dict
    default: []
  keys:
    description: Access keys as P(orkes.conductor.conductor_access_key#module) returns them.
    type: list
    elements: dict
    default: []
  applications:
    description: Applications as P(orkes.conductor.conductor_application#module) returns them.
    type: list
    elements: dict
    default: []
  days:
    description: How long an access key is used, in days.
    type: int
    default: 90
"""

EXAMPLES = r"""
- name: See the page
  ansible.builtin.debug:
    msg: >-
      {{ hf_setup_integrations | orkes.conductor.hf_setup_estate(hf_setup_groups)
         | orkes.conductor.hf_setup_handover({'host': inventory_hostname}, hf_setup_groups) }}
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""


def hf_setup_handover(
    estate: Any, about: Any, groups: Any = (), keys: Any = (), applications: Any = (), days: Any = 90
) -> str:
    """Return the page."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._handover import Handover

    if not isinstance(estate, dict) or not isinstance(about, dict):
        raise AnsibleFilterError("hf_setup_handover takes what hf_setup_estate returns, and a dictionary")
    return Handover(about, estate, list(groups or []), list(keys or []), list(applications or []), int(days)).page()


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_handover": hf_setup_handover}
