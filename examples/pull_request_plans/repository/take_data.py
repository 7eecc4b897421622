# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the data files of a commit, which may be a stranger's, and makes sure that they are data.

Nothing of the commit is checked out or run: files are read out of git, held against rules, and written to taken/ as
JSON, which is all that the inventory reads.

usage: python3 take_data.py COMMIT
"""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

MOST_BYTES = 1_000_000
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|HEAD")
FILE = re.compile(r"data/(?P<host>[a-z0-9][a-z0-9-]*)\.yml")
#: What a request may declare. No applications: their access keys are written to files of the machine.
KINDS = {"integrations", "groups"}
#: Options that decide where secrets come from or go to, at whatever depth.
NOT_FOR_REQUESTS = {
    "access_key", "api_key", "configuration", "env", "image", "secret_configuration", "secrets", "update_api_key"
}  # fmt: skip
TEMPLATE = re.compile(r"\{[{%#]")


class Loader(yaml.SafeLoader):
    """Reads data, and refuses what a reader may take for something else: a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """Return a mapping."""
        names = [key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) != len(set(names)):
            raise yaml.YAMLError(f"a key is there twice{node.start_mark}")
        return super().construct_mapping(node, deep)


def git(*arguments: str) -> bytes:
    """Return what git prints."""
    command = ["git", *arguments]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)  # noqa: S603 (no shell)
    if done.returncode:
        raise SystemExit(f"git {arguments[0]} failed: is the commit here?")
    return done.stdout


def files_of(commit: str) -> dict[str, bytes]:
    """Return the data files of a commit by the host that they are for."""
    found: dict[str, bytes] = {}
    for entry in git("ls-tree", "-r", "-z", "--full-tree", commit, "data/").split(b"\0"):
        if not entry:
            continue
        mode, kind, name, path = re.split(r"[ \t]", entry.decode("utf-8", "backslashreplace"), maxsplit=3)
        file = FILE.fullmatch(path)
        if not file or mode != "100644" or kind != "blob":
            raise SystemExit(f"{path!r} is no plain file such as data/production.yml")
        if int(git("cat-file", "-s", name)) > MOST_BYTES:
            raise SystemExit(f"{path} is larger than {MOST_BYTES} bytes")
        found[file["host"]] = git("cat-file", "blob", name)
    return found


def problems(value: object, where: str) -> list[str]:
    """Return what a value holds that a request may not say."""
    if isinstance(value, dict):
        found = [
            f"{where}: {key} is not for requests to say"
            for key in value
            if not isinstance(key, str) or key in NOT_FOR_REQUESTS or TEMPLATE.search(key)
        ]
        return found + [problem for key, part in value.items() for problem in problems(part, f"{where}.{key}")]
    if isinstance(value, list):
        return [problem for number, part in enumerate(value) for problem in problems(part, f"{where}[{number}]")]
    if isinstance(value, str) and TEMPLATE.search(value):
        return [f"{where}: a template is no data"]
    if isinstance(value, float) and not math.isfinite(value):
        return [f"{where}: this is no number"]
    if isinstance(value, str) and not value.isprintable() and value.encode("utf-8", "ignore").decode() != value:
        return [f"{where}: this is no text"]
    return [] if value is None or isinstance(value, (str, int, float, bool)) else [f"{where}: this is no plain value"]


def data_of(text: bytes, host: str) -> dict[str, object]:
    """Return what a file declares.

    Raises:
        SystemExit: It holds something else than data.
    """
    if b"&" in text or b"*" in text:
        # Aliases could make gigabytes of a few lines.
        raise SystemExit(f"{host}: & and * are not taken")
    try:
        data = yaml.load(text, Loader=Loader)  # noqa: S506 (it is a SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise SystemExit(f"{host}: {error}") from None
    except RecursionError:
        raise SystemExit(f"{host}: nested too deeply") from None
    if not isinstance(data, dict) or not set(data) <= KINDS:
        raise SystemExit(f"{host}: it may hold {' and '.join(sorted(KINDS))} alone")
    if not all(isinstance(entries, (list, type(None))) for entries in data.values()):
        raise SystemExit(f"{host}: {' and '.join(sorted(KINDS))} are lists")
    found = problems(data, host)
    if found:
        raise SystemExit("\n".join(found))
    return {kind: data.get(kind) or [] for kind in sorted(KINDS)}


def main(commit: str) -> None:
    """Take the data of a commit."""
    if not COMMIT.fullmatch(commit):
        raise SystemExit("usage: python3 take_data.py COMMIT, with the whole name of the commit")
    taken = {host: data_of(text, host) for host, text in files_of(commit).items()}
    folder = Path("taken")
    # What an earlier run has left is not of this commit.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for host, data in taken.items():
        (folder / f"{host}.json").write_text(json.dumps(data, indent=2))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
