# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests ask of the sandbox itself, in Ansible's own process, so that it costs next to nothing."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

ADMINISTRATOR = {"keyId": "sandbox-admin", "keySecret": "sandbox-admin-secret"}
#: No proxy of the environment: the sandbox is on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Send a request and return the parsed answer.

    Raises:
        AnsibleActionFail: The answer is not a success.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with _OPENER.open(request, timeout=30) as response:
            text = response.read().decode()
    except urllib.error.HTTPError as error:
        raise AnsibleActionFail(f"{method} {url} answered {error.code}: {error.read().decode()[:500]}") from None
    return json.loads(text) if text.strip().startswith(("{", "[", '"')) else text


class SandboxServer:
    """The sandbox that the tests were given: its control path, and its interface as the administrator."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.url = str(variables["sandbox_url"])
        self.control_url = str(variables["sandbox_control_url"])

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use the control path."""
        return send(method, self.control_url + path, body, {"X-Sandbox-Control": "1"})

    def token(self, credentials: dict[str, str] | None = None) -> str:
        """Log in."""
        return str(send("POST", f"{self.url}/token", credentials or ADMINISTRATOR)["token"])

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Use the interface as the administrator; the path follows C(/api)."""
        return send(method, self.url + path, body, {"X-Authorization": self.token()})

    def writes(self) -> list[str]:
        """Return the writes since the log was cleared, as method and path."""
        return [f"{entry['method']} {entry['path']}" for entry in self.control("GET", "/log?kind=write")]

    def forget_requests(self) -> None:
        """Clear the request log."""
        self.control("DELETE", "/log")


class ActionModule(ActionBase):
    """One or several requests to the sandbox, in this order.

    reset: Back to an empty cluster, the switches it was started with, no faults, an empty log.
    switches: Switches to set.
    fault: A failure to be injected.
    requests: Requests of the interface, each a text "METHOD /path" or a dictionary of method, path and body.
    application: Name and roles of an application to create; the result holds its key and a token.
    secret: Integration, value, and key (api_key unless given): compared with what is stored.
    forget: Whether the request log is cleared at the end.
    """

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what the task asks for, in check mode too: it is not the object of the test."""
        result = super().run(tmp, task_vars)
        server = SandboxServer(task_vars or {})
        arguments = dict(self._task.args)
        if arguments.pop("reset", False):
            server.control("POST", "/reset")
        if "switches" in arguments:
            server.control("PATCH", "/settings", arguments.pop("switches"))
        if "application" in arguments:
            result["application"] = self._application(server, **arguments.pop("application"))
        result["answers"] = [self._request(server, request) for request in arguments.pop("requests", [])]
        if "secret" in arguments:
            result["secret"] = server.control("POST", "/secrets/check", arguments.pop("secret"))
        if "fault" in arguments:
            server.control("POST", "/faults", arguments.pop("fault"))
        if arguments.pop("forget", False):
            server.forget_requests()
        if arguments:
            raise AnsibleActionFail(f"unknown: {', '.join(arguments)}")
        result["writes"] = server.writes()
        result["changed"] = False
        return result

    @staticmethod
    def _request(server: SandboxServer, request: Any) -> Any:
        if isinstance(request, str):
            method, path = request.split(" ", 1)
            return server.request(method, path)
        return server.request(request["method"], request["path"], request.get("body"))

    @staticmethod
    def _application(server: SandboxServer, name: str, roles: list[str] | None = None) -> dict[str, str]:
        application = server.request("POST", "/applications", {"name": name})["id"]
        for role in roles or []:
            server.request("POST", f"/applications/{application}/roles/{quote(role, safe='')}")
        key = server.request("POST", f"/applications/{application}/accessKeys")
        token = server.token({"keyId": key["id"], "keySecret": key["secret"]})
        return {"id": application, "key": key["id"], "secret": key["secret"], "token": token}
