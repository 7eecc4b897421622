# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths below /api/integrations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from . import catalogue
from .errors import not_found
from .integrations import MODEL, PROVIDER, Integrations
from .routing import ActiveOnly, Caller, Category, Name, answer, nothing
from .schemas import Integration, IntegrationApi, IntegrationApiUpdate, IntegrationDef, IntegrationUpdate, Tag
from .state import Sandbox
from .tags import add_tags, delete_tags, shown_tags

_PROVIDER = "/provider/{name}"
_MODEL = "/provider/{name}/integration/{integration_name}"


def integration_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of integrations and models."""
    router = APIRouter(prefix="/api/integrations", tags=["integrations"])
    integrations = Integrations(sandbox)
    store = sandbox.store
    _catalogue_routes(router, sandbox, integrations)

    @router.get("/provider", response_model=list[Integration])
    async def list_providers(caller: Caller, category: Category = None, active_only: ActiveOnly = True) -> Response:
        return answer(
            sandbox.in_any_order(
                [
                    integrations.shown_provider(caller, provider)
                    for provider in integrations.providers(caller, category, active_only)
                ]
            )
        )

    @router.get(_PROVIDER, response_model=Integration)
    async def get_provider(caller: Caller, name: Name) -> Response:
        return answer(integrations.shown_provider(caller, integrations.readable_provider(caller, name)))

    @router.post(_PROVIDER)
    async def save_provider(caller: Caller, name: Name, body: IntegrationUpdate) -> Response:
        with store.transaction():
            provider = integrations.save_provider(caller, name, body)
        if sandbox.settings.provider_post_response == "empty":
            return nothing()
        shown = integrations.shown_provider(caller, provider)
        del shown["tags"]
        return answer(shown)

    @router.delete(_PROVIDER)
    async def delete_provider(caller: Caller, name: Name) -> Response:
        with store.transaction():
            integrations.delete_provider(caller, name)
        return nothing()

    @router.get(_PROVIDER + "/integration", response_model=list[IntegrationApi])
    async def list_models(caller: Caller, name: Name, active_only: ActiveOnly = True) -> Response:
        integrations.readable_provider(caller, name)
        return answer(
            sandbox.in_any_order(
                [integrations.shown_model(model) for model in integrations.models_of(caller, name, active_only)]
            )
        )

    # Before the route of a single model: reading a model that is called "all" is not possible.
    @router.get(_PROVIDER + "/integration/all", response_model=list[str])
    async def list_available_models(caller: Caller, name: Name) -> Response:
        provider = integrations.readable_provider(caller, name)
        names = [*catalogue.KINDS[provider["type"]].models, *sandbox.settings.discovered_models]
        return answer(sandbox.in_any_order(list(dict.fromkeys(names))))

    @router.get(_MODEL, response_model=IntegrationApi)
    async def get_model(caller: Caller, name: Name, integration_name: Name) -> Response:
        return answer(integrations.shown_model(integrations.readable_model(caller, name, integration_name)))

    @router.post(_MODEL)
    async def save_model(caller: Caller, name: Name, integration_name: Name, body: IntegrationApiUpdate) -> Response:
        with store.transaction():
            integrations.save_model(caller, name, integration_name, body)
        return nothing()

    @router.delete(_MODEL)
    async def delete_model(caller: Caller, name: Name, integration_name: Name) -> Response:
        with store.transaction():
            integrations.delete_model(caller, name, integration_name)
        return nothing()

    _tag_routes(router, sandbox, integrations)
    return router


def _catalogue_routes(router: APIRouter, sandbox: Sandbox, integrations: Integrations) -> None:
    """The routes of the whole catalogue, and of the kinds of integration."""

    @router.get("/", response_model=list[Integration])
    async def list_everything(caller: Caller, category: Category = None, active_only: ActiveOnly = True) -> Response:
        shown = []
        for provider in integrations.providers(caller, category, active_only):
            models = integrations.models_of(caller, provider["name"], active_only)
            shown.append(
                {
                    **integrations.shown_provider(caller, provider),
                    "apis": sandbox.in_any_order([integrations.shown_model(model, tags=False) for model in models]),
                }
            )
        return answer(sandbox.in_any_order(shown))

    @router.post("/")
    async def save_everything(caller: Caller, body: list[Integration]) -> Response:
        integrations.save_many(caller, body)
        return nothing()

    @router.get("/all", response_model=list[str])
    async def list_names(
        caller: Caller, category: Annotated[str | None, Query(alias="type")] = None, active_only: ActiveOnly = True
    ) -> Response:
        names: list[str] = []
        for provider in integrations.providers(caller, category, active_only):
            models = integrations.models_of(caller, provider["name"], active_only)
            names += [f"{provider['name']}:{model['api']}" for model in models] or [provider["name"]]
        return answer(sandbox.in_any_order(names))

    @router.get("/def", response_model=list[IntegrationDef])
    async def list_definitions(_caller: Caller) -> Response:
        return answer(sandbox.in_any_order([kind.as_definition() for kind in catalogue.KINDS.values()]))

    @router.get("/def/{name}", response_model=IntegrationDef)
    async def get_definition(_caller: Caller, name: Name) -> Response:
        if name not in catalogue.KINDS:
            raise not_found(f"No such integration type {name}")
        return answer(catalogue.KINDS[name].as_definition())


def _tag_routes(router: APIRouter, sandbox: Sandbox, integrations: Integrations) -> None:
    """The routes of tags."""
    store = sandbox.store

    def target(name: str, model: str | None) -> tuple[str, ...]:
        return (PROVIDER, name) if model is None else (MODEL, name, model)

    def read(caller: Caller, name: str, model: str | None) -> Response:
        integrations.check_tag_target(caller, "READ", name, model)
        return answer(shown_tags(sandbox, *target(name, model)))

    def add(caller: Caller, name: str, model: str | None, tags: list[Tag]) -> Response:
        with store.transaction():
            integrations.check_tag_target(caller, "UPDATE", name, model)
            add_tags(sandbox, tags, *target(name, model))
            integrations.touch(caller, name, model)
        return nothing()

    def delete(caller: Caller, name: str, model: str | None, tags: list[Tag]) -> Response:
        with store.transaction():
            integrations.check_tag_target(caller, "UPDATE", name, model)
            tolerant = sandbox.settings.delete_missing_tag == "accept"
            delete_tags(sandbox, tags, tolerant, *target(name, model))
            integrations.touch(caller, name, model)
        return nothing()

    @router.get(_PROVIDER + "/tags", response_model=list[Tag])
    async def get_provider_tags(caller: Caller, name: Name) -> Response:
        return read(caller, name, None)

    @router.put(_PROVIDER + "/tags")
    async def add_provider_tags(caller: Caller, name: Name, body: list[Tag]) -> Response:
        return add(caller, name, None, body)

    @router.delete(_PROVIDER + "/tags")
    async def delete_provider_tags(caller: Caller, name: Name, body: list[Tag]) -> Response:
        return delete(caller, name, None, body)

    @router.get(_MODEL + "/tags", response_model=list[Tag])
    async def get_model_tags(caller: Caller, name: Name, integration_name: Name) -> Response:
        return read(caller, name, integration_name)

    @router.put(_MODEL + "/tags")
    async def add_model_tags(caller: Caller, name: Name, integration_name: Name, body: list[Tag]) -> Response:
        return add(caller, name, integration_name, body)

    @router.delete(_MODEL + "/tags")
    async def delete_model_tags(caller: Caller, name: Name, integration_name: Name, body: list[Tag]) -> Response:
        return delete(caller, name, integration_name, body)
