# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_declared_endpoints."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_declared_endpoints
short_description: Inference Endpoints that a host declares, fit to be compared with other hosts'
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Leaves out what may be secret, with one-way marks in its place, so that the outcome can be kept as a fact.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: service, managed
options:
  _input:
    description: The list for P(orkes.conductor.hf_endpoint#module).
    type: list
    elements: dict
    required: true
  service:
    description: URL of the management API, empty for the public one.
    type: str
    default: ''
  managed:
    description: Whether the host's run manages endpoints.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: See what a host declares
  ansible.builtin.debug:
    msg: "{{ [{'namespace': 'acme', 'name': 'translator'}] | orkes.conductor.hf_setup_declared_endpoints }}"
"""

RETURN = r"""
_value:
  description: C(name) as V(namespace/name), C(service), C(options) and C(managed) of each.
  type: list
  elements: dict
"""


def hf_setup_declared_endpoints(endpoints: Any, service: Any = "", managed: bool = True) -> list[dict[str, Any]]:
    """Return what is declared."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._shared_endpoints import declared_endpoints

    if not isinstance(endpoints, (list, tuple)):
        raise AnsibleFilterError("hf_setup_declared_endpoints takes a list of endpoints")
    return declared_endpoints(endpoints, str(service or ""), bool(managed))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_declared_endpoints": hf_setup_declared_endpoints}
