# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workflow definitions, executions, and when a model answers in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from huggingface_client import MODEL, TOKEN, HuggingFaceClient, set_token
from sandbox_process import Client, SandboxProcess, grant_body, model_path, segment
from workflow_client import (
    CHAT,
    INTEGRATION,
    TEXT,
    allow,
    definition,
    ended,
    ran,
    register,
    start,
    task,
    usable,
)

WORKFLOWS = "/metadata/workflow"
PROMPT = "/prompts/greeting?description=d"
ANSWER = f"The sandbox speaks for {MODEL} and was told: ping"
TINY = "/v2/endpoint/acme/tiny"


def reason(execution: dict[str, Any]) -> str:
    """Why an execution has failed."""
    assert execution["status"] == "FAILED", execution
    assert execution["failedReferenceTaskNames"] == ["ask"]
    told = str(execution["reasonForIncompletion"])
    assert told == f"Task ask failed: {execution['tasks'][-1]['reasonForIncompletion']}"
    assert TOKEN not in str(execution)
    return told


def save_prompt(client: Client, text: str = "Greet ${name}", models: list[str] | None = None) -> None:
    """Save the prompt C(greeting) for the model."""
    names = [f"{INTEGRATION}:{MODEL}"] if models is None else models
    client.done("PUT", PROMPT, params={"models": names}, data=text.encode())


# Definitions


def test_life_of_a_definition(admin: Client, sandbox: SandboxProcess) -> None:
    before = sandbox.control("GET", "/state")
    body = definition(outputParameters={"said": "${ask.output.result}"}, description="d")
    admin.done("POST", WORKFLOWS, body)
    read = admin.done("GET", f"{WORKFLOWS}/greet")
    assert {name: read[name] for name in body if name != "tasks"} == {
        name: value for name, value in body.items() if name != "tasks"
    }
    assert read["tasks"] == body["tasks"] and read["createdBy"].startswith("app:") and "tags" not in read
    assert "version 1" in admin.refused("POST", WORKFLOWS, 409, body)["message"]
    admin.refused("PUT", f"{WORKFLOWS}?overwrite=false", 409, [body])
    admin.done("PUT", WORKFLOWS, [{**body, "description": "other"}])
    again = admin.done("GET", f"{WORKFLOWS}/greet")
    assert again["description"] == "other" and again["createTime"] == read["createTime"] < again["updateTime"]
    admin.done("POST", f"{WORKFLOWS}?newVersion=true", body)
    assert admin.done("GET", f"{WORKFLOWS}/greet")["version"] == 2
    assert admin.done("GET", f"{WORKFLOWS}/greet?version=1")["description"] == "other"
    listed = admin.done("GET", WORKFLOWS)
    assert sorted(one["version"] for one in listed) == [1, 2]
    assert [one["tasks"] for one in admin.done("GET", f"{WORKFLOWS}?short=true")] == [[], []]
    for version in (1, 2):
        admin.done("DELETE", f"{WORKFLOWS}/greet/{version}")
        assert "greet" in admin.refused("DELETE", f"{WORKFLOWS}/greet/{version}", 404)["message"]
    admin.refused("GET", f"{WORKFLOWS}/greet", 404)
    after = sandbox.control("GET", "/state")
    grants = [entry for entry in after.pop("grants") if "WORKFLOW_DEF" in entry]
    before.pop("grants")
    assert after == before and grants, "its creator's grant stays, as with anything that is deleted"
    admin.done("POST", WORKFLOWS, definition())
    sandbox.settings(delete_cascade="removed")
    admin.done("DELETE", f"{WORKFLOWS}/greet/1")
    assert [entry for entry in sandbox.control("GET", "/state")["grants"] if "WORKFLOW_DEF" in entry] == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "a/b"}, "letters, digits"),
        ({"name": " "}, "name"),
        ({"schemaVersion": 1}, "schemaVersion"),
        ({"timeoutSeconds": ...}, "timeoutSeconds"),
        ({"timeoutSeconds": -1}, "negative"),
        ({"ownerEmail": ...}, "ownerEmail"),
        ({"ownerEmail": "nobody"}, "ownerEmail"),
        ({"tasks": []}, "needs tasks"),
        ({"tasks": [task(), task()]}, "ask is there twice"),
        ({"tasks": [{"name": "a"}]}, "taskReferenceName"),
        (
            {"tasks": [{"name": "a", "taskReferenceName": "f", "forkTasks": [[task(reference="f")]]}]},
            "f is there twice",
        ),
    ],
)
def test_bad_definitions(admin: Client, changes: dict[str, Any], told: str) -> None:
    assert told in admin.refused("POST", WORKFLOWS, 400, definition(**changes))["message"]
    assert admin.done("GET", WORKFLOWS) == []


