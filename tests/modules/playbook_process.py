# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook, each time in a process of its own, without the cost of importing Ansible again.

Started as a script it reads one request a line, JSON with words, environment and folder, and forks a process for each,
which does what the command does. It answers with one line: status and output.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import inspect
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).with_name("ansible-playbook")
COLLECTION = "ansible_collections/orkes/conductor"


class Started:
    """A run of ansible-playbook that was started; nothing else is started with the same settings before its end."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return bool(select.select([self._answers], [], [], 0)[0])

    def ended(self) -> tuple[int, str]:
        """Wait for its end; returns its status, and all that it printed."""
        answer = json.loads(self._answers.readline())
        return answer["status"], answer["output"]


class Playbooks:
    """Starts runs of ansible-playbook by forking processes that have imported Ansible already.

    Ansible reads its settings while it is imported, so there is one process for each set of settings. Modules that are
    piped to Ansible's own Python are forked, too, from a process that has imported what they import of others.
    """

    def __init__(self) -> None:
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="modules-")
        self._socket = str(Path(self._folder.name) / "starter")
        self._modules = subprocess.Popen(
            [sys.executable, str(HERE / "module_starter.py"), self._socket],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
        )
        assert self._modules.stdout is not None
        assert self._modules.stdout.read(1) == b"\n", "what starts modules has not started"

    @property
    def handing_over(self) -> dict[str, str]:
        """Environment variables of a run whose modules are to be forked."""
        return {"PYTHONPATH": str(HERE / "handing_over"), "MODULE_STARTER": self._socket}

    def run(
        self, words: Sequence[str | Path], *, environment: Mapping[str, str], folder: Path, timeout: int
    ) -> tuple[int, str]:
        """Run ansible-playbook to its end.

        Args:
            words: What follows the command.
            environment: All of its environment variables.
            folder: Where it runs.
            timeout: Most seconds, a whole number.

        Returns:
            Its status, and all that it printed.

        Raises:
            AssertionError: It did not end in time.
        """
        status, output = self.start(words, environment=environment, folder=folder, timeout=timeout).ended()
        assert status != -signal.SIGKILL, f"it did not end within {timeout} s: {output}"
        return status, output

    def start(
        self, words: Sequence[str | Path], *, environment: Mapping[str, str], folder: Path, timeout: int,
        output: Path | None = None,
    ) -> Started:  # fmt: skip
        """Start a run of ansible-playbook, which ends by itself or with kill().

        Args:
            words: What follows the command.
            environment: All of its environment variables.
            folder: Where it runs.
            timeout: Most seconds, a whole number; then it is killed.
            output: A file for what it prints.

        Returns:
            The run.
        """
        # Of other variables, which tests choose, nothing is read before a run begins.
        settings = {name: value for name, value in environment.items() if name.startswith("ANSIBLE_") or name in KEPT}
        process = self._process(settings)
        assert process.stdin is not None
        assert process.stdout is not None
        request = {
            "words": [str(word) for word in words],
            "environment": {**environment, **self.handing_over},
            "folder": str(folder),
            "timeout": timeout,
            "output": str(output) if output else None,
        }
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        return Started(process.stdout)

    def kill(self) -> None:
        """Kill all processes of all runs; those that are stopped first start no others meanwhile."""
        # A module that was handed over and not begun is left out once nobody waits for it.
        self._modules.send_signal(signal.SIGSTOP)
        parents = {self._modules.pid, *(process.pid for process in self._started.values())}
        stopped: set[int] = set()
        while stopped != (found := descendants(parents)):
            for process in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGSTOP)
            stopped = found
        for process in stopped:
            os.kill(process, signal.SIGKILL)
        self._modules.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + 20
        while descendants(parents):
            assert time.monotonic() < deadline, "processes of the run stay"
            time.sleep(0.01)

    def _process(self, settings: dict[str, str]) -> subprocess.Popen[bytes]:
        key = json.dumps(settings, sort_keys=True)
        if key not in self._started:
            self._started[key] = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=settings,
            )
        return self._started[key]

    def stop(self) -> int:
        """End what was started; returns how many modules were forked."""
        for process in self._started.values():
            process.communicate()
        self._started.clear()
        self._modules.terminate()
        started = self._modules.communicate()[0]
        self._folder.cleanup()
        return len(started)


def descendants(parents: set[int]) -> set[int]:
    """Return the processes that these started and those started; Ansible gives its workers sessions of their own."""
    children: dict[int, list[int]] = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, parent = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(process))
    found: set[int] = set()
    ahead = list(parents)
    while ahead:
        of_one = children.get(ahead.pop(), [])
        found.update(of_one)
        ahead += of_one
    return found


#: What Python and Ansible read of the environment besides ANSIBLE_*.
KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")


def become_a_run(request: Mapping[str, Any], output: int) -> None:
    """Make this process, just forked, what a start of the command would have made of it, but for its imports."""
    import atexit

    from ansible import constants
    from ansible.utils.path import cleanup_tmp_file

    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # The folder for temporary files, the one thing that settings make when they are read, is each run's own.
    atexit.unregister(cleanup_tmp_file)
    parent, name = os.path.split(constants.DEFAULT_LOCAL_TMP)
    constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(prefix=f"{name}-", dir=parent)
    atexit.register(cleanup_tmp_file, constants.DEFAULT_LOCAL_TMP, warn=True)
    sys.argv = [str(COMMAND), *request["words"]]
    # No run lasts long enough for it.
    gc.disable()


#: What a run imports when it has begun.
IMPORTED = (
    "_ssl",
    *(f"ansible.playbook.{name}" for name in (
        "handler", "handler_task_include", "included_file", "role.include", "role_include", "task_include"
    )),
    *(f"ansible.plugins.{name}" for name in (
        "become.su", "become.sudo", "cache.memory", "callback.default", "callback.junit", "callback.minimal",
        "callback.oneline", "callback.tree", "connection.local", "connection.psrp", "connection.ssh",
        "connection.winrm", "inventory.auto", "inventory.host_list", "inventory.ini", "inventory.script",
        "inventory.toml", "inventory.yaml", "shell.cmd", "shell.powershell", "shell.sh", "strategy.linear",
        "vars.host_group_vars",
    )),
    *(f"ansible.utils.{name}" for name in ("encrypt", "hashing", "shlex", "unicode", "unsafe_proxy", "version")),
)  # fmt: skip
#: How often a play imports the role at most; each time Ansible copies all of its argument specifications.
IMPORTS = 4


def read_ahead() -> None:
    """Import and parse what each run would by itself; what was parsed is handed out once, as if it had just been."""
    import ansible
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins import loader as plugins
    from ansible.utils.collection_loader import _collection_finder

    for name in IMPORTED:
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            kind, _dot, plugin = name.removeprefix("ansible.plugins.").partition(".")
            if loader := getattr(plugins, f"{kind}_loader", None):
                # Reads the plugin's documentation, which says what settings it has.
                loader._load_config_defs(plugin, module, module.__file__)
    load: Any = DataLoader.load_from_file
    ways = {"trusted_as_template": True} if "trusted_as_template" in inspect.signature(load).parameters else {}
    kept: dict[str, list[Any]] = {}

    def load_from_file(loader: Any, file_name: str, *arguments: Any, **keywords: Any) -> Any:
        copies = kept.get(loader.path_dwim(file_name)) if not arguments and keywords == ways else None
        return copies.pop() if copies else load(loader, file_name, *arguments, **keywords)

    collection = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"].partition(os.pathsep)[0]) / COLLECTION
    for pattern in ("playbooks/*.yml", "roles/hf_setup/*/*.yml"):
        for file in collection.glob(pattern):
            loader, path = DataLoader(), str(file)
            times = IMPORTS if file.stem in ("argument_specs", "main") else 1
            kept[path] = [load(loader, path, **ways) for _time in range(times)]
    DataLoader.load_from_file = load_from_file  # type: ignore[method-assign]

    routes = functools.cache(_collection_finder._meta_yml_to_dict)
    of_ansible = Path(ansible.__file__).parent / "config" / "ansible_builtin_runtime.yml"
    for name, file in (("ansible.builtin", of_ansible), ("orkes.conductor", collection / "meta" / "runtime.yml")):
        routes(file.read_bytes(), (name, "runtime.yml"))
    _collection_finder._meta_yml_to_dict = routes


def serve(answers: TextIO) -> None:
    """Fork a run for each request, until there are no more."""
    from ansible.cli.playbook import main

    for number, line in enumerate(sys.stdin):
        # One run alone would not make up for it.
        if number == 1:
            read_ahead()
        if number < 2:
            # Otherwise the first collection of garbage in each process copies all that was imported.
            gc.collect()
            gc.freeze()
        request = json.loads(line)
        with open(request["output"], "w+b") if request["output"] else tempfile.TemporaryFile() as output:
            child = os.fork()
            if not child:
                answers.close()
                become_a_run(request, output.fileno())
                sys.exit(main())
            signal.signal(signal.SIGALRM, lambda *_signal, child=child: os.kill(child, signal.SIGKILL))
            signal.alarm(request["timeout"])
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            signal.alarm(0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            output.seek(0)
            text = output.read().decode(errors="replace")
        answers.write(json.dumps({"status": status, "output": text}) + "\n")
        answers.flush()


if __name__ == "__main__":
    # What is forked prints to its own file, and so never meets the answers.
    serve(os.fdopen(os.dup(1), "w"))
