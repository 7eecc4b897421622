# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of an endpoint, what it serves in each, and the log and the faults below /huggingface."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from huggingface_client import EVERYTHING, MODEL, TOKEN, HuggingFaceClient, endpoint_body, set_token
from sandbox_process import SandboxProcess

ACME = "/v2/endpoint/acme"
TINY = f"{ACME}/tiny"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Say hello"}]}


def post(client: HuggingFaceClient, action: str) -> str:
    """Pause, resume or scale to zero; returns the state."""
    return str(client.done("POST", f"{TINY}/{action}")["status"]["state"])


def put_into(sandbox: SandboxProcess, state: str, **more: Any) -> None:
    """Put the endpoint into a state at once."""
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/state", {"state": state, **more})


def test_an_endpoint_starts_as_it_is_read(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    assert hugging.create()["status"]["state"] == "pending"
    assert [hugging.state() for _read in range(4)] == ["pending", "initializing", "running", "running"]
    status = hugging.get()["status"]
    assert status["url"].startswith(f"{sandbox.root}/huggingface/served/")
    assert (status["readyReplica"], status["targetReplica"]) == (1, 1)


@pytest.mark.parametrize(
    ("pending", "initializing", "states"),
    [
        (0, 0, ["running", "running"]),
        (2, 0, ["pending", "pending", "running"]),
        (0, 3, ["initializing", "initializing", "initializing", "running"]),
    ],
)
def test_how_long_a_start_lasts(
    sandbox: SandboxProcess, hugging: HuggingFaceClient, pending: int, initializing: int, states: list[str]
) -> None:
    sandbox.settings(huggingface_pending_reads=pending, huggingface_initializing_reads=initializing)
    assert hugging.create()["status"]["state"] == "pending"
    assert [hugging.state() for _read in states] == states


def test_how_long_an_update_lasts(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    sandbox.settings(huggingface_updating_reads=2)
    hugging.run()
    assert hugging.done("PUT", TINY, {"tags": ["x"]})["status"]["state"] == "updating"
    assert [hugging.state() for _read in range(3)] == ["updating", "updating", "running"]


def test_an_endpoint_that_fails(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/failure", {"message": "Out of memory"})
    hugging.create()
    assert [hugging.state() for _read in range(4)] == ["pending", "initializing", "failed", "failed"]
    status = hugging.get()["status"]
    assert status["message"] == "Out of memory" and "url" not in status and status["readyReplica"] == 0
    assert "already running" not in hugging.refused("POST", f"{TINY}/resume", 400)
    sandbox.control("DELETE", "/huggingface/endpoints/acme/tiny/failure")
    sandbox.control("DELETE", "/huggingface/endpoints/acme/tiny/failure", status=404)
    assert post(hugging, "pause") == "paused" and post(hugging, "resume") == "pending"
    hugging.wait()
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/failure", {"message": "Bad image"})
    hugging.done("PUT", TINY, {"tags": ["x"]})
    assert [hugging.state() for _read in range(2)] == ["updating", "updateFailed"]
    status = hugging.get()["status"]
    assert status["message"] == "Bad image" and status["url"]
    sandbox.control("POST", "/reset", ["state"])
    assert [hugging.create()["name"], hugging.wait()["name"]] == ["tiny", "tiny"], "a reset takes failures back"


def test_an_endpoint_without_hardware_stays_pending(hugging: HuggingFaceClient) -> None:
    body = endpoint_body(
        provider={"vendor": "azure", "region": "eastus"},
        compute__accelerator="cpu",
        compute__instanceType="intel-xeon",
        compute__instanceSize="x2",
    )
    hugging.done("POST", ACME, body)
    assert {hugging.state() for _read in range(5)} == {"pending"}


def test_pause_and_resume(hugging: HuggingFaceClient) -> None:
    url = hugging.run()["status"]["url"]
    assert "already running" in hugging.refused("POST", f"{TINY}/resume", 400)
    paused = hugging.done("POST", f"{TINY}/pause")["status"]
    assert (paused["state"], paused["url"], paused["targetReplica"]) == ("paused", url, 0)
    assert hugging.state() == "paused", "reading does not start it"
    assert post(hugging, "resume") == "pending"
    assert "already running" in hugging.refused("POST", f"{TINY}/resume", 400)
    assert hugging.wait()["status"]["url"] == url


@pytest.mark.parametrize("mode", ["reject", "accept"])
def test_what_a_paused_endpoint_refuses(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_paused_pause=mode, huggingface_paused_scale_to_zero=mode)
    hugging.run()
    post(hugging, "pause")
    if mode == "reject":
        hugging.refused("POST", f"{TINY}/pause", 400)
        hugging.refused("POST", f"{TINY}/scale-to-zero", 400)
        assert hugging.state() == "paused"
    else:
        assert post(hugging, "pause") == "paused" and post(hugging, "scale-to-zero") == "scaledToZero"


@pytest.mark.parametrize("mode", ["reject", "accept"])
def test_huggingface_sleeping_pause(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_sleeping_pause=mode)
    hugging.run()
    assert post(hugging, "scale-to-zero") == hugging.state() == "scaledToZero"
    hugging.refused("POST", f"{TINY}/scale-to-zero", 400)
    if mode == "reject":
        hugging.refused("POST", f"{TINY}/pause", 400)
    else:
        assert post(hugging, "pause") == "paused"


@pytest.mark.parametrize("mode", ["reject", "already_running", "wake"])
def test_huggingface_sleeping_resume(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_sleeping_resume=mode)
    hugging.run()
    post(hugging, "scale-to-zero")
    if mode == "wake":
        assert post(hugging, "resume") == "initializing"
        hugging.wait()
    else:
        text = hugging.refused("POST", f"{TINY}/resume", 400)
        assert ("already running" in text) is (mode == "already_running") and hugging.state() == "scaledToZero"


@pytest.mark.parametrize("mode", ["zero", "any"])
def test_huggingface_scale_to_zero_minimum(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_scale_to_zero_minimum=mode)
    hugging.create(compute__scaling__minReplica=1)
    assert "pending" in hugging.refused("POST", f"{TINY}/scale-to-zero", 400)
    hugging.wait()
    if mode == "zero":
        assert "minReplica" in hugging.refused("POST", f"{TINY}/scale-to-zero", 400)
    else:
        assert post(hugging, "scale-to-zero") == "scaledToZero"


@pytest.mark.parametrize("mode", ["stays", "starts"])
@pytest.mark.parametrize(("action", "state"), [("pause", "paused"), ("scale-to-zero", "scaledToZero")])
def test_huggingface_update_at_rest(
    sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str, action: str, state: str
) -> None:
    sandbox.settings(huggingface_update_at_rest=mode)
    hugging.run()
    post(hugging, action)
    after = hugging.done("PUT", TINY, {"tags": ["x"]})
    assert after["tags"] == ["x"] and after["status"]["state"] == (state if mode == "stays" else "updating")


def test_the_state_listing_tells_changes_from_progress(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    def outline() -> Any:
        return sandbox.control("GET", "/state")["huggingface_endpoints"]

    assert outline() == []
    hugging.create()
    before = outline()
    assert before[0].startswith("acme / tiny ")
    hugging.wait()
    assert outline() == before, "an endpoint that starts is still the same"
    post(hugging, "pause")
    assert outline() != before
    sandbox.control("POST", "/reset", ["state"])
    assert outline() == []


# What is served


def served(client: HuggingFaceClient, **changes: Any) -> str:
    """Run an endpoint; returns its address."""
    return str(client.run(**changes)["status"]["url"])


def test_an_endpoint_serves_a_model(hugging: HuggingFaceClient) -> None:
    url = served(hugging)
    assert hugging.send("GET", f"{url}/health").status_code == 200
    assert [one["id"] for one in hugging.done("GET", f"{url}/v1/models")["data"]] == [MODEL]
    first, second = (hugging.done("POST", f"{url}/v1/chat/completions", CHAT) for _read in range(2))
    message = first["choices"][0]["message"]
    assert message["role"] == "assistant" and message["content"].endswith("Say hello") and MODEL in message["content"]
    assert (first["model"], first["choices"]) == (MODEL, second["choices"])
    assert first["choices"][0]["finish_reason"] == "stop" and first["usage"]["prompt_tokens"] == 2
    short = hugging.done("POST", f"{url}/v1/chat/completions", {**CHAT, "max_tokens": 2})
    assert short["choices"][0]["finish_reason"] == "length" and short["usage"]["completion_tokens"] == 2
    text = hugging.done("POST", f"{url}/v1/completions", {"model": MODEL, "prompt": "Once"})["choices"][0]["text"]
    assert text.endswith("Once")
    assert hugging.stored()["status"]["lastUsedAt"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model": "other/model"}, 404),
        ({"model": "tgi"}, 404),
        ({"messages": []}, 400),
        ({"messages": "Say hello"}, 400),
        ({"messages": [{"role": "user"}]}, 400),
        ({"max_tokens": 0}, 400),
        ({"stream": True}, 400),
    ],
)
def test_a_wrong_conversation(hugging: HuggingFaceClient, change: dict[str, Any], status: int) -> None:
    response = hugging.send("POST", f"{served(hugging)}/v1/chat/completions", {**CHAT, **change})
    assert response.status_code == status and response.json()["error"]["code"] == status


def test_other_engines(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    tgi = served(hugging, model__image={"tgi": {"url": "a"}})
    hugging.done("POST", f"{tgi}/v1/chat/completions", {**CHAT, "model": "tgi"})
    hugging.done("DELETE", TINY, status=204)
    own = served(hugging, model__image={"custom": {"url": "a", "healthRoute": "/ready"}})
    assert hugging.send("GET", f"{own}/ready").status_code == 200
    assert hugging.send("GET", f"{own}/health").status_code == 404
    hugging.done("DELETE", TINY, status=204)
    tei = served(hugging, model__image={"tei": {"url": "a"}})
    assert hugging.send("GET", f"{tei}/v1/models").status_code == 404


@pytest.mark.parametrize("mode", ["absent", "served"])
def test_huggingface_default_image_routes(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_default_image_routes=mode)
    url = served(hugging, model__image={"huggingface": {}})
    wanted = 200 if mode == "served" else 404
    assert hugging.send("GET", f"{url}/v1/models").status_code == wanted
    assert hugging.send("POST", f"{url}/v1/chat/completions", CHAT).status_code == wanted
    assert hugging.send("GET", f"{url}/health").status_code == 200


def test_who_may_call(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    health = served(hugging) + "/health"
    nobody, stranger = HuggingFaceClient(sandbox, None), set_token(sandbox)
    unfit = set_token(sandbox, "unfit", global_permissions=EVERYTHING[:2], organizations=[{"name": "acme"}])
    member = set_token(sandbox, "member", organizations=[{"name": "acme"}])
    clients = (nobody, HuggingFaceClient(sandbox, "hf_wrong"), stranger, unfit, member)

    def statuses() -> list[int]:
        return [client.send("GET", health).status_code for client in clients]

    assert nobody.refused("GET", health, 401) == "401 Unauthorized"
    assert statuses() == [401, 401, 200, 403, 200]
    sandbox.settings(huggingface_authenticated_calls="members")
    assert statuses() == [401, 401, 403, 403, 200]
    sandbox.settings(huggingface_authenticated_calls="any_account")
    for kind, wanted in (("private", [401, 401, 403, 403, 200]), ("public", [200] * 5)):
        hugging.done("PUT", TINY, {"type": kind})
        hugging.wait()
        assert statuses() == wanted


@pytest.mark.parametrize("mode", ["refused", "accepted"])
def test_huggingface_classic_token_calls(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_classic_token_calls=mode)
    health = served(hugging) + "/health"
    reader = set_token(sandbox, role="read", organizations=[{"name": "acme"}])
    assert reader.send("GET", health).status_code == (403 if mode == "refused" else 200)


def test_calling_an_endpoint_that_does_not_run(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    sandbox.settings(huggingface_initializing_reads=2)
    health = served(hugging) + "/health"
    post(hugging, "scale-to-zero")
    HuggingFaceClient(sandbox, None).refused("GET", health, 401)
    assert hugging.state() == "scaledToZero", "whoever is refused wakes nobody"
    response = hugging.send("GET", health)
    assert response.status_code == 503 and "Retry-After" not in response.headers
    assert hugging.stored()["status"]["state"] == "initializing"
    assert [hugging.send("GET", health).status_code for _read in range(3)] == [503, 503, 200]
    post(hugging, "pause")
    for _read in range(3):
        assert "endpoint is paused" in hugging.refused("GET", health, 400)
    assert hugging.state() == "paused"
    for state in ("failed", "updateFailed"):
        put_into(sandbox, state, message="broken")
        assert state in hugging.refused("GET", health, 503)
    hugging.done("DELETE", TINY, status=204)
    hugging.refused("GET", health, 404)


def test_any_state_can_be_set(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    put = "/huggingface/endpoints/acme/tiny/state"
    sandbox.control("PUT", put, {"state": "running"}, status=404)
    hugging.create()
    put_into(sandbox, "running")
    assert hugging.get()["status"]["url"]
    put_into(sandbox, "scaledToZero", message="idle")
    assert hugging.get()["status"]["message"] == "idle"
    sandbox.control("PUT", put, {"state": "nosuch"}, status=400)


# The log and the faults


def test_the_log_tells_callers_and_no_token(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    url = served(hugging, model__secrets={"KEY": "hidden-secret"})
    sandbox.control("DELETE", "/log")
    hugging.send("GET", "/api/whoami-v2")
    HuggingFaceClient(sandbox, "hf_wrong_token").send("DELETE", TINY)
    hugging.send("POST", f"{url}/v1/chat/completions", CHAT)
    hugging.send("GET", ACME, params={"limit": 3, "search": "tin"})
    entries = sandbox.control("GET", "/log")
    me = "huggingface:sandbox-user"
    assert [(one["kind"], one["status"], one["caller"]) for one in entries] == [
        ("read", 200, me),
        ("write", 401, None),
        ("read", 200, me),
        ("read", 200, me),
    ]
    assert entries[3]["query"] == {"limit": "3", "search": "..."}
    text = str(entries) + str(sandbox.control("GET", "/log/summary"))
    assert "hf_" not in text and "hidden" not in text and me in text


@pytest.mark.parametrize("mode", ["bare", "described"])
def test_huggingface_management_rate_limit(sandbox: SandboxProcess, hugging: HuggingFaceClient, mode: str) -> None:
    sandbox.settings(huggingface_management_rate_limit=mode)
    for path in ("/huggingface/api/*", "/huggingface/v2/*"):
        sandbox.fault(kind="status", status=429, retry_after=7, path=path)
    hub, management = hugging.send("GET", "/api/whoami-v2"), hugging.send("GET", ACME)
    assert hub.headers["RateLimit"] == '"api";r=0;t=7' and hub.headers["Retry-After"] == "7"
    assert hub.headers["RateLimit-Policy"] == '"fixed window";"api";q=1000;w=300' and set(hub.json()) == {"error"}
    assert ("RateLimit" in management.headers) is (mode == "described")
    assert management.json()["code"] == "TOO_MANY_REQUESTS" and hub.status_code == management.status_code == 429
    assert {one["caller"] for one in sandbox.control("GET", "/log")} == {"huggingface:sandbox-user"}


def test_faults_meet_hugging_face_too(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    sandbox.fault(kind="status", status=503, path="/huggingface/v2/*", when="after", method="POST")
    assert hugging.refused("POST", ACME, 503, endpoint_body()).startswith("Service Unavailable")
    assert hugging.refused("POST", ACME, 409, endpoint_body()), "it was made, and the client could not know"
    sandbox.fault(kind="drop", path="/huggingface/*")
    with pytest.raises(requests.ConnectionError):
        hugging.send("GET", TINY)
    sandbox.fault(kind="expire_token", path="/huggingface/*")
    hugging.refused("GET", TINY, 401)
    hugging.refused_by_hub("/api/whoami-v2", 401)
    assert TOKEN not in str(sandbox.control("GET", "/huggingface/tokens"))


def test_a_database_keeps_endpoints_and_no_token(start: Callable[..., SandboxProcess], tmp_path: Path) -> None:
    options = ("--database", str(tmp_path / "state"))
    first = start(*options)
    client = set_token(first, organizations=[{"name": "acme"}])
    before = client.run(model__secrets={"KEY": "kept"})
    first.stop()
    assert str(client.token).encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    second = start(*options)
    again = HuggingFaceClient(second, client.token).get()
    port = before["status"]["url"].split("/")[2]
    assert again["status"]["url"] == before["status"]["url"].replace(port, second.root.split("/")[2])
    assert {**again, "status": 0} == {**before, "status": 0}
