# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found to use an integration or a model."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._model_usage import ModelUsage, users_of
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Plan

CHAT = {"type": "LLM_CHAT_COMPLETE", "inputParameters": {"llmProvider": "hf", "model": "acme/tiny"}}
WAIT = {"type": "WAIT", "inputParameters": {}}


def workflow(*tasks, name="w", version=2):
    return {"name": name, "version": version, "tasks": list(tasks)}


@pytest.mark.parametrize(
    "task",
    [
        CHAT,
        {"type": "LOOP", "loopOver": [WAIT, CHAT]},
        {"type": "FORK_JOIN", "forkTasks": [[WAIT], [WAIT, CHAT]]},
        {"type": "SWITCH", "decisionCases": {"a": [WAIT], "b": [CHAT]}},
        {"type": "SWITCH", "decisionCases": {}, "defaultCase": [CHAT]},
        {"type": "SUB_WORKFLOW", "subWorkflowParam": {"workflowDefinition": workflow(CHAT)}},
        {"type": "LLM_INDEX_TEXT", "inputParameters": {"embeddingModelProvider": "hf", "embeddingModel": "acme/tiny"}},
        {"type": "LLM_CHAT_COMPLETE", "inputParameters": {"llmProvider": "hf", "model": "${workflow.input.model}"}},
    ],
    ids=["plain", "loop", "fork", "case", "default", "inline", "embedding", "expression"],
)
def test_a_task_is_found_wherever_it_stands(task):
    assert users_of("hf", "acme/tiny", [], [workflow(WAIT, task)]) == ["workflow w (version 2)"]
    assert users_of("hf", None, [], [workflow(WAIT, task)]) == ["workflow w (version 2)"]
    assert users_of("other", "acme/tiny", [], [workflow(WAIT, task)]) == []


def test_what_uses_another_model_uses_the_integration():
    prompts = [
        {"name": "p", "integrations": ["hf:acme/tiny", "x:y"]},
        {"name": "q", "integrations": ["hf:b"]},
        {"name": "without"},
        {"name": "line\nbreak", "integrations": ["hf:c"]},
    ]
    assert users_of("hf", "acme/tiny", prompts, []) == ["prompt p"]
    assert users_of("hf", None, prompts, []) == ["prompt line\N{REPLACEMENT CHARACTER}break", "prompt p", "prompt q"]
    assert users_of("hf", "b", prompts, [workflow(CHAT)]) == ["prompt q"]


@pytest.mark.parametrize("tasks", [None, "text", [None, "text", {"inputParameters": "x"}, {"decisionCases": []}]])
def test_what_a_server_should_not_send_does_no_harm(tasks):
    assert users_of("hf", None, [{"integrations": None}], [{"name": "w", "tasks": tasks}]) == []


class Server:
    """Lists prompts, and not what workflows there are."""

    def __init__(self, status, **facts):
        self.error = ApiError("GET", "/api/metadata/workflow", status, "no list", "Look at its log.", **facts)

    def list_prompts(self):
        return [{"name": "p", "integrations": ["hf:b"]}]

    def list_workflow_definitions(self):
        raise self.error


@pytest.mark.parametrize(
    ("status", "facts", "lasts"),
    [(403, {}, True), (404, {}, True), (404, {"from_api": False}, False), (500, {}, False), (200, {}, False)],
)
def test_what_cannot_be_looked_at_keeps_a_deletion_back_unless_it_stays_like_that(status, facts, lasts):
    untold = "whether workflow definitions use what is to be deleted cannot be told"
    for force in (False, True):
        plan, problems = Plan(), []
        ModelUsage(Server(status, **facts), force).check(plan, problems, [("model hf:a", "hf", "a")])
        assert [untold in warning for warning in plan.warnings] == [True] * (lasts or force)
        assert all(warning.endswith(". It is deleted all the same") for warning in plan.warnings)
        if status == 404 and lasts:
            told = f"{untold}: this server does not list them (GET /api/metadata/workflow answered 404). It is deleted"
            assert plan.warnings[0].startswith(told)
        assert [problem.startswith(untold) for problem in problems] == [True] * (not lasts and not force)
        assert not problems or problems[0].endswith("Look at its log. Or set force: true to delete it all the same")
