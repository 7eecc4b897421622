# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Conductor client: paths, tokens, errors; against a small server that answers as scripted."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    Credentials,
    base_url_of,
    name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpResponse, HttpSettings
from ansible_collections.orkes.conductor.plugins.module_utils._resource import tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

SECRET = "canary-secret-0123456789"


class Server(ThreadingHTTPServer):
    def __init__(self, *answers):
        self.answers = list(answers)
        self.seen = []
        self.headers = []
        self.bodies = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def client(self, **credentials):
        credentials = credentials or {"key": "id", "secret": SECRET}
        redactor = Redactor([SECRET])
        http = HttpClient(HttpSettings(timeout=5, retries=0), redactor)
        url = f"http://127.0.0.1:{self.server_address[1]}"
        return ConductorClient(http, base_url_of(url), Credentials(**credentials), redactor)


class Handler(BaseHTTPRequestHandler):
    def _answer(self):
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.server.seen.append((self.command, self.path, self.headers.get("X-Authorization")))
        self.server.headers.append(dict(self.headers))
        status, content, *more = self.server.answers.pop(0)
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        headers = {
            "Content-Type": "text/html" if isinstance(content, str) else "application/json",
            "Content-Length": str(len(body)),
            **dict(more),
        }
        self.send_response(status)
        if 300 <= status < 400:
            headers["Location"] = "https://elsewhere.example.com/login"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *args):
        pass


TOKEN = (200, {"token": "token-one"})


def test_server_url_with_and_without_api():
    assert (
        base_url_of("https://c.example.com") == base_url_of("https://c.example.com/api/") == "https://c.example.com/api"
    )


def test_headers_are_those_of_the_request_alone():
    server = Server(TOKEN, (200, {"name": "x"}), (200, ""), (200, ""))
    client = server.client()
    client.get_integration("x")
    client.delete_group("x")
    client.save_group("x", {"description": "ü"})
    common = {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection", "X-Authorization"}
    assert set(server.headers[1]) == common
    assert set(server.headers[2]) == common | {"Content-Length"}
    assert server.headers[2]["Content-Length"] == "0"
    assert set(server.headers[3]) == common | {"Content-Length", "Content-Type"}
    assert json.loads(server.bodies[3]) == {"description": "ü"}


def test_a_token_that_no_header_takes_is_an_error_of_the_request():
    server = Server((200, {"token": "a\r\nb: c"}))
    with pytest.raises(ApiError, match=r"GET .* could not be made \(InvalidHeader\)"):
        server.client().get_integration("x")
    assert len(server.seen) == 1


#: Lists of objects: how each is read, one entry of it, and the fields of that without which it is none.
LISTS = {
    "integrations": (lambda client: client.list_integrations(), {"name": "x"}, ["name"]),
    "models": (lambda client: client.list_models("hf"), {"api": "x"}, ["api"]),
    "groups": (lambda client: client.list_groups(), {"id": "x"}, ["id"]),
    "members": (lambda client: client.list_group_members("g"), {"id": "x"}, ["id"]),
    "users": (lambda client: client.list_users(), {"id": "x"}, ["id"]),
    "applications": (lambda client: client.list_applications(), {"id": "x", "name": "x"}, ["id", "name"]),
    "tags": (lambda client: client.list_application_tags("a"), {"key": "x", "value": "y"}, ["key"]),
    "access keys": (lambda client: client.list_access_keys("a"), {"id": "x"}, ["id"]),
    "grants": (
        lambda client: client.list_grants_of_subject("USER", "a"),
        {"target": {"type": "INTEGRATION", "id": "hf:m"}, "access": ["READ"]},
        ["target", "access"],
    ),
    "prompts": (lambda client: client.list_prompts(), {"name": "x"}, ["name"]),
    "workflows": (lambda client: client.list_workflow_definitions(), {"name": "x"}, ["name"]),
    "executions": (lambda client: client.list_executions("w", "c"), {"workflowId": "x"}, ["workflowId"]),
}


@pytest.mark.parametrize("listing", LISTS)
def test_nothing_in_a_list_is_passed_over(listing):
    """A list that cannot be read must not be taken for one that is empty."""
    read, good, fields = LISTS[listing]
    wrong = [None, "org/m0", 1, ["a"], [], {}, *({**good, field: value} for field in fields for value in (None, 3))]
    server = Server(TOKEN, *((200, answer) for entry in wrong for answer in ([good, entry], [entry])))
    client = server.client()
    for entry in wrong:
        for number in (2, 1):
            with pytest.raises(ApiError, match="an answer in which") as caught:
                read(client)
            assert f"entry {number}" in str(caught.value) or isinstance(entry, dict)
            assert not caught.value.from_api
            assert "server_url" in caught.value.hint
    assert read(Server(TOKEN, (200, [good])).client()) == [good]
    assert read(Server(TOKEN, (200, [])).client()) == []


GRANT = {"target": {"type": "INTEGRATION", "id": "hf:m"}, "access": ["READ"], "tag": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"grantedAccess": [GRANT, 1]},
        {"grantedAccess": [None]},
        {"grantedAccess": [{}]},
        {"grantedAccess": [{**GRANT, "target": {"type": "INTEGRATION"}}]},
        {"grantedAccess": [{**GRANT, "target": {"type": None, "id": "hf:m"}}]},
        {"grantedAccess": [{**GRANT, "access": None}]},
        {"grantedAccess": [{**GRANT, "access": [1]}]},
        {"grantedAccess": [{**GRANT, "access": [["READ"]]}]},
    ],
)
def test_no_grant_is_passed_over(wrong):
    with pytest.raises(ApiError, match="an answer in which"):
        Server(TOKEN, (200, wrong)).client().list_grants_of_group("people")
    assert Server(TOKEN, (200, {"grantedAccess": [GRANT]})).client().list_grants_of_group("people") == [GRANT]


