#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read Inference Endpoints of Hugging Face."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_endpoint_info
short_description: Read Inference Endpoints of Hugging Face
version_added: 0.1.0
description:
  - Returns the state and the URL of Inference Endpoints, named ones or all of a namespace.
  - With O(settle_seconds) it looks again for a while, until none of them is on its way to another state. In a loop it
    shows how a long deployment gets on.
extends_documentation_fragment:
  - orkes.conductor.huggingface
  - orkes.conductor.reading
options:
  namespace:
    description:
      - User or organization at Hugging Face. Give either this or O(endpoints).
    type: str
  names:
    description:
      - Names of the endpoints. All endpoints of O(namespace) when it is not given. One that does not exist is left out.
    type: list
    elements: str
    aliases: [name]
  endpoints:
    description:
      - Endpoints of several namespaces, instead of O(namespace) and O(names).
    type: list
    elements: dict
    suboptions:
      namespace:
        description: User or organization at Hugging Face.
        type: str
        required: true
      name:
        description: Name of the endpoint.
        type: str
        required: true
  settle_seconds:
    description:
      - How long to look again while an endpoint is V(pending), V(initializing) or V(updating), in seconds.
    type: float
    default: 0
  interval:
    description:
      - Seconds between two looks.
    type: float
    default: 5.0
seealso:
  - module: orkes.conductor.hf_endpoint
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read all endpoints of an organization
  orkes.conductor.hf_endpoint_info:
    token: "{{ vault_hf_token }}"
    namespace: acme
  register: found

- name: Show those that do not run
  ansible.builtin.debug:
    msg: "{{ found.endpoints | rejectattr('state', 'eq', 'running') | map(attribute='name') | list }}"

- name: Read one, and give it half a minute to come up
  orkes.conductor.hf_endpoint_info:
    token: "{{ vault_hf_token }}"
    namespace: acme
    name: summarizer
    settle_seconds: 30
"""

RETURN = r"""
endpoints:
  description: The endpoints that exist, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    namespace: {description: User or organization., type: str, sample: acme}
    name: {description: Name of the endpoint., type: str, sample: summarizer}
    state: {description: State in Hugging Face's words., type: str, sample: running}
    url: {description: Where it is served., type: str, sample: 'https://a1.endpoints.huggingface.cloud'}
    message: {description: What Hugging Face says of the state., type: str, sample: Endpoint is ready}
    since: {description: When the endpoint last changed (RFC 3339)., type: str, sample: '2026-11-24T10:00:00Z'}
    type: {description: Who may send requests., type: str, sample: private}
    repository: {description: The model's repository., type: str, sample: facebook/bart-large-cnn}
    revision: {description: The commit., type: str, sample: 37f520fa929c961707657b28798b30c003dd100b}
    vendor: {description: Cloud., type: str, sample: aws}
    region: {description: Region., type: str, sample: us-east-1}
lines:
  description: The state of each endpoint, for people.
  returned: success
  type: list
  elements: str
  sample: ['acme/summarizer: initializing since 2026-11-24T10:00:00Z (waiting for hardware)']
moving:
  description: Names of the endpoints that are still on their way to another state, each as V(namespace/name).
  returned: success
  type: list
  elements: str
  sample: [acme/summarizer]
"""

import time
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._apply import read_each
from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import HuggingFaceClient
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_connection import HUGGING_FACE
from ansible_collections.orkes.conductor.plugins.module_utils._limits import LONGEST_WAIT, limit_problems
from ansible_collections.orkes.conductor.plugins.module_utils._resource_endpoint import MOVING, shown_endpoint

OPTIONS: dict[str, dict[str, Any]] = {
    "namespace": {"type": "str"},
    "names": {"type": "list", "elements": "str", "aliases": ["name"]},
    "endpoints": {
        "type": "list",
        "elements": "dict",
        "options": {"namespace": {"type": "str", "required": True}, "name": {"type": "str", "required": True}},
    },
    "settle_seconds": {"type": "float", "default": 0},
    "interval": {"type": "float", "default": 5.0},
}


def problems(params: dict[str, Any]) -> list[str]:
    """Return what is wrong with the options."""
    found = limit_problems(params, (("settle_seconds", 0, LONGEST_WAIT), ("interval", 0, LONGEST_WAIT)))
    by_namespace = params["namespace"] is not None
    if by_namespace is (params["endpoints"] is not None):
        found.append("give either namespace, or endpoints as a list of namespace and name")
    elif not by_namespace and params["names"] is not None:
        found.append("names goes with namespace: leave it out of endpoints")
    return found


def line_of(endpoint: dict[str, Any]) -> str:
    """Return the state of an endpoint for people."""
    message = f" ({endpoint['message']})" if endpoint["message"] else ""
    return one_line(
        f"{endpoint['namespace']}/{endpoint['name']}: {endpoint['state']} since {endpoint['since']}{message}"
    )


def read(
    client: HuggingFaceClient, params: dict[str, Any], sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Read the endpoints until they have settled, or the time is over."""
    deadline = time.monotonic() + params["settle_seconds"]
    while True:
        endpoints = sorted(_read_once(client, params), key=lambda one: (str(one["namespace"]), str(one["name"])))
        moving = [f"{one['namespace']}/{one['name']}" for one in endpoints if one["state"] in MOVING]
        if not moving or time.monotonic() >= deadline:
            return {"endpoints": endpoints, "moving": moving, "lines": [line_of(one) for one in endpoints]}
        sleep(params["interval"])


def _read_once(client: HuggingFaceClient, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the endpoints as they are now."""
    namespace = params["namespace"]
    if namespace is not None and params["names"] is None:
        return [shown_endpoint(namespace, endpoint) for endpoint in client.list_endpoints(namespace)]
    keys = [(one["namespace"], one["name"]) for one in params["endpoints"] or []]
    keys += [(namespace, name) for name in params["names"] or []]
    found = read_each(lambda key: client.get_endpoint(*key), keys, params["concurrency"])
    return [shown_endpoint(key[0], endpoint) for key, endpoint in found.items() if endpoint is not None]


def main() -> None:
    """Read the endpoints."""
    module = InformationModule(OPTIONS, HUGGING_FACE)
    module.run(lambda client: read(client, module.params), lambda: problems(module.params))


if __name__ == "__main__":
    main()
