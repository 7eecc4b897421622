#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan integrations, models, groups and their permissions in Orkes Conductor together."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_plan
short_description: Plan Hugging Face integrations, models, groups and permissions in Orkes Conductor together
version_added: 0.1.0
description:
  - Says what M(orkes.conductor.hf_integration), M(orkes.conductor.hf_model), M(orkes.conductor.conductor_group) and
    M(orkes.conductor.conductor_group_permission) would change, in one call and one login, and changes nothing, in
    check mode or not.
  - What a kind needs of another one is taken as done if that is planned. A model may need an integration that is
    still to be created, and what goes along with an integration is not planned a second time.
  - What needs something that the same plan deletes is an error, such as a grant on a model that O(purge) takes.
  - The role P(orkes.conductor.hf_setup#role) plans and verifies with it.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
attributes:
  check_mode:
    description: Can run in check mode and predict what would change, without writing anything.
    support: full
    details: Nothing is ever written.
  idempotent:
    description: When run again with the same options, nothing is written and RV(ignore:changed=false).
    support: partial
    details: Nothing is written, and RV(ignore:changed=true) as long as there is anything to change.
options:
  objects:
    description:
      - What should be there. Kinds that are left out are not looked at.
    type: dict
    required: true
    suboptions:
      integrations:
        description: Integrations, with the options of M(orkes.conductor.hf_integration).
        type: list
        elements: dict
        suboptions:
          name:
            description: See M(orkes.conductor.hf_integration).
            type: str
          api_key:
            description: See M(orkes.conductor.hf_integration).
            type: str
          namespace:
            description: See M(orkes.conductor.hf_integration).
            type: str
          description:
            description: See M(orkes.conductor.hf_integration).
            type: str
          enabled:
            description: See M(orkes.conductor.hf_integration).
            type: bool
            aliases: [active]
          tags:
            description: See M(orkes.conductor.hf_integration).
            type: dict
          purge_tags:
            description: See M(orkes.conductor.hf_integration).
            type: bool
          configuration:
            description: See M(orkes.conductor.hf_integration).
            type: dict
          exclusive_subjects:
            description:
              - See M(orkes.conductor.hf_integration).
              - Groups that are named here have to exist already. Those of O(objects.groups) are planned later.
            type: dict
            suboptions:
              applications:
                description: See M(orkes.conductor.hf_integration).
                type: list
                elements: str
                default: []
              groups:
                description: See M(orkes.conductor.hf_integration).
                type: list
                elements: str
                default: []
              roles:
                description: See M(orkes.conductor.hf_integration).
                type: list
                elements: str
                default: []
              users:
                description: See M(orkes.conductor.hf_integration).
                type: list
                elements: str
                default: []
          secret_configuration:
            description: See M(orkes.conductor.hf_integration).
            type: dict
          update_api_key:
            description: See M(orkes.conductor.hf_integration).
            type: str
            choices: [on_change, always, on_create]
          fingerprint:
            description: See M(orkes.conductor.hf_integration).
            type: bool
          state:
            description: See M(orkes.conductor.hf_integration).
            type: str
            choices: [present, absent]
      models:
        description: Models, with the options of M(orkes.conductor.hf_model).
        type: list
        elements: dict
        suboptions:
          integration:
            description: See M(orkes.conductor.hf_model).
            type: str
          name:
            description: See M(orkes.conductor.hf_model).
            type: str
          endpoint:
            description: See M(orkes.conductor.hf_model).
            type: str
          description:
            description: See M(orkes.conductor.hf_model).
            type: str
          enabled:
            description: See M(orkes.conductor.hf_model).
            type: bool
            aliases: [active]
          tags:
            description: See M(orkes.conductor.hf_model).
            type: dict
          purge_tags:
            description: See M(orkes.conductor.hf_model).
            type: bool
          configuration:
            description: See M(orkes.conductor.hf_model).
            type: dict
          exclusive_subjects:
            description:
              - See M(orkes.conductor.hf_model).
              - Groups that are named here have to exist already. Those of O(objects.groups) are planned later.
            type: dict
            suboptions:
              applications:
                description: See M(orkes.conductor.hf_model).
                type: list
                elements: str
                default: []
              groups:
                description: See M(orkes.conductor.hf_model).
                type: list
                elements: str
                default: []
              roles:
                description: See M(orkes.conductor.hf_model).
                type: list
                elements: str
                default: []
              users:
                description: See M(orkes.conductor.hf_model).
                type: list
                elements: str
                default: []
          api_key:
            description: See M(orkes.conductor.hf_model).
            type: str
          state:
            description: See M(orkes.conductor.hf_model).
            type: str
            choices: [present, absent]
      groups:
        description: Groups, with the options of M(orkes.conductor.conductor_group).
        type: list
        elements: dict
        suboptions:
          name:
            description: See M(orkes.conductor.conductor_group).
            type: str
            aliases: [id]
          description:
            description: See M(orkes.conductor.conductor_group).
            type: str
          roles:
            description: See M(orkes.conductor.conductor_group).
            type: list
            elements: str
          default_access:
            description: See M(orkes.conductor.conductor_group).
            type: dict
          members:
            description: See M(orkes.conductor.conductor_group).
            type: list
            elements: str
          purge_members:
            description: See M(orkes.conductor.conductor_group).
            type: bool
          create:
            description: See M(orkes.conductor.conductor_group).
            type: bool
          state:
            description: See M(orkes.conductor.conductor_group).
            type: str
            choices: [present, absent]
      grants:
        description: What groups may do, with the options of M(orkes.conductor.conductor_group_permission).
        type: list
        elements: dict
        suboptions:
          groups:
            description: See M(orkes.conductor.conductor_group_permission).
            type: list
            elements: str
            aliases: [group]
          integrations:
            description: See M(orkes.conductor.conductor_group_permission).
            type: list
            elements: str
          models:
            description: See M(orkes.conductor.conductor_group_permission).
            type: list
            elements: str
          targets:
            description: See M(orkes.conductor.conductor_group_permission).
            type: list
            elements: dict
            suboptions:
              type:
                description: See M(orkes.conductor.conductor_group_permission).
                type: str
                required: true
              id:
                description: See M(orkes.conductor.conductor_group_permission).
                type: str
                required: true
          access:
            description: See M(orkes.conductor.conductor_group_permission).
            type: list
            elements: str
            choices: [CREATE, READ, UPDATE, DELETE, EXECUTE]
          exclusive:
            description: See M(orkes.conductor.conductor_group_permission).
            type: bool
          state:
            description: See M(orkes.conductor.conductor_group_permission).
            type: str
            choices: [present, absent]
  state:
    description:
      - The state of objects that name none.
      - It also gives the order. With V(absent) permissions and groups are planned first, as they are to be deleted.
    type: str
    choices: [present, absent]
    default: present
  update_api_key:
    description: See O(orkes.conductor.hf_integration#module:update_api_key).
    type: str
    choices: [on_change, always, on_create]
    default: on_change
  fingerprint:
    description: See O(orkes.conductor.hf_integration#module:fingerprint).
    type: bool
    default: true
  force:
    description: See O(orkes.conductor.hf_integration#module:force) and O(orkes.conductor.hf_model#module:force).
    type: bool
    default: false
  endpoint_names:
    description: See O(orkes.conductor.hf_model#module:endpoint_names).
    type: dict
  purge:
    description:
      - Whether undeclared models and grants would be deleted, see O(orkes.conductor.hf_model#module:purge) and
        O(orkes.conductor.conductor_group_permission#module:purge).
    type: bool
    default: false
  purge_discovered:
    description: See O(orkes.conductor.hf_model#module:purge_discovered).
    type: bool
    default: false
  purge_integrations:
    description:
      - See O(orkes.conductor.hf_model#module:purge_integrations) and
        O(orkes.conductor.conductor_group_permission#module:purge_integrations).
    type: list
    elements: str
  purge_groups:
    description: See O(orkes.conductor.conductor_group_permission#module:purge_groups).
    type: list
    elements: str
  validate_targets:
    description: See O(orkes.conductor.conductor_group_permission#module:validate_targets).
    type: bool
    default: true
  pending_deletions:
    description:
      - Names of objects that earlier tasks are about to delete. Their deletion is not planned once more.
      - What needs one of them is an error, unless this call plans it as present itself.
    type: dict
    suboptions:
      applications: {description: Names of applications., type: list, elements: str, default: []}
      grants: {description: 'Names of grants, as results give them.', type: list, elements: str, default: []}
      groups: {description: Names of groups., type: list, elements: str, default: []}
      integrations: {description: Names of integrations., type: list, elements: str, default: []}
      models: {description: 'Models as V(integration:model).', type: list, elements: str, default: []}
  expected_organization:
    description:
      - Id of the organization that has to answer. It is compared once the caller is logged in, before anything else is
        asked, and another organization is an error.
    type: str
  server_info:
    description:
      - Whether to tell which server it is, too, as M(orkes.conductor.conductor_server_info) does, with the same login.
    type: bool
    default: false
seealso:
  - module: orkes.conductor.hf_integration
  - module: orkes.conductor.hf_model
  - module: orkes.conductor.conductor_group
  - module: orkes.conductor.conductor_group_permission
  - module: orkes.conductor.conductor_server_info
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Say what would change
  orkes.conductor.hf_plan:
    objects:
      integrations:
        - name: hf-prod
          api_key: "{{ vault_hf_token }}"
          namespace: acme
      models:
        - integration: hf-prod
          name: acme/tiny-llm
          endpoint: https://abc123.eu-west-1.aws.endpoints.huggingface.cloud
      groups:
        - name: data-science
          roles: [USER]
      grants:
        - groups: [data-science]
          integrations: [hf-prod]
          models: [hf-prod:acme/tiny-llm]
          access: [READ, EXECUTE]
  register: planned

- name: Plan for the right cluster alone, and tell who answered
  orkes.conductor.hf_plan:
    expected_organization: acme
    server_info: true
    objects:
      groups: [{name: data-science, roles: [USER]}]
  register: planned

- name: Show it
  ansible.builtin.debug:
    msg: "{{ planned.kinds.values() | map(attribute='plan') | flatten }}"

- name: Say what would go
  orkes.conductor.hf_plan:
    state: absent
    objects:
      groups: [{name: data-science}]
      integrations: [{name: hf-prod}]
  register: planned
"""

RETURN = r"""
changed:
  description: Whether there is anything to change. Nothing was.
  returned: always
  type: bool
  sample: true
kinds:
  description:
    - By kind, which is the option below O(objects), and in the order in which all is to be done, what the module of the
      kind returns in check mode, with C(changed), C(changes), C(plan), C(digest) and C(summary).
  returned: success
  type: dict
  sample:
    groups:
      changed: false
      changes: []
      plan: []
      digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      summary: {created: 0, updated: 0, deleted: 0, unchanged: 1, failed: 0, skipped: 0}
server:
  description:
    - What M(orkes.conductor.conductor_server_info) returns as C(caller), C(administrator), C(organization), C(version)
      and C(health).
  returned: when O(server_info=true)
  type: dict
  sample:
    caller: {id: 'app:6c0a1f6e', name: deployment, roles: [ADMIN], permissions: [], groups: [], application: true}
    administrator: true
    organization: acme
    version: 5.4.2
    health: {healthy: true}
diff:
  description: Each object before and after, without secrets.
  returned: in diff mode
  type: list
  elements: dict
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import SHARED_CALL_OPTIONS
from ansible_collections.orkes.conductor.plugins.module_utils._planning_module import Kind, PlanningModule
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import GroupResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group_permission import GroupPermissionResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import IntegrationResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_model import ModelResource
from ansible_collections.orkes.conductor.plugins.module_utils._specifications import (
    GROUPS,
    INTEGRATION_OPTIONS,
    INTEGRATIONS,
    MODEL_OPTIONS,
    MODELS,
    grant_options,
    grants_to,
)

GRANTS = grants_to("groups")
GRANT_OPTIONS = grant_options("groups")

#: Limits belong to what writes.
OPTIONS = {
    name: option
    for name, option in {**INTEGRATION_OPTIONS, **MODEL_OPTIONS, **GRANT_OPTIONS}.items()
    if name != "purge_limit"
}

CALL_OPTIONS = {
    **OPTIONS,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **{
        name: {**INTEGRATIONS.options[name], "default": INTEGRATIONS.defaults[name]}
        for name in ("update_api_key", "fingerprint")
    },
    "pending_deletions": SHARED_CALL_OPTIONS["pending_deletions"],
    "expected_organization": {"type": "str"},
    "server_info": {"type": "bool", "default": False},
}

KINDS = (
    Kind(INTEGRATIONS, IntegrationResource, tuple(INTEGRATION_OPTIONS)),
    Kind(MODELS, ModelResource, tuple(MODEL_OPTIONS)),
    Kind(GROUPS, GroupResource, ()),
    Kind(GRANTS, GroupPermissionResource, tuple(GRANT_OPTIONS)),
)


def main() -> None:
    """Plan all of it."""
    PlanningModule(KINDS, CALL_OPTIONS).run()


if __name__ == "__main__":
    main()