@pytest.mark.parametrize("wrong", [[1], [None], [{}], [{"name": 3}], [["ADMIN"]]])
def test_a_list_of_roles_that_cannot_be_read_is_told(wrong):
    with pytest.raises(ApiError, match="an answer in which"):
        Server(TOKEN, (200, wrong)).client().list_roles()
    assert Server(TOKEN, (200, ["USER", {"name": "OPS"}])).client().list_roles() == ["USER", "OPS"]


def test_a_cookie_goes_back_to_the_server_that_gave_it():
    cookie = ("Set-Cookie", "node=n1; Path=/")
    server = Server((*TOKEN, cookie), (200, {"name": "x"}), (200, {"name": "x"}))
    client = server.client()
    for _time in range(2):
        client.get_integration("x")
    assert [headers.get("Cookie") for headers in server.headers] == [None, "node=n1", "node=n1"]


def test_a_proxy_of_the_environment_is_used_for_other_machines(monkeypatch):
    server = Server((200, {"name": "x"}))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_address[1]}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    http = HttpClient(HttpSettings(timeout=5, retries=0), Redactor())
    client = ConductorClient(http, "http://conductor.invalid/api", Credentials(token="t"), Redactor())
    assert client.get_integration("x") == {"name": "x"}
    assert server.seen == [("GET", "http://conductor.invalid/api/integrations/provider/x", "t")]


def test_a_slash_in_a_name_is_encoded():
    server = Server(TOKEN, (200, {"name": "a/b"}))
    server.client().get_integration("a/b")
    assert server.seen[1] == ("GET", "/api/integrations/provider/a%2Fb", "token-one")


@pytest.mark.parametrize("name", ["", " ", "..", "a/../b", "a\nb", " a", None])
def test_names_that_cannot_be_sent_are_refused(name):
    assert name_problem("name", name)


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x2028, 0x2029, 0xA0])
def test_names_that_read_like_others_are_refused(code):
    problem = name_problem("name", f"a{chr(code)}b")
    assert problem is not None
    assert f"holds characters that cannot be seen (U+{code:04X})" in problem
    assert chr(code) not in problem, "the message is not reversed or broken, either"


