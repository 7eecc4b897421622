# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets to look for, and how playbooks get at them."""

from __future__ import annotations

import sys
from typing import Any

#: Made so that every encoding changes them.
CANARIES = {
    "api_key": 'hf_Canary/Key+1?&=%"\\é~0123456789',
    "hf_token": 'hf_Canary/Token+5?&=%"\\~0123456789',
    "secret_configuration": "Canary/Password+2?&=%'<é>~0123456789",
}


def secret(name: str) -> str:
    """Return the expression that gives a secret; so no file of the tests' own holds it."""
    return "{{ lookup('ansible.builtin.env', 'CANARY_" + name.upper() + "') }}"


def play_of(*tasks: dict[str, Any], url: str, key: str = "key", token: bool = False) -> dict[str, Any]:
    """Return a play of tasks that may all fail."""
    credentials: dict[str, Any] = {"server_url": url, "retries": 0}
    if token:
        credentials["auth_token"] = secret("auth_token")
    else:
        credentials |= {"auth_key": key, "auth_secret": secret("auth_secret")}
    hub = f"{url.removesuffix('/api')}/huggingface"
    return {
        "name": "Canary",
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "module_defaults": {
            "group/orkes.conductor.conductor": credentials,
            "group/orkes.conductor.huggingface": {
                "token": secret("hf_token"),
                "hub_url": hub,
                "endpoints_url": f"{hub}/v2",
                "retries": 0,
            },
        },
        "tasks": [{**task, "ignore_errors": True} for task in tasks],
    }
