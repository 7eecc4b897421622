# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How ``make bench`` is started."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.toolchain.work import Workshop

FOLDER = Path("tests") / "benchmark"
#: The estate that only shows whether the benchmark works.
TRIAL = "sample"


def bench_variables(workshop: Workshop) -> dict[str, str]:
    """Return the variables that name what contenders run in."""
    environments = workshop.environments
    own = {
        "BENCHMARK_ANSIBLE": str(environments.get("benchmark").bin),
        "BENCHMARK_PYTHON": str(environments.get("benchmark-tools").python),
        "SANDBOX_PYTHON": str(environments.get("sandbox").python),
        "SDK_PYTHON": str(environments.get("sdk").python),
    }
    return workshop.variables("bench", own=own)


def bench_command(workshop: Workshop, estates: str, runs: int, options: Sequence[str]) -> list[str]:
    """Return the command that measures a copy of the checkout, so that nobody changes it meanwhile."""
    root, tree = workshop.project.root, workshop.trees.copy("bench")
    command = [str(workshop.environments.get("benchmark-tools").python), "-B", str(tree.root / FOLDER / "bench.py")]
    folder = workshop.project.build / "benchmark"
    command += ["--folder", str(folder)]
    if estates == TRIAL:
        # Whoever tries whether it works does not lose the figures of the others.
        command += ["--results", str(folder / "results")]
    else:
        command += ["--results", str(root / FOLDER / "results"), "--readme", str(root / "README.md")]
    return [*command, "--collections", str(tree.collections), "--estates", estates, "--runs", str(runs), *options]
