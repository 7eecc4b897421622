#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage Inference Endpoints of Hugging Face."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_endpoint
short_description: Manage Inference Endpoints of Hugging Face
version_added: 0.1.0
description:
  - Creates, changes, pauses, resumes, scales to zero and deletes Inference Endpoints, and waits until they run.
  - B(An endpoint that runs is billed.) Each change of its settings is rolled out anew, so only what is given is
    compared, and never what Hugging Face fills in.
  - Takes one endpoint by its own options, or a list of them as O(endpoints).
  - Name, O(vendor) and O(region) of an endpoint cannot be changed.
extends_documentation_fragment:
  - orkes.conductor.huggingface
  - orkes.conductor.attributes
options:
  name:
    description:
      - Name of the endpoint, 32 lower-case letters, digits and hyphens at most.
      - Give either this or O(endpoints).
    type: str
  namespace:
    description:
      - User or organization at Hugging Face to which the endpoint belongs.
    type: str
  repository:
    description:
      - The model's repository at the Hub, such as V(meta-llama/Llama-3.1-8B-Instruct). Needed to create an endpoint.
    type: str
  revision:
    description:
      - Commit of the repository. Without it the newest one is used when the endpoint is created.
      - The name of a branch or a tag is used when the endpoint is created, and not compared afterwards.
    type: str
  framework:
    description:
      - Framework of the model, such as V(pytorch) (which a new endpoint gets unless told otherwise) or V(custom).
    type: str
  task:
    description:
      - Task of the model, such as V(text-generation). Hugging Face finds it out when it is not given.
    type: str
  image:
    description:
      - The container, a dictionary with one key, as Hugging Face's API takes it, such as C(custom) with C(url). A new
        endpoint gets C(huggingface) with nothing in it, unless told otherwise.
      - The kind and what is given of it are compared. Credentials of a registry are not, since they are not given back.
      - When it changes, the whole image is replaced by what is given here.
    type: dict
  env:
    description:
      - Environment variables of the container. Those given get these values, others stay. Values are texts, so
        V(true) needs quotes.
    type: dict
  secrets:
    description:
      - Secret environment variables of the container. They are set when the endpoint is created, and later
        only with O(update_secrets=true), since Hugging Face does not give them back.
    type: dict
  command:
    description:
      - Command of the container.
    type: list
    elements: str
  args:
    description:
      - Arguments of the container's command.
    type: list
    elements: str
  type:
    description:
      - Who may send requests to the endpoint. Needed to create one.
      - V(public) is anybody. V(private) is the user, or members of the organization, with a token. V(authenticated) is,
        as Hugging Face's documentation has it, B(anybody with an account at Hugging Face) and a token.
    type: str
    choices: [authenticated, public, private]
  vendor:
    description:
      - Cloud, such as V(aws), V(azure) or V(gcp). Needed to create an endpoint, and not changeable.
    type: str
  region:
    description:
      - Region of the cloud, such as V(us-east-1). Needed to create an endpoint, and not changeable.
    type: str
  accelerator:
    description:
      - V(cpu), V(gpu) or V(neuron). Needed to create an endpoint.
    type: str
  instance_type:
    description:
      - Kind of machine, such as V(nvidia-l4). Needed to create an endpoint.
    type: str
  instance_size:
    description:
      - Size of the machine, such as V(x1). Needed to create an endpoint.
    type: str
  min_replica:
    description:
      - Least number of machines. V(0) lets the endpoint scale to zero. A new one gets V(1) unless told otherwise.
    type: int
  max_replica:
    description:
      - Largest number of machines. A new endpoint gets V(1) unless told otherwise.
    type: int
  scale_to_zero_timeout:
    description:
      - Minutes without a request after which the endpoint scales to zero, 15 to 2880.
    type: int
  tags:
    description:
      - Tags of the endpoint, exactly.
    type: list
    elements: str
  update_secrets:
    description:
      - Whether O(secrets) is written to an endpoint that exists, on every run.
    type: bool
    default: false
  state:
    description:
      - V(present) makes it what is given here; whether it runs or rests is left alone.
      - V(running) also resumes it. One that sleeps is left alone, since a request wakes it.
      - V(paused) pauses it, and requests do not wake it.
      - V(scaled_to_zero) takes its machines away until the next request. Only one that runs can sleep, so O(wait=true)
        waits for that first, and a paused one is an error.
      - V(absent) deletes it.
    type: str
    choices: [present, absent, running, paused, scaled_to_zero]
    default: present
  endpoints:
    description:
      - A list of endpoints, instead of O(name) and its options.
      - O(state), O(namespace) and O(update_secrets) beside it are defaults for its items. Any other option of an
        endpoint beside it is an error.
    type: list
    elements: dict
    suboptions:
      name:
        description: See O(name).
        type: str
      namespace:
        description: See O(namespace).
        type: str
      repository:
        description: See O(repository).
        type: str
      revision:
        description: See O(revision).
        type: str
      framework:
        description: See O(framework).
        type: str
      task:
        description: See O(task).
        type: str
      image:
        description: See O(image).
        type: dict
      env:
        description: See O(env).
        type: dict
      secrets:
        description: See O(secrets).
        type: dict
      command:
        description: See O(command).
        type: list
        elements: str
      args:
        description: See O(args).
        type: list
        elements: str
      type:
        description: See O(type).
        type: str
        choices: [authenticated, public, private]
      vendor:
        description: See O(vendor).
        type: str
      region:
        description: See O(region).
        type: str
      accelerator:
        description: See O(accelerator).
        type: str
      instance_type:
        description: See O(instance_type).
        type: str
      instance_size:
        description: See O(instance_size).
        type: str
      min_replica:
        description: See O(min_replica).
        type: int
      max_replica:
        description: See O(max_replica).
        type: int
      scale_to_zero_timeout:
        description: See O(scale_to_zero_timeout).
        type: int
      tags:
        description: See O(tags).
        type: list
        elements: str
      update_secrets:
        description: See O(update_secrets).
        type: bool
      state:
        description: See O(state).
        type: str
        choices: [present, absent, running, paused, scaled_to_zero]
  wait:
    description:
      - Whether to wait until each endpoint runs and has its URL. One that rests, and may rest, is not waited for.
      - An endpoint that fails ends the wait with an error that repeats Hugging Face's message.
      - Not in check mode.
    type: bool
    default: true
  wait_timeout:
    description:
      - Most seconds to wait, for all endpoints together. Deployments of several minutes are usual, half of it for the
        hardware. A job's own time limit has to be longer.
    type: int
    default: 1800
  wait_interval:
    description:
      - Seconds between two looks at an endpoint.
    type: float
    default: 5.0
