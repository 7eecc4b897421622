#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read groups of Orkes Conductor with their members."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_group_info
short_description: Read groups of Orkes Conductor with their members
version_added: 0.1.0
description:
  - Returns groups in the words of P(orkes.conductor.conductor_group#module). Takes the role V(ADMIN).
  - What does not exist is left out and no error.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.reading
options:
  names:
    description:
      - Names of groups. All groups when it is not given.
    type: list
    elements: str
    aliases: [name]
seealso:
  - module: orkes.conductor.conductor_group
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read all groups
  orkes.conductor.conductor_group_info:

- name: Read two, whether they exist or not
  orkes.conductor.conductor_group_info:
    names: [data-science, auditors]
"""

RETURN = r"""
groups:
  description: The groups.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Name of the group., type: str, sample: data-science}
    description: {description: What it is for., type: str, sample: People who build prompts}
    roles: {description: Its roles., type: list, elements: str, sample: [USER]}
    default_access:
      description: What it may do with objects that its members create.
      type: dict
      sample: {WORKFLOW_DEF: [READ]}
    members: {description: Ids of its members., type: list, elements: str, sample: [ana@example.com]}
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._information import read_groups


def main() -> None:
    """Read the groups."""
    module = InformationModule({"names": {"type": "list", "elements": "str", "aliases": ["name"]}})
    module.run(lambda client: {"groups": read_groups(client, module.params["names"], module.params["concurrency"])})


if __name__ == "__main__":
    main()
