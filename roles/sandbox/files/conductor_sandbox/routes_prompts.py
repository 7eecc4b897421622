# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths of prompts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from .errors import ApiError, bad_request
from .language_models import LanguageModels, ModelFails
from .prompts import PROMPT, Prompts, filled
from .routing import Caller, Name, answer, nothing
from .schemas import Tag
from .state import Sandbox
from .tags import add_tags, delete_tags, shown_tags
from .workflow_schemas import MessageTemplate, PromptTemplateTestRequest

Models = Annotated[list[str] | None, Query()]
Version = Annotated[int | None, Query()]
_MODEL = "/provider/{integration_provider}/integration/{integration_name}/prompt"
#: The text of a prompt is no JSON, although it is sent as if it were.
_TEXT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "string"}}}}
}


async def _template(request: Request) -> str:
    """The text of a prompt: the body as it is, without quotation marks around it."""
    try:
        text = (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request("The text of the prompt is not UTF-8") from None
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1] if quoted else text


def prompt_routes(sandbox: Sandbox, language_models: LanguageModels) -> APIRouter:
    """The routes of prompts."""
    router = APIRouter(prefix="/api/prompts", tags=["prompts"])
    prompts, store = Prompts(sandbox), sandbox.store

    @router.get("", response_model=list[MessageTemplate])
    async def list_prompts(caller: Caller) -> Response:
        return answer(sandbox.in_any_order([prompts.shown(one) for one in prompts.all(caller)]))

    @router.post("/")
    async def save_prompts(caller: Caller, body: list[MessageTemplate]) -> Response:
        prompts.save_many(caller, body)
        return nothing()

    # Before the route of a single prompt: one that is called "test" cannot be saved with POST.
    @router.post("/test", response_class=PlainTextResponse)
    async def test_prompt(request: Request, caller: Caller, body: PromptTemplateTestRequest) -> Response:
        for field in ("llmProvider", "model", "prompt"):
            if not getattr(body, field):
                raise bad_request(f"{field} is missing", field, getattr(body, field))
        integration, model = str(body.llmProvider), str(body.model)
        prompts.integrations.readable_model(caller, integration, model)
        asked = filled(str(body.prompt), body.promptVariables or {})
        try:
            told = language_models.ask(integration, model, asked, body.maxTokens, request.scope["server"])
        except ModelFails as failure:
            raise ApiError(sandbox.settings.prompt_test_failure_status, str(failure)) from None
        return PlainTextResponse(told.text)

    @router.get("/{name}", response_model=MessageTemplate)
    async def get_prompt(caller: Caller, name: Name, version: Version = None) -> Response:
        document = prompts.readable(caller, name, version)
        return answer(None if document is None else prompts.shown(document))

    @router.put("/{name}", openapi_extra=_TEXT)
    async def save_prompt(
        request: Request,
        caller: Caller,
        name: Name,
        description: str,
        models: Models = None,
        version: Version = None,
    ) -> Response:
        given = MessageTemplate(
            name=name, template=await _template(request), description=description, integrations=models
        )
        with store.transaction():
            prompts.save(caller, given, prompts.newest(name) or 1 if version is None else version)
        return nothing()

    @router.post("/{name}", openapi_extra=_TEXT)
    async def save_prompt_version(
        request: Request,
        caller: Caller,
        name: Name,
        description: str,
        models: Models = None,
        version: Version = None,
        auto_increment: Annotated[bool, Query(alias="autoIncrement")] = False,
    ) -> Response:
        given = MessageTemplate(
            name=name, template=await _template(request), description=description, integrations=models
        )
        with store.transaction():
            if auto_increment:
                version = (prompts.newest(name) or 0) + 1
            # Version 1 that nobody named is written anew, and forgets who made it.
            prompts.save(caller, given, 1 if version is None else version, keep_origin=version is not None)
        return nothing()

    @router.delete("/{name}")
    async def delete_prompt(caller: Caller, name: Name) -> Response:
        with store.transaction():
            prompts.delete(caller, name)
        return nothing()

    @router.get("/{name}/versions", response_model=list[MessageTemplate])
    async def list_versions(caller: Caller, name: Name) -> Response:
        return answer(sandbox.in_any_order([prompts.shown(one) for one in prompts.readable_versions(caller, name)]))

    @router.delete("/{name}/versions/{version}")
    async def delete_version(caller: Caller, name: Name, version: int) -> Response:
        with store.transaction():
            prompts.delete_version(caller, name, version)
        return nothing()

    @router.get("/{name}/tags", response_model=list[Tag])
    async def get_tags(caller: Caller, name: Name) -> Response:
        prompts.check_tag_target(caller, "READ", name)
        return answer(shown_tags(sandbox, PROMPT, name))

    @router.put("/{name}/tags")
    async def put_tags(caller: Caller, name: Name, body: list[Tag]) -> Response:
        with store.transaction():
            prompts.check_tag_target(caller, "UPDATE", name)
            add_tags(sandbox, body, PROMPT, name)
        return nothing()

    @router.delete("/{name}/tags")
    async def remove_tags(caller: Caller, name: Name, body: list[Tag]) -> Response:
        with store.transaction():
            prompts.check_tag_target(caller, "UPDATE", name)
            delete_tags(sandbox, body, sandbox.settings.delete_missing_tag == "accept", PROMPT, name)
        return nothing()

    return router


def prompt_model_routes(sandbox: Sandbox) -> APIRouter:
    """The routes that tell which prompts a model is used with."""
    router = APIRouter(prefix="/api/integrations", tags=["integrations"])
    prompts, store = Prompts(sandbox), sandbox.store

    @router.get(_MODEL, response_model=list[MessageTemplate])
    async def list_prompts_of_model(caller: Caller, integration_provider: Name, integration_name: Name) -> Response:
        found = prompts.of_model(caller, integration_provider, integration_name)
        return answer(sandbox.in_any_order([prompts.shown(one) for one in found]))

    @router.post(_MODEL + "/{prompt_name}")
    async def associate_prompt(
        caller: Caller, integration_provider: Name, integration_name: Name, prompt_name: Name
    ) -> Response:
        with store.transaction():
            prompts.associate(caller, integration_provider, integration_name, prompt_name)
        return nothing()

    return router
