# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find Python interpreters that really run.

The launchers ("shims") of version managers are left out on purpose: they exist for every version, run only the
selected one, and exit with 127 for the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, int]

KNOWN_VERSIONS: tuple[Version, ...] = tuple((3, minor) for minor in range(9, 15))

# Prints nothing unless the interpreter is a real one (not a virtual environment) with all that is needed of it.
PROBE = """
import ensurepip, sqlite3, ssl, sys, venv
if sys.prefix == sys.base_prefix:
    print("%d.%d" % sys.version_info[:2])
"""


def spell(version: Version) -> str:
    """Return a version the way people write it."""
    return f"{version[0]}.{version[1]}"


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter that was seen to run."""

    version: Version
    path: Path

    def __str__(self) -> str:
        """Return a short description."""
        return f"Python {spell(self.version)} ({self.path})"


def search_path(environ: Mapping[str, str]) -> list[Path]:
    """Return the folders of PATH, without launchers of version managers and without an active virtual environment."""
    folders: list[Path] = []
    for entry in environ.get("PATH", os.defpath).split(os.pathsep):
        folder = Path(entry)
        in_environment = (folder.parent / "pyvenv.cfg").exists()
        if entry and folder.is_absolute() and folder.name != "shims" and not in_environment and folder not in folders:
            folders.append(folder)
    return folders


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    """Order the folders of a version manager so that later patch releases come first."""

    def numbers(folder: Path) -> list[int]:
        digits = "".join(character if character.isdigit() else " " for character in str(folder))
        return [int(number) for number in digits.split()]

    return sorted(folders, key=numbers, reverse=True)


def candidate_folders(environ: Mapping[str, str]) -> list[Path]:
    """Return every folder in which an interpreter may be found, the preferred ones first."""
    home = Path(environ.get("HOME", "/nonexistent"))
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local" / "share" / "uv" / "python")
    folders = search_path(environ)
    folders += _newest_first(pyenv.glob("versions/3.*/bin"))
    folders += _newest_first(uv.glob("cpython-3.*/bin"))
    folders += _newest_first(Path("/opt/hostedtoolcache/Python").glob("3.*/*/bin"))
    folders += [Path("/usr/local/bin"), Path("/opt/homebrew/bin"), Path("/usr/bin")]
    return list(dict.fromkeys(folders))


def probe(path: Path) -> Version | None:
    """Run an interpreter and return its version, or nothing if it is of no use."""
    try:
        answer = subprocess.run(
            [str(path), "-I", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    major, dot, minor = answer.stdout.strip().partition(".")
    if answer.returncode or not (dot and major.isdigit() and minor.isdigit()):
        return None
    return int(major), int(minor)


def _candidates(version: Version, folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that may be an interpreter of this version."""
    for folder in folders:
        path = folder / f"python{spell(version)}"
        if os.access(path, os.X_OK):
            yield path


def find_interpreters(environ: Mapping[str, str]) -> dict[Version, Interpreter]:
    """Return one working interpreter for each known version that is present."""
    folders = candidate_folders(environ)
    found: dict[Version, Interpreter] = {}
    for version in KNOWN_VERSIONS:
        for path in _candidates(version, folders):
            if probe(path) == version:
                found[version] = Interpreter(version, path)
                break
    own_path = Path(getattr(sys, "_base_executable", "") or sys.executable)
    own_version = sys.version_info[:2]
    if own_version not in found and probe(own_path) == own_version:
        found[own_version] = Interpreter(own_version, own_path)
    return found


def link_interpreters(interpreters: Mapping[Version, Interpreter], folder: Path) -> Path:
    """Fill a folder with links to the interpreters, to be put on a PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for version in KNOWN_VERSIONS:
        link = folder / f"python{spell(version)}"
        interpreter = interpreters.get(version)
        if link.is_symlink() and (interpreter is None or Path(os.readlink(link)) != interpreter.path):
            link.unlink()
        if interpreter is not None and not link.is_symlink():
            link.symlink_to(interpreter.path)
    return folder
