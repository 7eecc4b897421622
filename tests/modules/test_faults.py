# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and networks that fail, and what the modules then say, do and leave behind."""

from __future__ import annotations

import pytest
from bench import ENDPOINT, KEY, OTHER_KEY
from sandbox_process import ADMIN_KEY, ADMIN_SECRET

PATH = "/api/integrations/provider/hf"
CREATED = ("integration", "hf", "create")
NEW = {"name": "hf", "api_key": KEY, "namespace": "acme", "tags": {"team": "platform"}}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "status", "status": 502}, {"kind": "status", "status": 504},
     {"kind": "status", "status": 429, "retry_after": 1}, {"kind": "drop"}],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)  # fmt: skip
def test_a_failure_that_passes_is_not_noticed(bench, fault, method, when):
    bench.fault(**fault, when=when, method=method, path=f"{PATH}*")
    run = bench.run("hf_integration", **NEW)
    assert not run.failed, run.message
    assert run.changes == [CREATED]
    bench.holds("hf")
    assert bench.sandbox.control("GET", "/faults") == [], "the failure was not met"
    bench.converges("hf_integration", **NEW)


def test_an_answer_that_breaks_off_is_asked_for_again(bench):
    bench.integration()
    bench.fault(kind="truncate", path=PATH, method="GET")
    run = bench.run("hf_integration", name="hf", api_key=KEY)
    assert (run.failed, run.changed) == (False, False), run.message


def test_logging_in_is_tried_again(bench):
    bench.fault(kind="status", status=503, path="/api/token")
    bench.fault(kind="drop", path="/api/token")
    assert not bench.run("conductor_server_info").failed


def test_a_date_as_retry_after_and_an_absurd_one(bench):
    bench.fault(kind="status", status=429, retry_after="Tue, 01 Jan 2019 00:00:00 GMT", path="/api/token*")
    bench.fault(kind="status", status=429, retry_after="soon", path="/api/token*")
    assert not bench.run("conductor_server_info").failed


@pytest.mark.parametrize(
    ("status", "text"), [(429, "lower concurrency"), (503, "The server failed"), (500, "The server failed")]
)
def test_a_failure_that_stays_is_told(bench, status, text):
    bench.fault(kind="status", status=status, path=f"{PATH}*", count=100)
    bench.refuses("hf_integration", f"GET {PATH} answered {status}", text, **NEW, retries=1, timeout=5)
    # Only what may pass is tried again.
    tried = [seen for method, path, seen in bench.requests() if path == PATH]
    assert tried == [status] * (1 if status == 500 else 2)


def test_a_connection_that_always_breaks_off_is_told(bench):
    bench.fault(kind="drop", path=f"{PATH}*", count=100)
    bench.refuses("hf_integration", f"GET {PATH} got no answer", "the connection to", "broke off", **NEW, retries=1)


def test_a_write_without_an_answer_is_told_as_uncertain_and_mended(bench):
    bench.fault(kind="drop", path=PATH, method="POST", count=100, when="after")
    run = bench.run("hf_integration", **NEW, retries=1)
    assert run.failed
    assert run.changed, "something may have been written, and was"
    assert "the server may have acted on it" in run.message
    bench.sandbox.control("DELETE", "/faults")
    bench.holds("hf")
    bench.run("hf_integration", **NEW)
    bench.holds("hf")
    bench.converges("hf_integration", **NEW)


def test_a_slow_answer_is_given_up_in_time(bench):
    bench.fault(kind="latency", seconds=3, path="/api/token", count=3)
    run = bench.run("conductor_server_info", timeout=0.5, retries=0)
    assert run.failed
    assert "no complete answer" in run.message
    assert "Raise timeout" in run.message


