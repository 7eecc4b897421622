# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_cluster_problems."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_cluster_problems
short_description: Why the hosts of a play might reach the wrong cluster
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Returns a sentence for every way in which the servers of a play's hosts are not clearly told apart, and for every
    file in which this host and others would keep an access key. One host alone has no problems.
  - Servers are compared without V(http) or V(https), V(/api), trailing slashes, default ports, and capitals in the
    host.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: hostvars, own, allow_shared, batch, state
options:
  _input:
    description: Names of the play's hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - Ansible's C(hostvars). A host's server is its fact C(hf_setup_named_server), which the role sets, and before it
        has that its variable C(hf_setup_server_url).
      - Where O(own) takes its server from the play or from the role's parameters, which other hosts' variables do not
        show, a host that has not come as far as the role is left to its own turn, as in a later batch of C(serial).
    type: dict
    required: true
  own:
    description: Name of the host that asks.
    type: str
    required: true
  allow_shared:
    description: Whether several hosts may name the same server.
    type: bool
    default: false
  batch:
    description:
      - Names of the hosts of this batch. Given, Inference Endpoints that another host declares otherwise are problems
        of the hosts that declare them; of later batches their variables tell.
    type: list
    elements: str
  state:
    description: Value of C(hf_setup_state).
    type: str
    default: present
"""

EXAMPLES = r"""
- name: See whether each host has a server of its own
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | orkes.conductor.hf_setup_cluster_problems(hostvars, inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def hf_setup_cluster_problems(
    hosts: Any, hostvars: Any, own: str, allow_shared: bool = False, batch: Any = None, state: str = "present"
) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import (
        cluster_problems,
        files_of,
        servers_of,
        shared_file_problems,
    )
    from ansible_collections.orkes.conductor.plugins.plugin_utils._shared_endpoints import conflicts

    if not isinstance(hosts, (list, tuple)):
        raise AnsibleFilterError("hf_setup_cluster_problems takes a list of hosts")
    problems = cluster_problems(servers_of(hosts, hostvars, own), bool(allow_shared))
    problems += shared_file_problems(files_of(hosts, hostvars), own)
    return problems if batch is None else problems + conflicts(own, hosts, batch, hostvars, state)


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_cluster_problems": hf_setup_cluster_problems}
