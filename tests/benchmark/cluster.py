# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of the benchmark: a sandbox in its own process, what is done to it between runs, and what it holds."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from estates import Estate

KEY, SECRET = "sandbox-admin", "sandbox-admin-secret"
READY = "sandbox ready: "
START_SECONDS = 60
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Cluster:
    """A sandbox that serves.

    Args:
        python: The interpreter that it runs in.
        source: The folder with its package.
        variables: Its environment.
        latency: Milliseconds that each answer takes while somebody is measured.
    """

    def __init__(self, python: str, source: Path, variables: Mapping[str, str], latency: int) -> None:
        self._latency = latency
        self._process = subprocess.Popen(
            [python, "-m", "conductor_sandbox", "--port", "0"],
            env={**variables, "PYTHONPATH": str(source)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ready, _write, _error = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if not line.startswith(READY):
            self._process.kill()
            raise RuntimeError(f"the sandbox did not start: {line!r}")
        self.url = line.removeprefix(READY).strip()
        place = urlsplit(self.url)
        self._connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=300)
        self._token = ""
        self.reset()

    def stop(self) -> None:
        """End it."""
        self._connection.close()
        self._process.terminate()
        self._process.wait()

    def processor_seconds(self) -> float:
        """Return how much processor time it has taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    # Requests

    def _send(self, method: str, target: str, body: Any, headers: Mapping[str, str]) -> Any:
        data = None if body is None else json.dumps(body)
        more = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, target, data, {**headers, **more})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {target}: {answer.status} {content[:300]!r}")
        return json.loads(content) if content else None

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use the sandbox's control path."""
        return self._send(method, f"/sandbox-control{path}", body, {"X-Sandbox-Control": "1"})

    def call(self, method: str, *segments: str, body: Any = None, query: str = "") -> Any:
        """Use the interface as its administrator."""
        path = "/".join(quote(segment, safe="") for segment in segments)
        return self._send(method, f"/api/{path}{query}", body, {"X-Authorization": self._token})

    # Between runs

    def reset(self) -> None:
        """Empty the cluster."""
        self.control("POST", "/reset")
        self.settle()

    def settle(self) -> None:
        """Answer at once, to the benchmark itself."""
        # The server closes a connection that is not used for a while; the next request opens another one.
        self._connection.close()
        self.control("PATCH", "/settings", {"latency": 0})
        self._token = self._send("POST", "/api/token", {"keyId": KEY, "keySecret": SECRET}, {})["token"]

    def begin(self) -> None:
        """Let a run begin: from now on answers take their time, and requests are counted."""
        self.control("PATCH", "/settings", {"latency": self._latency})
        self.control("DELETE", "/log")
        # As in settle: a run takes longer than the server keeps a connection that is not used.
        self._connection.close()

    def requests(self) -> dict[str, int]:
        """Return how many requests a run has sent: reads, writes, and those about the caller itself."""
        summary = self.control("GET", "/log/summary")
        about = summary["about_the_caller"]
        return {"reads": summary["reads"] - about, "writes": summary["writes"], "about_the_caller": about}

    def meddle(self, estate: Estate) -> None:
        """Change one object in a hundred behind everybody's back."""
        self.settle()
        for model in estate.drifting_models():
            body = {**estate.model_body(model), "description": "changed by somebody"}
            self.call("POST", "integrations", "provider", model.integration, "integration", model.name, body=body)
        for group in estate.drifting_groups():
            self.call("PUT", "groups", group, body={**estate.group_body(group), "description": "changed by somebody"})
        for grant in estate.drifting_grants():
            body = {
                "subject": {"type": "GROUP", "id": grant.group},
                "target": {"type": grant.kind, "id": grant.target},
                "access": ["EXECUTE"],
            }
            self.call("DELETE", "auth", "authorization", body=body)

    # What it holds

    def holds(self, estate: Estate) -> dict[str, Any]:
        """Return what the cluster holds, in one form; tags, by which contenders keep their own notes, are left out."""
        self.settle()
        integrations, models, grants = {}, {}, {}
        for found in self.call("GET", "integrations", "provider", query="?activeOnly=false"):
            name = found["name"]
            integrations[name] = [
                found["type"],
                found["description"],
                found["enabled"],
                found["configuration"].get("namespace"),
                self.control(
                    "POST", "/secrets/check", {"integration": name, "key": "api_key", "value": estate.key(name)}
                )["equal"],
            ]
            listed = self.call("GET", "integrations", "provider", name, "integration", query="?activeOnly=false")
            for model in listed:
                models[f"{name}:{model['api']}"] = [model["description"], model["enabled"], model["configuration"]]
        groups = {}
        for found in self.call("GET", "groups"):
            groups[found["id"]] = [found["description"], sorted(role["name"] for role in found["roles"])]
        for name in estate.group_names():
            if name in groups:
                for grant in self.call("GET", "groups", name, "permissions")["grantedAccess"]:
                    grants[f"{name} {grant['target']['type']} {grant['target']['id']}"] = sorted(grant["access"])
        return {"integrations": integrations, "models": models, "groups": groups, "grants": grants}

    def leftovers(self) -> list[str]:
        """Return grants of groups that nobody would see any more, and that would come alive with a name."""
        return [entry for entry in self.control("GET", "/state")["grants"] if entry.startswith("GROUP ")]


def desired(estate: Estate, drifted: bool = False) -> dict[str, Any]:
    """Return what a cluster should hold.

    Args:
        estate: The estate.
        drifted: Whether somebody has changed one object in a hundred.
    """
    meddled = "changed by somebody"
    models_changed = set(estate.drifting_models()) if drifted else set()
    groups_changed = set(estate.drifting_groups()) if drifted else set()
    grants_changed = set(estate.drifting_grants()) if drifted else set()
    return {
        "integrations": {
            name: ["huggingface", f"Account {name}", True, "acme", True] for name in estate.integration_names()
        },
        "models": {
            f"{model.integration}:{model.name}": [
                meddled if model in models_changed else model.description,
                True,
                {"endpoint": model.endpoint},
            ]
            for model in estate.all_models()
        },
        "groups": {
            name: [meddled if name in groups_changed else f"Group {name}", ["USER"]] for name in estate.group_names()
        },
        "grants": {
            f"{grant.group} {grant.kind} {grant.target}": ["READ"] if grant in grants_changed else list(grant.access)
            for grant in estate.all_grants()
        },
    }


NOTHING: dict[str, Any] = {"integrations": {}, "models": {}, "groups": {}, "grants": {}}


def digest(state: Mapping[str, Any]) -> str:
    """Return a mark of what a cluster holds."""
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def now() -> float:
    """Return seconds that only move forward."""
    return time.perf_counter()
