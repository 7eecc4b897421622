# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking models through Conductor as an application: whether each answers, and what to do if it does not (floor 3).

A workflow is registered for each model, started, waited for, and removed again with its executions, whatever happens.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import run_concurrently
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._references import INTEGRATION, INTEGRATION_PROVIDER
from ansible_collections.orkes.conductor.plugins.module_utils._smoke_test_objects import SmokeTestObjects, ThrowAway
from ansible_collections.orkes.conductor.plugins.module_utils._smoke_test_task import (
    LONGEST_ANSWER,
    LONGEST_REASON,
    Answer,
    Question,
    answer_of,
    has_ended,
    shortened,
)

SLEEPING = "scaledToZero"

#: States of an Inference Endpoint in which nothing stands against an answer.
SERVING = frozenset({"running", SLEEPING})

#: So many looks at an execution lie between two tries to wake an endpoint.
LOOKS_BETWEEN_TRIES = 5

NEEDED = ("EXECUTE", "READ")


@dataclass(frozen=True)
class Limits:
    """How long and how often.

    Attributes:
        seconds: Most seconds to wait for one answer.
        interval: Seconds between two looks at an execution.
        wake: Whether endpoints that sleep may be woken, which is billed.
        wake_seconds: Most seconds to wait for an answer of an endpoint that has to wake up first.
        concurrency: Most models at a time.
    """

    seconds: float
    interval: float
    wake: bool
    wake_seconds: float
    concurrency: int


@dataclass
class Finding:
    """What came of one model.

    Attributes:
        question: What it was asked.
        tried: Whether it was.
        answer: What came, or None.
        seconds: How long it took.
        reason: Why there is no answer, or why it was not tried.
        causes: What is not in order: C(integration), C(model), C(access), C(endpoint), C(workflow), C(time).
        advice: What to do about it.
        notes: What else is to be known.
    """

    question: Question
    tried: bool = True
    answer: Answer | None = None
    seconds: float | None = None
    reason: str = ""
    causes: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        """Whether the model said something."""
        return self.answer is not None and self.answer.answered

    @property
    def line(self) -> str:
        """Return it for people."""
        title = f"{self.question.title} ({self.question.task})"
        if not self.tried:
            return f"{title} was not tried: {self.reason}"
        if self.answer is None or not self.answered:
            return f"{title} did not answer: {_joined([self.reason, *self.advice])}"
        tokens = "" if self.answer.tokens is None else f", {self.answer.tokens} tokens"
        said = shortened(self.answer.text, LONGEST_ANSWER)
        notes = f" ({'; '.join(self.notes)})" if self.notes else ""
        return f"{title} answered in {self.seconds} s{tokens}: {said}{notes}"

    def as_result(self) -> dict[str, Any]:
        """Return it as the module's result lists it."""
        answer = self.answer or Answer(False)
        return {
            "integration": self.question.integration,
            "name": self.question.model,
            "task": self.question.task,
            "tried": self.tried,
            "answered": self.answered,
            "seconds": self.seconds,
            "answer": shortened(answer.text, LONGEST_ANSWER) if self.answered else None,
            "finish_reason": answer.finish_reason,
            "tokens": answer.tokens,
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.completion_tokens,
            "reason": self.reason or None,
            "causes": self.causes,
            "advice": self.advice,
            "notes": self.notes,
        }


class Interrupted(CollectionError):
    """The run was told to end."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted")


class TimeIsOver(CollectionError):
    """There was no answer in time."""


@dataclass
class SmokeTest:
    """One smoke test.

    Attributes:
        objects: Makes and removes what it takes.
        limits: How long and how often.
        stop: Set when the run is to end.
        scrub: Takes secrets out of a text, which has to be done before it is cut.
        left: What could not be removed, and why.
    """

    objects: SmokeTestObjects
    limits: Limits
    stop: threading.Event
    scrub: Callable[[str], str]
    left: list[str] = field(default_factory=list)

    def run(self, questions: list[tuple[Question, str | None]]) -> list[Finding]:
        """Ask every model, several at a time, and return what came of each, in the order given.

        Args:
            questions: Each with the state of its Inference Endpoint, as far as that is known.
        """
        return run_concurrently(lambda asked: self._ask(*asked), questions, self.limits.concurrency)

    def _ask(self, question: Question, state: str | None) -> Finding:
        if self.stop.is_set():
            return Finding(question, tried=False, reason="the run was interrupted")
        if state == SLEEPING and not self.limits.wake:
            reason = (
                "its Inference Endpoint sleeps (scaledToZero), and waking it is billed; if it may be woken, set "
                "wake: true (hf_setup_smoke_test_wake)"
            )
            return Finding(question, tried=False, reason=reason)
        one = self.objects.new()
        finding = Finding(question, notes=one.notes)
        begun = time.monotonic()
        try:
            answer = self._answer(one, question, state == SLEEPING)
            finding.answer = Answer(**{**answer.__dict__, "text": self.scrub(answer.text)})
            finding.reason = answer.reason
        except TimeIsOver as error:
            finding.reason, finding.causes = str(error), ["time"]
        except CollectionError as error:
            finding.reason = str(error)
            lost = isinstance(error, ApiError) and error.concerns_connection
            finding.causes = ["connection"] if lost else []
        finally:
            finding.seconds = round(time.monotonic() - begun, 3)
            self._remove(one)
        finding.reason = shortened(self.scrub(finding.reason), LONGEST_REASON)
        if not finding.answered and not self.stop.is_set() and finding.causes != ["connection"]:
            diagnose(self.objects, finding, state)
        elif finding.answered and one.notes:
            self._look_at_access(finding)
        return finding

    def _remove(self, one: ThrowAway) -> None:
        try:
            self.left += self.objects.remove(one)
        except CollectionError as error:
            self.left.append(f"workflow {one.name}: {error}")

    def _answer(self, one: ThrowAway, question: Question, wakes: bool) -> Answer:
        seconds = self.limits.wake_seconds if wakes else self.limits.seconds
        self.objects.make_prompt(one, question)
        self.objects.make_workflow(one, question.definition(one.name, seconds))
        deadline = time.monotonic() + seconds
        while True:
            self.objects.start(one)
            answer = answer_of(self._ended(one, deadline, seconds))
            # An endpoint that wakes up may refuse until it has.
            if answer.answered or not wakes:
                return answer
            self._pause(self.limits.interval * LOOKS_BETWEEN_TRIES)
            if time.monotonic() > deadline:
                return answer

    def _ended(self, one: ThrowAway, deadline: float, seconds: float) -> dict[str, Any]:
        """Return the execution as it is when it has ended."""
        while True:
            execution = self.objects.read(one)
            if has_ended(execution):
                return execution
            if time.monotonic() > deadline:
                raise TimeIsOver(f"after {seconds:g} s the workflow is still {execution.get('status')}")
            self._pause(self.limits.interval)

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Interrupted

    def _look_at_access(self, finding: Finding) -> None:
        """Say so if an answer proves nothing of the application's access, since the caller made the workflow."""
        lacking = lacking_access(self.objects, finding.question)
        if lacking:
            finding.notes.append(
                f"the application itself {'; '.join(lacking)}: this server lets it in by the access of who made the "
                "workflow"
            )


