# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_cluster_problems."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import cluster_problems

DOCUMENTATION = r"""
name: hf_setup_cluster_problems
short_description: Why the hosts of a play might reach the wrong cluster
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Returns a sentence for every way in which the servers of a play's hosts are not clearly told apart. One host alone
    has no problems.
  - URLs are compared without V(/api), trailing slashes, default ports, and capitals in the host.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: hostvars, allow_shared
options:
  _input:
    description: Names of the play's hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - Ansible's C(hostvars). A host's server is its fact C(hf_setup_named_server), and before it has that its variable
        C(hf_setup_server_url).
    type: dict
    required: true
  allow_shared:
    description: Whether several hosts may name the same server.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: See whether each host has a server of its own
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | orkes.conductor.hf_setup_cluster_problems(hostvars) }}"
"""

RETURN = r"""
_value:
  description: The problems, none if all is well.
  type: list
  elements: str
"""


def hf_setup_cluster_problems(hosts: Any, hostvars: Any, allow_shared: bool = False) -> list[str]:
    """Return the problems."""
    if not isinstance(hosts, (list, tuple)):
        raise AnsibleFilterError("hf_setup_cluster_problems takes a list of hosts")
    servers: dict[str, str | None] = {}
    for host in hosts:
        variables = hostvars[host]
        known = [name for name in ("hf_setup_named_server", "hf_setup_server_url") if name in variables]
        servers[str(host)] = str(variables[known[0]] or "") if known else None
    return cluster_problems(servers, bool(allow_shared))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_cluster_problems": hf_setup_cluster_problems}
