# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who takes part: what each is started with, for each work."""

from __future__ import annotations

import abc
import json
import os
import resource
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import floor_play
from cluster import KEY, SECRET, now
from estates import Estate, part_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONCURRENCY = 10

#: What a command may take at most, whatever the estate.
SECONDS = 600

#: The works, in the order in which they are done on one cluster.
WORKS = ("fresh", "no change", "check mode", "1 % changed", "teardown")
#: The same in the words of the scripts.
VERBS = {"fresh": "apply", "no change": "apply", "check mode": "check", "1 % changed": "apply", "teardown": "teardown"}


@dataclass(frozen=True)
class Tools:
    """What contenders run in.

    Attributes:
        ansible: Folder of the commands of ansible-core.
        sdk: Interpreter that has the vendor's SDK.
        bare: Interpreter that has aiohttp.
        collections: Folder in which Ansible finds the collection.
        folder: Where files are written.
        variables: Environment of every process.
    """

    ansible: Path
    sdk: Path
    bare: Path
    collections: Path
    folder: Path
    variables: Mapping[str, str]


@dataclass
class Measured:
    """What one run has taken.

    Attributes:
        wall: Seconds.
        processor: Seconds of processor time, of all processes of the contender.
        output: Bytes that were printed.
        counts: Tasks and modules, of ansible-playbook.
        peaks: Most memory of each module of the collection, in MiB.
    """

    wall: float = 0.0
    processor: float = 0.0
    output: int = 0
    counts: dict[str, Any] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)

    def add(self, other: Measured) -> None:
        """Take in a further part of the run."""
        self.wall += other.wall
        self.processor += other.processor
        self.output += other.output


def measured(command: list[Any], variables: Mapping[str, str], folder: Path, seconds: float = SECONDS) -> Measured:
    """Run a command, which has to succeed, and within some time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = now()
    finished = subprocess.run(
        [str(word) for word in command],
        env=dict(variables),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    wall = now() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if finished.returncode:
        raise RuntimeError(
            f"{command} ended with {finished.returncode}\n{finished.stdout[-3000:]}{finished.stderr[-3000:]}"
        )
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, processor, len(finished.stdout.encode()))


class Contender(abc.ABC):
    """One way to do the work.

    Args:
        tools: What it runs in.
        estate: What it is to set up.
        url: The cluster.
    """

    name: str
    #: Whether it only takes part once.
    slow = False
    #: Of which estates it only sets up a part, by what they are divided.
    parts: ClassVar[Mapping[str, int]] = {}
    #: What an object may take at most: several times what it does take.
    seconds_an_object = 0.1

    def __init__(self, tools: Tools, estate: Estate, url: str) -> None:
        self.tools = tools
        self.estate = part_of(estate, self.parts.get(estate.name, 1))
        self.url = url

    @property
    def patience(self) -> float:
        """How many seconds it may take for one work; who takes longer hangs."""
        return SECONDS + self.seconds_an_object * self.estate.objects

    @abc.abstractmethod
    def run(self, work: str, modules: list[str]) -> Measured:
        """Do one work.

        Args:
            work: One of WORKS.
            modules: The modules that the role has called for it.
        """


class _Playbook(Contender):
    """A contender that is a playbook."""

    def play(self, playbook: str | Path, *options: str, more: Mapping[str, Any] | None = None) -> Measured:
        """Run a playbook on the estate's inventory."""
        folder = self.tools.folder
        inventory = folder / "inventory.json"
        host = {
            "hf_setup_server_url": self.url,
            "hf_setup_auth_key": KEY,
            "hf_setup_auth_secret": SECRET,
            "hf_setup_concurrency": CONCURRENCY,
            **self.estate.role_variables(),
            **(more or {}),
        }
        inventory.write_text(json.dumps({"all": {"hosts": {"cluster": host}}}))
        counts = folder / "counts.json"
        counts.unlink(missing_ok=True)
        peaks = folder / "peaks.jsonl"
        peaks.write_text("")
        variables = {
            **self.tools.variables,
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "count_tasks",
            "ANSIBLE_COLLECTIONS_PATH": f"{self.tools.collections}{os.pathsep}{folder / 'floor'}",
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_PIPELINING": "true",
            "BENCHMARK_COUNTS": str(counts),
            "BENCHMARK_PEAKS": str(peaks),
            "PYTHONPATH": str(HERE / "peak"),
        }
        command = [self.tools.ansible / "ansible-playbook", "-i", inventory, playbook, *options]
        found = measured(command, variables, folder, self.patience)
        found.counts = json.loads(counts.read_text())
        for line in peaks.read_text().splitlines():
            row = json.loads(line)
            found.peaks[row["module"]] = max(found.peaks.get(row["module"], 0), row["peak"])
        return found


