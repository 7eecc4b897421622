# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that trickle, byte by byte: a client waits twice its timeout and no longer."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpSettings
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

OK = b"HTTP/1.1 200 OK\r\n"
TIMEOUT = 0.2


class Trickle:
    """Sends a beginning at once, and then more of it twenty times a second for ten seconds."""

    def __init__(self, beginning, more=b" "):
        self._beginning, self._more = beginning, more
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api/x"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        connection, _address = self._socket.accept()
        connection.recv(65536)
        try:
            connection.sendall(self._beginning)
            for _number in range(200):
                time.sleep(0.05)
                connection.sendall(self._more)
        except OSError:
            pass


@pytest.mark.parametrize(
    ("beginning", "more"),
    [
        (b"HTTP/1.1 200", b"0"),
        (OK + b"X-Endless: ", b"a"),
        (OK + b"Content-Length: 100000\r\n\r\n", b" "),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (OK + b"\r\n", b" "),
    ],
    ids=["status", "header", "length", "chunks", "until it closes"],
)
def test_an_answer_that_trickles_is_given_up(beginning, more):
    server = Trickle(beginning, more)
    began = time.monotonic()
    with pytest.raises(ApiError, match=r"in time|broke off"):
        HttpClient(HttpSettings(timeout=TIMEOUT, retries=0), Redactor()).request("GET", server.url, {})
    assert time.monotonic() - began < 4 * TIMEOUT + 1


def test_an_answer_that_trickles_and_ends_in_time_is_taken():
    server = Trickle(OK + b"Content-Length: 4\r\n\r\n1", b"2")
    client = HttpClient(HttpSettings(timeout=5, retries=0), Redactor())
    assert client.request("GET", server.url, {}).body == b"1222"
