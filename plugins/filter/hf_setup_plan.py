# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_plan."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_plan
short_description: The plan of a whole cluster out of the plans of several modules
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Joins what the managing modules of this collection predicted in check mode. Secrets are not part of it, since they
    are not part of the modules' results.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: host, organization, endpoints
options:
  _input:
    description: Results of modules in check mode by kind, in the order in which the kinds are made.
    type: dict
    required: true
  host:
    description: Name of the cluster in the inventory. It is part of the digest.
    type: str
    required: true
  organization:
    description: What the cluster calls itself. It is part of the digest.
    type: str
  endpoints:
    description: Inference Endpoints that models are served at and that are not managed. Their URLs are part of it, too.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: See the plan of one module as that of a cluster
  ansible.builtin.debug:
    msg: "{{ ({'integrations': integrations_result} | orkes.conductor.hf_setup_plan('dev', 'acme')).shown }}"
"""

RETURN = r"""
_value:
  description:
    - C(plan) to keep as JSON, with C(format), C(host), C(organization), C(digest), C(totals), C(changing) (the kinds
      that change), C(lines), C(changes) and C(counts). C(digests), C(endpoints) and C(endpoints_also) are what the
      digest was made from, and what it may have been made from when an endpoint was not there yet.
    - C(shown), the lines for a terminal, and C(markdown), the plan for a pull request or an approval.
    - C(published), the digest and the host as one text, for another job.
    - C(results), what is needed of the results later, without the objects themselves where nobody asks for these.
  type: dict
"""


#: Of each object that there is. What Ansible keeps as a fact takes its time with every entry.
NOT_KEPT = ("diff", "grants", "groups", "integrations", "models")


def hf_setup_plan(results: Any, host: str, organization: str | None = None, endpoints: Any = ()) -> dict[str, Any]:
    """Return the plan and its forms."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import (
        cluster_plan,
        plan_markdown,
        published_plan,
        shown_lines,
    )

    if not isinstance(results, dict):
        raise AnsibleFilterError("hf_setup_plan takes a dictionary of results")
    plan = cluster_plan(results, None if organization is None else str(organization), str(host), endpoints or ())
    return {
        "plan": plan,
        "shown": shown_lines(plan),
        "markdown": plan_markdown(plan, str(host)),
        "published": published_plan(plan),
        "results": {
            kind: {key: value for key, value in result.items() if key not in NOT_KEPT}
            for kind, result in results.items()
        },
    }


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_plan": hf_setup_plan}
