#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell which Conductor server answers, and as whom."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_server_info
short_description: Tell which server of Orkes Conductor answers, and as whom
version_added: 0.1.0
description:
  - Logs in and returns the caller with its roles and permissions, the organization, and the server's version and
    health, to make sure of them before anything is changed.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.reading
options:
  ready_seconds:
    description:
      - How long to look again while the server is not up, in seconds. It is waited for while nothing answers, a proxy
        answers in its place, or the API is not there yet. A key that is refused fails at once.
      - When it is given, a server that is not up by then is no error, and RV(ready) tells.
    type: float
  interval:
    description:
      - Seconds between two looks.
    type: float
    default: 5.0
seealso:
  - name: User information of Orkes Conductor
    description: The request behind it.
    link: https://orkes.io/content/reference-docs/api/tokens/get-user-info
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: See whose key this is
  orkes.conductor.conductor_server_info:
  register: server

- name: Wait until a new server is up
  orkes.conductor.conductor_server_info:
    ready_seconds: 300

- name: Stop unless it is the right organization
  ansible.builtin.assert:
    that: server.organization == 'acme'
"""

RETURN = r"""
ready:
  description: Whether the server is up. If it is not, the other values but RV(waiting_for) are V(null).
  returned: success
  type: bool
  sample: true
waiting_for:
  description: Why the server does not count as up, or V(null).
  returned: success
  type: str
  sample: null
caller:
  description: Who the server takes the caller for.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the user, for an application's key V(app:) and the application's id.
      type: str
      sample: app:6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10
    name:
      description: Name of the user or application.
      type: str
      sample: deployment
    roles:
      description: Names of its roles, sorted.
      type: list
      elements: str
      sample: [ADMIN]
    permissions:
      description: Names of what its roles permit, sorted.
      type: list
      elements: str
      sample: [CREATE_INTEGRATION]
    groups:
      description: Names of its groups, sorted.
      type: list
      elements: str
      sample: []
    application:
      description: Whether it is an application and not a person.
      type: bool
      sample: true
administrator:
  description: Whether the caller has the role V(ADMIN), itself or by a group.
  returned: success
  type: bool
  sample: true
organization:
  description: Id of the organization, or V(null) when the server does not tell.
  returned: success
  type: str
  sample: acme
version:
  description: The server's version, or V(null) when it does not tell.
  returned: success
  type: str
  sample: 5.4.2
health:
  description: What the server says of its health, or V(null) when it does not tell.
  returned: success
  type: dict
  sample: {healthy: true}
"""

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._caller import await_server, read_caller
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._limits import LONGEST_WAIT, limit_problems

OPTIONS: dict[str, dict[str, Any]] = {
    "ready_seconds": {"type": "float"},
    "interval": {"type": "float", "default": 5.0},
}

NOT_YET = dict.fromkeys(("caller", "administrator", "organization", "version", "health"))


def problems_of(params: dict[str, Any]) -> list[str]:
    """Return what is wrong with the options."""
    return limit_problems(params, (("ready_seconds", 0, LONGEST_WAIT), ("interval", 0.01, LONGEST_WAIT)))


def read(client: ConductorClient, params: dict[str, Any]) -> dict[str, Any]:
    """Ask who the caller is, if need be when the server is up."""
    if params["ready_seconds"] is not None:
        waiting_for = await_server(client, params["ready_seconds"], params["interval"])
        if waiting_for is not None:
            return {"ready": False, "waiting_for": waiting_for, **NOT_YET}
    return {"ready": True, "waiting_for": None, **read_caller(client)}


def main() -> None:
    """Ask who the caller is."""
    module = InformationModule(OPTIONS)
    module.run(lambda client: read(client, module.params), lambda: problems_of(module.params))


if __name__ == "__main__":
    main()
