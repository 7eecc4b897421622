#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read who may do what in Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_permission_info
short_description: Read who may do what in Orkes Conductor
version_added: 0.1.0
description:
  - Returns the grants of groups, users and applications, and those on integrations, models and other targets.
  - For the users in O(effective_for) it also returns what they may do with these targets by whatever way, be it their
    own grants, groups, roles or tags, as the server works it out.
  - Who or what does not exist holds nothing, and is no error. Takes the role V(ADMIN).
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.reading
options:
  groups:
    description: Groups whose grants are read.
    type: list
    elements: str
    default: []
    aliases: [group]
  users:
    description: Users whose own grants are read.
    type: list
    elements: str
    default: []
    aliases: [user]
  applications:
    description: Ids of applications whose own grants are read.
    type: list
    elements: str
    default: []
    aliases: [application]
  roles:
    description: Roles whose grants are read. Servers tell them since version 5.4.2.
    type: list
    elements: str
    default: []
  integrations:
    description: Integrations on which grants are read.
    type: list
    elements: str
    default: []
  models:
    description:
      - Models, each as V(integration:model), on which grants are read.
      - A server may take no slash in a path. Then ask for the groups and users instead.
    type: list
    elements: str
    default: []
  targets:
    description: Targets of any other kind on which grants are read.
    type: list
    elements: dict
    default: []
    suboptions:
      type:
        description: Type of the target, such as V(WORKFLOW_DEF).
        type: str
        required: true
      id:
        description: Id of the target.
        type: str
        required: true
  effective_for:
    description:
      - Users, applications as V(app:) and their id, whose effective access to O(integrations), O(models) and O(targets)
        is read. The grants on these are then not read.
    type: list
    elements: str
    default: []
  skip_unreadable:
    description:
      - Whether grants that the caller may not read, or that cannot be asked for, are listed as RV(unreadable). If not,
        they fail the task. It has no effect on O(effective_for).
    type: bool
    default: false
seealso:
  - module: orkes.conductor.conductor_group_permission
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read what a group may do
  orkes.conductor.conductor_permission_info:
    group: data-science

- name: Read who may do what with an integration and a model, as far as the caller may
  orkes.conductor.conductor_permission_info:
    integrations: [hf-prod]
    models: ["hf-prod:meta-llama/Llama-3.1-8B-Instruct"]
    skip_unreadable: true

- name: Read who may do what with an integration
  orkes.conductor.conductor_permission_info:
    integrations: [hf-prod]

- name: Read whether a user may use a model
  orkes.conductor.conductor_permission_info:
    effective_for: [ana@example.com]
    models: ["hf-prod:meta-llama/Llama-3.1-8B-Instruct"]
  register: access

- name: Say so
  ansible.builtin.debug:
    msg: "{{ 'yes' if 'EXECUTE' in access.effective[0].access else 'no' }}"
"""

RETURN = r"""
permissions:
  description: The grants.
  returned: success
  type: list
  elements: dict
  contains:
    subject:
      description: Who holds it, as C(type) (V(USER), V(GROUP) or V(ROLE)) and C(id).
      type: dict
      sample: {type: GROUP, id: data-science}
    target: {description: On what., type: dict, sample: {type: INTEGRATION_PROVIDER, id: hf-prod}}
    access: {description: What may be done., type: list, elements: str, sample: [EXECUTE, READ]}
    tag: {description: The tag from whose grant it is derived., type: str, sample: null}
unreadable:
  description: Whose grants, or the grants on what, could not be read. Empty unless O(skip_unreadable).
  returned: success
  type: list
  elements: dict
  contains:
    type: {description: Type of the subject or target., type: str, sample: INTEGRATION}
    id: {description: Its id., type: str, sample: "hf-prod:acme/tiny-llm"}
    reason: {description: Why., type: str, sample: "GET /api/groups/ops/permissions answered 403"}
effective:
  description: What the users in O(effective_for) may do.
  returned: success
  type: list
  elements: dict
  contains:
    user: {description: Id of the user., type: str, sample: ana@example.com}
    target: {description: With what., type: dict, sample: {type: INTEGRATION_PROVIDER, id: hf-prod}}
    access: {description: What may be done., type: list, elements: str, sample: [EXECUTE, READ]}
    user_exists:
      description: Whether there is such a user. Whether there is such a target, the server does not tell.
      type: bool
      sample: true
    told:
      description: Whether the server tells what the user may do; else RV(effective[].access) is empty.
      type: bool
      sample: true
"""

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._grants import target_reference
from ansible_collections.orkes.conductor.plugins.module_utils._information import (
    model_problems,
    model_targets,
    read_effective_access,
    read_permissions,
)
from ansible_collections.orkes.conductor.plugins.module_utils._references import INTEGRATION_PROVIDER

NAMES = {"type": "list", "elements": "str", "default": []}
OPTIONS: dict[str, dict[str, Any]] = {
    "groups": {**NAMES, "aliases": ["group"]},
    "users": {**NAMES, "aliases": ["user"]},
    "applications": {**NAMES, "aliases": ["application"]},
    "roles": NAMES,
    "integrations": NAMES,
    "models": NAMES,
    "targets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"type": {"type": "str", "required": True}, "id": {"type": "str", "required": True}},
    },
    "effective_for": NAMES,
    "skip_unreadable": {"type": "bool", "default": False},
}


def read(client: ConductorClient, params: dict[str, Any]) -> dict[str, Any]:
    """Read grants and effective access."""
    subjects = [("GROUP", name) for name in params["groups"]] + [("USER", name) for name in params["users"]]
    subjects += [("USER", name if name.startswith("app:") else f"app:{name}") for name in params["applications"]]
    subjects += [("ROLE", name) for name in params["roles"]]
    targets = [(INTEGRATION_PROVIDER, name) for name in params["integrations"]] + model_targets(params["models"])
    targets += [target_reference(target["type"], target["id"]) for target in params["targets"]]
    users, concurrency = params["effective_for"], params["concurrency"]
    unreadable: list[dict[str, str]] = []
    skipped = unreadable if params["skip_unreadable"] else None
    return {
        "permissions": read_permissions(client, subjects, [] if users else targets, concurrency, skipped),
        "unreadable": unreadable,
        "effective": read_effective_access(client, users, targets, concurrency),
    }


def main() -> None:
    """Read the permissions."""
    module = InformationModule(OPTIONS)
    module.run(lambda client: read(client, module.params), lambda: model_problems(module.params["models"]))


if __name__ == "__main__":
    main()
