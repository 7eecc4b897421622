# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models that answer through Conductor, or say why they do not, and nothing that stays behind, however a run ends."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from bench import Bench
from killed_runs import Victims
from module_process import ROOT, Run, arguments_for, clean_environment, interpreter
from sandbox_process import HUGGING_FACE_TOKEN, environment

MODULE = "hf_smoke_test"
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
PREFIX = "ansible-smoke-test-"
QUICK = {"interval": 0.01, "answer_timeout": 20}
#: What an application needs.
USE = ("READ", "EXECUTE")


@dataclass
class Service:
    """A cluster with an application that asks.

    Attributes:
        bench: Reaches it.
        user: The application's user.
        key: Its access key.
    """

    bench: Bench
    user: str
    key: dict[str, str]

    @classmethod
    def of(cls, bench: Bench, *roles: str) -> Service:
        """Make the application, and an integration whose key is a token of the sandbox."""
        admin = bench.admin()
        application = admin.done("POST", "/applications", {"name": "asker"})["id"]
        for role in roles:
            admin.done("POST", f"/applications/{application}/roles/{role}")
        admin.integration("hf", configuration={"api_key": HUGGING_FACE_TOKEN, "namespace": "acme"})
        service = cls(bench, f"app:{application}", admin.done("POST", f"/applications/{application}/accessKeys"))
        service.permit("INTEGRATION_PROVIDER", "hf")
        bench.forget()
        return service

    def permit(self, kind: str, name: str) -> None:
        """Let the application use something."""
        self.bench.admin().grant(("USER", self.user), (kind, name), *USE)

    def endpoint(self, name: str) -> str:
        """Make an Inference Endpoint that runs, and return its URL."""
        hardware = {"accelerator": "cpu", "instanceType": "intel-spr", "instanceSize": "x1"}
        body = {
            "name": name, "type": "private", "provider": {"vendor": "aws", "region": "us-east-1"},
            "compute": {**hardware, "scaling": {"minReplica": 0, "maxReplica": 1}},
            "model": {"repository": MODEL, "framework": "pytorch", "image": {"huggingface": {}}},
        }  # fmt: skip
        self.hugging_face("POST", "/endpoint/acme", body)
        for _look in range(20):
            status = self.hugging_face("GET", f"/endpoint/acme/{name}")["status"]
            if status["state"] == "running":
                return str(status["url"])
        raise AssertionError(status)

    def hugging_face(self, method: str, path: str, body: Any = None) -> Any:
        """Use the Inference Endpoints."""
        url = self.bench.sandbox.huggingface()["HUGGINGFACE_ENDPOINTS_URL"]
        headers = {"Authorization": f"Bearer {HUGGING_FACE_TOKEN}"}
        answer = requests.request(method, f"{url}{path}", json=body, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def model(self, name: str = MODEL, integration: str = "hf", permit: bool = True, **fields: Any) -> None:
        """Register a model, which by itself lies elsewhere."""
        fields = {"configuration": {"endpoint": "https://elsewhere.example"}, **fields}
        self.bench.admin().model(integration, name, **fields)
        if permit:
            self.permit("INTEGRATION", f"{integration}:{name}")
        self.bench.forget()

    def ask(self, *models: str | dict[str, Any], **options: Any) -> Run:
        """Run the module, after which nothing may be left."""
        run = self.bench.run(MODULE, **self.options(*models, **options))
        assert self.left() == [], f"something stayed behind: {run.result}"
        return run

    def options(self, *models: str | dict[str, Any], **options: Any) -> dict[str, Any]:
        """The module's options."""
        given = [{"integration": "hf", **({"name": one} if isinstance(one, str) else one)} for one in models]
        pair = {"application_key": self.key["id"], "application_secret": self.key["secret"]}
        return {**pair, **QUICK, "models": given, **options}

    def left(self) -> list[str]:
        """Whatever of the module's there is on the cluster: objects, executions, grants."""
        state = self.bench.sandbox.control("GET", "/state")
        # Nothing else runs workflows here.
        return [
            f"{table}: {key}" for table, keys in state.items() for key in keys if PREFIX in key or table == "executions"
        ]


def found(run: Run) -> dict[str, dict[str, Any]]:
    """What came of each model."""
    return {one["name"]: one for one in run.result["models"]}


TASKS = ("chat", "text_completion", "summarization", "translation")


@pytest.fixture
def service(bench) -> Service:
    """An application that may register workflows, and models that answer."""
    made = Service.of(bench, "USER")
    bench.settings(workflow_remote_models="answer")
    for task in TASKS:
        made.model(f"acme/{task}")
    return made


ALL = [{"name": f"acme/{task}", "task": task} for task in TASKS]


def test_models_answer_by_what_they_are_for(service):
    admin = service.bench.admin()
    # Of somebody else, and of another application's test.
    others = [f"{PREFIX}0", "ansible-smoke-test", f"{PREFIX}00000000-0"]
    task = {"name": "t", "taskReferenceName": "t", "type": "LLM_CHAT_COMPLETE"}
    for name in others:
        body = {"name": name, "version": 1, "timeoutSeconds": 1, "ownerEmail": "a@example.com", "tasks": [task]}
        admin.done("POST", "/metadata/workflow", body)
        admin.done("PUT", f"/prompts/{name}?description=theirs", "theirs")
    run = service.bench.run(MODULE, **service.options(*ALL))
    assert not run.failed, run.message
    assert (run.changed, run.result["left_behind"], run.result["removed"]) == (False, [], [])
    assert run.result["application"] == service.user
    for task, one in zip(TASKS, run.result["models"], strict=True):
        assert (one["task"], one["tried"], one["answered"], one["notes"], one["causes"]) == (task, True, True, [], [])
        assert one["answer"].startswith("The sandbox speaks for acme/")
        assert one["tokens"] == one["prompt_tokens"] + one["completion_tokens"] > 0
    assert "harbour" in found(run)["acme/summarization"]["answer"]
    assert f"hf:acme/chat (chat) answered in {found(run)['acme/chat']['seconds']} s" in run.result["lines"][0]
    assert {definition["name"] for definition in admin.done("GET", "/metadata/workflow")} == set(others)
    assert {prompt["name"] for prompt in admin.done("GET", "/prompts")} == set(others)


def test_an_application_that_may_register_nothing_is_let_execute_just_this(bench):
    service = Service.of(bench)
    bench.settings(workflow_remote_models="answer")
    for task in TASKS[:2]:
        service.model(f"acme/{task}")
    run = service.ask(*ALL[:2])
    assert not run.failed, run.message
    log = bench.sandbox.control("GET", "/log?kind=write")
    started = [entry["caller"] for entry in log if re.fullmatch(rf"/api/workflow/{PREFIX}[^/]+", entry["path"])]
    assert started == [service.user] * 2, "who asks is the application"
    chat, completion = run.result["models"]
    registered = "the module's own key registered the workflow, since the application may not"
    assert (chat["answered"], chat["notes"]) == (True, [registered])
    assert len(completion["notes"]) == 2
    assert registered in run.result["lines"][0]
    held = bench.admin().done("GET", f"/users/{service.user}/permissions")["grantedAccess"]
    assert {grant["target"]["type"] for grant in held} == {"INTEGRATION_PROVIDER", "INTEGRATION"}

    # Who made the workflow has the access that counts: that is no proof, and is said.
    bench.settings(workflow_access_of="creator")
    service.model("acme/secret", permit=False)
    run = service.ask("acme/secret")
    assert not run.failed, run.message
    (one,) = run.result["models"]
    assert "the application itself lacks EXECUTE, READ on INTEGRATION hf:acme/secret" in one["notes"][1]


def test_each_thing_that_is_not_in_order_is_named(bench):
    service = Service.of(bench, "USER")
    admin = bench.admin()
    served = {"configuration": {"endpoint": service.endpoint("served")}}
    paused = {"configuration": {"endpoint": service.endpoint("paused")}}
    service.hugging_face("POST", "/endpoint/acme/paused/pause")
    for name in ("off", "hidden", "asleep", "lost"):
        fields = {"api_key": HUGGING_FACE_TOKEN, "namespace": "acme"}
        admin.integration(name, configuration=fields, enabled=name != "off")
        service.permit("INTEGRATION_PROVIDER", name)
        if name != "lost":
            service.model(MODEL, name, permit=name != "hidden", **(paused if name == "asleep" else served))
    service.model(MODEL, **served)
    service.model("acme/off", enabled=False, **served)
    service.model("acme/other", **served)
    names = {"good": ("hf", MODEL), "model": ("hf", "acme/off"), "endpoint": ("hf", "acme/other")}
    names |= {name: (name, MODEL) for name in ("off", "hidden", "asleep", "lost", "nowhere")}
    asked = [{"integration": integration, "name": name} for integration, name in names.values()]
    asked[list(names).index("asleep")]["endpoint_state"] = "paused"
    run = service.ask(*asked)
    results = dict(zip(names, run.result["models"], strict=True))
    assert run.failed and run.message.startswith("7 of 8 models did not answer:")
    assert results["good"]["answered"] and results["good"]["reason"] is None
    expected = {
        "off": ("integration", "integration off is disabled: enable it"),
        "model": ("model", "model hf:acme/off is disabled: enable it"),
        "hidden": ("access", f"lacks EXECUTE, READ on INTEGRATION hidden:{MODEL}: grant it READ and EXECUTE"),
        "asleep": ("endpoint", "its Inference Endpoint is paused: have it run"),
        "endpoint": ("endpoint", "look at its endpoint: that it runs, that it serves this model"),
        "lost": ("model", f"model lost:{MODEL} does not exist: register it"),
        "nowhere": ("integration", "integration nowhere does not exist: create it"),
    }
    for name, (cause, advice) in expected.items():
        one = results[name]
        assert (one["tried"], one["answered"], one["causes"]) == (True, False, [cause]), (name, one)
        assert advice in one["advice"][0] and one["advice"][0] in run.message, (name, one)
        assert one["reason"], "the server's own words"
    assert "answered 404: The model `acme/other` does not exist" in results["endpoint"]["reason"]


@pytest.mark.parametrize("sleeping", ["fails", "waits"])
def test_waking_what_sleeps_takes_a_yes_of_its_own(bench, sleeping):
    service = Service.of(bench, "USER")
    bench.settings(workflow_sleeping_endpoint=sleeping, huggingface_initializing_reads=2)
    service.model(MODEL, configuration={"endpoint": service.endpoint("sleeper")})
    service.hugging_face("POST", "/endpoint/acme/sleeper/scale-to-zero")
    asleep = {"name": MODEL, "endpoint_state": "scaledToZero"}
    bench.forget()
    run = service.ask(asleep)
    assert not run.failed, run.message
    assert bench.writes() == []
    (one,) = run.result["models"]
    assert (one["tried"], one["answered"], one["seconds"]) == (False, False, None)
    assert "waking it is billed" in one["reason"] and "was not tried" in run.result["lines"][0]
    assert service.hugging_face("GET", "/endpoint/acme/sleeper")["status"]["state"] == "scaledToZero"

    run = service.ask(asleep, wake=True)
    assert not run.failed, run.message
    assert run.result["models"][0]["answered"]


def settings() -> list[tuple[str, Any]]:
    """Each switch of prompts and workflows at each of its other settings, asked of the sandbox itself."""
    program = (
        "import json; from conductor_sandbox.workflow_settings import WorkflowSettings as all_of_them; "
        "print(json.dumps([all_of_them.model_json_schema()['properties'], all_of_them().model_dump()]))"
    )
    command = [interpreter("SANDBOX_PYTHON"), "-B", "-c", program]
    answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    schema, defaults = json.loads(answer.stdout)
    choices: dict[str, list[Any]] = {
        name: about.get("enum") or ([False, True] if about["type"] == "boolean" else [3])
        for name, about in schema.items()
    }
    return [(name, value) for name, values in choices.items() for value in values if value != defaults[name]]


#: Where models elsewhere are out of reach no endpoint means no answer; what that comes to has a test of its own.
SETTINGS = [(name, value) for name, value in settings() if name != "workflow_remote_models"]


@pytest.mark.parametrize("roles", [("USER",), ()], ids=["may-register", "may-not"])
def test_every_switch(bench, roles):
    assert len(SETTINGS) > 15
    for name, value in SETTINGS:
        bench.sandbox.control("POST", "/reset")
        service = Service.of(bench, *roles)
        bench.settings(workflow_remote_models="answer", **{name: value})
        service.model("acme/summarization")
        run = service.ask({"name": "acme/summarization", "task": "summarization"})
        assert not run.failed, (name, value, run.message)


def test_no_answer_in_time(service):
    service.bench.settings(workflow_running_reads=100_000)
    run = service.ask("acme/chat", answer_timeout=0.3)
    (one,) = run.result["models"]
    assert run.failed and one["causes"] == ["time", "endpoint"]
    assert one["reason"] == "after 0.3 s the workflow is still RUNNING"


def test_a_run_that_is_interrupted_removes_what_it_made(service, tmp_path):
    service.bench.settings(workflow_running_reads=1_000_000)
    place = tmp_path / "ansible_collections" / "orkes"
    place.mkdir(parents=True)
    (place / "conductor").symlink_to(ROOT)
    command = [sys.executable, "-B", "-m", f"ansible_collections.orkes.conductor.plugins.modules.{MODULE}"]
    options = service.options("acme/chat", {"name": "acme/summarization", "task": "summarization"}, answer_timeout=100)
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(**service.bench.connection, PYTHONPATH=str(tmp_path)),
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments_for(options, False)}))
        process.stdin.close()
        process.stdin = None
        deadline = time.monotonic() + 30
        while len([one for one in service.left() if one.startswith("executions")]) < 2:
            assert time.monotonic() < deadline, service.left()
            time.sleep(0.05)
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        run = Run.read(process.returncode, output, errors)
        assert run.failed and run.message.startswith("the run was interrupted, and has removed what it made")
        assert run.result["interrupted"] is True
        assert service.left() == []


