# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executions of workflows. They move on when they are read, not with time, and run tasks for language models alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import access
from .access import Principal
from .answers import Answer
from .errors import ApiError, bad_request
from .language_models import Address, LanguageModels, ModelFails, ModelStarts
from .prompts import PROMPT, Prompts, filled
from .state import Sandbox
from .store import Document
from .workflow_definitions import WORKFLOW, WorkflowDefinitions
from .workflow_expressions import resolved
from .workflow_schemas import StartWorkflowRequest

TABLE = "executions"
CHAT, TEXT = "LLM_CHAT_COMPLETE", "LLM_TEXT_COMPLETE"
ROLES = ("user", "assistant", "human", "system")
RUNNING, COMPLETED, FAILED, TERMINATED = "RUNNING", "COMPLETED", "FAILED", "TERMINATED"
STRATEGIES = ("FAIL", "RETURN_EXISTING", "FAIL_ON_RUNNING")
MOST_PRIORITY = 99


@dataclass(frozen=True)
class Question:
    """What a task asks a model."""

    integration: str
    model: str
    text: str
    most: int | None


def _text(inputs: Mapping[str, Any], name: str) -> str:
    """A parameter of a task that has to be there."""
    value = inputs.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ModelFails(f"The parameter {name} is missing")
    return value


