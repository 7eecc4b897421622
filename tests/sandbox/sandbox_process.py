# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox in a process of its own, and a plain client for it."""

from __future__ import annotations

import http.client
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests

SOURCE = Path(__file__).resolve().parents[2] / "roles" / "sandbox" / "files"
READY = "sandbox ready: "
ADMIN_KEY, ADMIN_SECRET = "sandbox-admin", "sandbox-admin-secret"
HUGGING_FACE_TOKEN = "hf_sandbox_token_of_nobody_0123456789"
TIMEOUT = 15
#: A start compiles a lot where no byte code is kept yet, and machines may be slow.
START_TIMEOUT = 60
BYTE_CODE = tempfile.TemporaryDirectory(prefix="sandbox-byte-code-")


def environment(**extra: str) -> dict[str, str]:
    """The environment of a sandbox: nothing of the developer's own, and no byte code beside the source."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    byte_code = os.environ.get("PYTHONPYCACHEPREFIX") or BYTE_CODE.name
    return {**kept, "PYTHONPATH": str(SOURCE), "PYTHONPYCACHEPREFIX": byte_code, **extra}


def run(*options: str, python: str = sys.executable, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [python, "-m", "conductor_sandbox", *options],
        env=environment(**extra),
        timeout=TIMEOUT,
        capture_output=True,
        text=True,
        check=False,
    )


class SandboxProcess:
    """A running sandbox."""

    def __init__(self, *options: str, python: str = sys.executable, **extra: str) -> None:
        self.process = subprocess.Popen(
            [python, "-m", "conductor_sandbox", "--port", "0", *options],
            env=environment(**extra),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.url = self._await_ready()
        self.root = self.url.removesuffix("/api")
        self.session = requests.Session()
        self.session.trust_env = False

    def _await_ready(self) -> str:
        lines: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None and self.process.stderr is not None
        reader = self.process.stdout
        threading.Thread(target=lambda: lines.put(reader.readline()), daemon=True).start()
        try:
            line = lines.get(timeout=START_TIMEOUT)
        except queue.Empty:
            self.process.kill()
            raise AssertionError("the sandbox did not say that it serves") from None
        if not line.startswith(READY):
            raise AssertionError(f"the sandbox did not start: {line!r} {self.process.stderr.read()!r}")
        return line.removeprefix(READY).strip()

    def stop(self) -> tuple[int, str, str]:
        """End it; returns its status, and what it wrote after the line that it serves."""
        self.session.close()
        if self.process.poll() is None:
            self.process.terminate()
        output, errors = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, output, errors

    def control(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        """Use the control path."""
        response = self.session.request(
            method, f"{self.root}/sandbox-control{path}", json=body, timeout=TIMEOUT, headers={"X-Sandbox-Control": "1"}
        )
        assert response.status_code == status, response.text
        return response.json()

    def huggingface(self) -> dict[str, str]:
        """Return the environment variables with which modules reach the Hugging Face part, but for the token."""
        base = f"{self.url.removesuffix('/api')}/huggingface"
        return {"HF_ENDPOINT": base, "HUGGINGFACE_ENDPOINTS_URL": f"{base}/v2"}

    def settings(self, **switches: Any) -> None:
        """Change switches."""
        self.control("PATCH", "/settings", switches)

    def fault(self, **fault: Any) -> int:
        """Have a failure injected."""
        return int(self.control("POST", "/faults", fault)["number"])

    def log_in(self, key: str = ADMIN_KEY, secret: str = ADMIN_SECRET, **more: Any) -> Client:
        """A client that has a token."""
        response = self.session.post(
            f"{self.url}/token", json={"keyId": key, "keySecret": secret, **more}, timeout=TIMEOUT
        )
        assert response.status_code == 200, response.text
        return Client(self, response.json()["token"], lambda: self.log_in(key, secret, **more).token)

    def raw(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request target byte for byte, which libraries would tidy up."""
        place = urlsplit(self.url)
        assert place.hostname is not None
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT)
        try:
            connection.putrequest(
                method, target, skip_host="host" in {name.lower() for name in headers or {}}, skip_accept_encoding=True
            )
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()