def test_a_run_that_is_killed_at_any_moment_leaves_nothing_for_long(service):
    victims = Victims(MODULE, service.bench.connection)
    moments = left = 0
    options = service.options({"name": "acme/summarization", "task": "summarization"}, concurrency=1)
    try:
        # Each second moment is the one after a request.
        while victims.killed_at(2 * (moments + 1), **options) is not None:
            moments += 1
            if not service.left():
                continue
            left += 1
            run = service.ask("acme/chat")
            assert not run.failed, run.message
            assert len(run.result["removed"]) == 1
    finally:
        victims.stop()
    assert moments > 15 and left > 8, (moments, left)


def test_without_an_administrator_the_application_cleans_up_by_itself(service):
    bench = service.bench
    bench.connection = bench.as_caller(service.key["id"], service.key["secret"])
    own = bench.sandbox.log_in(service.key["id"], service.key["secret"])
    name = f"{PREFIX}{hashlib.sha256(service.user.encode()).hexdigest()[:8]}-killed"
    task = {"name": "t", "taskReferenceName": "t", "type": "LLM_CHAT_COMPLETE"}
    body = {"name": name, "version": 1, "timeoutSeconds": 1, "ownerEmail": "a@example.com", "tasks": [task]}
    own.done("POST", "/metadata/workflow", body)
    own.done("PUT", f"/prompts/{name}?description=left", "left")
    own.done("POST", f"/workflow/{name}?correlationId={name}", {})
    run = bench.run(MODULE, **service.options("acme/chat"))
    assert not run.failed, run.message
    assert run.result["removed"] == [name]
    # Who made something keeps what he holds on it, on servers where only an administrator may take it away.
    assert [one for one in service.left() if not one.startswith("grants")] == []


