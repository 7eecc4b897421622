# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process: its socket, its signals, and how it leaves its terminal."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from .application import application
from .connections import Protocol
from .errors import StartError
from .state import Sandbox

Announce = Callable[[str], None]


class Server(uvicorn.Server):
    """A server that says when it serves, and that ends with status 0 when it is told to end."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets=sockets)
        if self.started:
            self._when_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal; uvicorn itself would raise the signal again afterwards."""

        def end(_number: int, _frame: FrameType | None) -> None:
            self.should_exit = True

        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Take the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns off Nagle's algorithm only then; with it each answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be taken: {os.strerror(error.errno or 0)}"
        raise StartError(f"port {port} on {host} {reason}") from None
    return listener


def private_file(path: Path, flags: int) -> int:
    """Open a file that only its owner may read; returns a descriptor."""
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise StartError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from None
    return descriptor


def url_of(listener: socket.socket) -> str:
    """The address of the interface."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/api"


def serve(sandbox: Sandbox, listener: socket.socket, ready_file: Path | None, announce: Announce) -> None:
    """Serve until a signal or the control path ends it."""
    url = url_of(listener)
    written = False

    def ready() -> None:
        nonlocal written
        if ready_file is not None:
            facts = {"url": url, "process": os.getpid(), "instance_id": sandbox.instance_id}
            with os.fdopen(private_file(ready_file, os.O_TRUNC), "w") as handle:
                json.dump(facts, handle)
            written = True
        announce(f"sandbox ready: {url}")

    def stop() -> None:
        server.should_exit = True

    config = uvicorn.Config(
        application(sandbox, stop),
        http=Protocol,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
        backlog=512,
    )
    server = Server(config, ready)
    try:
        server.run(sockets=[listener])
    finally:
        sandbox.store.close()
        if ready_file is not None and written:
            ready_file.unlink(missing_ok=True)


def log_to(descriptor: int | None) -> None:
    """Send the log to a file, else to the error output."""
    stream: Any = sys.stderr if descriptor is None else os.fdopen(descriptor, "a", buffering=1)
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def detach(run: Callable[[Announce], None], log: int | None) -> int:
    """Run in a process without a terminal, whose parent has gone; returns once it serves, or has failed."""
    reading, writing = os.pipe()
    first = os.fork()
    if first:
        os.close(writing)
        os.waitpid(first, 0)
        with os.fdopen(reading) as pipe:
            line = pipe.readline().strip()
        failed = not line.startswith("sandbox ready: ")
        print(line or "sandbox: it ended before it served; see its log", file=sys.stderr if failed else sys.stdout)
        return int(failed)
    os.close(reading)
    os.setsid()
    if os.fork():
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(log if log is not None and standard else nowhere, standard)

    def announce(line: str) -> None:
        os.write(writing, f"{line}\n".encode())
        os.close(writing)

    status = 1
    try:
        run(announce)
        status = 0
    except StartError as error:
        announce(f"sandbox: {error}")
    finally:
        logging.shutdown()
        os._exit(status)
