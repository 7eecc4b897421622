# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_audit_cluster."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_audit_cluster
short_description: What an audit tells of one cluster
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Puts together what the inventory declares, what the managing modules would change, and what the information modules
    have read. The result holds no secret.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: manage, results, reads, about
options:
  _input:
    description: What P(orkes.conductor.hf_setup_estate#filter) returns, or nothing if the audit failed.
    type: dict
    required: true
  manage:
    description: Value of C(hf_setup_manage).
    type: list
    elements: str
    required: true
  results:
    description: Results of the managing modules in check mode, by kind.
    type: dict
    required: true
  reads:
    description:
      - Results of the information modules as C(integrations), C(groups), C(users), C(applications) and
        C(permissions). A result that failed tells that this cannot be read, and why.
    type: dict
    required: true
  about:
    description:
      - What else is known of the cluster, C(host), C(server), C(organization), C(version), C(caller),
        C(endpoint_hosts), C(update_api_key) and C(profile), which is the content of its profile.
      - With C(problem) it could not be audited, for that reason.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: See what an audit tells of a cluster that does not answer
  ansible.builtin.debug:
    msg: "{{ {} | orkes.conductor.hf_setup_audit_cluster([], {}, {}, {'host': 'dev', 'problem': 'no answer'}) }}"
"""

RETURN = r"""
_value:
  description:
    - C(drift), with C(found), C(complete), C(changes), C(lines), C(undeclared) and C(not_compared).
    - C(unreadable), a list of what the key may not read. C(integrations), C(groups), C(people), C(applications) and
      C(grants), each a list, or nothing where it is not readable.
  type: dict
"""


def hf_setup_audit_cluster(estate: Any, manage: Any, results: Any, reads: Any, about: Any) -> dict[str, Any]:
    """Return the cluster."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_cluster import cluster_audit, failed_audit
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import plain

    if not isinstance(about, dict) or "host" not in about:
        raise AnsibleFilterError("hf_setup_audit_cluster takes the name of the host in about")
    if about.get("problem"):
        found = failed_audit(str(about["host"]), about.get("server"), str(about["problem"]))
    else:
        profile = about.get("profile")
        answers = profile.get("answers") if isinstance(profile, dict) else None
        answer = answers.get("provider_access_implies_models") if isinstance(answers, dict) else None
        reaches = answer.get("value") if isinstance(answer, dict) else None
        known = {"integration_access_reaches_models": reaches if isinstance(reaches, bool) else None}
        found = cluster_audit(estate, list(manage), results, reads, {**about, **known})
    # Texts of a server: never templates.
    unsafe: dict[str, Any] = wrap_var(plain(found))
    return unsafe


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_audit_cluster": hf_setup_audit_cluster}
