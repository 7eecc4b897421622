# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that tested nothing, or left something out, must not look like a pass."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.toolchain.environments import PythonAbsent
from tests.toolchain.outcomes import Absent, Outcome, StepFailure, read_integration, read_pytest, read_sanity
from tests.toolchain.processes import Finished
from tests.toolchain.steps_ansible_test import integration
from tests.toolchain.steps_package import documented_names
from tests.toolchain.steps_suites import WANTED_ACTIONS, read_molecule

PRESENT = frozenset({"3.11", "3.12"})
SANITY = "\n".join(f'Running sanity test "test-{number}"' for number in range(24)) + "\n"
ASSERTED = 'ok: [testhost] => {\n    "changed": false,\n    "msg": "All assertions passed"\n}\n'
RECAP = "testhost : ok=12   changed=3    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0\n"


def pytest_outcome(folder: Path, text: str, *options: str) -> Outcome:
    """Run the real pytest on a file with this text."""
    (folder / "test_it.py").write_text(text)
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *options]
    code = subprocess.run([*command, "test_it.py"], cwd=folder, capture_output=True, check=False).returncode
    return read_pytest(report, code)


def test_tests_that_pass_are_counted(tmp_path):
    outcome = pytest_outcome(tmp_path, "def test_a(): pass\ndef test_b(): pass\n")
    assert outcome.good
    assert outcome.count == "2 tests"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # Suites that skip: what the driver has to catch. Nothing is skipped here.
        ("import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('why')\n", "skipped without being declared"),
        ("import pytest\ndef test_a(): pass\n@pytest.mark.xfail\ndef test_b(): assert 0\n", "skipped without being"),
        (
            "import pytest\npytest.importorskip('no_such_module')\ndef test_a(): pass\n",
            "skipped without being declared",
        ),
        ("x = 1\n", "no test ran"),
    ],
)
def test_what_did_not_run_is_not_a_pass(tmp_path, text, problem):
    outcome = pytest_outcome(tmp_path, text)
    assert not outcome.good
    assert any(problem in found for found in outcome.problems)


@pytest.mark.parametrize(
    "text",
    [
        "def test_a(): assert 0\n",
        "import no_such_module\n",
        "import pytest\n@pytest.fixture\ndef f(): 1/0\ndef test_a(f): 0\n",
    ],
)
def test_a_failure_an_error_and_a_broken_file_count(tmp_path, text):
    outcome = pytest_outcome(tmp_path, text)
    assert not outcome.good
    assert outcome.failed == 1


def test_a_pytest_that_could_not_even_start_is_not_a_pass(tmp_path):
    outcome = pytest_outcome(tmp_path, "def test_a(): pass\n", "--no-such-option")
    assert not outcome.good
    assert "wrote no report" in outcome.problems[0]


def test_a_bad_end_after_good_tests_is_not_a_pass(tmp_path):
    text = "import atexit, os\natexit.register(lambda: os._exit(3))\ndef test_a(): pass\n"
    assert not pytest_outcome(tmp_path, text).good


def test_sanity_passes_when_all_ran():
    outcome = read_sanity("sanity-2.21", SANITY, 0, PRESENT, at_least=22)
    assert outcome.good
    assert outcome.passed == 24


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: All targets skipped.",
        'WARNING: Skipping sanity test "import" on Python 3.12 because it could not be found.',
        'WARNING: Skipping sanity test "pylint" on Python 3.12 because it is unsupported.',
        'WARNING: Skipping sanity test "yamllint" on Python 3.12 due to missing libyaml support in PyYAML.',
        "WARNING: Excluding tests marked disabled: hf_model",
    ],
)
def test_what_ansible_test_left_out_is_not_a_pass(line):
    outcome = read_sanity("sanity-2.21", SANITY + line + "\n", 0, PRESENT, at_least=22)
    assert not outcome.good
    assert line in outcome.problems[0]


