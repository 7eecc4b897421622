# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that are killed, and two runs at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from furnace import NONE, Case, Where
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from kinds import KINDS, SOME, opposed_works, switches, works
from module_process import ModuleServer
from works import CASES, SEED

#: Of each kind.
EXAMPLES = max(1, CASES // len(KINDS) // 6)
GENERATED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="session")
def others() -> Iterator[ModuleServer]:
    """Starts the runs of somebody else."""
    server = ModuleServer(Path(__file__).with_name("hurried_modules.py"))
    yield server
    server.stop()


def case_of(data, kind, estate, task):
    return Case(estate, task, NONE, Where("every"), data.draw(switches(kind)), data.draw(st.sampled_from([1, 10])))


@pytest.mark.parametrize("kind", SOME)
def test_a_run_that_is_killed_is_mended_by_the_next(kind, counted):
    @seed(SEED)
    @GENERATED
    @given(st.data())
    def kill(data):
        case = case_of(data, kind, *data.draw(works(kind)))
        counted.kill(case, data.draw(st.integers(1, 20)) / 20)

    kill()


@pytest.mark.parametrize("opposed", [False, True], ids=["same", "opposed"])
@pytest.mark.parametrize("kind", SOME)
def test_two_runs_at_a_time_lose_nothing(kind, opposed, counted, others):
    @seed(SEED)
    @GENERATED
    @given(st.data())
    def meet(data):
        if opposed:
            estate, task, other = data.draw(opposed_works(kind))
        else:
            estate, task = data.draw(works(kind))
            other = task
        counted.meet(case_of(data, kind, estate, task), other, others)

    meet()
