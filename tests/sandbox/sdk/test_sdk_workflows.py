# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's Python SDK against the sandbox: prompts, workflow definitions, executions, and a model that answers."""

from __future__ import annotations

from typing import Any

import pytest
from conductor.client.configuration.configuration import Configuration
from conductor.client.http.models.integration_api_update import IntegrationApiUpdate
from conductor.client.http.models.integration_update import IntegrationUpdate
from conductor.client.http.models.start_workflow_request import StartWorkflowRequest
from conductor.client.http.rest import ApiException
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes.orkes_integration_client import OrkesIntegrationClient
from conductor.client.orkes.orkes_metadata_client import OrkesMetadataClient
from conductor.client.orkes.orkes_prompt_client import OrkesPromptClient
from conductor.client.orkes.orkes_workflow_client import OrkesWorkflowClient
from conductor.client.workflow.conductor_workflow import ConductorWorkflow
from conductor.client.workflow.executor.workflow_executor import WorkflowExecutor
from conductor.client.workflow.task.llm_tasks.llm_chat_complete import ChatMessage, LlmChatComplete
from conductor.client.workflow.task.llm_tasks.llm_text_complete import LlmTextComplete
from sandbox_process import SandboxProcess

MODEL = "acme/tiny-llm"
NAMED = f"hf-prod:{MODEL}"
TEXT = "Greet ${name} politely"


@pytest.fixture
def model(sandbox: SandboxProcess, integrations: OrkesIntegrationClient) -> str:
    """A model whose endpoint the sandbox only pretends to reach."""
    sandbox.settings(workflow_remote_models="answer")
    configuration: dict[str, Any] = {"api_key": "hf_first_key", "namespace": "acme"}
    integrations.save_integration(
        "hf-prod", IntegrationUpdate(type="huggingface", category="AI_MODEL", enabled=True, configuration=configuration)
    )
    integrations.save_integration_api(
        "hf-prod", MODEL, IntegrationApiUpdate(enabled=True, configuration={"endpoint": "https://e.example"})
    )
    return MODEL


def test_prompts(prompts: OrkesPromptClient, integrations: OrkesIntegrationClient, model: str) -> None:
    assert prompts.get_prompt("greeting") is None
    prompts.save_prompt("greeting", "a greeting", TEXT, models=[NAMED])
    read = prompts.get_prompt("greeting")
    assert (read.name, read.description, read.template, read.variables, read.integrations) == (
        "greeting",
        "a greeting",
        TEXT,
        ["name"],
        [NAMED],
    )
    prompts.save_prompt("greeting", "another", "Hello", auto_increment=True)
    assert prompts.get_prompt("greeting").template == "Hello"
    assert [one.name for one in prompts.get_prompts()] == ["greeting"]
    assert integrations.get_prompts_with_integration("hf-prod", model) == []
    integrations.associate_prompt_with_integration("hf-prod", model, "greeting")
    assert [one.name for one in integrations.get_prompts_with_integration("hf-prod", model)] == ["greeting"]
    prompts.update_tag_for_prompt_template("greeting", [MetadataTag("team", "a"), MetadataTag("env", "b")])
    prompts.delete_tag_for_prompt_template("greeting", [MetadataTag("team", "a")])
    assert [(tag.key, tag.value) for tag in prompts.get_tags_for_prompt_template("greeting")] == [("env", "b")]
    with pytest.raises(ApiException) as refused:
        prompts.save_prompt("other", "d", TEXT, models=["nosuch:model"])
    assert refused.value.is_not_found()
    told = prompts.test_prompt("Say ${word}", {"word": "yes"}, "hf-prod", model)
    assert told == f"The sandbox speaks for {model}, which it did not reach, and was told: Say yes"
    prompts.delete_prompt("greeting")
    assert prompts.get_prompt("greeting") is None


def test_a_workflow_from_its_definition_to_its_removal(
    configuration: Configuration,
    metadata: OrkesMetadataClient,
    workflows: OrkesWorkflowClient,
    prompts: OrkesPromptClient,
    model: str,
) -> None:
    prompts.save_prompt("greeting", "a greeting", TEXT, models=[NAMED])
    workflow = ConductorWorkflow(WorkflowExecutor(configuration), "greet", 1, "greets")
    workflow.owner_email("owner@example.com")
    complete = LlmTextComplete("complete", "hf-prod", model, "greeting", max_tokens=50)
    complete.prompt_variable("name", "${workflow.input.name}")
    chat = LlmChatComplete("chat", "hf-prod", model, [ChatMessage("user", "${complete.output.result}")])
    workflow.add(complete)
    workflow.add(chat)
    metadata.register_workflow_def(workflow.to_workflow_def())
    read = metadata.get_workflow_def("greet")
    assert (read.name, read.version, read.description, len(read.tasks)) == ("greet", 1, "greets", 2)
    assert [one.name for one in metadata.get_all_workflow_defs()] == ["greet"]
    read.description = "greets again"
    metadata.update_workflow_def(read)
    assert metadata.get_workflow_def("greet", 1).description == "greets again"
    metadata.set_workflow_tags([MetadataTag("team", "a")], "greet")
    assert [(tag.key, tag.value) for tag in metadata.get_workflow_tags("greet")] == [("team", "a")]

    execution = workflows.start_workflow_by_name("greet", {"name": "Ana"}, version=1)
    assert workflows.get_workflow_status(execution).status == "RUNNING"
    found = workflows.get_workflow(execution)
    assert (found.status, [task.status for task in found.tasks]) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    assert found.tasks[0].output_data["result"].endswith("was told: Greet Ana politely")
    assert found.output["result"].endswith("Greet Ana politely") and found.output["tokenUsed"] > 0
    assert workflows.get_workflow(execution, include_tasks=False).output == found.output
    status = workflows.get_workflow_status(execution, include_output=True)
    assert status.output == found.output
    workflows.delete_workflow(execution)
    with pytest.raises(ApiException) as missing:
        workflows.get_workflow(execution)
    assert missing.value.is_not_found()

    request = StartWorkflowRequest(name="greet", version=1, input={"name": "Ana"}, correlation_id="c")
    second = workflows.start_workflow(request)
    workflows.terminate_workflow(second, "enough")
    ended = workflows.get_workflow(second)
    assert (ended.status, ended.reason_for_incompletion) == ("TERMINATED", "enough")
    metadata.unregister_workflow_def("greet", 1)
    with pytest.raises(ApiException) as gone:
        metadata.get_workflow_def("greet")
    assert gone.value.is_not_found()
    with pytest.raises(ApiException) as unknown:
        workflows.start_workflow_by_name("greet", {})
    assert unknown.value.is_not_found()


def test_a_failure_says_why(sandbox: SandboxProcess, configuration: Configuration, model: str) -> None:
    sandbox.settings(workflow_remote_models="unreachable")
    executor = WorkflowExecutor(configuration)
    workflow = ConductorWorkflow(executor, "greet", 1)
    workflow.owner_email("owner@example.com")
    workflow.add(LlmChatComplete("chat", "hf-prod", model, [ChatMessage("user", "ping")]))
    workflow.register(overwrite=True)
    execution = executor.start_workflow(StartWorkflowRequest(name="greet"))
    executor.get_workflow(execution)
    found = executor.get_workflow(execution)
    assert found.status == "FAILED" and "https://e.example cannot be reached" in found.reason_for_incompletion
    executor.remove_workflow(execution)
