# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integrations and their models: what saving, reading and deleting them does."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

from . import access, catalogue
from .access import Principal
from .errors import ApiError, bad_request, forbidden, not_found
from .model_names import unlink
from .schemas import Integration, IntegrationApi, IntegrationApiUpdate, IntegrationUpdate
from .state import Sandbox
from .store import Document, join
from .tags import save_tags, shown_tags

PROVIDER = "INTEGRATION_PROVIDER"
MODEL = "INTEGRATION"
MASK = "********"


class Integrations:
    """The part of the sandbox that holds integrations and models."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store

    # Configurations and their secrets

    def _shown_secret(self, name: str, key: str, value: Any) -> Any:
        """What a read gives for a secret."""
        mode = self.sandbox.settings.secrets
        if mode == "clear":
            return value
        return MASK if mode == "masked" else f"secret-store://integrations/{name}/{key}"

    def _shown_configuration(self, kind: str, name: str, configuration: Document) -> Document:
        return {
            key: self._shown_secret(name, key, value) if catalogue.is_secret(kind, key) else value
            for key, value in configuration.items()
        }

    def _checked_configuration(self, configuration: Document | None) -> Document | None:
        """A configuration without its nulls, which say the same as leaving the key out."""
        if configuration is None:
            return None
        if self.sandbox.settings.unknown_configuration_key == "reject":
            for key, value in configuration.items():
                if key not in catalogue.CONFIGURATION_KEYS:
                    raise bad_request(f"Unknown configuration key {key}", f"configuration.{key}", value)
        return {key: value for key, value in configuration.items() if value is not None}

    def _merged_configuration(self, kind: str, name: str, before: Document, given: Document | None) -> Document:
        """What is stored after a save that gives this configuration, or none."""
        settings = self.sandbox.settings
        if given is None and settings.omitted_fields == "kept":
            merged = {key: value for key, value in before.items() if not catalogue.is_secret(kind, key)}
        else:
            merged = dict(given or {})
        for key, value in before.items():
            if not catalogue.is_secret(kind, key):
                continue
            if given is None or key not in given:
                if settings.omitted_key == "kept":
                    merged[key] = value
            elif settings.posted_mask == "ignored" and given[key] == self._shown_secret(name, key, value):
                merged[key] = value
        return merged

    def secret_equals(self, integration: str, model: str | None, key: str, value: str) -> dict[str, bool]:
        """Compare a stored value with a given one, without telling it."""
        document = (
            self.store.get("providers", integration)
            if model is None
            else self.store.get("models", join(integration, model))
        )
        if document is None:
            raise not_found(f"No such integration {integration}" + (f" or model {model}" if model else ""))
        stored = document["configuration"].get(key)
        equal = isinstance(stored, str) and hmac.compare_digest(stored.encode(), value.encode())
        return {"stored": stored is not None, "equal": equal}

    # Finding

    def _provider(self, name: str) -> Document:
        document = self.store.get("providers", name)
        if document is None:
            raise not_found(f"No such integration {name}")
        return document

    def _model(self, provider: str, name: str) -> Document:
        self._provider(provider)
        document = self.store.get("models", join(provider, name))
        if document is None:
            raise not_found(f"No such model {name} in integration {provider}")
        return document

    def readable_provider(self, principal: Principal, name: str) -> Document:
        """An integration that the caller may read."""
        document = self._provider(name)
        self.sandbox.demand_read(principal, f"No such integration {name}", PROVIDER, name)
        return document

    def readable_model(self, principal: Principal, provider: str, name: str) -> Document:
        """A model that the caller may read."""
        document = self._model(provider, name)
        self.sandbox.demand_read(principal, f"No such model {name} in integration {provider}", MODEL, provider, name)
        return document

    def models_of(self, principal: Principal, provider: str, active_only: bool = False) -> list[Document]:
        """The models of an integration that the caller may read."""
        return [
            model
            for model in self.store.by("models", "provider", provider)
            if (model["enabled"] or not active_only)
            and self.sandbox.may(principal, "READ", MODEL, provider, model["api"])
        ]

    def providers(self, principal: Principal, category: str | None, active_only: bool) -> list[Document]:
        """The integrations that the caller may read."""
        if category is not None and category not in catalogue.CATEGORIES:
            raise bad_request(f"Unknown category {category}", "category", category)
        return [
            provider
            for provider in self.store.all("providers")
            if (provider["enabled"] or not active_only)
            and category in (None, provider["category"])
            and self.sandbox.may(principal, "READ", PROVIDER, provider["name"])
        ]

    # Showing

    def shown_provider(self, principal: Principal, provider: Document) -> Document:
        """An integration as it is read."""
        name = provider["name"]
        return {
            **provider,
            "configuration": self._shown_configuration(provider["type"], name, provider["configuration"]),
            "tags": shown_tags(self.sandbox, PROVIDER, name),
            "modelsCount": len(self.models_of(principal, name)),
        }

    def shown_model(self, model: Document, tags: bool = True) -> Document:
        """A model as it is read."""
        provider, name = model["integrationName"], model["api"]
        kind = (self.store.get("providers", provider) or {"type": ""})["type"]
        shown = {
            **model,
            "configuration": self._shown_configuration(kind, f"{provider}/{name}", model["configuration"]),
        }
        if tags:
            shown["tags"] = shown_tags(self.sandbox, MODEL, provider, name)
        return shown

    # Saving

    def _kept(self, before: Document | None, field: str, given: Any, cleared: Any) -> Any:
        """A field after a save that may leave it out."""
        if given is not None:
            return given
        return before[field] if before is not None and self.sandbox.settings.omitted_fields == "kept" else cleared

    def save_provider(self, principal: Principal, name: str, body: IntegrationUpdate | Integration) -> Document:
        """Create or update an integration."""
        settings = self.sandbox.settings
        before = self.store.get("providers", name)
        if before is None and access.CREATE_INTEGRATION not in principal.permissions:
            raise forbidden(f"{principal.id} may not create integration {name}")
        if before is not None:
            self.sandbox.demand(principal, "UPDATE", PROVIDER, name)
        kind = body.type if body.type is not None else (before or {}).get("type")
        if not kind:
            raise bad_request("type is missing", "type", kind)
        if kind not in catalogue.KINDS:
            raise not_found(f"No such integration type {kind}")
        if before is not None and kind != before["type"]:
            raise bad_request(f"The type of integration {name} cannot change", "type", kind)
        category = self._kept(before, "category", body.category, catalogue.KINDS[kind].category)
        if category not in catalogue.CATEGORIES:
            raise bad_request(f"Unknown category {category}", "category", category)
        given = self._checked_configuration(body.configuration)
        configuration = self._merged_configuration(kind, name, before["configuration"] if before else {}, given)
        if before is None and settings.required_configuration == "enforced":
            for key in catalogue.KINDS[kind].required:
                if key not in configuration:
                    raise bad_request(f"configuration.{key} is missing", f"configuration.{key}", None)
        document = {
            "name": name,
            "type": kind,
            "category": category,
            "description": self._kept(before, "description", body.description, None),
            "enabled": self._kept(before, "enabled", body.enabled, settings.enabled_when_omitted),
            "configuration": configuration,
            **self.sandbox.stamp(principal, before),
        }
        self.store.put("providers", name, document)
        if before is None:
            self.sandbox.grant_to_creator(principal, PROVIDER, name)
        if category == "AI_MODEL":
            self._discover(principal, name)
        return document

    def _discover(self, principal: Principal, provider: str) -> None:
        """Register the models that the vendor's service tells of."""
        settings = self.sandbox.settings
        for name in settings.discovered_models:
            if self.store.get("models", join(provider, name)) is not None:
                continue
            stamp = self.sandbox.stamp(principal, None)
            if settings.discovered_created_by == "empty":
                stamp.update(createdBy="", updatedBy="", ownerApp="")
            self.store.put(
                "models",
                join(provider, name),
                {
                    "integrationName": provider,
                    "api": name,
                    "description": name,
                    "enabled": True,
                    "configuration": {},
                    **stamp,
                },
            )
            if settings.discovered_created_by == "caller":
                self.sandbox.grant_to_creator(principal, MODEL, provider, name)

    def save_model(
        self, principal: Principal, provider: str, name: str, body: IntegrationApiUpdate | IntegrationApi
    ) -> None:
        """Create or update a model."""
        settings = self.sandbox.settings
        kind = self._provider(provider)["type"]
        before = self.store.get("models", join(provider, name))
        if before is None:
            self.sandbox.demand(principal, "UPDATE", PROVIDER, provider)
        else:
            self.sandbox.demand(principal, "UPDATE", MODEL, provider, name)
        given = self._checked_configuration(body.configuration)
        self.store.put(
            "models",
            join(provider, name),
            {
                "integrationName": provider,
                "api": name,
                "description": self._kept(before, "description", body.description, None),
                "enabled": self._kept(before, "enabled", body.enabled, settings.enabled_when_omitted),
                "configuration": self._merged_configuration(
                    kind, f"{provider}/{name}", before["configuration"] if before else {}, given
                ),
                **self.sandbox.stamp(principal, before),
            },
        )
        if before is None:
            self.sandbox.grant_to_creator(principal, MODEL, provider, name)
        self._touch_provider_of_model(principal, provider)

    def _touch_provider_of_model(self, principal: Principal, provider: str) -> None:
        """Move an integration's update time after one of its models was written, where the settings say so."""
        document = self.store.get("providers", provider)
        if document is not None and self.sandbox.settings.model_write_moves_update_time:
            self.store.put("providers", provider, {**document, **self._moved(principal)})

    def _moved(self, principal: Principal) -> Document:
        return {"updateTime": self.store.now(), "updatedBy": principal.id}

    def save_many(self, principal: Principal, entries: Sequence[Integration]) -> None:
        """Create or update whole integrations with their models."""
        for number, entry in enumerate(entries):
            if not entry.name or not entry.name.strip():
                raise bad_request("name is missing", f"[{number}].name", entry.name)
            for place, model in enumerate(entry.apis or ()):
                where = f"[{number}].apis[{place}]"
                if model.integrationName != entry.name:
                    raise bad_request(
                        "integrationName differs from the integration's name",
                        f"{where}.integrationName",
                        model.integrationName,
                    )
                if not model.api or not model.api.strip():
                    raise bad_request("api is missing", f"{where}.api", model.api)
        if self.sandbox.settings.bulk_atomicity == "whole":
            with self.store.transaction():
                for entry in entries:
                    self._save_entry(principal, entry)
            return
        failure: ApiError | None = None
        for entry in entries:
            try:
                with self.store.transaction():
                    self._save_entry(principal, entry)
            except ApiError as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def _save_entry(self, principal: Principal, entry: Integration) -> None:
        settings = self.sandbox.settings
        name = str(entry.name)
        self.save_provider(principal, name, entry)
        if entry.tags is not None or settings.bulk_omitted_tags == "cleared":
            save_tags(self.sandbox, entry.tags or [], PROVIDER, name)
        named = {model.api for model in entry.apis or ()}
        for model in entry.apis or ():
            self.save_model(principal, name, str(model.api), model)
            if model.tags is not None or settings.bulk_omitted_tags == "cleared":
                save_tags(self.sandbox, model.tags or [], MODEL, name, str(model.api))
        if settings.bulk_absent_models == "removed":
            for document in self.store.by("models", "provider", name):
                if document["api"] not in named and document["api"] not in settings.discovered_models:
                    self._remove_model(name, document["api"])

    # Deleting

    def _remove_model(self, provider: str, name: str) -> None:
        self.store.delete("models", join(provider, name))
        self.sandbox.forget(MODEL, provider, name)
        if self.sandbox.settings.prompt_links_of_deleted_models == "removed":
            unlink(self.store, provider, name)

    def delete_model(self, principal: Principal, provider: str, name: str) -> None:
        """Delete a model."""
        self._model(provider, name)
        self.sandbox.demand(principal, "DELETE", MODEL, provider, name)
        self._remove_model(provider, name)
        self._touch_provider_of_model(principal, provider)

    def delete_provider(self, principal: Principal, name: str) -> None:
        """Delete an integration."""
        self._provider(name)
        self.sandbox.demand(principal, "DELETE", PROVIDER, name)
        mode = self.sandbox.settings.delete_provider_with_models
        models = self.store.by("models", "provider", name)
        if models and mode == "rejected":
            raise ApiError(409, f"Integration {name} still has models")
        if mode == "removed":
            for model in models:
                self._remove_model(name, model["api"])
        self.store.delete("providers", name)
        self.sandbox.forget(PROVIDER, name)

    # Tags

    def check_tag_target(self, principal: Principal, wanted: str, provider: str, model: str | None) -> None:
        """Refuse tag calls that the caller may not make, or on what is not there."""
        if self.sandbox.settings.tag_target_existence == "checked":
            if model is None:
                self._provider(provider)
            else:
                self._model(provider, model)
        if model is None:
            self.sandbox.demand(principal, wanted, PROVIDER, provider)
        else:
            self.sandbox.demand(principal, wanted, MODEL, provider, model)

    def touch(self, principal: Principal, provider: str, model: str | None) -> None:
        """Move the update time after tags were written, where the settings say so."""
        if not self.sandbox.settings.tag_write_moves_update_time:
            return
        table, key = ("providers", provider) if model is None else ("models", join(provider, model))
        document = self.store.get(table, key)
        if document is not None:
            self.store.put(table, key, {**document, **self._moved(principal)})