@pytest.mark.parametrize("error", ["EXPIRED_TOKEN", "INVALID_TOKEN"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_token_that_ends_in_the_middle_is_renewed_once(bench, error, method):
    bench.fault(kind="expire_token", error=error, method=method, path=f"{PATH}*")
    run = bench.run("hf_integration", **NEW)
    assert not run.failed, run.message
    assert [path for _method, path, _status in bench.requests()].count("/api/token") == 2
    bench.holds("hf")
    bench.converges("hf_integration", **NEW)


def test_a_token_that_was_given_cannot_be_renewed(bench):
    token = bench.admin().token
    bench.fault(kind="expire_token", method="POST", path=f"{PATH}*")
    run = bench.run("hf_integration", **NEW, auth_token=token)
    assert run.failed
    assert "give a fresh auth_token" in run.message
    assert token not in run.output


def test_one_renewal_serves_many_threads(bench):
    entries = [{"name": f"hf-{number}", "api_key": KEY, "namespace": "acme"} for number in range(12)]
    bench.fault(kind="expire_token", method="POST", path="/api/integrations/provider/hf-5")
    run = bench.run("hf_integration", integrations=entries)
    assert not run.failed, run.message
    assert [path for _method, path, _status in bench.requests()].count("/api/token") == 2
    for entry in entries:
        bench.holds(entry["name"])


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
@pytest.mark.parametrize("path", ["/api/token", PATH])
def test_a_page_of_a_proxy_is_told_and_never_taken_for_an_answer(bench, path, status):
    bench.fault(kind="page", status=status, path=path, count=50)
    run = bench.refuses("hf_integration", path, **NEW, retries=0)
    assert "<html" not in run.output
    assert "Please sign in" not in run.output
    if path == PATH:
        assert "A web page came instead of the API's answer" in run.message


@pytest.mark.parametrize("path", ["/api/integrations/provider/hf/integration", "/api/groups/people/permissions"])
def test_a_page_in_place_of_a_list_removes_nothing(bench, path):
    bench.integration()
    bench.admin().model("hf", "plain")
    bench.admin().done("PUT", "/groups/people", {"description": "people", "roles": []})
    bench.admin().grant(("GROUP", "people"), ("INTEGRATION_PROVIDER", "hf"), "READ")
    bench.fault(kind="page", status=404, path=path, count=50)
    if "groups" in path:
        bench.refuses(
            "conductor_group_permission",
            path,
            grants=[],
            purge=True,
            purge_groups=["people"],
            purge_integrations=["hf"],
        )
    else:
        bench.refuses("hf_model", path, models=[], purge=True, purge_integrations=["hf"])


# Partial failure

LIST = [{"name": f"hf-{letter}", "api_key": KEY, "namespace": "acme"} for letter in "abcdef"]


@pytest.mark.parametrize("concurrency", [1, 10])
def test_a_refusal_in_the_middle_of_a_list_is_told_truly_and_mended(bench, concurrency):
    bench.fault(kind="status", status=403, method="POST", path="/api/integrations/provider/hf-c")
    run = bench.run("hf_integration", integrations=LIST, concurrency=concurrency)
    assert run.failed
    assert run.changed
    applied = {name for _kind, name, _action in run.changes}
    failed = {failure["name"]: failure for failure in run.result["failures"]}
    assert set(failed) == {"hf-c"}
    assert failed["hf-c"]["kind"] == "integration"
    assert failed["hf-c"]["action"] == "create"
    assert "answered 403" in failed["hf-c"]["message"]
    assert "CREATE_INTEGRATION" in failed["hf-c"]["message"]
    assert run.result["not_attempted"] == []
    assert applied == {entry["name"] for entry in LIST} - {"hf-c"}
    assert run.result["summary"] == {
        "created": 5, "updated": 0, "deleted": 0, "unchanged": 0, "failed": 1, "skipped": 0
    }  # fmt: skip
    assert run.message.startswith("1 of 6 changes failed, 5 were applied, 0 were not tried; integration hf-c: ")
    there = {entry["name"] for entry in bench.admin().done("GET", "/integrations/provider?activeOnly=false")}
    assert there == applied
    assert {
        path.rsplit("/", 1)[1] for method, path, status in bench.requests() if method == "POST" and status == 200
    } >= applied
    bench.converges("hf_integration", ("integration", "hf-c", "create"), integrations=LIST)
    for entry in LIST:
        bench.holds(entry["name"])


def test_when_the_connection_is_lost_the_rest_is_not_tried(bench):
    bench.fault(kind="status", status=503, method="POST", path="/api/integrations/provider/*", skip=2, count=100)
    run = bench.run("hf_integration", integrations=LIST, concurrency=1, retries=0)
    assert [name for _kind, name, _action in run.changes] == ["hf-a", "hf-b"]
    assert [failure["name"] for failure in run.result["failures"]] == ["hf-c"]
    assert [entry["name"] for entry in run.result["not_attempted"]] == ["hf-d", "hf-e", "hf-f"]
    assert run.result["not_attempted"][0] == {"kind": "integration", "name": "hf-d", "action": "create"}
    assert run.result["summary"]["skipped"] == 3
    written = [path for method, path, _status in bench.requests() if method == "POST" and "provider" in path]
    assert written == [f"/api/integrations/provider/hf-{letter}" for letter in "abc"]
    bench.sandbox.control("DELETE", "/faults")
    bench.converges(
        "hf_integration", *[("integration", f"hf-{letter}", "create") for letter in "cdef"], integrations=LIST
    )


def test_a_later_stage_is_not_begun_after_a_failure(bench):
    bench.integration()
    bench.admin().model("hf", "plain")
    bench.fault(kind="status", status=403, method="DELETE", path=f"{PATH}/integration/plain")
    run = bench.run("hf_integration", name="hf", state="absent")
    assert run.failed
    assert run.changed is False
    assert [failure["name"] for failure in run.result["failures"]] == ["hf:plain"]
    assert run.result["not_attempted"] == [{"kind": "integration", "name": "hf", "action": "delete"}]
    bench.holds("hf")
    bench.converges(
        "hf_integration", ("model", "hf:plain", "delete"), ("integration", "hf", "delete"), name="hf", state="absent"
    )


def test_a_change_that_is_done_half_says_which_half(bench):
    bench.integration()
    bench.fault(kind="status", status=403, method="PUT", path=f"{PATH}/tags")
    run = bench.run("hf_integration", name="hf", api_key=KEY, description="new", tags={"team": "a"})
    assert run.failed
    assert run.changed, "the settings were written"
    assert "Done before that: settings" in run.result["failures"][0]["message"]
    bench.converges(
        "hf_integration", ("integration", "hf", "update"), name="hf", api_key=KEY, description="new", tags={"team": "a"}
    )


@pytest.mark.parametrize("step", range(4))
def test_a_change_of_the_key_that_breaks_off_anywhere_is_mended_by_the_next_run(bench, step):
    """A fingerprint must never vouch for a key that is not there."""
    bench.integration()
    bench.fault(kind="status", status=403, method="*", path=f"{PATH}*", skip=step + 1)
    bench.run("hf_integration", name="hf", api_key=OTHER_KEY)
    bench.sandbox.control("DELETE", "/faults")
    found = bench.sandbox.control("POST", "/secrets/check", {"integration": "hf", "key": "api_key", "value": OTHER_KEY})
    if not found["equal"]:
        bench.holds("hf", KEY)
    run = bench.run("hf_integration", name="hf", api_key=OTHER_KEY)
    assert not run.failed, run.message
    bench.holds("hf", OTHER_KEY)
    bench.converges("hf_integration", name="hf", api_key=OTHER_KEY)


def test_a_removal_that_was_done_without_an_answer_counts_as_done(bench):
    bench.integration()
    bench.admin().model("hf", "plain")
    bench.fault(kind="drop", method="DELETE", path="*", when="after", count=2)
    run = bench.run("hf_integration", name="hf", state="absent")
    assert not run.failed, run.message
    assert bench.admin().done("GET", "/integrations/provider?activeOnly=false") == []


def test_models_and_grants_tell_partial_failure_too(bench):
    bench.integration()
    bench.admin().done("PUT", "/groups/people", {"description": "people", "roles": []})
    bench.fault(kind="status", status=403, method="POST", path=f"{PATH}/integration/b")
    run = bench.run("hf_model", integration="hf", models=[{"name": name, "endpoint": ENDPOINT} for name in "abc"])
    assert [name for _kind, name, _action in run.changes] == ["hf:a", "hf:c"]
    assert [failure["name"] for failure in run.result["failures"]] == ["hf:b"]
    assert set(bench.models()) == {"a", "c"}
    bench.fault(kind="status", status=403, method="POST", path="/api/auth/authorization")
    run = bench.run(
        "conductor_group_permission", groups=["people"], integrations=["hf"], models=["hf:a", "hf:c"], access=["READ"]
    )
    assert len(run.changes) == 2
    assert len(run.result["failures"]) == 1
    assert len(bench.admin().done("GET", "/groups/people/permissions")["grantedAccess"]) == 2
    assert bench.as_caller(ADMIN_KEY, ADMIN_SECRET) == bench.connection


# A server that is only just starting


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "page", "status": 200}, {"kind": "page", "status": 403}, {"kind": "status", "status": 503},
        {"kind": "status", "status": 404}, {"kind": "drop"}, {"kind": "truncate"},
    ],
)  # fmt: skip
def test_a_server_that_is_starting_is_waited_for(bench, fault):
    how = {"ready_seconds": 20, "interval": 0.01, "retries": 0}
    bench.fault(**fault, method="POST", path="/api/token", count=3)
    run = bench.run("conductor_server_info", **how)
    assert (run.failed, run.result["ready"], run.result["waiting_for"]) == (False, True, None), run.message
    assert len([path for _method, path, _status in bench.requests() if path == "/api/token"]) == 4
    assert run.result["administrator"] is True
    bench.fault(**fault, method="POST", path="/api/token", count=100)
    run = bench.run("conductor_server_info", **{**how, "ready_seconds": 0.03})
    assert (run.failed, run.result["ready"], run.result["caller"]) == (False, False, None)
    assert run.result["waiting_for"].startswith("POST /api/token ")


def test_a_key_that_is_refused_is_no_reason_to_wait(bench):
    for more, text in (({"auth_secret": "wrong"}, "answered 401"), ({"ready_seconds": -1}, "ready_seconds is -1")):
        given = {"ready_seconds": 60, "interval": 30, "auth_key": "sandbox-admin", "auth_secret": "x", **more}
        run = bench.run("conductor_server_info", **given)
        assert run.failed
        assert text in run.message
