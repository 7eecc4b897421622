# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that says back, in every way, what it was sent: bodies, tokens and all."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from urllib.parse import quote

TOKEN = "canary-token/of+the=echo.server"


class _Echo(http.server.BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        token = self.headers.get("X-Authorization") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.path == "/api/token" and not self.server.refuses_login:  # type: ignore[attr-defined]
            self._send(200, {"token": TOKEN})
        elif self.path == "/api/token/userInfo":
            self._send(self.server.status, self._echo(body, token))  # type: ignore[attr-defined]
        elif self.command == "GET" and not self.server.refuses_reads:  # type: ignore[attr-defined]
            if self.path.split("?")[0].endswith(("/permissions",)):
                self._send(200, {"grantedAccess": []})
            elif self.path.split("?")[0].endswith("/integration"):
                self._send(200, [])
            else:
                self._send(404, {"status": 404, "message": "there is none", "instance": "echo", "retryable": False})
        else:
            self._send(self.server.status, self._echo(body, token))  # type: ignore[attr-defined]

    def _echo(self, body: str, token: str) -> object:
        values = [*_texts(json.loads(body or "null")), token]
        every = " ".join(
            f"{value} {quote(value, safe='')} {base64.b64encode(value.encode()).decode()} {json.dumps(value)}"
            for value in values
        )
        text = f"You sent {self.command} {self.path} {body} with {token}: {every}"
        if self.server.plain:  # type: ignore[attr-defined]
            return text
        errors = [{"path": "configuration", "message": text, "invalidValue": value} for value in values]
        return {
            "status": self.server.status,  # type: ignore[attr-defined]
            "message": text,
            "instance": "echo",
            "retryable": False,
            "error": text,
            "validationErrors": errors,
        }

    def _send(self, status: int, answer: object) -> None:
        text = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


class EchoServer:
    """The server, in a thread.

    Args:
        status: Status of its refusals.
        refuses_login: Whether logging in is refused too.
        refuses_reads: Whether reads are refused too.
        plain: Whether it answers with bare text.
    """

    def __init__(
        self, status: int = 400, refuses_login: bool = False, refuses_reads: bool = False, plain: bool = False
    ) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
        self._server.daemon_threads = True
        for name, value in (
            ("status", status), ("refuses_login", refuses_login), ("refuses_reads", refuses_reads), ("plain", plain)
        ):  # fmt: skip
            setattr(self._server, name, value)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
