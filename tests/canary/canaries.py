# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets to look for, and how playbooks get at them."""

from __future__ import annotations

#: Made so that every encoding changes them.
CANARIES = {
    "api_key": 'hf_Canary/Key+1?&=%"\\é~0123456789',
    "hf_token": 'hf_Canary/Token+5?&=%"\\~0123456789',
    "secret_configuration": "Canary/Password+2?&=%'<é>~0123456789",
}


def secret(name: str) -> str:
    """Return the expression that gives a secret; so no file of the tests' own holds it."""
    return "{{ lookup('ansible.builtin.env', 'CANARY_" + name.upper() + "') }}"
