# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Few combinations of settings: those in which any three meet, and those in which none hides what another shows."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from typing import Any

#: ``make fire`` asks for all combinations, and for each setting apart; so does whoever takes a failure to pieces.
ALL = "FIRE_COMBINATIONS"
#: Faults seldom take more settings to show.
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


def together(
    settings: Sequence[tuple[str, Any]], areas: Sequence[Sequence[str]], alone: Sequence[tuple[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Return few sets of settings, in which each of these occurs once: the defaults, and one of each area at a time.

    Args:
        settings: Switches with the value to be tried.
        areas: Names of switches that may hide what the others of their area do. What stands at the same place of two
            areas meets, counting each value.
        alone: Settings that meet no other.
    """
    if os.environ.get(ALL):
        return [{}, *({name: value} for name, value in settings)]
    columns = [
        [(name, value) for name in area for wanted, value in settings if wanted == name and (name, value) not in alone]
        for area in areas
    ]
    rows = itertools.zip_longest(*columns)
    return [{}, *({name: value} for name, value in alone), *(dict(filter(None, row)) for row in rows)]
