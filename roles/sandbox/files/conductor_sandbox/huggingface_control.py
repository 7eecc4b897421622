# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path of the Hugging Face part: tokens, models, and what becomes of endpoints."""

from __future__ import annotations

import hmac
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from . import inference_endpoint_life as life
from .huggingface_accounts import GivenToken
from .huggingface_application import HuggingFace
from .huggingface_models import Model
from .inference_endpoints import FAILURES, TABLE
from .store import join

State = Literal["pending", "initializing", "updating", "updateFailed", "running", "paused", "failed", "scaledToZero"]


class Failure(BaseModel):
    """Why an endpoint will fail to start."""

    model_config = ConfigDict(extra="forbid", strict=True)

    message: str = Field("Endpoint failed to start", max_length=1000)


class StateChange(BaseModel):
    """The state that an endpoint is put into at once."""

    model_config = ConfigDict(extra="forbid", strict=True)

    state: State
    message: str | None = Field(None, max_length=1000)


class SecretComparison(BaseModel):
    """A value to be compared with a secret of an endpoint."""

    model_config = ConfigDict(extra="forbid", strict=True)

    namespace: str
    name: str
    key: str
    value: str


def huggingface_control_routes(huggingface: HuggingFace, prefix: str) -> APIRouter:
    """The routes below the control path.

    Args:
        huggingface: What stands in for Hugging Face.
        prefix: Where they are.
    """
    routes = APIRouter(prefix=prefix)
    accounts, models, endpoints = huggingface.accounts, huggingface.models, huggingface.endpoints
    store = huggingface.sandbox.store

    @routes.get("/tokens")
    async def read_tokens() -> dict[str, dict[str, Any]]:
        return accounts.all()

    @routes.put("/tokens/{name}")
    async def save_token(name: str, token: GivenToken) -> dict[str, Any]:
        accounts.save(name, token)
        return accounts.all()[name]

    @routes.delete("/tokens/{name}")
    async def remove_token(name: str) -> dict[str, str]:
        if not accounts.remove(name):
            raise HTTPException(404, f"No token {name} was set")
        return {"removed": name}

    @routes.get("/models")
    async def read_models() -> dict[str, dict[str, Any]]:
        return models.all()

    @routes.put("/models/{name:path}")
    async def save_model(name: str, model: Model) -> dict[str, Any]:
        models.save(name, model)
        return models.all()[name]

    @routes.delete("/models/{name:path}")
    async def remove_model(name: str) -> dict[str, str]:
        if not models.remove(name):
            raise HTTPException(404, f"No model {name} was set")
        return {"removed": name}

    @routes.get("/endpoints")
    async def read_endpoints() -> list[dict[str, Any]]:
        return [
            {
                "namespace": document["namespace"],
                "id": document["id"],
                "endpoint": endpoints.shown(document, f"/huggingface/served/{document['id']}"),
            }
            for document in store.all(TABLE)
        ]

    @routes.put("/endpoints/{namespace}/{name}/state")
    async def set_state(namespace: str, name: str, change: StateChange) -> dict[str, str]:
        endpoints.put(life.entered(endpoints.find(namespace, name), change.state, change.message))
        return {"state": change.state}

    @routes.put("/endpoints/{namespace}/{name}/failure")
    async def set_failure(namespace: str, name: str, failure: Failure) -> dict[str, str]:
        store.put(FAILURES, join(namespace, name), {"message": failure.message})
        return {"message": failure.message}

    @routes.delete("/endpoints/{namespace}/{name}/failure")
    async def remove_failure(namespace: str, name: str) -> dict[str, str]:
        if not store.delete(FAILURES, join(namespace, name)):
            raise HTTPException(404, f"No failure was set for {namespace}/{name}")
        return {"removed": f"{namespace}/{name}"}

    @routes.post("/secrets/check")
    async def check_secret(check: SecretComparison) -> dict[str, bool]:
        secrets = endpoints.find(check.namespace, check.name)["spec"]["model"].get("secrets", {})
        stored = secrets.get(check.key)
        equal = stored is not None and hmac.compare_digest(stored.encode(), check.value.encode())
        return {"stored": stored is not None, "equal": equal}

    return routes
