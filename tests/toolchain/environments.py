# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments, built with uv and used again as long as nothing that they are made of has changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from tests.toolchain.interpreters import Interpreter, Version, spell
from tests.toolchain.outcomes import Absent
from tests.toolchain.package_index import parse_pip_configuration, uv_settings
from tests.toolchain.processes import Processes
from tests.toolchain.project import Project, ToolchainError
from tests.toolchain.scrub import environment_for_installing

# ansible-core's releases, the newest first, and the Pythons that each runs on, the preferred one first.
CORES: dict[str, tuple[Version, ...]] = {
    "2.21": ((3, 12), (3, 13), (3, 14)),
    "2.19": ((3, 11), (3, 12), (3, 13)),
    "2.16": ((3, 10), (3, 11), (3, 12)),
}
TOOLS: tuple[Version, ...] = ((3, 12), (3, 13), (3, 11), (3, 14))
OLDEST_TARGET: Version = (3, 9)

#: The collection that the set-up of AWX takes, out of the package ansible, which has many more.
AWX_COLLECTION = "ansible_collections/awx/awx/"

LOADED_AT_START = ("loopback_only", "zip_bytecode")
COMPLETE = "complete"
INSTALL_SECONDS = 900


class PythonAbsent(Absent):
    """None of the Pythons that an environment can be built on is on this machine."""

    def __init__(self, wanted: Sequence[Version]) -> None:
        super().__init__("no Python " + " or ".join(spell(version) for version in sorted(wanted)) + " found")


@dataclass(frozen=True)
class Recipe:
    """What an environment is made of."""

    pythons: tuple[Version, ...]
    requirements: tuple[Path, ...]
    lowest: bool = False
    loaded_at_start: tuple[str, ...] = LOADED_AT_START


@dataclass(frozen=True)
class Environment:
    """A virtual environment that is complete."""

    name: str
    folder: Path

    @property
    def bin(self) -> Path:
        """Return the folder of its commands."""
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.bin / "python"


def recipes(project: Project, newest_core: str) -> dict[str, Recipe]:
    """Return every environment that is used, by name."""

    def files(*names: str) -> tuple[Path, ...]:
        return tuple(project.requirements(name) for name in names)

    newest = CORES[newest_core]
    collection = project.root / "requirements.txt"
    sandbox = project.sandbox_source / "requirements.txt"
    core = f"core-{newest_core}"
    found = {f"core-{name}": Recipe(pythons, files(f"core-{name}", "testing")) for name, pythons in CORES.items()}
    found |= {
        # Where time is measured, modules take as long as on a machine without our help.
        "benchmark": Recipe(newest, (*files(core), collection), loaded_at_start=("loopback_only",)),
        "benchmark-tools": Recipe(TOOLS, files("benchmark")),
        "awx": Recipe(newest, (*files("awx", core, "testing"), sandbox)),
        "demo": Recipe(newest, (*files(core), collection)),
        "docs": Recipe(newest, files("docs", core)),
        "lint": Recipe(newest, files("lint", core)),
        "molecule": Recipe(newest, (*files("molecule", core), collection)),
        "sandbox": Recipe(TOOLS, (sandbox,)),
        "sandbox-tests": Recipe(TOOLS, (sandbox, *files("sandbox-tests"))),
        "sdk": Recipe(TOOLS, files("sdk")),
        "huggingface-hub-2.4": Recipe(TOOLS, files("huggingface-hub-2.4")),
        "huggingface-hub-0.36": Recipe(TOOLS, files("huggingface-hub-0.36")),
        "python-3.9": Recipe((OLDEST_TARGET,), files("core-2.15", "testing-3.9")),
        "target-3.9": Recipe((OLDEST_TARGET,), (collection,), lowest=True),
    }
    return found


def newest_core(interpreters: Mapping[Version, Interpreter]) -> str:
    """Return the newest ansible-core that a Python of this machine can run."""
    for name, pythons in CORES.items():
        if any(version in interpreters for version in pythons):
            return name
    raise PythonAbsent([version for pythons in CORES.values() for version in pythons])


