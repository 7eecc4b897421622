# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Chromium without a window: what it makes of a page, what it complains of, and how the page looks."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import struct
import subprocess
import zlib
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

SECONDS = 120
CONSOLE = re.compile(r"CONSOLE[:(].*")

#: The first two keep it from other hosts, the rest from what a test has no use for.
OPTIONS = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--headless",
    "--disable-gpu",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--enable-logging=stderr",
)


@dataclass(frozen=True)
class Seen:
    """What the browser made of a page.

    Attributes:
        dom: The document as it is after scripts ran.
        console: What was written to the console: errors, and what the content security policy has blocked.
    """

    dom: str
    console: list[str]


class Chromium:
    """The browser.

    Args:
        program: Its program.
        folder: For pages, pictures and its profile.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def _run(self, page: str, size: str, *options: str) -> tuple[str, list[str]]:
        file = self._folder / "page.html"
        file.write_text(page, encoding="utf-8")
        command = [
            self._program, *OPTIONS, f"--user-data-dir={self._folder / 'profile'}", f"--window-size={size}",
            # As in a container: it refuses to run its sandbox for root.
            *(["--no-sandbox"] if os.geteuid() == 0 else []), *options, file.as_uri(),
        ]  # fmt: skip
        finished = subprocess.run(
            command, capture_output=True, timeout=SECONDS, check=False, cwd=self._folder, stdin=subprocess.DEVNULL
        )
        errors = finished.stderr.decode("utf-8", "replace")
        assert finished.returncode == 0, errors
        return finished.stdout.decode("utf-8"), CONSOLE.findall(errors)

    def see(self, page: str, width: int = 1280, dark: bool = False) -> Seen:
        """Load a page."""
        dom, console = self._run(page, f"{width},1000", *_scheme(dark), "--dump-dom")
        assert "</html>" in dom
        return Seen(dom, console)

    def run(self, page: str, script: str, width: int = 1280, dark: bool = False) -> Any:
        """Return what a test's own script returns on a page, which is let in by its hash."""
        body = f"document.documentElement.dataset.answer = JSON.stringify((() => {{ {script} }})());"
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert page.count("script-src ") == 1
        let_in = page.replace("script-src ", f"script-src 'sha256-{digest}' ")
        seen = self.see(let_in.replace("</body>", f"<script>{body}</script></body>"), width, dark)
        answer = re.search(r'data-answer="([^"]*)"', seen.dom)
        assert answer, seen.console
        return json.loads(unescape(answer[1]))

    def picture(self, page: str, dark: bool = False) -> list[bytes]:
        """Return how a page looks: its lines of pixels, each of red, green and blue."""
        file = self._folder / "picture.png"
        file.unlink(missing_ok=True)
        self._run(page, "500,600", *_scheme(dark), f"--screenshot={file}")
        return pixels(file.read_bytes())


def _scheme(dark: bool) -> list[str]:
    return [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]


def pixels(png: bytes) -> list[bytes]:
    """Return the lines of a PNG of eight bits a colour."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, _height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6)
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += length + 12
    size = 3 if kind == 2 else 4
    raw, stride = zlib.decompress(data), width * size
    lines, above = [], bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, above, size)
        lines.append(bytes(byte for index, byte in enumerate(line) if index % size < 3))
        above = line
    return lines


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    for index in range(len(line)):
        left = line[index - size] if index >= size else 0
        up, corner = above[index], above[index - size] if index >= size else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        elif kind == 4:
            estimate = left + up - corner
            guess = min((left, up, corner), key=lambda one, at=estimate: abs(at - one))
        else:
            guess = 0
        line[index] = (line[index] + guess) & 255
