# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prompts and their versions: what saving, reading and deleting them does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from . import access
from .access import Principal
from .errors import ApiError, bad_request, forbidden, not_found
from .integrations import MODEL, Integrations
from .model_names import models_called
from .state import Sandbox
from .store import Document, join
from .tags import save_tags, shown_tags
from .workflow_schemas import MessageTemplate

PROMPT = "PROMPT"
TABLE = "prompts"
_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
#: Fields that only newer servers have; they are shown where they were given.
OPTIONS = ("temperature", "topP", "responseFormat", "stopWords")


def variables_of(template: str) -> list[str]:
    """The names of the variables in a prompt, in order."""
    return list(dict.fromkeys(match.strip() for match in _VARIABLE.findall(template)))


def filled(template: str, variables: dict[str, Any]) -> str:
    """A prompt with values for its variables; one without a value becomes empty."""

    def value(match: re.Match[str]) -> str:
        given = variables.get(match[1].strip())
        return "" if given is None else str(given)

    return _VARIABLE.sub(value, template)


class Prompts:
    """The part of the sandbox that holds prompts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.integrations = Integrations(sandbox)

    # Finding

    def versions(self, name: str) -> list[Document]:
        """The versions of a prompt, the newest first."""
        return sorted(self.store.by(TABLE, "name", name), key=lambda one: one["version"], reverse=True)

    def find(self, name: str, version: int | None = None) -> Document | None:
        """A prompt: the newest version, or the one wanted."""
        return next((one for one in self.versions(name) if version in (None, one["version"])), None)

    def _found(self, name: str, version: int | None = None) -> Document:
        document = self.find(name, version)
        if document is None:
            raise not_found(f"No such prompt {name}" + ("" if version is None else f" in version {version}"))
        return document

    def readable(self, principal: Principal, name: str, version: int | None = None) -> Document | None:
        """A prompt that the caller may read; none where the switch says that null stands for what is missing."""
        document = self.find(name, version)
        if document is None:
            answer = self.sandbox.settings.prompt_missing
            if answer == "empty":
                return None
            raise ApiError(500 if answer == "server_error" else 404, f"No such prompt {name}")
        self.sandbox.demand_read(principal, f"No such prompt {name}", PROMPT, name)
        return document

    def readable_versions(self, principal: Principal, name: str) -> list[Document]:
        """All versions of a prompt that the caller may read."""
        self._found(name)
        self.sandbox.demand_read(principal, f"No such prompt {name}", PROMPT, name)
        return self.versions(name)

    def all(self, principal: Principal) -> list[Document]:
        """The newest versions of the prompts that the caller may read."""
        names = dict.fromkeys(document["name"] for document in self.store.all(TABLE))
        return [self._found(name) for name in names if self.sandbox.may(principal, "READ", PROMPT, name)]

    def shown(self, document: Document) -> Document:
        """A prompt as it is read."""
        return {**document, "tags": shown_tags(self.sandbox, PROMPT, document["name"])}

    # Saving

    def _checked_models(self, principal: Principal, names: Sequence[str]) -> list[str]:
        """Models that there are, and that the caller may read."""
        for name in names:
            found = models_called(self.store, name)
            if not found:
                raise not_found(f"No such integration {name}")
            readable = any(
                self.sandbox.may(principal, "READ", MODEL, model["integrationName"], model["api"]) for model in found
            )
            if not readable:
                raise forbidden(f"{principal.id} has no READ access to {MODEL} {name}")
        return list(dict.fromkeys(names))

    def demand_save(self, principal: Principal, name: str) -> None:
        """Refuse who may not save a prompt of this name."""
        if self.find(name) is not None:
            self.sandbox.demand(principal, "UPDATE", PROMPT, name)
        elif self.sandbox.settings.prompt_creation == "by_role" and access.CREATE_PROMPT not in principal.permissions:
            raise forbidden(f"{principal.id} may not create prompt {name}")

    def save(self, principal: Principal, given: MessageTemplate, version: int, keep_origin: bool = True) -> None:
        """Create or replace one version of a prompt.

        Args:
            principal: Who asks.
            given: The prompt; its own version does not matter.
            version: The version.
            keep_origin: Whether a version that is replaced keeps when and by whom it was made.
        """
        name, template = str(given.name), given.template
        if not template:
            raise bad_request("The text of the prompt is missing", "template", template)
        if version < 1:
            raise bad_request(f"{version} is not a version", "version", version)
        self.demand_save(principal, name)
        is_new = self.find(name) is None
        before = self.find(name, version)
        models = self._checked_models(principal, given.integrations or ())
        if not given.integrations and before and self.sandbox.settings.prompt_omitted_models == "kept":
            models = before["integrations"]
        document = {
            "name": name,
            "version": version,
            "template": template,
            "description": given.description,
            "variables": variables_of(template),
            "integrations": models,
            **{field: value for field in OPTIONS if (value := getattr(given, field)) is not None},
            **self.sandbox.stamp(principal, before if keep_origin else None),
        }
        self.store.put(TABLE, join(name, str(version)), document)
        if is_new:
            self.sandbox.grant_to_creator(principal, PROMPT, name, held="full")

    def newest(self, name: str) -> int | None:
        """The number of the newest version, if there is one."""
        document = self.find(name)
        return None if document is None else int(document["version"])

    def save_many(self, principal: Principal, entries: Sequence[MessageTemplate]) -> None:
        """Create or update prompts, one after the other; what the caller may not update is left alone in silence."""
        for number, entry in enumerate(entries):
            if not entry.name or not entry.name.strip():
                raise bad_request("name is missing", f"[{number}].name", entry.name)
            is_there = self.find(entry.name) is not None
            if is_there and not self.sandbox.may(principal, "UPDATE", PROMPT, entry.name):
                continue
            with self.store.transaction():
                self.save(principal, entry, entry.version or self.newest(entry.name) or 1)
                if entry.tags is not None:
                    save_tags(self.sandbox, entry.tags, PROMPT, entry.name)

    # Deleting

    def _missing(self, what: str) -> None:
        if self.sandbox.settings.prompt_delete_missing == "not_found":
            raise not_found(f"No such {what}")

    def delete(self, principal: Principal, name: str) -> None:
        """Delete a prompt with all its versions, tags and grants."""
        if self.find(name) is None:
            return self._missing(f"prompt {name}")
        self.sandbox.demand(principal, "DELETE", PROMPT, name)
        for document in self.versions(name):
            self.store.delete(TABLE, join(name, str(document["version"])))
        self.sandbox.forget(PROMPT, name, always=True)
        return None

    def delete_version(self, principal: Principal, name: str, version: int) -> None:
        """Delete one version; the last one takes tags and grants along."""
        if self.find(name, version) is None:
            return self._missing(f"prompt {name} in version {version}")
        self.sandbox.demand(principal, "DELETE", PROMPT, name)
        self.store.delete(TABLE, join(name, str(version)))
        if self.find(name) is None:
            self.sandbox.forget(PROMPT, name, always=True)
        return None

    # Models

    def associate(self, principal: Principal, integration: str, model: str, name: str) -> None:
        """Let the newest version of a prompt name a model."""
        self.integrations.readable_model(principal, integration, model)
        document = self._found(name)
        for wanted in ("READ", "UPDATE"):
            self.sandbox.demand(principal, wanted, PROMPT, name)
        models = list(dict.fromkeys([*document["integrations"], f"{integration}:{model}"]))
        stamp = self.sandbox.stamp(principal, document)
        self.store.put(TABLE, join(name, str(document["version"])), {**document, "integrations": models, **stamp})

    def of_model(self, principal: Principal, integration: str, model: str) -> list[Document]:
        """The prompts that name a model, as far as the caller may read them."""
        self.integrations.readable_model(principal, integration, model)
        return [one for one in self.all(principal) if f"{integration}:{model}" in one["integrations"]]

    # Tags

    def check_tag_target(self, principal: Principal, wanted: str, name: str) -> None:
        """Refuse tag calls that the caller may not make, or on what is not there."""
        if self.sandbox.settings.tag_target_existence == "checked":
            self._found(name)
        self.sandbox.demand(principal, wanted, PROMPT, name)
