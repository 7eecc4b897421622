# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup access_key."""

from __future__ import annotations

DOCUMENTATION = r"""
name: access_key
short_description: An access key of an application of Orkes Conductor, from a file that Ansible Vault encrypts
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Reads a key from the O(vault_file) that M(orkes.conductor.conductor_access_key) keeps, with the password that the
    run was given.
  - It holds a secret, so use it where secrets are taken, such as C(auth_secret) of a module or a task with C(no_log).
options:
  _terms:
    description: Names of applications, or their ids where the file has these.
    type: list
    elements: str
    required: true
  vault_file:
    description: The file. A relative path starts where Ansible was started.
    type: path
    required: true
  missing:
    description:
      - What a key is that the file does not have, or for which there is no file.
      - V(error) fails, and V(empty) is a dictionary with nothing in it.
    type: str
    choices: [error, empty]
    default: error
"""

EXAMPLES = r"""
- name: See which key it is, if there is one yet
  ansible.builtin.debug:
    msg: "{{ key.auth_key | default('none') }}, made on {{ key.created | default('no day') }}"
  vars:
    key: "{{ lookup('orkes.conductor.access_key', 'invoices', vault_file='access_keys.yml', missing='empty') }}"
"""

RETURN = r"""
_value:
  description:
    - C(auth_key), C(auth_secret), C(application_id), C(server_url), and C(created), the day on which it was created.
  type: list
  elements: dict
"""

import os
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError
from ansible_collections.orkes.conductor.plugins.plugin_utils._key_vault import KeyVault


class LookupModule(LookupBase):
    """Reads the file."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[dict[str, str]]:
        """Return the keys."""
        self.set_options(var_options=variables, direct=kwargs)
        path = os.path.abspath(os.path.expanduser(str(self.get_option("vault_file"))))
        vault = KeyVault(path, self._loader._vault.secrets)
        try:
            vault.open()
        except CollectionError as error:
            raise AnsibleLookupError(str(error)) from None
        missing = [str(term) for term in terms if str(term) not in vault.keys]
        if missing and self.get_option("missing") == "error":
            raise AnsibleLookupError(
                f"{path} has no access key of {', '.join(missing)}; there are {', '.join(vault.keys) or 'none'}"
            )
        return [vault.keys.get(str(term), {}) for term in terms]
