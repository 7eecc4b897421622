# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What uses an integration or a model: prompts and workflow definitions (floor 3).

Only what a definition says literally can be seen. A task that takes its integration out of the workflow's input may use
any.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, one_line
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Plan

#: The inputs of AI tasks that name an integration, each with the one that names its model.
MODEL_INPUTS = (("llmProvider", "model"), ("embeddingModelProvider", "embeddingModel"))

#: Most users that one message names.
MOST_NAMED = 10


def tasks_of(tasks: Any) -> Iterator[dict[str, Any]]:
    """Return the tasks of a workflow definition, those within forks, decisions, loops and inline workflows too."""
    for task in tasks if isinstance(tasks, list) else []:
        if isinstance(task, list):
            yield from tasks_of(task)
        if not isinstance(task, dict):
            continue
        yield task
        for branch in ("defaultCase", "forkTasks", "loopOver"):
            yield from tasks_of(task.get(branch))
        cases = task.get("decisionCases")
        for case in cases.values() if isinstance(cases, dict) else []:
            yield from tasks_of(case)
        inline = (task.get("subWorkflowParam") or {}).get("workflowDefinition")
        yield from tasks_of(inline.get("tasks") if isinstance(inline, dict) else None)


def users_of(
    integration: str,
    model: str | None,
    prompts: Iterable[dict[str, Any]],
    definitions: Iterable[dict[str, Any]],
) -> list[str]:
    """Return what uses an integration, or one of its models, each as a name for people, sorted.

    Args:
        integration: Name of the integration.
        model: Name of the model, or None for any.
        prompts: The prompts as the server lists them.
        definitions: The workflow definitions as the server lists them.
    """
    found = set()
    for prompt in prompts:
        names = [str(name).partition(":") for name in prompt.get("integrations") or []]
        if any(name == integration and model in (None, its_model) for name, _colon, its_model in names):
            found.add(f"prompt {prompt.get('name')}")
    for definition in definitions:
        if any(_uses(task, integration, model) for task in tasks_of(definition.get("tasks"))):
            found.add(f"workflow {definition.get('name')} (version {definition.get('version', 1)})")
    return sorted(one_line(name) for name in found)


def _uses(task: dict[str, Any], integration: str, model: str | None) -> bool:
    """Tell whether a task names the integration, and the model or one that is only known when it runs."""
    inputs = task.get("inputParameters")
    if not isinstance(inputs, dict):
        return False
    return any(
        inputs.get(provider) == integration
        and (model is None or inputs.get(name) == model or "${" in str(inputs.get(name)))
        for provider, name in MODEL_INPUTS
    )


class ModelUsage:
    """Finds out whether what is to be deleted is in use.

    Args:
        client: Talks to the server.
        force: Whether what is in use is deleted all the same.
    """

    def __init__(self, client: ConductorClient, force: bool) -> None:
        self._client = client
        self._force = force

    def check(self, plan: Plan, problems: list[str], doomed: list[tuple[str, str, str | None]]) -> None:
        """Report what is in use, as a problem, or with C(force) as a warning.

        Args:
            plan: Takes warnings.
            problems: Takes problems.
            doomed: What is to be deleted: its title, integration, and model (None: the whole integration).
        """
        if not doomed:
            return
        prompts = self._listed(plan, problems, "prompts", self._client.list_prompts)
        definitions = self._listed(plan, problems, "workflow definitions", self._client.list_workflow_definitions)
        for title, integration, model in doomed:
            users = users_of(integration, model, prompts, definitions)
            if not users:
                continue
            rest = f" and {len(users) - MOST_NAMED} more" if len(users) > MOST_NAMED else ""
            text = f"{title} is used by {', '.join(users[:MOST_NAMED])}{rest}"
            if self._force:
                plan.warn(f"{text}, and is deleted all the same (force)")
            else:
                problems.append(f"{text}: change these first, or set force: true to delete it all the same")

    def _listed(
        self, plan: Plan, problems: list[str], what: str, read: Callable[[], list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        try:
            return read()
        except ApiError as error:
            if error.concerns_connection:
                raise
            absent = error.not_found and error.from_api
            # That something does not exist any more, and that a further run finds out, is not so of a list.
            why = f"this server does not list them ({error.method} {error.path} answered 404)" if absent else error
            text = f"whether {what} use what is to be deleted cannot be told: {why}"
            # What the caller may not read, or a server has not, stays like that. Anything else hides what may be there.
            if self._force or error.forbidden or absent:
                plan.warn(f"{text.rstrip('.')}. It is deleted all the same")
            else:
                problems.append(f"{text.rstrip('.')}. Or set force: true to delete it all the same")
            return []
