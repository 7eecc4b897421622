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
from ansible_collections.orkes.conductor.plugins.module_utils._apply import run_concurrently
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._pacing import GivenUp, Pacing
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

#: What a second takes here, to a server that asks for some and to a client that waits for them.
SECOND = 0.3


@pytest.fixture(autouse=True)
def short_seconds(monkeypatch):
    asked_for = _http.seconds_from_retry_after

    def shorter(value):
        asked = asked_for(value)
        return asked and asked * SECOND

    monkeypatch.setattr(_http, "seconds_from_retry_after", shorter)
    monkeypatch.setattr(_http, "FIRST_PAUSE", _http.FIRST_PAUSE * SECOND)


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
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

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


def outcomes(client, server, paths, workers=10):
    """Send requests as modules do, several at a time, and return the statuses; None for one that was not answered."""

    def send(path):
        try:
            return client.request("POST", server.url(path), {}, {}).status
        except ApiError as error:
            return error

    return run_concurrently(send, paths, workers)


def rounds(server):
    """Return how many requests came in each round; one begins when nobody came for a while."""
    counts, latest = [], 0.0
    for moment, _path, _refused in server.seen:
        if moment - latest > 0.2:
            counts.append(0)
        counts[-1] += 1
        latest = moment
    return counts


def test_a_server_that_goes_on_refusing_is_given_up_after_as_many_pauses_as_there_are_retries(monkeypatch):
    """Ten requests in flight share the pauses; they do not each ask for their own."""
    monkeypatch.setattr(_http, "FIRST_PAUSE", 0.01)
    server = Server(lambda _now, _path: True, "1")
    client = server.client(retries=2, concurrency=10)
    begun = time.monotonic()
    found = outcomes(client, server, [f"/{number}" for number in range(10)])
    assert time.monotonic() - begun < 3
    assert rounds(server)[1:] == [1, 1]
    refused = [answer for answer in found if answer == 429]
    kept_back = [answer for answer in found if answer != 429]
    assert len(refused) == len({path for _moment, path, _refused in server.seen})
    # The pause that was asked for last is not over: what comes now is told so at once.
    kept_back += outcomes(client, server, ["/later"])
    assert "/later" not in [path for _moment, path, _refused in server.seen]
    for error in kept_back:
        assert "it was not sent" in str(error)
        assert error.concerns_connection
        assert not error.uncertain


def test_a_server_that_was_given_up_is_asked_once_when_its_pause_is_over(monkeypatch):
    monkeypatch.setattr(_http, "FIRST_PAUSE", 0.01)
    limited = [True]
    server = Server(lambda _now, _path: limited[0], "1")
    client = server.client(retries=0)
    assert outcomes(client, server, ["/first"]) == [429]
    limited[0] = False
    time.sleep(SECOND + 0.2)
    assert outcomes(client, server, ["/second", "/third"]) == [200, 200]


@pytest.mark.parametrize(("a_second", "retry_after", "retries"), [(4, "1", 1), (40, None, 4), (40, "0", 4)])
def test_a_server_that_lets_some_through_is_asked_until_all_are(a_second, retry_after, retries):
    """More in flight than there is room for: whoever lost before goes first, so that nobody runs out of tries."""
    window = []

    def refuses(now, _path):
        window[:] = [moment for moment in window if now - moment < SECOND]
        if len(window) < a_second:
            window.append(now)
            return False
        return True

    server = Server(refuses, retry_after)
    paths = [f"/{number}" for number in range(2 * a_second + 2)]
    assert outcomes(server.client(retries=retries), server, paths) == [200] * len(paths)


def test_a_path_that_is_always_refused_ends_although_others_get_through(monkeypatch):
    monkeypatch.setattr(_http, "FIRST_PAUSE", 0.02)
    server = Server(lambda _now, path: path == "/3")
    found = outcomes(server.client(retries=2), server, [f"/{number}" for number in range(400)])
    assert found[3] == 429
    assert found[:3] == [200] * 3
    assert sum(refused for _moment, path, refused in server.seen if path == "/3") < 15


def test_nobody_waits_for_a_request_that_went_alone_and_got_no_answer():
    pacing = Pacing(2, lambda _before: 0.01)
    first, second = pacing.enter(), pacing.enter()
    pacing.wait_for_turn(first)
    pacing.held(first, 0.0)
    pacing.wait_for_turn(first)
    let_go = threading.Event()

    def follow():
        pacing.wait_for_turn(second)
        let_go.set()

    threading.Thread(target=follow, daemon=True).start()
    assert not let_go.wait(0.2)
    pacing.failed(first)
    assert let_go.wait(5)


def test_what_was_sent_before_a_pause_counts_neither_against_the_server_nor_for_it():
    pacing = Pacing(1, lambda _before: 0.01)
    places = [pacing.enter() for _number in range(10)]
    for place in places:
        pacing.wait_for_turn(place)
    for place in places[:-1]:
        pacing.held(place, 0.0)
    pacing.let_through(places[-1])
    pacing.wait_for_turn(places[0])
    pacing.held(places[0], 0.0)
    with pytest.raises(GivenUp):
        pacing.wait_for_turn(places[1])
