# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that run pytest suites, and Molecule."""

from __future__ import annotations

import re
from pathlib import Path

from tests.toolchain.environments import Environment
from tests.toolchain.outcomes import Outcome, read_pytest
from tests.toolchain.work import Step, Word, Work


def pytest_suite(
    work: Work,
    environment: Environment,
    folders: tuple[str, ...],
    *,
    ignore: tuple[str, ...] = (),
    root: Path | None = None,
) -> Outcome:
    """Run the tests of these folders.

    What they may rely on: the working folder is the root of the collection; ``ansible-playbook`` and its like are on
    the PATH and find the collection by its full name; ``SANDBOX_PYTHON`` runs ``-m conductor_sandbox`` when
    ``PYTHONPATH`` is ``SANDBOX_SOURCE``.
    """
    tree = work.tree()
    report = work.folder / "junit.xml"
    report.unlink(missing_ok=True)
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(tree.collections),
        "SANDBOX_PYTHON": str(work.environment("sandbox").python),
        "SANDBOX_SOURCE": str(tree.root / "roles" / "sandbox" / "files"),
    }
    command: list[Word] = [environment.python, "-m", "pytest", f"--junitxml={report}", *folders]
    command += [f"--ignore={path}" for path in ignore]
    finished = work.run(command, folder=tree.root, environment=environment, own=own)
    return read_pytest(report, finished.code)


def suite(
    name: str, folder: str, environment: str | None = None, *, seconds: int, ignore: tuple[str, ...] = ()
) -> Step:
    """Return a step for one suite; without an environment it is that of the newest ansible-core."""

    def action(work: Work) -> Outcome:
        chosen = work.environment(environment) if environment else work.core
        return pytest_suite(work, chosen, (folder,), ignore=ignore)

    return Step(name, action, seconds=seconds, inputs=(folder,))


SCENARIO = "hf_setup"
ACTION_LINE = re.compile(r"^\S+ > (?P<action>\w+): Executed: (?P<state>\w+)", re.MULTILINE)


def molecule(work: Work) -> Outcome:
    """Let Molecule converge the role, converge it again, check, verify and destroy."""
    tree = work.tree()
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(tree.collections),
        "SANDBOX_PYTHON": str(work.environment("sandbox").python),
        "SANDBOX_SOURCE": str(tree.root / "roles" / "sandbox" / "files"),
    }
    finished = work.run(
        ["molecule", "test", "--scenario-name", SCENARIO],
        folder=tree.root,
        environment=work.environment("molecule"),
        own=own,
    )
    return read_molecule(finished.output, finished.code)


WANTED_ACTIONS = ("converge", "idempotence", "check", "verify", "destroy")


def read_molecule(output: str, code: int) -> Outcome:
    """Read what Molecule printed: which of its actions were carried out."""
    states = {match.group("action"): match.group("state") for match in ACTION_LINE.finditer(output)}
    done = [name for name, state in states.items() if state == "Successful"]
    outcome = Outcome(len(done), "actions")
    outcome.problems += [f"Molecule did not carry out '{name}'" for name in WANTED_ACTIONS if name not in done]
    undone = [f"{name} ({state})" for name, state in states.items() if state != "Successful"]
    outcome.problems += [f"Molecule says of an action: {name}" for name in undone]
    if code:
        outcome.problems.append(f"Molecule ended with {code}")
    return outcome


def unit_on_oldest(work: Work) -> Outcome:
    """Run the unit tests on the oldest Python that modules support."""
    return pytest_suite(work, work.environment("python-3.9"), ("tests/unit",))


def toolchain(work: Work) -> Outcome:
    """Run the tests of this toolchain itself."""
    return pytest_suite(work, work.core, ("tests/toolchain/tests",))


STEPS: tuple[Step, ...] = (
    Step("toolchain", toolchain, seconds=15),
    suite("unit", "tests/unit", seconds=20),
    Step("unit-python-3.9", unit_on_oldest, seconds=20, inputs=("tests/unit",)),
    suite("sandbox", "tests/sandbox", "sandbox-tests", seconds=60, ignore=("tests/sandbox/sdk",)),
    suite("sdk", "tests/sandbox/sdk", "sdk", seconds=60),
    suite("examples", "tests/examples", seconds=60),
    suite("canary", "tests/canary", seconds=60),
    suite("end-to-end", "tests/end_to_end", seconds=90),
    Step("molecule", molecule, seconds=60, inputs=(f"extensions/molecule/{SCENARIO}",)),
)
