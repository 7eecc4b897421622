# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a plan: in order, concurrently, with the truth about each change (floor 2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, NamedTuple, TypeVar

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Step(NamedTuple):
    """One request of a change.

    Attributes:
        title: What it does, in words for an error message.
        run: Does it.
    """

    title: str
    run: Callable[[], Any]


class Failure(NamedTuple):
    """A change that did not succeed.

    Attributes:
        change: The change.
        message: What happened and what to do.
        partly_applied: Whether something of it was, or may have been, written.
    """

    change: Change
    message: str
    partly_applied: bool

    def as_result(self) -> dict[str, str]:
        """Return C({kind, name, action, message})."""
        return {
            "kind": self.change.kind,
            "name": self.change.name,
            "action": self.change.action,
            "message": self.message,
        }


@dataclass
class Outcome:
    """What became of a plan."""

    applied: list[Change] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    not_attempted: list[Change] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        """Whether anything was, or may have been, written."""
        return bool(self.applied) or any(failure.partly_applied for failure in self.failures)


def run_concurrently(work: Callable[[Item], Answer], items: Iterable[Item], concurrency: int) -> list[Answer]:
    """Call C(work) for each item, at most so many at a time, and return the answers in the items' order.

    Raises:
        Exception: The first error in the items' order; items not yet begun by then are left out.
    """
    items = list(items)
    if len(items) <= 1 or concurrency <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(concurrency, len(items))) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def read_each(read: Callable[[Item], Answer], keys: Iterable[Item], concurrency: int) -> dict[Item, Answer]:
    """Return C(read(key)) by key, each key read once, several at a time."""
    unique = list(dict.fromkeys(keys))
    return dict(zip(unique, run_concurrently(read, unique, concurrency)))


def apply_plan(plan: Plan, steps_of: Callable[[Change], list[Step]], concurrency: int) -> Outcome:
    """Make the changes, stage by stage, and report what became of each.

    Within a stage an object's failure does not keep the others back, unless it concerns the connection as a whole.
    A stage is begun only when nothing before it failed.

    Args:
        plan: What to do.
        steps_of: Returns the requests of one change, in order.
        concurrency: Most changes at a time.
    """
    outcome = Outcome()
    broken_off = False

    def make(change: Change) -> Failure | None:
        nonlocal broken_off
        if broken_off:
            raise _NotAttempted
        done: list[str] = []
        steps = steps_of(change)
        for index, step in enumerate(steps):
            try:
                step.run()
            except CollectionError as error:
                uncertain = isinstance(error, ApiError) and error.uncertain
                if isinstance(error, ApiError) and error.concerns_connection:
                    broken_off = True
                return Failure(change, _tell(error, done, steps[index:]), bool(done) or uncertain)
            done.append(step.title)
        return None

    def attempt(change: Change) -> tuple[bool, Failure | None]:
        try:
            return True, make(change)
        except _NotAttempted:
            return False, None

    for stage in plan.stages():
        if broken_off or outcome.failures:
            outcome.not_attempted.extend(stage)
            continue
        for change, (attempted, failure) in zip(stage, run_concurrently(attempt, stage, concurrency)):
            if not attempted:
                outcome.not_attempted.append(change)
            elif failure is not None:
                outcome.failures.append(failure)
            else:
                outcome.applied.append(change)
    return outcome


class _NotAttempted(Exception):
    """The connection was given up before this change was begun."""


def _tell(error: CollectionError, done: list[str], rest: list[Step]) -> str:
    text = str(error)
    if len(done) + len(rest) > 1:
        text = f"{text.rstrip('.')}. Done before that: {', '.join(done) or 'nothing'}."
        if len(rest) > 1:
            text += f" Not tried: {', '.join(step.title for step in rest[1:])}."
    return text