def diagnose(objects: SmokeTestObjects, finding: Finding, state: str | None) -> None:
    """Find out what is not in order where a model gave no answer; the first cause found is the likeliest.

    Args:
        objects: Knows application and caller.
        finding: What came of the model; takes causes and advice.
        state: State of its Inference Endpoint, as far as that is known.
    """
    question = finding.question

    def add(cause: str, advice: str) -> None:
        finding.causes.append(cause)
        finding.advice.append(advice)

    try:
        integration = objects.caller.get_integration(question.integration)
        models = None if integration is None else objects.caller.list_models(question.integration)
    except ApiError as error:
        finding.advice.append(f"what is amiss could not be looked up ({error})")
        return
    if integration is None:
        add("integration", f"integration {question.integration} does not exist: create it, or check its name")
        return
    if not integration.get("enabled"):
        add("integration", f"integration {question.integration} is disabled: enable it")
    model = next((found for found in models or [] if found["api"] == question.model), None)
    if model is None:
        add("model", f"model {question.title} does not exist: register it, or check its name")
        return
    if not model.get("enabled"):
        add("model", f"model {question.title} is disabled: enable it")
    lacking = lacking_access(objects, question)
    if lacking is None:
        finding.advice.append("whether the application has access could not be read, which takes the role ADMIN")
    elif lacking:
        add("access", f"the application {'; '.join(lacking)}: grant it READ and EXECUTE on integration and model")
    if state is not None and state not in SERVING:
        add("endpoint", f"its Inference Endpoint is {state}: have it run (state: running), or look at its logs")
    if finding.causes == ["time"]:
        add("endpoint", "wait longer (answer_timeout), or look whether its endpoint is up to it")
    elif not finding.causes:
        add(
            "endpoint",
            "integration, model and access are in order, so look at its endpoint: that it runs, that it serves this "
            "model, and that the integration's key may call it",
        )


def lacking_access(objects: SmokeTestObjects, question: Question) -> list[str] | None:
    """Return what access to integration and model the application lacks, or None when that cannot be read."""
    lacking = []
    for kind, name in ((INTEGRATION_PROVIDER, question.integration), (INTEGRATION, question.title)):
        try:
            held = objects.caller.check_permissions(objects.application_user, kind, name)
        except ApiError:
            return None
        if held is None:
            return None
        missing = [word for word in NEEDED if not held.get(word)]
        if missing:
            lacking.append(f"lacks {', '.join(missing)} on {kind} {name}")
    return lacking


def _joined(sentences: list[str]) -> str:
    return ". ".join(sentence.rstrip(". ") for sentence in sentences if sentence)


def failure_message(findings: list[Finding], left: list[str]) -> str | None:
    """Return why a smoke test has failed, or None when it has not."""
    silent = [finding for finding in findings if finding.tried and not finding.answered]
    parts = []
    if silent:
        tried = sum(1 for finding in findings if finding.tried)
        parts.append(f"{len(silent)} of {tried} models did not answer:")
        parts += [f"- {finding.line}" for finding in silent]
    if left:
        parts.append(
            "some of what the smoke test made could not be removed; run it again, or remove it in the console:"
        )
        parts += [f"- {problem}" for problem in left]
    return "\n".join(parts) or None


def check_application(application: ConductorClient) -> tuple[str, dict[str, Any]]:
    """Log in as the application, and return its user and what the server says of it.

    Raises:
        CollectionError: It cannot log in, or is no application.
    """
    found = application.get_user_info()
    user = str(found.get("id"))
    if not (found.get("applicationUser") or user.startswith("app:")):
        raise CollectionError(f"the key for the smoke test belongs to {user}, which is no application: give another")
    return user, found
