# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workflows and prompts that a smoke test makes, and their removal, also of those that a killed one left (floor 3).

All carry one prefix, which tells the application too: smoke tests of different applications leave each other alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets as random_source
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, TypeVar

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._resource import ACCESS
from ansible_collections.orkes.conductor.plugins.module_utils._smoke_test_task import VERSION, Question, has_ended

#: What the names of everything that any smoke test makes begin with.
PREFIX = "ansible-smoke-test-"

WORKFLOW, PROMPT = "WORKFLOW_DEF", "PROMPT"

Result = TypeVar("Result")


@dataclass
class ThrowAway:
    """One workflow with what belongs to it.

    Attributes:
        name: Its name, and that of its prompt.
        versions: Versions of its definition.
        executions: Ids of its executions.
        has_workflow: Whether the workflow may be there.
        has_prompt: Whether the prompt may be there.
        notes: What the caller had to do for the application, for the result.
    """

    name: str
    versions: set[int] = field(default_factory=lambda: {VERSION})
    executions: list[str] = field(default_factory=list)
    has_workflow: bool = False
    has_prompt: bool = False
    notes: list[str] = field(default_factory=list)


class SmokeTestObjects:
    """Makes and removes them, as the application where it may, and otherwise as the caller.

    Args:
        application: Talks to the cluster as the application.
        caller: Talks to it with the module's own key.
        application_user: User of the application, C(app:<id>).
    """

    def __init__(self, application: ConductorClient, caller: ConductorClient, application_user: str) -> None:
        self.application = application
        self.caller = caller
        self.application_user = application_user
        self.prefix = f"{PREFIX}{hashlib.sha256(application_user.encode('utf-8')).hexdigest()[:8]}-"
        self._caller_user: str | None = None
        self._lock = threading.Lock()

    def new(self) -> ThrowAway:
        """Return one that is not there yet."""
        return ThrowAway(self.prefix + random_source.token_hex(6))

    # Making

    def make_prompt(self, one: ThrowAway, question: Question) -> None:
        """Store the prompt of a question, and let the application use it."""
        template = question.template
        if template is None:
            return
        one.has_prompt = True

        def save(client: ConductorClient) -> None:
            client.save_prompt(one.name, template, "A smoke test; may be deleted", question.title)

        self._make(one, save, "stored the prompt")
        # Who makes a prompt may on some servers not use it.
        self._grant(PROMPT, one.name, ["READ", "EXECUTE"])

    def make_workflow(self, one: ThrowAway, definition: dict[str, Any]) -> None:
        """Register the workflow."""
        one.has_workflow = True
        if self._make(one, lambda client: client.register_workflow(definition), "registered the workflow"):
            self._grant(WORKFLOW, one.name, ["EXECUTE"])

    def _make(self, one: ThrowAway, make: Callable[[ConductorClient], None], what: str) -> bool:
        """Make something as the application, or where it may not, as the caller; tell whether it was the caller."""
        try:
            make(self.application)
            return False
        except ApiError as error:
            if not error.forbidden:
                raise
        make(self.caller)
        one.notes.append(f"the module's own key {what}, since the application may not")
        return True

    def _grant(self, kind: str, name: str, access: list[str]) -> None:
        """Let the application use what was made for it. Which of its two names reaches it depends on the server."""
        target = {"type": kind, "id": name}
        for subject in self._application_subjects():
            for client in (self.caller, self.application):
                try:
                    client.grant(subject, target, access)
                    break
                except ApiError as error:
                    if error.concerns_connection:
                        raise

    def start(self, one: ThrowAway) -> None:
        """Start the workflow, as the application and as nobody else."""
        try:
            execution = self.application.start_workflow(one.name, VERSION, one.name)
        except ApiError as error:
            if not (error.forbidden or error.not_found):
                raise
            # Who registers a workflow may on some servers not execute it.
            self._grant(WORKFLOW, one.name, ["EXECUTE"])
            execution = self.application.start_workflow(one.name, VERSION, one.name)
        one.executions.append(execution)

    def read(self, one: ThrowAway) -> dict[str, Any]:
        """Return the last execution as it is now."""
        return self._either(lambda client: client.get_execution(one.executions[-1]))

    def _either(self, act: Callable[[ConductorClient], Result]) -> Result:
        """Do something as the application, or where it may not, or does not see what it is about, as the caller."""
        try:
            return act(self.application)
        except ApiError as error:
            if not (error.forbidden or error.not_found):
                raise
            refused = error
        try:
            return act(self.caller)
        except ApiError as error:
            # That the caller may not either is no news.
            raise refused if error.forbidden else error from None

    # Removing

    def remove(self, one: ThrowAway) -> list[str]:
        """Remove a workflow with all that belongs to it; return what could not be removed, and why."""
        left: list[str] = []
        if one.has_workflow:
            for execution in self._executions(one):
                self._try(left, f"execution {execution}", partial(self._remove_execution, execution))
            for version in sorted(one.versions):
                self._try(left, f"workflow {one.name}", partial(self._delete_definition, one.name, version))
            self._revoke(WORKFLOW, one.name)
        if one.has_prompt:
            self._try(left, f"prompt {one.name}", lambda: self._either(lambda client: client.delete_prompt(one.name)))
            self._revoke(PROMPT, one.name)
        return left

    def _delete_definition(self, name: str, version: int) -> None:
        self._either(lambda client: client.delete_workflow_definition(name, version))

    def _executions(self, one: ThrowAway) -> list[str]:
        """Return the ids of all executions; one whose start got no answer is found by what it was started with."""
        try:
            found = self._either(lambda client: client.list_executions(one.name, one.name))
        except ApiError:
            found = []
        ids = [str(execution["workflowId"]) for execution in found if execution.get("workflowId")]
        return list(dict.fromkeys([*one.executions, *ids]))

    def _remove_execution(self, execution: str) -> None:
        try:
            ended = has_ended(self._either(lambda client: client.get_execution(execution)))
        except ApiError as error:
            if error.not_found or error.status == 400:
                return
            raise
        if not ended:
            reason = "the smoke test is over"
            # It may end at the same moment, and if it does not, the removal says so.
            with contextlib.suppress(ApiError):
                self._either(lambda client: client.terminate_execution(execution, reason))
        self._either(lambda client: client.remove_execution(execution))

    @staticmethod
    def _try(left: list[str], what: str, remove: Callable[[], Any]) -> None:
        """Remove something; that neither application nor caller finds it any more is as good."""
        try:
            remove()
        except ApiError as error:
            if not error.not_found:
                left.append(f"{what}: {error}")

    def _revoke(self, kind: str, name: str) -> None:
        """Take away what application and caller hold on something that is gone, for grants may outlive it.

        Who may not take them away has done nothing wrong.
        """
        target = {"type": kind, "id": name}
        caller = {"type": "USER", "id": self._own_user()}
        for subject in [*self._application_subjects(), caller]:
            for client in (self.caller, self.application):
                try:
                    client.revoke(subject, target, list(ACCESS))
                    break
                except ApiError:
                    continue

    def _application_subjects(self) -> list[dict[str, str]]:
        """Return both ways to name the application as a subject."""
        names = [self.application_user]
        if self.application_user.startswith("app:"):
            names.append(self.application_user[len("app:") :])
        return [{"type": "USER", "id": name} for name in names]

    def _own_user(self) -> str:
        with self._lock:
            if self._caller_user is None:
                self._caller_user = str(self.caller.get_user_info().get("id"))
            return self._caller_user

    def remove_leftovers(self) -> tuple[list[str], list[str]]:
        """Remove what earlier smoke tests as this application left.

        Returns:
            The names of what was found, and what of it could not be removed, and why.
        """
        found: dict[str, ThrowAway] = {}

        def known(name: Any) -> ThrowAway | None:
            if not isinstance(name, str) or not name.startswith(self.prefix):
                return None
            return found.setdefault(name, ThrowAway(name))

        for client in (self.caller, self.application):
            for definition in self._seen(client.list_workflow_definitions):
                one = known(definition.get("name"))
                if one is not None:
                    one.has_workflow = True
                    one.versions.add(int(definition.get("version") or VERSION))
            for prompt in self._seen(client.list_prompts):
                one = known(prompt.get("name"))
                if one is not None:
                    one.has_prompt = True
        # Grants may be all that is left.
        for user in dict.fromkeys([self.application_user, self._own_user()]):
            for entry in self._seen(partial(self._grants_of, user)):
                target = entry.get("target") or {}
                one = known(target.get("id"))
                if one is not None:
                    one.has_workflow = one.has_workflow or target.get("type") == WORKFLOW
                    one.has_prompt = one.has_prompt or target.get("type") == PROMPT
        left = [problem for one in found.values() for problem in self.remove(one)]
        return sorted(found), left

    def _grants_of(self, user: str) -> list[dict[str, Any]]:
        return self.caller.list_grants_of_user(user) or []

    @staticmethod
    def _seen(listed: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return a listing, or nothing where the caller may not have it."""
        try:
            return listed()
        except ApiError as error:
            if error.forbidden:
                return []
            raise
