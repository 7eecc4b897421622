# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plain client for the Hugging Face part of the sandbox, and the bodies that it sends."""

from __future__ import annotations

from typing import Any

import requests
from sandbox_process import TIMEOUT, SandboxProcess

TOKEN = "hf_sandbox_token_of_nobody_0123456789"
INVALID = "Invalid credentials in Authorization header"
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
EVERYTHING = [
    "inference.endpoints.read",
    "inference.endpoints.write",
    "inference.endpoints.infer.write",
]


class HuggingFaceClient:
    """Sends requests with a token; without one if it is None."""

    def __init__(self, sandbox: SandboxProcess, token: str | None = TOKEN) -> None:
        self.sandbox = sandbox
        self.token = token
        self.root = f"{sandbox.root}/huggingface"

    def send(self, method: str, path: str, body: Any = None, **keywords: Any) -> requests.Response:
        """Send a request; the path follows C(/huggingface), or is a whole URL."""
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **keywords.pop("headers", {})}
        if body is not None:
            keywords["json"] = body
        url = path if path.startswith("http") else self.root + path
        return self.sandbox.session.request(method, url, headers=headers, timeout=TIMEOUT, **keywords)

    def done(self, method: str, path: str, body: Any = None, status: int = 200, **keywords: Any) -> Any:
        """Send a request that has to succeed; returns its answer."""
        response = self.send(method, path, body, **keywords)
        assert response.status_code == status, (response.status_code, response.text)
        return response.json() if response.content else None

    def refused(self, method: str, path: str, status: int, body: Any = None, **keywords: Any) -> str:
        """Send a request that has to fail in the shape of the management API; returns the text."""
        response = self.send(method, path, body, **keywords)
        assert response.status_code == status, (response.status_code, response.text)
        error = response.json()
        assert set(error) == {"error", "code"} and error["code"].isupper(), error
        return str(error["error"])

    def refused_by_hub(self, path: str, status: int, code: str | None = None) -> str:
        """Send a request that has to fail in the shape of the Hub; returns the text."""
        response = self.send("GET", path)
        assert response.status_code == status, (response.status_code, response.text)
        assert response.headers.get("X-Error-Code") == code
        assert response.headers["X-Request-Id"]
        text = str(response.json()["error"])
        assert response.headers["X-Error-Message"] == text
        return text

    def create(self, name: str = "tiny", namespace: str = "acme", **changes: Any) -> Any:
        """Create an endpoint."""
        return self.done("POST", f"/v2/endpoint/{namespace}", endpoint_body(name, **changes))

    def get(self, name: str = "tiny", namespace: str = "acme") -> Any:
        """Read an endpoint, on which it moves on."""
        return self.done("GET", f"/v2/endpoint/{namespace}/{name}")

    def state(self, name: str = "tiny") -> str:
        """The state of an endpoint, on which it moves on."""
        return str(self.get(name)["status"]["state"])

    def run(self, name: str = "tiny", **changes: Any) -> Any:
        """Create an endpoint, and wait until it runs."""
        self.create(name, **changes)
        return self.wait(name)

    def wait(self, name: str = "tiny") -> Any:
        """Wait until an endpoint runs."""
        for _read in range(6):
            endpoint = self.get(name)
            if endpoint["status"]["state"] == "running":
                return endpoint
        raise AssertionError(endpoint["status"])

    def stored(self, name: str = "tiny") -> Any:
        """An endpoint without a read."""
        found = self.sandbox.control("GET", "/huggingface/endpoints")
        return next(one["endpoint"] for one in found if one["endpoint"]["name"] == name)


def changed(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A body with other values; C(...) takes a field out, and two underscores lead into an object."""
    for path, value in changes.items():
        *places, last = path.split("__")
        target = body
        for place in places:
            target = target[place]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return body


def endpoint_body(name: str = "tiny", **changes: Any) -> dict[str, Any]:
    """The body of a new endpoint."""
    body = {
        "name": name,
        "type": "authenticated",
        "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {
            "accelerator": "gpu",
            "instanceType": "nvidia-l4",
            "instanceSize": "x1",
            "scaling": {"minReplica": 0, "maxReplica": 1},
        },
        "model": {
            "repository": MODEL,
            "framework": "pytorch",
            "image": {"vLLM": {"url": "registry.example/vllm:1"}},
        },
    }
    return changed(body, **changes)


def set_token(sandbox: SandboxProcess, name: str = "other", **fields: Any) -> HuggingFaceClient:
    """Set a token; returns a client that has it."""
    token = f"hf_token_called_{name}"
    body = {"token": token, "account": "ana", "global_permissions": EVERYTHING, **fields}
    sandbox.control("PUT", f"/huggingface/tokens/{name}", body)
    return HuggingFaceClient(sandbox, token)
