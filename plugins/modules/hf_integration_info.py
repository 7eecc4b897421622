#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read Hugging Face integrations of Orkes Conductor with their models."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_integration_info
short_description: Read Hugging Face integrations of Orkes Conductor with their models
version_added: 0.1.0
description:
  - Returns integrations with their models in the words of P(orkes.conductor.hf_integration#module) and
    P(orkes.conductor.hf_model#module), disabled ones too. Secrets, and what the server shows for them, are left out.
  - What does not exist, or what the caller cannot see, is left out and no error.
extends_documentation_fragment:
  - orkes.conductor.connection
  - orkes.conductor.reading
options:
  names:
    description:
      - Names of integrations, of whatever type.
      - All Hugging Face integrations that the caller can see when it is not given.
    type: list
    elements: str
    aliases: [name]
seealso:
  - module: orkes.conductor.hf_integration
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Read all Hugging Face integrations
  orkes.conductor.hf_integration_info:
  register: found

- name: Name the models that are switched off
  ansible.builtin.debug:
    msg: "{{ found.integrations | map(attribute='models') | flatten | rejectattr('enabled') | map(attribute='name') }}"

- name: Read one
  orkes.conductor.hf_integration_info:
    name: hf-prod
"""

RETURN = r"""
integrations:
  description: The integrations.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Name of the integration., type: str, sample: hf-prod}
    type: {description: Its type., type: str, sample: huggingface}
    category: {description: Its category., type: str, sample: AI_MODEL}
    namespace: {description: Hugging Face user or organization., type: str, sample: acme}
    description: {description: What it is for., type: str, sample: Models of the platform team}
    enabled: {description: Whether workflows can use it., type: bool, sample: true}
    tags:
      description: Tags as keys with values, or a list where a key has several. Fingerprints are left out.
      type: dict
      sample: {team: platform}
    configuration: {description: Further configuration keys that are no secret., type: dict, sample: {}}
    secret_keys:
      description: Names of the configuration keys that are secret or hold a secret. Their values are told nowhere.
      type: list
      elements: str
      sample: [api_key]
    key_mark:
      description:
        - A mark that is another one once this collection has written another key. V(null) where it has left no
          fingerprint. It says nothing of the key itself.
      type: str
      sample: 9f2c6a1e0b7d4835
    created_by: {description: Who created it., type: str, sample: ana@example.com}
    created_at: {description: When. Milliseconds since 1970., type: int, sample: 1764000000000}
    updated_by: {description: Who saved it last., type: str, sample: ana@example.com}
    updated_at: {description: When. Milliseconds since 1970., type: int, sample: 1764000000000}
    models:
      description:
        - Its models by name, each with C(name), C(endpoint), C(description), C(enabled), C(tags), C(configuration),
          C(secret_keys), C(discovered) (whether it looks as if the server had registered it by itself), C(created_by),
          C(created_at), C(updated_by) and C(updated_at).
      type: list
      elements: dict
      sample:
        - name: meta-llama/Llama-3.1-8B-Instruct
          endpoint: https://abc123.eu-west-1.aws.endpoints.huggingface.cloud
          description: Chat
          enabled: true
          tags: {}
          configuration: {}
          discovered: false
"""

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._information import read_integrations


def main() -> None:
    """Read the integrations."""
    module = InformationModule({"names": {"type": "list", "elements": "str", "aliases": ["name"]}})
    module.run(
        lambda client: {"integrations": read_integrations(client, module.params["names"], module.params["concurrency"])}
    )


if __name__ == "__main__":
    main()
