# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_clusters."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_clusters
short_description: How the clusters of a play ended
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Puts together, out of what the role has noted on each host, which clusters are done, which failed and why, and which
    were not tried.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: hostvars, in_play, check_mode
options:
  _input:
    description: Names of all hosts of the play.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's C(hostvars).
    type: dict
    required: true
  in_play:
    description: Names of the hosts that have been in the play to its end.
    type: list
    elements: str
    required: true
  check_mode:
    description: Whether nothing was written, so that what was counted is still to be done.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say how the clusters ended
  ansible.builtin.debug:
    msg: "{{ (ansible_play_hosts_all | orkes.conductor.hf_setup_clusters(hostvars, ansible_play_hosts)).lines }}"
"""

RETURN = r"""
_value:
  description:
    - C(clusters), by the names of hosts, with C(status) (V(done), V(failed) or V(not_tried)), C(digest) of the plan if
      there was one, C(changed) and C(counts) of one that is done, and C(stage), C(task), C(reason) and C(where) of one
      that failed.
    - C(totals) with how many there are of each status, and C(lines) for people.
  type: dict
"""


def hf_setup_clusters(hosts: Any, hostvars: Any, in_play: Any, check_mode: bool = False) -> dict[str, Any]:
    """Return how they ended."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._clusters import clusters_of

    if not isinstance(hosts, (list, tuple)) or not isinstance(in_play, (list, tuple)):
        raise AnsibleFilterError("hf_setup_clusters takes lists of hosts")
    return clusters_of(hosts, hostvars, in_play, bool(check_mode))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_clusters": hf_setup_clusters}
