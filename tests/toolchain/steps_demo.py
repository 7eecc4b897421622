# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that runs ``make demo`` as a user would, in a hostile environment, and looks at what got through."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.toolchain.demo import CLUSTERS, INVENTORY, SERVER_VARIABLE, Demo, refuse_other_hosts
from tests.toolchain.outcomes import Outcome, StepFailure, last_lines
from tests.toolchain.work import Step, Work

HOSTILE_WORD = "hostile-value-that-must-not-get-through"
ELSEWHERE = "https://conductor.example.com/api"
SECONDS = 600


class Listener:
    """A proxy that only notices that somebody came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def hostile_variables(port: int) -> dict[str, str]:
    """Return variables that would lead the demo to another server, with another identity, or through a proxy."""
    proxy = f"http://127.0.0.1:{port}"
    return {
        "ALL_PROXY": proxy,
        "ANSIBLE_CONFIG": f"/nonexistent/{HOSTILE_WORD}.cfg",
        "ANSIBLE_INVENTORY": f"/nonexistent/{HOSTILE_WORD}",
        "ANSIBLE_STDOUT_CALLBACK": HOSTILE_WORD,
        "CONDUCTOR_AUTH_KEY": HOSTILE_WORD,
        "CONDUCTOR_AUTH_SECRET": HOSTILE_WORD,
        "CONDUCTOR_AUTH_TOKEN": HOSTILE_WORD,
        "CONDUCTOR_SERVER_URL": f"{proxy}/api",
        "HF_TOKEN": HOSTILE_WORD,
        "HTTPS_PROXY": proxy,
        "HTTP_PROXY": proxy,
        "HUGGING_FACE_HUB_TOKEN": HOSTILE_WORD,
        "all_proxy": proxy,
        "http_proxy": proxy,
        "https_proxy": proxy,
    }


def make_demo(work: Work) -> Outcome:
    """Run ``make demo``; its environments exist already, so that nothing has to be installed through the proxy."""
    for name in ("demo", "sandbox"):
        work.environment(name)
    listener = Listener()
    try:
        environ = {**os.environ, **hostile_variables(listener.port), "PYTHON": sys.executable}
        for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
            environ.pop(name, None)
        finished = work.workshop.processes.run(
            ["make", "--no-print-directory", "demo", f"PYTHON={sys.executable}"],
            folder=work.workshop.project.root,
            environment=environ,
            log=work.log,
            timeout=SECONDS,
        )
    finally:
        listener.close()
    if finished.code:
        raise StepFailure(f"{finished}\n{last_lines(finished.output, 40)}")
    outcome = Outcome(1, "checks")
    findings = {
        "somebody used the proxy, or the server, that the environment names": listener.visits > 0,
        "a value of the environment shows in the output": HOSTILE_WORD in finished.output,
        "the demo does not say that it ended well": "make demo: passed" not in finished.output,
        "the demo does not tell that variables were left out": "CONDUCTOR_SERVER_URL" not in finished.output,
        "something of the environment lies in the demo's files": _found_in(
            work.workshop.project.build / "home" / "demo"
        ),
    }
    outcome.problems += [problem for problem, is_so in findings.items() if is_so]
    outcome.passed += sum(not is_so for is_so in findings.values())
    refuse(work, outcome)
    return outcome


def refuse(work: Work, outcome: Outcome) -> None:
    """Point the inventory at another host: the demo must not start, and the play could not reach it if it did."""
    tree = work.tree()
    with work.sandbox(tree.root / "roles" / "sandbox" / "files") as sandbox:
        sandboxes = dict.fromkeys(CLUSTERS, sandbox)
        pointed_away = Demo(work, tree.root, tree.collections, sandboxes, {SERVER_VARIABLE: ELSEWHERE})
        servers = pointed_away.servers()
        attempts: dict[str, Callable[[], object]] = {
            "the demo starts": lambda: refuse_other_hosts(servers),
            "a play succeeds": lambda: pointed_away.play(servers),
        }
        for what, attempt in attempts.items():
            try:
                attempt()
            except StepFailure:
                outcome.passed += 1
            else:
                outcome.problems.append(f"{what} although the inventory names another host")


def _found_in(folder: Path) -> bool:
    """Return whether a file below this folder holds a hostile value."""
    word = HOSTILE_WORD.encode()
    return any(word in path.read_bytes() for path in folder.rglob("*") if path.is_file())


STEPS: tuple[Step, ...] = (Step("demo", make_demo, seconds=45, inputs=(INVENTORY, "playbooks/site.yml")),)
