# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a sandbox holds after the demo, read back from its API: who may use which model."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.toolchain.sandboxes import Sandbox

SECONDS = 30
MODEL, INTEGRATION = "INTEGRATION", "INTEGRATION_PROVIDER"


class Reader:
    """Reads the API of one sandbox; no proxy is ever used."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._token = ""
        login = {"keyId": sandbox.key, "keySecret": sandbox.secret}
        self._token = str(self._ask(f"{sandbox.url}/token", login)["token"])

    def _ask(self, url: str, body: object = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if url.startswith(self._sandbox.control_url):
            headers["X-Sandbox-Control"] = "1"
        elif self._token:
            headers["X-Authorization"] = self._token
        data = None if body is None else json.dumps(body).encode()
        with self._opener.open(urllib.request.Request(url, data, headers), timeout=SECONDS) as answer:
            return json.load(answer)

    def get(self, path: str) -> Any:
        """Read something of the vendor's API."""
        return self._ask(f"{self._sandbox.url}/{path}")

    def writes(self) -> int:
        """Return how many writing requests the sandbox has seen."""
        return int(self._ask(f"{self._sandbox.control_url}/log/summary")["writes"])


def estate(reader: Reader) -> dict[str, Any]:
    """Return the integrations with their models, and the groups with their members and grants."""
    integrations: dict[str, list[str]] = {}
    for provider in reader.get("integrations/provider?category=AI_MODEL&activeOnly=false"):
        name = str(provider["name"])
        models = reader.get(f"integrations/provider/{quote(name, safe='')}/integration?activeOnly=false")
        integrations[name] = sorted(
            str(model["api"]) + ("" if model["enabled"] else " (switched off)") for model in models
        )
    groups: dict[str, dict[str, Any]] = {}
    for group in reader.get("groups"):
        name = quote(str(group["id"]), safe="")
        members = sorted(str(user["id"]) for user in reader.get(f"groups/{name}/users"))
        grants = reader.get(f"groups/{name}/permissions")["grantedAccess"]
        groups[str(group["id"])] = {"members": members, "grants": grants}
    return {"integrations": integrations, "groups": groups}


def describe(found: dict[str, Any]) -> list[str]:
    """Return the estate in lines for people."""
    lines = []
    for name, models in sorted(found["integrations"].items()):
        lines.append(f"integration {name}: {_listed(models, 'no models')}")
    for name, group in sorted(found["groups"].items()):
        if not group["grants"]:
            continue
        lines.append(f"group {name} ({_listed(group['members'], 'no members yet')}):")
        for grant in sorted(group["grants"], key=lambda grant: (grant["target"]["type"], grant["target"]["id"])):
            kind = {MODEL: "model", INTEGRATION: "integration"}.get(grant["target"]["type"], grant["target"]["type"])
            lines.append(f"  may {', '.join(sorted(grant['access']))} the {kind} {grant['target']['id']}")
    return lines


def _listed(words: Iterable[str], none: str) -> str:
    return ", ".join(words) or none
