# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line behind the Makefile."""

from __future__ import annotations

import argparse
import fnmatch
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.toolchain import (
    declared,
    demo,
    documentation,
    fire,
    steps_ansible_test,
    steps_demo,
    steps_package,
    steps_sources,
    steps_suites,
)
from tests.toolchain.benchmark import bench_command, bench_variables
from tests.toolchain.environments import CORES
from tests.toolchain.outcomes import Outcome
from tests.toolchain.processes import Processes
from tests.toolchain.project import Project, ToolchainError
from tests.toolchain.runner import Verdict, available_cores, closing_table, perform, run_steps
from tests.toolchain.sandboxes import command_line as sandbox_command
from tests.toolchain.scrub import left_out
from tests.toolchain.work import Step, Work, Workshop


def _tell(line: str) -> None:
    """Print at once, whoever reads."""
    print(line, flush=True)


def _tell_aside(line: str) -> None:
    """Print where it does not mix with the output proper."""
    print(line, file=sys.stderr, flush=True)


def all_steps(root: Path, newest_core: str, cores: Sequence[str]) -> list[Step]:
    """Return every step, in the order of the closing table."""
    return [
        *steps_sources.STEPS,
        *steps_suites.STEPS,
        *steps_ansible_test.steps(root, cores, newest_core),
        *steps_package.STEPS,
        *documentation.STEPS,
        *steps_demo.STEPS,
    ]


def selected(steps: Sequence[Step], patterns: Sequence[str]) -> list[Step]:
    """Return the steps that a pattern names; a pattern that names none is an error."""
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(step.name, pattern) for step in steps):
            names = " ".join(step.name for step in steps)
            raise ToolchainError(f"no step is called '{pattern}'; there are: {names}")
    return [step for step in steps if not patterns or any(fnmatch.fnmatchcase(step.name, p) for p in patterns)]


def _workshop(purpose: str, processes: Processes, tell: Callable[[str], None]) -> Workshop:
    workshop = Workshop(Project.here(), os.environ, processes, tell, purpose)
    ignored = left_out(os.environ)
    if ignored:
        tell(f"Not passed on: {', '.join(ignored)}")
    return workshop


def test(options: argparse.Namespace, processes: Processes) -> int:
    """Run all steps, or those that were asked for."""
    began = time.monotonic()
    workshop = _workshop("test", processes, _tell)
    cores = [options.core] if options.core else list(steps_ansible_test.ALL_CORES)
    everything = all_steps(workshop.project.root, workshop.environments.newest_core, cores)
    steps = selected(everything, options.steps)
    remarks = []
    if options.core:
        others = [core for core in CORES if core != options.core]
        remarks.append(f"      CORE={options.core}: ansible-core {' and '.join(others)} were left out as asked")
    if len(steps) < len(everything):
        remarks.append(f"      {len(everything) - len(steps)} steps were left out, since STEPS was given")
    outdated = declared.outdated(workshop.project.root)
    if outdated:
        remarks.append(
            f"      declared as not there yet, and there: {', '.join(outdated)} (tests/toolchain/declared.py)"
        )
    # A step waits now and then for what it has started: one more has the processors meanwhile.
    jobs = options.jobs or available_cores() + 1
    _tell(f"{len(steps)} steps, {jobs} at a time; logs are in {workshop.logs}")
    with workshop.project.locked("test"):
        results = run_steps(steps, workshop, jobs=jobs)
    _tell(closing_table(results, time.monotonic() - began, remarks))
    return 0 if results and all(result.verdict.good for result in results) else 1


def _single(name: str, action: Callable[[Work], Outcome], processes: Processes, inputs: tuple[str, ...] = ()) -> int:
    """Do one thing that is no test."""
    workshop = _workshop(name, processes, _tell)
    with workshop.project.locked(name):
        result = perform(Step(name, action, inputs=inputs), workshop, workshop.project.root)
    if result.excerpt:
        _tell_aside(result.excerpt)
    if result.verdict is Verdict.PASSED:
        _tell(f"make {name}: passed ({result.outcome.count if result.outcome else ''}, {result.seconds:.0f} s)")
        return 0
    _tell_aside(f"make {name}: {result.verdict.value}: {'; '.join(result.reasons)}")
    return 1


def run_demo(_options: argparse.Namespace, processes: Processes) -> int:
    """Show the main job against sandboxes of its own."""
    return _single("demo", lambda work: demo.run(work, _tell), processes, (demo.INVENTORY, "playbooks/site.yml"))


