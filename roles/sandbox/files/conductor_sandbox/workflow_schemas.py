# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of requests and answers about prompts and workflows. The field names are those of the interface."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .schemas import Body, Tag

IdempotencyStrategy = Literal["FAIL", "RETURN_EXISTING", "FAIL_ON_RUNNING"]


class MessageTemplate(Body):
    """A prompt, and an entry of a bulk save."""

    name: str | None = None
    template: str | None = None
    description: str | None = None
    variables: list[str] | None = None
    integrations: list[str] | None = None
    version: int | None = None
    tags: list[Tag] | None = None
    temperature: float | None = None
    topP: float | None = None
    responseFormat: str | None = None
    stopWords: list[str] | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None
    ownerApp: str | None = None


class PromptTemplateTestRequest(Body):
    """A prompt to be tried out with a model."""

    llmProvider: str | None = None
    model: str | None = None
    prompt: str | None = None
    promptVariables: dict[str, Any] | None = None
    temperature: float | None = None
    topP: float | None = None
    maxTokens: int | None = None
    stopWords: list[str] | None = None
    response_format: str | None = None


class CacheConfig(Body):
    """How long a task's output is kept."""

    key: str | None = None
    ttlInSecond: int | None = None


class RateLimitConfig(Body):
    """How many executions may run at once."""

    concurrentExecLimit: int | None = None
    rateLimitKey: str | None = None


class SchemaDef(Body):
    """A schema of inputs or outputs."""

    name: str
    type: str
    version: int
    data: dict[str, Any] | None = None
    externalRef: str | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None
    ownerApp: str | None = None


class StateChangeEvent(Body):
    """What happens when a task changes its state."""

    type: str
    payload: dict[str, Any] | None = None


class SubWorkflowParams(Body):
    """Which workflow a task starts."""

    name: str | None = None
    version: int | None = None
    taskToDomain: dict[str, str] | None = None
    workflowDefinition: dict[str, Any] | None = None
    idempotencyKey: str | None = None
    idempotencyStrategy: IdempotencyStrategy | None = None
    priority: dict[str, Any] | None = None


class TaskDef(Body):
    """A task definition within a workflow's task."""

    name: str
    timeoutSeconds: int
    totalTimeoutSeconds: int
    description: str | None = None
    backoffScaleFactor: int | None = None
    baseType: str | None = None
    concurrentExecLimit: int | None = None
    enforceSchema: bool | None = None
    executionNameSpace: str | None = None
    inputKeys: list[str] | None = None
    inputSchema: SchemaDef | None = None
    inputTemplate: dict[str, Any] | None = None
    isolationGroupId: str | None = None
    outputKeys: list[str] | None = None
    outputSchema: SchemaDef | None = None
    ownerEmail: str | None = None
    pollTimeoutSeconds: int | None = None
    rateLimitFrequencyInSeconds: int | None = None
    rateLimitPerFrequency: int | None = None
    responseTimeoutSeconds: int | None = None
    retryCount: int | None = None
    retryDelaySeconds: int | None = None
    retryLogic: Literal["FIXED", "EXPONENTIAL_BACKOFF", "LINEAR_BACKOFF"] | None = None
    timeoutPolicy: Literal["RETRY", "TIME_OUT_WF", "ALERT_ONLY"] | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None
    ownerApp: str | None = None


