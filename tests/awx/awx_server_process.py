# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in of AWX in a process of its own, and a plain client for it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import requests

READY = "awx ready: "
USER, PASSWORD, TOKEN = "admin", "admin-password-of-the-stand-in", "token-of-the-stand-in"
START_SECONDS = 60
JOB_SECONDS = 180
DONE = ("successful", "failed", "canceled", "error")


class AwxProcess:
    """A running stand-in.

    Args:
        folder: Where its projects and jobs have their files.
        galaxy: Folder that holds ansible_collections: what Galaxy offers.
        job_variables: Environment variables of jobs, which make tests faster.
    """

    def __init__(self, folder: Path, galaxy: str, **job_variables: str) -> None:
        folder.mkdir()
        # With its byte code kept somewhere, not each job compiles Ansible anew.
        names = ("PATH", "TMPDIR", "LANG", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("awx_server.py"), "--folder", folder, "--galaxy", galaxy,
             "--job-variables", json.dumps(job_variables)],
            env={**kept, "HOME": str(folder)},
            text=True, stdout=subprocess.PIPE, stderr=(folder / "errors").open("w"),
        )  # fmt: skip
        self.errors = folder / "errors"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"
        lines: queue.Queue[str] = queue.Queue()
        reader = self.process.stdout
        threading.Thread(target=lambda: lines.put(reader.readline()), daemon=True).start()
        line = lines.get(timeout=START_SECONDS)
        assert line.startswith(READY), f"the stand-in did not start: {line!r} {self.errors.read_text()}"
        self.url = line.removeprefix(READY).strip()

    def stop(self) -> str:
        """End it; returns what it has to say of itself."""
        self.session.close()
        self.process.terminate()
        self.process.communicate(timeout=START_SECONDS)
        return self.errors.read_text()

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a request, whose answer has to have this status."""
        answer = self.session.request(method, f"{self.url}/api/v2/{path}", json=body, timeout=START_SECONDS)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def find(self, kind: str, **values: Any) -> list[dict[str, Any]]:
        """Return the objects of a kind that have these values."""
        query = "&".join(f"{name}={value}" for name, value in {**values, "page_size": 200}.items())
        return list(self.call("GET", f"{kind}/?{query}")["results"])

    def one(self, kind: str, **values: Any) -> dict[str, Any]:
        """Return the only object of a kind that has these values."""
        found = self.find(kind, **values)
        assert len(found) == 1, f"{kind} {values}: {[one.get('name') for one in found]}"
        return found[0]

    def writes(self) -> list[str]:
        """Return the requests that may have changed something."""
        return list(self.session.get(f"{self.url}/control/writes", timeout=START_SECONDS).json())

    def launch(self, name: str, kind: str = "job_templates", status: int = 201, **body: Any) -> dict[str, Any]:
        """Launch a template by its name."""
        return dict(self.call("POST", f"{kind}/{self.one(kind, name=name)['id']}/launch/", body, status))

    def ended(self, launched: dict[str, Any]) -> dict[str, Any]:
        """Wait until a job has ended, and return it."""
        return self.until(launched["url"], lambda job: job["status"] in DONE)

    def until(self, url: str, holds: Any) -> dict[str, Any]:
        """Look at an object until something holds of it."""
        end = time.monotonic() + JOB_SECONDS
        while time.monotonic() < end:
            found = self.call("GET", url.removeprefix("/api/v2/"))
            if holds(found):
                return dict(found)
            time.sleep(0.1)
        raise AssertionError(f"{url} stays as it is: {found}")

    def nodes(self, workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the jobs of a workflow's nodes, by the nodes' identifiers."""
        found = self.find(f"workflow_jobs/{workflow['id']}/workflow_nodes")
        return {node["identifier"]: self.call("GET", node["related"]["job"].removeprefix("/api/v2/"))
                for node in found if node["job"]}  # fmt: skip

    def pending_approval(self, workflow: dict[str, Any]) -> dict[str, Any]:
        """Wait until a workflow waits for somebody, and return what it waits for."""
        end = time.monotonic() + JOB_SECONDS
        while time.monotonic() < end:
            nodes = self.nodes(workflow)
            if "approval" in nodes:
                return nodes["approval"]
            if self.call("GET", f"workflow_jobs/{workflow['id']}/")["status"] in DONE:
                break
            time.sleep(0.1)
        raise AssertionError(f"the workflow asks nobody: {[node['result_stdout'] for node in nodes.values()]}")
