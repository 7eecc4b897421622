# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A hostile server: a proxy before the sandbox that breaks chosen requests, and notes all of them.

The sandbox behind it keeps the true state and the true log. A proxy may read a request, let the sandbox act on it or
not, and answer whatever it likes, byte for byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

#: Seconds that an endless or silent answer lasts at most, so that nothing is left running.
LONGEST = 45
END = b"\r\n\r\n"


@dataclass
class Seen:
    """One request that came.

    Attributes:
        number: Counted from 1 since the proxy was told to begin.
        method: Its method.
        path: Its path, decoded.
        body: Its body.
        token: The token that it carried.
        status: What the sandbox answered; None while it was not asked.
        fault: The fault that met it, or None.
        drained: Whether an answer that was meant to have no end was read for much too long.
        began: When it had come.
    """

    number: int
    method: str
    path: str
    body: bytes
    token: str
    status: int | None = None
    fault: str | None = None
    drained: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def acted(self) -> bool:
        """Whether the sandbox did what was asked."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def writes(self) -> bool:
        """Whether it asks for a change."""
        return self.method not in ("GET", "HEAD") and self.path != "/api/token"


@dataclass
class Answer:
    """An answer of the sandbox."""

    status: int
    head: bytes
    body: bytes

    def raw(self) -> bytes:
        """The answer as it came."""
        return self.head + END + self.body


class Exchange:
    """One request on one connection, in the hands of a fault."""

    def __init__(self, proxy: HostileProxy, seen: Seen, raw: bytes, writer: asyncio.StreamWriter, way: Way) -> None:
        self.proxy = proxy
        self.seen = seen
        self.writer = writer
        self._raw = raw
        self._way = way

    async def act(self) -> Answer:
        """Let the sandbox act, and return its answer without handing it on."""
        answer = await self._way.ask(self._raw)
        self.seen.status = answer.status
        return answer

    async def send(self, data: bytes) -> None:
        """Send bytes to the client; one that has gone away is none of our business."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self, status: int | str, body: bytes | str = b"", kind: str = "application/json", *headers: str
    ) -> None:
        """Answer in the sandbox's place."""
        data = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers]
        await self.send("\r\n".join(lines).encode() + END + data)

    async def reset(self) -> None:
        """Break the connection off, as a crash does."""
        place = self.writer.get_extra_info("socket")
        if place is not None:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def close(self) -> None:
        """End the connection, as a server that shuts down does."""
        self.writer.close()


class Way:
    """One connection to the sandbox, opened when it is needed."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, raw: bytes) -> Answer:
        """Send a request and return the whole answer."""
        for _attempt in range(2):
            if self._streams is None:
                self._streams = await asyncio.open_connection(*self._place)
            reader, writer = self._streams
            try:
                writer.write(raw)
                head = (await reader.readuntil(END))[: -len(END)]
            except (asyncio.IncompleteReadError, ConnectionError):
                # The sandbox closes what was idle for long.
                self.close()
                continue
            fields = {line.partition(b":")[0].strip().lower(): line.partition(b":")[2].strip() for line in lines(head)}
            body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
            return Answer(int(head.split(b" ", 2)[1]), head, body)
        raise ConnectionError("the sandbox does not answer")

    def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def lines(head: bytes) -> list[bytes]:
    """Return the headers of a request or an answer."""
    return head.split(b"\r\n")[1:]


Hurt = Callable[[Exchange], Awaitable[None]]


class HostileProxy:
    """Stands before a sandbox.

    Args:
        url: The sandbox's API.
        context: With it, the proxy speaks TLS.
    """

    def __init__(self, url: str, context: ssl.SSLContext | None = None) -> None:
        place = urlsplit(url)
        self._upstream = (str(place.hostname), int(place.port or 0))
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.seen: list[Seen] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.latency = 0.0
        self._fault: tuple[str, Hurt, Callable[[Seen], bool]] | None = None
        self.do(self._listen())
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}/api"

    def do(self, work: Awaitable[Any]) -> Any:
        """Run something in the proxy's own thread, and return what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LONGEST + 10)  # type: ignore[arg-type]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self._context, limit=1 << 24, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    # Faults

    def begin(
        self, name: str = "", hurt: Hurt | None = None, meets: Callable[[Seen], bool] = lambda _seen: True
    ) -> None:
        """Forget what was seen, and have what comes now broken.

        Args:
            name: What the fault is called.
            hurt: The fault; None for none.
            meets: Which requests it meets.
        """

        async def begin() -> None:
            for writer in list(self._open):
                writer.transport.abort()
            for task in list(self._tasks):
                task.cancel()
            if self._server is None:
                await self._listen()
            self.seen, self.in_flight, self.most_in_flight = [], 0, 0
            self._fault = (name, hurt, meets) if hurt else None

        self.do(begin())

    async def refuse(self, seconds: float | None = None) -> None:
        """Listen no more; after some seconds, or with the next beginning, again."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        if seconds is not None:
            self._loop.call_later(seconds, lambda: self._loop.create_task(self._listen_again()))

    async def _listen_again(self) -> None:
        if self._server is None:
            with contextlib.suppress(OSError):
                await self._listen()

    def stop(self) -> None:
        """End it."""
        self.begin()

        async def stop() -> None:
            if self._server is not None:
                self._server.close()

        self.do(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # Serving

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        way = Way(*self._upstream)
        try:
            while True:
                head = (await reader.readuntil(END))[: -len(END)]
                fields = {
                    line.partition(b":")[0].strip().lower(): line.partition(b":")[2].strip() for line in lines(head)
                }
                body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
                method, target = head.split(b" ", 2)[:2]
                seen = Seen(
                    len(self.seen) + 1,
                    method.decode(),
                    unquote(target.decode().partition("?")[0]),
                    body,
                    (
                        fields.get(b"x-authorization") or fields.get(b"authorization", b"").removeprefix(b"Bearer ")
                    ).decode("latin-1"),
                )
                self.seen.append(seen)
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    await self._exchange(Exchange(self, seen, head + END + body, writer, way))
                finally:
                    self.in_flight -= 1
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError, OSError):
            # The client has gone, or has waited for too long. A time-out is an OSError, too.
            pass
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            way.close()
            writer.transport.abort()

    async def _exchange(self, exchange: Exchange) -> None:
        if self.latency:
            await asyncio.sleep(self.latency)
        if self._fault is not None and self._fault[2](exchange.seen):
            exchange.seen.fault = self._fault[0]
            await asyncio.wait_for(self._fault[1](exchange), LONGEST)
            return
        answer = await exchange.act()
        await exchange.send(answer.raw())


class OtherHost:
    """A server that nobody was told of: it counts who comes, and with what."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/api/integrations/provider"

    def stop(self) -> None:
        """End it."""
        self._socket.close()
