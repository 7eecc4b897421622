# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run commands so that none outlives the run: each has a process group of its own that is stopped as a whole."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 5


class Interrupted(Exception):
    """The run was stopped while this command ran, or before it started."""


@dataclass(frozen=True)
class Finished:
    """How a command ended and what it printed."""

    command: tuple[str, ...]
    code: int
    output: str
    timed_out: bool = False

    def __str__(self) -> str:
        """Return a sentence about how it ended."""
        words = [Path(self.command[0]).name, *(["...", self.command[-1]] if len(self.command) > 1 else [])]
        return f"'{' '.join(words)}' " + ("took too long" if self.timed_out else f"ended with {self.code}")


class Processes:
    """Every process that was started and still runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def start(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], output: int, errors: int
    ) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own."""
        with self._lock:
            if self._stopped:
                raise Interrupted
            process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
            self._running.add(process)
            return process

    def run(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path, timeout: float
    ) -> Finished:
        """Run a command to its end, append what it prints to the log and return it."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as handle:
            handle.write(f"\n$ cd {shlex.quote(str(folder))}\n$ {shlex.join(command)}\n".encode())
            handle.flush()
            begin = handle.tell()
            process = self.start(
                command, folder=folder, environment=environment, output=handle.fileno(), errors=subprocess.STDOUT
            )
            timed_out = False
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                timed_out = True
            finally:
                self.stop(process)
        with log.open("rb") as handle:
            handle.seek(begin)
            output = handle.read().decode("utf-8", "replace")
        if self._stopped:
            raise Interrupted
        return Finished(tuple(command), process.returncode, output, timed_out)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """End a process and all that it started: politely, then for certain."""
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        _signal_group(process, signal.SIGKILL)
        process.wait()
        with self._lock:
            self._running.discard(process)

    def stop_all(self) -> None:
        """End everything, and let nothing new start."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            self.stop(process)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the process group; one that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
