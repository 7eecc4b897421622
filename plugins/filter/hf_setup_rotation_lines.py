# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_rotation_lines."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_rotation_lines
short_description: What people have to do after a leaked token was looked for
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Says which integrations carry the leaked token, what of the inventory has to be changed so that the next run does
    not put it back, and what to revoke at Hugging Face. No token is part of it.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: integrations, leaked_token, new_token, management_token, account
options:
  _input:
    description: The result of M(orkes.conductor.hf_token_rotation).
    type: dict
    required: true
  integrations:
    description: The integrations that the inventory declares.
    type: list
    elements: dict
    required: true
  leaked_token:
    description: The token that has leaked.
    type: str
    required: true
  new_token:
    description: The token in its place. An empty text counts as not given.
    type: str
    default: ''
  management_token:
    description: The inventory's token for Inference Endpoints.
    type: str
    default: ''
  account:
    description: The result of M(orkes.conductor.hf_token_info) for the leaked token, if it was asked for.
    type: dict
"""

EXAMPLES = r"""
- name: Say what there is to do
  ansible.builtin.debug:
    msg: "{{ rotation | orkes.conductor.hf_setup_rotation_lines(hf_setup_integrations, 'hf_leaked') }}"
"""

RETURN = r"""
_value:
  description: Sentences.
  type: list
  elements: str
"""


def hf_setup_rotation_lines(
    result: Any,
    integrations: Any,
    leaked_token: Any,
    new_token: Any = "",
    management_token: Any = "",
    account: Any = None,
) -> list[str]:
    """Return the sentences."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._token_rotation import rotation_lines

    if not isinstance(result, dict) or not isinstance(integrations, list):
        raise AnsibleFilterError("hf_setup_rotation_lines takes a result and a list of integrations")
    asked = account if isinstance(account, dict) and "valid" in account else None
    return rotation_lines(result, integrations, leaked_token, new_token or "", management_token or "", asked)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_rotation_lines": hf_setup_rotation_lines}
