# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's interface, as it describes itself and as it answers, against that of the vendor.

``vendor_interface.json`` says in a form of our own what the vendor's OpenAPI document has for these paths:
operations with their parameters, objects with their fields, lists of values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_client import MODEL, HuggingFaceClient
from sandbox_process import Client, SandboxProcess, model_path, segment
from workflow_client import TEXT, definition, ended, register, start, task, usable

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "vendor_interface.json").read_text(encoding="utf-8"))
OPERATIONS: dict[str, dict[str, Any]] = TABLE["operations"]
OBJECTS: dict[str, dict[str, Any]] = TABLE["objects"]
VALUES: dict[str, list[str]] = TABLE["values"]

#: Served although the vendor's document does not have them.
SERVED_BEYOND = {
    **dict.fromkeys(
        (
            "GET /api/auth/subjects/{type}/{id}/grants",
            "DELETE /api/auth/subjects/{type}/{id}/grants",
        ),
        "in the vendor's documentation, for servers from 5.4.2 on",
    ),
    "POST /api/workflow": "called by the vendor's Python SDK",
    **dict.fromkeys(
        (
            "GET /api/roles",
            "POST /api/roles",
            "GET /api/roles/system",
            "GET /api/roles/custom",
            "GET /api/roles/permissions",
            "GET /api/roles/{name}",
            "PUT /api/roles/{name}",
            "DELETE /api/roles/{name}",
        ),
        "called by the vendor's Python SDK",
    ),
}

#: Not served although the vendor's document has them under the same paths.
NOT_SERVED = {
    "POST /api/integrations/def/register": "kinds of integration are fixed",
    "POST /api/integrations/eventStats/{type}": "statistics of message brokers",
    "GET /api/integrations/llm/{name}/token": "limits and use of tokens of a model",
    "POST /api/integrations/llm/{name}/token": "limits and use of tokens of a model",
    "GET /api/integrations/llm/{name}/token/history": "limits and use of tokens of a model",
    **dict.fromkeys(
        (
            "GET /api/workflow/execute/{name}",
            "POST /api/workflow/execute/{name}",
            "POST /api/workflow/execute/{name}/{version}",
        ),
        "an execution moves when it is read, and cannot be waited for",
    ),
    **dict.fromkeys(
        (
            "POST /api/workflow/{workflowId}/jump/{taskReferenceName}",
            "PUT /api/workflow/{workflowId}/pause",
            "POST /api/workflow/{workflowId}/rerun",
            "POST /api/workflow/{workflowId}/resetcallbacks",
            "POST /api/workflow/{workflowId}/restart",
            "PUT /api/workflow/{workflowId}/resume",
            "POST /api/workflow/{workflowId}/retry",
            "PUT /api/workflow/{workflowId}/skiptask/{taskReferenceName}",
            "POST /api/workflow/{workflowId}/state",
            "POST /api/workflow/{workflowId}/upgrade",
            "POST /api/workflow/{workflowId}/variables",
        ),
        "an execution goes its way, and cannot be led",
    ),
    "POST /api/workflow/{name}/correlated": "the same for several correlation ids",
    "GET /api/workflow/{workflowId}/tasks": "an execution is read with its tasks",
}

#: Query parameters beyond the document.
MORE_PARAMETERS = {("GET /api/auth/authorization/{type}/{id}", "groupBy"): "in the vendor's documentation"}

#: Fields beyond the document.
MORE_FIELDS = {
    ("GenerateTokenRequest", "email"): "in the vendor's documentation, for local accounts",
    ("GenerateTokenRequest", "password"): "in the vendor's documentation, for local accounts",
    ("IntegrationApiUpdate", "maxTokens"): "sent by the vendor's SDKs",
    ("IntegrationApiUpdate", "frequency"): "sent by the vendor's SDKs",
    **dict.fromkeys(
        (("MessageTemplate", field) for field in ("temperature", "topP", "responseFormat", "stopWords")),
        "in the vendor's documentation",
    ),
    ("PromptTemplateTestRequest", "maxTokens"): "in the vendor's documentation",
    ("PromptTemplateTestRequest", "response_format"): "in the vendor's documentation",
    ("Group", "contactInformation"): "in the examples of the vendor's documentation",
    ("ConductorUser", "contactInformation"): "in the examples of the vendor's documentation",
    ("ConductorUser", "namespace"): "in the examples of the vendor's documentation",
    ("ConductorUser", "orkesApp"): "in the examples of the vendor's documentation",
    ("ConductorUser", "orkesApiGateway"): "in the examples of the vendor's documentation",
}

