# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who the server takes the caller for (floor 3)."""

from __future__ import annotations

import time
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    CREATE_INTEGRATION,
    TO_CREATE_INTEGRATIONS,
    ConductorClient,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError

#: Roles that may create integrations on every server.
CREATING_ROLES = frozenset({"ADMIN", "METADATA_MANAGER", "USER"})


def names_of(entries: Any, key: str) -> list[str]:
    """Return the names in a list of roles or groups, sorted; the server gives objects, older ones plain names."""
    names = [entry.get(key) if isinstance(entry, dict) else entry for entry in entries or []]
    return sorted({str(name) for name in names if name is not None})


def role_names(group: dict[str, Any]) -> list[str]:
    """Return the names of the roles of a group or a user, sorted; answers hold objects where requests hold names."""
    roles = group.get("roles") or []
    return sorted({str(role.get("name") if isinstance(role, dict) else role) for role in roles})


def permissions_of(roles: Any) -> list[str]:
    """Return the names of what these roles permit, sorted."""
    found: set[str] = set()
    for role in roles or []:
        if isinstance(role, dict):
            found.update(names_of(role.get("permissions"), "name"))
    return sorted(found)


def caller_from(answer: dict[str, Any]) -> dict[str, Any]:
    """Return caller and organization from the server's answer."""
    caller_id = str(answer.get("id"))
    organization = answer.get("namespace")
    return {
        "caller": {
            "id": caller_id,
            "name": answer.get("name"),
            "roles": names_of(answer.get("roles"), "name"),
            "permissions": permissions_of(answer.get("roles")),
            "groups": names_of(answer.get("groups"), "id"),
            "application": bool(answer.get("applicationUser")) or caller_id.startswith("app:"),
        },
        "organization": None if organization is None else str(organization),
    }


def is_administrator(answer: dict[str, Any]) -> bool:
    """Tell whether the caller has the role ADMIN, itself or by a group.

    Args:
        answer: What the server says of the caller.
    """
    return "ADMIN" in names_of(_roles_of(answer), "name")


def _roles_of(answer: dict[str, Any]) -> list[Any]:
    """Return the caller's roles, those of its groups too."""
    groups = [group for group in answer.get("groups") or [] if isinstance(group, dict)]
    return [role for found in (answer.get("roles"), *(group.get("roles") for group in groups)) for role in found or []]


def may_create_integrations(answer: dict[str, Any]) -> bool | None:
    """Tell whether the caller's roles let it create integrations, or None when the server does not say.

    Args:
        answer: What the server says of the caller.
    """
    if not isinstance(answer.get("roles"), list):
        return None
    roles = _roles_of(answer)
    if CREATING_ROLES & set(names_of(roles, "name")) or CREATE_INTEGRATION in permissions_of(roles):
        return True
    told = all(isinstance(role, dict) and isinstance(role.get("permissions"), list) for role in roles)
    return False if told else None


def creation_problem(answer: dict[str, Any], integrations: list[str]) -> list[str]:
    """Return why the caller cannot create these integrations, before it tries; nothing when that is not known.

    Args:
        answer: What the server says of the caller.
        integrations: Names of the integrations.
    """
    if may_create_integrations(answer) is not False:
        return []
    roles = ", ".join(names_of(answer.get("roles"), "name")) or "no role"
    return [
        f"integration {name}: it does not exist, and {answer.get('id')} ({roles}) may not create it. "
        f"Missing permission: {TO_CREATE_INTEGRATIONS}"
        for name in integrations
    ]


def await_server(
    client: ConductorClient,
    seconds: float,
    interval: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> str | None:
    """Wait until the server takes the caller's key; return why it does not do so yet, or None: it does.

    Args:
        client: Talks to the server.
        seconds: How long to look again.
        interval: Seconds between two looks.
        sleep: Replaced in tests.
        clock: Replaced in tests.

    Raises:
        ApiError: It is no matter of waiting, such as a wrong key.
    """
    deadline = clock() + seconds
    while True:
        try:
            client.get_user_info()
        except ApiError as error:
            if not error.of_a_start:
                raise
            left = deadline - clock()
            if left <= 0:
                return str(error)
            sleep(min(interval, left))
        else:
            return None


def organization_problem(expected: str, answer: dict[str, Any]) -> list[str]:
    """Return why it is another server than the one that is meant; nothing when it is that one, or any will do.

    Args:
        expected: Id of the organization that has to answer, or nothing.
        answer: What the server says of the caller.
    """
    found = caller_from(answer)["organization"]
    if not expected or found == expected:
        return []
    told = "does not tell for which organization it answers" if found is None else f"answers for organization {found}"
    return [
        f"expected_organization (hf_setup_expected_org in the role hf_setup) is {expected}, and the server {told}. "
        "Check server_url and the key"
    ]


def read_caller(client: ConductorClient, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the server who the caller is, and what it is itself.

    Args:
        client: Talks to the server.
        known: What it has said of the caller, if it was asked.
    """
    answer = client.get_user_info() if known is None else known
    return {
        **caller_from(answer),
        "administrator": is_administrator(answer),
        "version": client.get_version(),
        "health": client.get_health(),
    }
