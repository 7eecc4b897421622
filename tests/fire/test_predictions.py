# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans: what check mode predicts comes about, the order of what is asked for does not matter, and again is nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from furnace import NONE, Case, Where, Wrong
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from kinds import SOME, switches, works
from works import CASES, SEED

#: Of each kind.
EXAMPLES = max(2, CASES // len(SOME) // 4)


@pytest.mark.parametrize("kind", SOME)
def test_a_prediction_comes_about(kind, counted):
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def predict(data):
        estate, task = data.draw(works(kind))
        # An endpoint that starts is another one with each look at it.
        started = {name: "running" if state == "pending" else state for name, state in estate.endpoints.items()}
        estate = replace(estate, endpoints=started)
        case = Case(estate, task, NONE, Where("every"), data.draw(switches(kind)), data.draw(st.sampled_from([1, 10])))
        ((option, items),) = ((option, items) for option, items in task.options.items() if isinstance(items, list))
        counted.prepare(case)
        counted.proxy.begin()
        with counted.empty_folder() as folder:
            plan = counted.run(case, folder, check=True)
            shuffled = counted.run(case, folder, check=True, **{option: in_folder(data, items, folder)})
            assert not any(seen.writes for seen in counted.proxy.seen), "check mode wrote"
            for part in ("changes", "digest", "summary"):
                found, other = plan.result.get(part), shuffled.result.get(part)
                if part == "changes" and found is not None:
                    found, other = (sorted(map(repr, changes)) for changes in (found, other))
                assert found == other, f"the order matters to {part}"
            run = counted.run(case, folder)
            if plan.failed or run.failed:
                # A server may refuse what could not be foreseen; a plan that was refused is refused again.
                if plan.failed and not run.failed:
                    raise Wrong(f"check mode refused what went well: {plan.message}")
                counted.count("(prediction)", "refused")
                return
            for part in ("changed", "changes", "summary", "diff", "digest"):
                assert plan.result[part] == run.result[part], f"another {part} than was predicted"
            counted.converges(case, folder)
        counted.count("(prediction)", "survived")

    predict()


def in_folder(data, items, folder):
    """Return the items in another order, their files in this folder."""
    return [
        {
            name: value.replace("FOLDER", str(folder)) if isinstance(value, str) else value
            for name, value in item.items()
        }
        for item in data.draw(st.permutations(items))
    ]
