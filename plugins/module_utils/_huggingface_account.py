# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose token it is, which namespaces it may use, and what it lacks (floor 3)."""

from __future__ import annotations

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import HuggingFaceClient

#: States of an organization's member that keep its token out.
BARRIERS = {"missingMFA": "asks for a second factor", "pendingSSO": "asks for a single sign-on"}


def namespaces_from(account: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the namespaces that a token may use: its own account, and the account's organizations.

    Args:
        account: What the Hub tells of the token.
    """
    found = [
        {
            "name": str(account.get("name")),
            "type": str(account.get("type") or "user"),
            "role": None,
            "can_pay": account.get("canPay"),
            "barrier": None,
        }
    ]
    for organization in account.get("orgs") or []:
        barrier = next((text for key, text in BARRIERS.items() if organization.get(key)), None)
        found.append(
            {
                "name": organization["name"],
                "type": "org",
                "role": organization.get("roleInOrg"),
                "can_pay": organization.get("canPay"),
                "barrier": barrier,
            }
        )
    return found


def default_namespace(account: dict[str, Any]) -> str | None:
    """Return the namespace that is meant when none is given: the account's name, for a user's token only."""
    return str(account["name"]) if account.get("type") == "user" and account.get("name") else None


def missing_permissions(account: dict[str, Any], namespace: str, wanted: list[str]) -> list[str] | None:
    """Return the permissions that a fine-grained token lacks in a namespace, or None when the token does not tell.

    What a classic token may do is not told by its kind, so only Hugging Face's own answer to a request tells.

    Args:
        account: What the Hub tells of the token.
        namespace: User or organization.
        wanted: Names of permissions, such as C(inference.endpoints.write).
    """
    token = (account.get("auth") or {}).get("accessToken") or {}
    fine = token.get("fineGrained")
    if not isinstance(fine, dict):
        return None
    held = {str(name) for name in fine.get("global") or []}
    for scope in fine.get("scoped") or []:
        entity = scope.get("entity") or {}
        if entity.get("name") == namespace and entity.get("type") in ("user", "org"):
            held.update(scope.get("permissions") or [])
    return [name for name in wanted if name not in held]


def read_account(client: HuggingFaceClient, namespace: str | None, permissions: list[str]) -> dict[str, Any]:
    """Return what a token is and may do; one that is not valid is an answer, and no error.

    Args:
        client: Talks to the Hub.
        namespace: The namespace in question, or None for the account's own.
        permissions: Names of permissions that the token should have there.
    """
    try:
        account = client.whoami()
    except ApiError as error:
        if error.status != 401:
            raise
        return {"valid": False, "problems": [str(error)], **dict.fromkeys(KEYS)}
    token = (account.get("auth") or {}).get("accessToken") or {}
    namespaces = namespaces_from(account)
    chosen = namespace or default_namespace(account)
    missing = None if chosen is None else missing_permissions(account, chosen, permissions)
    return {
        "valid": True,
        "account": {"name": account.get("name"), "type": account.get("type"), "id": account.get("id")},
        "token": {
            "name": token.get("displayName"),
            "role": token.get("role"),
            "created_at": token.get("createdAt"),
            "expires_at": (account.get("auth") or {}).get("expiresAt"),
        },
        "namespaces": namespaces,
        "namespace": chosen,
        "missing_permissions": missing,
        "problems": _problems(account, namespaces, chosen, missing),
    }


#: What is told of a valid token.
KEYS = ("account", "token", "namespaces", "namespace", "missing_permissions")


def namespace_problems(client: HuggingFaceClient, namespaces: list[str]) -> list[str]:
    """Return which of these namespaces the token cannot use, and which it can; nothing if that cannot be told."""
    try:
        account = client.whoami()
    except ApiError:
        return []
    names = [str(found["name"]) for found in namespaces_from(account)]
    return [_foreign(namespace, names) for namespace in dict.fromkeys(namespaces) if namespace not in names]


def _foreign(namespace: str, names: list[str]) -> str:
    """Return that a token cannot use a namespace, and which it can."""
    return f"the token cannot use the namespace {namespace}; it can use {', '.join(names)}"


def _problems(
    account: dict[str, Any], namespaces: list[dict[str, Any]], namespace: str | None, missing: list[str] | None
) -> list[str]:
    """Return what stands in the way of using the token in a namespace."""
    names = [str(found["name"]) for found in namespaces]
    if namespace is None:
        return [
            f"the token belongs to {account.get('name')}, which is no user, so namespace has to be given: "
            f"{', '.join(names)}"
        ]
    problems = []
    chosen = next((found for found in namespaces if found["name"] == namespace), None)
    if chosen is None:
        return [_foreign(namespace, names)]
    if chosen["barrier"]:
        problems.append(f"organization {namespace} {chosen['barrier']} before this token may be used in it")
    if missing:
        problems.append(
            f"the token lacks {', '.join(missing)} in {namespace}: add it in the token's settings at Hugging Face"
        )
    return problems
