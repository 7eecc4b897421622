# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models as integrations and grants need them too: naming, showing and deleting one (floor 3, shared)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Pair, as_tags, shown_tags, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import HIDDEN, is_secret_key
from ansible_collections.orkes.conductor.plugins.module_utils._slash_routes import RAW


def model_title(integration: str, model: str) -> str:
    """Return C(integration:model), the name under which permissions know a model."""
    return f"{integration}:{model}"


def shown_model(current: dict[str, Any]) -> dict[str, Any]:
    """Return a model as a diff may show it."""
    configuration = current.get("configuration") or {}
    shown = {"description": current.get("description") or "", "enabled": bool(current.get("enabled"))}
    shown.update({key: HIDDEN if is_secret_key(key) else value for key, value in configuration.items()})
    shown["tags"] = shown_tags(tag_pairs(current))
    return shown


def registered_by_server(model: dict[str, Any]) -> bool:
    """Tell whether a model looks as if the server registered it by itself when its integration was saved.

    A person has to choose an endpoint in the console and this collection asks for one too, so a model without an
    endpoint, or without a creator, is taken for the server's.
    """
    return not (model.get("configuration") or {}).get("endpoint") or model.get("createdBy") == ""


class ModelDeletion(NamedTuple):
    """What it takes to delete one model.

    Attributes:
        integration: Name of its integration.
        model: Its name.
        route: How its name goes into a path: C(encoded) or C(raw).
        pairs: Its tags.
    """

    integration: str
    model: str
    route: str
    pairs: frozenset[Pair] = frozenset()

    def steps(self, client: ConductorClient) -> list[Step]:
        """Return the requests that delete the model; its tags go first, for they could come back with its name."""
        raw = self.route == RAW
        steps = []
        if self.pairs:
            tags = as_tags(self.pairs)
            title = "removal of tags"
            steps.append(Step(title, lambda: client.delete_model_tags(self.integration, self.model, tags, raw)))
        return [*steps, Step("deletion", lambda: client.delete_model(self.integration, self.model, raw))]


def model_deletion(integration: str, current: dict[str, Any], route: str, stage: int) -> Change:
    """Return the change that deletes a model, as the server shows it, by the route its name takes."""
    deletion = ModelDeletion(integration, current["api"], route, frozenset(tag_pairs(current)))
    title = model_title(integration, deletion.model)
    return Change("model", title, "delete", {}, stage, deletion, shown_model(current))


def model_body(change: Change) -> dict[str, Any]:
    """Return the whole model as it is sent; fields that were not given carry their current values."""
    current, settings = change.payload["current"], change.payload["settings"]
    configuration = dict(current.get("configuration") or {})
    configuration.update({key: value for key, value in settings.items() if key not in ("description", "enabled")})
    return {
        "description": settings.get("description", current.get("description") or ""),
        "enabled": settings.get("enabled", bool(current.get("enabled", True))),
        "configuration": configuration,
    }
