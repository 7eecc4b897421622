# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lower floors: secrets, HTTP rules, plan and apply."""

from __future__ import annotations

import base64
import datetime
import json
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from ansible.module_utils.common.parameters import remove_values

from ansible_collections.orkes.conductor.plugins.module_utils import _http, _secrets
from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step, apply_plan
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan, PurgeLimit, changed_fields

SECRET = 'hf_canary/with "quotes" & é 0123456789'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_encoding_of_a_secret_is_scrubbed(form):
    scrubbed = _secrets.Redactor([SECRET]).scrub(f"before {form} after")
    assert form not in scrubbed
    assert _secrets.HIDDEN in scrubbed


@pytest.mark.parametrize("neighbour", ["", "a", "ab", "abc"])
def test_a_secret_inside_a_longer_base64_text_is_scrubbed(neighbour):
    text = base64.b64encode(f"{neighbour}{SECRET}tail".encode()).decode()
    assert _secrets.HIDDEN in _secrets.Redactor([SECRET]).scrub(text)


def copied_on_its_way_out(make):
    """Return a result without secrets, as Ansible prints it, and the most memory beside its first form, as a share."""
    tracemalloc.start()
    try:
        result = {"results": {"models": {"changes": make({"fields": {"token": [SECRET]}} for _number in range(500))}}}
        size = tracemalloc.get_traced_memory()[0]
        copied = remove_values(_secrets.Redactor([SECRET]).scrub_value(result), ["other"])
        return copied, tracemalloc.get_traced_memory()[1] / size - 1
    finally:
        tracemalloc.stop()


def test_of_a_list_that_is_read_once_one_form_is_in_memory():
    (plain, plain_share), (once, share) = copied_on_its_way_out(list), copied_on_its_way_out(_secrets.ReadOnce)
    assert once == plain == {"results": {"models": {"changes": [{"fields": {"token": [_secrets.HIDDEN]}}] * 500}}}
    assert share < 0.8 < plain_share, "beside what is read there is a whole copy of it"


def test_fingerprint_tells_same_from_changed_and_from_unknown():
    secret = "hf_" + "a" * 34
    mark = _secrets.make_fingerprint(secret, "hf-prod", "api_key")
    assert _secrets.secret_state(secret, "****", [mark], "hf-prod", "api_key") == "same"
    assert _secrets.secret_state(secret + "b", "****", [mark], "hf-prod", "api_key") == "changed"
    assert _secrets.secret_state(secret, "****", [mark], "hf-dev", "api_key") == "changed"
    assert _secrets.secret_state(secret, "****", [], "hf-prod", "api_key") == "unknown"
    assert _secrets.secret_state(secret, secret, [], "hf-prod", "api_key") == "same"
    assert _secrets.make_fingerprint("short", "hf-prod", "api_key") is None


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "empty"),
        ("conductor.example.com", "no scheme"),
        ("http://conductor.example.com/api", "allow_plain_http"),
        ("https://user:pass@conductor.example.com", "credentials"),
        ("ftp://conductor.example.com", "scheme"),
        ("user:password@conductor.example.com", "credentials"),
        ("https://conductor.example.com/api?x=1", "query"),
        ("https://conductor.example.com/api?", "query"),
        ("https://conductor.example.com/api#", "fragment"),
        ("https://host name/", "white space"),
    ],
)
def test_a_bad_server_url_is_named(url, word):
    with pytest.raises(InvalidInput, match=word) as caught:
        _http.check_url("server_url", url, allow_plain_http=False)
    assert "server_url" in str(caught.value)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("c.example.com/api", "has no scheme: write https://c.example.com/api"),
        ("//c.example.com/api", "has no scheme: write https://c.example.com/api"),
        ("http:/c.example.com/api", "lacks the two slashes after its scheme: write http://c.example.com/api"),
        ("http:c.example.com", "lacks the two slashes after its scheme: write http://c.example.com"),
        ("HTTPS:/c.example.com", "lacks the two slashes after its scheme: write HTTPS://c.example.com"),
        ("c.example.com:8080/api", "has no scheme: write https://c.example.com:8080/api"),
    ],
)
def test_a_url_that_lacks_its_beginning_is_told_with_one_that_is_right(url, told):
    with pytest.raises(InvalidInput) as caught:
        _http.check_url("server_url", url, allow_plain_http=True)
    assert str(caught.value) == f"server_url {url!r} {told}"
    _http.check_url("server_url", told.rpartition("write ")[2], allow_plain_http=True)


def test_of_a_long_value_a_message_repeats_the_beginning():
    with pytest.raises(InvalidInput) as caught:
        _http.check_url("server_url", "c" * 9000, allow_plain_http=False)
    assert len(str(caught.value)) < 250
    assert "(9000 characters)" in str(caught.value)


def test_good_server_urls_pass():
    assert _http.check_url("server_url", "http://127.0.0.1:8700/api/", False) == "http://127.0.0.1:8700/api"
    assert _http.check_url("server_url", "http://c.example.com", True) == "http://c.example.com"


