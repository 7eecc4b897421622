# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that run ansible-test: sanity, and the integration targets against a sandbox of their own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.toolchain import declared
from tests.toolchain.environments import CORES
from tests.toolchain.outcomes import Outcome, StepFailure, last_lines, read_integration, read_sanity
from tests.toolchain.package_index import parse_pip_configuration, pip_configuration_file
from tests.toolchain.work import Batch, Step, Work

TARGETS = "tests/integration/targets"

# Under these names the releases of ansible-test keep the script that brings pip into a virtual environment.
PIP_SCRIPTS = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")
KINDS_OF_SANITY_TEST = 22


def prepare_home(work: Work, home: Path) -> None:
    """Let ansible-test build its virtual environments from the package index that pip is configured for."""
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in PIP_SCRIPTS:
        shutil.copyfile(work.workshop.project.toolchain / "pip_bootstrap.py", cache / name)
    settings = pip_configuration_file(
        parse_pip_configuration(work.workshop.environments.pip_configuration()), work.workshop.environ
    )
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(settings)


def sanity(core: str) -> Step:
    """Return the step that runs every sanity test of one ansible-core."""

    def action(work: Work) -> Outcome:
        environment = work.environment(f"core-{core}")
        prepare_home(work, work.workshop.home(work.name))
        finished = work.run(
            ["ansible-test", "sanity", "--color", "no", "-v"],
            folder=work.tree().root,
            environment=environment,
            own={"TOOLCHAIN_NETWORK": "open"},
        )
        return read_sanity(
            work.name, finished.output, finished.code, work.workshop.present, at_least=KINDS_OF_SANITY_TEST
        )

    return Step(f"sanity-{core}", action, seconds=100, core=core)


def write_configuration(file: Path, values: dict[str, str]) -> None:
    """Write what ansible-test hands to every target as extra variables; JSON is YAML, too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("---\n" + json.dumps(values, indent=2) + "\n")


def integration(core: str, targets: Iterable[str | None], label: str, *, oldest_python: bool = False) -> list[Step]:
    """Return the steps that run targets, each with a row of its own; without targets they tell that there is none.

    All that are asked for run in one call of ansible-test against one sandbox, which each target empties first.
    """

    def run(work: Work, steps: Sequence[Step]) -> dict[str, tuple[Outcome, float]]:
        wanted = {step.name.removeprefix(f"{label}-"): step.name for step in steps}
        environment = work.environment(f"core-{core}")
        tree = work.tree()
        source = tree.root / "roles" / "sandbox" / "files"
        with work.sandbox(source) as sandbox:
            values = {
                "sandbox_url": sandbox.url,
                "sandbox_control_url": sandbox.control_url,
                "sandbox_python": str(work.environment("sandbox").python),
                "sandbox_source": str(source),
            }
            interpreter = None
            if oldest_python:
                interpreter = str(work.environment("target-3.9").python)
                values["ansible_python_interpreter"] = interpreter
            write_configuration(tree.root / "tests" / "integration" / "integration_config.yml", values)
            command = ["ansible-test", "integration", "--color", "no", "--continue-on-error"]
            command += ["-vvv" if interpreter else "-v", *wanted]
            finished = work.run(command, folder=tree.root, environment=environment)
        parts = parts_of_targets(finished.output)
        passed = seconds_of_targets(tree.root / "tests" / "output" / "data")
        outcomes = {}
        for target, name in wanted.items():
            output = parts.get(target, "")
            # A target that fails stands in no list of those that were carried out.
            code = 0 if target in passed else finished.code or 1
            outcome = read_integration(name, output, code, work.workshop.present)
            if interpreter and interpreter not in output:
                outcome.problems.append("the modules did not run on the Python that was asked for")
            if not outcome.good:
                outcome.excerpt = last_lines(output, 40)
            outcomes[name] = outcome, passed.get(target, 0.0)
        if finished.code and all(outcome.good for outcome, _seconds in outcomes.values()):
            raise StepFailure(f"{finished}\n{last_lines(finished.output)}")
        return outcomes

    batch = Batch(label, run)
    found = []
    for target in targets:
        if target is None:
            found.append(Step(label, _nothing_to_run, inputs=(TARGETS,), core=core))
        else:
            found.append(Step(f"{label}-{target}", batch, seconds=8, inputs=(f"{TARGETS}/{target}",), core=core))
    return found


TARGET_BEGINS = re.compile(r"^Running (?P<target>\S+) integration test role$", re.MULTILINE)


def parts_of_targets(output: str) -> dict[str, str]:
    """Return what ansible-test printed for each target; what it said before the first counts for all of them."""
    begins = list(TARGET_BEGINS.finditer(output))
    ends = [match.start() for match in begins[1:]] + [len(output)]
    before = output[: begins[0].start()] if begins else output
    return {match["target"]: before + output[match.start() : end] for match, end in zip(begins, ends, strict=True)}


def seconds_of_targets(folder: Path) -> dict[str, float]:
    """Return how long each target took that was carried out without an error, as ansible-test keeps it."""
    found: dict[str, float] = {}
    for file in folder.glob("integration-*.json"):
        targets = json.loads(file.read_text())["targets"]
        found.update({name: float(target["run_time_seconds"]) for name, target in targets.items()})
    return found


def _nothing_to_run(work: Work) -> Outcome:
    raise StepFailure(f"{TARGETS} has no target")


def integration_targets(root: Path) -> list[str]:
    """Return the targets, without those that only serve others."""
    names = []
    for folder in sorted((root / TARGETS).glob("*")):
        aliases = folder / "aliases"
        hidden = aliases.exists() and "hidden" in aliases.read_text().split()
        if folder.is_dir() and not hidden and not folder.name.startswith(("setup_", "prepare_")):
            names.append(folder.name)
    return names


def steps(root: Path, cores: Iterable[str], newest_core: str) -> list[Step]:
    """Return the steps for these cores."""
    targets: list[str | None] = [*integration_targets(root)]
    none: list[str | None] = [None]
    found: list[Step] = []
    for core in cores:
        wanted = targets if core == newest_core else [*declared.INTEGRATION_SUBSET] if targets else none
        found.append(sanity(core))
        found += integration(core, wanted or none, f"integration-{core}")
    found += integration(newest_core, targets or none, "python-3.9-modules", oldest_python=True)
    return found


ALL_CORES: tuple[str, ...] = tuple(reversed(CORES))
