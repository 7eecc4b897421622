# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run steps side by side, tell how each ended, and close with a table."""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.toolchain import declared
from tests.toolchain.outcomes import Absent, Outcome, StepFailure, last_lines
from tests.toolchain.processes import Interrupted
from tests.toolchain.project import ToolchainError
from tests.toolchain.work import Batch, Step, Work, Workshop

HEARTBEAT_SECONDS = 60


class Verdict(Enum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_RUN = "not run"
    NOT_THERE_YET = "not there yet"
    STOPPED = "stopped"

    @property
    def good(self) -> bool:
        """Return whether the run may pass with it."""
        return self in (Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_THERE_YET)


@dataclass(frozen=True)
class Result:
    """A row of the closing table."""

    name: str
    verdict: Verdict
    seconds: float = 0.0
    outcome: Outcome | None = None
    reasons: tuple[str, ...] = ()
    excerpt: str = ""

    @property
    def row(self) -> str:
        """Return the row in words."""
        count = self.outcome.count if self.outcome else ""
        notes = "; ".join([*self.reasons, *(self.outcome.notes if self.outcome else ())])
        spent = f"{self.seconds:6.0f} s" if self.verdict in (Verdict.PASSED, Verdict.FAILED) else " " * 8
        return f"{self.verdict.value:<14}{self.name:<48}{count:<24}{spent}  {notes}".rstrip()


def available_cores() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def perform(step: Step, workshop: Workshop, root: Path) -> Result:
    """Run one step to its end, whatever happens in it."""
    return perform_together([step], workshop, root)[0]


def perform_together(steps: Sequence[Step], workshop: Workshop, root: Path) -> list[Result]:
    """Run steps of one batch, or a single step, to their end, whatever happens in them."""
    results = {step.name: result for step in steps if (result := _without_input(step, root))}
    ready = [step for step in steps if step.name not in results]
    if ready:
        results.update(_carry_out(ready, workshop))
    return [results[step.name] for step in steps]


def _without_input(step: Step, root: Path) -> Result | None:
    """Return the result of a step that has nothing to run."""
    missing = step.missing(root)
    if not missing:
        return None
    awaited = declared.missing_input(step.name)
    if awaited in missing:
        return Result(step.name, Verdict.NOT_THERE_YET, reasons=(f"{awaited} has not been written yet",))
    return Result(step.name, Verdict.FAILED, reasons=tuple(f"missing: {path}" for path in missing))


def _carry_out(steps: Sequence[Step], workshop: Workshop) -> dict[str, Result]:
    """Run steps whose inputs are there; whatever keeps one of a batch from running keeps all of it."""
    began = time.monotonic()
    action = steps[0].action

    def all_of_them(verdict: Verdict, reason: str, excerpt: str = "") -> dict[str, Result]:
        seconds = (time.monotonic() - began) / len(steps)
        return {step.name: Result(step.name, verdict, seconds, None, (reason,), excerpt) for step in steps}

    try:
        work = Work(steps[0].group, workshop)
        if isinstance(action, Batch):
            outcomes = action.run(work, steps)
        else:
            single: Outcome | Absent = action(work)
            outcomes = {steps[0].name: (single, time.monotonic() - began)}
    except Absent as absent:
        return all_of_them(Verdict.NOT_RUN, str(absent))
    except Interrupted:
        return all_of_them(Verdict.STOPPED, "interrupted")
    except (StepFailure, ToolchainError) as failure:
        first, _newline, rest = str(failure).partition("\n")
        return all_of_them(Verdict.FAILED, first, rest)
    except Exception as error:
        return all_of_them(Verdict.FAILED, f"{type(error).__name__}: {error}", traceback.format_exc())
    return {step.name: _judged(step, *outcomes[step.name], work.log) for step in steps}


def _judged(step: Step, outcome: Outcome | Absent, seconds: float, log: Path) -> Result:
    """Return the result of a step that came to its end."""
    if isinstance(outcome, Absent):
        return Result(step.name, Verdict.NOT_RUN, reasons=(str(outcome),))
    if outcome.good:
        return Result(step.name, Verdict.PASSED, seconds, outcome)
    problems = outcome.problems or ["tests failed" if outcome.failed else "nothing was tested"]
    excerpt = outcome.excerpt or (last_lines(log.read_text(errors="replace"), 40) if log.exists() else "")
    return Result(step.name, Verdict.FAILED, seconds, outcome, tuple(problems), excerpt)


def together(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in the groups that run as one, the long ones first."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.group, []).append(step)
    return sorted(groups.values(), key=lambda group: -sum(step.seconds for step in group))


def run_steps(steps: Sequence[Step], workshop: Workshop, *, jobs: int) -> list[Result]:
    """Run all steps, several at a time, the long ones first; the results come in the order of the steps."""
    waiting: queue.SimpleQueue[list[Step]] = queue.SimpleQueue()
    for group in together(steps):
        waiting.put(group)
    results: dict[str, Result] = {}
    running: dict[str, float] = {}
    lock = threading.Lock()
    stopped = threading.Event()

    def worker() -> None:
        while not stopped.is_set():
            try:
                group = waiting.get_nowait()
            except queue.Empty:
                return
            name = group[0].group
            with lock:
                running[name] = time.monotonic()
            found = perform_together(group, workshop, workshop.project.root)
            with lock:
                running.pop(name)
                results.update({result.name: result for result in found})
            for result in found if not stopped.is_set() else ():
                workshop.tell(result.row)
                if result.excerpt:
                    workshop.tell("".join(f"    | {line}\n" for line in result.excerpt.splitlines()).rstrip())

    threads = [threading.Thread(target=worker, daemon=True) for _number in range(max(1, jobs))]
    for thread in threads:
        thread.start()
    try:
        _wait(threads, running, lock, workshop.tell)
    except KeyboardInterrupt:
        stopped.set()
        workshop.tell("Interrupted; stopping what runs.")
        workshop.processes.stop_all()
        for thread in threads:
            thread.join()
    unfinished = {step.name: Result(step.name, Verdict.STOPPED, reasons=("interrupted",)) for step in steps}
    return [results.get(step.name, unfinished[step.name]) for step in steps]


def _wait(
    threads: Sequence[threading.Thread], running: dict[str, float], lock: threading.Lock, tell: Callable[[str], None]
) -> None:
    """Wait for the threads, and say now and then what they are at."""
    told = time.monotonic()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(0.2)
        if time.monotonic() - told >= HEARTBEAT_SECONDS:
            told = time.monotonic()
            with lock:
                names = [f"{name} ({told - began:.0f} s)" for name, began in sorted(running.items())]
            if names:
                tell("running: " + ", ".join(names))


def closing_table(results: Sequence[Result], seconds: float, remarks: Sequence[str] = ()) -> str:
    """Return the closing table, with sums that another program can read."""
    lines = ["", "What ran", "=" * 8, *(result.row for result in results), ""]
    for verdict in Verdict:
        number = sum(result.verdict is verdict for result in results)
        if number:
            lines.append(f"{number:5} steps {verdict.value}")
    lines += [f"      {seconds:.0f} s in all", *remarks]
    tests = [result.outcome.tests for result in results if result.outcome]
    failed_steps = sum(not result.verdict.good for result in results)
    lines += [
        "",
        f"Tests: {sum(passed for passed, _failed in tests)} passed, {sum(failed for _passed, failed in tests)} failed",
        "make test: " + ("FAILED" if failed_steps or not results else "passed"),
    ]
    return "\n".join(lines)
