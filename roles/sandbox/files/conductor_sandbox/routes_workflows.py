# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths of workflow definitions and of executions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse

from .executions import Executions
from .language_models import LanguageModels
from .routing import Caller, Name, answer, nothing
from .schemas import Tag
from .state import Sandbox
from .tags import add_tags, delete_tags, save_tags, shown_tags
from .workflow_definitions import WORKFLOW, WorkflowDefinitions
from .workflow_schemas import (
    ExtendedWorkflowDef,
    IdempotencyStrategy,
    StartWorkflowRequest,
    Workflow,
    WorkflowDef,
    WorkflowStatus,
)

Version = Annotated[int | None, Query()]
Text = Annotated[str | None, Query()]
CorrelationId = Annotated[str | None, Query(alias="correlationId")]
Priority = Annotated[int, Query()]
Key = Annotated[str | None, Header(alias="X-Idempotency-key")]
Strategy = Annotated[IdempotencyStrategy | None, Header(alias="X-on-conflict")]
Flag = Annotated[bool, Query()]


def definition_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of workflow definitions."""
    router = APIRouter(prefix="/api/metadata/workflow", tags=["workflow definitions"])
    definitions, store = WorkflowDefinitions(sandbox), sandbox.store

    @router.get("", response_model=list[WorkflowDef])
    async def list_definitions(
        caller: Caller,
        access: str = "READ",
        metadata: Flag = False,
        tag_key: Annotated[str | None, Query(alias="tagKey")] = None,
        tag_value: Annotated[str | None, Query(alias="tagValue")] = None,
        name: Text = None,
        short: Flag = False,
    ) -> Response:
        found = definitions.all(caller, access, name, (tag_key, tag_value))
        return answer(sandbox.in_any_order([definitions.shown(one, metadata, short) for one in found]))

    def save(caller: Caller, given: list[ExtendedWorkflowDef], overwrite: bool, new_version: bool) -> Response:
        with store.transaction():
            for one in given:
                definitions.save(caller, one, overwrite, new_version)
        return nothing()

    @router.post("")
    async def create_definition(
        caller: Caller,
        body: ExtendedWorkflowDef,
        overwrite: Flag = False,
        new_version: Annotated[bool, Query(alias="newVersion")] = False,
    ) -> Response:
        return save(caller, [body], overwrite, new_version)

    @router.put("")
    async def update_definitions(
        caller: Caller,
        body: list[ExtendedWorkflowDef],
        overwrite: Flag = True,
        new_version: Annotated[bool, Query(alias="newVersion")] = False,
    ) -> Response:
        return save(caller, body, overwrite, new_version)

    @router.get("/{name}", response_model=WorkflowDef)
    async def get_definition(caller: Caller, name: Name, version: Version = None, metadata: Flag = False) -> Response:
        return answer(definitions.shown(definitions.readable(caller, name, version), metadata))

    # Before the route that deletes a version, whose place a number takes.
    @router.get("/{name}/tags", response_model=list[Tag])
    async def get_tags(caller: Caller, name: Name) -> Response:
        definitions.check_tag_target(caller, "READ", name)
        return answer(shown_tags(sandbox, WORKFLOW, name))

    @router.post("/{name}/tags")
    async def add_tag(caller: Caller, name: Name, body: Tag) -> Response:
        with store.transaction():
            definitions.check_tag_target(caller, "UPDATE", name)
            add_tags(sandbox, [body], WORKFLOW, name)
        return nothing()

    @router.put("/{name}/tags")
    async def set_tags(caller: Caller, name: Name, body: list[Tag]) -> Response:
        with store.transaction():
            definitions.check_tag_target(caller, "UPDATE", name)
            save_tags(sandbox, body, WORKFLOW, name)
        return nothing()

    @router.delete("/{name}/tags")
    async def remove_tag(caller: Caller, name: Name, body: Tag) -> Response:
        with store.transaction():
            definitions.check_tag_target(caller, "UPDATE", name)
            delete_tags(sandbox, [body], sandbox.settings.delete_missing_tag == "accept", WORKFLOW, name)
        return nothing()

    @router.delete("/{name}/{version}")
    async def delete_definition(caller: Caller, name: Name, version: int) -> Response:
        with store.transaction():
            definitions.delete(caller, name, version)
        return nothing()

    return router


def execution_routes(sandbox: Sandbox, language_models: LanguageModels) -> APIRouter:
    """The routes of executions."""
    router = APIRouter(prefix="/api/workflow", tags=["workflows"])
    executions, store = Executions(sandbox, language_models), sandbox.store

    def start(caller: Caller, request: StartWorkflowRequest) -> Response:
        with store.transaction():
            return PlainTextResponse(executions.start(caller, request))

    @router.post("", response_class=PlainTextResponse)
    async def start_workflow(caller: Caller, body: StartWorkflowRequest) -> Response:
        return start(caller, body)

    @router.post("/{name}", response_class=PlainTextResponse)
    async def start_by_name(
        caller: Caller,
        name: Name,
        body: dict[str, Any],
        version: Version = None,
        correlation_id: CorrelationId = None,
        priority: Priority = 0,
        key: Key = None,
        strategy: Strategy = None,
    ) -> Response:
        request = StartWorkflowRequest(
            name=name,
            version=version,
            input=body,
            correlationId=correlation_id,
            priority=priority,
            idempotencyKey=key,
            idempotencyStrategy=strategy,
        )
        return start(caller, request)

    @router.post("/start/{name}/{version}", response_class=PlainTextResponse)
    async def start_version(
        caller: Caller,
        name: Name,
        version: int,
        body: dict[str, Any],
        correlation_id: CorrelationId = None,
        priority: Priority = 0,
        key: Key = None,
        strategy: Strategy = None,
    ) -> Response:
        return await start_by_name(caller, name, body, version, correlation_id, priority, key, strategy)

    def moved(request: Request, caller: Caller, identifier: str) -> dict[str, Any]:
        with store.transaction():
            return executions.moved(executions.readable(caller, identifier), request.scope["server"])

    @router.get("/{workflowId}", response_model=Workflow)
    async def get_execution(
        request: Request,
        caller: Caller,
        workflowId: Name,
        include_tasks: Annotated[bool, Query(alias="includeTasks")] = True,
        summarize: Flag = False,
    ) -> Response:
        return answer(executions.shown(moved(request, caller, workflowId), include_tasks))

    @router.get("/{workflowId}/status", response_model=WorkflowStatus)
    async def get_status(
        request: Request,
        caller: Caller,
        workflowId: Name,
        include_output: Annotated[bool, Query(alias="includeOutput")] = False,
        include_variables: Annotated[bool, Query(alias="includeVariables")] = False,
    ) -> Response:
        shown = executions.shown(moved(request, caller, workflowId), tasks=False)
        fields = ["workflowId", "correlationId", "status"]
        fields += ["output"] * include_output + ["variables"] * include_variables
        return answer({field: shown[field] for field in fields if field in shown})

    @router.get("/{name}/correlated/{correlationId}", response_model=list[Workflow])
    async def list_correlated(
        caller: Caller,
        name: Name,
        correlationId: Name,
        include_closed: Annotated[bool, Query(alias="includeClosed")] = False,
        include_tasks: Annotated[bool, Query(alias="includeTasks")] = False,
    ) -> Response:
        found = executions.correlated(caller, name, correlationId, include_closed)
        return answer(sandbox.in_any_order([executions.shown(one, include_tasks) for one in found]))

    @router.delete("/{workflowId}")
    async def terminate(
        caller: Caller,
        workflowId: Name,
        reason: Text = None,
        trigger_failure_workflow: Annotated[bool, Query(alias="triggerFailureWorkflow")] = False,
    ) -> Response:
        with store.transaction():
            executions.terminate(caller, workflowId, reason)
        return nothing()

    @router.delete("/{workflowId}/remove")
    async def remove(
        caller: Caller,
        workflowId: Name,
        archive_workflow: Annotated[bool, Query(alias="archiveWorkflow")] = True,
    ) -> Response:
        with store.transaction():
            executions.remove(caller, workflowId)
        return nothing()

    return router