def test_switches_of_definitions(admin: Client, sandbox: SandboxProcess) -> None:
    admin.done("POST", WORKFLOWS, definition(version=...))
    assert admin.done("GET", f"{WORKFLOWS}/greet")["version"] == 0
    sandbox.settings(workflow_default_version=1, workflow_owner_email="optional")
    admin.done("POST", WORKFLOWS, definition(version=..., ownerEmail=...))
    assert admin.done("GET", f"{WORKFLOWS}/greet")["version"] == 1


def test_who_may_do_what_with_definitions(admin: Client, sandbox: SandboxProcess) -> None:
    _stranger, stranger = admin.application("stranger", ("WORKER",))
    stranger.refused("POST", WORKFLOWS, 403, definition())
    me, author = admin.application("author", ("METADATA_API",))
    author.done("POST", WORKFLOWS, definition(tags=[{"key": "team", "value": "a"}]))
    other, reader = admin.application("reader", ("USER",))
    assert reader.done("GET", WORKFLOWS) == []
    reader.refused("GET", f"{WORKFLOWS}/greet", 403)
    reader.refused("PUT", WORKFLOWS, 403, [definition()])
    reader.refused("DELETE", f"{WORKFLOWS}/greet/1", 403)
    author.grant(("USER", other), ("WORKFLOW_DEF", "greet"), "READ")
    assert [one["name"] for one in reader.done("GET", f"{WORKFLOWS}?tagKey=team&tagValue=a")] == ["greet"]
    assert reader.done("GET", f"{WORKFLOWS}?access=UPDATE") == [] == reader.done("GET", f"{WORKFLOWS}?tagKey=env")
    reader.refused("GET", f"{WORKFLOWS}?access=OWN", 400)
    assert reader.done("GET", f"{WORKFLOWS}/greet?metadata=true")["tags"] == [{"key": "team", "value": "a"}]
    admin.grant(("USER", other), ("TAG", "team:a"), "UPDATE")
    reader.done("PUT", WORKFLOWS, [definition(description="by another")])
    assert admin.done("GET", f"{WORKFLOWS}/greet")["createdBy"] == me
    _manager, manager = admin.application("manager", ("METADATA_MANAGER",))
    manager.done("PUT", WORKFLOWS, [definition()])
    manager.refused("POST", "/workflow/greet", 403, {})
    manager.grant(("USER", other), ("WORKFLOW_DEF", "greet"), "EXECUTE")
    body = grant_body(("USER", other), ("INTEGRATION_PROVIDER", INTEGRATION), "READ")
    manager.refused("POST", "/auth/authorization", 403, body)
    manager.done("DELETE", f"{WORKFLOWS}/greet/1")
    sandbox.settings(workflow_creator_access="read_update_delete")
    author.done("POST", WORKFLOWS, definition(name="second"))
    author.refused("POST", "/workflow/second", 403, {})


def test_tags_of_definitions(admin: Client) -> None:
    register(admin)
    path = f"{WORKFLOWS}/greet/tags"
    one, two = {"key": "team", "value": "a"}, {"key": "env", "value": "b"}
    admin.done("POST", path, one)
    admin.done("POST", path, two)
    admin.done("DELETE", path, one)
    assert admin.done("GET", path) == [two]
    admin.done("PUT", path, [one])
    assert admin.done("GET", path) == [one]
    register(admin, tags=[two], overwriteTags=False)
    assert len(admin.done("GET", path)) == 2
    register(admin, tags=[two])
    assert admin.done("GET", path) == [two]


# Executions