#: Fields of the document that the sandbox does not have.
MISSING_FIELDS = {
    ("IntegrationDefApi", "inputSchema"): "schemas are not served",
    ("IntegrationDefApi", "outputSchema"): "schemas are not served",
    **dict.fromkeys(
        (
            ("Workflow", field)
            for field in (
                "event",
                "externalInputPayloadStoragePath",
                "externalOutputPayloadStoragePath",
                "history",
                "lastRetriedTime",
                "parentWorkflowId",
                "parentWorkflowTaskId",
                "rateLimitKey",
                "rateLimited",
                "reRunFromWorkflowId",
            )
        ),
        "executions are not started by others, repeated, limited, or kept elsewhere",
    ),
    **dict.fromkeys(
        (
            ("Task", field)
            for field in (
                "callbackAfterSeconds",
                "callbackFromWorker",
                "domain",
                "executionNameSpace",
                "externalInputPayloadStoragePath",
                "externalOutputPayloadStoragePath",
                "firstStartTime",
                "isolationGroupId",
                "loopOverTask",
                "parentTaskId",
                "pollCount",
                "queueWaitTime",
                "rateLimitFrequencyInSeconds",
                "rateLimitPerFrequency",
                "responseTimeoutSeconds",
                "retriedTaskId",
                "startDelayInSeconds",
                "subWorkflowId",
                "subworkflowChanged",
                "taskDefinition",
                "workerId",
            )
        ),
        "tasks have no workers, queues, loops or sub-workflows",
    ),
}

#: Fields that the document does not call required, but without which a request makes no sense, or the other way.
REQUIRED = {
    "GenerateTokenRequest": (
        "a missing key is answered like a wrong one, since e-mail and password may stand in its place"
    )
}

#: The document leaves these answers open or has them empty; the name is what the documentation shows.
ANSWERS = {
    "DELETE /api/applications/{applicationId}/accessKeys/{keyId}": "Message",
    "DELETE /api/applications/{id}": "Message",
    "DELETE /api/auth/authorization": "Message",
    "DELETE /api/groups/{id}": "Message",
    "DELETE /api/users/{id}": "Message",
    "GET /api/applications/key/{accessKeyId}": "ExtendedConductorApplication",
    "GET /api/applications/{id}": "ExtendedConductorApplication",
    "GET /api/applications/{id}/accessKeys": "list of AccessKey",
    "GET /api/groups/{id}": "Group",
    "GET /api/groups/{id}/users": "list of ConductorUser",
    "GET /api/users/{id}": "ConductorUser",
    "GET /api/users/{userId}/permissions": "GrantedAccessResponse",
    "POST /api/applications": "ExtendedConductorApplication",
    "POST /api/applications/{applicationId}/accessKeys/{keyId}/status": "AccessKey",
    "POST /api/applications/{id}/accessKeys": "CreatedAccessKey",
    "POST /api/auth/authorization": "Message",
    "POST /api/token": "Token",
    "PUT /api/applications/{id}": "ExtendedConductorApplication",
    "PUT /api/groups/{id}": "Group",
    "PUT /api/users/{id}": "ConductorUser",
}


@pytest.fixture(scope="module")
def document(shared: SandboxProcess) -> dict[str, Any]:
    """The sandbox's own OpenAPI document."""
    described: dict[str, Any] = shared.control("GET", "/openapi.json")
    return described


def shape(schema: dict[str, Any] | None) -> str | None:
    """A schema in the words of the table."""
    if not schema:
        return None
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return shape(next(one for one in schema["anyOf"] if one.get("type") != "null"))
    return f"list of {shape(schema['items'])}" if schema.get("type") == "array" else str(schema.get("type"))


def content(part: dict[str, Any] | None) -> str | None:
    """The schema of a body or an answer in the words of the table."""
    return next((shape(media.get("schema")) for media in (part or {}).get("content", {}).values()), None)


