# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make fire`` does: every fault everywhere, a thousand generated cases, and ten kills of a bootstrap.

Beside them come all combinations of settings, and some of the orders in which the requests of two runs can come.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.toolchain.environments import Environment
from tests.toolchain.outcomes import Outcome, read_pytest
from tests.toolchain.steps_suites import variables_for_tests
from tests.toolchain.work import Word, Work

SUITE = "tests/fire"
REQUESTS = "tests/sandbox/test_generated_requests.py"
#: Of these ``make test`` tries enough combinations of settings for any three to meet, and some orders of requests.
COMBINATIONS = (
    "tests/modules/test_two_writers.py",
    "tests/modules/test_switches.py::test_no_combination_loses_a_key",
    "tests/modules/test_profiles.py::test_no_profile_loses_a_key",
    "tests/modules/test_switches.py::test_the_whole_life_with_switches",
)
BOOTSTRAP = "tests/role/test_bootstrap.py"
#: All that the test knows; "make test" draws some of them.
KILLS = 10
CASES = 1050
#: Of two runs that meet, for each combination of settings.
ORDERS = 10
#: So many cases to one request of each operation of the sandbox's description.
CASES_A_REQUEST = 35
#: Most seconds; half an hour is more than two slow processors take.
SECONDS = 5400
TABLE = " cases, FIRE_SEED="
KILLED = " kills, BOOTSTRAP_SEED="


def chosen_seed(seed: str) -> int:
    """Return the seed that was given, or a new one."""
    return int(seed) if seed else random.SystemRandom().randrange(10**9)


def run(work: Work, cases: int, seed: int, workers: int, tell: Callable[[str], None]) -> Outcome:
    """Run the whole suite, the generated requests at the sandbox, every combination of settings, and all the kills.

    Args:
        work: Environments and a copy of the checkout.
        cases: How many cases are generated.
        seed: From what they are generated.
        workers: How many processes run them.
        tell: Says something.
    """
    tree = work.tree()
    tell(f"{cases} generated cases and every fault everywhere, FIRE_SEED={seed}; this takes a while, see {work.log}")
    own = {**variables_for_tests(work, tree), "FIRE_SEED": str(seed)}
    outcome = Outcome(0, "tests")
    counts = []
    requests = {"FIRE_REQUESTS": str(max(4, cases // CASES_A_REQUEST))}
    parts: tuple[tuple[str, tuple[str, ...], Environment, dict[str, str], int], ...] = (
        ("fire", (SUITE,), work.core, {"FIRE_CASES": str(cases)}, workers),
        ("requests", (REQUESTS,), work.environment("sandbox-tests"), requests, 1),
        ("combinations", COMBINATIONS, work.core, {"FIRE_COMBINATIONS": "all", "FIRE_ORDERS": str(ORDERS)}, workers),
        ("bootstrap", (BOOTSTRAP,), work.core, {"BOOTSTRAP_KILLS": str(KILLS), "BOOTSTRAP_SEED": str(seed)}, 1),
    )
    for name, tests, chosen, more, number in parts:
        report = work.folder / f"{name}.xml"
        report.unlink(missing_ok=True)
        # What a test that passed has printed is shown, too: it says when runs were killed.
        command: list[Word] = [chosen.python, "-m", "pytest", "-raP", f"--junitxml={report}", *tests]
        command += ["-n", str(number), "--dist", "worksteal"] if number > 1 else []
        finished = work.run(command, folder=tree.root, environment=chosen, own={**own, **more}, timeout=SECONDS)
        found = read_pytest(report, finished.code)
        outcome.passed += found.passed
        outcome.failed += found.failed
        outcome.problems += found.problems
        lines = finished.output.splitlines()
        start = next((number for number, line in enumerate(lines) if TABLE in line), len(lines))
        tell("\n".join([*lines[start:], *(line for line in lines if KILLED in line)]))
        counts.append(f"{name}: {found.passed} passed, {found.failed} failed")
    tell("\n".join(counts))
    return outcome
