# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of Hugging Face that are not what was asked for; of a small server that answers as scripted."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpSettings
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import HuggingFaceClient
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

TOKEN = "hf_token_of_the_unit_tests_0123456789"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = self.server.answer.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_POST = do_PUT = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    started = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    started.status = 200
    threading.Thread(target=started.serve_forever, args=(0.01,), daemon=True).start()
    yield started
    started.shutdown()
    started.server_close()


def client(server):
    redactor = Redactor([TOKEN])
    url = f"http://127.0.0.1:{server.server_address[1]}"
    http = HttpClient(HttpSettings(timeout=5, retries=0), redactor)
    return HuggingFaceClient(http, url, f"{url}/v2", TOKEN, redactor)


@pytest.mark.parametrize(
    "answer",
    [
        "null",
        "[]",
        "{}",
        '{"message": "ok"}',
        '{"name": "other", "status": {"state": "running"}}',
        '{"name": "llama", "status": "running"}',
    ],
)
def test_what_is_not_the_endpoint_is_not_taken_for_it(server, answer):
    server.answer = answer
    told = r"/v2/endpoint/acme/llama answered 200: .*(not that endpoint|instead of dict).*endpoints_url"
    with pytest.raises(ApiError, match=told):
        client(server).get_endpoint("acme", "llama")


def test_the_endpoint_is(server):
    server.answer = '{"name": "llama", "status": {"state": "running"}}'
    assert client(server).get_endpoint("acme", "llama") == {"name": "llama", "status": {"state": "running"}}


@pytest.mark.parametrize("status", [200, 404])
def test_a_page_of_a_proxy_says_nothing_of_an_endpoint(server, status):
    server.answer, server.status = "<html>Please sign in</html>", status
    for ask in (client(server).get_endpoint, client(server).delete_endpoint):
        with pytest.raises(ApiError, match="endpoints_url"):
            ask("acme", "llama")
    with pytest.raises(ApiError, match="hub_url"):
        client(server).get_model_repository("acme/llama")


def test_what_is_not_there_is_not(server):
    server.answer, server.status = '{"error": "not found"}', 404
    assert client(server).get_endpoint("acme", "llama") is None
    assert client(server).get_model_repository("acme/llama") is None
    client(server).delete_endpoint("acme", "llama")


@pytest.mark.parametrize("answer", ["[1, 2]", "true", "17", '"running"', "NaN", '{"name":', "running"])
def test_a_write_with_an_answer_that_is_no_endpoint_may_not_have_been_done(server, answer):
    server.answer = answer
    for write, arguments in (("create_endpoint", ("acme", {})), ("update_endpoint", ("acme", "llama", {}))):
        with pytest.raises(ApiError, match="endpoints_url") as caught:
            getattr(client(server), write)(*arguments)
        assert caught.value.uncertain


@pytest.mark.parametrize("answer", ["", "null", "{}", "[]", "gone"])
def test_a_deletion_may_answer_what_it_likes(server, answer):
    server.answer = answer
    client(server).delete_endpoint("acme", "llama")


@pytest.mark.parametrize("answer", ['{"name":', "[" * 100_000])
def test_a_deletion_with_half_an_answer_may_not_have_been_done(server, answer):
    server.answer = answer
    with pytest.raises(ApiError) as caught:
        client(server).delete_endpoint("acme", "llama")
    assert caught.value.uncertain


@pytest.mark.parametrize(("status", "uncertain"), [(302, True), (307, True), (500, True), (400, False), (403, False)])
def test_a_write_that_is_redirected_or_fails_may_have_been_done(server, status, uncertain):
    server.answer, server.status = "{}", status
    with pytest.raises(ApiError) as caught:
        client(server).update_endpoint("acme", "llama", {})
    assert caught.value.uncertain is uncertain