def test_names_have_an_end():
    assert name_problem("name", "n" * 255) is None
    problem = name_problem("name", "n" * 256)
    assert problem is not None
    assert "has 256 characters: give a name of 255 at most" in problem
    assert len(problem) < 150


@pytest.mark.parametrize("name", ["meta-llama/Llama-3.1-8B", "Schlüssel für alle", "модель", "模型"])
def test_names_with_slashes_dots_and_letters_of_any_script_are_fine(name):
    assert name_problem("name", name) is None


def test_a_token_that_ended_is_replaced_once():
    expired = (401, {"error": "EXPIRED_TOKEN", "message": "over"})
    server = Server(TOKEN, expired, (200, {"token": "token-two"}), (200, {"name": "x"}))
    assert server.client().get_integration("x") == {"name": "x"}
    assert [entry[2] for entry in server.seen] == [None, "token-one", None, "token-two"]


def test_a_second_refusal_is_not_replayed():
    expired = (401, {"error": "EXPIRED_TOKEN", "message": "over"})
    server = Server(TOKEN, expired, (200, {"token": "token-two"}), expired)
    with pytest.raises(ApiError, match="401"):
        server.client().get_integration("x")
    assert len(server.seen) == 4


SHORT = {"key": "id", "secret": SECRET, "lifetime": 1800}
OVER = (401, {"error": "EXPIRED_TOKEN", "message": "over"})


def asked_lifetimes(server):
    """What each login asked for."""
    return [
        json.loads(body).get("expiration")
        for body, entry in zip(server.bodies, server.seen)
        if entry[1] == "/api/token"
    ]


def test_a_lifetime_is_asked_for_in_milliseconds_and_again_when_the_token_ends():
    server = Server(TOKEN, (200, {"name": "x"}), OVER, (200, {"token": "token-two"}), (200, {"name": "x"}))
    client = server.client(**SHORT)
    client.get_integration("x")
    client.get_integration("x")
    assert asked_lifetimes(server) == [1_800_000, 1_800_000]


def test_a_server_that_takes_no_lifetime_gets_none():
    unknown_field = (400, {"status": 400, "message": "Unrecognized field expiration"})
    found = (200, {"name": "x"})
    server = Server(unknown_field, TOKEN, found, OVER, (200, {"token": "token-two"}), found)
    client = server.client(**SHORT)
    client.get_integration("x")
    client.get_integration("x")
    assert asked_lifetimes(server) == [1_800_000, None, None]


def test_a_token_that_is_over_before_it_was_ever_taken_is_made_as_the_server_likes():
    server = Server(TOKEN, OVER, (200, {"token": "token-two"}), (200, {"name": "x"}))
    assert server.client(**SHORT).get_integration("x") == {"name": "x"}
    assert asked_lifetimes(server) == [1_800_000, None]


def test_a_wrong_key_is_named_after_the_lifetime_was_left_out():
    wrong = (400, {"status": 400, "message": "bad key"})
    server = Server(wrong, wrong)
    with pytest.raises(ApiError, match="auth_key and auth_secret"):
        server.client(**SHORT).get_integration("x")
    assert len(server.seen) == 2


def test_a_given_token_that_ended_is_named():
    server = Server((401, {"error": "EXPIRED_TOKEN", "message": "over"}))
    with pytest.raises(ApiError, match="auth_token"):
        server.client(token="given").get_integration("x")


def test_a_permission_that_is_missing_is_named_and_not_replayed():
    server = Server(TOKEN, (403, {"error": "FORBIDDEN", "message": "no"}))
    with pytest.raises(ApiError, match="DELETE on integration x"):
        server.client().delete_integration("x")
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ([(404, {"status": 404, "message": "Not Found"})], "open-source Conductor"),
        ([(401, {"error": "X", "message": "Invalid Access Key"})], "auth_key and auth_secret"),
        ([TOKEN, (302, "")], "elsewhere.example.com"),
        ([TOKEN, (200, "<html>sign in</html>")], "web page.* It says http, and it may be https that is spoken"),
        ([TOKEN, (404, "<html>gone</html>")], "web page"),
        ([TOKEN, (402, {"message": "limit"})], "plan"),
    ],
)
def test_errors_say_what_to_do(answers, word):
    with pytest.raises(ApiError, match=word):
        Server(*answers).client().get_integration("x")


