# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of modules that are killed at a moment of choice: before and after any request, and after any change of a file.

Before a change of a file is after whatever came before it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from forking_server import PACKAGE, find_collection, run_module
from module_process import arguments_for, clean_environment

#: What changes or locks a file, by the module that has it.
FILES = ((os, ("fsync", "replace", "unlink")), (fcntl, ("flock",)))


class Victims:
    """Starts runs of one module that are killed, each in a process of its own, from a process that has no threads.

    Args:
        module: The module.
        connection: Environment variables with which it reaches the server.
    """

    def __init__(self, module: str, connection: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        self._environment = clean_environment(**connection)

    def killed_at(self, moment: int, **options: Any) -> str | None:
        """Let a run be killed at a moment, counted from 1; returns which that was, or None when it came to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"arguments": arguments_for(options, False), "environment": self._environment, "moment": moment}
        self._process.stdin.write(f"{json.dumps(request)}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["status"] in (-signal.SIGKILL, 0), answer["output"]
        return answer["moment"] if answer["status"] else None

    def stop(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


def die_at(moment: int, note: Any) -> None:
    """Have this process killed at a moment; which that is comes into a file first."""
    passed = 0

    def pass_moment(what: str) -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            os.write(note.fileno(), what.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(call: Callable[..., Any], title: Callable[..., str], before: bool = False) -> Callable[..., Any]:
        def watching(*arguments: Any, **keywords: Any) -> Any:
            if before:
                pass_moment(f"before {title(*arguments)}")
            answer = call(*arguments, **keywords)
            pass_moment(f"after {title(*arguments)}")
            return answer

        return watching

    http = sys.modules[f"{PACKAGE.replace('.modules', '.module_utils')}._http"]
    client: Any = http.HttpClient
    client.request = watched(
        client.request, lambda _self, method, url, *_more: f"{method} {url.partition('/api')[2]}", before=True
    )
    for place, names in FILES:
        for name in names:
            setattr(place, name, watched(getattr(place, name), lambda *_arguments, name=name: name))


def serve(module: str) -> None:
    """Run the module once for each request on standard input, in a child that is killed at that moment."""
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as note:
            child = os.fork()
            if child == 0:
                os.dup2(output.fileno(), 1)
                die_at(request["moment"], note)
                run_module({**request, "module": module})
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.seek(0)
            note.seek(0)
            answer = {"status": status, "output": output.read().decode()[-2000:], "moment": note.read().decode()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    import importlib

    find_collection()
    importlib.import_module(f"{PACKAGE}.{sys.argv[1]}")
    serve(sys.argv[1])
