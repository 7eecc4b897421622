# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Hub says of the owner of a token."""

from __future__ import annotations

from typing import Any

from .huggingface_accounts import Caller, Organization, identifier

CREATED = "2026-01-15T09:30:00.000Z"
PERIOD_END = 1798761599


def _avatar(name: str) -> str:
    return f"/avatars/{identifier('avatar', name)}.svg"


def _organization(organization: Organization) -> dict[str, Any]:
    name = organization.name
    return {
        "type": "org",
        "id": identifier("org", name),
        "name": name,
        "fullname": name.title(),
        "email": None,
        "canPay": organization.can_pay,
        "periodEnd": PERIOD_END if organization.can_pay else None,
        "avatarUrl": _avatar(name),
        "isEnterprise": organization.enterprise,
        "roleInOrg": organization.role,
    }


def _access_token(caller: Caller) -> dict[str, Any]:
    token = caller.token
    shown: dict[str, Any] = {"displayName": caller.name, "role": token.role, "createdAt": CREATED}
    if token.role == "fineGrained":
        shown["fineGrained"] = {
            "canReadGatedRepos": token.can_read_gated_repos,
            "global": list(token.global_permissions),
            "scoped": [
                {
                    "entity": {"_id": identifier(scope.type, scope.name), "type": scope.type, "name": scope.name},
                    "permissions": list(scope.permissions),
                }
                for scope in token.scoped_permissions
            ],
        }
    return shown


def whoami(caller: Caller) -> dict[str, Any]:
    """The answer to the question who one is."""
    token = caller.token
    shown: dict[str, Any] = {
        "type": token.type,
        "id": identifier(token.type, token.account),
        "name": token.account,
        "fullname": token.account.title(),
        "canPay": token.can_pay,
        "periodEnd": PERIOD_END if token.can_pay else None,
        "avatarUrl": _avatar(token.account),
    }
    if token.type == "user":
        shown |= {
            "emailVerified": True,
            "isPro": False,
            "billingMode": "postpaid",
            "orgs": [_organization(organization) for organization in token.organizations],
        }
    else:
        shown["isEnterprise"] = False
    return {**shown, "auth": {"type": "access_token", "accessToken": _access_token(caller)}}
