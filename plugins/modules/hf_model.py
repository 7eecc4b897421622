#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage models of Hugging Face integrations of Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_model
short_description: Manage models of Hugging Face integrations of Orkes Conductor
version_added: 0.1.0
description:
  - Creates, updates and deletes the models of Hugging Face integrations. A model joins a name, which is the model's id
    at Hugging Face, with the Inference Endpoint that serves it.
  - Takes one model by its own options, or a list of them as O(models), which is read and written in one go.
  - What is not given is not compared, and when a write is needed anyway its current value is sent again. What is given
    as empty is meant.
  - Names with slashes are sent encoded where the server decodes that, else as they are, and else by way of a save of
    the whole integration (see O(api_key)). Which way works is found out by reading, and only when something is to be
    written.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.attributes
  - orkes.conductor.managing
  - orkes.conductor.managing.purge
options:
  integration:
    description:
      - Name of the integration that the model belongs to. It has to exist.
      - Beside O(models) it is the default for its entries.
    type: str
  name:
    description:
      - Name of the model, the same as its id at Hugging Face, such as V(meta-llama/Llama-3.1-8B-Instruct).
      - Give either this or O(models).
    type: str
  endpoint:
    description:
      - URL (V(https)) of the Inference Endpoint that serves the model. Needed to create a model.
      - It is kept in the model's configuration under the key C(endpoint).
    type: str
  description:
    description:
      - What the model is for. An empty text empties it.
    type: str
  enabled:
    description:
      - Whether workflows can use the model (the console's switch I(Active)).
      - A new model is enabled unless told otherwise.
    type: bool
    aliases: [active]
  tags:
    description:
      - Tags as keys with values. They are added, and a key that is there with another value gets this one.
      - Other tags stay, unless O(purge_tags=true).
    type: dict
  purge_tags:
    description:
      - Whether tags that O(tags) does not have are removed.
    type: bool
    default: false
  configuration:
    description:
      - Further configuration keys of the model. Secrets belong to the integration.
    type: dict
  api_key:
    description:
      - The integration's Hugging Face token. Needed only for servers that take a slash in a path neither encoded nor as
        it is. There a model whose name holds a slash can only be saved together with its whole integration, key
        included.
      - Beside O(models) it is the default for its entries.
    type: str
  purge:
    description:
      - Whether models that are not declared are deleted from the integrations named in the call, or in
        O(purge_integrations).
      - Models that the server registered by itself are left alone unless O(purge_discovered=true).
    type: bool
    default: false
  purge_discovered:
    description:
      - Whether O(purge) also takes models that the server registered by itself when the integration was saved. A model
        without an endpoint, or without a creator, is taken for one.
    type: bool
    default: false
  purge_integrations:
    description:
      - Integrations that O(purge) looks at, instead of those named in the call. An integration without any declared
        model has to be named here.
    type: list
    elements: str
  exclusive_subjects:
    description:
      - Who alone may hold access on the model. Every grant on it that others hold is revoked, be they groups, users,
        applications or roles; nothing is granted. An empty dictionary leaves nobody but the caller.
      - The caller's own grants stay, and so does what reaches the model by another way, by a role such as V(ADMIN)
        or by a grant on a tag.
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
      - A deletion revokes the grants of others on the model first.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Whether a model is deleted, or purged, although prompts or workflow definitions use it. Otherwise that is an
        error which names them.
      - What takes its model out of a workflow's input, or what the caller may not read, is not seen. It is an error,
        too, if what there is cannot be read for another reason.
    type: bool
    default: false
  endpoint_names:
    description:
      - Names of Inference Endpoints, as V(namespace/name), by their URLs. The digest of the plan then holds the name of
        a model's endpoint and not its URL, so that it is the same before and after the endpoint was created.
    type: dict
  models:
    description:
      - A list of models, instead of O(name) and its options.
      - O(integration), O(api_key), O(state) and O(purge_tags) beside it are defaults for its entries. Any other option
        of a model beside it is an error.
    type: list
    elements: dict
    suboptions:
      integration:
        description: See O(integration).
        type: str
      name:
        description: See O(name).
        type: str
      endpoint:
        description: See O(endpoint).
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
      api_key:
        description: See O(api_key).
        type: str
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
seealso:
  - module: orkes.conductor.hf_integration
  - module: orkes.conductor.conductor_group_permission
  - name: Hugging Face integration of Orkes Conductor
    description: The vendor's guide to the same steps in the console.
    link: https://orkes.io/content/integrations/ai-llm/hugging-face
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Add a model
  orkes.conductor.hf_model:
    integration: hf-prod
    name: meta-llama/Llama-3.1-8B-Instruct
    endpoint: https://abc123.eu-west-1.aws.endpoints.huggingface.cloud
    description: Chat

- name: Switch it off
  orkes.conductor.hf_model:
    integration: hf-prod
    name: meta-llama/Llama-3.1-8B-Instruct
    active: false

- name: These models and no others, unless that would delete more than two
  orkes.conductor.hf_model:
    integration: hf-prod
    models:
      - name: meta-llama/Llama-3.1-8B-Instruct
        endpoint: https://abc123.eu-west-1.aws.endpoints.huggingface.cloud
      - name: acme/summarizer
        endpoint: https://def456.eu-west-1.aws.endpoints.huggingface.cloud
        tags:
          purpose: summarization
    purge: true
    purge_limit: 2

- name: Let nobody but this group hold access on it
  orkes.conductor.hf_model:
    integration: hf-prod
    name: meta-llama/Llama-3.1-8B-Instruct
    exclusive_subjects:
      groups: [data-science]

- name: Delete a model
  orkes.conductor.hf_model:
    integration: hf-prod
    name: acme/summarizer
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
      description: V(model), and for a deletion also V(grant).
      type: str
      sample: model
    name:
      description: Name of the object, for a model V(integration:model).
      type: str
      sample: hf-prod:acme/summarizer
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: What differs, by the name of the option. Empty for a deletion.
      type: dict
      sample: {enabled: {before: true, after: false}}
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
  sample: ['- model hf-prod:acme/summarizer']
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
      sample: model
    name:
      description: Name of the object.
      type: str
      sample: hf-prod:acme/summarizer
    action:
      description: What was to be done.
      type: str
      sample: update
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        POST /api/integrations/provider/hf-prod/integration/m answered 403: no.
        Missing permission: UPDATE on integration hf-prod.
held_back:
  description:
    - The deletions that were planned and not made, since the profile was taken of another version of the server. Each
      with C(kind) and C(name).
  returned: when the profile does not fit and something would have been deleted
  type: list
  elements: dict
  sample: []
left_alone:
  description:
    - The models that are not declared and that O(purge) leaves alone, since the server seems to have registered them by
      itself, each as C(integration:model). See O(purge_discovered).
  returned: with O(purge=true), on success
  type: list
  elements: str
  sample: ['hf-prod:meta-llama/Llama-3.1-8B-Instruct']
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
from ansible_collections.orkes.conductor.plugins.module_utils._resource_model import ModelResource
from ansible_collections.orkes.conductor.plugins.module_utils._specifications import MODEL_OPTIONS, MODELS


def main() -> None:
    """Converge the models."""
    ManagingModule(MODELS, MODEL_OPTIONS).run(ModelResource)


if __name__ == "__main__":
    main()
