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
from tests.toolchain.work import Step, Work, Workshop

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
    missing = step.missing(root)
    if missing:
        awaited = declared.missing_input(step.name)
        if awaited in missing:
            return Result(step.name, Verdict.NOT_THERE_YET, reasons=(f"{awaited} has not been written yet",))
        return Result(step.name, Verdict.FAILED, reasons=tuple(f"missing: {path}" for path in missing))
    began = time.monotonic()

    def result(
        verdict: Verdict, reasons: Sequence[str] = (), outcome: Outcome | None = None, excerpt: str = ""
    ) -> Result:
        return Result(step.name, verdict, time.monotonic() - began, outcome, tuple(reasons), excerpt)

    try:
        work = Work(step, workshop)
        outcome = step.action(work)
    except Absent as absent:
        return result(Verdict.NOT_RUN, [str(absent)])
    except Interrupted:
        return result(Verdict.STOPPED, ["interrupted"])
    except (StepFailure, ToolchainError) as failure:
        first, _newline, rest = str(failure).partition("\n")
        return result(Verdict.FAILED, [first], excerpt=rest)
    except Exception as error:
        return result(Verdict.FAILED, [f"{type(error).__name__}: {error}"], excerpt=traceback.format_exc())
    if outcome.good:
        return result(Verdict.PASSED, outcome=outcome)
    problems = outcome.problems or ["tests failed" if outcome.failed else "nothing was tested"]
    excerpt = outcome.excerpt or last_lines(work.log.read_text(errors="replace"), 40) if work.log.exists() else ""
    return result(Verdict.FAILED, problems, outcome, excerpt)


def run_steps(
    steps: Sequence[Step], workshop: Workshop, *, jobs: int, perform_step: Callable[..., Result] = perform
) -> list[Result]:
    """Run all steps, several at a time, the long ones first; the results come in the order of the steps."""
    waiting: queue.SimpleQueue[Step] = queue.SimpleQueue()
    for step in sorted(steps, key=lambda step: -step.seconds):
        waiting.put(step)
    results: dict[str, Result] = {}
    running: dict[str, float] = {}
    lock = threading.Lock()
    stopped = threading.Event()

    def worker() -> None:
        while not stopped.is_set():
            try:
                step = waiting.get_nowait()
            except queue.Empty:
                return
            with lock:
                running[step.name] = time.monotonic()
            result = perform_step(step, workshop, workshop.project.root)
            with lock:
                running.pop(step.name)
                results[step.name] = result
            if not stopped.is_set():
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
