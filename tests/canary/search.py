# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks for secrets in whatever a run leaves: texts, files and the arguments of processes."""

from __future__ import annotations

import base64
import html
import json
import os
import threading
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(secret: str) -> dict[str, str]:
    """Return the spellings in which a secret may turn up, by what they are called."""
    raw = secret.encode()
    found = {
        "plain": secret,
        "URL-encoded": quote(secret, safe=""),
        "URL-encoded, slashes kept": quote(secret),
        "form-encoded": quote_plus(secret),
        "URL-encoded in lower case": quote(secret, safe="").lower(),
        "JSON": json.dumps(secret)[1:-1],
        "JSON with all characters": json.dumps(secret, ensure_ascii=False)[1:-1],
        "JSON in JSON": json.dumps(json.dumps(secret))[3:-3],
        "HTML": html.escape(secret),
        "Python": repr(secret)[1:-1],
        "hexadecimal": raw.hex(),
        "hexadecimal in upper case": raw.hex().upper(),
    }
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        # Without the characters at both ends, which hang on what stands beside the secret.
        inner = encoded[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
        found[f"base64 at {offset}"] = inner
        found[f"URL-safe base64 at {offset}"] = inner.replace("+", "-").replace("/", "_")
    return found


class Search:
    """Looks for some secrets.

    Args:
        secrets: The secrets, by the name under which a find is reported; the value itself is not.
    """

    def __init__(self, secrets: dict[str, str]) -> None:
        self._forms = [
            (f"{name} ({spelling})", text.encode())
            for name, secret in secrets.items()
            for spelling, text in forms(secret).items()
        ]

    def text(self, text: str | bytes) -> list[str]:
        """Return what was found in a text."""
        data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
        return [name for name, form in self._forms if form in data]

    def folder(self, folder: Path) -> list[str]:
        """Return what was found in files and their names."""
        found = []
        for path in folder.rglob("*"):
            place = path.relative_to(folder)
            found += [f"{name} in the name {place}" for name in self.text(str(place))]
            if path.is_file() and not path.is_symlink():
                found += [f"{name} in {place}" for name in self.text(path.read_bytes())]
        return found


def arguments_of(process: str) -> bytes | None:
    """Return the arguments of a process, or None if it is gone; often called, so without ado."""
    try:
        file = os.open(f"/proc/{process}/cmdline", os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(file, 1 << 22)
    except OSError:
        return None
    finally:
        os.close(file)


def latest_process() -> int:
    """Return the number that was given to a process, or to a thread, last."""
    return int(Path("/proc/loadavg").read_text().split()[-1])


class Processes:
    """Watches the arguments of every process that starts while a block runs.

    Numbers are given in their order, so nothing but those given since is looked at: to list all that runs, a hundred
    times a second, takes longer than what is watched.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._latest = latest_process()
        self.found: set[str] = set()
        self.seen: set[bytes] = set()

    def __enter__(self) -> Processes:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        watched: set[str] = set()
        while not self._ended.wait(0.01):
            latest = latest_process()
            if latest < self._latest:
                # They began anew.
                watched.update(filter(str.isdigit, os.listdir("/proc")))
            watched.update(map(str, range(self._latest + 1, latest + 1)))
            self._latest = latest
            for process in list(watched):
                # What started becomes another program in a moment, meanwhile without arguments, and so is looked at
                # until it is gone.
                arguments = arguments_of(process)
                if arguments is None:
                    watched.discard(process)
                elif arguments and arguments not in self.seen:
                    self.seen.add(arguments)
                    self.found.update(f"{name} in process arguments" for name in self._search.text(arguments))
