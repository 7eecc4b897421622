# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of the checkout at the path that Ansible asks for: ``ansible_collections/orkes/conductor``.

All steps work on copies of one snapshot, so that each tests the same state, and none writes into the checkout. Every
copy is a git repository of its own: inside a folder that git ignores, ansible-test finds nothing to test and passes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.toolchain.project import Project, ToolchainError


@dataclass(frozen=True)
class Tree:
    """One copy."""

    collections: Path

    @property
    def root(self) -> Path:
        """Return the root of the collection."""
        return self.collections / "ansible_collections" / "orkes" / "conductor"


def files_of_checkout(root: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the files that git tracks or would take, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(
            command, cwd=root, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise ToolchainError("git is needed and was not found") from None
    if answer.returncode:
        raise ToolchainError(f"git cannot list this checkout: {answer.stderr.decode(errors='replace').strip()}")
    names = sorted({name for name in answer.stdout.decode().split("\0") if name})
    return [Path(name) for name in names if (root / name).is_symlink() or (root / name).is_file()]


class Trees:
    """Makes the snapshot once and a copy of it for each step."""

    def __init__(self, project: Project, folder: Path, environment: Mapping[str, str]) -> None:
        self._project = project
        self._folder = folder
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._snapshot: Path | None = None

    def copy(self, name: str) -> Tree:
        """Return a fresh copy of the snapshot."""
        snapshot = self.snapshot()
        tree = Tree(self._folder / name)
        shutil.rmtree(tree.collections, ignore_errors=True)
        shutil.copytree(snapshot, tree.root, symlinks=True)
        self._make_repository(tree)
        return tree

    def unpack(self, name: str, archive: Path) -> Tree:
        """Return a tree of what is in an archive, in the place of a copy of the snapshot."""
        tree = Tree(self._folder / name)
        shutil.rmtree(tree.collections, ignore_errors=True)
        shutil.unpack_archive(archive, tree.root)
        self._make_repository(tree)
        return tree

    def _make_repository(self, tree: Tree) -> None:
        subprocess.run(
            ["git", "-c", "init.defaultBranch=main", "init", "--quiet"],
            cwd=tree.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            check=True,
        )

    def snapshot(self) -> Path:
        """Return the folder that holds the checkout as it was when this was first asked for."""
        with self._lock:
            if self._snapshot is None:
                folder = self._folder / "snapshot"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                for path in files_of_checkout(self._project.root, self._environment):
                    target = folder / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    source = self._project.root / path
                    if source.is_symlink():
                        target.symlink_to(os.readlink(source))
                    else:
                        shutil.copy2(source, target)
                self._snapshot = folder
            return self._snapshot
