# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_own_endpoints."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_own_endpoints
short_description: The Inference Endpoints that one host sees to in an apply
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Leaves out those that another host of the play creates, changes or deletes.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: plan, owner_of, own, instead_of
options:
  _input:
    description: The list for P(orkes.conductor.hf_endpoint#module).
    type: list
    elements: dict
    required: true
  plan:
    description: The plan, as P(orkes.conductor.hf_setup_plan#filter) returns it.
    type: dict
    required: true
  owner_of:
    description: The host that sees to each endpoint, as P(orkes.conductor.hf_setup_endpoint_owners#filter) returns it.
    type: dict
    required: true
  own:
    description: Name of the host that asks.
    type: str
    required: true
  instead_of:
    description: Hosts that have failed. Then it is what these were to see to, and nothing else.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: See what this host is to create
  ansible.builtin.debug:
    msg: "{{ [{'namespace': 'acme', 'name': 'a'}] | orkes.conductor.hf_setup_own_endpoints(plan, {}, 'dev') }}"
"""

RETURN = r"""
_value:
  description: The endpoints.
  type: list
  elements: dict
"""


def hf_setup_own_endpoints(endpoints: Any, plan: Any, owner_of: Any, own: Any, instead_of: Any = ()) -> list[Any]:
    """Return the endpoints."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._shared_endpoints import to_be_made

    if not isinstance(endpoints, (list, tuple)) or not isinstance(plan, dict):
        raise AnsibleFilterError("hf_setup_own_endpoints takes a list of endpoints, and a plan")
    return to_be_made(endpoints, plan.get("endpoints") or {}, owner_of or {}, str(own), instead_of or ())


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_own_endpoints": hf_setup_own_endpoints}