def test_a_python_that_is_not_there_is_a_declared_reason():
    line = 'WARNING: Skipping sanity test "import" on Python 3.14 because it could not be found.\n'
    outcome = read_sanity("sanity-2.21", SANITY + line * 2, 0, PRESENT, at_least=22)
    assert outcome.good
    assert outcome.notes == ["1 left out: no Python 3.14 found"]


def test_the_false_pass_of_an_ignored_folder_is_caught():
    outcome = read_sanity("sanity-2.21", "WARNING: All targets skipped.\n", 0, PRESENT, at_least=22)
    assert not outcome.good
    assert len(outcome.problems) == 2


def test_too_few_kinds_of_sanity_test_are_not_a_pass():
    assert not read_sanity("sanity-2.21", 'Running sanity test "one"\n' * 30, 0, PRESENT, at_least=22).good


def test_sanity_tests_without_a_file_to_look_at_do_not_count():
    output = SANITY + 'Running sanity test "pslint"\nNo tests applicable.\n'
    outcome = read_sanity("sanity-2.21", output, 0, PRESENT, at_least=22)
    assert outcome.passed == 24
    assert outcome.notes == ["1 had no file to look at"]


def test_failing_sanity_tests_are_counted_and_named():
    end = "FATAL: The 2 sanity test(s) listed below (out of 24) failed. See above.\ntest-1\ntest-2\n"
    output = SANITY + "ERROR: a.py:1: bad\n" + end
    outcome = read_sanity("sanity-2.21", output, 1, PRESENT, at_least=22)
    assert (outcome.passed, outcome.failed) == (22, 2)
    assert "test-1, test-2" in outcome.problems[0]
    assert "a.py:1: bad" in outcome.excerpt


def test_integration_counts_tasks_and_does_not_mind_tasks_that_do_not_apply():
    said = "fatal: [testhost]: FAILED! => {'skipped': 1}\nskipping: [testhost]\n"
    said += "Skipping callback 'minimal', as we already have a stdout callback.\n"
    outcome = read_integration("integration-2.21-x", said + ASSERTED * 2 + RECAP, 0, PRESENT)
    assert outcome.good
    assert outcome.count == "12 tasks"
    assert outcome.tests == (1, 0)


class Targets:
    """Steps of two targets whose ansible-test has printed something already."""

    def __init__(
        self, folder: Path, *, code: int, output: str, carried_out: tuple[str, ...], absent: bool = False
    ) -> None:
        data = {"targets": {name: {"run_time_seconds": 7} for name in carried_out}}

        class Work:
            workshop = SimpleNamespace(present=PRESENT)

            def environment(self, name):
                if absent and name == "target-3.9":
                    raise PythonAbsent([(3, 9)])
                return SimpleNamespace(python=Path("/python"))

            def tree(self):
                return SimpleNamespace(root=folder)

            @contextmanager
            def sandbox(self, _source):
                yield SimpleNamespace(url="http://127.0.0.1:1/api", control_url="http://127.0.0.1:1")

            def run(self, command, **_options):
                assert command[-2:] == ["one", "two"]
                target = folder / "tests" / "output" / "data" / "integration-1.json"
                target.parent.mkdir(parents=True)
                target.write_text(json.dumps(data))
                return Finished(tuple(command), code, output)

        self.work: Any = Work()

    def outcomes(
        self, *, oldest_python: str | None = None, named: slice = slice(None)
    ) -> dict[str, tuple[Outcome | Absent, float]]:
        """Return what the steps make of it, or those of them that are named."""
        steps = integration("2.21", ["one", "two"], "integration-2.21", oldest_python=oldest_python)
        return steps[0].action.run(self.work, steps[named])


def said_of(target: str, recap: str = RECAP) -> str:
    return f"Running {target} integration test role\n{ASSERTED}{recap}"


def test_targets_of_one_call_are_told_apart(tmp_path):
    output = (
        f"Configured\n{said_of('one', RECAP.replace('failed=0', 'failed=1'))}ERROR: exit status 2\n{said_of('two')}"
    )
    found = Targets(tmp_path, code=1, output=output, carried_out=("two",)).outcomes()
    assert {name: (outcome.good, seconds) for name, (outcome, seconds) in found.items()} == {
        "integration-2.21-one": (False, 0.0),
        "integration-2.21-two": (True, 7.0),
    }
    assert found["integration-2.21-one"][0].failed == 1
    assert found["integration-2.21-one"][0].excerpt.endswith("\nERROR: exit status 2"), "the end of its own part"
    assert "ansible-test ended with 1" in found["integration-2.21-one"][0].problems