def test_an_execution_moves_when_it_is_read(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    register(admin)
    before = sandbox.control("GET", "/state")
    execution = start(admin)
    assert admin.done("GET", f"/workflow/{execution}/status") == {"workflowId": execution, "status": "RUNNING"}
    found = admin.done("GET", f"/workflow/{execution}")
    assert (found["status"], found["output"]["result"]) == ("COMPLETED", ANSWER)
    assert admin.done("GET", f"/workflow/{execution}") == found, "it has ended"
    assert admin.done("GET", f"/workflow/{execution}?includeTasks=false")["tasks"] == []
    [done] = found["tasks"]
    assert (done["taskType"], done["status"], done["referenceTaskName"]) == (CHAT, "COMPLETED", "ask")
    assert done["outputData"] == {
        "result": ANSWER,
        "finishReason": "stop",
        "tokenUsed": 10,
        "promptTokens": 1,
        "completionTokens": 9,
    }
    assert done["inputData"]["_createdBy"] == found["createdBy"] and "reasonForIncompletion" not in done
    status = admin.done("GET", f"/workflow/{execution}/status?includeOutput=true&includeVariables=true")
    assert status == {"workflowId": execution, "status": "COMPLETED", "output": found["output"], "variables": {}}
    admin.done("DELETE", f"/workflow/{execution}/remove")
    admin.refused("GET", f"/workflow/{execution}", 404)
    assert sandbox.control("GET", "/state") == before, "nothing is left behind"
    sandbox.settings(workflow_running_reads=0, workflow_unknown_status=400)
    assert admin.done("GET", f"/workflow/{start(admin)}")["status"] == "COMPLETED"
    for method, path in (("GET", ""), ("GET", "/status"), ("DELETE", ""), ("DELETE", "/remove")):
        assert "nosuch" in admin.refused(method, f"/workflow/nosuch{path}", 400)["message"]


def test_ways_to_start(admin: Client) -> None:
    admin.refused("POST", "/workflow/greet", 404, {})
    register(admin, name="greet")
    register(admin, name="greet", version=2)
    ids = {
        1: admin.done("POST", "/workflow/greet?version=1&correlationId=c", {"a": 1}),
        2: admin.done("POST", "/workflow", {"name": "greet", "input": {"a": 1}, "correlationId": "c", "priority": 3}),
    }
    for version, execution in ids.items():
        found = admin.done("GET", f"/workflow/{execution}")
        assert (found["workflowVersion"], found["input"], found["correlationId"]) == (version, {"a": 1}, "c")
    third = admin.done("POST", "/workflow/start/greet/1?priority=9", {})
    assert admin.done("GET", f"/workflow/{third}")["priority"] == 9
    admin.done("DELETE", f"/workflow/{third}")
    listed = admin.done("GET", "/workflow/greet/correlated/c")
    assert {one["workflowId"] for one in listed} == set(ids.values()) and listed[0]["tasks"] == []
    admin.done("DELETE", f"/workflow/{ids[1]}")
    assert [one["workflowVersion"] for one in admin.done("GET", "/workflow/greet/correlated/c")] == [2]
    assert len(admin.done("GET", "/workflow/greet/correlated/c?includeClosed=true&includeTasks=true")) == 2
    admin.refused("POST", "/workflow/start/greet/7", 404, {})
    admin.refused("POST", "/workflow/greet?priority=100", 400, {})
    inline = {"name": "other", "workflowDef": definition(name="other")}
    assert "registered" in admin.refused("POST", "/workflow", 400, inline)["message"]


def test_idempotency(admin: Client) -> None:
    register(admin)

    def begin(strategy: str | None, status: int = 200) -> str:
        headers = {"X-Idempotency-key": "k", **({"X-on-conflict": strategy} if strategy else {})}
        response = admin.send("POST", "/workflow/greet", {}, headers=headers)
        assert response.status_code == status, response.text
        return response.text

    first = begin("FAIL")
    assert begin("RETURN_EXISTING") == first
    assert first in begin("FAIL", 409) and first in begin("FAIL_ON_RUNNING", 409)
    begin(None, 400)
    begin("MAYBE", 400)
    admin.done("DELETE", f"/workflow/{first}")
    assert begin("FAIL_ON_RUNNING") != first
    begin("FAIL", 409)


def test_ending(admin: Client) -> None:
    register(admin)
    execution = start(admin)
    admin.done("GET", f"/workflow/{execution}")
    admin.done("DELETE", f"/workflow/{execution}?reason=enough")
    found = admin.done("GET", f"/workflow/{execution}")
    assert (found["status"], found["reasonForIncompletion"]) == ("TERMINATED", "enough")
    assert [one["status"] for one in found["tasks"]] == ["CANCELED"]
    assert "TERMINATED" in admin.refused("DELETE", f"/workflow/{execution}", 409)["message"]
    running = start(admin)
    admin.done("DELETE", f"/workflow/{running}/remove")
    admin.refused("DELETE", f"/workflow/{running}/remove", 404)


def test_who_may_do_what_with_executions(admin: Client, sandbox: SandboxProcess) -> None:
    register(admin)
    me, caller = admin.application()
    caller.refused("POST", "/workflow/greet", 403, {})
    admin.grant(("USER", me), ("WORKFLOW_DEF", "greet"), "EXECUTE")
    execution = start(caller)
    caller.refused("GET", f"/workflow/{execution}", 403)
    caller.refused("GET", "/workflow/greet/correlated/c", 403)
    sandbox.settings(workflow_starter_reads=True)
    assert caller.done("GET", f"/workflow/{execution}")["createdBy"] == me
    caller.refused("GET", f"/workflow/{start(admin)}", 403)
    sandbox.settings(workflow_starter_reads=False, unreadable_object="not_found")
    caller.refused("GET", f"/workflow/{execution}", 404)
    admin.grant(("USER", me), ("WORKFLOW_DEF", "greet"), "READ")
    caller.done("GET", f"/workflow/{execution}")
    caller.refused("DELETE", f"/workflow/{execution}/remove", 403)
    sandbox.settings(workflow_remove_access="execute")
    caller.done("DELETE", f"/workflow/{execution}/remove")
    _manager, manager = admin.application("manager", ("WORKFLOW_MANAGER",))
    execution = start(manager)
    manager.done("DELETE", f"/workflow/{execution}")
    sandbox.settings(workflow_remove_access="delete")
    manager.done("DELETE", f"/workflow/{execution}/remove")


def test_state_outlives_the_process(start: Callable[..., SandboxProcess], tmp_path: Any) -> None:
    database = str(tmp_path / "state")
    first = start("--database", database)
    client = first.log_in()
    register(client)
    save_prompt(client, models=[])
    execution = client.done("POST", "/workflow/greet", {})
    client.done("GET", f"/workflow/{execution}")
    first.stop()
    again = start("--database", database).log_in()
    assert again.done("GET", f"{WORKFLOWS}/greet")["version"] == 1
    assert again.done("GET", "/prompts/greeting")["template"] == "Greet ${name}"
    assert again.done("GET", f"/workflow/{execution}")["status"] == "FAILED", "it moved on from where it was"


# Tasks


def test_parameters_and_outputs(admin: Client, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    save_prompt(admin, "Greet ${name} in ${language}")
    first = task(
        TEXT, "first", promptName="greeting", promptVariables={"name": "${workflow.input.names[1]}"}, maxTokens=4
    )
    second = task(messages=[{"role": "user", "message": "Say ${first.output.result}, ${workflow.input.nothing}!"}])
    register(
        admin,
        first,
        second,
        outputParameters={"all": ["${first.output}", "${ask.output.finishReason}", "${no.where}"], "n": 1},
        inputTemplate={"names": ["Eve", "Ana"]},
    )
    found = ended(admin, start(admin))
    assert found["status"] == "COMPLETED", found
    assert found["tasks"][0]["inputData"]["prompt"] == "Greet Ana in "
    told = found["tasks"][0]["outputData"]
    assert (told["result"], told["finishReason"], told["completionTokens"]) == ("The sandbox speaks for", "length", 4)
    assert found["tasks"][1]["inputData"]["prompt"] == "Say The sandbox speaks for, !"
    assert found["output"] == {"all": [told, "stop", None], "n": 1}


def test_instructions_and_the_last_message(admin: Client, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    save_prompt(admin, "Be ${mood}.")
    messages = [{"role": "system", "message": "no"}, {"role": "human", "message": "yes"}]
    found = ran(admin, task(instructions="greeting", promptVariables={"mood": "kind"}, messages=messages))
    assert found["output"]["result"].endswith("was told: Be kind. yes")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (task("HTTP"), "does not run tasks of the type HTTP"),
        ({**task(), "type": None}, "does not run tasks of the type SIMPLE"),
        (task(llmProvider=...), "llmProvider is missing"),
        (task(model=""), "model is missing"),
        (task(messages=[]), "messages is missing"),
        (task(messages="hello"), "messages is no list"),
        (task(messages=[{"role": "owner", "message": "x"}]), "role of a message"),
        (task(messages=[{"role": "user", "content": "x"}]), "no text in the field message"),
        (task(maxTokens="four"), "maxTokens"),
        (task(TEXT), "promptName is missing"),
        (task(TEXT, promptName="nosuch"), "No such prompt nosuch"),
        (task(TEXT, promptName="greeting", promptVersion=7), "No such prompt greeting in version 7"),
        (task(instructions="nosuch"), "No such prompt nosuch"),
        (task(TEXT, promptName="greeting", promptVariables=["a"]), "promptVariables"),
        (task(llmProvider="nosuch"), "No such integration nosuch"),
        (task(model="nosuch"), "No such model nosuch"),
    ],
)
def test_tasks_that_fail(admin: Client, hugging: HuggingFaceClient, spec: dict[str, Any], told: str) -> None:
    usable(admin, hugging)
    save_prompt(admin)
    assert told in reason(ran(admin, spec))


def test_an_optional_task_may_fail(admin: Client, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    found = ran(admin, {**task("HTTP", "first"), "optional": True}, task())
    assert (found["status"], found["output"]["result"]) == ("COMPLETED", ANSWER)
    assert [one["status"] for one in found["tasks"]] == ["COMPLETED_WITH_ERRORS", "COMPLETED"]


# When a model answers


def test_a_model_that_is_not_in_order_does_not_answer(admin: Client, hugging: HuggingFaceClient) -> None:
    url = usable(admin, hugging)
    good = {"api_key": TOKEN, "namespace": "acme"}
    ok = {"endpoint": url}
    assert ran(admin, task())["output"]["result"] == ANSWER

    def after(integration: dict[str, Any], model: dict[str, Any]) -> str:
        admin.integration(**{"configuration": good, **integration})
        admin.model(name=MODEL, **{"configuration": ok, **model})
        return reason(ran(admin, task()))

    assert f"Integration {INTEGRATION} is not enabled" in after({"enabled": False}, {})
    assert f"Model {MODEL} in integration {INTEGRATION} is not enabled" in after({}, {"enabled": False})
    assert "no API key" in after({"configuration": {"namespace": "acme"}}, {})
    assert "no endpoint" in after({}, {"configuration": {}})
    assert "no namespace" in after({"configuration": {"api_key": TOKEN}}, {})
    assert "401: Invalid credentials" in after({"configuration": {**good, "api_key": "hf_wrong_token"}}, {})
    assert "no access to the namespace: other" in after({"configuration": {**good, "namespace": "other"}}, {})
    assert "not one of the namespace sandbox-user" in after(
        {"configuration": {**good, "namespace": "sandbox-user"}}, {}
    )
    assert "No endpoint is served here" in after({}, {"configuration": {"endpoint": url + "0"}})
    admin.integration("mail", type="sendgrid", category="EMAIL", configuration={"api_key": "k"})
    admin.model("mail", "letters", configuration={})
    assert "has no models that answer" in reason(ran(admin, task(llmProvider="mail", model="letters")))
    admin.integration(configuration=good)
    admin.model(name="another/model", configuration=ok)
    assert "The model `another/model` does not exist" in reason(ran(admin, task(model="another/model")))


def test_keys_that_may_not_call(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging, type="private")

    def with_token(**fields: Any) -> dict[str, Any]:
        token = set_token(sandbox, **fields).token
        admin.integration(configuration={"api_key": token, "namespace": "acme"})
        return ran(admin, task())

    member: dict[str, Any] = {"organizations": [{"name": "acme"}]}
    assert with_token(**member)["output"]["result"] == ANSWER
    assert "missing permissions: inference.endpoints.infer.write" in reason(
        with_token(**member, global_permissions=["inference.endpoints.read"])
    )
    assert "no access to the namespace: acme" in reason(with_token())
    assert "not approved" in reason(with_token(**member, state="pending"))
    assert "401" in reason(with_token(**member, state="expired"))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("paused", "400: endpoint is paused"),
        ("failed", "503: endpoint is failed"),
        ("updateFailed", "503: endpoint is updateFailed"),
        ("scaledToZero", "503: endpoint is scaledToZero"),
        ("initializing", "503: endpoint is initializing"),
    ],
)
def test_an_endpoint_that_does_not_run(
    admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient, state: str, told: str
) -> None:
    usable(admin, hugging)
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/state", {"state": state})
    assert told in reason(ran(admin, task()))


