# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step found, read from the tools' own output, with guards against passes that tested nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.toolchain import declared


class StepFailure(Exception):
    """The step failed; the message says why in a line."""


class Absent(Exception):
    """The machine lacks what the step takes; the message names it, and the table says that the step did not run."""


@dataclass
class Outcome:
    """How much was tested, and all that speaks against a pass."""

    passed: int
    unit: str
    failed: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    excerpt: str = ""
    """The lines of the log that say what is wrong, where the last ones do not."""

    @property
    def good(self) -> bool:
        """Return whether the step passed: something was tested and nothing speaks against it."""
        return not self.problems and not self.failed and self.passed > 0

    @property
    def tests(self) -> tuple[int, int]:
        """Return how many tests passed and failed; a scenario counts as one, and files and pages as none."""
        if self.unit.endswith("tests"):
            return self.passed, self.failed
        if self.unit in ("tasks", "checks", "actions"):
            return (1, 0) if self.good else (0, 1)
        return 0, 0

    @property
    def count(self) -> str:
        """Return the count in words."""
        words = f"{self.passed} {self.unit}"
        return f"{words}, {self.failed} failed" if self.failed else words


def read_pytest(report: Path, code: int) -> Outcome:
    """Read pytest's own report; a skipped test, an expected failure and an empty run count against it."""
    if not report.exists():
        return Outcome(0, "tests", problems=[f"pytest ended with {code} and wrote no report"])
    passed = failed = 0
    skipped: list[str] = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif (mark := case.find("skipped")) is not None:
            skipped.append(f"{name} ({mark.get('message') or mark.get('type') or 'skipped'})")
        else:
            passed += 1
    outcome = Outcome(passed, "tests", failed)
    outcome.problems += [f"skipped without being declared: {name}" for name in skipped]
    if code and not failed:
        outcome.problems.append(f"pytest ended with {code}")
    if not passed and not failed:
        outcome.problems.append("no test ran")
    return outcome


# What ansible-test says itself when it leaves something out; what plays and plugins say is not meant.
LEFT_OUT = re.compile(r"^(?:WARNING|ERROR|FATAL|NOTICE): .*\b(?i:skip|exclud)|(?i:all targets skipped)")
SANITY_TEST = re.compile(r'^Running sanity test "([^"]+)"', re.MULTILINE)
SANITY_FAILURES = re.compile(
    r"^(?:ERROR|FATAL): The (\d+) sanity test\(s\) listed below \(out of \d+\) failed", re.MULTILINE
)
NOT_APPLICABLE = "No tests applicable."


def left_out(step: str, output: str, present: frozenset[str]) -> tuple[list[str], list[str]]:
    """Return the undeclared and the declared lines in which ansible-test says that it left something out."""
    undeclared: list[str] = []
    allowed: dict[str, int] = {}
    for line in dict.fromkeys(line.strip() for line in output.splitlines()):
        if not LEFT_OUT.search(line):
            continue
        reason = declared.reason_for(step, line, present)
        if reason:
            allowed[reason] = allowed.get(reason, 0) + 1
        else:
            undeclared.append(f"left out without being declared: {line}")
    return undeclared, [f"{number} left out: {reason}" for reason, number in allowed.items()]


def read_sanity(step: str, output: str, code: int, present: frozenset[str], at_least: int) -> Outcome:
    """Read what ``ansible-test sanity -v`` printed; a test runs once for each Python that it looks at."""
    runs = SANITY_TEST.findall(output)
    idle = sum(line.strip() == NOT_APPLICABLE for line in output.splitlines())
    failures = SANITY_FAILURES.search(output)
    failed = int(failures.group(1)) if failures else 0
    names = output[failures.end() :].split("\n", 1)[-1].split() if failures else []
    undeclared, allowed = left_out(step, output, present)
    outcome = Outcome(len(runs) - idle - failed, "sanity tests", failed, undeclared, allowed)
    if idle:
        outcome.notes.append(f"{idle} had no file to look at")
    if code:
        outcome.problems.append(f"ansible-test ended with {code} ({', '.join(names) or 'no test is named'})")
        outcome.excerpt = "\n".join(line for line in output.splitlines() if line.startswith(("ERROR: ", "FATAL: ")))
    if len(set(runs)) < at_least:
        outcome.problems.append(f"only {len(set(runs))} kinds of sanity test ran, at least {at_least} were expected")
    return outcome


RECAP = re.compile(
    r"^\S+\s+: ok=(?P<ok>\d+)\s+changed=\d+\s+unreachable=(?P<unreachable>\d+)\s+failed=(?P<failed>\d+)", re.MULTILINE
)


ASSERTION = re.compile(r"All assertions passed")


def read_integration(step: str, output: str, code: int, present: frozenset[str]) -> Outcome:
    """Read what ``ansible-test integration -v`` printed; a target that asserts nothing has tested nothing."""
    undeclared, allowed = left_out(step, output, present)
    recaps = [match.groupdict() for match in RECAP.finditer(output)]
    failed = sum(int(recap["failed"]) + int(recap["unreachable"]) for recap in recaps)
    passed = sum(int(recap["ok"]) for recap in recaps)
    outcome = Outcome(passed, "tasks", failed, undeclared, allowed)
    if code:
        outcome.problems.append(f"ansible-test ended with {code}")
    if not recaps:
        outcome.problems.append("no play ran")
    if not ASSERTION.search(output):
        outcome.problems.append("nothing was asserted")
    return outcome


def last_lines(output: str, count: int = 25) -> str:
    """Return the end of what was printed."""
    return "\n".join(output.strip().splitlines()[-count:])
