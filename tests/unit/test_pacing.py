# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that asks for a pause gets it, from all threads, and one that never stops asking is given up."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _http
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor


class Server(ThreadingHTTPServer):
    """Answers 429 whenever C(refuses) says so, called with the moment and the path."""

    request_queue_size = 64
    daemon_threads = True

    def __init__(self, refuses, retry_after=None):
        self.refuses = refuses
        self.retry_after = retry_after
        self.lock = threading.Lock()
        self.seen = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def client(self, **options):
        return _http.HttpClient(_http.HttpSettings(timeout=5, **options), Redactor())

    def url(self, path="/x"):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer in two parts would wait for the client's confirmation of the first.
    wbufsize = -1

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            now = time.monotonic()
            refused = self.server.refuses(now, self.path)
            self.server.seen.append((now, self.path, refused))
        self.send_response(429 if refused else 200)
        if refused and self.server.retry_after is not None:
            self.send_header("Retry-After", self.server.retry_after)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = _answer

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("value", ["0", "Tue, 01 Jan 2019 00:00:00 GMT"])
def test_a_pause_of_nothing_is_no_reason_to_hurry(value):
    """All tries would be over within the same moment, in which nothing changes."""
    server = Server(lambda _now, _path: len(server.seen) < 2, value)
    begun = time.monotonic()
    assert server.client().request("GET", server.url(), {}).status == 200
    assert time.monotonic() - begun >= _http.FIRST_PAUSE / 2 + _http.FIRST_PAUSE