def named(parameters: list[dict[str, Any]], place: str) -> dict[str, dict[str, Any]]:
    """The parameters of one place, with what is said of them."""
    return {
        parameter["name"]: {
            key: value
            for key, value in (
                ("required", parameter.get("required")),
                ("default", parameter["schema"].get("default")),
            )
            if value
        }
        for parameter in parameters
        if parameter["in"] == place
    }


def served(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations of a document in the form of the table."""
    operations: dict[str, dict[str, Any]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            assert {parameter["in"] for parameter in parameters} <= {"path", "query", "header"}
            described = {
                "path": sorted(parameter["name"] for parameter in parameters if parameter["in"] == "path"),
                "query": named(parameters, "query"),
                "header": named(parameters, "header"),
                "body": content(operation.get("requestBody")),
                "answer": content(operation["responses"]["200"]),
            }
            operations[f"{method.upper()} {path}"] = {key: value for key, value in described.items() if value}
    return operations


def objects(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The objects of a document in the form of the table."""
    return {
        name: {
            "fields": {field: shape(schema) for field, schema in one.get("properties", {}).items()},
            "required": one.get("required", []),
        }
        for name, one in document["components"]["schemas"].items()
    }


def test_every_operation_is_the_vendors_or_named_with_its_reason(document: dict[str, Any]) -> None:
    ours = set(served(document))
    assert len(ours) > 50
    assert ours - set(OPERATIONS) == set(SERVED_BEYOND)
    assert set(OPERATIONS) - ours == set(NOT_SERVED)


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - set(NOT_SERVED)))
def test_parameters_and_bodies_are_the_vendors(document: dict[str, Any], operation: str) -> None:
    ours, vendors = served(document)[operation], OPERATIONS[operation]
    assert ours.get("path") == vendors.get("path")
    more = {name for where, name in MORE_PARAMETERS if where == operation}
    query = {name: facts for name, facts in ours.get("query", {}).items() if name not in more}
    assert query == vendors.get("query", {}) and more <= set(ours.get("query", {}))
    assert ours.get("header") == vendors.get("header")
    assert ours.get("body") == vendors.get("body")
    vague = vendors.get("answer") in (None, "object", "Response")
    assert (operation in ANSWERS) <= vague, "the document is not vague here"
    if vague:
        assert ours.get("answer") in (ANSWERS.get(operation), vendors.get("answer"), "object", None)
        assert operation not in ANSWERS or ours.get("answer") == ANSWERS[operation]
    else:
        assert ours.get("answer") == vendors["answer"]


def test_fields_are_the_vendors_or_named_with_their_reason(document: dict[str, Any]) -> None:
    ours = objects(document)
    compared = set(ours) & set(OBJECTS)
    assert len(compared) > 18
    more = {(name, field) for name in compared for field in set(ours[name]["fields"]) - set(OBJECTS[name]["fields"])}
    missing = {(name, field) for name in compared for field in set(OBJECTS[name]["fields"]) - set(ours[name]["fields"])}
    assert (more, missing) == (set(MORE_FIELDS), set(MISSING_FIELDS))
    differing = {
        (name, field): (kind, OBJECTS[name]["fields"][field])
        for name in compared
        for field, kind in ours[name]["fields"].items()
        if kind != OBJECTS[name]["fields"].get(field, kind)
    }
    assert differing == {}


def test_required_fields_of_requests_are_the_vendors(document: dict[str, Any]) -> None:
    ours = objects(document)
    bodies = {str(operation.get("body", "")).removeprefix("list of ") for operation in served(document).values()}
    nested = {"SubjectRef", "TargetRef"}
    compared = (bodies | nested) & set(OBJECTS) - set(REQUIRED)
    assert len(compared) > 6
    assert {name: sorted(ours[name]["required"]) for name in compared} == {
        name: OBJECTS[name].get("required", []) for name in compared
    }


