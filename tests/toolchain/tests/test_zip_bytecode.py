# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is imported from a zip file is compiled once, and is always what the zip file holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.toolchain import zip_bytecode

PROGRAM = """
import builtins, sys
compile_source, compiled = builtins.compile, []
builtins.compile = lambda *words, **more: compiled.append(words[1]) or compile_source(*words, **more)
import zip_bytecode
sys.path.insert(0, sys.argv[1])
import payload
print(payload.WORD, sum(".zip" in str(name) for name in compiled), payload.where())
"""


class Imports:
    """Imports a module from a zip file, each time in a new interpreter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(zip_bytecode.__file__, folder)

    @property
    def kept(self) -> list[Path]:
        """Return the files that hold byte code."""
        return [path for path in self.folder.glob("zip_bytecode/*/*") if path.is_file()]

    def __call__(self, word: str, name: str = "payload.zip") -> list[str]:
        """Return the word that the module holds, how much was compiled, and the file that its code names."""
        file = self.folder / name
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("payload.py", f"WORD = {word!r}\ndef where():\n    return where.__code__.co_filename\n")
        command = [sys.executable, "-S", "-c", PROGRAM, str(file)]
        finished = subprocess.run(
            command, env={"PYTHONPATH": str(self.folder)}, capture_output=True, text=True, check=True
        )
        return finished.stdout.split()


@pytest.fixture
def imports(tmp_path):
    return Imports(tmp_path)


def test_it_is_compiled_once_wherever_the_zip_file_lies(imports, tmp_path):
    assert imports("first") == ["first", "1", str(tmp_path / "payload.zip" / "payload.py")]
    assert imports("first") == ["first", "0", str(tmp_path / "payload.zip" / "payload.py")]
    assert imports("first", "other.zip") == ["first", "0", str(tmp_path / "other.zip" / "payload.py")]


def test_another_source_is_another_code(imports):
    assert [imports(word)[:2] for word in ("first", "other", "first")] == [
        ["first", "1"],
        ["other", "1"],
        ["first", "0"],
    ]


@pytest.mark.parametrize("damage", [b"", b"i\x01\x00\x00\x00", b"nonsense"])
def test_damaged_code_is_compiled_anew(imports, damage):
    imports("first")
    (kept,) = imports.kept
    kept.write_bytes(damage)
    assert imports("first")[:2] == ["first", "1"]
    assert imports("first")[:2] == ["first", "0"]


def test_where_nothing_can_be_kept_everything_works(imports):
    (imports.folder / "zip_bytecode").write_text("no folder")
    for _time in range(2):
        word, compiled, _file = imports("first")
        assert (word, compiled == "0") == ("first", False)
