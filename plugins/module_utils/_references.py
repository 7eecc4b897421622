# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How things are referred to (floor 0, so that filters need not load what talks to servers)."""

from __future__ import annotations

INTEGRATION_PROVIDER = "INTEGRATION_PROVIDER"
INTEGRATION = "INTEGRATION"

#: Type of the integrations of Hugging Face.
TYPE = "huggingface"


#: Every type of target that the API's specification or the vendor's documentation names.
TARGET_TYPES = (
    "API_GATEWAY_SERVICE",
    "API_GATEWAY_SERVICE_ROUTE",
    "APPLICATION",
    "AUTH_CONFIG",
    "CLUSTER_CONFIG",
    "DOMAIN",
    "ENV_VARIABLE",
    "EVENT_HANDLER",
    "GROUP",
    INTEGRATION,
    INTEGRATION_PROVIDER,
    "PROMPT",
    "ROLE",
    "SCHEMA",
    "SECRET_NAME",
    "SERVICE_REGISTRY",
    "TAG",
    "TASK_DEF",
    "TASK_ID",
    "TASK_REF_NAME",
    "USER",
    "USER_FORM_TEMPLATE",
    "WEBHOOK",
    "WORKFLOW",
    "WORKFLOW_DEF",
    "WORKFLOW_SCHEDULE",
)

#: Stands, with namespace/name behind it, for the URL of an Inference Endpoint that is not there yet.
UNKNOWN_URL = "hf_endpoint:"

#: (type, id) of a subject or of a target.
Reference = tuple[str, str]


def untold_type(found: str | None) -> str | None:
    """Return why it cannot be told from its type whether an integration is one of Hugging Face, or None if it can."""
    if not (found or "").strip():
        return "the server does not tell its type"
    if found != TYPE and str(found).strip().lower() == TYPE:
        return f"the server calls its type {found!r}, which may or may not be {TYPE}"
    return None