@pytest.mark.parametrize(
    "body",
    [
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        "Client sent an HTTP request to an HTTPS server.\n",
        "<!DOCTYPE html><p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p>",
        "Bad Request\nThis combination of host and port requires TLS.\n",
    ],
)
def test_a_port_for_https_that_says_so_is_no_wrong_key_and_no_login_page(body):
    kind = ("Content-Type", "text/html" if body[0] == "<" else "text/plain")
    for credentials in (SHORT, {"token": "t"}):
        with pytest.raises(ApiError, match="https is spoken there, and server_url says http: write https") as caught:
            Server((400, body, kind)).client(**credentials).get_integration("x")
        assert "auth_key" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_doubled_path_is_told_before_the_key_is_doubted(status):
    server = Server((status, {"status": status, "message": "no"}), (status, {"status": status, "message": "no"}))
    client = server.client()
    client.base_url += "/api"
    with pytest.raises(ApiError, match=f"answered {status}: no. server_url has the path /api/api: take one /api out"):
        client.get_integration("x")
    with pytest.raises(ApiError) as caught:
        server.client().get_integration("x")
    assert "/api/api" not in str(caught.value)


def test_what_does_not_exist_is_none():
    assert (
        Server(TOKEN, (404, {"status": 404, "message": "No such integration x"})).client().get_integration("x") is None
    )


@pytest.mark.parametrize("wrong", [{}, "hf:m", 5, True])
def test_what_uses_a_model_is_not_passed_over(wrong):
    for read, entry in (("list_prompts", "integrations"), ("list_workflow_definitions", "tasks")):
        server = Server(TOKEN, (200, [{"name": "a", entry: None}, {"name": "b", entry: wrong}]))
        with pytest.raises(ApiError, match=f"{entry} of entry 2 is of type .* instead of list"):
            getattr(server.client(), read)()


@pytest.mark.parametrize("body", ["null", "", " "])
def test_nothing_does_not_say_that_something_does_not_exist(body):
    """Else it would be created anew over what is there, or called gone."""
    reads = {
        "get_integration": ("hf",),
        "get_model": ("hf", "org/m"),
        "get_group": ("people",),
        "get_user": ("ana",),
        "get_application": ("1",),
        "get_application_of_key": ("k",),
        "get_execution": ("1",),
        "list_groups": (),
        "list_grants_of_group": ("people",),
        "check_permissions": ("ana", "INTEGRATION", "hf:m"),
    }
    client = Server(TOKEN, *((200, body, ("Content-Type", "application/json")) for _read in reads)).client()
    for read, arguments in reads.items():
        with pytest.raises(ApiError, match=r"answered 200: nothing where (an object|a list) was expected") as caught:
            getattr(client, read)(*arguments)
        assert "server_url" in caught.value.hint, read


#: Objects that are read by themselves: how, and what names each of them.
SINGLE = {
    "caller": (lambda client: client.get_user_info(), {"id": "app:1"}),
    "integration": (lambda client: client.get_integration("hf"), {"name": "hf"}),
    "group": (lambda client: client.get_group("people"), {"id": "people"}),
    "user": (lambda client: client.get_user("app:1"), {"id": "app:1"}),
    "application": (lambda client: client.get_application("1"), {"id": "1"}),
    "application of a key": (lambda client: client.get_application_of_key("k"), {"id": "1"}),
    "execution": (lambda client: client.get_execution("1"), {"workflowId": "1"}),
}
#: Those whose answer does not repeat what they were asked for by.
UNNAMED = {"caller", "application of a key"}


