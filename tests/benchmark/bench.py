# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures contenders side by side, and writes down what came of it. Started by make bench.

Every work that was measured is kept, so that a benchmark which was broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cluster import NOTHING, Cluster, desired, digest
from contenders import CONTENDERS, ROOT, WORKS, Contender, Role, Tools
from estates import Estate, estate_called

LATENCY = 20
RUNS = 5
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
#: What only tells of figures, and leaves them as they are.
TELLING = ("report.py", "test_benchmark.py")
#: Works before which somebody changes one object in a hundred.
CHANGED_BEFORE = ("check mode", "1 % changed")


class Results:
    """What was measured so far.

    Args:
        file: Where it is kept.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.rows: list[dict[str, Any]] = []
        if file.exists():
            self.rows = [json.loads(line) for line in file.read_text().splitlines()]

    def has(self, estate: str, contender: str, run: int, work: str) -> bool:
        """Tell whether a contender has done a work of a run."""
        wanted = {"estate": estate, "contender": contender, "run": run, "work": work}
        return any(all(row[key] == value for key, value in wanted.items()) for row in self.rows)

    def add(self, row: dict[str, Any]) -> None:
        """Keep a work."""
        self.rows.append(row)
        with self._file.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def modules(self, estate: str, work: str) -> list[str]:
        """Return the modules that the role has called."""
        found = [
            row for row in self.rows if (row["estate"], row["contender"], row["work"]) == (estate, Role.name, work)
        ]
        return list(found[-1]["counts"]["modules"]) if found else []


def sources() -> Iterator[Path]:
    """Return the files on which the figures depend."""
    for folder in ("plugins", "roles", "playbooks", "tests/benchmark"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yml") and "results" not in path.parts and path.name not in TELLING:
                yield path


def stamp() -> str:
    """Return a mark of everything on which the figures depend."""
    found = hashlib.sha256()
    for path in sources():
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def verify(cluster: Cluster, estate: Estate, work: str) -> str:
    """Return a mark of what a cluster holds after a work; what is not right is an error."""
    wanted = NOTHING if work == "teardown" else desired(estate, drifted=work == "check mode")
    found = cluster.holds(estate)
    for kind, objects in wanted.items():
        if found[kind] != objects:
            wrong = [name for name in {*found[kind], *objects} if found[kind].get(name) != objects.get(name)]
            raise RuntimeError(
                f"after {work}, {len(wrong)} of the {kind} are not as they should be: {sorted(wrong)[:5]}"
            )
    if work == "teardown" and cluster.leftovers():
        raise RuntimeError(f"after {work} there are grants on what is gone: {cluster.leftovers()[:5]}")
    return digest(found)


def one_run(
    cluster: Cluster, contender: Contender, run: int, results: Results, whole: str, works: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Let a contender do works, in their order, on a cluster that is empty at first."""
    cluster.reset()
    if works[0] != "fresh":
        # It goes on where it was broken off: builds what the next work finds, which nobody measures.
        contender.run("fresh", results.modules(whole, "fresh"))
    meddled = False
    for work in works:
        if work in CHANGED_BEFORE and not meddled:
            cluster.meddle(contender.estate)
            meddled = True
        cluster.begin()
        before = cluster.processor_seconds()
        found = contender.run(work, results.modules(whole, work))
        served = cluster.processor_seconds() - before
        requests = cluster.requests()
        yield {
            "estate": whole,
            "part": contender.estate.name,
            "objects": contender.estate.objects,
            "contender": contender.name,
            "run": run,
            "work": work,
            **dataclasses.asdict(found),
            "server_processor": served,
            "requests": requests,
            "state": verify(cluster, contender.estate, work),
        }


def tell(line: str, end: str = "\n") -> None:
    """Print at once."""
    print(line, end=end, flush=True)


def order(run: int, contenders: list[type[Contender]]) -> list[type[Contender]]:
    """Return the contenders of a run: nobody is always first, but in the first run the role is."""
    fast = [contender for contender in contenders if not contender.slow]
    turn = run % len(fast) if fast else 0
    return fast[turn:] + fast[:turn] + [contender for contender in contenders if contender.slow and run == 0]


def measure(
    tools: Tools,
    sandbox_python: str,
    estates: Sequence[str],
    contenders: list[type[Contender]],
    runs: int,
    latency: int,
    results: Results,
    works: Sequence[str] = WORKS,
) -> None:
    """Measure what was not measured yet."""
    source = ROOT / "roles" / "sandbox" / "files"
    cluster = Cluster(sandbox_python, source, tools.variables, latency)
    try:
        for name in estates:
            estate = estate_called(name)
            for run in range(runs):
                for kind in order(run, contenders):
                    missing = [work for work in works if not results.has(name, kind.name, run, work)]
                    if not missing:
                        continue
                    tell(f"{name}, run {run + 1} of {runs}, {kind.name}:", end="")
                    for row in one_run(cluster, kind(tools, estate, cluster.url), run, results, name, missing):
                        results.add(row)
                        tell(f" {row['work']} {row['wall']:.1f} s;", end="")
                    tell("")
    finally:
        cluster.stop()


def _stop(_number: int, _frame: object) -> None:
    # Once: what is being ended already must not be broken off at that.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(words: list[str]) -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--estates", default="small,medium")
    parser.add_argument("--contenders", default="", help="names of some, separated by semicolons (default: all)")
    parser.add_argument("--works", default="", help=f"some of {';'.join(WORKS)}, in this order (default: all)")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--latency", type=int, default=LATENCY, help="milliseconds that each answer takes")
    parser.add_argument("--folder", type=Path, required=True, help="where raw results are kept")
    parser.add_argument("--results", type=Path, required=True, help="where the report is written")
    parser.add_argument("--collections", type=Path, required=True, help="where Ansible finds the collection")
    parser.add_argument("--readme", type=Path, help="README whose short table of figures is written anew")
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, _stop)
    options.folder.mkdir(parents=True, exist_ok=True)
    # Made anew from the modules as they are now.
    shutil.rmtree(options.folder / "floor", ignore_errors=True)
    variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # Byte code is kept, as where the collection is installed, and not beside the sources.
    variables["PYTHONPYCACHEPREFIX"] = str(options.folder / "bytecode")
    tools = Tools(
        Path(os.environ["BENCHMARK_ANSIBLE"]),
        Path(os.environ["SDK_PYTHON"]),
        Path(os.environ["BENCHMARK_PYTHON"]),
        options.collections,
        options.folder,
        variables,
    )
    chosen = [part.strip() for part in options.contenders.split(";") if part.strip()]
    contenders = [contender for contender in CONTENDERS if not chosen or contender.name in chosen]
    raw = options.folder / f"raw-{stamp()}-{options.latency}.jsonl"
    results = Results(raw)
    tell(f"Raw results are kept in {raw}")
    estates = [name for name in options.estates.split(",") if name]
    works = [work for work in WORKS if not options.works or work in options.works.split(";")]
    measure(tools, os.environ["SANDBOX_PYTHON"], estates, contenders, options.runs, options.latency, results, works)
    options.results.mkdir(parents=True, exist_ok=True)
    report = [tools.bare, Path(__file__).with_name("report.py"), raw, options.results, options.latency]
    report += [options.readme] if options.readme else []
    subprocess.run([str(word) for word in report], env=variables, check=True)
    tell(f"See {options.results / 'README.md'}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
