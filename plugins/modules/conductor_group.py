#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage groups of Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_group
short_description: Manage groups of Orkes Conductor
version_added: 0.1.0
description:
  - Creates, updates and deletes groups, with their roles, default access and members. Takes the role V(ADMIN).
  - Takes one group by its own options, or a list of them as O(groups), which is read and written in one go.
  - What is not given is not compared, and when a write is needed anyway its current value is sent again. What is given
    as empty is meant.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
  - orkes.conductor.managing
options:
  name:
    description:
      - Name of the group, which is its id and cannot change.
      - Give either this or O(groups).
    type: str
    aliases: [id]
  description:
    description:
      - What the group is for. An empty text empties it.
    type: str
  roles:
    description:
      - The group's roles, exactly. Usual ones are V(ADMIN), V(USER), V(METADATA_MANAGER), V(WORKFLOW_MANAGER),
        V(USER_READ_ONLY) and V(WORKER). An empty list takes all roles away.
    type: list
    elements: str
  default_access:
    description:
      - What the group may do with objects that its members create, exactly. Keys are V(WORKFLOW_DEF), V(TASK_DEF) and
        V(WORKFLOW_SCHEDULE), values are lists of V(CREATE), V(READ), V(UPDATE), V(DELETE) and V(EXECUTE).
    type: dict
  members:
    description:
      - Ids of users who should be members, usually e-mail addresses. They have to exist. Other members stay, unless
        O(purge_members=true).
    type: list
    elements: str
  purge_members:
    description:
      - Whether members that O(members) does not have are removed. The caller itself is never removed.
    type: bool
    default: false
  create:
    description:
      - Whether the group is created if it does not exist. With V(false) a missing group is an error, for groups that
        come from a single sign-on.
    type: bool
    default: true
  state:
    description:
      - V(present) creates or updates, V(absent) deletes.
      - A deletion revokes the group's own grants first. They would otherwise come alive again with its name.
    type: str
    choices: [present, absent]
    default: present
  groups:
    description:
      - A list of groups, instead of O(name) and its options.
      - O(state), O(create) and O(purge_members) beside it are defaults for its entries. Any other option of a group
        beside it is an error.
    type: list
    elements: dict
    suboptions:
      name:
        description: See O(name).
        type: str
        aliases: [id]
      description:
        description: See O(description).
        type: str
      roles:
        description: See O(roles).
        type: list
        elements: str
      default_access:
        description: See O(default_access).
        type: dict
      members:
        description: See O(members).
        type: list
        elements: str
      purge_members:
        description: See O(purge_members).
        type: bool
      create:
        description: See O(create).
        type: bool
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
seealso:
  - module: orkes.conductor.conductor_group_permission
  - name: Users and groups of Orkes Conductor
    description: The vendor's guide.
    link: https://orkes.io/content/access-control-and-security/users-and-groups
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: A group with two members
  orkes.conductor.conductor_group:
    name: data-science
    description: People who build prompts
    roles: [USER]
    members:
      - ana@example.com
      - ben@example.com

- name: Exactly these members, in a group that must exist already
  orkes.conductor.conductor_group:
    name: data-science
    create: false
    members: [ana@example.com]
    purge_members: true

- name: Converge several groups in one call
  orkes.conductor.conductor_group:
    groups:
      - name: data-science
        default_access:
          WORKFLOW_DEF: [READ, EXECUTE]
      - name: auditors
        roles: [USER_READ_ONLY]

- name: Delete a group and its grants
  orkes.conductor.conductor_group:
    name: auditors
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
      description: V(group), and for a deletion also V(grant).
      type: str
      sample: group
    name:
      description: Name of the object.
      type: str
      sample: data-science
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: What differs, by the name of the option. Empty for a deletion.
      type: dict
      sample: {roles: {before: [], after: [USER]}}
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
  sample: ['~ group data-science: roles [] → [USER]']
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
      sample: group
    name:
      description: Name of the object.
      type: str
      sample: data-science
    action:
      description: What was to be done.
      type: str
      sample: update
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        PUT /api/groups/data-science answered 403: no.
        Missing permission: the role ADMIN (groups).
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
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import GroupResource
from ansible_collections.orkes.conductor.plugins.module_utils._specifications import GROUPS


def main() -> None:
    """Converge the groups."""
    ManagingModule(GROUPS).run(GroupResource)


if __name__ == "__main__":
    main()
