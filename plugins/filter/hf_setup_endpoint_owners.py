# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_endpoint_owners."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_endpoint_owners
short_description: Which host of a play sees to each Inference Endpoint that several declare
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Of the hosts that declare an endpoint alike it is the first that has come as far as the stages that are given.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: hostvars, own, stages
options:
  _input:
    description: Names of the hosts that are still in the play.
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
  stages:
    description: Stages of the role in which a host has to be.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: See who creates what
  ansible.builtin.debug:
    msg: >-
      {{ ansible_play_hosts | orkes.conductor.hf_setup_endpoint_owners(hostvars, inventory_hostname, ['plan']) }}
"""

RETURN = r"""
_value:
  description: Names of hosts, by the names of the endpoints that the host declares.
  type: dict
"""


def hf_setup_endpoint_owners(hosts: Any, hostvars: Any, own: Any, stages: Any) -> dict[str, str]:
    """Return the owners."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._shared_endpoints import owners

    if not isinstance(hosts, (list, tuple)):
        raise AnsibleFilterError("hf_setup_endpoint_owners takes a list of hosts")
    return owners(str(own), hosts, hostvars, stages)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_endpoint_owners": hf_setup_endpoint_owners}
