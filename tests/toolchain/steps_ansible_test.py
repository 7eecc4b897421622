# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that run ansible-test: sanity, and the integration targets against a sandbox of their own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.toolchain import declared
from tests.toolchain.environments import CORES, OLDEST_TARGET, PythonAbsent
from tests.toolchain.interpreters import spell
from tests.toolchain.outcomes import Absent, Outcome, StepFailure, last_lines, read_integration, read_sanity
from tests.toolchain.package_index import parse_pip_configuration, pip_configuration_file
from tests.toolchain.steps_package import build
from tests.toolchain.work import Batch, Step, Work

TARGETS = "tests/integration/targets"

# What the releases of ansible-test bring into each virtual environment first; pip is the first of it.
BROUGHT_FIRST: dict[str, tuple[str, ...]] = {
    "2.21": ("pip==25.2",),
    "2.19": ("pip==24.2",),
    "2.16": ("pip==23.1.2", "setuptools==67.7.2", "wheel==0.37.1"),
}
KINDS_OF_SANITY_TEST = 22


def prepare_home(work: Work, home: Path, core: str) -> None:
    """Let ansible-test build its virtual environments from the package index that pip is configured for."""
    environments = work.workshop.environments
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    brought = BROUGHT_FIRST[core]
    version = brought[0].removeprefix("pip==").replace(".", "_")
    shutil.copyfile(work.workshop.project.toolchain / "pip_bootstrap.py", cache / f"get_pip_{version}.py")
    beside = cache / f"pip_{version}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(environments.packages(*brought))
    settings = pip_configuration_file(parse_pip_configuration(environments.pip_configuration()), work.workshop.environ)
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(settings)


def sanity(core: str, newest_core: str) -> Step:
    """Return the step that runs every sanity test of one ansible-core.

    The newest looks at the whole checkout. The older ones look at what is built of it, which is all that anybody
    installs on them: half of the Python files, the suites of a checkout, run on no such core.
    """

    def action(work: Work) -> Outcome:
        environment = work.environment(f"core-{core}")
        tree, built = work.tree(), core != newest_core
        if built:
            tree = work.unpacked(build(work, environment, tree))
        prepare_home(work, work.workshop.home(work.name), core)
        finished = work.run(
            ["ansible-test", "sanity", "--color", "no", "-v"],
            folder=tree.root,
            environment=environment,
            own={"TOOLCHAIN_NETWORK": "open"},
        )
        outcome = read_sanity(
            work.name, finished.output, finished.code, work.workshop.present, at_least=KINDS_OF_SANITY_TEST
        )
        outcome.notes.append("over the built collection" if built else "over everything")
        return outcome

    return Step(f"sanity-{core}", action, seconds=130 if core == newest_core else 80, core=core)


def write_configuration(file: Path, values: Mapping[str, str | bool]) -> None:
    """Write what ansible-test hands to every target as extra variables; JSON is YAML, too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("---\n" + json.dumps(dict(values), indent=2) + "\n")


def integration(
    core: str, targets: Iterable[str | None], label: str, *, oldest_python: str | None = None
) -> list[Step]:
    """Return the steps that run targets, each with a row of its own; without targets they tell that there is none.

    All that are asked for run in one call of ansible-test against one sandbox, which each target empties first.

    Args:
        core: The ansible-core.
        targets: The targets.
        label: What the rows' names begin with.
        oldest_python: Name of a further row, if the modules are to run on the oldest Python that they are for. It tells
            how many targets did. Where that Python is absent, it says so, and modules run on ansible-core's own.
    """
    known = list(targets)

    def run(work: Work, steps: Sequence[Step]) -> dict[str, tuple[Outcome | Absent, float]]:
        named = [step.name.removeprefix(f"{label}-") for step in steps if step.name != oldest_python]
        wanted = named or [target for target in known if target]
        environment = work.environment(f"core-{core}")
        interpreter, absent = _oldest_python(work) if oldest_python else (None, None)
        if absent and not named:
            return {step.name: (absent, 0.0) for step in steps}
        tree = work.tree()
        source = tree.root / "roles" / "sandbox" / "files"
        with work.sandbox(source) as sandbox:
            values: dict[str, str | bool] = {
                # Without it each task copies its module to a folder of its own, in four processes instead of one.
                "ansible_pipelining": True,
                "sandbox_url": sandbox.url,
                "sandbox_control_url": sandbox.control_url,
                "sandbox_python": str(work.environment("sandbox").python),
                "sandbox_source": str(source),
            }
            if interpreter:
                values["ansible_python_interpreter"] = interpreter
            write_configuration(tree.root / "tests" / "integration" / "integration_config.yml", values)
            command = ["ansible-test", "integration", "--color", "no", "--continue-on-error"]
            command += ["-vvv" if interpreter else "-v", *wanted]
            finished = work.run(command, folder=tree.root, environment=environment)
        parts = parts_of_targets(finished.output)
        passed = seconds_of_targets(tree.root / "tests" / "output" / "data")
        found: dict[str, tuple[Outcome, float]] = {}
        for target in wanted:
            output = parts.get(target, "")
            # A target that fails stands in no list of those that were carried out.
            code = 0 if target in passed else finished.code or 1
            outcome = read_integration(f"{label}-{target}", output, code, work.workshop.present)
            if interpreter:
                outcome.notes.append(f"modules on Python {spell(OLDEST_TARGET)}")
                if interpreter not in output:
                    outcome.problems.append("the modules did not run on the Python that was asked for")
            if not outcome.good:
                outcome.excerpt = last_lines(output, 40)
            found[target] = outcome, passed.get(target, 0.0)
        if finished.code and all(outcome.good for outcome, _seconds in found.values()):
            raise StepFailure(f"{finished}\n{last_lines(finished.output)}")
        outcomes: dict[str, tuple[Outcome | Absent, float]] = {}
        outcomes |= {f"{label}-{target}": result for target, result in found.items()}
        if oldest_python:
            outcomes[oldest_python] = (
                absent or _all_of_them(found),
                sum(seconds for _outcome, seconds in found.values()),
            )
        return {step.name: outcomes[step.name] for step in steps}

    batch = Batch(label, run)
    steps = []
    for target in known:
        if target is None:
            steps.append(Step(label, _nothing_to_run, inputs=(TARGETS,), core=core))
        else:
            steps.append(Step(f"{label}-{target}", batch, seconds=8, inputs=(f"{TARGETS}/{target}",), core=core))
    if oldest_python:
        steps.append(Step(oldest_python, batch, seconds=0, inputs=(TARGETS,), core=core))
    return steps


def _oldest_python(work: Work) -> tuple[str | None, Absent | None]:
    """Return the interpreter for modules on the oldest Python, or why there is none."""
    try:
        return str(work.environment("target-3.9").python), None
    except PythonAbsent as absent:
        return None, absent


def _all_of_them(found: Mapping[str, tuple[Outcome, float]]) -> Outcome:
    """Return the sum of targets, each of which has a row of its own."""
    bad = [target for target, (outcome, _seconds) in found.items() if not outcome.good]
    return Outcome(len(found) - len(bad), "targets", problems=[f"not passed: {target}" for target in bad])


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
        found.append(sanity(core, newest_core))
        # One run of all targets is both: that of the newest core and that of the modules on the oldest Python. On newer
        # ones they run with the other cores and in the other suites.
        oldest_python = "python-3.9-modules" if core == newest_core else None
        found += integration(core, wanted or none, f"integration-{core}", oldest_python=oldest_python)
    return found


ALL_CORES: tuple[str, ...] = tuple(reversed(CORES))
