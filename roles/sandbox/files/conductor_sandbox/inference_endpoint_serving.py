# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint serves: its health and, as an engine for language models does, some of OpenAI's routes.

No model is called. The text of an answer tells what was asked, so the same request always gets the same one.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .answers import answer_to
from .huggingface_accounts import Accounts
from .huggingface_errors import SERVED, HuggingFaceError
from .huggingface_routing import Segment, authorization_of, body_of, caller_of
from .inference_endpoint_specifications import health_route, variant_of
from .inference_endpoints import InferenceEndpoints
from .settings import Settings
from .store import Document

#: The images that serve OpenAI's routes; the default one does if a switch says so.
ENGINES = frozenset({"custom", "vLLM", "vLLMNeuron", "sGLang", "tgi", "tgiNeuron", "llamacpp", "hfServe"})
#: Engines that answer to a name of their own, beside that of the repository.
OTHER_NAMES = {"tgi": "tgi", "tgiNeuron": "tgi"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow", strict=True)

    role: str = Field(min_length=1)
    content: str | list[dict[str, Any]]

    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, str):
            return self.content
        return " ".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")


class TextRequest(BaseModel):
    """What the two requests for text share."""

    model_config = ConfigDict(extra="allow", strict=True)

    model: str
    max_tokens: int = Field(1000, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stream: bool = False


class Chat(TextRequest):
    """A conversation to be continued."""

    messages: list[Message] = Field(min_length=1)

    def asked(self) -> str:
        """The last message."""
        return self.messages[-1].text()


class Completion(TextRequest):
    """A text to be continued."""

    prompt: str

    def asked(self) -> str:
        """The text."""
        return self.prompt


def refused(status: int, kind: str, text: str, parameter: str | None = None) -> Response:
    """A refusal by the engine, in the shape that OpenAI's clients know."""
    return JSONResponse({"error": {"message": text, "type": kind, "param": parameter, "code": status}}, status)


def serving_routes(accounts: Accounts, endpoints: InferenceEndpoints) -> APIRouter:
    """The routes below the addresses of endpoints."""
    routes = APIRouter(prefix=SERVED)
    sandbox = endpoints.sandbox

    def admitted(request: Request, document: Document) -> None:
        kind = document["spec"]["type"]
        if kind != "public":
            accounts.demand_call(caller_of(request), document["namespace"], kind)
        elif authorization_of(request) is not None:
            try:
                caller_of(request)
            except HuggingFaceError:
                return  # Nobody asks for it here.

    @routes.api_route("/{identifier}", methods=METHODS)
    @routes.api_route("/{identifier}/{path:path}", methods=METHODS)
    async def serve(request: Request, identifier: Segment, path: str = "") -> Response:
        document = endpoints.by_id(identifier)
        admitted(request, document)
        spec = endpoints.called(document)["spec"]
        wanted = (request.method, path.strip("/"))
        if wanted == ("GET", health_route(spec).strip("/")):
            return PlainTextResponse("")
        if serves_openai_routes(spec, sandbox.settings):
            if wanted == ("GET", "v1/models"):
                return models(spec)
            if wanted == ("POST", "v1/chat/completions"):
                return written(spec, Chat, await body_of(request))
            if wanted == ("POST", "v1/completions"):
                return written(spec, Completion, await body_of(request))
        return JSONResponse({"detail": "Not Found"}, 404)

    return routes


def serves_openai_routes(spec: dict[str, Any], settings: Settings) -> bool:
    """Whether an endpoint answers on the routes of OpenAI's clients."""
    variant = variant_of(spec)[0]
    default = variant.startswith("huggingface") and settings.huggingface_default_image_routes == "served"
    return variant in ENGINES or default


def models(spec: dict[str, Any]) -> Response:
    """The list of the one model."""
    name = spec["model"]["repository"]
    return JSONResponse(
        {"object": "list", "data": [{"id": name, "object": "model", "created": 0, "owned_by": "sandbox"}]}
    )


def written(spec: dict[str, Any], schema: type[Chat] | type[Completion], content: dict[str, Any]) -> Response:
    """A text for a request."""
    try:
        asked = schema.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        return refused(400, "BadRequestError", f"{place}: {first['msg']}", place)
    repository = spec["model"]["repository"]
    if asked.model not in (repository, OTHER_NAMES.get(variant_of(spec)[0])):
        return refused(404, "NotFoundError", f"The model `{asked.model}` does not exist.", "model")
    if asked.stream:
        return refused(400, "BadRequestError", "The sandbox does not stream", "stream")
    answer = answer_to(asked.asked(), repository, asked.max_completion_tokens or asked.max_tokens)
    text, prompt, answered = answer.text, answer.prompt_tokens, answer.completion_tokens
    chat = isinstance(asked, Chat)
    choice: dict[str, Any] = {"index": 0, "finish_reason": answer.finish_reason, "logprobs": None}
    choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    return JSONResponse(
        {
            "id": ("chatcmpl-" if chat else "cmpl-") + hashlib.sha256(text.encode()).hexdigest()[:24],
            "object": "chat.completion" if chat else "text_completion",
            "created": int(time.time()),
            "model": repository,
            "choices": [choice],
            "usage": {"prompt_tokens": prompt, "completion_tokens": answered, "total_tokens": prompt + answered},
        }
    )
