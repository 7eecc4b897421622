# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Hugging Face part: the Hub and Inference Endpoints below one path."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from .faults import Fault
from .huggingface_accounts import Accounts
from .huggingface_errors import HUB, MANAGEMENT, WINDOW, HuggingFaceError, rate_limit, refusal, under
from .huggingface_hub_routes import hub_routes
from .huggingface_models import Models
from .huggingface_routing import ACCOUNTS, ENTRY
from .inference_endpoint_routes import management_routes
from .inference_endpoint_serving import serving_routes
from .inference_endpoints import InferenceEndpoints
from .request_log import Entry
from .state import Sandbox


class HuggingFace:
    """What stands in for Hugging Face.

    Args:
        sandbox: The state.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.accounts = Accounts(sandbox)
        self.models = Models(sandbox, self.accounts)
        self.endpoints = InferenceEndpoints(sandbox, self.accounts, self.models)
        self.interface = self._interface()

    def _interface(self) -> FastAPI:
        app = FastAPI(title="Hugging Face sandbox", openapi_url=None, redirect_slashes=False)
        app.include_router(hub_routes(self.accounts, self.models))
        app.include_router(management_routes(self.endpoints))
        app.include_router(serving_routes(self.accounts, self.endpoints))

        @app.exception_handler(HuggingFaceError)
        async def refused(request: Request, error: HuggingFaceError) -> Response:
            return refusal(request.scope["path"], error)

        @app.exception_handler(HTTPException)
        async def unrouted(request: Request, error: HTTPException) -> Response:
            text = "No such path" if error.status_code == 404 else str(error.detail)
            return refusal(request.scope["path"], HuggingFaceError(error.status_code, text))

        @app.exception_handler(RequestValidationError)
        async def invalid(request: Request, error: RequestValidationError) -> Response:
            problems = [f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors()]
            return refusal(request.scope["path"], HuggingFaceError(400, "; ".join(problems)))

        return app

    async def serve(self, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        """Serve one request."""
        await self.interface({**scope, ACCOUNTS: self.accounts, ENTRY: entry}, receive, send)

    def caller(self, authorization: str | None) -> str | None:
        """Who asks, for requests that are not acted on."""
        try:
            caller = self.accounts.authenticate(authorization)
        except HuggingFaceError:
            return None
        return None if caller is None else caller.log_name

    def broken(self, path: str, fault: Fault) -> Response:
        """The answer of an injected error."""
        headers: dict[str, str] = {}
        wait: Any = fault.retry_after
        if fault.status == 429:
            described = self.sandbox.settings.huggingface_management_rate_limit == "described"
            if under(path, HUB) or (described and under(path, MANAGEMENT)):
                headers = rate_limit(wait if isinstance(wait, int) else WINDOW)
        if wait is not None:
            headers["Retry-After"] = str(wait)
        return refusal(path, HuggingFaceError(fault.status, "An injected fault"), headers)
