#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the integrations of Orkes Conductor that carry a leaked token of Hugging Face, and replace it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_token_rotation
short_description: Find a leaked token of Hugging Face in the integrations of Orkes Conductor, and replace it
version_added: 0.1.0
description:
  - Looks at every integration of type Hugging Face on the cluster, whoever made it, and says which of them carry a
    token that has leaked. With O(new_token) it puts that one in its place, and reads everything back.
  - An integration carries the token if the server shows it, or if the fingerprint left by
    M(orkes.conductor.hf_integration) is of this token. Each fingerprint has a salt of its own.
  - Where the server does not show the key and there is no fingerprint, it cannot be told. Such integrations are listed
    as such, and only replaced if O(also) names them.
  - Only the key changes. An integration is saved whole, everything else as it is. One that has further secrets, which
    would be lost, is refused, unless O(profile) knows that the cluster keeps them.
  - Revoke the leaked token at Hugging Face only when nothing carries it any more, and then soon.
  - Change the key in the inventory too, and in its vault. Otherwise the next run of M(orkes.conductor.hf_integration)
    with the old key puts that one back.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
attributes:
  idempotent:
    description: When run again with the same options, nothing is written and RV(ignore:changed=false).
    support: partial
    details:
      - With O(fingerprint=false) on a server that does not show keys, what O(also) names is written on every run.
options:
  leaked_token:
    description:
      - The token that has leaked. Of less than 20 characters there is no fingerprint, so that is an error.
      - Give either this or O(rotations).
    type: str
  new_token:
    description:
      - The token in its place. Without it nothing is written, and the result says where the leaked one is.
    type: str
  also:
    description:
      - Names of integrations that get O(new_token) too, although it cannot be told whether they carry the leaked one.
        One that is known to hold another key is an error.
    type: list
    elements: str
  leave_out:
    description:
      - Names of integrations that are left as they are, though they carry the leaked token.
    type: list
    elements: str
  fingerprint:
    description:
      - Whether a fingerprint of the new token is kept as a tag, as in M(orkes.conductor.hf_integration).
    type: bool
    default: true
  rotations:
    description:
      - A list of rotations, instead of O(leaked_token) and its options.
      - O(new_token), O(leave_out) and O(fingerprint) beside it are defaults for its entries. Any other option beside it
        is an error.
    type: list
    elements: dict
    suboptions:
      leaked_token:
        description: See O(leaked_token).
        type: str
      new_token:
        description: See O(new_token).
        type: str
      also:
        description: See O(also).
        type: list
        elements: str
      leave_out:
        description: See O(leave_out).
        type: list
        elements: str
      fingerprint:
        description: See O(fingerprint).
        type: bool
notes:
  - Everything is read first and checked as a whole. When anything is wrong, all that is wrong comes in one message and
    nothing is written.
  - A fingerprint tells what this collection wrote last. A key that somebody set in the console since then is only
    noticed where O(profile) says that the cluster's update times tell.
  - Integrations of other types are not written, and their fingerprints are unknown. Where the server shows that one of
    them carries the leaked token there is a warning.
  - It takes READ and UPDATE on the integrations, and a caller without the role V(ADMIN) sees only those that it may
    read.
  - A run that is broken off can be run again. The old fingerprint goes last, so that what is left to do is found.
  - Of two runs that write an integration at the same time, at least one fails and says so, as with
    M(orkes.conductor.hf_integration).
seealso:
  - module: orkes.conductor.hf_integration
  - module: orkes.conductor.hf_token_info
  - name: User access tokens
    description: Where tokens of Hugging Face are created and revoked.
    link: https://huggingface.co/docs/hub/security-tokens
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Find where a leaked token is used
  orkes.conductor.hf_token_rotation:
    leaked_token: "{{ vault_leaked_hf_token }}"
  register: found

- name: Say where
  ansible.builtin.debug:
    msg: "{{ found.lines }}"

