# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The applications: the interface, Hugging Face, the control path, and the gate before all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from .control import control_application
from .errors import ApiError, error_body
from .gate import Gate
from .huggingface_application import HuggingFace
from .language_models import LanguageModels
from .paths import name_of
from .routes_access import application_routes, grant_routes
from .routes_integrations import integration_routes
from .routes_people import group_routes, role_routes, token_routes, user_routes
from .routes_prompts import prompt_model_routes, prompt_routes
from .routes_workflows import definition_routes, execution_routes
from .state import Sandbox

MESSAGES = {404: "No such path", 405: "Method not allowed on"}


def interface(sandbox: Sandbox, huggingface: HuggingFace) -> FastAPI:
    """The application that serves the interface, without the checks of the gate.

    Args:
        sandbox: The state.
        huggingface: Where the models are that workflows ask.
    """
    language_models = LanguageModels(sandbox, huggingface)
    app = FastAPI(
        title="Conductor sandbox", openapi_url=None, redirect_slashes=False, separate_input_output_schemas=False
    )
    for routes in (
        token_routes,
        integration_routes,
        prompt_model_routes,
        group_routes,
        user_routes,
        application_routes,
        grant_routes,
        role_routes,
        definition_routes,
    ):
        app.include_router(routes(sandbox))
    app.include_router(prompt_routes(sandbox, language_models))
    app.include_router(execution_routes(sandbox, language_models))

    @app.get("/health", response_model=dict[str, Any], tags=["server"])
    async def health() -> Response:
        return JSONResponse({"healthy": True})

    @app.get("/api/version", response_class=PlainTextResponse, tags=["server"])
    async def version() -> Response:
        return PlainTextResponse(sandbox.settings.version)

    _handle_errors(app, sandbox)
    return app


def _handle_errors(app: FastAPI, sandbox: Sandbox) -> None:
    """Answer failures in the shape of the interface."""

    def instance() -> str:
        return sandbox.settings.instance

    @app.exception_handler(ApiError)
    async def refused(_request: Request, error: ApiError) -> Response:
        return JSONResponse(error.body(instance()), error.status)

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        message = f"{MESSAGES.get(error.status_code, str(error.detail))} {name_of(request.scope['path'])}"
        return JSONResponse(error_body(error.status_code, message, instance()), error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if await request.body() and content_type != "application/json" and _concerns_body(error):
            message = f"Content type {content_type or '(none)'} is not supported"
            return JSONResponse(error_body(415, message, instance()), 415)
        problems = [_problem(problem) for problem in error.errors()]
        message = "; ".join(f"{problem['path']}: {problem['message']}" for problem in problems)
        return JSONResponse(error_body(400, message, instance(), problems), 400)


def _concerns_body(error: RequestValidationError) -> bool:
    return any(problem["loc"][:1] == ("body",) for problem in error.errors())


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    """One problem of a request, as an entry of validationErrors."""
    places = [str(place) for place in problem["loc"][1:]] or [str(problem["loc"][0])]
    return {"path": ".".join(places), "message": str(problem["msg"]), "invalidValue": _plain(problem.get("input"))}


def _plain(value: Any) -> Any:
    """A value as it was sent, where JSON can hold it."""
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def application(sandbox: Sandbox, stop: Callable[[], None] | None = None) -> Gate:
    """The whole server.

    Args:
        sandbox: The state.
        stop: Stops the server; without it the control path cannot.
    """
    huggingface = HuggingFace(sandbox)
    served = interface(sandbox, huggingface)
    return Gate(sandbox, served, control_application(sandbox, huggingface, served.openapi, stop), huggingface)