def test_what_cannot_be_removed_is_told(service):
    service.bench.fault(kind="status", status=500, method="DELETE", path="/api/metadata/workflow/*", count=1000)
    run = service.bench.run(MODULE, **service.options("acme/chat", retries=0))
    assert run.failed and "could not be removed" in run.message
    (left,) = run.result["left_behind"]
    assert left.startswith(f"workflow {PREFIX}")
    assert run.result["models"][0]["answered"], "what it has found is told all the same"


def test_nothing_happens_in_check_mode(service):
    service.bench.forget()
    run = service.bench.run(MODULE, check=True, **service.options("acme/chat"))
    assert (run.failed, run.changed, run.result["skipped"]) == (False, False, True)
    assert "not asked in check mode" in run.message
    assert service.bench.requests() == []


def test_who_asks_is_told_apart_from_the_administrator(service, tmp_path):
    file = tmp_path / "key.json"
    stored = {"auth_key": service.key["id"], "auth_secret": "another_secret_0123456789", "application_id": "x"}
    file.write_text(json.dumps({**stored, "server_url": "https://other.example/api"}))
    pair = {"application_key": None, "application_secret": None}
    run = service.ask("acme/chat", key_file=str(file), **pair)
    assert run.failed and "cannot log in with key_file" in run.message
    assert "which was written for https://other.example/api" in run.message
    file.write_text(json.dumps({**stored, "auth_secret": service.key["secret"]}))
    assert not service.ask("acme/chat", key_file=str(file), **pair).failed

    service.bench.admin().done("POST", f"/applications/{service.user[4:]}/roles/ADMIN")
    run = service.ask("acme/chat")
    assert "has the role ADMIN, so the answers say nothing of its access" in str(run.result["warnings"])
    assert service.ask(key_file=None).result["lines"] == ["no model is active, so none was asked"]
