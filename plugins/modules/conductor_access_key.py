#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage access keys of applications of Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_access_key
short_description: Manage access keys of applications of Orkes Conductor
version_added: 0.1.0
description:
  - Creates access keys, with which programs log in as an application, and puts each straight into a file. Rotates,
    pauses and deletes them.
  - A server tells a key's secret once, and keys have no names. What a key is for is known by the file that holds it, so
    one file is one key. An application may have several, each with its file.
  - Takes one key by its own options, or a list of them as O(access_keys).
  - A key is created only where O(destination) does not hold one. A secret never is in output, errors or the diff; only
    O(return_secret) gives one back, and only under C(no_log).
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
  - orkes.conductor.managing
options:
  application:
    description:
      - Name of the application. When several have it, the module fails and lists their ids.
      - Give this, O(application_id) or O(access_keys).
    type: str
  application_id:
    description:
      - Id of the application, where its name does not tell it from others. With O(application) beside it, both have to
        fit.
    type: str
  destination:
    description:
      - Whole path of the file for the key, on the host that the task runs on. It holds JSON with C(auth_key),
        C(auth_secret), C(application_id) and C(server_url), and after a rotation C(rotation_id) and C(previous_keys),
        the ids of the keys before.
      - Its folder has to exist, and not everybody may write into it. The file is replaced whole or not at all, and has
        the mode V(0600). When root replaces it, it keeps its owner.
      - A file that others may read gets the mode V(0600) and there is a warning, since the key should be rotated. A
        symbolic link, a file of another user (unless for root) and a file that holds no access key are refused.
      - While there is work on it, a journal without secrets lies beside it, its name followed by C(.pending). A run
        that is killed leaves the journal, and the next one puts things in order. See the notes.
      - Give this, O(vault_file) or O(return_secret).
    type: path
  vault_file:
    description:
      - Whole path of a file of variables that Ansible Vault encrypts, with the password that the run was given. The
        keys of several applications, by their names, or else their ids, are in its one variable
        C(conductor_access_keys), each with C(auth_key), C(auth_secret), C(application_id), C(server_url) and
        C(created), a date. P(orkes.conductor.access_key#lookup) reads one of them, and any play can name the file in
        C(vars_files).
      - It is on the controller, so the task has to run there (C(connection=local)), and C(no_log) is not needed. The
        file is replaced whole or not at all, and has the mode V(0600). One that others may read gets that mode, and
        there is a warning. Where O(replace_lost) puts a key in the place of
        another one, the file before it is kept beside it, encrypted as it was.
      - A run that is killed is recovered as with O(destination). It may leave an empty file beside this one whose name
        ends in C(.lock), which keeps no further run away, and which the next one that writes a key removes.
      - It does not go with rotation. To rotate, declare a second application, or delete the key with V(absent) and run
        again.
    type: path
  held_key:
    description:
      - With O(return_secret), for a store of another kind, the id of the key that the store holds, or an empty text if
        it holds none. A key is created exactly when that one is not among the application's keys. If the store holds
        one that is gone, it takes O(replace_lost). V(absent) deletes it, and O(enabled) says whether it works.
      - O(journal) then stays after a creation. Put the key into the store, and call again with its id, which removes
        the journal. Until then, the next run deletes the key and makes a new one, so that no key is left over whenever
        a run is killed.
    type: str
  return_secret:
    description:
      - Give the key back in the result as RV(credentials), for a store of another kind. The task needs C(no_log=true),
        and fails without it. A module cannot tell it from the setting C(no_target_syslog), so leave that at its
        default.
      - A key is created only for an application that has none, unless there is O(held_key). Where it has one nothing is
        changed, and RV(credentials) is empty.
      - It takes O(journal) and does not go with rotation. Without O(held_key) it goes with V(present) and not with
        O(enabled=false).
    type: bool
  journal:
    description:
      - Whole path of a file that is kept while the key for O(return_secret) is created, so that a run which was killed
        is recovered as with O(destination). Its folder has to exist.
    type: path
  enabled:
    description:
      - Whether the key works. The server only toggles, so the status is read first, and a toggle is never sent twice.
    type: bool
    default: true
    aliases: [active]
  replace_lost:
    description:
      - Whether a new key is put into a file whose key is not on the server any more or belongs to another application.
        Otherwise that is an error.
    type: bool
    default: false
  rotate:
    description:
      - Rotate the key whenever O(rotation_id) is another text than the one that the file records.
      - A new key is created and seen to log in, then put into the file, read from it and seen to log in once more, and
        then the old key is deactivated. At every moment the key in the file works. Programs have to read the file
        again.
    type: bool
    default: false
  rotation_id:
    description:
      - Any text, such as a date. The same text does nothing. It goes with O(rotate).
    type: str
  delete_rotated:
    description:
      - Delete the keys that were rotated out, which O(destination) records, after a login with the one in the file. It
        is best set in a later run than that of the rotation. It goes with O(rotate).
    type: bool
    default: false
  state:
    description:
      - V(present) means that the application has a key whose id and secret are in the file, and that it is as
        O(enabled) says.
      - V(absent) deletes the key that the file names, with those before it that it records, and then the file.
        Without a file there is nothing to delete. The key that the caller logs in with is not deleted.
    type: str
    choices: [present, absent]
    default: present
  access_keys:
    description:
      - A list of access keys, instead of O(application) and its options.
      - O(state), O(enabled), O(replace_lost) and the options of rotation beside it are defaults for its items. Any
        other option of a key beside it is an error.
    type: list
    elements: dict
    suboptions:
      application:
        description: See O(application).
        type: str
      application_id:
        description: See O(application_id).
        type: str
      destination:
        description: See O(destination).
        type: path
      return_secret:
        description: See O(return_secret).
        type: bool
      journal:
        description: See O(journal).
        type: path
      vault_file:
        description: See O(vault_file).
        type: path
      held_key:
        description: See O(held_key).
        type: str
      enabled:
        description: See O(enabled).
        type: bool
        aliases: [active]
      replace_lost:
        description: See O(replace_lost).
        type: bool
      rotate:
        description: See O(rotate).
        type: bool
      rotation_id:
        description: See O(rotation_id).
        type: str
      delete_rotated:
        description: See O(delete_rotated).
        type: bool
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
notes:
  - Before a key is asked for, the journal records the ids of the keys that there are. When a run is broken off between
    asking and saving, the next one deletes the one key that is new since then, of that time, and in no file of the
    destination's folder nor otherwise known. Where several fit, or the time is more than two minutes off, it fails and
    lists them. Keys are never removed by their number.
  - So create keys of one application by one run at a time, and keep the clocks of host and server together.
  - With O(return_secret) one gap stays, from the removal of the journal to the moment in which Ansible has the result.
    O(held_key) closes it.
  - In check mode neither server nor files are touched, and a folder that is missing is only warned of. With
    O(pending_parents) there is no such warning, since the role P(orkes.conductor.hf_setup#role) makes the folders.
  - Tokens that were issued for a key may outlive it; deactivating a key ends no token on servers known so far.
seealso:
  - module: orkes.conductor.conductor_application
  - name: Applications of Orkes Conductor
    description: The vendor's description of applications and access keys.
    link: https://orkes.io/content/access-control-and-security/applications
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: A key for a service, in a file that its owner alone may read
  orkes.conductor.conductor_access_key:
    application: order-service
    destination: "{{ playbook_dir }}/order-service.json"

- name: Another one for each month
  orkes.conductor.conductor_access_key:
    application: order-service
    destination: "{{ playbook_dir }}/order-service.json"
    rotate: true
    rotation_id: 2026-12

- name: Delete those before it, once every program uses the new one
  orkes.conductor.conductor_access_key:
    application: order-service
    destination: "{{ playbook_dir }}/order-service.json"
    rotate: true
    rotation_id: 2026-12
    delete_rotated: true

- name: Pause it
  orkes.conductor.conductor_access_key:
    application: order-service
    destination: "{{ playbook_dir }}/order-service.json"
    enabled: false

- name: A key for a store of secrets, which a later task puts there
  orkes.conductor.conductor_access_key:
    application: reports
    return_secret: true
    journal: "{{ playbook_dir }}/reports.pending"
  no_log: true
  register: new_key

- name: A key in a file that Ansible Vault encrypts
  orkes.conductor.conductor_access_key:
    application: invoices
    vault_file: "{{ playbook_dir }}/access_keys.yml"

- name: Several in one call, of one application too
  orkes.conductor.conductor_access_key:
    access_keys:
      - application: reports
        destination: "{{ playbook_dir }}/reports-nightly.json"
      - application: reports
        destination: "{{ playbook_dir }}/reports-weekly.json"

- name: Delete a key with its file
  orkes.conductor.conductor_access_key:
    application: order-service
    destination: "{{ playbook_dir }}/order-service.json"
    state: absent
"""

RETURN = r"""
access_keys:
  description: The keys that are there after the call, in the order given, without their secrets.
  returned: success
  type: list
  elements: dict
  contains:
    application:
      description: Name of the application as given, or V(null) when only its id was given.
      type: str
      sample: order-service
    application_id:
      description: Its id, or V(null) in check mode for one that is about to be created.
      type: str
      sample: 6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10
    auth_key:
      description:
        - Id of the key. It is V(null) in check mode for a new one, and where O(return_secret) created none.
      type: str
      sample: 0c9f4a52-6d1c-4a5b-8a7e-2f0f3f6f9b11
    destination:
      description: Its file, or V(null).
      type: str
      sample: /etc/order-service/conductor.json
    vault_file:
      description: Its file that Ansible Vault encrypts, or V(null).
      type: str
      sample: null
    created:
      description: With O(vault_file), the day on which it was created, or V(null).
      type: str
      sample: '2026-11-26'
    rotation_id:
      description: What the file records as its rotation, or V(null).
      type: str
      sample: 2026-12
    previous_keys:
      description: Ids of the keys before it that the file records.
      type: list
      elements: str
      sample: []
credentials:
  description:
    - The keys that were created for O(return_secret), with their secrets. Each has C(auth_key), C(auth_secret),
      C(application_id) and C(server_url).
  returned: with O(return_secret)
  type: list
  elements: dict
  sample: []
kept_before:
  description:
    - Files in which O(vault_file) is kept as it was before keys in it were replaced.
  returned: with O(vault_file), unless in check mode
  type: list
  elements: str
  sample: []
changes:
  description:
    - What was changed, or in check mode would be changed, in the order in which it is done.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: Always V(access_key).
      type: str
      sample: access_key
    name:
      description: The application and the file.
      type: str
      sample: order-service in /etc/order-service/conductor.json
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description:
        - What differs. Beside options these are C(auth_key) for a key in another one's place, C(deactivated) and
          C(deleted) with ids of keys that were rotated out, C(mode), and C(journal) and C(left_behind) for what a run
          that was broken off has left.
      type: dict
      sample: {enabled: {before: false, after: true}}
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
  sample: ['+ access_key order-service in /etc/order-service/conductor.json: enabled true']
digest:
  description:
    - The digest of the plan, 64 hexadecimal digits. It is the same for the same changes, whatever their order.
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
      sample: access_key
    name:
      description: Name of the object.
      type: str
      sample: order-service in /etc/order-service/conductor.json
    action:
      description: What was to be done.
      type: str
      sample: update
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        POST /api/applications/6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10/accessKeys answered 403: no.
        Missing permission: UPDATE on application 6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10.
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
from ansible_collections.orkes.conductor.plugins.module_utils._resource_access_key import AccessKeyResource

SPECIFICATION = ObjectSpecification(
    identity="application",
    substitute="application_id",
    list_option="access_keys",
    options={
        "application": {"type": "str"},
        "application_id": {"type": "str"},
        "destination": {"type": "path"},
        # What it says is whether a secret comes back, and is none.
        "return_secret": {"type": "bool", "no_log": False},
        "journal": {"type": "path"},
        "vault_file": {"type": "path"},
        "held_key": {"type": "str", "no_log": False},
        "enabled": {"type": "bool", "aliases": ["active"]},
        "replace_lost": {"type": "bool"},
        "rotate": {"type": "bool"},
        "rotation_id": {"type": "str"},
        "delete_rotated": {"type": "bool"},
    },
    inherited=("enabled", "replace_lost", "rotate", "rotation_id", "delete_rotated"),
    defaults={"enabled": True, "replace_lost": False, "rotate": False, "delete_rotated": False},
)


def main() -> None:
    """Converge the access keys."""
    ManagingModule(SPECIFICATION).run(AccessKeyResource)


if __name__ == "__main__":
    main()