@pytest.mark.parametrize(
    ("output", "carried_out"),
    [
        (said_of("one"), ("one",)),
        (said_of("one") + said_of("two"), ("one",)),
        ("WARNING: Excluding target tests marked disabled: two\n" + said_of("one") + said_of("two"), ("one", "two")),
    ],
    ids=["silent", "not carried out", "left out"],
)
def test_a_target_of_one_call_that_did_not_run_is_not_a_pass(tmp_path, output, carried_out):
    found = Targets(tmp_path, code=0, output=output, carried_out=carried_out).outcomes()
    assert not found["integration-2.21-two"][0].good


def test_an_error_that_no_target_accounts_for_fails_all(tmp_path):
    both = Targets(tmp_path, code=1, output=said_of("one") + said_of("two"), carried_out=("one", "two"))
    with pytest.raises(StepFailure, match="ended with 1"):
        both.outcomes()


@pytest.mark.parametrize("named", [slice(None), slice(2, None)], ids=["all", "the one row"])
def test_each_target_has_to_run_on_the_oldest_python(tmp_path, named):
    output = f"{said_of('one')}/python module.py\n{said_of('two')}"
    targets = Targets(tmp_path, code=0, output=output, carried_out=("one", "two"))
    found = targets.outcomes(oldest_python="python-3.9-modules", named=named)
    assert [outcome.good for outcome, _seconds in found.values()] == [True, False, False][named]
    assert found["python-3.9-modules"][0].problems == ["not passed: two"]


def test_without_the_oldest_python_targets_run_and_tell(tmp_path):
    targets = Targets(tmp_path, code=0, output=said_of("one") + said_of("two"), carried_out=("one", "two"), absent=True)
    found = targets.outcomes(oldest_python="python-3.9-modules")
    *targets_found, row = [outcome for outcome, _seconds in found.values()]
    assert [(outcome.good, outcome.notes) for outcome in targets_found] == [(True, [])] * 2
    assert str(row) == "no Python 3.9 found"
    assert isinstance(row, Absent)


def test_a_target_that_asserts_nothing_is_not_a_pass():
    outcome = read_integration("integration-2.21-x", RECAP, 0, PRESENT)
    assert outcome.problems == ["nothing was asserted"]


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("", 0),
        ("WARNING: All targets skipped.\n", 0),
        (RECAP + "WARNING: All targets skipped.\n", 0),
        (RECAP + "WARNING: Excluding target tests marked disabled: x\n", 0),
        (RECAP, 1),
        (RECAP.replace("failed=0", "failed=1"), 0),
        (RECAP.replace("unreachable=0", "unreachable=1"), 0),
    ],
)
def test_integration_that_is_not_a_pass(output, code):
    assert not read_integration("integration-2.21-x", ASSERTED + output, code, PRESENT).good


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ('[WARNING]: one\n{"a.b.one": {"doc": {"options": {}}}, "a.b.two": {"doc": null}}\n', {"a.b.one"}),
        ("{}\n", set()),
        ("[WARNING]: module a.b.one was not found\n", set()),
    ],
)
def test_what_is_documented_is_what_has_a_documentation(output, names):
    assert documented_names(output) == names


def test_molecule_has_to_carry_out_every_action():
    lines = [f"hf_setup > {name}: Executed: Successful" for name in WANTED_ACTIONS]
    assert read_molecule("\n".join(lines), 0).good
    assert not read_molecule("\n".join(lines), 1).good
    assert not read_molecule("\n".join([*lines, "hf_setup > prepare: Executed: Failed"]), 0).good
    for left_out in range(len(lines)):
        assert not read_molecule("\n".join(lines[:left_out] + lines[left_out + 1 :]), 0).good
