# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to do for people after a leaked token was looked for: in the inventory, and at Hugging Face."""

from __future__ import annotations

from typing import Any

TOKENS_PAGE = "https://huggingface.co/settings/tokens"

#: What is said where some integrations may be hidden.
HIDDEN_LINE = (
    "only integrations that this key may read were looked at, since it has not the role ADMIN: run again with a key "
    "that has it"
)


def holds(value: Any, token: str) -> bool:
    """Tell whether a value of the inventory is a token, or has it somewhere inside."""
    if isinstance(value, dict):
        return any(holds(found, token) for found in value.values())
    if isinstance(value, (list, tuple)):
        return any(holds(found, token) for found in value)
    return isinstance(value, str) and str(value) == token


def inventory_lines(
    replaced: list[str], integrations: list[dict[str, Any]], leaked: str, new: str, management_token: str
) -> list[str]:
    """Return what has to be changed in the inventory, so that the next run does not put an old key back.

    Args:
        replaced: Names of integrations that have the new token, or are about to get it.
        integrations: The integrations that the inventory declares.
        leaked: The token that has leaked.
        new: The token in its place, or an empty text.
        management_token: The inventory's token for Inference Endpoints, or an empty text.
    """
    declared = [found for found in integrations if found.get("state") != "absent"]
    names = [str(found.get("name")) for found in declared if holds(found, leaked)]
    lines = []
    if names:
        lines.append(
            f"the inventory still gives the leaked token to {', '.join(names)}: change it there, and in its vault, "
            "before the next run of orkes.conductor.site, which would put it back"
        )
    others = [
        str(found.get("name"))
        for found in declared
        if found.get("name") in replaced and found.get("api_key") and found["api_key"] not in (leaked, new)
    ]
    if others and new:
        lines.append(
            f"the inventory gives yet another key to {', '.join(others)}: the next run of orkes.conductor.site would "
            "set that one"
        )
    if management_token == leaked:
        lines.append("hf_setup_hf_token, with which endpoints are managed, is the leaked token: change it too")
    return lines


def revocation_line(gone: bool | None, account: dict[str, Any] | None) -> str:
    """Return what is to be revoked at Hugging Face, and when; nothing of the token itself is part of it.

    Args:
        gone: Whether no integration of the cluster carries the token any more; None if that cannot be told.
        account: What Hugging Face says of the token, or None if it was not asked.
    """
    if account is not None and account.get("valid") is False:
        return "Hugging Face does not take the leaked token any more: there is nothing to revoke"
    named = "its name and owner are told with hf_setup_check_token=true"
    if account is not None:
        token, owner = account.get("token") or {}, account.get("account") or {}
        created = f", created {token['created_at']}" if token.get("created_at") else ""
        named = f"it is {token.get('name')!r} ({token.get('role')}{created}) of {owner.get('name')}"
    when = {
        True: "revoke the leaked token at Hugging Face as soon as no other cluster carries it",
        False: "what still carries the leaked token stops working once it is revoked at Hugging Face",
        None: "look at what cannot be told, and then revoke the leaked token at Hugging Face; what still carries it "
        "stops working",
    }[gone]
    return f"{when}: {named}; {TOKENS_PAGE}"


def _names(entries: list[dict[str, Any]], what: str) -> list[str]:
    """Return the integrations of which this is known."""
    return [str(entry["name"]) for entry in entries if entry["token"] == what]


def rotation_lines(
    result: dict[str, Any],
    integrations: list[dict[str, Any]],
    leaked: str,
    new: str = "",
    management_token: str = "",
    account: dict[str, Any] | None = None,
) -> list[str]:
    """Return all that there is to say of a cluster.

    Args:
        result: The result of the module hf_token_rotation.
        integrations: The integrations that the inventory declares.
        leaked: The token that has leaked.
        new: The token in its place, or an empty text.
        management_token: The inventory's token for Inference Endpoints, or an empty text.
        account: What Hugging Face says of the leaked token, or None if it was not asked.
    """
    entries = result.get("integrations") or []
    lines = [str(line) for line in result.get("lines") or []]
    if result.get("sees_all", True):
        lines = lines or ["no integration carries the leaked token"]
    else:
        lines = lines or ["no integration that this key may read carries the leaked token"]
        lines.append(HIDDEN_LINE)
    carried, unknown, replaced = (_names(entries, what) for what in ("leaked", "unknown", "new"))
    if not new and carried:
        lines.append("nothing was written: give hf_setup_new_token to replace the leaked token")
    if unknown:
        lines.append(
            "name in hf_setup_rotate_also those that get the new token although it cannot be told: "
            f"{', '.join(unknown)}"
        )
    replaced += [str(change["name"]) for change in result.get("changes") or []]
    lines += inventory_lines(replaced, integrations, leaked, new, management_token)
    return [*lines, revocation_line(result.get("gone"), account)]
