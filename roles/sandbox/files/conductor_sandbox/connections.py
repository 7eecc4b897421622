# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The open connections, so that a fault can break one: ASGI itself has no way to."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


def _peer(transport: Any) -> tuple[str, int] | None:
    name = transport.get_extra_info("peername")
    return (str(name[0]), int(name[1])) if name else None


class Protocol(H11Protocol):
    """HTTP/1.1 that remembers its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        peer = _peer(transport)
        if peer is not None:
            _open[peer] = transport
            self._remembered = peer

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _open.pop(getattr(self, "_remembered", ("", 0)), None)
        super().connection_lost(exc)


async def _until_gone(receive: Receive) -> None:
    """Wait for the connection's end: an application that returned before it would be reported as broken."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def abort(scope: Scope, receive: Receive) -> None:
    """Break the connection of a request at once."""
    transport = _open.get(tuple(scope["client"] or ()))
    if transport is not None:
        transport.abort()
        await _until_gone(receive)


async def close(scope: Scope, receive: Receive) -> None:
    """End the connection of a request after what was sent."""
    transport = _open.get(tuple(scope["client"] or ()))
    if transport is not None:
        transport.close()
        await _until_gone(receive)
