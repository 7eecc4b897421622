# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated cases: any estate, any task, any fault, anywhere."""

from __future__ import annotations

import pytest
from faults import FAULTS
from furnace import ALL_FAULTS, Case, Where
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from kinds import KINDS, switches, works
from works import CASES, SEED

#: Of each kind. A case takes a fifth to half a second.
EXAMPLES = max(1, CASES // len(KINDS))
PLACES = ("first", "middle", "last", "every", "rest")


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_is_told_and_mended(kind, counted):
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        # Requests of several threads come in any order, so there is nothing to shrink to.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.data())
    def burn(data):
        estate, task = data.draw(works(kind))
        case = Case(
            estate,
            task,
            FAULTS[data.draw(st.sampled_from(ALL_FAULTS))],
            Where(data.draw(st.sampled_from(PLACES)), data.draw(st.integers(0, 20)) / 20),
            data.draw(switches(kind)),
            data.draw(st.sampled_from([1, 1, 10])),
            data.draw(st.sampled_from([0, 2])),
        )
        counted.burn(case)

    burn()
