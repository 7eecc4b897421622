# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the sandbox on a free port, and stop it whatever happens."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.toolchain.processes import Processes
from tests.toolchain.project import ToolchainError

READY = re.compile(r"^sandbox ready: (?P<url>http://127\.0\.0\.1:\d+/api)\s*$")
START_SECONDS = 60
CONTROL_PATH = "/sandbox-control"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that serves."""

    url: str
    key: str = "sandbox-admin"
    secret: str = "sandbox-admin-secret"

    @property
    def control_url(self) -> str:
        """Return the address of what the vendor's servers do not have: switches and the request log."""
        return self.url.removesuffix("/api") + CONTROL_PATH


def command_line(python: Path, port: int, options: Sequence[str] = ()) -> list[str]:
    """Return the command that serves the sandbox in the foreground; port 0 takes a free one."""
    return [str(python), "-m", "conductor_sandbox", "--port", str(port), *options]


class _Reader(threading.Thread):
    """Copies what the server prints to the log, and notices the line that says that it serves."""

    def __init__(self, stream: int, log: Path) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._log = log
        self.url: str | None = None
        self.settled = threading.Event()

    def run(self) -> None:
        """Read until the server ends."""
        with os.fdopen(self._stream, "r", encoding="utf-8", errors="replace") as lines, self._log.open("a") as log:
            for line in lines:
                log.write(line)
                log.flush()
                ready = READY.match(line)
                if ready:
                    self.url = ready.group("url")
                    self.settled.set()
        self.settled.set()


@contextmanager
def running_sandbox(
    processes: Processes,
    *,
    python: Path,
    source: Path,
    environment: Mapping[str, str],
    log: Path,
    options: Sequence[str] = (),
) -> Iterator[Sandbox]:
    """Serve a sandbox for the time of the block."""
    log.parent.mkdir(parents=True, exist_ok=True)
    variables = {**environment, "PYTHONPATH": str(source), "PYTHONUNBUFFERED": "1"}
    read_end, write_end = os.pipe()
    try:
        process = processes.start(
            command_line(python, 0, options),
            folder=source,
            environment=variables,
            output=write_end,
            errors=subprocess.STDOUT,
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    try:
        reader = _Reader(read_end, log)
        reader.start()
        began = time.monotonic()
        reader.settled.wait(START_SECONDS)
        if reader.url is None:
            waited = f"within {time.monotonic() - began:.0f} s"
            raise ToolchainError(f"the sandbox did not say that it is ready {waited}; see {log}")
        yield Sandbox(reader.url)
    finally:
        processes.stop(process)
