# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as processes, and what a test asks of a run."""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
#: Variables of the caller that a module may see; nothing of the developer's own clusters among them.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")
CALLBACKS = Path(__file__).with_name("callback_plugins")
SERVER = Path(__file__).with_name("forking_server.py")
_SHARED = tempfile.TemporaryDirectory(prefix="playbooks-")


def interpreter(variable: str) -> str:
    """Return the interpreter that an environment variable names.

    Raises:
        LookupError: It is not set.
    """
    python = os.environ.get(variable)
    if not python:
        raise LookupError(f"{variable} is not set: it names the Python interpreter of an environment for these tests")
    return python


def clean_environment(**more: str) -> dict[str, str]:
    """Return an environment with nothing in it that could lead a module elsewhere."""
    return {**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **more}


def collections() -> str:
    """Return a folder in which Ansible finds the collection: the same for all runs, so that byte code is made once."""
    if ROOT.parts[-3:] == ("ansible_collections", "orkes", "conductor"):
        return str(ROOT.parents[2])
    place = Path(_SHARED.name) / "ansible_collections" / "orkes"
    if not place.exists():
        place.mkdir(parents=True)
        (place / "conductor").symlink_to(ROOT)
    return _SHARED.name


def environment_for_playbooks(callbacks: Path, enabled: str, collection: Path = ROOT, **more: str) -> dict[str, str]:
    """Return a clean environment for runs of ansible-playbook, which share what they pack and compile.

    Args:
        callbacks: Folder of the test's own callback plugins.
        enabled: Those of them that are enabled, separated by commas.
        collection: The collection, if it is not the checkout: what is packed is shared for each by itself.
        more: Further variables.
    """
    built = Path(_SHARED.name) / hashlib.sha256(str(collection).encode()).hexdigest()
    for kind in ("modules", "templates"):
        (built / kind).mkdir(parents=True, exist_ok=True)
    given = {
        "ANSIBLE_HOME": str(Path(_SHARED.name) / "home"),
        "ANSIBLE_LOCAL_TEMP": str(Path(_SHARED.name) / "temporary"),
        "ANSIBLE_COLLECTIONS_PATH": collections(),
        "ANSIBLE_CALLBACK_PLUGINS": f"{CALLBACKS}{os.pathsep}{callbacks}",
        "ANSIBLE_CALLBACKS_ENABLED": f"built_modules,{enabled}".rstrip(","),
        "BUILT_MODULES": str(built / "modules"),
        "BUILT_TEMPLATES": str(built / "templates"),
        "ANSIBLE_NOCOWS": "1",
    }
    return clean_environment(**{**given, **more})


@dataclass
class Run:
    """One run of a module.

    Attributes:
        status: Exit status.
        output: What it printed.
        errors: What it printed as errors.
        result: Its result.
    """

    status: int
    output: str
    errors: str
    result: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, status: int, output: str, errors: str) -> Run:
        """Return a run, whose output has to be one JSON object."""
        try:
            result = json.loads(output)
        except ValueError:
            raise AssertionError(f"no result: {status} {output!r} {errors!r}") from None
        return cls(status, output, errors, result)

    @property
    def failed(self) -> bool:
        """Whether the module failed."""
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether it says that something changed."""
        return bool(self.result.get("changed"))

    @property
    def message(self) -> str:
        """The error's text."""
        return str(self.result.get("msg", ""))

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Its changes as kind, name and action."""
        return [(change["kind"], change["name"], change["action"]) for change in self.result["changes"]]


def arguments_for(options: dict[str, Any], check: bool) -> dict[str, Any]:
    """Return what Ansible hands to a module."""
    return {**options, "_ansible_check_mode": check, "_ansible_diff": True, "_ansible_verbosity": 0}


class ModuleServer:
    """Starts modules by forking a process that has imported them already.

    Args:
        program: What to start: forking_server.py, or what serves in the same way.
    """

    def __init__(self, program: Path = SERVER) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        self._process = subprocess.Popen(
            [sys.executable, "-B", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=clean_environment(),
        )

    def run(self, module: str, options: dict[str, Any], environment: dict[str, str], check: bool = False) -> Run:
        """Run a module to its end."""
        return Run.read(**self._ask(module, options, environment, check))

    def kill(self, module: str, options: dict[str, Any], environment: dict[str, str], seconds: float) -> bool:
        """Run a module and kill it after some seconds; returns whether it still ran."""
        return bool(self._ask(module, options, environment, False, killed_after=seconds)["status"] == -signal.SIGKILL)

    def _ask(
        self, module: str, options: dict[str, Any], environment: dict[str, str], check: bool, **more: Any
    ) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"module": module, "arguments": arguments_for(options, check), "environment": environment, **more}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        ready = select.select([self._process.stdout], [], [], SECONDS)[0]
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"{module} did not end, or nothing runs modules: {self._errors.read().decode()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End it."""
        self._process.communicate(timeout=SECONDS)
        self._errors.close()


def run_alone(
    module: str, options: dict[str, Any], environment: dict[str, str], check: bool = False, *python: str
) -> Run:
    """Run a module in a Python process that is started for it."""
    with tempfile.TemporaryDirectory() as collections:
        place = Path(collections) / "ansible_collections" / "orkes"
        place.mkdir(parents=True)
        (place / "conductor").symlink_to(ROOT)
        path = os.pathsep.join([collections, *filter(None, [environment.get("PYTHONPATH")])])
        finished = subprocess.run(
            [
                *(python or (sys.executable,)),
                "-B",
                "-m",
                f"ansible_collections.orkes.conductor.plugins.modules.{module}",
            ],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments_for(options, check)}),
            env={**environment, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return Run.read(finished.returncode, finished.stdout, finished.stderr)
