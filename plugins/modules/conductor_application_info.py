#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read applications of Orkes Conductor with their roles and tags."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_application_info
short_description: Read applications of Orkes Conductor with their roles and tags
version_added: 0.1.0
description:
  - Returns applications in the words of P(orkes.conductor.conductor_application#module). Every caller gets those that
    it may read; their roles take the role V(ADMIN).
  - What does not exist, or what the caller cannot see, is left out and no error.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.reading
options:
  names:
    description:
      - Names or ids of applications. A name that several have returns all of them. All applications when it is not
        given.
    type: list
    elements: str
    aliases: [name]
  access_keys:
    description:
      - Whether the access keys of each are read, too, which takes one more request an application. Their secrets are
        told by no server.
    type: bool
    default: false
seealso:
  - module: orkes.conductor.conductor_application
  - module: orkes.conductor.conductor_access_key
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read all applications
  orkes.conductor.conductor_application_info:

- name: Read one, whether it exists or not, with its access keys
  orkes.conductor.conductor_application_info:
    name: order-service
    access_keys: true
"""

RETURN = r"""
applications:
  description: The applications, sorted by name and id.
  returned: success
  type: list
  elements: dict
  contains:
    id: {description: Id of the application., type: str, sample: 7d3c1c5e-0000-0000-0000-000000000000}
    name: {description: Its name; names are not unique., type: str, sample: order-service}
    roles:
      description: Its roles, or nothing where the caller may not read them, or the server does not tell them.
      type: list
      elements: str
      sample: [WORKER]
    tags: {description: Its tags., type: dict, sample: {team: orders}}
    created_by: {description: Who created it., type: str, sample: ana@example.com}
    created_at: {description: When in milliseconds since 1970., type: int, sample: 1767225600000}
    updated_by: {description: Who changed it last., type: str, sample: ana@example.com}
    updated_at: {description: When in milliseconds since 1970., type: int, sample: 1767225600000}
    access_keys:
      description: Its access keys, or nothing where the caller may not read them.
      returned: when O(access_keys) is true
      type: list
      elements: dict
      contains:
        id: {description: Id of the key., type: str, sample: 2f6c1a9e-0000-0000-0000-000000000000}
        created_at: {description: When it was created (ms since 1970)., type: int, sample: 1767225600000}
        status: {description: V(ACTIVE) or V(INACTIVE)., type: str, sample: ACTIVE}
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._information import read_applications


def main() -> None:
    """Read the applications."""
    module = InformationModule(
        {
            "names": {"type": "list", "elements": "str", "aliases": ["name"]},
            "access_keys": {"type": "bool", "default": False, "no_log": False},
        }
    )
    names, keys, concurrency = (module.params[option] for option in ("names", "access_keys", "concurrency"))
    module.run(lambda client: {"applications": read_applications(client, names, keys, concurrency)})


if __name__ == "__main__":
    main()
