# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between what a number has to lie (floor 0)."""

from __future__ import annotations

import decimal
from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._errors import bounded

#: Most seconds that anything is waited for, a week: far more than anything takes, and far less than a clock can count.
LONGEST_WAIT = 604_800
#: Most requests at a time; each takes a thread.
MOST_REQUESTS = 1000
#: Most further tries of a request: with pauses of up to a minute, more than an hour and a half.
MOST_RETRIES = 100
#: Longest lifetime of a token in seconds, a year.
LONGEST_LIFETIME = 31_536_000

#: What is said of the options of any connection: name, least and most.
CONNECTION_LIMITS = (("timeout", 0.1, LONGEST_WAIT), ("retries", 0, MOST_RETRIES), ("concurrency", 1, MOST_REQUESTS))


def is_infinite(value: Any) -> bool:
    """Tell whether a value, or the number that a text stands for, is infinite.

    Ansible's own check of a whole number does not say so, but breaks off.
    """
    try:
        return decimal.Decimal(str(value).strip()).is_infinite()
    except decimal.InvalidOperation:
        return False


def limit_problems(params: Mapping[str, Any], limits: Iterable[tuple[str, float, float | None]]) -> list[str]:
    """Return which options are out of their limits.

    Args:
        params: The options; one that is not given, or null, is fine.
        limits: Name, least and most of each; None where there is no most.
    """
    problems = []
    for option, least, most in limits:
        value = params.get(option)
        if value is None:
            continue
        # What is no number (nan) is neither less nor more than anything.
        if not value >= least:
            problems.append(f"{option} is {bounded(value)}: the least is {least}")
        elif most is not None and value > most:
            problems.append(f"{option} is {bounded(value)}: the most is {most}")
    return problems