def test_values_are_the_vendors(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})

    def grant(kind: str = "TASK_DEF", access: str = "READ") -> int:
        body = {"subject": {"type": "GROUP", "id": "ops"}, "target": {"type": kind, "id": "x"}, "access": [access]}
        return admin.send("POST", "/auth/authorization", body).status_code

    assert {one: grant(kind=one) for one in VALUES["target type"]} == dict.fromkeys(VALUES["target type"], 200)
    assert {one: grant(access=one) for one in VALUES["access"]} == dict.fromkeys(VALUES["access"], 200)
    assert grant(kind="NOSUCH") == grant(access="NOSUCH") == 400
    for subject in VALUES["subject type"]:
        assert admin.done("GET", f"/auth/subjects/{subject}/x/grants") == []
    assert {
        one: admin.send("GET", f"/integrations/provider?category={one}").status_code for one in VALUES["category"]
    } == dict.fromkeys(VALUES["category"], 200)
    kinds = admin.done("GET", "/integrations/def")
    fields = [field for kind in kinds for field in kind["configuration"]]
    assert {field["fieldType"] for field in fields} <= set(VALUES["field type"])
    assert {field["fieldName"] for field in fields} <= set(VALUES["configuration key"])
    body = {"type": "huggingface", "configuration": dict.fromkeys(VALUES["configuration key"], "x")}
    admin.done("POST", "/integrations/provider/everything", body)


def fits(value: Any, kind: str, document: dict[str, Any], where: str) -> list[str]:
    """What in an answer is not as the table has it: unknown fields, and wrong types."""
    if value is None:
        return []
    if kind.startswith("list of "):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [problem for one in value for problem in fits(one, kind.removeprefix("list of "), document, where)]
    plain = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict}
    if kind in plain:
        # A boolean is an integer to Python, and not to the interface.
        is_it = isinstance(value, plain[kind]) and (kind == "boolean" or not isinstance(value, bool))
        return [] if is_it else [f"{where} is no {kind}"]
    known = OBJECTS[kind]["fields"]
    problems = [] if isinstance(value, dict) and value else [f"{where} is no object"]
    for field, inner in value.items():
        if field in known:
            problems += fits(inner, known[field], document, f"{where}.{field}")
        elif (kind, field) not in MORE_FIELDS:
            problems.append(f"{where} has the unknown field {field}")
    return problems


def test_answers_have_the_vendors_fields(admin: Client, document: dict[str, Any]) -> None:
    admin.integration()
    admin.model()
    tag = [{"key": "a", "value": "1"}]
    for path in ("/integrations/provider/hf-prod/tags", model_path() + "/tags"):
        admin.done("PUT", path, tag)
    admin.done("PUT", "/groups/ops", {"description": "d", "roles": ["USER"], "defaultAccess": {"TASK_DEF": ["READ"]}})
    admin.done("PUT", "/users/u", {"name": "U", "roles": ["USER"], "groups": ["ops"]})
    application = admin.done("POST", "/applications", {"name": "a"})["id"]
    admin.done("PUT", f"/applications/{application}/tags", tag)
    admin.grant(("GROUP", "ops"), ("TAG", "a:1"), "READ")
    answers = {
        "/integrations/": "list of Integration",
        "/integrations/provider": "list of Integration",
        "/integrations/provider/hf-prod": "Integration",
        "/integrations/all": "list of string",
        "/integrations/provider/hf-prod/integration": "list of IntegrationApi",
        model_path(): "IntegrationApi",
        "/integrations/provider/hf-prod/integration/all": "list of string",
        model_path() + "/tags": "list of Tag",
        "/integrations/provider/hf-prod/tags": "list of Tag",
        "/integrations/def": "list of IntegrationDef",
        "/integrations/def/huggingface": "IntegrationDef",
        "/groups": "list of Group",
        "/groups/ops": "Group",
        "/groups/ops/users": "list of ConductorUser",
        "/groups/ops/permissions": "GrantedAccessResponse",
        "/users?apps=true": "list of ConductorUser",
        "/users/u": "ConductorUser",
        f"/users/{segment(f'app:{application}')}": "ConductorUser",
        "/applications": "list of ExtendedConductorApplication",
        f"/applications/{application}": "ExtendedConductorApplication",
        f"/applications/{application}/tags": "list of Tag",
    }
    problems = {path: fits(admin.done("GET", path), kind, document, kind) for path, kind in answers.items()}
    assert {path: found for path, found in problems.items() if found} == {}
    everything = admin.done("GET", "/integrations/")[0]
    assert set(OBJECTS["Integration"]["fields"]) == set(everything), "and none is missing"
    assert set(OBJECTS["IntegrationApi"]["fields"]) == set(admin.done("GET", model_path()))
    derived = [one for one in admin.done("GET", "/groups/ops/permissions")["grantedAccess"] if "tag" in one]
    assert derived and set(derived[0]) == set(OBJECTS["GrantedAccess"]["fields"])