def test_a_sleeping_endpoint_wakes_up(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    hugging.done("POST", f"{TINY}/scale-to-zero")
    assert "scaledToZero" in reason(ran(admin, task()))
    assert hugging.stored()["status"]["state"] == "initializing", "the failed task has woken it up"
    hugging.wait()
    hugging.done("POST", f"{TINY}/scale-to-zero")
    sandbox.settings(workflow_sleeping_endpoint="waits")
    register(admin)
    execution = start(admin)
    states = [admin.done("GET", f"/workflow/{execution}")["status"] for _read in range(4)]
    assert states == ["RUNNING", "RUNNING", "RUNNING", "COMPLETED"], "asleep, and once it was found initializing"
    found = admin.done("GET", f"/workflow/{execution}")
    assert found["output"]["result"] == ANSWER and "reasonForIncompletion" not in found["tasks"][0]
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/failure", {"message": "out of memory"})
    hugging.done("POST", f"{TINY}/scale-to-zero")
    assert "503: endpoint is failed" in reason(ended(admin, start(admin), reads=6))
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/state", {"state": "paused"})
    assert "paused" in reason(ran(admin, task())), "what nobody resumes is not waited for"


def test_endpoints_elsewhere(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    url = usable(admin, hugging)
    path = "/huggingface/served/"
    for elsewhere in (
        "https://endpoint.example",
        url.replace("http:", "https:"),
        url.replace(sandbox.root, "http://127.0.0.1:1"),
        url.replace(path, "/elsewhere/"),
        "http://[broken",
    ):
        admin.model(name=MODEL, configuration={"endpoint": elsewhere})
        told = reason(ran(admin, task()))
        assert f"{elsewhere} cannot be reached" in told and "workflow_remote_models" in told
    admin.model(name=MODEL, configuration={"endpoint": "https://me:secret@endpoint.example/a?key=secret#secret"})
    told = reason(ran(admin, task()))
    assert "https://endpoint.example/a cannot be reached" in told and "secret" not in told
    sandbox.settings(workflow_remote_models="answer")
    found = ran(admin, task())
    assert found["output"]["result"] == f"The sandbox speaks for {MODEL}, which it did not reach, and was told: ping"
    admin.integration(configuration={"namespace": "acme"})
    assert "no API key" in reason(ran(admin, task()))
    admin.integration("gpt", type="openai", configuration={"api_key": "k"})
    admin.model("gpt", "tiny-chat", configuration={})
    assert ran(admin, task(llmProvider="gpt", model="tiny-chat"))["status"] == "COMPLETED"
    sandbox.settings(workflow_remote_models="unreachable")
    assert "OpenAI cannot be reached" in reason(ran(admin, task(llmProvider="gpt", model="tiny-chat")))
    admin.integration(configuration={"api_key": TOKEN, "namespace": "acme"})
    name = url.replace("127.0.0.1", "localhost") + "/v1"
    admin.model(name=MODEL, configuration={"endpoint": name})
    assert ran(admin, task())["output"]["result"] == ANSWER, "another name of the same place"


def test_what_endpoints_can_be_used(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging, model__image={"huggingface": {}})
    assert ran(admin, task())["status"] == "COMPLETED"
    sandbox.settings(workflow_endpoint_routes="openai")
    assert "404: Not Found" in reason(ran(admin, task()))
    sandbox.settings(huggingface_default_image_routes="served")
    assert ran(admin, task())["status"] == "COMPLETED"
    admin.integration(configuration={"api_key": TOKEN, "namespace": "sandbox-user"})
    sandbox.settings(workflow_endpoint_namespace="any")
    assert ran(admin, task())["status"] == "COMPLETED"


def test_access_of_the_starter(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    me, caller = admin.application()
    provider, model = ("INTEGRATION_PROVIDER", INTEGRATION), ("INTEGRATION", f"{INTEGRATION}:{MODEL}")
    admin.grant(("USER", me), ("WORKFLOW_DEF", "greet"), "EXECUTE")
    assert f"no EXECUTE access to INTEGRATION_PROVIDER {INTEGRATION}" in reason(ran(caller, task(), reader=admin))
    admin.grant(("USER", me), provider, "READ", "EXECUTE")
    assert f"no EXECUTE access to INTEGRATION {INTEGRATION}:{MODEL}" in reason(ran(caller, task(), reader=admin))
    sandbox.settings(provider_access_implies_models=True)
    assert ran(caller, task(), reader=admin)["status"] == "COMPLETED"
    sandbox.settings(provider_access_implies_models=False)
    admin.grant(("USER", me), model, "READ")
    assert "EXECUTE" in reason(ran(caller, task(), reader=admin))
    sandbox.settings(workflow_model_access="read")
    assert ran(caller, task(), reader=admin)["status"] == "COMPLETED"
    sandbox.settings(workflow_model_access="execute")
    admin.grant(("USER", me), model, "EXECUTE")
    assert ran(caller, task(), reader=admin)["status"] == "COMPLETED"
    body = {"subject": {"type": "USER", "id": me}, "target": {"type": provider[0], "id": provider[1]}}
    admin.done("DELETE", "/auth/authorization", {**body, "access": ["READ", "EXECUTE"]})
    assert "EXECUTE" in reason(ran(caller, task(), reader=admin))
    sandbox.settings(workflow_integration_access="ignored")
    assert ran(caller, task(), reader=admin)["status"] == "COMPLETED"


def test_access_of_the_creator(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    me, author = admin.application("author", ("METADATA_API",))
    register(author)
    assert f"{me} has no EXECUTE" in reason(ended(admin, start(author)))
    assert ended(admin, start(admin))["status"] == "COMPLETED", "the starter's counts"
    sandbox.settings(workflow_access_of="creator")
    assert f"{me} has no EXECUTE" in reason(ended(admin, start(admin)))
    allow(admin, me, workflow=None)
    assert ended(admin, start(admin))["status"] == "COMPLETED"


def test_access_to_prompts(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    save_prompt(admin, models=[])
    me, caller = admin.application()
    allow(admin, me)
    spec = task(TEXT, promptName="greeting")
    assert "no EXECUTE access to PROMPT greeting" in reason(ran(caller, spec, reader=admin))
    admin.grant(("USER", me), ("PROMPT", "greeting"), "READ")
    sandbox.settings(prompt_task_access="read")
    assert f"not associated with {INTEGRATION}:{MODEL}" in reason(ran(caller, spec, reader=admin))
    sandbox.settings(prompt_association="ignored")
    assert ran(caller, spec, reader=admin)["status"] == "COMPLETED"
    sandbox.settings(prompt_association="required", prompt_task_access="execute")
    admin.done("POST", f"{model_path(name=MODEL)}/prompt/greeting")
    admin.grant(("USER", me), ("PROMPT", "greeting"), "EXECUTE")
    assert ran(caller, spec, reader=admin)["status"] == "COMPLETED"


def test_groups_and_roles_give_access(admin: Client, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    me, caller = admin.application()
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("POST", f"/groups/ops/users/{segment(me)}")
    for target in (
        ("INTEGRATION_PROVIDER", INTEGRATION),
        ("INTEGRATION", f"{INTEGRATION}:{MODEL}"),
        ("WORKFLOW_DEF", "greet"),
    ):
        admin.grant(("GROUP", "ops"), target, "READ", "EXECUTE")
    register(admin)
    execution = start(caller)
    assert ended(caller, execution)["status"] == "COMPLETED"
    admin.done("DELETE", f"/groups/ops/users/{segment(me)}")
    caller.refused("POST", "/workflow/greet", 403, {})
