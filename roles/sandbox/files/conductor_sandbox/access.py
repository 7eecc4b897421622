# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions on who may do what. Nothing here reads or writes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Subject = tuple[str, str]
Target = tuple[str, str]
Lookup = Callable[[Subject, Target], Iterable[str]]

ACCESS = ("CREATE", "READ", "EXECUTE", "UPDATE", "DELETE")
SUBJECT_TYPES = ("USER", "ROLE", "GROUP")
TARGET_TYPES = (
    "WORKFLOW",
    "WORKFLOW_DEF",
    "WORKFLOW_SCHEDULE",
    "EVENT_HANDLER",
    "TASK_DEF",
    "TASK_REF_NAME",
    "TASK_ID",
    "APPLICATION",
    "USER",
    "SECRET_NAME",
    "ENV_VARIABLE",
    "TAG",
    "DOMAIN",
    "INTEGRATION_PROVIDER",
    "INTEGRATION",
    "PROMPT",
    "USER_FORM_TEMPLATE",
    "SCHEMA",
    "CLUSTER_CONFIG",
    "WEBHOOK",
    "API_GATEWAY_SERVICE",
    "API_GATEWAY_SERVICE_ROUTE",
    "AUTH_CONFIG",
    "GROUP",
    "ROLE",
    "SERVICE_REGISTRY",
)
DEFAULT_ACCESS_TYPES = ("WORKFLOW_DEF", "TASK_DEF", "WORKFLOW_SCHEDULE")

APPLICATION_PREFIX = "app:"
READ_ONLY_ROLE = "USER_READ_ONLY"
CREATE_INTEGRATION = "CREATE_INTEGRATION"
CREATE_APPLICATION = "CREATE_APPLICATION"
CREATE_WORKFLOW_DEF = "CREATE_WORKFLOW_DEF"
CREATE_PROMPT = "CREATE_PROMPT"
MANAGE_WORKFLOW = "MANAGE_WORKFLOW"

_READ = ("READ_WORKFLOW_DEF", "READ_TASK_DEF", "READ_WORKFLOW_SCHEDULE")
_METADATA = (CREATE_WORKFLOW_DEF, "CREATE_TASK_DEF", "CREATE_WORKFLOW_SCHEDULE")
_ALL_WORKFLOW_DEFS = ("UPDATE_WORKFLOW_DEF", "DELETE_WORKFLOW_DEF")

SYSTEM_ROLES: Mapping[str, tuple[str, ...]] = {
    "ADMIN": (
        *_READ,
        *_METADATA,
        *_ALL_WORKFLOW_DEFS,
        CREATE_INTEGRATION,
        CREATE_APPLICATION,
        CREATE_PROMPT,
        "MANAGE_USERS",
        "MANAGE_APPLICATIONS",
        "EXECUTE_TASK",
        MANAGE_WORKFLOW,
    ),
    "USER": (*_METADATA, CREATE_INTEGRATION, CREATE_APPLICATION, CREATE_PROMPT),
    "USER_READ_ONLY": _READ,
    "METADATA_MANAGER": (*_READ, *_METADATA, *_ALL_WORKFLOW_DEFS, CREATE_INTEGRATION, CREATE_PROMPT),
    "METADATA_API": _METADATA,
    "WORKFLOW_MANAGER": (MANAGE_WORKFLOW, "READ_WORKFLOW_DEF"),
    "WORKER": ("EXECUTE_TASK",),
    "UNRESTRICTED_WORKER": ("EXECUTE_TASK", "EXECUTE_ANY_TASK"),
    "APPLICATION_CREATOR": (CREATE_APPLICATION,),
    "APPLICATION_MANAGER": (CREATE_APPLICATION, "MANAGE_APPLICATIONS"),
    "PROMPT_MANAGER": ("MANAGE_PROMPT", CREATE_PROMPT),
}
#: What a permission gives on every object of a kind, whoever made it.
ACCESS_OF_PERMISSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "WORKFLOW_DEF": {
        "READ_WORKFLOW_DEF": ("READ",),
        "UPDATE_WORKFLOW_DEF": ("UPDATE",),
        "DELETE_WORKFLOW_DEF": ("DELETE",),
        MANAGE_WORKFLOW: ("EXECUTE",),
    },
    "PROMPT": {"MANAGE_PROMPT": ("READ", "UPDATE", "DELETE")},
}
OWNER_ASSIGNABLE_ROLES = ("WORKER", "METADATA_API", "APPLICATION_CREATOR")
PERMISSIONS = tuple(sorted({name for names in SYSTEM_ROLES.values() for name in names}))


@dataclass(frozen=True)
class Principal:
    """A caller, with all that its roles and groups give it."""

    id: str
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    subjects: tuple[Subject, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Whether the caller may do everything."""
        return "ADMIN" in self.roles

    @property
    def manages_applications(self) -> bool:
        """Whether the caller may manage every application."""
        return self.is_admin or "APPLICATION_MANAGER" in self.roles


def effective_access(principal: Principal, targets: Iterable[Target], lookup: Lookup) -> frozenset[str]:
    """Everything the caller may do with an object.

    ``targets`` names the object in every way that a grant may reach it: itself, its tags, what it lies in.
    """
    if principal.is_admin:
        return frozenset(ACCESS)
    held: set[str] = set()
    for target in targets:
        for permission, given in ACCESS_OF_PERMISSIONS.get(target[0], {}).items():
            if permission in principal.permissions:
                held.update(given)
        for subject in principal.subjects:
            held.update(lookup(subject, target))
    return frozenset(held)


def application_subjects(user_id: str, form: str) -> tuple[Subject, ...]:
    """The names under which grants reach an application's user."""
    bare = user_id[len(APPLICATION_PREFIX) :]
    prefixed: Subject = ("USER", user_id)
    plain: Subject = ("USER", bare)
    return {"prefixed": (prefixed,), "bare": (plain,), "both": (prefixed, plain)}[form]


def may_assign_role(principal: Principal, role: str) -> bool:
    """Whether the holder of an application may give it a role, or only an administrator."""
    return principal.is_admin or role in OWNER_ASSIGNABLE_ROLES