class Executions:
    """The part of the sandbox that runs workflows."""

    def __init__(self, sandbox: Sandbox, language_models: LanguageModels) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.language_models = language_models
        self.definitions = WorkflowDefinitions(sandbox)
        self.prompts = Prompts(sandbox)

    # Starting

    def start(self, principal: Principal, request: StartWorkflowRequest) -> str:
        """Start a workflow; returns the id of the execution, which may be an earlier one of the same key."""
        if request.workflowDef is not None:
            raise bad_request("The sandbox runs registered workflows only, and none that comes along", "workflowDef")
        definition = self.definitions.find(request.name, request.version)
        self.sandbox.demand(principal, "EXECUTE", WORKFLOW, request.name)
        if not 0 <= (request.priority or 0) <= MOST_PRIORITY:
            raise bad_request(f"priority is not within 0 to {MOST_PRIORITY}", "priority", request.priority)
        earlier = self._earlier(request)
        if earlier is not None:
            return str(earlier["workflowId"])
        identifier, now = str(uuid.uuid4()), self.store.now()
        document: Document = {
            "workflowId": identifier,
            "workflowName": definition["name"],
            "workflowVersion": definition["version"],
            "definition": definition,
            "input": {**definition["inputTemplate"], **(request.input or {})},
            "correlationId": request.correlationId,
            "idempotencyKey": request.idempotencyKey,
            "priority": request.priority or 0,
            "taskToDomain": request.taskToDomain or {},
            "createdBy": principal.id,
            "createTime": now,
            "progress": {"status": RUNNING, "reads": 0, "updateTime": now, "output": {}, "tasks": []},
        }
        self._put(self._with_task(document, 0, "SCHEDULED"))
        return identifier

    def _earlier(self, request: StartWorkflowRequest) -> Document | None:
        """An execution that was started with the same idempotency key, if that is what the caller wants."""
        if request.idempotencyKey is None:
            return None
        if request.idempotencyStrategy is None:
            raise bad_request(f"X-on-conflict has to be one of {', '.join(STRATEGIES)}", "X-on-conflict")
        same = [
            document
            for document in self.store.by(TABLE, "name", request.name)
            if document["idempotencyKey"] == request.idempotencyKey
        ]
        if request.idempotencyStrategy == "RETURN_EXISTING":
            return same[0] if same else None
        if request.idempotencyStrategy == "FAIL_ON_RUNNING":
            same = [document for document in same if document["progress"]["status"] == RUNNING]
        if same:
            raise ApiError(409, f"Execution {same[0]['workflowId']} has the same idempotency key")
        return None

    def _put(self, document: Document) -> Document:
        self.store.put(TABLE, document["workflowId"], document)
        return document

    # Finding

    def find(self, identifier: str) -> Document:
        """An execution."""
        document = self.store.get(TABLE, identifier)
        if document is None:
            raise ApiError(self.sandbox.settings.workflow_unknown_status, f"No such workflow execution {identifier}")
        return document

    def readable(self, principal: Principal, identifier: str) -> Document:
        """An execution that the caller may read."""
        document = self.find(identifier)
        if not (self.sandbox.settings.workflow_starter_reads and document["createdBy"] == principal.id):
            missing = f"No such workflow execution {identifier}"
            self.sandbox.demand_read(principal, missing, WORKFLOW, document["workflowName"])
        return document

    def correlated(self, principal: Principal, name: str, correlation: str, closed: bool) -> list[Document]:
        """The executions of a workflow with a correlation id."""
        self.sandbox.demand(principal, "READ", WORKFLOW, name)
        return [
            document
            for document in self.store.by(TABLE, "name", name)
            if document["correlationId"] == correlation and (closed or document["progress"]["status"] == RUNNING)
        ]

    def shown(self, document: Document, tasks: bool) -> Document:
        """An execution as it is read."""
        progress, failed = document["progress"], []
        for task in progress["tasks"]:
            if task["status"] == FAILED:
                failed.append(task)
        shown = {
            **{name: value for name, value in document.items() if name not in ("definition", "progress")},
            "workflowDefinition": document["definition"],
            "status": progress["status"],
            "startTime": document["createTime"],
            "updateTime": progress["updateTime"],
            "endTime": progress.get("endTime", 0),
            "updatedBy": progress.get("updatedBy", document["createdBy"]),
            "ownerApp": "",
            "output": progress["output"],
            "variables": {},
            "reasonForIncompletion": progress.get("reason"),
            "tasks": progress["tasks"] if tasks else [],
            "failedReferenceTaskNames": [task["referenceTaskName"] for task in failed],
            "failedTaskNames": [task["taskDefName"] for task in failed],
        }
        return {name: value for name, value in shown.items() if value is not None}

    # Ending

    def terminate(self, principal: Principal, identifier: str, reason: str | None) -> None:
        """End an execution that runs."""
        document = self.find(identifier)
        self.sandbox.demand(principal, "EXECUTE", WORKFLOW, document["workflowName"])
        progress = document["progress"]
        if progress["status"] != RUNNING:
            raise ApiError(409, f"Workflow execution {identifier} is {progress['status']} already")
        tasks = [
            task
            if task["status"] in (COMPLETED, FAILED)
            else {**task, "status": "CANCELED", "endTime": self.store.now()}
            for task in progress["tasks"]
        ]
        document = {**document, "progress": {**progress, "tasks": tasks, "updatedBy": principal.id}}
        self._end(document, TERMINATED, reason)

    def remove(self, principal: Principal, identifier: str) -> None:
        """Remove an execution for good."""
        document = self.find(identifier)
        if access.MANAGE_WORKFLOW not in principal.permissions:
            wanted = self.sandbox.settings.workflow_remove_access.upper()
            self.sandbox.demand(principal, wanted, WORKFLOW, document["workflowName"])
        self.store.delete(TABLE, identifier)

    def _end(self, document: Document, status: str, reason: str | None = None) -> Document:
        now, progress = self.store.now(), document["progress"]
        values = self._values(document)
        output = resolved(document["definition"]["outputParameters"], values)
        if not output:
            done = [task for task in progress["tasks"] if task["outputData"]]
            output = done[-1]["outputData"] if done else {}
        ended = {"status": status, "output": output, "endTime": now, "updateTime": now, "reason": reason}
        return self._put({**document, "progress": {**progress, **ended}})

    # Moving on

    def moved(self, document: Document, server: Address) -> Document:
        """An execution as one more read finds it.

        Args:
            document: The execution.
            server: Where this sandbox listens.
        """
        progress = document["progress"]
        if progress["status"] != RUNNING:
            return document
        if progress["reads"] < self.sandbox.settings.workflow_running_reads:
            document = self._with_task(document, len(progress["tasks"]) - 1, "IN_PROGRESS")
            return self._put({**document, "progress": {**document["progress"], "reads": progress["reads"] + 1}})
        for number in range(len(progress["tasks"]) - 1, len(document["definition"]["tasks"])):
            document = self._run(self._with_task(document, number, "IN_PROGRESS"), number, server)
            task = document["progress"]["tasks"][number]
            if task["status"] == FAILED:
                reason = f"Task {task['referenceTaskName']} failed: {task['reasonForIncompletion']}"
                return self._end(document, FAILED, reason)
            if task["status"] == "IN_PROGRESS":
                return self._put(document)
        return self._end(document, COMPLETED)

    def _with_task(self, document: Document, number: int, status: str) -> Document:
        """An execution whose task of this number has a status; it is made if it is not there."""
        spec, tasks, now = (
            document["definition"]["tasks"][number],
            list(document["progress"]["tasks"]),
            self.store.now(),
        )
        if number == len(tasks):
            tasks.append(
                {
                    "taskId": str(uuid.uuid4()),
                    "taskType": spec["type"],
                    "taskDefName": spec["name"],
                    "referenceTaskName": spec["taskReferenceName"],
                    "workflowTask": spec,
                    "workflowInstanceId": document["workflowId"],
                    "workflowType": document["workflowName"],
                    "workflowPriority": document["priority"],
                    "seq": number + 1,
                    "iteration": 0,
                    "retryCount": 0,
                    "retried": False,
                    "executed": False,
                    "scheduledTime": now,
                    "startTime": 0,
                    "endTime": 0,
                    "inputData": self._inputs(document, spec),
                    "outputData": {},
                }
            )
        task = {**tasks[number], "status": status, "updateTime": now}
        if status == "IN_PROGRESS" and not task["startTime"]:
            task["startTime"] = now
        tasks[number] = task
        return {**document, "progress": {**document["progress"], "tasks": tasks, "updateTime": now}}

    @staticmethod
    def _values(document: Document) -> dict[str, Any]:
        """What expressions may refer to."""
        values: dict[str, Any] = {
            task["referenceTaskName"]: {
                "input": task["inputData"],
                "output": task["outputData"],
                "status": task["status"],
                "taskId": task["taskId"],
            }
            for task in document["progress"]["tasks"]
        }
        values["workflow"] = {
            "input": document["input"],
            "output": document["progress"]["output"],
            "status": document["progress"]["status"],
            "workflowId": document["workflowId"],
            "workflowType": document["workflowName"],
            "version": document["workflowVersion"],
            "correlationId": document["correlationId"],
            "variables": document["definition"]["variables"],
        }
        return values

    def _inputs(self, document: Document, spec: Document) -> Document:
        inputs = resolved(spec["inputParameters"], self._values(document))
        return {**inputs, "_createdBy": document["createdBy"]}

    # Tasks

    def _run(self, document: Document, number: int, server: Address) -> Document:
        """An execution after one of its tasks was tried."""
        tasks = list(document["progress"]["tasks"])
        task = tasks[number]
        optional = bool(task["workflowTask"].get("optional"))
        waits = self.sandbox.settings.workflow_sleeping_endpoint == "waits"
        try:
            question = self._question(document, task)
            task = {**task, "inputData": {**task["inputData"], "prompt": question.text}}
            answer = self.language_models.ask(
                question.integration, question.model, question.text, question.most, server
            )
            task |= {"status": COMPLETED, "executed": True, "outputData": self._output(answer)}
        except ModelFails as failure:
            if waits and isinstance(failure, ModelStarts):
                task |= {"reasonForIncompletion": str(failure)}
            else:
                status = "COMPLETED_WITH_ERRORS" if optional else FAILED
                task |= {"status": status, "executed": True, "reasonForIncompletion": str(failure)}
        if task["status"] != "IN_PROGRESS":
            task |= {"endTime": self.store.now()}
        if task["status"] == COMPLETED:
            task = {name: value for name, value in task.items() if name != "reasonForIncompletion"}
        tasks[number] = task
        return {**document, "progress": {**document["progress"], "tasks": tasks}}

    @staticmethod
    def _output(answer: Answer) -> Document:
        return {
            "result": answer.text,
            "finishReason": answer.finish_reason,
            "tokenUsed": answer.prompt_tokens + answer.completion_tokens,
            "promptTokens": answer.prompt_tokens,
            "completionTokens": answer.completion_tokens,
        }

    def _question(self, document: Document, task: Document) -> Question:
        """What a task asks which model.

        Raises:
            ModelFails: The task is none for a language model, or its parameters or the access are not in order.
        """
        kind, inputs = task["taskType"], task["inputData"]
        if kind not in (CHAT, TEXT):
            raise ModelFails(f"The sandbox does not run tasks of the type {kind}, but {CHAT} and {TEXT} alone")
        integration, model = _text(inputs, "llmProvider"), _text(inputs, "model")
        owner = document["createdBy"]
        if self.sandbox.settings.workflow_access_of == "creator":
            owner = document["definition"]["createdBy"]
        principal = self.sandbox.principal(owner)
        self.language_models.demand_use(principal, integration, model)
        parts: list[str] = []
        if kind == TEXT:
            parts.append(self._prompt(principal, _text(inputs, "promptName"), inputs))
        else:
            if inputs.get("instructions"):
                parts.append(self._prompt(principal, _text(inputs, "instructions"), inputs))
            parts += self._messages(inputs)
        most = inputs.get("maxTokens")
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
            raise ModelFails(f"maxTokens is not a number of tokens: {most}")
        return Question(integration, model, " ".join(parts), most)

    def _prompt(self, principal: Principal, name: str, inputs: Mapping[str, Any]) -> str:
        """The text of a stored prompt, with the task's variables."""
        version = inputs.get("promptVersion")
        prompt = self.prompts.find(name, version)
        if prompt is None:
            raise ModelFails(f"No such prompt {name}" + ("" if version is None else f" in version {version}"))
        settings = self.sandbox.settings
        try:
            self.sandbox.demand(principal, settings.prompt_task_access.upper(), PROMPT, name)
        except ApiError as refused:
            raise ModelFails(refused.message) from None
        model = f"{inputs['llmProvider']}:{inputs['model']}"
        if settings.prompt_association == "required" and model not in prompt["integrations"]:
            raise ModelFails(f"Prompt {name} is not associated with {model}")
        variables = inputs.get("promptVariables") or {}
        if not isinstance(variables, dict):
            raise ModelFails("promptVariables is no object")
        return filled(prompt["template"], variables)

    @staticmethod
    def _messages(inputs: Mapping[str, Any]) -> list[str]:
        """The last message of a conversation."""
        messages = inputs.get("messages") or []
        if not isinstance(messages, list):
            raise ModelFails("messages is no list")
        for message in messages:
            if not isinstance(message, dict) or message.get("role") not in ROLES:
                raise ModelFails(f"The role of a message has to be one of {', '.join(ROLES)}")
            if not isinstance(message.get("message"), str):
                raise ModelFails("A message has no text in the field message")
        if not messages and not inputs.get("instructions"):
            raise ModelFails("The parameter messages is missing")
        return [str(message["message"]) for message in messages[-1:]]
