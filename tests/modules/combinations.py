# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Few combinations of settings in which whatever three of them there are meet: faults seldom take more to show."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from typing import Any

#: ``make fire`` asks for all combinations.
ALL = "FIRE_COMBINATIONS"
STRENGTH = 3

Combination = tuple[Any, ...]


def meetings(combination: Sequence[Any], strength: int = STRENGTH) -> set[tuple[tuple[int, Any], ...]]:
    """Return every so many settings that meet in a combination, each with the place of its switch."""
    return set(itertools.combinations(enumerate(combination), strength))


def covering(values: Sequence[Sequence[Any]], strength: int = STRENGTH) -> list[Combination]:
    """Return combinations of one value each, the same every time, in which any so many values meet at least once."""
    left = list(itertools.product(*values))
    wanted = set().union(*(meetings(combination, strength) for combination in left))
    chosen: list[Combination] = []
    while wanted:
        # The first of those that bring most.
        best = max(left, key=lambda combination: len(meetings(combination, strength) & wanted))
        left.remove(best)
        chosen.append(best)
        wanted -= meetings(best, strength)
    return chosen


def combinations(switches: Mapping[str, Sequence[Any]], names: Sequence[str]) -> list[Combination]:
    """Return the combinations of these switches that are to be tried."""
    values = [switches[name] for name in names]
    return list(itertools.product(*values)) if os.environ.get(ALL) else covering(values)
