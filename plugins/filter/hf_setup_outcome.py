# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_outcome."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import outcome

DOCUMENTATION = r"""
name: hf_setup_outcome
short_description: One outcome out of the results of several modules of this collection
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Adds up what the tasks of the role P(orkes.conductor.hf_setup#role) did. Secrets are not part of it, since they are
    not part of the modules' results.
positional: check_mode
options:
  _input:
    description: Results by what they are about, such as C(integrations). One without a summary was not managed.
    type: dict
    required: true
  check_mode:
    description: Whether the results are predictions.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say what was done
  ansible.builtin.debug:
    msg: "{{ ({'integrations': integrations_result} | orkes.conductor.hf_setup_outcome).lines }}"
"""

RETURN = r"""
_value:
  description:
    - C(changed), C(changes) (all of them in order), C(summary) (by what the results are about) and C(lines) for people.
  type: dict
"""


def hf_setup_outcome(results: Any, check_mode: bool = False) -> dict[str, Any]:
    """Return the outcome."""
    if not isinstance(results, dict):
        raise AnsibleFilterError("hf_setup_outcome takes a dictionary of results")
    return outcome(results, bool(check_mode))


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_outcome": hf_setup_outcome}
