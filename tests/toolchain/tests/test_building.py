# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments are built once and mended; copies of the checkout hold what git would take; processes end."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from tests.toolchain import __main__ as entry
from tests.toolchain import pip_bootstrap
from tests.toolchain.environments import CORES, LOADED_AT_START, Environments, PythonAbsent, newest_core
from tests.toolchain.interpreters import Interpreter, find_interpreters
from tests.toolchain.processes import Interrupted, Processes
from tests.toolchain.project import Project, ToolchainError
from tests.toolchain.trees import Trees

HERE = Project.here()


def project_in(folder: Path) -> Project:
    """Make as much of a project as environments need."""
    project = Project(folder)
    for path in HERE.toolchain.glob("requirements/*.txt"):
        target = project.requirements(path.stem)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    for name in LOADED_AT_START:
        (project.toolchain / f"{name}.py").write_text("")
    project.sandbox_source.mkdir(parents=True)
    (project.sandbox_source / "requirements.txt").write_text("fastapi\n")
    (project.root / "requirements.txt").write_text("requests\n")
    return project


class Builder:
    """Environments that note how often they are built instead of installing anything."""

    def __init__(self, project, monkeypatch):
        self.project = project
        self.built = []
        self.fail = False
        monkeypatch.setattr(Environments, "_install", self._install)

    def _install(self, folder, interpreter, recipe):
        self.built.append(folder.name)
        (folder / "bin").mkdir(parents=True)
        if self.fail:
            raise ToolchainError("no network")
        (folder / "bin" / "python").symlink_to(sys.executable)

    def get(self, name):
        python = Path(sys.executable)
        interpreters = {version: Interpreter(version, python) for version in ((3, 9), (3, 11), (3, 12))}
        return Environments(self.project, interpreters, {}, Processes(), lambda _line: None).get(name)


@pytest.fixture
def builder(tmp_path, monkeypatch):
    return Builder(project_in(tmp_path), monkeypatch)


def test_an_environment_is_used_again(builder):
    assert builder.get("core-2.21").python == builder.get("core-2.21").python
    assert builder.built == ["core-2.21"]


def test_changed_requirements_build_it_anew(builder):
    builder.get("core-2.21")
    with builder.project.requirements("testing").open("a") as file:
        file.write("more\n")
    builder.get("core-2.21")
    builder.get("docs")
    assert builder.built == ["core-2.21", "core-2.21", "docs"]


def test_a_half_built_environment_is_built_anew(builder):
    builder.fail = True
    with pytest.raises(ToolchainError):
        builder.get("core-2.21")
    builder.fail = False
    builder.get("core-2.21")
    assert builder.built == ["core-2.21", "core-2.21"]


def test_an_environment_whose_python_is_gone_is_built_anew(builder):
    builder.get("core-2.21").python.unlink()
    builder.get("core-2.21")
    assert builder.built == ["core-2.21", "core-2.21"]


def test_a_core_without_its_python_says_so(builder):
    with pytest.raises(PythonAbsent, match=r"^no Python 3\.14 found$"):
        Environments(
            builder.project, {(3, 12): Interpreter((3, 12), Path(sys.executable))}, {}, Processes(), print
        ).interpreter([(3, 14)])


def test_the_newest_core_that_runs_here_is_taken():
    def only(*version):
        return {version: Interpreter(version, Path("/x"))}

    assert newest_core(only(3, 11)) == "2.19"
    assert newest_core({**only(3, 11), **only(3, 13)}) == "2.21"
    with pytest.raises(PythonAbsent):
        newest_core(only(3, 9))
    assert [float(name) for name in CORES] == sorted((float(name) for name in CORES), reverse=True)


def test_every_pinned_requirement_is_exact():
    for path in HERE.toolchain.glob("requirements/*.txt"):
        for line in path.read_text().splitlines():
            assert not line or line.startswith("#") or "==" in line, f"{path.name}: {line}"


def test_launchers_of_version_managers_are_not_taken_for_interpreters(tmp_path):
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python3.12").write_text("#!/bin/sh\nexit 127\n")
    (shims / "python3.12").chmod(0o755)
    found = find_interpreters({"PATH": str(shims), "HOME": str(tmp_path)})
    assert all(interpreter.path.parent != shims for interpreter in found.values())


