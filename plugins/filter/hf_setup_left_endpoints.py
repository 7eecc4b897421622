# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_left_endpoints."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_left_endpoints
short_description: A result of hf_endpoint without what another host of the play does
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - What is left to another host counts as unchanged. Its line stays, and names that host.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: owner_of, own, more
options:
  _input:
    description: Result of P(orkes.conductor.hf_endpoint#module). One of a task that was skipped stays as it is.
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
  more:
    description: Result of a second call, if there was one, which is added.
    type: dict
"""

EXAMPLES = r"""
- name: See what this host is about to do itself
  ansible.builtin.debug:
    msg: "{{ (endpoints_result | orkes.conductor.hf_setup_left_endpoints({'acme/a': 'dev'}, 'prod')).plan }}"
"""

RETURN = r"""
_value:
  description: The result.
  type: dict
"""


def hf_setup_left_endpoints(result: Any, owner_of: Any, own: Any, more: Any = None) -> dict[str, Any]:
    """Return the result."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._shared_endpoints import left_to_others, together

    if not isinstance(result, dict):
        raise AnsibleFilterError("hf_setup_left_endpoints takes the result of a module")
    kept = left_to_others(result, owner_of or {}, str(own)) if "summary" in result else result
    return together(kept, more or {})


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_left_endpoints": hf_setup_left_endpoints}
