#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read whether models exist at Hugging Face's Hub, and what their endpoints serve."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_hub_model_info
short_description: Read whether models exist at Hugging Face's Hub, and what their endpoints serve
version_added: 0.1.0
description:
  - Tells of each model whether the Hub has one of this name that the token may see, what it is for, and whether it is
    gated.
  - For a model that is given with the URL of an Inference Endpoint it also tells which model that endpoint serves.
    Conductor takes any name for a model, so a wrong one shows only when a workflow fails.
  - What is not as it should be is listed in RV(problems), and what cannot be told in RV(unverifiable). Neither is an
    error.
  - A gated model is found by everybody. Whether the token may use its files is not told.
extends_documentation_fragment:
  - orkes.conductor.huggingface
  - orkes.conductor.reading
options:
  models:
    description: The models.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Id of the model at the Hub, such as V(google-t5/t5-small).
        type: str
        required: true
      endpoint:
        description: URL of the Inference Endpoint that is said to serve it.
        type: str
  namespace:
    description:
      - User or organization whose Inference Endpoints are looked through for the URLs. The token needs the permission
        C(inference.endpoints.read) there.
    type: str
seealso:
  - module: orkes.conductor.hf_model
  - module: orkes.conductor.hf_endpoint_info
  - name: The Hub's API
    description: The vendor's description of the requests on which this rests.
    link: https://huggingface.co/docs/hub/api
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Stop if a model is not what it is called
  orkes.conductor.hf_hub_model_info:
    token: "{{ vault_hf_token }}"
    namespace: acme
    models:
      - name: google-t5/t5-small
      - name: facebook/bart-large-cnn
        endpoint: https://abc123.eu-west-1.aws.endpoints.huggingface.cloud
  register: at_the_hub
  failed_when: at_the_hub.problems | length > 0

- name: Say what they are for
  ansible.builtin.debug:
    msg: "{{ at_the_hub.models | items2dict(key_name='name', value_name='pipeline_tag') }}"
"""

RETURN = r"""
models:
  description: The models, in the order in which they were given.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Id of the model., type: str, sample: google-t5/t5-small}
    found: {description: Whether the Hub has it and the token may see it., type: bool, sample: true}
    pipeline_tag: {description: 'What it is for, in the words of the Hub.', type: str, sample: translation}
    gated: {description: 'V(false), V(auto) or V(manual): who may have its files.', type: raw, sample: false}
    private: {description: Whether only its owner sees it., type: bool, sample: false}
    endpoint: {description: The URL that was given., type: str, sample: null}
    endpoint_name:
      description: The Inference Endpoint at this URL, as C(namespace/name). None if it is not known.
      type: str
      sample: acme/translator
    endpoint_repository:
      description: The model that this Inference Endpoint serves. None if it is not known.
      type: str
      sample: google-t5/t5-small
problems:
  description: What is not as it should be, as sentences.
  returned: success
  type: list
  elements: str
  sample: []
unverifiable:
  description: What cannot be told, as sentences.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_connection import HUGGING_FACE
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_models import (
    hub_model_problems,
    read_hub_models,
)

OPTIONS: dict[str, dict[str, Any]] = {
    "models": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"name": {"type": "str", "required": True}, "endpoint": {"type": "str"}},
    },
    "namespace": {"type": "str"},
}


def main() -> None:
    """Read the models."""
    module = InformationModule(OPTIONS, HUGGING_FACE)
    params = module.params
    module.run(
        lambda client: read_hub_models(client, params["models"], params["namespace"] or None, params["concurrency"]),
        lambda: hub_model_problems(params["models"]),
    )


if __name__ == "__main__":
    main()