def git(folder, *words):
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_copy_holds_what_git_would_take_and_is_a_repository_of_its_own(tmp_path):
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "-q")
    (root / ".gitignore").write_text("/.build/\n*.pyc\n")
    for name in ("tracked.txt", "removed.txt"):
        (root / name).write_text(name)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    (root / "removed.txt").unlink()
    (root / "fresh.txt").write_text("not added yet")
    (root / "ignored.pyc").touch()
    (root / "link").symlink_to("tracked.txt")
    trees = Trees(Project(root), root / ".build" / "trees", dict(os.environ))
    tree = trees.copy("one")
    names = {path.name for path in tree.root.iterdir()}
    assert names == {".git", ".gitignore", "fresh.txt", "link", "tracked.txt"}
    assert (tree.root / "link").is_symlink()
    assert tree.root.parts[-3:] == ("ansible_collections", "orkes", "conductor")
    assert git(tree.root, "rev-parse", "--show-toplevel").strip() == str(tree.root)
    (root / "later.txt").touch()
    assert not (trees.copy("two").root / "later.txt").exists(), "all steps test the same state"


def ends(pid: int) -> bool:
    """Return whether this process ends by itself within a moment: a signal takes its time on a busy machine."""
    until = time.monotonic() + 10
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)


def alive(pid: int) -> bool:
    """Return whether this process runs; one that ended and was not waited for does not."""
    if Path("/proc/self/stat").exists():
        status = Path(f"/proc/{pid}/stat")
        state = status.read_text().rpartition(")")[2].strip() if status.exists() else ""
    else:
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path):
    program = "sleep 60 & echo $! > child; wait"
    finished = Processes().run(
        ["sh", "-c", program], folder=tmp_path, environment=dict(os.environ), log=tmp_path / "log", timeout=1
    )
    assert finished.timed_out
    assert "took too long" in str(finished)
    assert ends(int((tmp_path / "child").read_text()))


def test_what_a_command_leaves_behind_is_ended(tmp_path):
    program = "sleep 60 > /dev/null 2>&1 & echo $! > child"
    Processes().run(
        ["sh", "-c", program], folder=tmp_path, environment=dict(os.environ), log=tmp_path / "log", timeout=9
    )
    assert ends(int((tmp_path / "child").read_text()))


def test_nothing_starts_after_the_stop(tmp_path):
    processes = Processes()
    processes.stop_all()
    with pytest.raises(Interrupted):
        processes.run(["true"], folder=tmp_path, environment={}, log=tmp_path / "log", timeout=9)


def test_two_runs_do_not_write_over_each_other(tmp_path):
    one, other = Project(tmp_path).locked("test"), Project(tmp_path).locked("test")
    with one, pytest.raises(ToolchainError, match="another 'make test' is running"), other:
        pass


def test_an_old_python_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(entry.sys, "version_info", (3, 9, 18, "final", 0))
    assert entry.complaint().startswith("Python 3.11 or newer is needed, and ")
    ast.parse(Path(entry.__file__).read_text(), feature_version=(3, 7))


def test_a_python_without_venv_gets_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "lacks the module 'ensurepip'" in entry.complaint()
    monkeypatch.undo()
    assert entry.complaint() is None


def test_environments_of_others_link_to_what_lies_beside_the_script_that_brings_pip(tmp_path, monkeypatch):
    beside, packages = tmp_path / "pip_1_2", tmp_path / "packages"
    for folder in (beside / "pip", beside / "pip-1.2.dist-info", beside / "bin", packages):
        folder.mkdir(parents=True)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(packages))
    monkeypatch.setenv("GET_PIP", str(tmp_path / "get_pip_1_2.py"))
    monkeypatch.setattr(sys, "argv", ["script", "--disable-pip-version-check", "pip==1.2", "--no-wheel"])
    pip_bootstrap.main()
    assert {path.name: path.resolve() for path in packages.iterdir()} == {
        name: beside / name for name in ("pip", "pip-1.2.dist-info")
    }
    for path in packages.iterdir():
        path.unlink()
    sys.argv.append("setuptools==3")
    with pytest.raises(SystemExit, match=r"has no setuptools==3"):
        pip_bootstrap.main()
