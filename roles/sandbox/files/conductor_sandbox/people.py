# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, groups and roles."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from . import access
from .access import APPLICATION_PREFIX, READ_ONLY_ROLE, Principal
from .errors import ApiError, bad_request, forbidden, not_found
from .schemas import CreateOrUpdateRoleRequest, UpsertGroupRequest, UpsertUserRequest
from .state import Sandbox
from .store import Document, join


def demand_admin(principal: Principal) -> None:
    """Refuse everyone but an administrator."""
    if not principal.is_admin:
        raise forbidden(f"{principal.id} is not an administrator")


class People:
    """The part of the sandbox that holds users, groups and roles."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store

    # Roles

    def shown_role(self, name: str) -> Document:
        """A role with its permissions."""
        permissions = self.sandbox.in_any_order(self.sandbox.permissions_of(name))
        return {"name": name, "permissions": [{"name": permission} for permission in permissions]}

    def shown_roles(self, names: Iterable[str]) -> list[Document]:
        """Some roles, in any order."""
        return self.sandbox.in_any_order([self.shown_role(name) for name in names])

    def _checked_roles(self, names: Sequence[str]) -> list[str]:
        for name in names:
            if not self.sandbox.role_exists(name):
                raise bad_request(f"Unknown role {name}", "roles", name)
        return list(dict.fromkeys(names))

    def custom_roles(self) -> list[str]:
        """The names of the roles that are not the system's."""
        return self.store.keys("roles")

    def role(self, name: str) -> Document:
        """One role."""
        if not self.sandbox.role_exists(name):
            raise not_found(f"No such role {name}")
        return self.shown_role(name)

    def save_role(self, name: str | None, body: CreateOrUpdateRoleRequest, create: bool) -> Document:
        """Create or update a custom role."""
        if not name or not name.strip():
            raise bad_request("name is missing", "name", name)
        if name in access.SYSTEM_ROLES:
            raise bad_request(f"Role {name} belongs to the system", "name", name)
        if create and self.store.get("roles", name) is not None:
            raise ApiError(409, f"Role {name} exists")
        if not create and self.store.get("roles", name) is None:
            raise not_found(f"No such role {name}")
        for permission in body.permissions or ():
            if permission not in access.PERMISSIONS:
                raise bad_request(f"Unknown permission {permission}", "permissions", permission)
        self.store.put("roles", name, {"name": name, "permissions": list(dict.fromkeys(body.permissions or ()))})
        return self.shown_role(name)

    def delete_role(self, name: str) -> None:
        """Delete a custom role."""
        if name in access.SYSTEM_ROLES:
            raise bad_request(f"Role {name} belongs to the system", "name", name)
        if not self.store.delete("roles", name):
            raise not_found(f"No such role {name}")
        if self.sandbox.settings.delete_cascade == "removed":
            for table in ("groups", "users", "applications"):
                for key in self.store.keys(table):
                    holder = self.store.get(table, key)
                    if holder is not None and name in holder["roles"]:
                        self.store.put(table, key, {**holder, "roles": [one for one in holder["roles"] if one != name]})
        self.sandbox.forget("ROLE", name, subjects=[("ROLE", name)])

    # Groups

    def group(self, name: str) -> Document:
        """One group."""
        group = self.store.get("groups", name)
        if group is None:
            raise not_found(f"No such group {name}")
        return group

    def shown_group(self, group: Document) -> Document:
        """A group as it is read."""
        return {
            "id": group["id"],
            "description": group["description"],
            "roles": self.shown_roles(group["roles"]),
            "defaultAccess": {kind: self.sandbox.in_any_order(held) for kind, held in group["defaultAccess"].items()},
            "contactInformation": {},
        }

    def save_group(self, name: str, body: UpsertGroupRequest) -> Document:
        """Create or update a group; its members stay."""
        before = self.store.get("groups", name)
        kept = before is not None and self.sandbox.settings.omitted_fields == "kept"
        roles = body.roles if body.roles is not None else before["roles"] if before and kept else []
        default_access = (
            body.defaultAccess if body.defaultAccess is not None else before["defaultAccess"] if before and kept else {}
        )
        for kind, held in default_access.items():
            if kind not in access.DEFAULT_ACCESS_TYPES:
                raise bad_request(f"No default access for {kind}", "defaultAccess", kind)
            for one in held:
                if one not in access.ACCESS:
                    raise bad_request(f"Unknown access {one}", f"defaultAccess.{kind}", one)
        group = {
            "id": name,
            "description": body.description,
            "roles": self._checked_roles(roles),
            "defaultAccess": {kind: list(dict.fromkeys(held)) for kind, held in default_access.items()},
        }
        self.store.put("groups", name, group)
        return self.shown_group(group)

    def delete_group(self, name: str) -> None:
        """Delete a group. Its members lose what it gave them."""
        self.group(name)
        for member in self.store.by("members", "group", name):
            self.store.delete("members", join(name, member["user"]))
        self.store.delete("groups", name)
        self.sandbox.forget("GROUP", name, subjects=[("GROUP", name)])

    def members(self, name: str) -> list[Document]:
        """The users in a group."""
        self.group(name)
        users = (self.sandbox.find_user(member["user"]) for member in self.store.by("members", "group", name))
        return [user for user in users if user is not None]

    def add_members(self, group: str, users: Sequence[str]) -> None:
        """Put users into a group: all of them, or none."""
        self.group(group)
        for user_id in users:
            user = self.user(user_id)
            if READ_ONLY_ROLE in user["roles"]:
                raise bad_request(f"User {user_id} is read-only and cannot be in a group")
            if user["application"] and self.sandbox.settings.application_in_groups == "reject":
                raise bad_request(f"Application user {user_id} cannot be in a group")
        for user_id in users:
            self.store.put("members", join(group, user_id), {"group": group, "user": user_id})

    def remove_members(self, group: str, users: Sequence[str], tolerant: bool) -> None:
        """Take users out of a group: all of them, or none."""
        self.group(group)
        for user_id in users:
            self.user(user_id)
            if not tolerant and self.store.get("members", join(group, user_id)) is None:
                raise not_found(f"User {user_id} is not in group {group}")
        for user_id in users:
            self.store.delete("members", join(group, user_id))

    # Users

    def user(self, user_id: str) -> Document:
        """One user, or an application's user."""
        user = self.sandbox.find_user(user_id)
        if user is None:
            raise not_found(f"No such user {user_id}")
        return user

    def users(self, applications: bool) -> list[Document]:
        """All users, with those of applications if they are asked for."""
        names = self.store.keys("users")
        if applications:
            names += [APPLICATION_PREFIX + application for application in self.store.keys("applications")]
        return [self.user(name) for name in names]

    def shown_user(self, user: Document) -> Document:
        """A user as he is read."""
        shown = {
            "id": user["id"],
            "name": user["name"],
            "roles": self.shown_roles(user["roles"]),
            "groups": self.sandbox.in_any_order(
                [self.shown_group(group) for group in self.sandbox.groups_of(user["id"])]
            ),
            "contactInformation": {},
            "applicationUser": user["application"],
            "encryptedId": False,
            "encryptedIdDisplayValue": user["id"],
            "orkesApp": False,
            "orkesWorkersApp": False,
            "orkesApiGateway": False,
            "namespace": self.sandbox.settings.organization,
        }
        if not user["application"]:
            shown["uuid"] = user["uuid"]
        return shown

    def save_user(self, user_id: str, body: UpsertUserRequest) -> Document:
        """Create or update a user."""
        if user_id.startswith(APPLICATION_PREFIX):
            raise bad_request(f"The prefix {APPLICATION_PREFIX} is reserved for applications", "id", user_id)
        before = self.store.get("users", user_id)
        kept = before is not None and self.sandbox.settings.omitted_fields == "kept"
        held = [member["group"] for member in self.store.by("members", "user", user_id)]
        cleared = before["roles"] if before and kept else []
        roles = self._checked_roles(body.roles if body.roles is not None else cleared)
        groups = list(dict.fromkeys(body.groups if body.groups is not None else held if kept else []))
        for group in groups:
            self.group(group)
        if READ_ONLY_ROLE in roles and (len(roles) > 1 or groups):
            raise bad_request(f"{READ_ONLY_ROLE} excludes other roles and groups", "roles", READ_ONLY_ROLE)
        self.store.put(
            "users",
            user_id,
            {
                "id": user_id,
                "name": body.name,
                "roles": roles,
                "uuid": before["uuid"] if before else str(uuid.uuid4()),
            },
        )
        for group in held:
            self.store.delete("members", join(group, user_id))
        for group in groups:
            self.store.put("members", join(group, user_id), {"group": group, "user": user_id})
        return self.shown_user(self.user(user_id))

    def delete_user(self, user_id: str) -> None:
        """Delete a user."""
        if user_id.startswith(APPLICATION_PREFIX):
            raise bad_request("The user of an application goes with the application", "id", user_id)
        self.user(user_id)
        for member in self.store.by("members", "user", user_id):
            self.store.delete("members", join(member["group"], user_id))
        self.store.delete("users", user_id)
        self.sandbox.forget("USER", user_id, subjects=[("USER", user_id)])
