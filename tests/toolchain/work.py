# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step works with: environments, a copy of the checkout, a sandbox, commands in a clean environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.toolchain.environments import Environment, Environments
from tests.toolchain.interpreters import Interpreter, Version, find_interpreters, link_interpreters, search_path, spell
from tests.toolchain.outcomes import Absent, Outcome, StepFailure, last_lines
from tests.toolchain.processes import Finished, Processes
from tests.toolchain.project import Project
from tests.toolchain.sandboxes import Sandbox, running_sandbox
from tests.toolchain.scrub import environment_for_running
from tests.toolchain.trees import Tree, Trees

#: Most seconds for a command. The longest takes a third of it where nothing else runs.
COMMAND_SECONDS = 1800

Word = str | Path
"""A word of a command."""


class Workshop:
    """What all steps of a run share; runs for another purpose have files of their own."""

    def __init__(
        self,
        project: Project,
        environ: Mapping[str, str],
        processes: Processes,
        tell: Callable[[str], None],
        purpose: str = "test",
    ) -> None:
        self.project = project
        self.purpose = purpose
        self.environ = dict(environ)
        self.processes = processes
        self.tell = tell
        self.interpreters: dict[Version, Interpreter] = find_interpreters(environ)
        self.links = link_interpreters(self.interpreters, project.build / "interpreters")
        self.environments = Environments(project, self.interpreters, environ, processes, tell)
        self.trees = Trees(project, project.build / "trees" / purpose, self.variables("git"))

    @property
    def present(self) -> frozenset[str]:
        """Return the Pythons of this machine."""
        return frozenset(spell(version) for version in self.interpreters)

    @property
    def logs(self) -> Path:
        """Return the folder of the steps' logs."""
        return self.project.logs / self.purpose

    def home(self, name: str) -> Path:
        """Return a home folder for what runs, which stays from run to run."""
        folder = self.project.build / "home" / self.purpose / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def variables(
        self, home: str, environment: Environment | None = None, own: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Return the variables for a command: nothing of the caller's gets in but a short list of harmless ones."""
        path = [self.links, *search_path(self.environ)]
        if environment is not None:
            path.insert(0, environment.bin)
        cache = {"PYTHONPYCACHEPREFIX": str(self.project.build / "cache" / "bytecode")}
        return environment_for_running(self.environ, self.home(home), path, {**cache, **(own or {})})


@dataclass(frozen=True)
class Batch:
    """Does several steps at once.

    Attributes:
        name: What its log, its home and its copy of the checkout are called.
        run: Does those steps that were asked for, and tells the outcome of each, or what is absent, and its
            seconds, by its name.
    """

    name: str
    run: Callable[[Work, Sequence[Step]], Mapping[str, tuple[Outcome | Absent, float]]]


@dataclass(frozen=True)
class Step:
    """One row of the closing table."""

    name: str
    action: Callable[[Work], Outcome] | Batch
    """What does it: by itself, or together with others for less than each by itself."""
    seconds: int = 5
    """About how long it takes: long ones start first."""
    inputs: tuple[str, ...] = ()
    """Paths without which there is nothing to run."""
    core: str | None = None
    """The ansible-core that this step is about, if it is about one."""

    @property
    def group(self) -> str:
        """Return the name under which it runs: steps of one batch share one."""
        return self.action.name if isinstance(self.action, Batch) else self.name

    def missing(self, root: Path) -> list[str]:
        """Return the inputs that do not exist."""
        return [path for path in self.inputs if not (root / path).exists()]


@dataclass
class Work:
    """A step while it runs, or several that run as one."""

    name: str
    workshop: Workshop
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        """Begin a new log."""
        self.log = self.workshop.logs / f"{self.name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")
        self.sandbox_log.unlink(missing_ok=True)

    @property
    def sandbox_log(self) -> Path:
        """Return the log of the sandboxes of this step."""
        return self.log.with_suffix(".sandbox.log")

    def environment(self, name: str) -> Environment:
        """Return a virtual environment, built if need be."""
        return self.workshop.environments.get(name)

    @property
    def core(self) -> Environment:
        """Return the environment of the newest ansible-core that this machine can run."""
        return self.environment(f"core-{self.workshop.environments.newest_core}")

    def tree(self) -> Tree:
        """Return a fresh copy of the checkout that is this step's own."""
        return self.workshop.trees.copy(self.name)

    def unpacked(self, archive: Path) -> Tree:
        """Return what was built of this step's copy, in its place."""
        return self.workshop.trees.unpack(self.name, archive)

    @property
    def folder(self) -> Path:
        """Return a folder for files of this step, which stays from run to run."""
        folder = self.workshop.project.build / "work" / self.workshop.purpose / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def run(
        self,
        command: Sequence[Word],
        *,
        folder: Path,
        environment: Environment | None = None,
        own: Mapping[str, str] | None = None,
        home: str | None = None,
        timeout: float = COMMAND_SECONDS,
    ) -> Finished:
        """Run a command with a clean environment; what it prints goes to the log."""
        words = [str(word) for word in command]
        if environment is not None and os.sep not in words[0]:
            words[0] = str(environment.bin / words[0])
        variables = self.workshop.variables(home or self.name, environment, own)
        return self.workshop.processes.run(words, folder=folder, environment=variables, log=self.log, timeout=timeout)

    def must(self, command: Sequence[Word], **options: object) -> Finished:
        """Run a command that has to succeed."""
        finished = self.run(command, **options)  # type: ignore[arg-type]
        if finished.code or finished.timed_out:
            raise StepFailure(f"{finished}\n{last_lines(finished.output)}")
        return finished

    @contextmanager
    def sandbox(self, source: Path, options: Sequence[str] = ()) -> Iterator[Sandbox]:
        """Serve a sandbox for the time of the block."""
        with running_sandbox(
            self.workshop.processes,
            python=self.environment("sandbox").python,
            source=source,
            environment=self.workshop.variables(self.name),
            log=self.sandbox_log,
            options=options,
        ) as sandbox:
            yield sandbox
