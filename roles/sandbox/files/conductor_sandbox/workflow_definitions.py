# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workflow definitions and their versions: what saving, reading and deleting them does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from . import access
from .access import Principal
from .errors import ApiError, bad_request, forbidden, not_found
from .state import Sandbox
from .store import Document, join
from .tags import add_tags, save_tags, shown_tags
from .workflow_schemas import ExtendedWorkflowDef, WorkflowTask

WORKFLOW = "WORKFLOW_DEF"
TABLE = "workflow_definitions"
SCHEMA_VERSION = 2
SIMPLE = "SIMPLE"
_NAME = re.compile(r"[A-Za-z0-9 _<>{}#-]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
#: What a definition has where it does not say otherwise.
DEFAULTS: dict[str, Any] = {
    "inputParameters": [],
    "outputParameters": {},
    "schemaVersion": SCHEMA_VERSION,
    "restartable": True,
    "workflowStatusListenerEnabled": False,
    "timeoutPolicy": "ALERT_ONLY",
    "variables": {},
    "inputTemplate": {},
    "enforceSchema": True,
    "metadata": {},
}
#: What a save does not decide.
_STAMPS = {"createTime", "updateTime", "createdBy", "updatedBy", "ownerApp", "tags", "overwriteTags"}


def _all_tasks(tasks: Sequence[WorkflowTask]) -> Iterator[WorkflowTask]:
    """The tasks of a definition, with those within others."""
    for task in tasks:
        yield task
        branches = [*(task.decisionCases or {}).values(), *(task.forkTasks or ())]
        for branch in [*branches, task.defaultCase or [], task.loopOver or []]:
            yield from _all_tasks(branch)


class WorkflowDefinitions:
    """The part of the sandbox that holds workflow definitions."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store

    # Finding

    def versions(self, name: str) -> list[Document]:
        """The versions of a definition, the newest first."""
        return sorted(self.store.by(TABLE, "name", name), key=lambda one: one["version"], reverse=True)

    def find(self, name: str, version: int | None = None) -> Document:
        """A definition: the newest version, or the one wanted."""
        found = next((one for one in self.versions(name) if version in (None, one["version"])), None)
        if found is None:
            raise not_found(f"No such workflow {name}" + ("" if version is None else f" in version {version}"))
        return found

    def readable(self, principal: Principal, name: str, version: int | None = None) -> Document:
        """A definition that the caller may read."""
        found = self.find(name, version)
        self.sandbox.demand_read(principal, f"No such workflow {name}", WORKFLOW, name)
        return found

    def all(
        self, principal: Principal, wanted: str, name: str | None, tag: tuple[str | None, str | None]
    ) -> list[Document]:
        """The definitions, in all versions, that the caller may do something with.

        Args:
            principal: Who asks.
            wanted: The access.
            name: The name of those wanted; none for all.
            tag: The key and the value of a tag that they carry; either may be missing.
        """
        if wanted.upper() not in access.ACCESS:
            raise bad_request(f"Unknown access {wanted}", "access", wanted)
        return [
            document
            for document in self.store.all(TABLE)
            if name in (None, document["name"])
            and self.sandbox.may(principal, wanted.upper(), WORKFLOW, document["name"])
            and self._carries(document["name"], *tag)
        ]

    def _carries(self, name: str, key: str | None, value: str | None) -> bool:
        return (key is None and value is None) or any(
            key in (None, tag["key"]) and value in (None, tag.get("value", ""))
            for tag in self.sandbox.tags_of(WORKFLOW, name)
        )

    def shown(self, document: Document, metadata: bool = False, short: bool = False) -> Document:
        """A definition as it is read."""
        shown = {**document, "tasks": []} if short else dict(document)
        if metadata:
            shown |= {"overwriteTags": True, "tags": shown_tags(self.sandbox, WORKFLOW, document["name"])}
        return shown

    # Saving

    def _check(self, given: ExtendedWorkflowDef) -> None:
        """Refuse a definition that makes no sense."""
        if not _NAME.fullmatch(given.name.strip()):
            raise bad_request(
                f"The name {given.name!r} may have letters, digits, spaces and -_<>{{}}# only", "name", given.name
            )
        if given.schemaVersion not in (None, SCHEMA_VERSION):
            raise bad_request(f"schemaVersion has to be {SCHEMA_VERSION}", "schemaVersion", given.schemaVersion)
        if given.timeoutSeconds < 0:
            raise bad_request("timeoutSeconds is negative", "timeoutSeconds", given.timeoutSeconds)
        required = self.sandbox.settings.workflow_owner_email == "required"
        if (given.ownerEmail or required) and not _EMAIL.fullmatch(given.ownerEmail or ""):
            raise bad_request("ownerEmail has to be an e-mail address", "ownerEmail", given.ownerEmail)
        if not given.tasks:
            raise bad_request("A workflow needs tasks", "tasks", [])
        seen: set[str] = set()
        for task in _all_tasks(given.tasks):
            reference = task.taskReferenceName
            if not task.name.strip() or not reference.strip():
                raise bad_request("A task needs name and taskReferenceName", "tasks", task.name)
            if reference in seen:
                raise bad_request(f"The taskReferenceName {reference} is there twice", "tasks", reference)
            seen.add(reference)

    def save(self, principal: Principal, given: ExtendedWorkflowDef, overwrite: bool, new_version: bool) -> None:
        """Create or replace one version of a definition.

        Args:
            principal: Who asks.
            given: The definition.
            overwrite: Whether a version that is there is replaced.
            new_version: Whether it becomes the version after the newest, whatever it says.
        """
        self._check(given)
        name, versions = given.name, self.versions(given.name)
        version = self.sandbox.settings.workflow_default_version if given.version is None else given.version
        if new_version and versions:
            version = versions[0]["version"] + 1
        if versions:
            self.sandbox.demand(principal, "UPDATE", WORKFLOW, name)
        elif access.CREATE_WORKFLOW_DEF not in principal.permissions:
            raise forbidden(f"{principal.id} may not create workflow {name}")
        before = next((one for one in versions if one["version"] == version), None)
        if before is not None and not overwrite:
            raise ApiError(409, f"Workflow {name} exists in version {version}")
        content = given.model_dump(exclude_none=True, exclude=_STAMPS)
        for task in content["tasks"]:
            task.setdefault("type", task.get("workflowTaskType", SIMPLE))
            task.setdefault("inputParameters", {})
        self.store.put(
            TABLE,
            join(name, str(version)),
            {**DEFAULTS, **content, "version": version, **self.sandbox.stamp(principal, before)},
        )
        if not versions:
            self.sandbox.grant_to_creator(principal, WORKFLOW, name, held=self.sandbox.settings.workflow_creator_access)
        if given.tags is not None:
            keep = add_tags if given.overwriteTags is False else save_tags
            keep(self.sandbox, given.tags, WORKFLOW, name)

    # Deleting

    def delete(self, principal: Principal, name: str, version: int) -> None:
        """Delete one version of a definition; executions of it stay."""
        self.find(name, version)
        self.sandbox.demand(principal, "DELETE", WORKFLOW, name)
        self.store.delete(TABLE, join(name, str(version)))
        if not self.versions(name):
            self.sandbox.forget(WORKFLOW, name)

    # Tags

    def check_tag_target(self, principal: Principal, wanted: str, name: str) -> None:
        """Refuse tag calls that the caller may not make, or on what is not there."""
        if self.sandbox.settings.tag_target_existence == "checked":
            self.find(name)
        self.sandbox.demand(principal, wanted, WORKFLOW, name)
