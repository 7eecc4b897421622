# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probing a sandbox within the test's own process, which takes a fraction of a second, and what a probe must find."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "sandbox")]

from module_process import ROOT  # noqa: E402
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, SandboxProcess  # noqa: E402

_COLLECTIONS = Path(tempfile.mkdtemp()) / "ansible_collections" / "orkes"
_COLLECTIONS.mkdir(parents=True)
(_COLLECTIONS / "conductor").symlink_to(ROOT)
sys.path.insert(0, str(_COLLECTIONS.parents[1]))
_UTILS = "ansible_collections.orkes.conductor.plugins.module_utils"
client_code = importlib.import_module(f"{_UTILS}._conductor_client")
http_code = importlib.import_module(f"{_UTILS}._http")
objects_code = importlib.import_module(f"{_UTILS}._probe_objects")
probe_code = importlib.import_module(f"{_UTILS}._probe")
profile_code = importlib.import_module(f"{_UTILS}._profile")
secrets_code = importlib.import_module(f"{_UTILS}._secrets")

#: Milliseconds matter to the sandbox's clock, so a probe of it need not wait for seconds.
PAUSE = 0.005

#: Switches that a probe cannot see, or that are no behaviour of the server, and why.
UNSEEN = {
    **profile_code.UNOBSERVABLE,
    "latency": "a matter of the network",
    "instance": "the name of one machine",
    "authentication": "without it there is nothing to probe",
    "admin_key": "the caller brings its own",
    "version": "kept beside the answers",
    "organization": "kept beside the answers",
}


class Counting(http_code.HttpClient):  # type: ignore[misc, name-defined]
    """Counts requests, and can kill its own process before one of them."""

    sent = 0
    killed_before: int | None = None

    def request(self, *arguments: Any, **keywords: Any) -> Any:
        """Send a request, unless it is the one before which the process dies."""
        type(self).sent += 1
        if self.sent == self.killed_before:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().request(*arguments, **keywords)


def client_of(sandbox: SandboxProcess) -> tuple[Any, Any]:
    """Return a client of a sandbox as its administrator, and its redactor."""
    return client_at(sandbox.url)


def client_at(url: str, kind: Callable[..., Any] = http_code.HttpClient) -> tuple[Any, Any]:
    """Return a client of the sandbox at a URL as its administrator, and its redactor."""
    redactor = secrets_code.Redactor()
    http = kind(http_code.HttpSettings(), redactor)
    credentials = client_code.Credentials(key=ADMIN_KEY, secret=ADMIN_SECRET)
    return client_code.ConductorClient(http, url, credentials, redactor), redactor


def probe(sandbox: SandboxProcess) -> tuple[dict[str, Any], list[str]]:
    """Probe a sandbox: its profile, and what was left behind."""
    client, redactor = client_of(sandbox)
    profile, left = probe_code.probe(client, redactor, PAUSE)
    return profile, left


class Victims:
    """Starts probes that are killed, each in a process of its own, from a process that has no threads.

    Args:
        sandbox: What is probed.
    """

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__, sandbox.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def killed_before(self, number: int) -> bool:
        """Let a probe be killed before a request; whether it came as far as that."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer in ("killed", "done"), f"the probe failed by itself: {answer}"
        return answer == "killed"

    def stop(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


def serve_victims(url: str) -> None:
    """Probe once for each number on standard input, in a child that is killed before that many requests."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            Counting.sent, Counting.killed_before = 0, int(line)
            status = 3
            try:
                client, redactor = client_at(url, Counting)
                probe_code.probe(client, redactor, PAUSE)
                status = 0
            finally:
                os._exit(status)
        ended = os.waitpid(child, 0)[1]
        print("killed" if os.WIFSIGNALED(ended) else "done" if os.WEXITSTATUS(ended) == 0 else "failed", flush=True)


def state_of(sandbox: SandboxProcess) -> Any:
    """Return everything that the sandbox holds."""
    return sandbox.control("GET", "/state")


def answers_of(profile: dict[str, Any]) -> dict[str, Any]:
    """Return the values by question."""
    return {question: answer["value"] for question, answer in profile["answers"].items()}


def expected(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what a probe of these settings has to answer, by the rules of what can be seen.

    Args:
        settings: Every switch of the sandbox.
    """
    wanted = {name: value for name, value in settings.items() if name in profile_code.QUESTIONS}
    wanted["posted_mask"] = None
    wanted["discovered_models"] = sorted(settings["discovered_models"])
    if not settings["discovered_models"]:
        wanted["discovered_created_by"] = None
    if settings["grants_by_subject"] == "by_version":
        wanted["grants_by_subject"] = "served"
    shown_as_it_is = settings["secrets"] == "clear"
    if settings["required_configuration"] == "enforced" and settings["omitted_key"] == "kept" and not shown_as_it_is:
        # It could be a mask of nothing: nobody can have the server show an integration without a key.
        wanted["omitted_key"] = None
    return wanted


def has_unreachable_models(settings: dict[str, Any]) -> bool:
    """Tell whether models with slashes register themselves on a server that takes no slash."""
    slashes = any("/" in name for name in settings["discovered_models"])
    return slashes and settings["encoded_slash"] == "reject" and settings["raw_slash"] == "not_found"


if __name__ == "__main__":
    serve_victims(sys.argv[1])