def test_answers_about_prompts_and_workflows_have_the_vendors_fields(
    admin: Client, hugging: HuggingFaceClient, document: dict[str, Any]
) -> None:
    usable(admin, hugging)
    prompt = {"name": "p", "template": "${a}", "description": "d", "integrations": [f"hf-prod:{MODEL}"]}
    admin.done("POST", "/prompts/", [{**prompt, "temperature": 1, "stopWords": ["x"], "tags": [{"key": "k"}]}])
    register(admin, task(), task(TEXT, "complete", promptName="p"), tags=[{"key": "k", "value": "v"}], description="d")
    execution = admin.done("POST", "/workflow/greet?correlationId=c", {"a": 1})
    assert ended(admin, execution)["status"] == "COMPLETED"
    register(admin, task("HTTP"), name="fails")
    failed = start(admin, "fails")
    assert ended(admin, failed)["status"] == "FAILED"
    answers = {
        "/prompts": "list of MessageTemplate",
        "/prompts/p": "MessageTemplate",
        "/prompts/p/versions": "list of MessageTemplate",
        "/prompts/p/tags": "list of Tag",
        model_path(name=MODEL) + "/prompt": "list of MessageTemplate",
        "/metadata/workflow": "list of WorkflowDef",
        "/metadata/workflow/greet": "WorkflowDef",
        "/metadata/workflow/greet?metadata=true": "ExtendedWorkflowDef",
        "/metadata/workflow/greet/tags": "list of Tag",
        f"/workflow/{execution}": "Workflow",
        f"/workflow/{failed}": "Workflow",
        f"/workflow/{execution}/status?includeOutput=true&includeVariables=true": "WorkflowStatus",
        "/workflow/greet/correlated/c?includeClosed=true&includeTasks=true": "list of Workflow",
    }
    problems = {path: fits(admin.done("GET", path), kind, document, kind) for path, kind in answers.items()}
    assert {path: found for path, found in problems.items() if found} == {}
    assert set(OBJECTS["MessageTemplate"]["fields"]) <= set(admin.done("GET", "/prompts/p"))
    whole = admin.done("GET", f"/workflow/{failed}")
    missing = {field for kind, field in MISSING_FIELDS if kind in ("Workflow", "Task")}
    assert set(OBJECTS["Workflow"]["fields"]) - missing - set(whole) == {"correlationId", "idempotencyKey"}
    assert set(OBJECTS["Task"]["fields"]) - missing - set(whole["tasks"][0]) == {"correlationId"}


def test_values_of_workflows_are_the_vendors(admin: Client) -> None:
    register(admin)
    for policy in VALUES["timeout policy"]:
        register(admin, timeoutPolicy=policy)
    admin.refused("POST", "/metadata/workflow", 400, definition(timeoutPolicy="NOSUCH"))
    for number, strategy in enumerate(VALUES["idempotency strategy"]):
        body = {"name": "greet", "idempotencyKey": str(number), "idempotencyStrategy": strategy}
        assert admin.done("GET", f"/workflow/{admin.done('POST', '/workflow', body)}")["status"] == "RUNNING"
    admin.refused("POST", "/workflow", 400, {**body, "idempotencyStrategy": "NOSUCH"})
    execution = start(admin)
    seen = {(one["status"], one["tasks"][0]["status"]) for one in (ended(admin, execution),)}
    admin.done("DELETE", f"/workflow/{(running := start(admin))}")
    seen |= {(one["status"], one["tasks"][0]["status"]) for one in (admin.done("GET", f"/workflow/{running}"),)}
    assert {one[0] for one in seen} <= set(VALUES["workflow status"]) and len(seen) == 2
    assert {one[1] for one in seen} <= set(VALUES["task status"])
