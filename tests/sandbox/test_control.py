# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control path: settings, reset, the request log, secrets, faults."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
import requests
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, SOURCE, Client, SandboxProcess, model_path

sys.path.insert(0, str(SOURCE))

from conductor_sandbox.request_log import LONGEST, RequestLog

PROVIDER = "/integrations/provider/hf-prod"


@pytest.mark.parametrize("headers", [{}, {"X-Sandbox-Control": "0"}, {"X-Authorization": "1"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/log"), ("POST", "/reset"), ("PATCH", "/settings"), ("POST", "/stop"), ("GET", "/nosuch")],
)
def test_the_control_path_needs_its_header(
    sandbox: SandboxProcess, headers: dict[str, str], method: str, path: str
) -> None:
    response = requests.request(method, f"{sandbox.root}/sandbox-control{path}", headers=headers, timeout=5)
    assert response.status_code == 403


def test_the_control_path_says_who_it_is(sandbox: SandboxProcess) -> None:
    status = sandbox.control("GET")
    assert status["name"] == "conductor-sandbox" and status["process"] == sandbox.process.pid
    assert len(status["instance_id"]) == 36
    sandbox.control("GET", "/nosuch", status=404)
    sandbox.control("PUT", "/settings", status=405)


def test_settings_are_read_and_changed(sandbox: SandboxProcess) -> None:
    before = sandbox.control("GET", "/settings")
    assert before["secrets"] == "masked" and "admin_secret" not in before
    changed = sandbox.control("PATCH", "/settings", {"secrets": "clear", "latency": 5})
    assert changed == {**before, "secrets": "clear", "latency": 5} == sandbox.control("GET", "/settings")
    wrong: Any
    for wrong in ({"nosuch": 1}, {"secrets": "nosuch"}, {"latency": -1}, {"admin_key": "x"}, {"admin_secret": "x"}, []):
        sandbox.control("PATCH", "/settings", wrong, status=400)
    assert sandbox.control("GET", "/settings") == changed
    sandbox.log_in()


def test_reset(sandbox: SandboxProcess, admin: Client) -> None:
    me = admin.done("GET", "/token/userInfo")["id"]
    admin.integration()
    _user, client = admin.application(roles=("ADMIN",))
    sandbox.settings(secrets="clear")
    sandbox.fault(kind="drop", path="/nosuch")
    sandbox.control("POST", "/reset", ["faults"])
    assert sandbox.control("GET", "/faults") == [] and sandbox.control("GET", "/log/summary")["reads"]
    assert sandbox.control("GET", "/settings")["secrets"] == "clear" and admin.done("GET", PROVIDER)
    sandbox.control("POST", "/reset")
    assert sandbox.control("GET", "/settings")["secrets"] == "masked"
    assert sandbox.control("GET", "/log/summary")["reads"] == 0
    admin.refused("GET", PROVIDER, 404)
    assert admin.done("GET", "/token/userInfo")["id"] == me, "the administrator stays"
    assert client.send("GET", "/groups").json()["error"] == "INVALID_TOKEN"
    assert admin.done("GET", "/users/" + me.replace(":", "%3A") + "/permissions") == {"grantedAccess": []}
    sandbox.control("POST", "/reset", ["nosuch"], status=400)


def test_the_log_tells_reads_from_writes_and_callers(sandbox: SandboxProcess, admin: Client) -> None:
    me, client = admin.application()
    sandbox.control("DELETE", "/log")
    since = sandbox.control("GET", "/log/summary")["last_number"]
    Client(sandbox, None).send("POST", "/token", {"keyId": ADMIN_KEY, "keySecret": ADMIN_SECRET})
    client.send("GET", "/integrations/all?activeOnly=false&nosuch=hf_secret_value")
    client.send("POST", PROVIDER, {"type": "huggingface", "configuration": {"api_key": "hf_secret_value"}})
    Client(sandbox, None).send("DELETE", PROVIDER)
    entries = sandbox.control("GET", "/log")
    told = [(one["method"], one["path"], one["kind"], one["status"], one["caller"]) for one in entries]
    assert told == [
        ("POST", "/api/token", "read", 200, None),
        ("GET", "/api/integrations/all", "read", 200, me),
        ("POST", "/api" + PROVIDER, "write", 403, me),
        ("DELETE", "/api" + PROVIDER, "write", 401, None),
    ]
    assert [one["number"] for one in entries] == list(range(since + 1, since + 5))
    assert entries[1]["query"] == {"activeOnly": "false", "nosuch": "..."}
    assert set(entries[0]) == {"number", "time", "method", "path", "query", "kind", "caller", "status", "fault"}
    assert abs(entries[0]["time"] - time.time()) < 60
    text = str(entries)
    assert "hf_secret_value" not in text and ADMIN_SECRET not in text and str(client.token) not in text
    assert sandbox.control("GET", "/log?kind=write") == entries[2:]
    assert sandbox.control("GET", f"/log?since={since + 3}") == entries[3:]
    assert sandbox.control("GET", "/log/summary") == {
        "reads": 2,
        "writes": 2,
        "about_the_caller": 1,
        "last_number": since + 4,
        "callers": {"-": {"reads": 1, "writes": 1}, me: {"reads": 1, "writes": 1}},
    }
    assert sandbox.control("DELETE", "/log")["writes"] == 0 and sandbox.control("GET", "/log") == []


def test_more_requests_are_counted_than_are_kept() -> None:
    log = RequestLog()
    log.start("POST", "/api/token", "")
    log.start("GET", "/api/token/userInfo", "")
    for _number in range(LONGEST):
        log.start("GET", "/api/groups", "")
    summary = log.summary()
    assert (summary["reads"], summary["about_the_caller"], len(log.entries())) == (LONGEST + 2, 2, LONGEST)
    log.start("PUT", "/api/token/userInfo", "")
    assert log.summary()["about_the_caller"] == 2, "a write is none"
    log.clear()
    assert log.summary()["about_the_caller"] == 0


def test_the_log_shows_paths_as_they_were_sent(sandbox: SandboxProcess, admin: Client) -> None:
    sandbox.control("DELETE", "/log")
    admin.send("GET", model_path())
    sandbox.raw("GET", "/api/integrations/provider/hf-prod/integration/acme/tiny-llm")
    paths = [one["path"] for one in sandbox.control("GET", "/log")]
    assert paths == [
        "/api/integrations/provider/hf-prod/integration/acme%2Ftiny-llm",
        "/api/integrations/provider/hf-prod/integration/acme/tiny-llm",
    ]


def test_a_secret_is_compared_and_never_told(sandbox: SandboxProcess, admin: Client) -> None:
    admin.integration()
    admin.model(configuration={"api_key": "hf_model_key"})

    def check(**body: Any) -> dict[str, bool]:
        answer: dict[str, bool] = sandbox.control("POST", "/secrets/check", {"integration": "hf-prod", **body})
        return answer

    assert check(value="hf_first_key") == {"stored": True, "equal": True}
    assert check(value="hf_first_ke") == check(value="********") == {"stored": True, "equal": False}
    assert check(value="x", key="password") == {"stored": False, "equal": False}
    assert check(value="acme", key="namespace") == {"stored": True, "equal": True}
    assert check(value="hf_model_key", model="acme/tiny-llm") == {"stored": True, "equal": True}
    admin.integration(configuration={"namespace": "acme"})
    assert check(value="hf_first_key") == {"stored": False, "equal": False}, "the key was erased"
    sandbox.control("POST", "/secrets/check", {"integration": "nosuch", "value": "x"}, status=404)
    sandbox.control("POST", "/secrets/check", {"integration": "hf-prod"}, status=400)


def test_all_tokens_expire(sandbox: SandboxProcess, admin: Client) -> None:
    sandbox.control("POST", "/tokens/expire")
    response = admin.send("GET", "/groups")
    assert (response.status_code, response.json()["error"]) == (401, "EXPIRED_TOKEN")
    sandbox.log_in().done("GET", "/groups")


# Faults


def test_faults_are_bounded_and_matched(sandbox: SandboxProcess, admin: Client) -> None:
    number = sandbox.fault(kind="status", status=502, count=2, skip=1, method="get", path="/api/groups*")
    waiting = sandbox.control("GET", "/faults")
    assert [(one["number"], one["kind"], one["count"], one["skip"]) for one in waiting] == [(number, "status", 2, 1)]
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("GET", "/users")
    statuses = [admin.send("GET", "/groups").status_code for _attempt in range(5)]
    assert statuses == [200, 502, 502, 200, 200]
    assert sandbox.control("GET", "/faults") == []
    entries = sandbox.control("GET", "/log")
    assert [one["fault"] for one in entries[-5:]] == [None, "status", "status", None, None]


def test_faults_are_taken_back(sandbox: SandboxProcess, admin: Client) -> None:
    number = sandbox.fault(kind="drop", count=5)
    sandbox.control("DELETE", f"/faults/{number}")
    sandbox.control("DELETE", f"/faults/{number}", status=404)
    admin.done("GET", "/groups")
    sandbox.fault(kind="drop", count=5)
    assert sandbox.control("DELETE", "/faults") == []
    admin.done("GET", "/groups")


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "nosuch"},
        {"kind": "drop", "count": 0},
        {"kind": "status", "status": 200},
        {"kind": "drop", "nosuch": 1},
        {"kind": "slow", "seconds": 1000},
        {"kind": "status", "retry_after": "a\r\nb: c"},
    ],
)
def test_wrong_faults_are_refused(sandbox: SandboxProcess, fault: dict[str, Any]) -> None:
    sandbox.control("POST", "/faults", fault, status=400)
    assert sandbox.control("GET", "/faults") == []


