# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that run ansible-test: sanity, and the integration targets against a sandbox of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.toolchain import declared
from tests.toolchain.environments import CORES
from tests.toolchain.outcomes import Outcome, StepFailure, read_integration, read_sanity
from tests.toolchain.package_index import parse_pip_configuration, pip_configuration_file
from tests.toolchain.work import Step, Work

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
        prepare_home(work, work.workshop.home(work.step.name))
        finished = work.run(
            ["ansible-test", "sanity", "--color", "no", "-v"],
            folder=work.tree().root,
            environment=environment,
            own={"TOOLCHAIN_NETWORK": "open"},
        )
        return read_sanity(
            work.step.name, finished.output, finished.code, work.workshop.present, at_least=KINDS_OF_SANITY_TEST
        )

    return Step(f"sanity-{core}", action, seconds=100, core=core)


def write_configuration(file: Path, values: dict[str, str]) -> None:
    """Write what ansible-test hands to every target as extra variables; JSON is YAML, too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("---\n" + json.dumps(values, indent=2) + "\n")


def integration(core: str, target: str | None, label: str, *, oldest_python: bool = False) -> Step:
    """Return the step that runs one target; without one it tells that there is none."""
    if target is None:
        return Step(label, _nothing_to_run, inputs=(TARGETS,), core=core)
    name = target

    def action(work: Work) -> Outcome:
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
            command = ["ansible-test", "integration", "--color", "no", "-vvv" if interpreter else "-v", name]
            finished = work.run(command, folder=tree.root, environment=environment)
        outcome = read_integration(work.step.name, finished.output, finished.code, work.workshop.present)
        if interpreter and interpreter not in finished.output:
            outcome.problems.append("the modules did not run on the Python that was asked for")
        return outcome

    return Step(f"{label}-{target}", action, seconds=30, inputs=(f"{TARGETS}/{target}",), core=core)


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
        found += [integration(core, target, f"integration-{core}") for target in wanted or none]
    found += [integration(newest_core, target, "python-3.9-modules", oldest_python=True) for target in targets or none]
    return found


ALL_CORES: tuple[str, ...] = tuple(reversed(CORES))
