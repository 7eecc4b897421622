# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that run pytest suites, and Molecule."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from contextlib import suppress

from tests.toolchain.environments import CORES, PythonAbsent
from tests.toolchain.outcomes import Absent, Outcome, StepFailure, read_pytest
from tests.toolchain.trees import Tree
from tests.toolchain.work import Step, Word, Work


def variables_for_tests(work: Work, tree: Tree) -> dict[str, str]:
    """Return what tests may rely on.

    ``ansible-playbook`` and its like find the collection by its full name. ``SANDBOX_PYTHON`` runs
    ``-m conductor_sandbox`` when ``PYTHONPATH`` is ``SANDBOX_SOURCE``. ``SDK_PYTHON`` has the vendor's Python SDK.
    """
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(tree.collections),
        "SANDBOX_PYTHON": str(work.environment("sandbox").python),
        "SANDBOX_SOURCE": str(tree.root / "roles" / "sandbox" / "files"),
        "SDK_PYTHON": str(work.environment("sdk").python),
    }


def suite(
    name: str,
    folder: str,
    environment: str | None = None,
    *,
    seconds: int,
    ignore: tuple[str, ...] = (),
    workers: int = 1,
    more: Callable[[Work], dict[str, str]] | None = None,
) -> Step:
    """Return a step for one pytest suite; without an environment it runs in that of the newest ansible-core.

    Several workers are for suites that mostly wait for processes which they start. ``more`` returns further variables.
    """

    def action(work: Work) -> Outcome:
        further = more(work) if more else {}
        chosen = work.environment(environment) if environment else work.core
        tree = work.tree()
        report = work.folder / "junit.xml"
        report.unlink(missing_ok=True)
        command: list[Word] = [chosen.python, "-m", "pytest", f"--junitxml={report}", folder]
        # Some tests take a minute and most a second: whoever has nothing left to do takes from the other.
        command += ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []
        command += [f"--ignore={path}" for path in ignore]
        own = {**variables_for_tests(work, tree), **further}
        finished = work.run(command, folder=tree.root, environment=chosen, own=own)
        return read_pytest(report, finished.code)

    return Step(name, action, seconds=seconds, inputs=(folder,))


def contenders(work: Work) -> dict[str, str]:
    """Return what the contenders of the benchmark run in; where nothing is timed, modules may keep their byte code."""
    tools = work.environment("benchmark-tools").python
    return {"BENCHMARK_ANSIBLE": str(work.core.bin), "BENCHMARK_PYTHON": str(tools)}


#: What Chromium is called, on Debian and elsewhere.
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def browser(work: Work) -> dict[str, str]:
    """Return which browser looks at pages; where nobody can install one, the step does not run, and says so."""
    path = work.workshop.environ.get("PATH")
    program = next((found for name in CHROMIUM if (found := shutil.which(name, path=path))), None)
    if program is None:
        absent = "no Chromium found (Debian: apt-get install chromium)"
        raise StepFailure(absent) if work.workshop.environ.get("CI") else Absent(absent)
    return {"CHROMIUM": program}


def every_core(work: Work) -> dict[str, str]:
    """Return the folders of commands of each ansible-core that a Python is present for."""
    found = {}
    for core in CORES:
        with suppress(PythonAbsent):
            found[core] = str(work.environment(f"core-{core}").bin)
    return {"CORES": json.dumps(found)}


def awx_collection(work: Work) -> dict[str, str]:
    """Return where the collection awx.awx is."""
    return {"AWX_COLLECTIONS": str(work.workshop.environments.awx_collection())}


SCENARIO = "hf_setup"
ACTION_LINE = re.compile(r"^\S+ > (?P<action>\w+): Executed: (?P<state>\w+)", re.MULTILINE)


def molecule(work: Work) -> Outcome:
    """Let Molecule converge the role, converge it again, check, verify and destroy."""
    tree = work.tree()
    own = {**variables_for_tests(work, tree), "ANSIBLE_PIPELINING": "1"}
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


RECAP = re.compile(r"ok=(?P<ok>\d+)\s+changed=\d+\s+unreachable=0\s+failed=0\s")
SANDBOX_ROLE = "tests/sandbox/role/verify.yml"


def sandbox_role(work: Work) -> Outcome:
    """Let the role sandbox start, change and stop a sandbox; its packages are there already."""
    tree = work.tree()
    environment = work.environment("sandbox")
    command: list[Word] = ["ansible-playbook", "-i", "localhost,", SANDBOX_ROLE]
    command += ["-e", f"sandbox_environment={environment.python.parent.parent}"]
    own = {"ANSIBLE_COLLECTIONS_PATH": str(tree.collections)}
    finished = work.run(command, folder=tree.root, environment=work.core, own=own)
    recap = RECAP.search(finished.output)
    outcome = Outcome(int(recap.group("ok")) if recap else 0, "tasks")
    if finished.code or recap is None:
        outcome.problems.append(f"ansible-playbook ended with {finished.code}")
    return outcome


# Clients of others, each in an environment of its own.
SDK = "tests/sandbox/sdk"
HUGGINGFACE_HUB = "tests/sandbox/huggingface_hub"

# Its tests build on each other.
AWX_SETUP = "tests/awx/test_awx_setup.py"

STEPS: tuple[Step, ...] = (
    suite("toolchain", "tests/toolchain/tests", seconds=15),
    suite("unit", "tests/unit", seconds=20),
    suite("page", "tests/page", seconds=40, more=browser),
    suite("unit-python-3.9", "tests/unit", "python-3.9", seconds=20),
    suite("modules", "tests/modules", workers=2, seconds=320),
    suite("sandbox", "tests/sandbox", "sandbox-tests", seconds=60, ignore=(SDK, HUGGINGFACE_HUB)),
    Step("sandbox-role", sandbox_role, seconds=25, inputs=(SANDBOX_ROLE,)),
    suite("sdk", SDK, "sdk", seconds=20),
    suite("huggingface-hub-2.4", HUGGINGFACE_HUB, "huggingface-hub-2.4", seconds=15),
    suite("huggingface-hub-0.36", HUGGINGFACE_HUB, "huggingface-hub-0.36", seconds=15),
    suite("examples", "tests/examples", workers=2, seconds=90),
    suite("awx", "tests/awx", "awx", workers=2, seconds=90, more=every_core, ignore=(AWX_SETUP,)),
    suite("awx-setup", AWX_SETUP, "awx", seconds=120, more=awx_collection),
    suite("canary", "tests/canary", workers=2, seconds=90),
    # The same sample each time; "make fire" draws others.
    suite("fire", "tests/fire", workers=2, seconds=60, more=lambda _work: {"FIRE_SEED": "1"}),
    suite("role", "tests/role", workers=2, seconds=300),
    suite("benchmark", "tests/benchmark", seconds=40, more=contenders),
    Step("molecule", molecule, seconds=80, inputs=(f"extensions/molecule/{SCENARIO}",)),
)