seealso:
  - module: orkes.conductor.hf_endpoint_info
  - module: orkes.conductor.hf_model
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: An endpoint that scales to zero when nobody uses it
  orkes.conductor.hf_endpoint:
    token: "{{ vault_hf_token }}"
    namespace: acme
    name: summarizer
    repository: facebook/bart-large-cnn
    type: private
    vendor: aws
    region: us-east-1
    accelerator: cpu
    instance_type: intel-icl
    instance_size: x2
    min_replica: 0
    max_replica: 2
    scale_to_zero_timeout: 60
  register: summarizer

- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ summarizer.endpoints | map(attribute='url') | list }}"

- name: Two more, one of which rests
  orkes.conductor.hf_endpoint:
    token: "{{ vault_hf_token }}"
    namespace: acme
    endpoints:
      - name: translator
        repository: google-t5/t5-small
        type: authenticated
        vendor: aws
        region: us-east-1
        accelerator: cpu
        instance_type: intel-spr
        instance_size: x1
      - name: reserve
        repository: google-t5/t5-small
        type: authenticated
        vendor: aws
        region: us-east-1
        accelerator: cpu
        instance_type: intel-spr
        instance_size: x1
        state: paused

- name: Delete it
  orkes.conductor.hf_endpoint:
    token: "{{ vault_hf_token }}"
    namespace: acme
    name: summarizer
    state: absent