@pytest.mark.parametrize("kind", SINGLE)
def test_an_object_that_does_not_say_which_it_is_is_none(kind):
    """Else it would pass for one that is there and has nothing: no roles, no tags."""
    read, good = SINGLE[kind]
    (field,) = good
    wrong = [{}, {field: None}, {field: ""}, {field: " "}, {"roles": [], "tags": [], "status": "COMPLETED"}]
    client = Server(TOKEN, *((200, answer) for answer in wrong)).client()
    for _answer in wrong:
        with pytest.raises(ApiError, match=f"answered 200: an answer without {field}, ") as caught:
            read(client)
        assert not caught.value.from_api
        assert "server_url" in caught.value.hint
        assert "run again" in caught.value.hint
    written_otherwise = {field: f"{good[field]}".upper(), "roles": None}
    client = Server(TOKEN, (200, good), (200, written_otherwise), (200, {field: "another"})).client()
    assert (read(client), read(client)) == (good, written_otherwise)
    if kind in UNNAMED:
        assert read(client) == {field: "another"}
        return
    with pytest.raises(ApiError, match=f"{field} is that of another object"):
        read(client)


def test_a_user_whose_id_is_shown_encrypted_is_the_one_that_was_asked_for():
    found = {"id": "9f3c", "encryptedId": True, "encryptedIdDisplayValue": "a***"}
    assert Server(TOKEN, (200, found)).client().get_user("ana@example.com") == found


def test_an_echoed_secret_is_scrubbed():
    server = Server(TOKEN, (400, {"status": 400, "message": f"bad value {SECRET}"}))
    with pytest.raises(ApiError) as caught:
        server.client().save_integration("x", {})
    assert SECRET not in str(caught.value)
    assert "bad value" in str(caught.value)


def test_a_models_slash_goes_encoded_or_raw():
    server = Server(TOKEN, (200, {}), (200, {}))
    client = server.client()
    client.delete_model("i", "acme/tiny")
    client.save_model("i", "acme/tiny", {}, raw=True)
    assert [entry[1].rpartition("/integration/")[2] for entry in server.seen[1:]] == ["acme%2Ftiny", "acme/tiny"]


def test_grants_on_a_target_that_nobody_holds_are_absent_or_nothing():
    server = Server(TOKEN, (200, {"READ": [{"type": "USER", "id": "a"}], "UPDATE": None, "DELETE": []}))
    found = server.client().list_grants_on("INTEGRATION", "i:m")
    assert found == {"READ": [{"type": "USER", "id": "a"}], "UPDATE": [], "DELETE": []}


@pytest.mark.parametrize("wrong", ["a", {}, [None], [1], [{}], [{"type": "USER"}], [{"type": 3, "id": "a"}]])
def test_no_holder_of_a_target_is_passed_over(wrong):
    with pytest.raises(ApiError, match="an answer in which"):
        Server(TOKEN, (200, {"READ": wrong})).client().list_grants_on("INTEGRATION", "i:m")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_that_the_server_failed_at_may_have_been_done(status):
    """A gateway gives up on a server that goes on working."""
    for method, uncertain in (("save_group", True), ("get_group", False)):
        server = Server(TOKEN, (status, {"message": "no"}))
        arguments = ("people", {}) if method == "save_group" else ("people",)
        with pytest.raises(ApiError) as caught:
            getattr(server.client(), method)(*arguments)
        assert caught.value.uncertain is uncertain
        assert ("may have acted" in str(caught.value)) is uncertain