def run_fire(options: argparse.Namespace, processes: Processes) -> int:
    """Let everything go wrong that can."""
    seed, workers = fire.chosen_seed(options.seed), available_cores()
    return _single(
        "fire", lambda work: fire.run(work, options.cases, seed, workers, _tell), processes, (fire.SUITE, fire.REQUESTS)
    )


def docs(_options: argparse.Namespace, processes: Processes) -> int:
    """Build the documentation."""
    code = _single("docs", documentation.publish, processes)
    if not code:
        _tell(f"See {Project.here().build / 'docs' / 'html' / 'index.html'}")
    return code


def sandbox(options: argparse.Namespace, processes: Processes) -> int:
    """Become the sandbox: its ready line is all that goes to standard output."""
    workshop = _workshop("sandbox", processes, _tell_aside)
    python = workshop.environments.get("sandbox").python
    source = workshop.project.sandbox_source
    more = ["--settings", str(Path(options.profile).expanduser().resolve())] if options.profile else []
    command = sandbox_command(python, options.port, [*more, *shlex.split(options.options)])
    own = {"PYTHONPATH": str(source)}
    if "SANDBOX_ADMIN_SECRET" in os.environ:
        own["SANDBOX_ADMIN_SECRET"] = os.environ["SANDBOX_ADMIN_SECRET"]
    os.execve(command[0], command, workshop.variables("sandbox", own=own))


def bench(options: argparse.Namespace, processes: Processes) -> int:
    """Measure the collection beside other ways to do its work; what was measured before is kept."""
    workshop = _workshop("bench", processes, _tell)
    with workshop.project.locked("bench"):
        command = bench_command(workshop, options.estates, options.runs, shlex.split(options.options))
        # In a process group of its own: Ctrl-C is for this process, which ends the sandbox with all the rest.
        process = processes.start(
            command, folder=workshop.project.root, environment=bench_variables(workshop), output=1, errors=2
        )
        return process.wait()


def layout(options: argparse.Namespace, processes: Processes) -> int:
    """Lay out Python files and mend what can be mended without a thought."""
    workshop = _workshop("format", processes, _tell)
    lint = workshop.environments.get("lint")
    variables = workshop.variables("format", lint)
    files = options.files or ["."]
    codes = [
        subprocess.call([str(lint.bin / "ruff"), *words, *files], cwd=workshop.project.root, env=variables)
        for words in (["format", "--no-cache"], ["check", "--no-cache", "--fix"])
    ]
    return max(codes)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(prog="python3 -m tests.toolchain", description="What the Makefile calls.")
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("test", help="run every test, or some")
    command.add_argument("--core", choices=sorted(CORES), help="look at this ansible-core alone")
    command.add_argument("--steps", type=_words, default=[], help="names or patterns of steps, separated by commas")
    command.add_argument(
        "--jobs", type=int, default=0, help="how many steps run at a time (default: one more than processors)"
    )
    command.set_defaults(function=test)
    command = commands.add_parser("demo", help="the main job, against embedded sandboxes")
    command.set_defaults(function=run_demo)
    command = commands.add_parser("fire", help="faults everywhere, and a thousand generated cases")
    command.add_argument(
        "--cases", type=int, default=fire.CASES, help=f"how many are generated (default: {fire.CASES})"
    )
    command.add_argument("--seed", default="", help="the seed of an earlier run, to have the same cases again")
    command.set_defaults(function=run_fire)
    command = commands.add_parser("sandbox", help="serve the sandbox in the foreground")
    command.add_argument("--port", type=int, default=8700, help="port of the loopback interface (default: 8700)")
    command.add_argument("--options", default="", help="further options of the sandbox, in one string")
    command.add_argument("--profile", default="", help="JSON file of switches, or the profile of a cluster")
    command.set_defaults(function=sandbox)
    command = commands.add_parser("bench", help="measure the collection beside other ways to do its work")
    command.add_argument(
        "--estates", default="small,medium", help="sample, small, medium, large (default: small,medium)"
    )
    command.add_argument("--runs", type=int, default=5, help="how often each contender runs (default: 5)")
    command.add_argument("--options", default="", help="further options of tests/benchmark/bench.py, in one string")
    command.set_defaults(function=bench)
    commands.add_parser("docs", help="build the documentation").set_defaults(function=docs)
    command = commands.add_parser("format", help="lay out Python files")
    command.add_argument("files", nargs="*", help="files or folders (default: all)")
    command.set_defaults(function=layout)
    return found


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    """Do what the command line asks for, and leave no process behind."""
    options = parser().parse_args(words)
    processes = Processes()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        return int(options.function(options, processes))
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    finally:
        processes.stop_all()
