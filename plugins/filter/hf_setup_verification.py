# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_verification."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_verification
short_description: Whether a cluster reads back as it was declared
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Says what holds, what cannot be told, and what does not hold after everything was applied.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: manage, results, access_results, outcome
options:
  _input:
    description: What the inventory declares, as P(orkes.conductor.hf_setup_estate#filter) returns it.
    type: dict
    required: true
  manage:
    description: The kinds that are managed.
    type: list
    elements: str
    required: true
  results:
    description: The managing modules' results in check mode, after everything was applied, by kind.
    type: dict
    required: true
  access_results:
    description:
      - Results of M(orkes.conductor.conductor_permission_info), one for each call that
        P(orkes.conductor.hf_setup_access_reads#filter) asks for.
    type: list
    elements: dict
    default: []
  outcome:
    description:
      - What became of the plan, as P(orkes.conductor.hf_setup_outcome#filter) returns it. Given, it is returned with
        what was verified as its C(verification) and at the end of its C(lines).
    type: dict
"""

EXAMPLES = r"""
- name: Say whether the integrations are as declared
  ansible.builtin.debug:
    msg: >-
      {{ (hf_setup_integrations | orkes.conductor.hf_setup_estate([])
          | orkes.conductor.hf_setup_verification(['integrations'], {'integrations': integrations_result})).lines }}
"""

RETURN = r"""
_value:
  description:
    - C(verified), the number of objects and accesses that hold; C(unverifiable) and C(failed), lists of sentences; and
      C(lines) for people. With O(outcome) that is its C(verification).
  type: dict
"""


def hf_setup_verification(
    estate: Any, manage: Any, results: Any, access_results: Any = (), outcome: Any = None
) -> dict[str, Any]:
    """Return what holds and what does not."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._verification import verification

    if not isinstance(estate, dict) or not isinstance(results, dict):
        raise AnsibleFilterError(
            "hf_setup_verification takes what hf_setup_estate returns, a list of kinds, and a dictionary of results"
        )
    found = verification(estate, manage, results, access_results or ())
    if outcome is None:
        return found
    return {**outcome, "verification": found, "lines": [*outcome["lines"], *found["lines"]]}


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_verification": hf_setup_verification}
