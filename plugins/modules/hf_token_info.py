#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read whose token of Hugging Face it is, and what it may do."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_token_info
short_description: Read whose token of Hugging Face it is, and what it may do
version_added: 0.1.0
description:
  - Tells whether a user access token is valid, whose it is, which namespaces it may use, and which permissions it lacks
    there.
  - A token that is not valid is an answer and no error. What stands in the way of using it is listed in RV(problems).
  - One request to the Hub, which limits this one more than others. Ask once and keep the answer.
extends_documentation_fragment:
  - orkes.conductor.huggingface
  - orkes.conductor.reading
options:
  namespace:
    description:
      - User or organization in which the token is to be used. When it is not given, a user's token is looked at in the
        account itself.
    type: str
  permissions:
    description:
      - Permissions that the token should have there. Only fine-grained tokens tell theirs.
    type: list
    elements: str
    default: [inference.endpoints.read, inference.endpoints.write]
seealso:
  - module: orkes.conductor.hf_endpoint
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Look at a token
  orkes.conductor.hf_token_info:
    token: "{{ vault_hf_token }}"
  register: token

- name: Say whose it is
  ansible.builtin.debug:
    msg: "{{ token.account.name }} may use {{ token.namespaces | map(attribute='name') | join(', ') }}"

- name: Stop early if it cannot manage the organization's endpoints
  orkes.conductor.hf_token_info:
    token: "{{ vault_hf_token }}"
    namespace: acme
  register: token_in_acme
  failed_when: token_in_acme.problems | length > 0
"""

RETURN = r"""
valid:
  description: Whether the Hub takes the token.
  returned: success
  type: bool
  sample: true
problems:
  description: What stands in the way of using the token in the namespace, as sentences.
  returned: success
  type: list
  elements: str
  sample: ['the token cannot use the namespace acme; it can use ana, umbrella']
account:
  description: Whose token it is, as C(name), C(type) (V(user), V(org) or V(app)) and C(id). None if it is not valid.
  returned: success
  type: dict
  sample: {name: ana, type: user, id: 5f8d}
token:
  description:
    - The token's C(name), C(role) (V(read), V(write) or V(fineGrained)), C(created_at) and C(expires_at). None if it is
      not valid.
  returned: success
  type: dict
  sample: {name: production, role: fineGrained, created_at: '2026-01-01T00:00:00Z', expires_at: null}
namespaces:
  description:
    - What the token may be used for, as C(name), C(type), C(role) in an organization, C(can_pay), and C(barrier), which
      says what an organization still asks for. None if the token is not valid.
  returned: success
  type: list
  elements: dict
  sample: [{name: ana, type: user, role: null, can_pay: true, barrier: null}]
namespace:
  description: The namespace that was looked at. None if there is none, or the token is not valid.
  returned: success
  type: str
  sample: ana
missing_permissions:
  description: The permissions it lacks there. None if the token does not tell.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_account import read_account
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import (
    READ_ENDPOINTS,
    WRITE_ENDPOINTS,
)
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_connection import HUGGING_FACE

OPTIONS: dict[str, dict[str, Any]] = {
    "namespace": {"type": "str"},
    "permissions": {"type": "list", "elements": "str", "default": [READ_ENDPOINTS, WRITE_ENDPOINTS]},
}


def main() -> None:
    """Read the token."""
    module = InformationModule(OPTIONS, HUGGING_FACE)
    params = module.params
    module.run(lambda client: read_account(client, params["namespace"] or None, params["permissions"]))


if __name__ == "__main__":
    main()
