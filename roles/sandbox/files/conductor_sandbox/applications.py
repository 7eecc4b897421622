# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applications and their access keys."""

from __future__ import annotations

import secrets
import uuid

from . import access
from .access import APPLICATION_PREFIX, Principal
from .errors import bad_request, forbidden, not_found
from .state import Sandbox, hashed
from .store import Document, join
from .tags import shown_tags

APPLICATION = "APPLICATION"


class Applications:
    """The part of the sandbox that holds applications."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store

    def _may(self, principal: Principal, wanted: str, application_id: str) -> bool:
        return principal.manages_applications or self.sandbox.may(principal, wanted, APPLICATION, application_id)

    def find(self, principal: Principal, application_id: str, wanted: str = "READ") -> Document:
        """An application that the caller may do something with."""
        application = self.store.get("applications", application_id)
        if application is None:
            raise not_found(f"No such application {application_id}")
        if not self._may(principal, wanted, application_id):
            raise forbidden(f"{principal.id} has no {wanted} access to {APPLICATION} {application_id}")
        return application

    def shown(self, application: Document, tags: bool = False) -> Document:
        """An application as it is read."""
        fields = ("id", "name", "createdBy", "updatedBy", "createTime", "updateTime")
        shown = {field: application[field] for field in fields}
        if tags:
            shown["tags"] = shown_tags(self.sandbox, APPLICATION, application["id"])
        return shown

    def listed(self, principal: Principal) -> list[Document]:
        """The applications that the caller may read."""
        return [
            application
            for application in self.store.all("applications")
            if self._may(principal, "READ", application["id"])
        ]

    def create(self, principal: Principal, name: str) -> Document:
        """Create an application. Names are not unique."""
        if access.CREATE_APPLICATION not in principal.permissions:
            raise forbidden(f"{principal.id} may not create application {name}")
        self._check_name(name)
        now = self.store.now()
        application: Document = {
            "id": str(uuid.uuid4()),
            "name": name,
            "roles": [],
            "createdBy": principal.id,
            "updatedBy": principal.id,
            "createTime": now,
            "updateTime": now,
        }
        self.store.put("applications", application["id"], application)
        self.sandbox.grant_to_creator(principal, APPLICATION, application["id"])
        return application

    @staticmethod
    def _check_name(name: str) -> None:
        if not name.strip():
            raise bad_request("name is missing", "name", name)

    def _change(self, principal: Principal, application: Document, **fields: object) -> Document:
        changed = {**application, **fields, "updatedBy": principal.id, "updateTime": self.store.now()}
        self.store.put("applications", application["id"], changed)
        return changed

    def rename(self, principal: Principal, application_id: str, name: str) -> Document:
        """Give an application another name."""
        application = self.find(principal, application_id, "UPDATE")
        self._check_name(name)
        return self._change(principal, application, name=name)

    def delete(self, principal: Principal, application_id: str) -> None:
        """Delete an application with its keys, memberships and own grants."""
        self.find(principal, application_id, "DELETE")
        for key in self.store.by("keys", "application", application_id):
            self.store.delete("keys", key["id"])
        user_id = APPLICATION_PREFIX + application_id
        for member in self.store.by("members", "user", user_id):
            self.store.delete("members", join(member["group"], user_id))
        self.store.delete("applications", application_id)
        # Whatever the setting is now: it may have changed since the grants were given.
        self.sandbox.forget(APPLICATION, application_id, subjects=access.application_subjects(user_id, "both"))

    def set_role(self, principal: Principal, application_id: str, role: str, held: bool) -> None:
        """Give a role to an application, or take it away; both are tolerant of the state."""
        application = self.find(principal, application_id, "UPDATE")
        if not self.sandbox.role_exists(role):
            raise not_found(f"No such role {role}")
        if not access.may_assign_role(principal, role):
            raise forbidden(f"{principal.id} may not assign role {role}")
        roles = [other for other in application["roles"] if other != role] + ([role] if held else [])
        self._change(principal, application, roles=roles)

    # Access keys

    def create_key(self, principal: Principal, application_id: str) -> Document:
        """Make an access key; its secret is told this once."""
        self.find(principal, application_id, "UPDATE")
        key_id, secret = str(uuid.uuid4()), secrets.token_urlsafe(32)
        self.store.put(
            "keys",
            key_id,
            {
                "id": key_id,
                "application": application_id,
                "secret": hashed(secret),
                "createdAt": self.store.now(),
                "status": "ACTIVE",
            },
        )
        return {"id": key_id, "secret": secret}

    @staticmethod
    def shown_key(key: Document) -> Document:
        """An access key as it is read."""
        return {"id": key["id"], "createdAt": key["createdAt"], "status": key["status"]}

    def keys(self, principal: Principal, application_id: str) -> list[Document]:
        """The access keys of an application."""
        self.find(principal, application_id)
        return self.store.by("keys", "application", application_id)

    def _key(self, principal: Principal, application_id: str, key_id: str) -> Document:
        self.find(principal, application_id, "UPDATE")
        key = self.store.get("keys", key_id)
        if key is None or key["application"] != application_id:
            raise not_found(f"No such access key {key_id} of application {application_id}")
        return key

    def toggle_key(self, principal: Principal, application_id: str, key_id: str) -> Document:
        """Pause an access key, or let it work again."""
        key = self._key(principal, application_id, key_id)
        key = {**key, "status": "INACTIVE" if key["status"] == "ACTIVE" else "ACTIVE"}
        self.store.put("keys", key_id, key)
        return key

    def delete_key(self, principal: Principal, application_id: str, key_id: str) -> None:
        """Delete an access key."""
        self._key(principal, application_id, key_id)
        self.store.delete("keys", key_id)

    def by_key(self, principal: Principal, key_id: str) -> Document:
        """The application that an access key belongs to."""
        key = self.store.get("keys", key_id)
        if key is None:
            raise not_found(f"No such access key {key_id}")
        return self.find(principal, key["application"])
