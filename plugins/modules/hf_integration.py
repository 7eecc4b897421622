#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage Hugging Face integrations of Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_integration
short_description: Manage Hugging Face integrations of Orkes Conductor
version_added: 0.1.0
description:
  - Creates, updates and deletes integrations of type V(huggingface) (category V(AI_MODEL)), with which the AI tasks of
    workflows reach models at Hugging Face.
  - Takes one integration by its own options, or a list of them as O(integrations), which is read and written in one go.
  - What is not given is not compared, and when a write is needed anyway its current value is sent again. What is given
    as empty is meant.
  - Saving an existing integration may replace it whole, and the server does not give back its key. So every such save
    carries O(api_key), or fails before anything is written. Tags and deletion work without a key.
  - An existing integration of another type is an error and never touched.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
  - orkes.conductor.managing
attributes:
  idempotent:
    description: When run again with the same options, nothing is written and RV(ignore:changed=false).
    support: partial
    details:
      - Secrets are sent on every run with O(update_api_key=always).
      - So they are with O(update_api_key=on_change) on a server that does not show their values, if
        O(fingerprint=false), or if a secret has less than 20 characters, of which no fingerprint is kept.
options:
  name:
    description:
      - Name of the integration. It cannot change, and holds no colon.
      - Give either this or O(integrations).
    type: str
  api_key:
    description:
      - Access token of the Hugging Face account. Needed to create an integration, and for every change other than that
        of tags.
      - Keys under 20 characters get no fingerprint (see O(fingerprint)).
    type: str
  namespace:
    description:
      - Hugging Face user or organization that the models and endpoints belong to. Needed to create an integration.
    type: str
  description:
    description:
      - What the integration is for. An empty text empties it.
    type: str
  enabled:
    description:
      - Whether workflows can use the integration (the console's switch I(Active)).
      - A new integration is enabled unless told otherwise.
    type: bool
    aliases: [active]
  tags:
    description:
      - Tags as keys with values. They are added, and a key that is there with another value gets this one.
      - Other tags stay, unless O(purge_tags=true).
    type: dict
  purge_tags:
    description:
      - Whether tags that O(tags) does not have are removed. A fingerprint of this collection stays.
    type: bool
    default: false
  configuration:
    description:
      - Further configuration keys that are no secret. V(api_key) and V(namespace) have options of their own, and
        V(endpoint) belongs to models.
    type: dict
  secret_configuration:
    description:
      - Further configuration keys that are secret. They are treated as O(api_key) is.
    type: dict
  update_api_key:
    description:
      - Whether a secret by itself causes a write. It does not decide whether other changes are made.
      - With V(on_change) the key is sent if it differs from the server's. If the server does not show the key, a
        fingerprint left by the last write tells; where there is none, the key counts as changed
        (C(unknown) before, C(set) after).
      - With V(always) the key is sent on every run.
      - With V(on_create) the key alone never causes a write. A change of another option still sends it.
    type: str
    choices: [on_change, always, on_create]
    default: on_change
  fingerprint:
    description:
      - Whether a fingerprint of each secret is kept as a tag of the integration, so that the next run can tell whether
        the secret is still the same. The tag's key is V(ansible_fingerprint-) and the first 8 of the random digits, so
        that no fingerprint replaces another one.
      - It is V(v1:), 16 random hexadecimal digits, and the first 16 hexadecimal digits of an HMAC-SHA-256 over the
        integration's name and the field, with the secret as its key. It does not give the secret away, yet whoever can
        read tags can confirm a guessed secret with it.
      - A secret that somebody else changes on the server, without this collection, is not noticed.
      - With V(false), V(on_change) acts as V(always) unless the server shows its value.
    type: bool
    default: true
  exclusive_subjects:
    description:
      - Who alone may hold access on the integration. Every grant on it that others hold is revoked, be they groups,
        users, applications or roles; nothing is granted. An empty dictionary leaves nobody but the caller.
      - The caller's own grants stay, and so does what reaches the integration by another way, by a role such as
        V(ADMIN) or by a grant on a tag.
      - Those who are named have to exist. It takes the role V(ADMIN), and O(purge_limit) is the brake.
    type: dict
    suboptions:
      applications: {description: Names or ids of applications., type: list, elements: str, default: []}
      groups: {description: Names of groups., type: list, elements: str, default: []}
      roles: {description: Names of roles., type: list, elements: str, default: []}
      users: {description: Ids of users., type: list, elements: str, default: []}
  state:
    description:
      - V(present) creates or updates, V(absent) deletes.
      - A deletion revokes the grants of others on the integration and its models first, then deletes the models, then
        the integration. The diff lists all of it.
    type: str
    choices: [present, absent]
    default: present
  purge_limit:
    description:
      - The brake on O(exclusive_subjects). The module fails before it writes anything if more grants would be revoked
        than this number, such as V(10), or this percentage, such as V(25%), of those that exist.
    type: str
  force:
    description:
      - Whether an integration is deleted although prompts or workflow definitions use it. Otherwise that is an error
        which names them.
      - What takes its integration out of a workflow's input, or what the caller may not read, is not seen. It is an
        error, too, if what there is cannot be read for another reason.
    type: bool
    default: false
  integrations:
    description:
      - A list of integrations, instead of O(name) and its options.
      - O(state), O(update_api_key), O(fingerprint) and O(purge_tags) beside it are defaults for its entries. Any other
        option of an integration beside it is an error.
    type: list
    elements: dict
    suboptions:
      name:
        description: See O(name).
        type: str
      api_key:
        description: See O(api_key).
        type: str
      namespace:
        description: See O(namespace).
        type: str
      description:
        description: See O(description).
        type: str
      enabled:
        description: See O(enabled).
        type: bool
        aliases: [active]
      tags:
        description: See O(tags).
        type: dict
      purge_tags:
        description: See O(purge_tags).
        type: bool
      configuration:
        description: See O(configuration).
        type: dict
      secret_configuration:
        description: See O(secret_configuration).
        type: dict
      update_api_key:
        description: See O(update_api_key).
        type: str
        choices: [on_change, always, on_create]
      fingerprint:
        description: See O(fingerprint).
        type: bool
      exclusive_subjects:
        description: See O(exclusive_subjects).
        type: dict
        suboptions:
          applications: {description: Names or ids of applications., type: list, elements: str, default: []}
          groups: {description: Names of groups., type: list, elements: str, default: []}
          roles: {description: Names of roles., type: list, elements: str, default: []}
          users: {description: Ids of users., type: list, elements: str, default: []}
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
notes:
  - Of two runs that write different secrets to one integration at the same time, at least one fails and says so. No
    fingerprint vouches for a secret that was overwritten, and a further run writes it again. That does not hold for a
    run that leaves no fingerprint beside one that does, because it changes other settings alone, has
    O(fingerprint=false), or was broken off after it had written the secret, nor for a model that is written in bulk.
    Let one run at a time write a cluster.
seealso:
  - module: orkes.conductor.hf_model
  - module: orkes.conductor.conductor_group_permission
  - name: Hugging Face integration of Orkes Conductor
    description: The vendor's guide to the same steps in the console.
    link: https://orkes.io/content/integrations/ai-llm/hugging-face
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Add a Hugging Face integration
  orkes.conductor.hf_integration:
    name: hf-prod
    api_key: "{{ vault_hf_token }}"
    namespace: acme
    description: Models of the platform team
    tags:
      team: platform

- name: Switch it off without touching its key
  orkes.conductor.hf_integration:
    name: hf-prod
    api_key: "{{ vault_hf_token }}"
    active: false

- name: Converge several integrations in one call
  orkes.conductor.hf_integration:
    update_api_key: on_create
    integrations:
      - name: hf-chat
        api_key: "{{ vault_hf_token }}"
        namespace: acme
      - name: hf-research
        api_key: "{{ vault_hf_token }}"
        namespace: acme-research
        enabled: false

- name: Let nobody but these hold access on it
  orkes.conductor.hf_integration:
    name: hf-prod
    exclusive_subjects:
      groups: [data-science]
      applications: [order-service]
    purge_limit: "5"

- name: Delete an integration with its models and the grants on them
  orkes.conductor.hf_integration:
    name: hf-prod
    state: absent
"""

RETURN = r"""
changes:
  description:
    - What was changed, or in check mode would be changed, in the order in which it is done.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(integration), and for a deletion also V(model) and V(grant).
      type: str
      sample: integration
    name:
      description: Name of the object.
      type: str
      sample: hf-prod
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: What differs, by the name of the option. Empty for a deletion.
      type: dict
      sample: {description: {before: old, after: new}, api_key: {before: changed, after: set}}
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
  sample: ['~ integration hf-prod: description "old" → "new"']
digest:
  description:
    - The digest of the plan, 64 hexadecimal digits. It is the same for the same changes, whatever their order, and
      another secret to be written makes it another one.
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
      sample: integration
    name:
      description: Name of the object.
      type: str
      sample: hf-prod
    action:
      description: What was to be done.
      type: str
      sample: update
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        POST /api/integrations/provider/hf-prod answered 403: no.
        Missing permission: UPDATE on integration hf-prod.
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
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import IntegrationResource
from ansible_collections.orkes.conductor.plugins.module_utils._specifications import INTEGRATION_OPTIONS, INTEGRATIONS


def main() -> None:
    """Converge the integrations."""
    ManagingModule(INTEGRATIONS, INTEGRATION_OPTIONS).run(IntegrationResource)


if __name__ == "__main__":
    main()
