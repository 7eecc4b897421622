# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox behind one hostile proxy for all tests of a process, and what they counted in the end."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SEED = "FIRE_SEED"
# Settled on before anything asks for it, and the same for all processes.
os.environ.setdefault(SEED, str(random.SystemRandom().randrange(10**9)))
FOLDERS = ("modules", "sandbox", "role", "canary")
sys.path[:0] = [str(Path(__file__).parent), *(str(Path(__file__).parents[1] / name) for name in FOLDERS)]

from forking_server import find_collection  # noqa: E402

find_collection()

from furnace import Furnace  # noqa: E402
from module_process import ModuleServer, interpreter  # noqa: E402
from sandbox_process import SandboxProcess  # noqa: E402


def pytest_report_header(config: pytest.Config) -> str:
    """Say which seed it is."""
    return f"{SEED}={os.environ[SEED]} FIRE_CASES={os.environ.get('FIRE_CASES', '')}"


@pytest.fixture(scope="session")
def modules() -> Iterator[ModuleServer]:
    """Starts modules, in a hurry."""
    server = ModuleServer(Path(__file__).with_name("hurried_modules.py"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    """The sandbox."""
    started = SandboxProcess(python=interpreter("SANDBOX_PYTHON"))
    yield started
    assert started.stop() == (0, "", ""), "the sandbox has to end quietly"


@pytest.fixture(scope="session")
def furnace(sandbox: SandboxProcess, modules: ModuleServer) -> Iterator[Furnace]:
    """The sandbox behind a hostile proxy."""
    found = Furnace(sandbox, modules)
    yield found
    found.stop()


@pytest.fixture
def counted(furnace: Furnace, record_property: Any) -> Iterator[Furnace]:
    """The furnace, whose counts go into the report."""
    furnace.counts.clear()
    yield furnace
    for (fault, outcome), number in furnace.counts.items():
        record_property(f"fire: {fault}: {outcome}", number)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cases there were, by fault and outcome."""
    counts: Counter[tuple[str, str]] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, number in (
                getattr(report, "user_properties", ()) if getattr(report, "when", "") == "teardown" else ()
            ):
                if name.startswith("fire: "):
                    fault, outcome = name.removeprefix("fire: ").rsplit(": ", 1)
                    counts[fault, outcome] += number
    if not counts:
        return
    outcomes = sorted({outcome for _fault, outcome in counts})
    terminalreporter.section(f"fire: {sum(counts.values())} cases, {SEED}={os.environ[SEED]}")
    terminalreporter.line(f"{'fault':<40}" + "".join(f"{outcome:>12}" for outcome in outcomes))
    for fault in sorted({fault for fault, _outcome in counts}):
        terminalreporter.line(f"{fault:<40}" + "".join(f"{counts[fault, outcome] or '':>12}" for outcome in outcomes))
    terminalreporter.line(
        f"{'in all':<40}"
        + "".join(
            f"{sum(number for (_fault, found), number in counts.items() if found == outcome):>12}"
            for outcome in outcomes
        )
    )
