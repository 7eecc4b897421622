# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that names what may be left out of a test run, and why.

Whatever else is skipped, excluded or absent fails the run.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path

# Steps whose inputs have not been written yet, and the input; the closing table names entries that have become wrong.
NOT_THERE_YET: dict[str, str] = {}

# The targets that also run on the older cores; the newest core runs all of them.
INTEGRATION_SUBSET: tuple[str, ...] = ("hf_integration", "conductor_group_permission")


@dataclass(frozen=True)
class AllowedSkip:
    """A line of a tool that says that something was left out, and why that is right."""

    step: str
    line: str
    reason: str
    needs_absent_python: bool = False

    def allows(self, step: str, line: str, present: frozenset[str]) -> str | None:
        """Return why the line is right, or nothing; ``present`` are the Pythons of this machine."""
        found = re.search(self.line, line)
        if not found or not fnmatch.fnmatchcase(step, self.step):
            return None
        if self.needs_absent_python and found.group("python") in present:
            return None
        return self.reason.format(**found.groupdict())


ALLOWED_SKIPS: tuple[AllowedSkip, ...] = (
    AllowedSkip(
        step="sanity-*",
        line=r"Skipping sanity test \S+ on Python (?P<python>3\.\d+) because it could not be found",
        reason="no Python {python} found",
        needs_absent_python=True,
    ),
)


def reason_for(step: str, line: str, present: frozenset[str]) -> str | None:
    """Return why this line is allowed, or nothing if it is not."""
    reasons = (entry.allows(step, line, present) for entry in ALLOWED_SKIPS)
    return next((reason for reason in reasons if reason), None)


def missing_input(step: str) -> str | None:
    """Return the input that this step is declared to wait for, or nothing."""
    for pattern, path in NOT_THERE_YET.items():
        if fnmatch.fnmatchcase(step, pattern):
            return path
    return None


def outdated(root: Path) -> list[str]:
    """Return the declarations of what is not there yet although it is."""
    return [pattern for pattern, path in NOT_THERE_YET.items() if (root / path).exists()]
