#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage what groups may do in Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_group_permission
short_description: Manage what groups may do with integrations, models and other objects of Orkes Conductor
version_added: 0.1.0
description:
  - Grants groups access to integrations, models and other targets, and revokes it. Takes the role V(ADMIN).
  - Takes one entry by its own options, or a list of them as O(grants). Entries for the same group and target unite.
  - Only the difference is sent. Accesses are sets, so their order means nothing.
  - Grants that the server derives from a grant on a tag are left alone.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
  - orkes.conductor.managing
  - orkes.conductor.managing.purge
options:
  groups:
    description:
      - Names of the groups. They have to exist.
      - Give either this or O(grants).
    type: list
    elements: str
    aliases: [group]
  integrations:
    description:
      - Integrations as targets (type V(INTEGRATION_PROVIDER)).
      - Whether access to an integration includes its models depends on the server, so name both.
    type: list
    elements: str
  models:
    description:
      - Models as targets, each as V(integration:model) (type V(INTEGRATION)).
    type: list
    elements: str
  targets:
    description:
      - Targets of any other kind.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Type of the target, such as V(WORKFLOW_DEF), V(TASK_DEF), V(PROMPT), V(SECRET_NAME) or V(APPLICATION).
            One that is not documented needs O(validate_targets=false).
        type: str
        required: true
      id:
        description:
          - Id of the target. For most types it is the name, for V(TAG) it is V(key:value).
        type: str
        required: true
  access:
    description:
      - What the groups may do with the targets. Needed for O(state=present). To use a model in a workflow, V(READ) and
        V(EXECUTE) on the integration and on the model.
      - With O(state=absent) these are revoked, and everything when it is not given.
    type: list
    elements: str
    choices: [CREATE, READ, UPDATE, DELETE, EXECUTE]
  exclusive:
    description:
      - Whether the groups hold exactly O(access) on these targets. Further access is revoked.
    type: bool
    default: false
  state:
    description:
      - V(present) grants, V(absent) revokes.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Whether the groups hold no other grants on the integrations in scope and on their models. Other integrations and
        other kinds of targets are out of scope.
    type: bool
    default: false
  purge_integrations:
    description:
      - Integrations in the scope of O(purge), instead of those named in the call.
    type: list
    elements: str
  purge_groups:
    description:
      - Groups in the scope of O(purge), instead of those named in the call. A group without a declared grant has to be
        named here.
    type: list
    elements: str
  validate_targets:
    description:
      - Whether targets have to exist. The server grants access to what does not exist without a word, so that a slip in
        a name is never noticed.
      - Integrations, models and targets of the types V(GROUP), V(USER) and V(APPLICATION) can be looked up. Of others
        only the type is checked.
      - V(false) also lets pass a type that is not documented, which a newer server may know.
    type: bool
    default: true
  grants:
    description:
      - A list of entries, instead of O(groups) and its options.
      - O(state) and O(exclusive) beside it are defaults for its entries. Any other option of a grant beside it is an
        error.
    type: list
    elements: dict
    suboptions:
      groups:
        description: See O(groups).
        type: list
        elements: str
        aliases: [group]
      integrations:
        description: See O(integrations).
        type: list
        elements: str
      models:
        description: See O(models).
        type: list
        elements: str
      targets:
        description: See O(targets).
        type: list
        elements: dict
        suboptions:
          type:
            description: See O(targets[].type).
            type: str
            required: true
          id:
            description: See O(targets[].id).
            type: str
            required: true
      access:
        description: See O(access).
        type: list
        elements: str
        choices: [CREATE, READ, UPDATE, DELETE, EXECUTE]
      exclusive:
        description: See O(exclusive).
        type: bool
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: orkes.conductor.conductor_group
  - name: Role-based access control of Orkes Conductor
    description: The vendor's overview of roles, groups and permissions.
    link: https://orkes.io/content/access-control-and-security/users-and-groups
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Let a group use one model
  orkes.conductor.conductor_group_permission:
    group: data-science
    integrations: [hf-prod]
    models: ["hf-prod:meta-llama/Llama-3.1-8B-Instruct"]
    access: [READ, EXECUTE]

- name: Exactly this access on an integration
  orkes.conductor.conductor_group_permission:
    groups: [data-science, auditors]
    integrations: [hf-prod]
    access: [READ]
    exclusive: true

- name: Everything these groups may do with the integration and its models
  orkes.conductor.conductor_group_permission:
    grants:
      - group: data-science
        integrations: [hf-prod]
        models: ["hf-prod:meta-llama/Llama-3.1-8B-Instruct"]
        access: [READ, EXECUTE]
      - group: auditors
        integrations: [hf-prod]
        access: [READ]
    purge: true
    purge_limit: 25%

- name: Take all access to a workflow away
  orkes.conductor.conductor_group_permission:
    group: auditors
    targets:
      - type: WORKFLOW_DEF
        id: nightly_summary
    state: absent
"""

RETURN = r"""
changes:
  description:
    - What was changed, or in check mode would be changed, in the order in which it is done.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: Always V(grant).
      type: str
      sample: grant
    name:
      description: The grant as subject and target.
      type: str
      sample: GROUP data-science on INTEGRATION_PROVIDER hf-prod
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: What differs, by the name of the option. Empty for a deletion.
      type: dict
      sample: {access: {before: [READ], after: [EXECUTE, READ]}}
summary:
  description: How many objects were created, updated and deleted, were as they should be, failed, and were not tried.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, deleted: 0, unchanged: 2, failed: 0, skipped: 0}
plan:
  description:
    - The whole plan as lines for people, the same in check mode and after an apply. V(+) creates, V(~) updates, V(-)
      deletes.
  returned: always
  type: list
  elements: str
  sample: ['+ grant GROUP data-science on INTEGRATION_PROVIDER hf-prod: access [EXECUTE, READ]']
digest:
  description:
    - The digest of the plan, 64 hexadecimal digits. It is the same for the same changes, whatever their order, and
      another secret to be written makes it another one.
  returned: when the plan could be made
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
failures:
  description: The changes that failed, and why.
  returned: on failure
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the object.
      type: str
      sample: grant
    name:
      description: Name of the object.
      type: str
      sample: GROUP data-science on INTEGRATION_PROVIDER hf-prod
    action:
      description: What was to be done.
      type: str
      sample: update
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        POST /api/auth/authorization answered 403: no.
        Missing permission: the role ADMIN, or ownership of INTEGRATION_PROVIDER hf-prod.
held_back:
  description:
    - The deletions that were planned and not made, since the profile was taken of another version of the server. Each
      with C(kind) and C(name).
  returned: when the profile does not fit and something would have been deleted
  type: list
  elements: dict
  sample: []
not_attempted:
  description: The changes that were not begun after others had failed, each with C(kind), C(name) and C(action).
  returned: on failure
  type: list
  elements: dict
  sample: []
diff:
  description: Each object before and after, without secrets.
  returned: in diff mode
  type: list
  elements: dict
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import ManagingModule
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group_permission import GroupPermissionResource
from ansible_collections.orkes.conductor.plugins.module_utils._specifications import grant_options, grants_to

GRANTS = grants_to("groups")


def main() -> None:
    """Converge the grants."""
    ManagingModule(GRANTS, grant_options("groups")).run(GroupPermissionResource)


if __name__ == "__main__":
    main()