def test_retry_after_is_clamped():
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    assert _http.seconds_from_retry_after("3") == 3
    assert _http.seconds_from_retry_after("9" * 400) == _http.LONGEST_PAUSE
    assert _http.seconds_from_retry_after("Thu, 01 Jan 2026 00:00:05 GMT", now) == 5
    assert _http.seconds_from_retry_after("Thu, 01 Jan 2015 00:00:05 GMT", now) == 0
    assert _http.seconds_from_retry_after("soon") is None


class _Server(ThreadingHTTPServer):
    def __init__(self, answers):
        self.answers = list(answers)
        self.seen = []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path))
        status, headers = self.server.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = _answer

    def log_message(self, *args):
        pass


def _client(**options):
    return _http.HttpClient(_http.HttpSettings(timeout=5, **options), _secrets.Redactor(), sleep=lambda _seconds: None)


def test_a_passing_fault_is_retried():
    server = _Server([(503, {}), (502, {}), (200, {})])
    assert _client().request("GET", server.url + "/x", {}).status == 200
    assert len(server.seen) == 3


def test_what_is_not_an_upsert_is_sent_once():
    server = _Server([(503, {}), (200, {})])
    assert _client().request("POST", server.url + "/x", {}, {}, replay_safe=False).status == 503
    assert len(server.seen) == 1


def test_a_redirect_is_not_followed():
    server = _Server([(302, {"Location": "http://127.0.0.2:1/elsewhere"})])
    answer = _client().request("GET", server.url + "/x", {})
    assert (answer.status, answer.location_host) == (302, "127.0.0.2:1")


def test_retry_after_pauses_the_client():
    server = _Server([(429, {"Retry-After": "1"}), (200, {})])
    client = _http.HttpClient(_http.HttpSettings(timeout=5), _secrets.Redactor())
    begun = time.monotonic()
    assert client.request("GET", server.url + "/x", {}).status == 200
    assert time.monotonic() - begun >= 1


def test_a_host_that_is_not_there_is_named():
    with pytest.raises(ApiError, match="cannot be reached"):
        _client(retries=1).request("GET", "http://127.0.0.1:1/x", {})


def test_an_unreadable_authority_file_is_not_retried():
    server = _Server([(200, {})])
    url = server.url.replace("http:", "https:")
    with pytest.raises(ApiError, match="ca_path"):
        _client(ca_path="/nonexistent.pem").request("GET", url + "/x", {})


def test_changed_fields_compares_only_what_was_given():
    assert list(changed_fields({"a": 1, "b": 2}, {"b": 3})) == ["b"]
    assert changed_fields({"a": 1}, {"a": 1}) == {}


def test_purge_limit():
    assert PurgeLimit.parse("2").allows(2, 2)
    assert not PurgeLimit.parse("2").allows(3, 100)
    assert PurgeLimit.parse("25%").allows(25, 100)
    assert not PurgeLimit.parse("25%").allows(26, 100)
    for text in ("-1", "101%", "some"):
        with pytest.raises(ValueError, match=r"-1|101|some"):
            PurgeLimit.parse(text)


def _change(name, stage=0):
    return Change("model", name, "update", stage=stage)


def test_a_failure_keeps_later_stages_back_but_not_its_neighbours():
    plan = Plan([_change("bad"), _change("good"), _change("later", 1)])

    def steps(change):
        def run():
            if change.name == "bad":
                raise ApiError("POST", "/x", 400, "no")

        return [Step("settings", run)]

    outcome = apply_plan(plan, steps, concurrency=4)
    assert [change.name for change in outcome.applied] == ["good"]
    assert [failure.change.name for failure in outcome.failures] == ["bad"]
    assert [change.name for change in outcome.not_attempted] == ["later"]
    assert outcome.wrote


def test_a_lost_connection_ends_the_run_and_nothing_is_claimed():
    plan = Plan([_change("first"), _change("second")])

    def steps(_change):
        def run():
            raise ApiError("POST", "/x", None, "gone")

        return [Step("settings", run)]

    outcome = apply_plan(plan, steps, concurrency=1)
    assert len(outcome.failures) == 1
    assert [change.name for change in outcome.not_attempted] == ["second"]
    assert not outcome.wrote


def test_a_change_that_failed_half_way_says_what_was_done():
    def fail():
        raise ApiError("PUT", "/tags", 403, "no")

    plan = Plan([_change("m")])
    outcome = apply_plan(plan, lambda _c: [Step("settings", lambda: None), Step("tags", fail)], concurrency=1)
    assert outcome.wrote
    assert "Done before that: settings" in outcome.failures[0].message


@pytest.mark.parametrize("fact", ["lasting", "page", "from_api"])
@pytest.mark.parametrize("value", [True, False])
def test_an_error_after_a_write_says_what_it_said_before_and_that_something_was_written(fact, value):
    error = ApiError("GET", "/api/applications/a/accessKeys", 502, "away", "Run again.", "code", **{fact: value})
    later = error.after_a_write()
    before = {**vars(error), "uncertain": True}
    assert vars(later) == before
    assert "the server may have acted on it" in str(later)
