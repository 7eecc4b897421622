#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read users of Orkes Conductor with their roles and groups."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_user_info
short_description: Read users of Orkes Conductor with their roles and groups
version_added: 0.1.0
description:
  - Returns people, and the users as which applications act. Takes the role V(ADMIN).
  - Who does not exist is left out and no error.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.reading
options:
  names:
    description:
      - Ids of users, of an application V(app:) and its id. All users when it is not given.
    type: list
    elements: str
    aliases: [name]
seealso:
  - module: orkes.conductor.conductor_group_info
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read all users
  orkes.conductor.conductor_user_info:
  register: found

- name: Name who may do everything by a role of their own
  ansible.builtin.debug:
    msg: "{{ found.users | selectattr('roles', 'contains', 'ADMIN') | map(attribute='id') }}"

- name: Read one
  orkes.conductor.conductor_user_info:
    name: ana@example.com
"""

RETURN = r"""
users:
  description: The users, sorted by their ids.
  returned: success
  type: list
  elements: dict
  contains:
    id: {description: Id of the user., type: str, sample: ana@example.com}
    name: {description: Name of the user., type: str, sample: Ana}
    application: {description: Whether it is the user of an application., type: bool, sample: false}
    roles: {description: The user's own roles., type: list, elements: str, sample: [USER]}
    groups: {description: The groups the user is in., type: list, elements: str, sample: [data-science]}
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._information import read_users


def main() -> None:
    """Read the users."""
    module = InformationModule({"names": {"type": "list", "elements": "str", "aliases": ["name"]}})
    module.run(lambda client: {"users": read_users(client, module.params["names"], module.params["concurrency"])})


if __name__ == "__main__":
    main()