class Role(_Playbook):
    """The role of this collection."""

    name = "role"

    def run(self, work: str, modules: list[str]) -> Measured:
        """Do one work."""
        if work == "teardown":
            return self.play("orkes.conductor.teardown", "-e", "hf_setup_confirm_teardown=true")
        return self.play("orkes.conductor.site", *(["--check"] if work == "check mode" else []))


class Uri(_Playbook):
    """A playbook of ansible.builtin.uri."""

    name = "uri playbook"
    slow = True
    parts: ClassVar[Mapping[str, int]] = {"medium": 10, "large": 100}
    seconds_an_object = 2

    def run(self, work: str, modules: list[str]) -> Measured:
        """Do one work."""
        playbook = "uri_teardown.yml" if work == "teardown" else "uri_site.yml"
        return self.play(HERE / "playbooks" / playbook, *(["--check"] if work == "check mode" else []))


class _Sdk(Contender):
    """A script on the vendor's SDK."""

    threads: int

    def run(self, work: str, modules: list[str]) -> Measured:
        """Do one work."""
        command = [self.tools.sdk, HERE / "apply_sdk.py", self.url, self.estate.name, VERBS[work], self.threads]
        return measured(command, self.tools.variables, self.tools.folder, self.patience)


class SdkOneThread(_Sdk):
    """The script, one request at a time."""

    name = "SDK, 1 thread"
    threads = 1
    parts: ClassVar[Mapping[str, int]] = {"large": 10}
    seconds_an_object = 0.2


class SdkTenThreads(_Sdk):
    """The script, ten requests at a time."""

    name = "SDK, 10 threads"
    threads = CONCURRENCY


class Floor(_Playbook):
    """A bare client, and a play of modules that do nothing."""

    name = "floor"

    def run(self, work: str, modules: list[str]) -> Measured:
        """Do one work."""
        collection = self.tools.folder / "floor"
        if not collection.exists():
            variables = {**self.tools.variables, "PYTHONPATH": str(self.tools.collections)}
            command = [self.tools.ansible / "python", HERE / "floor_play.py", ROOT, collection]
            measured(command, variables, self.tools.folder)
        playbook = self.tools.folder / "floor.json"
        play = {
            "hosts": "all",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "roles": [{"role": "orkes.floor.hf_setup"}],
            "tasks": floor_play.tasks(modules),
        }
        playbook.write_text(json.dumps([play]))
        bare: list[Any] = [
            self.tools.bare,
            HERE / "apply_bare.py",
            self.url,
            self.estate.name,
            VERBS[work],
            CONCURRENCY,
        ]
        found = measured(bare, self.tools.variables, self.tools.folder, self.patience)
        played = self.play(playbook, more=self._lists())
        found.counts = {**played.counts, "bare": found.wall, "play": played.wall}
        found.add(played)
        return found

    def _lists(self) -> dict[str, Any]:
        """Return the lists that the modules get."""
        variables = self.estate.role_variables()
        return {
            "floor_integrations": [
                {key: value for key, value in entry.items() if key != "models"}
                for entry in variables["hf_setup_integrations"]
            ],
            "floor_models": [
                {"integration": entry["name"], "api_key": entry["api_key"], **model}
                for entry in variables["hf_setup_integrations"]
                for model in entry["models"]
            ],
            "floor_groups": [
                {key: value for key, value in entry.items() if key != "permissions"}
                for entry in variables["hf_setup_groups"]
            ],
            "floor_grants": [
                {
                    "groups": [entry["name"]],
                    "integrations": [permission["integration"]],
                    "models": [f"{permission['integration']}:{model}" for model in permission["models"]],
                    "access": permission["access"],
                }
                for entry in variables["hf_setup_groups"]
                for permission in entry["permissions"]
            ],
        }


#: The role comes first: the floor has to know which modules it calls.
CONTENDERS: tuple[type[Contender], ...] = (Role, Floor, SdkTenThreads, SdkOneThread, Uri)