class Client:
    """Sends requests with a token."""

    def __init__(
        self, sandbox: SandboxProcess, token: str | None, renew: Callable[[], str | None] | None = None
    ) -> None:
        self.sandbox = sandbox
        self.token = token
        self.renew = renew

    def send(self, method: str, path: str, body: Any = None, **keywords: Any) -> requests.Response:
        """Send a request; the path follows C(/api)."""
        headers = {**({"X-Authorization": self.token} if self.token else {}), **keywords.pop("headers", {})}
        if body is not None:
            keywords["json"] = body
        return self.sandbox.session.request(
            method, self.sandbox.url + path, headers=headers, timeout=TIMEOUT, **keywords
        )

    def refused(self, method: str, path: str, status: int, body: Any = None, **keywords: Any) -> dict[str, Any]:
        """Send a request that has to fail in the shape of the interface; returns the error."""
        response = self.send(method, path, body, **keywords)
        assert response.status_code == status, (response.status_code, response.text)
        error: dict[str, Any] = response.json()
        assert {"status", "message", "instance", "retryable"} <= set(error), error
        assert error["status"] == status
        return error

    def done(self, method: str, path: str, body: Any = None, **keywords: Any) -> Any:
        """Send a request that has to succeed; returns its answer, or None."""
        response = self.send(method, path, body, **keywords)
        if response.status_code == 401 and self.renew is not None and "EXPIRED_TOKEN" in response.text:
            # Tokens may be made to live for a second, and this machine may be slow.
            self.token = self.renew()
            response = self.send(method, path, body, **keywords)
        assert response.status_code == 200, (response.status_code, response.text)
        if not response.content:
            return None
        return response.json() if "json" in response.headers["Content-Type"] else response.text

    def application(self, name: str = "client", roles: tuple[str, ...] = ()) -> tuple[str, Client]:
        """Create an application with a key; returns its user's id and a client that acts as it."""
        application = self.done("POST", "/applications", {"name": name})["id"]
        for role in roles:
            self.done("POST", f"/applications/{application}/roles/{role}")
        key = self.done("POST", f"/applications/{application}/accessKeys")
        return f"app:{application}", self.sandbox.log_in(key["id"], key["secret"])

    def grant(self, subject: tuple[str, str], target: tuple[str, str], *access: str) -> None:
        """Add a grant."""
        self.done("POST", "/auth/authorization", grant_body(subject, target, *access))

    def integration(self, name: str = "hf-prod", **fields: Any) -> None:
        """Save an integration."""
        body = {
            "type": "huggingface",
            "category": "AI_MODEL",
            "description": "models",
            "enabled": True,
            "configuration": {"api_key": "hf_first_key", "namespace": "acme"},
            **fields,
        }
        self.done(
            "POST",
            f"/integrations/provider/{segment(name)}",
            {field: value for field, value in body.items() if value is not ...},
        )

    def model(self, integration: str = "hf-prod", name: str = "acme/tiny-llm", **fields: Any) -> None:
        """Save a model."""
        body = {
            "description": "a model",
            "enabled": True,
            "configuration": {"endpoint": "https://endpoint.example"},
            **fields,
        }
        self.done(
            "POST", model_path(integration, name), {field: value for field, value in body.items() if value is not ...}
        )


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")


def model_path(integration: str = "hf-prod", name: str = "acme/tiny-llm") -> str:
    """The path of a model."""
    return f"/integrations/provider/{segment(integration)}/integration/{segment(name)}"


def grant_body(subject: tuple[str, str], target: tuple[str, str], *access: str) -> dict[str, Any]:
    """The body of a grant."""
    return {
        "subject": {"type": subject[0], "id": subject[1]},
        "target": {"type": target[0], "id": target[1]},
        "access": list(access),
    }
