# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of prompts and workflows. A probe asks none of them: it runs nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class WorkflowSettings(BaseModel):
    """What the sandbox assumes where no source says how prompts, workflows and their tasks behave."""

    # Prompts
    prompt_missing: Literal["not_found", "server_error", "empty"] = Field(
        "not_found", description="Reading a prompt that does not exist: 404, 500, or 200 with null"
    )
    prompt_delete_missing: Literal["not_found", "accept"] = Field(
        "not_found", description="Deleting a prompt, or a version of one, that does not exist"
    )
    prompt_creation: Literal["by_role", "anybody"] = Field(
        "by_role", description="Who may create prompts: who may create metadata, or everybody"
    )
    prompt_omitted_models: Literal["cleared", "kept"] = Field(
        "cleared", description="The models of a prompt that is saved without any"
    )
    prompt_links_of_deleted_models: Literal["kept", "removed"] = Field(
        "kept", description="Models that are deleted, in the prompts that name them"
    )
    prompt_association: Literal["required", "ignored"] = Field(
        "required", description="Whether a task may use a prompt only with the models that the prompt names"
    )
    prompt_task_access: Literal["execute", "read"] = Field(
        "execute", description="The access to a prompt that a task needs"
    )
    prompt_test_failure_status: Literal[500, 400] = Field(
        500, description="The status of testing a prompt with a model that does not answer"
    )

    # Definitions
    workflow_owner_email: Literal["required", "optional"] = Field(
        "required", description="ownerEmail of a workflow definition"
    )
    workflow_default_version: Literal[0, 1] = Field(
        0, description="The version of a workflow definition that does not say it"
    )
    workflow_creator_access: Literal["full", "read_update_delete"] = Field(
        "full", description="What the creator of a workflow definition may do with it"
    )

    # Executions
    workflow_starter_reads: bool = Field(
        False, description="Whether who started an execution may read it without READ on its definition"
    )
    workflow_remove_access: Literal["delete", "execute"] = Field(
        "delete", description="The access to a definition that removing an execution of it needs"
    )
    workflow_unknown_status: Literal[404, 400] = Field(
        404, description="The status of an execution that does not exist"
    )
    workflow_running_reads: int = Field(
        1, ge=0, le=1_000_000, description="How many reads of an execution find it running"
    )

    # Models that answer
    workflow_access_of: Literal["starter", "creator"] = Field(
        "starter", description="Whose access a task uses: that of who started it, or of who made the definition"
    )
    workflow_model_access: Literal["execute", "read"] = Field(
        "execute", description="The access to a model, and to its integration, that a task needs"
    )
    workflow_integration_access: Literal["required", "ignored"] = Field(
        "required", description="Whether a task needs access to the integration too, and not to the model alone"
    )
    workflow_endpoint_namespace: Literal["same", "any"] = Field(
        "same", description="Whether an endpoint has to lie in the namespace that its integration names"
    )
    workflow_endpoint_routes: Literal["any", "openai"] = Field(
        "any", description="Which endpoints can be used: all, or only those that serve OpenAI's routes"
    )
    workflow_sleeping_endpoint: Literal["fails", "waits"] = Field(
        "fails", description="A task whose endpoint sleeps or starts: fails and wakes it, or waits until it runs"
    )
    workflow_remote_models: Literal["unreachable", "answer"] = Field(
        "unreachable",
        description="Models whose endpoint is not the sandbox's own: cannot be reached, or answer all the same",
    )