- name: Replace it everywhere, and in an integration of which it cannot be told
  orkes.conductor.hf_token_rotation:
    leaked_token: "{{ vault_leaked_hf_token }}"
    new_token: "{{ vault_hf_token }}"
    also: [hf-prod]
"""

RETURN = r"""
integrations:
  description:
    - Every integration of type Hugging Face that the caller can see, sorted by name, as it is at the end. In check mode
      as it is now.
  returned: when the plan could be made
  type: list
  elements: dict
  contains:
    rotation:
      description: Number of the rotation, from 1.
      type: int
      sample: 1
    name:
      description: Name of the integration.
      type: str
      sample: hf-prod
    namespace:
      description: Its namespace at Hugging Face, in which the new token has to be of use.
      type: str
      sample: acme
    enabled:
      description: Whether workflows can use it.
      type: bool
      sample: true
    token:
      description:
        - V(leaked) and V(new) if it carries that token, V(other) if it carries neither, and V(unknown) if that cannot
          be told.
      type: str
      sample: leaked
    fields:
      description: The configuration keys that hold the leaked token.
      type: list
      elements: str
      sample: [api_key]
    reason:
      description: How that is known, or why it is not.
      type: str
      sample: its fingerprint says so
    left_out:
      description: Whether O(leave_out) names it.
      type: bool
      sample: false
sees_all:
  description: Whether the caller has the role V(ADMIN), so that no integration is hidden from it.
  returned: when the plan could be made
  type: bool
  sample: true
gone:
  description:
    - Whether no integration carries a leaked token any more. None if of some it cannot be told.
  returned: when the plan could be made
  type: bool
  sample: true
lines:
  description: What there is to say of integrations with a leaked or a new token, or of which it cannot be told.
  returned: when the plan could be made
  type: list
  elements: str
  sample: ['integration hf-prod carries the new token: its fingerprint says so']
changes:
  description:
    - What was changed, or in check mode would be changed.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(integration).
      type: str
      sample: integration
    name:
      description: Name of the integration.
      type: str
      sample: hf-prod
    action:
      description: V(update).
      type: str
      sample: update
    fields:
      description: The keys that are replaced. What was there is V(leaked) or V(unknown).
      type: dict
      sample: {api_key: {before: leaked, after: set}}
summary:
  description: How many integrations were updated, were left as they are, failed, and were not tried.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, deleted: 0, unchanged: 2, failed: 0, skipped: 0}
plan:
  description: The whole plan as lines for people, the same in check mode and after an apply.
  returned: always
  type: list
  elements: str
  sample: ['~ integration hf-prod: api_key leaked → set']
digest:
  description:
    - The digest of the plan, 64 hexadecimal digits. It is the same for the same changes, and another token to be
      written makes it another one.
  returned: when the plan could be made
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
failures:
  description: The changes that failed, each with C(kind), C(name), C(action) and C(message), which says what to do.
  returned: on failure
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
  description: Each integration before and after, without secrets.
  returned: in diff mode
  type: list
  elements: dict
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import (
    CONDUCTOR_BY_ITSELF,
    ManagingModule,
)
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._resource_token_rotation import TokenRotationResource

SPECIFICATION = ObjectSpecification(
    identity="leaked_token",
    list_option="rotations",
    options={
        "leaked_token": {"type": "str", "no_log": True},
        "new_token": {"type": "str", "no_log": True},
        "also": {"type": "list", "elements": "str"},
        "leave_out": {"type": "list", "elements": "str"},
        "fingerprint": {"type": "bool"},
    },
    inherited=("new_token", "leave_out", "fingerprint"),
    defaults={"fingerprint": True},
    states=(),
)


def main() -> None:
    """Find the tokens, and replace them."""
    ManagingModule(SPECIFICATION, service=CONDUCTOR_BY_ITSELF).run(TokenRotationResource)


if __name__ == "__main__":
    main()