@pytest.mark.parametrize("answer", [[], {}, {"id": 7}, "<html></html>", 5])
def test_a_creation_whose_answer_cannot_be_read_may_have_been_done(answer):
    with pytest.raises(ApiError) as caught:
        Server(TOKEN, (200, answer)).client().create_application("svc")
    assert caught.value.uncertain


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 429])
def test_a_write_that_was_refused_was_not_done_and_says_what_to_do(status):
    with pytest.raises(ApiError) as caught:
        Server(TOKEN, (status, {"message": "no"})).client().save_group("people", {})
    assert not caught.value.uncertain
    assert caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        {"name": 5},
        {"name": "hf", "configuration": []},
        {"name": "hf", "configuration": "key"},
        {"name": "hf", "tags": {"team": "a"}},
        {"name": "hf", "tags": [{"key": 5, "value": "a"}]},
        {"name": "hf", "tags": [{"value": "a"}]},
        {"name": "hf", "tags": ["a"]},
        {"name": "hf", "tags": [None]},
        {"name": "hf", "roles": [{"permissions": []}]},
        {"name": "hf", "groups": [7]},
        {"name": "hf", "defaultAccess": {"TASK_DEF": "READ"}},
        {"name": "hf", "defaultAccess": {"TASK_DEF": [1]}},
        {"name": "hf", "enabled": "yes"},
        {"name": "hf", "type": ["huggingface"]},
        {"name": "hf", "description": {}},
        {"name": "hf", "description": []},
        {"name": "hf", "description": 5},
        {"name": "hf", "tags": [{"key": "a", "value": {}}]},
        {"name": "hf", "tags": [{"key": "a", "value": 5}]},
        {"name": "hf", "configuration": {"namespace": {}}},
        {"name": "hf", "configuration": {"namespace": 5}},
        {"name": "hf", "apis": [{"api": "m", "configuration": {"endpoint": []}}]},
        [{"name": "hf"}],
    ],
)
def test_an_answer_that_would_be_misread_is_refused(answer):
    with pytest.raises(ApiError) as caught:
        Server(TOKEN, (200, answer)).client().get_integration("hf")
    assert "an answer" in str(caught.value)
    assert "server_url" in caught.value.hint


def test_a_tag_without_a_value_has_an_empty_one():
    answers = [[{"key": "a", "value": None}, {"key": "b"}], [{"key": "a", "value": {}}]]
    client = Server(TOKEN, *((200, answer) for answer in answers)).client()
    assert tag_pairs({"tags": client.list_application_tags("1")}) == {("a", ""), ("b", "")}
    with pytest.raises(ApiError, match="value is of type dict"):
        client.list_application_tags("1")


@pytest.mark.parametrize("answer", [[], [[{}]], 5, True])
def test_whoever_answers_a_key_with_a_list_may_not_have_taken_it(answer):
    with pytest.raises(ApiError, match="which such a request never has") as caught:
        Server(TOKEN, (200, answer)).client().save_integration("hf", {"type": "huggingface"})
    assert caught.value.uncertain


def test_null_is_as_good_as_nothing():
    found = {"name": "hf", "configuration": None, "tags": None, "enabled": None, "type": None, "description": None}
    assert Server(TOKEN, (200, found)).client().get_integration("hf") == found
    found = {"name": "hf", "configuration": {"namespace": None, "x": {}}, "tags": [{"key": "a", "value": None}]}
    assert Server(TOKEN, (200, found)).client().get_integration("hf") == found


def test_a_page_in_place_of_a_login_says_so():
    with pytest.raises(ApiError, match="web page"):
        Server((404, "<html></html>")).client().get_group("people")


def test_an_answer_without_an_end_to_its_depth_is_no_json():
    with pytest.raises(ValueError, match="deep"):
        HttpResponse(200, "application/json", b"[" * 100_000).json()


def test_what_an_error_says_forges_no_line():
    with pytest.raises(ApiError) as caught:
        Server(TOKEN, (400, {"message": "a\x1b[2J\r\nok: [host]\u202egnp"})).client().get_group("people")
    assert str(caught.value).isprintable()