class WorkflowTask(Body):
    """A task of a workflow definition."""

    name: str
    taskReferenceName: str
    type: str | None = None
    workflowTaskType: str | None = None
    description: str | None = None
    inputParameters: dict[str, Any] | None = None
    optional: bool | None = None
    asyncComplete: bool | None = None
    cacheConfig: CacheConfig | None = None
    caseExpression: str | None = None
    caseValueParam: str | None = None
    decisionCases: dict[str, list[WorkflowTask]] | None = None
    defaultCase: list[WorkflowTask] | None = None
    defaultExclusiveJoinTask: list[str] | None = None
    dynamicForkJoinTasksParam: str | None = None
    dynamicForkTasksInputParamName: str | None = None
    dynamicForkTasksParam: str | None = None
    dynamicTaskNameParam: str | None = None
    evaluatorType: str | None = None
    expression: str | None = None
    forkTasks: list[list[WorkflowTask]] | None = None
    joinOn: list[str] | None = None
    joinStatus: str | None = None
    loopCondition: str | None = None
    loopOver: list[WorkflowTask] | None = None
    onStateChange: dict[str, list[StateChangeEvent]] | None = None
    permissive: bool | None = None
    rateLimited: bool | None = None
    retryCount: int | None = None
    scriptExpression: str | None = None
    sink: str | None = None
    startDelay: int | None = None
    subWorkflowParam: SubWorkflowParams | None = None
    taskDefinition: TaskDef | None = None


class WorkflowDef(Body):
    """A workflow definition."""

    name: str
    tasks: list[WorkflowTask]
    timeoutSeconds: int
    version: int | None = Field(None, ge=0)
    description: str | None = None
    schemaVersion: int | None = None
    ownerEmail: str | None = None
    inputParameters: list[str] | None = None
    outputParameters: dict[str, Any] | None = None
    inputTemplate: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    restartable: bool | None = None
    timeoutPolicy: Literal["TIME_OUT_WF", "ALERT_ONLY"] | None = None
    failureWorkflow: str | None = None
    cacheConfig: CacheConfig | None = None
    enforceSchema: bool | None = None
    inputSchema: SchemaDef | None = None
    outputSchema: SchemaDef | None = None
    maskedFields: list[str] | None = None
    rateLimitConfig: RateLimitConfig | None = None
    workflowStatusListenerEnabled: bool | None = None
    workflowStatusListenerSink: str | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None
    ownerApp: str | None = None


class ExtendedWorkflowDef(WorkflowDef):
    """A workflow definition as it is saved, with its tags."""

    tags: list[Tag] | None = None
    overwriteTags: bool | None = None


class StartWorkflowRequest(Body):
    """A workflow to be started."""

    name: str
    version: int | None = None
    input: dict[str, Any] | None = None
    correlationId: str | None = None
    priority: int | None = None
    taskToDomain: dict[str, str] | None = None
    workflowDef: WorkflowDef | None = None
    externalInputPayloadStoragePath: str | None = None
    createdBy: str | None = None
    idempotencyKey: str | None = None
    idempotencyStrategy: IdempotencyStrategy | None = None


class Task(Body):
    """A task of an execution."""

    taskId: str | None = None
    taskType: str | None = None
    taskDefName: str | None = None
    referenceTaskName: str | None = None
    status: str | None = None
    reasonForIncompletion: str | None = None
    inputData: dict[str, Any] | None = None
    outputData: dict[str, Any] | None = None
    workflowTask: WorkflowTask | None = None
    workflowInstanceId: str | None = None
    workflowType: str | None = None
    workflowPriority: int | None = None
    correlationId: str | None = None
    seq: int | None = None
    iteration: int | None = None
    retryCount: int | None = None
    retried: bool | None = None
    executed: bool | None = None
    scheduledTime: int | None = None
    startTime: int | None = None
    updateTime: int | None = None
    endTime: int | None = None


class Workflow(Body):
    """An execution."""

    workflowId: str | None = None
    workflowName: str | None = None
    workflowVersion: int | None = None
    workflowDefinition: WorkflowDef | None = None
    status: str | None = None
    reasonForIncompletion: str | None = None
    input: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
    tasks: list[Task] | None = None
    taskToDomain: dict[str, str] | None = None
    failedReferenceTaskNames: list[str] | None = None
    failedTaskNames: list[str] | None = None
    correlationId: str | None = None
    idempotencyKey: str | None = None
    priority: int | None = None
    ownerApp: str | None = None
    createTime: int | None = None
    startTime: int | None = None
    updateTime: int | None = None
    endTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None


class WorkflowStatus(Body):
    """How far an execution is."""

    workflowId: str | None = None
    correlationId: str | None = None
    status: str | None = None
    output: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
