#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage applications of Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_application
short_description: Manage applications of Orkes Conductor with their roles and tags
version_added: 0.1.0
description:
  - Creates, renames and deletes applications, which are what programs log in as, and keeps their roles and tags.
  - Takes one application by its own options, or a list of them as O(applications).
  - Names of applications are not unique. When several have the name that is given, the module fails and lists their
    ids; O(application_id) settles which one is meant.
  - Roles are read where the role V(ADMIN) alone may read them.
  - The access keys of an application are not touched. Deleting an application deletes its keys.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
  - orkes.conductor.managing
options:
  name:
    description:
      - Name of the application. Together with O(application_id) an application of another name is renamed.
      - Give either this or O(applications).
    type: str
  application_id:
    description:
      - Id of the application, where its name does not tell it from others. The server chooses the ids of new ones.
    type: str
  roles:
    description:
      - Names of its roles, all of them. An empty list takes all away.
      - An application's holder may give it V(WORKER), V(METADATA_API) and V(APPLICATION_CREATOR), the role V(ADMIN)
        any.
      - The caller's own application keeps the roles it has, and is not deleted.
    type: list
    elements: str
  tags:
    description:
      - Tags by key. Those given are added, or get this value. Others stay unless O(purge_tags=true).
    type: dict
  purge_tags:
    description:
      - Whether tags that are not in O(tags) are removed.
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes it. V(absent) revokes what it holds and what others hold on it, and deletes it.
    type: str
    choices: [present, absent]
    default: present
  applications:
    description:
      - A list of applications, instead of O(name) and its options.
      - O(state) and O(purge_tags) beside it are defaults for its items. Any other option of an application beside it is
        an error.
    type: list
    elements: dict
    suboptions:
      name:
        description: See O(name).
        type: str
      application_id:
        description: See O(application_id).
        type: str
      roles:
        description: See O(roles).
        type: list
        elements: str
      tags:
        description: See O(tags).
        type: dict
      purge_tags:
        description: See O(purge_tags).
        type: bool
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: orkes.conductor.conductor_application_permission
  - name: Applications of Orkes Conductor
    description: The vendor's description of applications and access keys.
    link: https://orkes.io/content/access-control-and-security/applications
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: An application for a service
  orkes.conductor.conductor_application:
    name: order-service
    roles: [WORKER]
    tags:
      team: orders

- name: Several applications in one call
  orkes.conductor.conductor_application:
    applications:
      - name: order-service
        roles: [WORKER, METADATA_API]
      - name: reports
        roles: [USER_READ_ONLY]

- name: Delete one
  orkes.conductor.conductor_application:
    name: reports
    state: absent
"""

RETURN = r"""
applications:
  description: The applications that are there after the call, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the application.
      type: str
      sample: order-service
    id:
      description:
        - Its id, or V(null) in check mode for one that is about to be created. As a user it is V(app:) and this id.
      type: str
      sample: 6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10
changes:
  description:
    - What was changed, or in check mode would be changed, in the order in which it is done.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(application), or V(grant) for what goes with a deletion.
      type: str
      sample: application
    name:
      description: Name of the application, or subject and target of the grant.
      type: str
      sample: order-service
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: What differs, by the name of the option. Empty for a deletion.
      type: dict
      sample: {roles: {before: [], after: [WORKER]}}
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
  sample: ['+ application order-service: roles [WORKER]']
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
      sample: application
    name:
      description: Name of the object.
      type: str
      sample: order-service
    action:
      description: What was to be done.
      type: str
      sample: update
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        POST /api/applications answered 403: no.
        Missing permission: CREATE_APPLICATION, and the smallest role that has it is APPLICATION_CREATOR.
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
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import ApplicationResource

SPECIFICATION = ObjectSpecification(
    identity="name",
    list_option="applications",
    options={
        "name": {"type": "str"},
        "application_id": {"type": "str"},
        "roles": {"type": "list", "elements": "str"},
        "tags": {"type": "dict"},
        "purge_tags": {"type": "bool"},
    },
    inherited=("purge_tags",),
    defaults={"purge_tags": False},
)


def main() -> None:
    """Converge the applications."""
    ManagingModule(SPECIFICATION).run(ApplicationResource)


if __name__ == "__main__":
    main()