def test_what_users_call_their_own_things_is_not_held_against_them():
    execution = {"workflowId": "1", "status": "COMPLETED", "tasks": [{"inputData": {"name": 5, "tags": "a", "id": {}}}]}
    assert Server(TOKEN, (200, execution)).client().get_execution("1") == execution


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"a":'),
        ("application/json", '{"name": "hf", "api": "acme/tin'),
        ("application/json", '"cut of'),
        ("application/json", "NaN"),
        ("application/json", '{"a": NaN}'),
        ("application/json", "-Infinity"),
        ("application/json", "[1, 2]"),
        ("application/json", "[]"),
        ("application/json", "true"),
        ("application/json", "17"),
        ("application/json", "1" * 6000),
        ("application/json", "[" * 100_000),
        ("", '{"a":'),
        ("text/html", "<html></html>"),
    ],
)
@pytest.mark.parametrize(
    ("write", "arguments"),
    [
        ("save_model", ("hf", "tiny", {})),
        ("delete_integration_tags", ("hf", [])),
        ("grant", ({"type": "GROUP", "id": "g"}, {"type": "INTEGRATION", "id": "hf:tiny"}, ["READ"])),
        ("register_workflow", ({},)),
    ],
)
def test_a_write_with_an_answer_that_is_none_of_its_own_may_not_have_been_done(write, arguments, kind, body):
    with pytest.raises(ApiError) as caught:
        getattr(Server(TOKEN, (200, body, ("Content-Type", kind))).client(), write)(*arguments)
    assert caught.value.uncertain
    assert "may have acted" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", ""),
        ("application/json", " \n"),
        ("application/json", "null"),
        ("application/json", "{}"),
        ("application/json", '{"message": "Granted permission"}'),
        ("application/json", '"done"'),
        ("application/json", "6f1c0e8e-done"),
        ("text/plain", "done"),
        ("text/plain", "[done] {"),
        ("", "done"),
        ("", '{"api": "tiny"}'),
    ],
)
def test_a_write_is_done_when_the_answer_is_an_object_a_text_or_nothing(kind, body):
    Server(TOKEN, (200, body, ("Content-Type", kind))).client().save_model("hf", "tiny", {})


@pytest.mark.parametrize("answer", ["6f1c0e8e-0000", '"6f1c0e8e-0000"', "60000"])
@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_an_executions_id_is_taken_whatever_it_is_called(kind, answer):
    server = Server(TOKEN, (200, answer, ("Content-Type", kind)))
    assert server.client().start_workflow("w", 1, "c") == answer.strip('"')


@pytest.mark.parametrize("answer", ["", "null", "true", "[1]", "{}", '{"a":', "NaN"])
def test_what_is_no_executions_id_says_that_one_may_run(answer):
    with pytest.raises(ApiError) as caught:
        Server(TOKEN, (200, answer, ("Content-Type", "application/json"))).client().start_workflow("w", 1, "c")
    assert caught.value.uncertain


@pytest.mark.parametrize("length", ["-1", "many", "2, x"])
def test_an_answer_whose_length_is_no_number_may_be_a_part_of_it(length):
    server = Server(TOKEN, (200, "{}", ("Content-Type", "application/json"), ("Content-Length", length)))
    with pytest.raises(ApiError, match="length") as caught:
        server.client().save_model("hf", "tiny", {})
    assert caught.value.uncertain


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_write_that_is_redirected_may_have_been_done(status):
    """As by a server that acts on a form and then shows where its result is."""
    for method, uncertain in (("save_group", True), ("get_group", False)):
        server = Server(TOKEN, (status, {"message": "elsewhere"}))
        arguments = ("people", {}) if method == "save_group" else ("people",)
        with pytest.raises(ApiError, match="redirects are not followed") as caught:
            getattr(server.client(), method)(*arguments)
        assert caught.value.uncertain is uncertain
        assert len(server.seen) == 2


@pytest.mark.parametrize("own_id", ["key-1", "", " ", "a b", "a\x00", None])
@pytest.mark.parametrize("secret", ["a-secret-0123456789", "", "x", "\x00" * 9, "two words", " a-secret ", None, [], 7])
def test_a_scrap_is_no_access_key(own_id, secret):
    server = Server(TOKEN, (200, {"id": own_id, "secret": secret}))
    client = server.client()
    if (own_id, secret) == ("key-1", "a-secret-0123456789"):
        assert client.create_access_key("app") == Credentials(key=own_id, secret=secret)
        return
    with pytest.raises(ApiError, match="without the access key's id and secret") as raised:
        client.create_access_key("app")
    assert raised.value.uncertain
