# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path, which is plainly not the vendor's: settings, faults, the request log, the state."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from . import __version__
from .errors import ApiError
from .faults import Fault
from .huggingface_application import HuggingFace
from .huggingface_control import huggingface_control_routes
from .huggingface_errors import HuggingFaceError
from .integrations import Integrations
from .state import Sandbox

PREFIX = "/sandbox-control"
Part = Literal["state", "settings", "faults", "log"]
PARTS: tuple[Part, ...] = ("state", "settings", "faults", "log")


class SecretCheck(BaseModel):
    """A value to be compared with the stored one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    integration: str
    model: str | None = None
    key: str = "api_key"
    value: str


def _problems(errors: list[Any]) -> str:
    """Validation problems in one line, without the values."""
    return "; ".join(f"{'.'.join(str(place) for place in error['loc'])}: {error['msg']}" for error in errors)


def control_application(
    sandbox: Sandbox,
    huggingface: HuggingFace,
    openapi: Callable[[], dict[str, Any]],
    stop: Callable[[], None] | None,
) -> FastAPI:
    """The application behind the control path."""
    app = FastAPI(title="Conductor sandbox control", openapi_url=None, redirect_slashes=False)
    integrations = Integrations(sandbox)
    app.include_router(huggingface_control_routes(huggingface, PREFIX + "/huggingface"))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": _problems(list(error.errors()))}, 400)

    @app.exception_handler(ApiError)
    async def refused(_request: Request, error: ApiError) -> JSONResponse:
        return JSONResponse({"error": error.message}, error.status)

    @app.exception_handler(HuggingFaceError)
    async def refused_by_huggingface(_request: Request, error: HuggingFaceError) -> JSONResponse:
        return JSONResponse({"error": error.text}, error.status)

    @app.exception_handler(404)
    @app.exception_handler(405)
    async def unrouted(_request: Request, error: Any) -> JSONResponse:
        return JSONResponse({"error": str(error.detail)}, error.status_code)

    @app.get(PREFIX)
    async def status() -> dict[str, Any]:
        return {
            "name": "conductor-sandbox",
            "version": __version__,
            "process": os.getpid(),
            "instance_id": sandbox.instance_id,
        }

    @app.get(PREFIX + "/settings")
    async def read_settings() -> dict[str, Any]:
        return sandbox.settings.public()

    @app.patch(PREFIX + "/settings")
    async def change_settings(update: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        try:
            sandbox.settings = sandbox.settings.changed_by(update)
        except ValidationError as error:
            raise ApiError(400, _problems(list(error.errors(include_input=False)))) from None
        except ValueError as error:
            raise ApiError(400, str(error)) from None
        return sandbox.settings.public()

    @app.post(PREFIX + "/reset")
    async def reset(parts: Annotated[list[Part] | None, Body()] = None) -> dict[str, list[Part]]:
        wanted = list(PARTS) if parts is None else parts
        if "settings" in wanted:
            sandbox.settings = sandbox.started_with
        if "state" in wanted:
            sandbox.reset()
        if "faults" in wanted:
            sandbox.faults.clear()
        if "log" in wanted:
            sandbox.log.clear()
        return {"reset": wanted}

    @app.get(PREFIX + "/log")
    async def read_log(
        since: Annotated[int, Query(ge=0)] = 0, kind: Literal["read", "write"] | None = None
    ) -> list[dict[str, Any]]:
        return sandbox.log.entries(since, kind)

    @app.get(PREFIX + "/log/summary")
    async def summarize_log() -> dict[str, Any]:
        return sandbox.log.summary()

    @app.delete(PREFIX + "/log")
    async def clear_log() -> dict[str, Any]:
        sandbox.log.clear()
        return sandbox.log.summary()

    @app.post(PREFIX + "/secrets/check")
    async def check_secret(check: SecretCheck) -> dict[str, bool]:
        return integrations.secret_equals(check.integration, check.model, check.key, check.value)

    @app.get(PREFIX + "/state")
    async def read_state() -> dict[str, list[str]]:
        return sandbox.store.outline()

    @app.post(PREFIX + "/tokens/expire")
    async def expire_tokens() -> dict[str, bool]:
        sandbox.end_tokens()
        return {"expired": True}

    @app.get(PREFIX + "/faults")
    async def read_faults() -> list[dict[str, Any]]:
        return sandbox.faults.shown()

    @app.post(PREFIX + "/faults")
    async def add_fault(fault: Fault) -> dict[str, int]:
        return {"number": sandbox.faults.add(fault)}

    @app.delete(PREFIX + "/faults")
    async def remove_faults() -> list[dict[str, Any]]:
        sandbox.faults.clear()
        return sandbox.faults.shown()

    @app.delete(PREFIX + "/faults/{number}")
    async def remove_fault(number: int) -> dict[str, int]:
        if not sandbox.faults.remove(number):
            raise HTTPException(404, f"No fault {number} waits")
        return {"removed": number}

    @app.get(PREFIX + "/openapi.json")
    async def describe() -> dict[str, Any]:
        return openapi()

    @app.post(PREFIX + "/stop")
    async def stop_server() -> dict[str, bool]:
        if stop is None:
            raise HTTPException(404, "This server cannot be stopped from here")
        stop()
        return {"stopping": True}

    return app
