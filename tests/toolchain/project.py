# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are: the checkout, and the folder in it that holds all that is generated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path


class ToolchainError(Exception):
    """Something that the reader has to mend; the message says what."""


@dataclass(frozen=True)
class Project:
    """The folders of one checkout."""

    root: Path

    @classmethod
    def here(cls) -> Project:
        """Return the checkout that this file belongs to."""
        return cls(Path(__file__).resolve().parents[2])

    @property
    def build(self) -> Path:
        """Return the folder for everything that is generated; git ignores it and ``make clean`` removes it."""
        return self.root / ".build"

    @property
    def logs(self) -> Path:
        """Return the folder of log files."""
        return self.build / "logs"

    @property
    def environments(self) -> Path:
        """Return the folder of virtual environments."""
        return self.build / "environments"

    @property
    def toolchain(self) -> Path:
        """Return the folder of this package."""
        return self.root / "tests" / "toolchain"

    @property
    def sandbox_source(self) -> Path:
        """Return the folder that holds the sandbox server's package."""
        return self.root / "roles" / "sandbox" / "files"

    def requirements(self, name: str) -> Path:
        """Return the requirements file called ``name`` of this package."""
        return self.toolchain / "requirements" / f"{name}.txt"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lock ``name``, so that two runs in one checkout do not write over each other."""
        folder = self.build / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w") as handle:
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise ToolchainError(f"another 'make {name}' is running in this checkout; wait for it to end") from None
            yield