"""

RETURN = r"""
digests:
  description: What the digest of a cluster's plan takes in of each endpoint.
  returned: when the plan could be made
  type: list
  elements: dict
  contains:
    name: {description: Name of the endpoint as V(namespace/name)., type: str, sample: acme/summarizer}
    now:
      description:
        - V(there), V(create), V(update), V(delete) or V(gone), the digest of the change, and the URL.
      type: list
      elements: raw
      sample: [there, 'https://a1.endpoints.huggingface.cloud']
    also:
      description: The same for plans in which what is to be done now is a part, such as that it is created.
      type: list
      elements: raw
      sample: []
endpoints:
  description: The endpoints that are there now and were not to be deleted. In check mode new ones are left out.
  returned: when the plan could be made
  type: list
  elements: dict
  contains:
    namespace: {description: User or organization., type: str, sample: acme}
    name: {description: Name of the endpoint., type: str, sample: summarizer}
    state:
      description:
        - State in Hugging Face's words, V(pending), V(initializing), V(updating), V(updateFailed), V(running),
          V(paused), V(failed) or V(scaledToZero).
      type: str
      sample: running
    url:
      description: Where it is served. None before it was deployed.
      type: str
      sample: https://a1.endpoints.huggingface.cloud
    message: {description: What Hugging Face says of the state., type: str, sample: Endpoint is ready}
    since: {description: When the endpoint last changed (RFC 3339)., type: str, sample: '2026-11-24T10:00:00Z'}
    type: {description: Who may send requests., type: str, sample: private}
    repository: {description: The model's repository., type: str, sample: facebook/bart-large-cnn}
    revision: {description: The commit., type: str, sample: 37f520fa929c961707657b28798b30c003dd100b}
    vendor: {description: Cloud., type: str, sample: aws}
    region: {description: Region., type: str, sample: us-east-1}
changes:
  description:
    - What was changed, or in check mode would be changed, in the order in which it is done.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(endpoint).
      type: str
      sample: endpoint
    name:
      description: Name of the endpoint as V(namespace/name).
      type: str
      sample: acme/summarizer
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: What differs, by the name of the option. Empty for a deletion.
      type: dict
      sample: {max_replica: {before: 1, after: 2}}
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
  sample: ['~ endpoint acme/summarizer: max_replica 1 → 2']
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
      sample: endpoint
    name:
      description: Name of the object.
      type: str
      sample: acme/summarizer
    action:
      description: What was to be done.
      type: str
      sample: create
    message:
      description: What happened, what of the change was done before, and what to do.
      type: str
      sample: >-
        POST /v2/endpoint/acme answered 403: Forbidden: Payment method required for namespace: acme. Add a payment
        method to this account or organization at Hugging Face.
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

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import ManagingModule
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_connection import HUGGING_FACE
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._resource_endpoint import EndpointResource

SPECIFICATION = ObjectSpecification(
    identity="name",
    list_option="endpoints",
    options={
        "name": {"type": "str"},
        "namespace": {"type": "str"},
        "repository": {"type": "str"},
        "revision": {"type": "str"},
        "framework": {"type": "str"},
        "task": {"type": "str"},
        "image": {"type": "dict"},
        "env": {"type": "dict"},
        "secrets": {"type": "dict", "no_log": True},
        "command": {"type": "list", "elements": "str"},
        "args": {"type": "list", "elements": "str"},
        "type": {"type": "str", "choices": ["authenticated", "public", "private"]},
        "vendor": {"type": "str"},
        "region": {"type": "str"},
        "accelerator": {"type": "str"},
        "instance_type": {"type": "str"},
        "instance_size": {"type": "str"},
        "min_replica": {"type": "int"},
        "max_replica": {"type": "int"},
        "scale_to_zero_timeout": {"type": "int"},
        "tags": {"type": "list", "elements": "str"},
        # A switch, and no secret.
        "update_secrets": {"type": "bool", "no_log": False},
    },
    inherited=("namespace", "update_secrets"),
    defaults={"update_secrets": False},
    states=("present", "absent", "running", "paused", "scaled_to_zero"),
)

CALL_OPTIONS: dict[str, dict[str, Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
    "wait_interval": {"type": "float", "default": 5.0},
}


def main() -> None:
    """Converge the endpoints."""
    ManagingModule(SPECIFICATION, CALL_OPTIONS, HUGGING_FACE).run(EndpointResource)


if __name__ == "__main__":
    main()
