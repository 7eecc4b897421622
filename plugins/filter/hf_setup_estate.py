# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_estate."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_estate
short_description: The lists that the modules take, from the variables of the role hf_setup
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Turns C(hf_setup_integrations), C(hf_setup_groups) and C(hf_setup_applications) into the lists for
    P(orkes.conductor.hf_endpoint#module), P(orkes.conductor.hf_integration#module),
    P(orkes.conductor.hf_model#module), P(orkes.conductor.conductor_group#module),
    P(orkes.conductor.conductor_application#module), P(orkes.conductor.conductor_access_key#module),
    P(orkes.conductor.conductor_group_permission#module) and
    P(orkes.conductor.conductor_application_permission#module), and finds contradictions between their parts.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: groups, state, purge_models, applications, endpoints, accounts, endpoint_hosts, delete_endpoints,
  exclusive_subjects, validate_models, smoke_test, parts
options:
  _input:
    description: Value of C(hf_setup_integrations).
    type: list
    elements: dict
    required: true
  groups:
    description: Value of C(hf_setup_groups).
    type: list
    elements: dict
    required: true
  state:
    description: Value of C(hf_setup_state).
    type: str
    choices: [present, absent]
    default: present
  purge_models:
    description: Whether undeclared models of the declared integrations will be deleted.
    type: bool
    default: false
  applications:
    description: Value of C(hf_setup_applications).
    type: list
    elements: dict
    default: []
  endpoints:
    description: Inference Endpoints as P(orkes.conductor.hf_endpoint#module) returns them. Models get their URLs.
    type: list
    elements: dict
    default: []
  accounts:
    description: Namespaces for integrations that name none, each as C(integration) and C(namespace).
    type: list
    elements: dict
    default: []
  endpoint_hosts:
    description: Value of C(hf_setup_endpoint_hosts).
    type: list
    elements: str
    default: []
  delete_endpoints:
    description: Value of C(hf_setup_delete_endpoints).
    type: bool
    default: false
  exclusive_subjects:
    description: Value of C(hf_setup_exclusive_subjects).
    type: bool
    default: false
  validate_models:
    description: Value of C(hf_setup_validate_models).
    type: bool
    default: false
  smoke_test:
    description:
      - What a smoke test is to ask, or nothing. C(application) is the name of the application, C(keyed) whether an
        access key is given for it, and C(models) are the models as C(integration:model), all active ones if there are
        none.
    type: dict
  parts:
    description:
      - The parts that are returned, all of them if none is named. A task of the role needs few of them, and each takes
        its time with thousands of objects.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: See what would be granted
  ansible.builtin.debug:
    msg: "{{ (hf_setup_integrations | orkes.conductor.hf_setup_estate(hf_setup_groups)).grants }}"
"""

RETURN = r"""
_value:
  description:
    - C(endpoints), C(integrations), C(models), C(groups), C(applications), C(access_keys), C(grants),
      C(kept_groups_grants) and C(application_grants) for the modules, C(key_files) and C(key_folders) with the places
      of access keys, C(smoke_test) with options for P(orkes.conductor.hf_smoke_test#module),
      C(exclusive_integrations) and C(exclusive_models) with who alone may hold access, C(hub_models) with what to ask
      the Hub, C(endpoint_urls), C(sleeping_endpoints) and C(kept_endpoints), C(present_integrations),
      C(present_models), C(present_groups) and C(present_applications) with the names of what should exist,
      C(declares) with what there is anything of at all, C(problems) with contradictions in the inventory, and
      C(served_problems) and C(unserved_problems) with those that show once the endpoints are known.
  type: dict
"""


def hf_setup_estate(
    integrations: Any,
    groups: Any,
    state: str = "present",
    purge_models: bool = False,
    applications: Any = (),
    endpoints: Any = (),
    accounts: Any = (),
    endpoint_hosts: Any = (),
    delete_endpoints: bool = False,
    exclusive_subjects: bool = False,
    validate_models: bool = False,
    smoke_test: Any = None,
    parts: Any = (),
) -> dict[str, Any]:
    """Return the modules' lists, names, and problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import Estate

    given = {
        "hf_setup_integrations": integrations,
        "hf_setup_groups": groups,
        "hf_setup_applications": applications,
    }
    for name, value in given.items():
        if not isinstance(value, (list, tuple)):
            raise AnsibleFilterError(f"{name} is no list")
    estate = Estate(
        integrations,
        groups,
        state,
        bool(purge_models),
        applications,
        endpoints,
        accounts,
        endpoint_hosts,
        bool(delete_endpoints),
        bool(exclusive_subjects),
        bool(validate_models),
        smoke_test,
    )
    known: dict[str, Callable[[], Any]] = {
        "integrations": estate.integrations,
        "endpoints": estate.endpoints,
        "endpoint_names": estate.endpoint_names,
        "endpoint_urls": estate.endpoint_urls,
        "models": estate.models,
        "groups": estate.groups,
        "applications": estate.applications,
        "access_keys": estate.access_keys,
        "key_files": estate.key_files,
        "key_folders": estate.key_folders,
        "smoke_test": estate.smoke_test,
        "grants": estate.grants,
        "kept_groups_grants": estate.kept_groups_grants,
        "application_grants": estate.application_grants,
        "exclusive_integrations": estate.exclusive_integrations,
        "exclusive_models": estate.exclusive_models,
        "hub_models": estate.hub_models,
        "served_problems": estate.served_problems,
        "unserved_problems": estate.unserved_problems,
        "sleeping_endpoints": estate.sleeping_endpoints,
        "kept_endpoints": estate.kept_endpoints,
        "present_integrations": estate.present_integrations,
        "present_models": estate.present_models,
        "present_groups": estate.present_groups,
        "present_applications": estate.present_applications,
        "declares": estate.declares,
        "problems": estate.problems,
    }
    unknown = [str(part) for part in parts or () if part not in known]
    if unknown:
        raise AnsibleFilterError(f"hf_setup_estate has no part {', '.join(unknown)}")
    try:
        return {part: known[part]() for part in parts or known}
    except KeyError as error:
        raise AnsibleFilterError(f"an entry of {', '.join(given)} lacks {error}") from None


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_estate": hf_setup_estate}
