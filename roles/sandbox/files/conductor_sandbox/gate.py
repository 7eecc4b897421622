# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every request passes before and after the routes: the host, the log, faults, the path, the token."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import paths
from .connections import abort, close
from .errors import TokenError, error_body
from .faults import Fault
from .huggingface_application import HuggingFace
from .huggingface_errors import PREFIX as HUGGINGFACE
from .huggingface_errors import HuggingFaceError, refusal, under
from .loopback import is_loopback
from .request_log import Entry
from .routing import CLAIMS, PRINCIPAL
from .state import Sandbox

CONTROL = "/sandbox-control"
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(:[0-9]{1,5})?")
logger = logging.getLogger("conductor_sandbox")


def header(scope: Scope, name: bytes) -> str | None:
    """A header's value, if it was sent exactly once."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else None


def refused_by_container(status: int = 400) -> HTMLResponse:
    """The page that a servlet container answers with when a request doesn't reach the application."""
    return HTMLResponse(
        f"<!doctype html><html><head><title>Status {status}</title></head>"
        f"<body><h1>Status {status}</h1><p>The request target is not acceptable.</p></body></html>",
        status_code=status,
    )


class Gate:
    """The outermost application.

    Args:
        sandbox: The state.
        interface: The application that serves the interface.
        control: The application that serves the control path.
        huggingface: What stands in for Hugging Face. It checks its tokens itself.
    """

    def __init__(self, sandbox: Sandbox, interface: ASGIApp, control: ASGIApp, huggingface: HuggingFace) -> None:
        self.sandbox = sandbox
        self.interface = interface
        self.control = control
        self.huggingface = huggingface

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        host = _HOST.fullmatch(header(scope, b"host") or "")
        if host is None or not is_loopback(host[1]):
            # Else a web page could reach the sandbox under a name of its own that leads to the loopback address.
            await PlainTextResponse("The sandbox answers to loopback hosts only.\n", 421)(scope, receive, send)
            return
        if scope["path"] == CONTROL or scope["path"].startswith(CONTROL + "/"):
            await self._serve_control(scope, receive, send)
            return
        await self._serve_interface(scope, receive, send)

    async def _serve_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        if header(scope, b"x-sandbox-control") != "1":
            # A header of one's own is what a web page cannot send without a permission that nobody gives.
            response = JSONResponse({"error": "The control path needs the header X-Sandbox-Control: 1"}, 403)
            await response(scope, receive, send)
            return
        await self.control(scope, receive, send)

    async def _serve_interface(self, scope: Scope, receive: Receive, send: Send) -> None:
        sandbox = self.sandbox
        path = paths.shown(scope["raw_path"])
        entry = sandbox.log.start(scope["method"], path, scope["query_string"].decode("latin-1"))
        met = sandbox.faults.take(scope["method"], path)
        if met:
            entry.fault = ",".join(fault.kind for fault in met)

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        try:
            delay = sandbox.settings.latency / 1000 + sum(fault.seconds for fault in met if fault.kind == "latency")
            if delay:
                await asyncio.sleep(delay)
            breaking = next((fault for fault in met if fault.kind != "latency"), None)
            if breaking is None:
                await self._answer(scope, receive, send_logged, entry)
            else:
                await self._break(breaking, scope, receive, send_logged, entry)
        finally:
            sandbox.log.finish(entry)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        """Answer as the interface does."""
        settings = self.sandbox.settings
        huggingface = under(entry.path, HUGGINGFACE)
        try:
            raw = scope["raw_path"]
            path = paths.decoded_path(raw) if huggingface else paths.routing_path(raw, settings)
        except paths.RefusedPath:
            await refused_by_container()(scope, receive, send)
            return
        scope = {**scope, "path": path, "root_path": ""}
        if path.startswith("/api/") or path == "/api":
            if settings.authentication == "absent" and path != "/api/version":
                response = JSONResponse(error_body(404, f"No such path {entry.path}", settings.instance), 404)
                await response(scope, receive, send)
                return
            if not self._is_open(scope["method"], path):
                try:
                    principal, claims = self.sandbox.authenticate(header(scope, b"x-authorization"))
                except TokenError as error:
                    await JSONResponse(error.body(), error.status)(scope, receive, send)
                    return
                entry.caller = principal.id
                scope |= {PRINCIPAL: principal, CLAIMS: claims}
        started = False

        async def send_noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if huggingface:
                await self.huggingface.serve(scope, receive, send_noticed, entry)
            else:
                await self.interface(scope, receive, send_noticed)
        except Exception as error:  # A defect of the sandbox itself; its text may hold a secret, its place doesn't.
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
            logger.error("%s in %s %s at %s", type(error).__name__, entry.method, entry.path, place)
            if started:
                await close(scope, receive)
            elif huggingface:
                await refusal(entry.path, HuggingFaceError(500, "The sandbox failed"))(scope, receive, send)
            else:
                response = JSONResponse(error_body(500, "The sandbox failed", settings.instance, retryable=True), 500)
                await response(scope, receive, send)

    def _is_open(self, method: str, path: str) -> bool:
        settings = self.sandbox.settings
        if path == "/api/version":
            return settings.version_access == "open" or settings.authentication == "absent"
        return (method, path) == ("POST", "/api/token")

    async def _act_unseen(self, scope: Scope, receive: Receive, entry: Entry) -> None:
        """Act on a request, and let the answer vanish."""

        async def vanish(_message: Message) -> None:
            return

        await self._answer(scope, receive, vanish, entry)

    def _caller(self, scope: Scope, entry: Entry) -> str | None:
        """Who asks, for requests that are not acted on."""
        if under(entry.path, HUGGINGFACE):
            return self.huggingface.caller(header(scope, b"authorization"))
        try:
            return self.sandbox.authenticate(header(scope, b"x-authorization"))[0].id
        except TokenError:
            return None

    async def _break(self, fault: Fault, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        """Answer as the fault says."""
        settings = self.sandbox.settings
        entry.caller = self._caller(scope, entry)
        huggingface = under(entry.path, HUGGINGFACE)
        if fault.kind == "expire_token":
            if huggingface:
                self.huggingface.accounts.expire(header(scope, b"authorization"))
            else:
                self.sandbox.end_token(header(scope, b"x-authorization") or "", fault.error)
            await self._answer(scope, receive, send, entry)
            return
        if fault.kind in ("truncate", "slow"):
            await self._spoil_body(fault, scope, receive, send, entry)
            return
        if fault.when == "after":
            await self._act_unseen(scope, receive, entry)
        if fault.kind == "drop":
            await abort(scope, receive)
        elif fault.kind == "page":
            await HTMLResponse(
                "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>",
                fault.status,
            )(scope, receive, send)
        elif huggingface:
            await self.huggingface.broken(entry.path, fault)(scope, receive, send)
        else:
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            body = error_body(fault.status, "An injected fault", settings.instance, retryable=True)
            await JSONResponse(body, fault.status, headers)(scope, receive, send)

    async def _spoil_body(self, fault: Fault, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        """Act, then send only half of the body, or all of it slowly."""
        messages: list[Any] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self._answer(scope, receive, collect, entry)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        if not body:
            # Even an empty answer can be broken off: it promises a body that does not come.
            headers = [(name, value) for name, value in messages[0].get("headers", ()) if name != b"content-length"]
            messages[0] = {**messages[0], "headers": [*headers, (b"content-length", b"2")]}
            body = b"{}"
        await send(messages[0])
        if fault.kind == "truncate":
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await close(scope, receive)
            return
        pieces = min(len(body), 20)
        for number in range(pieces):
            await asyncio.sleep(fault.seconds / pieces)
            piece = body[len(body) * number // pieces : len(body) * (number + 1) // pieces]
            await send({"type": "http.response.body", "body": piece, "more_body": number + 1 < pieces})
