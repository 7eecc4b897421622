#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take keys, roles, memberships and grants from people, groups and applications of Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_offboarding
short_description: Take everything from people, groups and applications of Orkes Conductor
version_added: 0.1.0
description:
  - Takes from users, groups and applications what they hold, whoever gave it to them, and says what remains.
  - A B(user) is taken out of all groups and loses all roles and all grants of its own.
  - An B(application) loses its access keys, too.
  - Applications that one of them has created stay and are listed, with the number of their active access keys, which
    may be known there.
  - A B(group) loses its members, roles, default access and grants. The members keep what they have otherwise.
  - With O(delete=true) the user, group or application goes, too. Grants on it go first.
  - In the end everything is read once more, and the server is asked what those who stay may still do with what they
    could reach, and with every Hugging Face integration. That is in RV(remaining), such as by a grant to a role.
  - Access tokens that were issued before may live on; that a server ends them with their key is documented nowhere. Nor
    is for how long they last, unless O(profile) tells.
  - One who is not on the cluster is warned of, and no error, so that a run can be repeated.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
options:
  kind:
    description: What it is. Needed, here or in each entry of O(subjects).
    type: str
    choices: [user, group, application]
  name:
    description:
      - Id of the user, name of the group, or name or id of the application.
      - Give this, O(application_id) or O(subjects).
    type: str
  application_id:
    description: Id of the application, where its name does not tell it from others.
    type: str
  delete:
    description: Whether it is deleted as well.
    type: bool
    default: false
  access_keys:
    description:
      - What becomes of an application's access keys. Those that are V(deactivated) can be activated again.
    type: str
    choices: [deleted, deactivated]
    default: deleted
  subjects:
    description:
      - A list of users, groups and applications, instead of O(name) and its options.
      - O(kind), O(delete) and O(access_keys) beside it are defaults for its entries. Any other option beside it is an
        error.
    type: list
    elements: dict
    suboptions:
      kind:
        description: See O(kind).
        type: str
        choices: [user, group, application]
      name:
        description: See O(name).
        type: str
      application_id:
        description: See O(application_id).
        type: str
      delete:
        description: See O(delete).
        type: bool
      access_keys:
        description: See O(access_keys).
        type: str
        choices: [deleted, deactivated]
  limit:
    description:
      - The brake. How many users, groups and applications may lose something, the members of groups included, as a
        number such as V(10), or as a percentage such as V(25%) of all that there are.
      - When there are more, the module fails before anything is written.
    type: str
notes:
  - It takes the role V(ADMIN).
  - The caller itself, and a group that the caller is a member of, are refused, so that nobody is locked out.
  - Everything is read first and checked as a whole. When anything is wrong, all that is wrong comes in one message and
    nothing is written.
  - Keys, roles, memberships and grants go first, several at a time; when one of them fails, the others are still taken.
    Then objects are deleted. A further run picks up the rest.
  - Members that a single sign-on puts into a group come back with the next login, unless they are taken out there, too.
  - What an inventory still declares, the next run of M(orkes.conductor.conductor_group) and its like give back.
seealso:
  - module: orkes.conductor.conductor_access_key
  - module: orkes.conductor.conductor_group
  - module: orkes.conductor.conductor_permission_info
  - name: Access control of Orkes Conductor
    description: The vendor's description of users, groups, applications and their permissions.
    link: https://orkes.io/content/category/access-control-and-security
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Take everything from a person who leaves, and delete the user
  orkes.conductor.conductor_offboarding:
    kind: user
    name: ana@example.com
    delete: true

- name: Take everything from a team and a service, with a brake
  orkes.conductor.conductor_offboarding:
    limit: 25
    subjects:
      - kind: group
        name: auditors
      - kind: application
        name: order-service
        delete: true
"""

RETURN = r"""
subjects:
  description: The users, groups and applications as they were found.
  returned: when the plan could be made
  type: list
  elements: dict
  contains:
    kind:
      description: V(user), V(group) or V(application).
      type: str
      sample: user
    name:
      description: Its name as it was given.
      type: str
      sample: ana@example.com
    id:
      description: Its id. Empty for an application that is not there.
      type: str
      sample: ana@example.com
    exists:
      description: Whether it was on the cluster.
      type: bool
      sample: true
    created_applications:
      description: Applications that it has created, as C(name), C(id) and C(active_keys), a number.
      type: list
      elements: dict
      sample: [{name: reports, id: 6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10, active_keys: 1}]
remaining:
  description:
    - What they may still do, each as C(subject) (who was off-boarded), C(user) (who may; of a group each member),
      C(target) and C(access). Empty in check mode.
  returned: when the plan could be made
  type: list
  elements: dict
  sample: []
unchecked:
  description: What could not be asked for, as sentences.
  returned: when the plan could be made
  type: list
  elements: str
  sample: []
token_lifetime:
  description: Seconds that access tokens last, as O(profile) has it. None if that is not known.
  returned: when the plan could be made
  type: int
  sample: 2700
lines:
  description: What there is to say of it to people.
  returned: when the plan could be made
  type: list
  elements: str
  sample: ['user ana@example.com is not on this cluster']
changes:
  description: What was changed, or in check mode would be changed, in the order in which it is done.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(access_key), V(grant), V(group), V(user) or V(application).
      type: str
      sample: grant
    name:
      description: Name of the object.
      type: str
      sample: USER ana@example.com on INTEGRATION_PROVIDER hf-prod
    action:
      description: V(update) or V(delete).
      type: str
      sample: delete
    fields:
      description: What differs. Empty for a deletion of anything but a grant.
      type: dict
      sample: {access: {before: [READ], after: []}}
summary:
  description: How many objects were updated and deleted, were as they should be, failed, and were not tried.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, deleted: 2, unchanged: 0, failed: 0, skipped: 0}
plan:
  description: The whole plan as lines for people, the same in check mode and after an apply.
  returned: always
  type: list
  elements: str
  sample: ['~ group auditors: members [ana@example.com] → []']
digest:
  description: The digest of the plan, 64 hexadecimal digits. It is the same for the same changes, whatever their order.
  returned: when the plan could be made
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
failures:
  description: The changes that failed, each with C(kind), C(name), C(action) and C(message), which says what to do.
  returned: on failure
  type: list
  elements: dict
  sample: []
held_back:
  description:
    - The deletions that were planned and not made, since the profile was taken of another version of the server. Each
      with C(kind) and C(name). The module fails then, since what they hold is still theirs.
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
  description: Each object before and after.
  returned: in diff mode
  type: list
  elements: dict
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import (
    CONDUCTOR_BY_ITSELF,
    ManagingModule,
)
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._resource_offboarding import KINDS, OffboardingResource

SPECIFICATION = ObjectSpecification(
    identity="name",
    substitute="application_id",
    list_option="subjects",
    options={
        "kind": {"type": "str", "choices": list(KINDS)},
        "name": {"type": "str"},
        "application_id": {"type": "str"},
        "delete": {"type": "bool"},
        # What becomes of keys, and no key.
        "access_keys": {"type": "str", "choices": ["deleted", "deactivated"], "no_log": False},
    },
    inherited=("kind", "delete", "access_keys"),
    defaults={"delete": False, "access_keys": "deleted"},
    states=(),
)

CALL_OPTIONS = {"limit": {"type": "str"}}


def main() -> None:
    """Take everything from the subjects."""
    ManagingModule(SPECIFICATION, CALL_OPTIONS, CONDUCTOR_BY_ITSELF).run(OffboardingResource)


if __name__ == "__main__":
    main()
