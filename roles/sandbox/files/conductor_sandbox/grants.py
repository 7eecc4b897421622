# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants: writing them, and reading them by subject and by target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import access
from .access import APPLICATION_PREFIX, Principal, Subject, Target
from .errors import bad_request, forbidden, not_found
from .model_names import models_called, splits
from .schemas import AuthorizationRequest
from .state import Sandbox
from .store import Document, join

#: Kinds of objects that have versions, with the tables that hold those.
VERSIONED = {"PROMPT": "prompts", "WORKFLOW_DEF": "workflow_definitions"}
#: Kinds whose grants a manager of metadata handles, whoever made the object.
MANAGED_METADATA = ("WORKFLOW_DEF", "TASK_DEF")


class Grants:
    """The part of the sandbox that holds grants."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store

    # Checking

    @staticmethod
    def subject_type(text: str | None) -> str:
        """A subject type in upper case; lower case is taken too."""
        kind = (text or "").upper()
        if kind not in access.SUBJECT_TYPES:
            raise bad_request(f"Unknown subject type {text}", "subject.type", text)
        return kind

    @staticmethod
    def target_type(text: str) -> str:
        """A target type in upper case; lower case is taken too."""
        if text.upper() not in access.TARGET_TYPES:
            raise bad_request(f"Unknown target type {text}", "target.type", text)
        return text.upper()

    def _subject(self, kind: str, name: str) -> Subject:
        if not name.strip():
            raise bad_request("subject.id is missing", "subject.id", name)
        if self.sandbox.settings.subject_existence == "checked" and not self._subject_exists(kind, name):
            raise not_found(f"No such {kind.lower()} {name}")
        return (kind, name)

    def _subject_exists(self, kind: str, name: str) -> bool:
        if kind == "GROUP":
            return self.store.get("groups", name) is not None
        if kind == "ROLE":
            return self.sandbox.role_exists(name)
        if name.startswith(APPLICATION_PREFIX):
            return (
                self.sandbox.settings.application_grant_subject != "bare" and self.sandbox.find_user(name) is not None
            )
        if self.sandbox.settings.application_grant_subject != "prefixed" and self.store.get("applications", name):
            return True
        return self.store.get("users", name) is not None

    def _owner_of(self, target: Target) -> str | None:
        kind, name = target
        document: Document | None = None
        if kind == "INTEGRATION_PROVIDER":
            document = self.store.get("providers", name)
        elif kind == "INTEGRATION":
            document = next(iter(models_called(self.store, name)), None)
        elif kind == "APPLICATION":
            document = self.store.get("applications", name)
        elif kind in VERSIONED:
            document = next(iter(self.store.by(VERSIONED[kind], "name", name)), None)
        return str(document["createdBy"]) if document else None

    def _demand_right(self, principal: Principal, target: Target) -> None:
        """Refuse who may not handle the grants on a target."""
        if principal.is_admin:
            return
        if target[0] in MANAGED_METADATA and "METADATA_MANAGER" in principal.roles:
            return
        if self.sandbox.settings.grant_right == "owner" and self._owner_of(target) == principal.id:
            return
        raise forbidden(f"{principal.id} may not handle the grants on {target[0]} {target[1]}")

    # Writing

    def _parts(self, principal: Principal, body: AuthorizationRequest) -> tuple[Subject, Target, list[str]]:
        kind = self.subject_type(body.subject.type)
        target = (self.target_type(body.target.type), body.target.id)
        if not target[1].strip():
            raise bad_request("target.id is missing", "target.id", target[1])
        if not body.access:
            raise bad_request("access is missing", "access", body.access)
        for given in body.access:
            if given.upper() not in access.ACCESS:
                raise bad_request(f"Unknown access {given}", "access", given)
        self._demand_right(principal, target)
        return self._subject(kind, body.subject.id), target, [one.upper() for one in body.access]

    def add(self, principal: Principal, body: AuthorizationRequest) -> None:
        """Add accesses. Whether there is such a target is not checked."""
        self.sandbox.add_grant(*self._parts(principal, body))

    def remove(self, principal: Principal, body: AuthorizationRequest) -> None:
        """Take accesses away; those that are not held don't matter."""
        self.sandbox.remove_grant(*self._parts(principal, body))

    def remove_all(self, kind: str, name: str, target_type: str | None) -> None:
        """Take away all that a subject holds, or all on one kind of target."""
        for grant in self._held(kind, name, target_type):
            self.store.delete("grants", join(kind, name, grant["target"]["type"], grant["target"]["id"]))

    # Reading

    def _held(self, kind: str, name: str, target_type: str | None = None) -> list[Document]:
        wanted = None if target_type is None else self.target_type(target_type)
        return [
            grant
            for grant in self.store.by("grants", "subject", join(kind, name))
            if wanted in (None, grant["target"]["type"])
        ]

    def _shown(self, target: Target, held: Sequence[str], tag: str | None = None) -> Document:
        shown: Document = {"target": {"type": target[0], "id": target[1]}, "access": self.sandbox.in_any_order(held)}
        if tag is not None:
            shown["tag"] = tag
        return shown

    def by_subject(self, kind: str, name: str, target_type: str | None = None) -> list[Document]:
        """The grants that a subject holds itself."""
        return self.sandbox.in_any_order(
            [
                self._shown((grant["target"]["type"], grant["target"]["id"]), grant["access"])
                for grant in self._held(kind, name, target_type)
            ]
        )

    def granted_access(self, kind: str, name: str) -> Document:
        """The grants of a subject, with what its grants on tags amount to; those entries carry the tag."""
        entries: list[Document] = []
        for grant in self._held(kind, name):
            target = (grant["target"]["type"], grant["target"]["id"])
            entries.append(self._shown(target, grant["access"]))
            if target[0] == "TAG":
                entries += [self._shown(reached, grant["access"], target[1]) for reached in self._tagged(target[1])]
        return {"grantedAccess": self.sandbox.in_any_order(entries)}

    def _tagged(self, wanted: str) -> list[Target]:
        reached: list[Target] = []
        for document in self.store.all("tags"):
            kind, name = document["kind"], document["name"]
            if kind == "INTEGRATION" and self.sandbox.settings.model_tag_grants == "ignored":
                continue
            if not self._is_there(kind, name):
                continue
            if any(f"{tag['key']}:{tag.get('value', '')}" == wanted for tag in document["tags"]):
                reached.append((kind, ":".join(name)))
        return reached

    def _is_there(self, kind: str, name: Sequence[str]) -> bool:
        if kind in VERSIONED:
            return bool(self.store.by(VERSIONED[kind], "name", name[0]))
        table = {"INTEGRATION_PROVIDER": "providers", "INTEGRATION": "models", "APPLICATION": "applications"}[kind]
        return self.store.get(table, join(*name)) is not None

    def by_target(self, principal: Principal, kind: str, name: str, group_by: str) -> dict[str, Any]:
        """Who holds what on a target."""
        target = (self.target_type(kind), name)
        if group_by not in ("access", "subject"):
            raise bad_request(f"Unknown groupBy {group_by}", "groupBy", group_by)
        self._demand_right(principal, target)
        grants = self.sandbox.in_any_order(self.store.by("grants", "target", join(*target)))
        if group_by == "subject":
            return {
                f"{grant['subject']['type']}:{grant['subject']['id']}": self.sandbox.in_any_order(grant["access"])
                for grant in grants
            }
        holders: dict[str, Any] = {}
        for one in self.sandbox.in_any_order(access.ACCESS):
            subjects = [dict(grant["subject"]) for grant in grants if one in grant["access"]]
            if subjects or self.sandbox.settings.unheld_access == "empty":
                holders[one] = self.sandbox.in_any_order(subjects)
        return holders

    def check(self, user_id: str, kind: str, name: str) -> dict[str, bool]:
        """What a user may do with a target, by whatever way."""
        target = (self.target_type(kind), name)
        targets: list[Target] = [target]
        if target[0] in ("INTEGRATION_PROVIDER", "APPLICATION", *VERSIONED):
            targets = self.sandbox.reach(target[0], name)
        elif target[0] == "INTEGRATION":
            for parts in splits(name):
                targets += self.sandbox.reach("INTEGRATION", *parts)
        held = access.effective_access(self.sandbox.principal(user_id), targets, self.sandbox.granted)
        return {one: one in held for one in self.sandbox.in_any_order(access.ACCESS)}
