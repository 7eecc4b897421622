# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models that a server takes in bulk alone, with their whole integration (floor 3)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS, Profile
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._models import model_body
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change
from ansible_collections.orkes.conductor.plugins.module_utils._references import TYPE
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call, as_tags, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import (
    KEY_NOT_KNOWN,
    keeps_secrets,
    other_type_problem,
    secret_states,
    writable_configuration,
    write_tags,
)
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    fingerprinted_field,
    hidden_keys,
)


@dataclass
class BulkWrite:
    """Models of one integration that can only be written in bulk: one request, with everything that is there.

    Whether a bulk save removes models and tags that it does not mention is not known, so it mentions all.

    Attributes:
        integration: The integration as the server shows it.
        secrets: Its real secrets.
        models: The models that exist.
        changes: The changes that go through this write.
        profile: What is known of the cluster's behaviour.
    """

    integration: dict[str, Any]
    secrets: dict[str, str]
    models: list[dict[str, Any]]
    changes: list[Change] = field(default_factory=list)
    profile: Profile = CAUTIOUS
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _done: bool = False
    _error: CollectionError | None = None

    def body(self) -> dict[str, Any]:
        """Return the whole integration with all of its models."""
        name = self.integration["name"]
        apis = {model["api"]: self._entry(name, model["api"], model, tag_pairs(model)) for model in self.models}
        for change in self.changes:
            model = change.payload["item"]["name"]
            apis[model] = self._entry(name, model, model_body(change), change.payload["wanted_pairs"])
        return {
            "name": name,
            "type": self.integration.get("type") or TYPE,
            "category": self.integration.get("category"),
            "description": self.integration.get("description") or "",
            "enabled": bool(self.integration.get("enabled")),
            "configuration": {**(self.integration.get("configuration") or {}), **self.secrets},
            "tags": as_tags(tag_pairs(self.integration)),
            "apis": list(apis.values()),
        }

    @staticmethod
    def _entry(integration: str, model: str, values: dict[str, Any], pairs: set[tuple[str, str]]) -> dict[str, Any]:
        return {
            "integrationName": integration,
            "api": model,
            "description": values.get("description") or "",
            "enabled": bool(values.get("enabled")),
            "configuration": values.get("configuration") or {},
            "tags": as_tags(pairs),
        }

    def run(self, client: ConductorClient) -> None:
        """Send the request, once for all of its changes; each of them shares the outcome."""
        with self._lock:
            if not self._done:
                self._done = True
                try:
                    client.save_integrations_in_bulk([self.body()])
                except CollectionError as error:
                    self._error = error
                else:
                    self._renew_fingerprint(client)
            if self._error is not None:
                raise self._error

    def _renew_fingerprint(self, client: ConductorClient) -> None:
        """Leave a new fingerprint of the key that was sent, by which another run that writes the key sees this one.

        One that records the integration's update time is not true any more, besides.
        """
        if self.secrets and any(fingerprinted_field(key) == "api_key" for key, _mark in tag_pairs(self.integration)):
            name = self.integration["name"]
            try:
                known = tag_pairs(self.integration)
                write_tags(client, name, {"name": name}, self.secrets, self.profile, known=known)
            except ApiError as error:
                self._error = error.after_a_write()


def bulk_write(
    client: ConductorClient, name: str, item: dict[str, Any], models: list[dict[str, Any]], call: Call
) -> tuple[BulkWrite | None, str]:
    """Return the bulk write of an integration, or why there can be none.

    Args:
        client: Talks to the server.
        name: The integration's name.
        item: The options given for one of the models that take this way.
        models: The models that the integration has.
        call: The module call.
    """
    why = "this server takes no slash in a path, so the model goes in bulk, which resends the whole integration"
    integration = client.get_integration(name)
    if integration is None:
        return None, f"{why}, and integration {name} cannot be read"
    if integration.get("type") != TYPE:
        return None, other_type_problem(name, integration, "give the models of another integration")
    profile = call.profile
    if item.get("api_key") is None and not keeps_secrets(profile):
        return None, f"{why} with its key. {KEY_NOT_KNOWN}: give api_key"
    secrets = {} if item.get("api_key") is None else {"api_key": item["api_key"]}
    if secret_states({"name": name, **secrets}, integration, profile).get("api_key") == "changed":
        return None, f"{why}, and api_key is not the key that integration {name} has: give that one"
    hidden = [] if keeps_secrets(profile) else hidden_keys(integration.get("configuration") or {}, secrets)
    for model in models:
        hidden += hidden_keys(model.get("configuration") or {}, {})
    if hidden:
        return (
            None,
            f"{why}, and the server also keeps {', '.join(hidden)}, which it may show masked: use the console",
        )
    integration = {**integration, "name": name, "configuration": writable_configuration(integration, profile)}
    return BulkWrite(integration, secrets, models, profile=profile), ""
