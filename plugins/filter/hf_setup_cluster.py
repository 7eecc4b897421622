# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_cluster."""

from __future__ import annotations

from typing import Any, Callable

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_cluster
short_description: What the URL of a server leads to, in one spelling
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Returns host, port and path of a URL without what does not tell clusters apart, which is V(http) or V(https),
    V(/api), trailing slashes, the default port and capitals in the host. Credentials are left out.
  - V(localhost), V(::1) and every address of V(127.0.0.0/8) are one host, V(127.0.0.1).
  - The role P(orkes.conductor.hf_setup#role) uses it.
options:
  _input:
    description: URL of a server.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: See whether two URLs lead to the same cluster
  ansible.builtin.assert:
    that: one | orkes.conductor.hf_setup_cluster == other | orkes.conductor.hf_setup_cluster
  vars:
    one: https://conductor.example.com/api
    other: https://Conductor.example.com:443/
"""

RETURN = r"""
_value:
  description: The spelling, such as V(conductor.example.com). Empty for an empty text.
  type: str
"""


def hf_setup_cluster(url: Any) -> str:
    """Return the spelling."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import cluster_of

    return cluster_of(str(url or ""))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_cluster": hf_setup_cluster}
