# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that several modules have: hf_plan and the modules of its kinds, and both kinds of grants (floor 4)."""

from __future__ import annotations

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._exclusive_subjects import EXCLUSIVE_SUBJECTS
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._resource import ACCESS

INTEGRATIONS = ObjectSpecification(
    identity="name",
    list_option="integrations",
    options={
        "name": {"type": "str"},
        "api_key": {"type": "str", "no_log": True},
        "namespace": {"type": "str"},
        "description": {"type": "str"},
        "enabled": {"type": "bool", "aliases": ["active"]},
        "tags": {"type": "dict"},
        "purge_tags": {"type": "bool"},
        "configuration": {"type": "dict"},
        "exclusive_subjects": EXCLUSIVE_SUBJECTS,
        "secret_configuration": {"type": "dict", "no_log": True},
        # A policy, not a key.
        "update_api_key": {"type": "str", "choices": ["on_change", "always", "on_create"], "no_log": False},
        "fingerprint": {"type": "bool"},
    },
    inherited=("purge_tags", "update_api_key", "fingerprint"),
    defaults={"purge_tags": False, "update_api_key": "on_change", "fingerprint": True},
)

INTEGRATION_OPTIONS: dict[str, dict[str, Any]] = {
    "purge_limit": {"type": "str"},
    "force": {"type": "bool", "default": False},
}

MODELS = ObjectSpecification(
    identity="name",
    list_option="models",
    options={
        "integration": {"type": "str"},
        "name": {"type": "str"},
        "endpoint": {"type": "str"},
        "description": {"type": "str"},
        "enabled": {"type": "bool", "aliases": ["active"]},
        "tags": {"type": "dict"},
        "purge_tags": {"type": "bool"},
        "configuration": {"type": "dict"},
        "exclusive_subjects": EXCLUSIVE_SUBJECTS,
        "api_key": {"type": "str", "no_log": True},
    },
    inherited=("integration", "purge_tags", "api_key"),
    defaults={"purge_tags": False},
)

MODEL_OPTIONS: dict[str, dict[str, Any]] = {
    "purge": {"type": "bool", "default": False},
    "purge_discovered": {"type": "bool", "default": False},
    "purge_integrations": {"type": "list", "elements": "str"},
    "purge_limit": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "endpoint_names": {"type": "dict"},
}

GROUPS = ObjectSpecification(
    identity="name",
    list_option="groups",
    options={
        "name": {"type": "str", "aliases": ["id"]},
        "description": {"type": "str"},
        "roles": {"type": "list", "elements": "str"},
        "default_access": {"type": "dict"},
        "members": {"type": "list", "elements": "str"},
        "purge_members": {"type": "bool"},
        "create": {"type": "bool"},
    },
    inherited=("purge_members", "create"),
    defaults={"purge_members": False, "create": True},
)


def grants_to(subjects: str) -> ObjectSpecification:
    """Return what a grant to subjects of one kind is made of.

    Args:
        subjects: `groups` or `applications`.
    """
    return ObjectSpecification(
        identity=subjects,
        list_option="grants",
        options={
            subjects: {"type": "list", "elements": "str", "aliases": [subjects[:-1]]},
            "integrations": {"type": "list", "elements": "str"},
            "models": {"type": "list", "elements": "str"},
            "targets": {
                "type": "list",
                "elements": "dict",
                "options": {"type": {"type": "str", "required": True}, "id": {"type": "str", "required": True}},
            },
            "access": {"type": "list", "elements": "str", "choices": list(ACCESS)},
            "exclusive": {"type": "bool"},
        },
        inherited=("exclusive",),
        defaults={"exclusive": False},
    )


def grant_options(subjects: str) -> dict[str, dict[str, Any]]:
    """Return the options of a call with grants to subjects of one kind, `groups` or `applications`."""
    return {
        "purge": {"type": "bool", "default": False},
        "purge_integrations": {"type": "list", "elements": "str"},
        f"purge_{subjects}": {"type": "list", "elements": "str"},
        "purge_limit": {"type": "str"},
        "validate_targets": {"type": "bool", "default": True},
    }
