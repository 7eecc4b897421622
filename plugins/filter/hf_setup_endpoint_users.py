# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_endpoint_users."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_endpoint_users
short_description: Which other hosts of the inventory declare the Inference Endpoints of one
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - By what their variables declare, for an endpoint that is about to be deleted.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: hostvars, own, going
options:
  _input:
    description: Names of all hosts of the inventory.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's C(hostvars).
    type: dict
    required: true
  own:
    description: Name of the host that asks.
    type: str
    required: true
  going:
    description: Names of hosts that are taken down as well.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: See who else uses an endpoint
  ansible.builtin.debug:
    msg: "{{ groups.all | orkes.conductor.hf_setup_endpoint_users(hostvars, inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: Names of hosts, by the names of endpoints.
  type: dict
"""


def hf_setup_endpoint_users(hosts: Any, hostvars: Any, own: Any, going: Any = ()) -> dict[str, list[str]]:
    """Return the users."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._shared_endpoints import used_elsewhere

    if not isinstance(hosts, (list, tuple)):
        raise AnsibleFilterError("hf_setup_endpoint_users takes a list of hosts")
    return used_elsewhere(str(own), hosts, going or (), hostvars)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_endpoint_users": hf_setup_endpoint_users}