class Environments:
    """Builds each environment at most once, when it is first asked for."""

    def __init__(
        self,
        project: Project,
        interpreters: Mapping[Version, Interpreter],
        environ: Mapping[str, str],
        processes: Processes,
        tell: Callable[[str], None],
    ) -> None:
        self.project = project
        self.interpreters = interpreters
        self.processes = processes
        self.tell = tell
        self.newest_core = newest_core(interpreters)
        self.recipes = recipes(project, self.newest_core)
        self._variables = environment_for_installing(environ)
        self._locks = {name: threading.Lock() for name in ("uv", "packages", "awx-collection", *self.recipes)}
        self._ready: dict[str, Environment] = {}

    def interpreter(self, pythons: Sequence[Version]) -> Interpreter:
        """Return the interpreter to build on."""
        for version in pythons:
            if version in self.interpreters:
                return self.interpreters[version]
        raise PythonAbsent(pythons)

    def get(self, name: str) -> Environment:
        """Return the environment, after building it if it is missing, outdated or half-built."""
        with self._locks[name]:
            if name not in self._ready:
                recipe = self.recipes[name]
                interpreter = self.interpreter(recipe.pythons)
                self._ready[name] = self._make(
                    name, self._stamp(interpreter, recipe), lambda folder: self._install(folder, interpreter, recipe)
                )
            return self._ready[name]

    def _make(self, name: str, stamp: str, build: Callable[[Path], None]) -> Environment:
        """Build unless the stamp says that it was done; another run in this checkout waits meanwhile."""
        environment = Environment(name, self.project.environments / name)
        locks = self.project.build / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / f"environment-{name}").open("w") as lock:
            flock(lock, LOCK_EX)
            marker = environment.folder / COMPLETE
            if marker.exists() and marker.read_text() == stamp and os.access(environment.python, os.X_OK):
                return environment
            began = time.monotonic()
            shutil.rmtree(environment.folder, ignore_errors=True)
            (self.project.logs / f"environment-{name}.log").unlink(missing_ok=True)
            environment.folder.parent.mkdir(parents=True, exist_ok=True)
            build(environment.folder)
            marker.write_text(stamp)
        self.tell(f"built environment {name} in {time.monotonic() - began:.0f} s")
        return environment

    def _stamp(self, interpreter: Interpreter, recipe: Recipe) -> str:
        """Return a hash over all that the environment is made of, this recipe's code included."""
        digest = hashlib.sha256()
        inputs = (*recipe.requirements, self.project.requirements("uv"), *self._loaded(recipe), Path(__file__))
        for path in inputs:
            digest.update(path.read_bytes() + b"\0")
        digest.update(f"{interpreter} {interpreter.path.resolve()} {recipe.lowest}".encode())
        return digest.hexdigest()

    def _loaded(self, recipe: Recipe) -> tuple[Path, ...]:
        """Return what the interpreter of an environment loads when it starts."""
        return tuple(self.project.toolchain / f"{name}.py" for name in recipe.loaded_at_start)

    def _uv(self) -> Environment:
        """Return the environment that holds uv, installed with pip."""
        with self._locks["uv"]:
            if "uv" not in self._ready:
                interpreter = self.interpreter(TOOLS)
                requirements = self.project.requirements("uv")

                def build(folder: Path) -> None:
                    self._install_step("uv", [str(interpreter.path), "-m", "venv", str(folder)], self._variables)
                    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(requirements)]
                    self._install_step("uv", pip, self._variables)

                self._ready["uv"] = self._make("uv", self._stamp(interpreter, Recipe(TOOLS, ())), build)
            return self._ready["uv"]

    def packages(self, *requirements: str) -> Path:
        """Return a folder with these packages, pure ones, which environments that others build link to and share."""
        name = "+".join(requirements)
        folder = self.project.build / "packages" / name
        uv = self._uv()
        with self._locks["packages"], (self.project.build / "locks" / "packages").open("w") as lock:
            flock(lock, LOCK_EX)
            if not folder.exists():
                unfinished = folder.with_name(f"{name}.unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                install = [str(uv.bin / "uv"), "pip", "install", "--quiet", "--no-deps", "--python", str(uv.python)]
                install += ["--target", str(unfinished), *requirements]
                self._install_step("packages", install, self._uv_variables())
                unfinished.rename(folder)
        return folder

    def awx_collection(self) -> Path:
        """Return a folder in which Ansible finds the collection awx.awx."""
        name = "awx-collection"
        with self._locks[name]:
            if name not in self._ready:
                requirements, interpreter = self.project.requirements(name), self.interpreter(TOOLS)
                uv = self._uv()

                def build(folder: Path) -> None:
                    create = [str(uv.bin / "uv"), "venv", "--quiet", "--no-project", "--python", str(interpreter.path)]
                    self._install_step(name, [*create, str(folder)], self._uv_variables())
                    download = [str(uv.python), "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
                    download += ["--dest", str(folder / "download"), "-r", str(requirements)]
                    self._install_step(name, download, self._variables)
                    (wheel,) = (folder / "download").iterdir()
                    with zipfile.ZipFile(wheel) as archive:
                        members = [member for member in archive.namelist() if member.startswith(AWX_COLLECTION)]
                        archive.extractall(folder / "collections", members)
                    wheel.unlink()

                self._ready[name] = self._make(name, self._stamp(interpreter, Recipe(TOOLS, (requirements,))), build)
            return self._ready[name].folder / "collections"

    def _uv_variables(self) -> dict[str, str]:
        """Return the variables for uv: the caller's, and what pip's configuration says."""
        pip = parse_pip_configuration(self.pip_configuration())
        return {**self._variables, **uv_settings(pip, self._variables)}

    def pip_configuration(self) -> list[str]:
        """Return the lines of ``pip config list``, as pip sees its configuration for the caller."""
        uv = self._uv()
        answer = subprocess.run(
            [str(uv.python), "-m", "pip", "config", "list"],
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.stdout.splitlines()

    def _install(self, folder: Path, interpreter: Interpreter, recipe: Recipe) -> None:
        """Create the environment, fill it, and close it to other hosts."""
        uv = str(self._uv().bin / "uv")
        variables = self._uv_variables()
        name, python = folder.name, str(folder / "bin" / "python")
        create = [uv, "venv", "--quiet", "--no-project", "--python", str(interpreter.path), str(folder)]
        self._install_step(name, create, variables)
        install = [uv, "pip", "install", "--quiet", "--python", python]
        install += ["--resolution", "lowest-direct"] if recipe.lowest else []
        for path in recipe.requirements:
            install += ["-r", str(path)]
        self._install_step(name, install, variables)
        packages = folder / "lib" / f"python{spell(interpreter.version)}" / "site-packages"
        for path in self._loaded(recipe):
            shutil.copyfile(path, packages / path.name)
            (packages / f"{path.stem}.pth").write_text(f"import {path.stem}\n")

    def _install_step(self, name: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
        log = self.project.logs / f"environment-{name}.log"
        finished = self.processes.run(
            command, folder=self.project.root, environment=variables, log=log, timeout=INSTALL_SECONDS
        )
        if finished.code:
            last = "\n".join(f"  {line}" for line in finished.output.strip().splitlines()[-12:])
            raise ToolchainError(f"the environment '{name}' could not be built: {finished}, see {log}\n{last}")