@pytest.mark.parametrize("retry_after", [None, 3, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_status_with_retry_after(sandbox: SandboxProcess, admin: Client, retry_after: Any) -> None:
    sandbox.fault(kind="status", status=429, retry_after=retry_after)
    response = admin.send("GET", "/groups")
    assert response.status_code == 429 and response.json()["status"] == 429 and response.json()["retryable"] is True
    assert response.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["status", "drop", "page"])
def test_a_fault_comes_before_acting_or_after(sandbox: SandboxProcess, admin: Client, kind: str, when: str) -> None:
    sandbox.fault(kind=kind, when=when, method="PUT", status=504)
    body = {"description": "d"}
    if kind == "drop":
        with pytest.raises(requests.ConnectionError):
            admin.send("PUT", "/groups/ops", body)
    else:
        response = admin.send("PUT", "/groups/ops", body)
        assert response.status_code == 504
        assert response.headers["Content-Type"].startswith("text/html" if kind == "page" else "application/json")
    assert admin.send("GET", "/groups/ops").status_code == (200 if when == "after" else 404)
    entry = sandbox.control("GET", "/log?kind=write")[-1]
    assert entry["fault"] == kind and entry["status"] == (None if kind == "drop" else 504)
    assert str(entry["caller"]).startswith("app:")


def test_a_page_may_come_as_success(sandbox: SandboxProcess, admin: Client) -> None:
    sandbox.fault(kind="page", status=200)
    response = admin.send("GET", "/groups")
    assert response.status_code == 200 and response.text.startswith("<!doctype html>")


@pytest.mark.parametrize(("method", "path"), [("GET", "/groups"), ("DELETE", PROVIDER)])
def test_a_truncated_body(sandbox: SandboxProcess, admin: Client, method: str, path: str) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.integration()
    sandbox.fault(kind="truncate", method=method)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        admin.send(method, path)
    if method == "DELETE":
        admin.refused("GET", PROVIDER, 404)


def test_a_slow_body(sandbox: SandboxProcess, admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    sandbox.fault(kind="slow", seconds=0.4)
    begun = time.monotonic()
    response = admin.send("GET", "/groups", stream=True)
    first = time.monotonic() - begun
    assert response.json()[0]["id"] == "ops" and time.monotonic() - begun >= 0.4 > first


def test_latency_joins_another_fault(sandbox: SandboxProcess, admin: Client) -> None:
    sandbox.fault(kind="latency", seconds=0.2)
    sandbox.fault(kind="status", status=500)
    begun = time.monotonic()
    assert admin.send("GET", "/groups").status_code == 500
    assert time.monotonic() - begun >= 0.2
    assert sandbox.control("GET", "/log")[-1]["fault"] == "latency,status"


@pytest.mark.parametrize(("error", "status"), [("EXPIRED_TOKEN", 401), ("INVALID_TOKEN", 403)])
def test_a_token_ends_in_the_middle(sandbox: SandboxProcess, admin: Client, error: str, status: int) -> None:
    other = sandbox.log_in()
    sandbox.fault(kind="expire_token", error=error, method="PUT")
    for method, body in (("PUT", {"description": "d"}), ("GET", None)):
        response = admin.send(method, "/groups/ops", body)
        assert (response.status_code, response.json()["error"]) == (status, error), "and it stays refused"
    other.refused("GET", "/groups/ops", 404)
    sandbox.log_in().done("PUT", "/groups/ops", {"description": "d"})


def test_logging_in_can_fail_too(sandbox: SandboxProcess) -> None:
    sandbox.fault(kind="status", status=503, path="/api/token")
    body = {"keyId": ADMIN_KEY, "keySecret": ADMIN_SECRET}
    assert Client(sandbox, None).send("POST", "/token", body).status_code == 503
    assert Client(sandbox, None).send("POST", "/token", body).status_code == 200
