# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How steps add up to a run."""

from __future__ import annotations

import argparse
import threading
import time

import pytest

from tests.toolchain import cli, declared
from tests.toolchain.environments import PythonAbsent
from tests.toolchain.outcomes import Absent, Outcome, StepFailure
from tests.toolchain.processes import Interrupted, Processes
from tests.toolchain.project import Project, ToolchainError
from tests.toolchain.runner import Verdict, closing_table, perform, run_steps
from tests.toolchain.steps_suites import browser
from tests.toolchain.work import Batch, Step


class Shop:
    """As much of a workshop as running steps needs."""

    def __init__(self, root):
        self.project = Project(root)
        self.logs = root / "logs"
        self.processes = Processes()
        self.said = []
        self.environments = argparse.Namespace(newest_core="2.21")

    def tell(self, line):
        self.said.append(line)


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def failing(_work):
    raise StepFailure("it is broken\nand this is how")


def passing(_work):
    return Outcome(3, "tests")


def raising(error):
    def action(_work):
        raise error

    return action


def verdict(shop, step):
    return perform(step, shop, shop.project.root).verdict


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (passing, Verdict.PASSED),
        (failing, Verdict.FAILED),
        (lambda _work: Outcome(0, "tests"), Verdict.FAILED),
        (lambda _work: Outcome(5, "tests", failed=1), Verdict.FAILED),
        (lambda _work: Outcome(5, "tests", problems=["skipped"]), Verdict.FAILED),
        (raising(ToolchainError("no network")), Verdict.FAILED),
        (raising(RuntimeError("a fault of the toolchain itself")), Verdict.FAILED),
        (raising(PythonAbsent([(3, 12)])), Verdict.NOT_RUN),
        (raising(Absent("no browser found")), Verdict.NOT_RUN),
        (raising(Interrupted()), Verdict.STOPPED),
    ],
)
def test_how_a_step_ends(shop, action, expected):
    assert verdict(shop, Step("it", action)) is expected


def test_an_absent_python_is_told_in_plain_words(shop):
    result = perform(Step("it", raising(PythonAbsent([(3, 13), (3, 12)]))), shop, shop.project.root)
    assert result.row.endswith("no Python 3.12 or 3.13 found")


@pytest.mark.parametrize(("variables", "kind"), [({}, Absent), ({"CI": "true"}, StepFailure)])
def test_without_a_browser_the_page_is_not_looked_at_and_in_ci_that_fails(tmp_path, variables, kind):
    work = argparse.Namespace(workshop=argparse.Namespace(environ={"PATH": str(tmp_path), **variables}))
    with pytest.raises(kind, match="no Chromium found"):
        browser(work)
    program = tmp_path / "chromium-browser"
    program.touch(mode=0o700)
    assert browser(work) == {"CHROMIUM": str(program)}


def test_a_missing_input_is_a_failure_unless_declared(shop, monkeypatch):
    step = Step("it-1", passing, inputs=("tests/it",))
    monkeypatch.setattr(declared, "NOT_THERE_YET", {})
    assert verdict(shop, step) is Verdict.FAILED
    monkeypatch.setattr(declared, "NOT_THERE_YET", {"it-*": "tests/other"})
    assert verdict(shop, step) is Verdict.FAILED
    monkeypatch.setattr(declared, "NOT_THERE_YET", {"it-*": "tests/it"})
    assert verdict(shop, step) is Verdict.NOT_THERE_YET
    (shop.project.root / "tests" / "it").mkdir(parents=True)
    assert verdict(shop, step) is Verdict.PASSED


def run(shop, monkeypatch, all_steps, **options):
    monkeypatch.setattr(cli, "_workshop", lambda _purpose, _processes, _tell: shop)
    monkeypatch.setattr(cli, "all_steps", lambda _root, _newest, _cores: all_steps)
    chosen = {"core": None, "steps": [], "jobs": 2, **options}
    return cli.test(argparse.Namespace(**chosen), shop.processes)


def test_a_run_of_good_steps_passes(shop, monkeypatch, capsys):
    assert run(shop, monkeypatch, [Step("one", passing), Step("two", passing)]) == 0
    printed = capsys.readouterr().out
    assert "\nTests: 6 passed, 0 failed\n" in printed
    assert printed.endswith("make test: passed\n")


def test_one_failing_step_fails_the_run_and_the_others_still_run(shop, monkeypatch, capsys):
    assert run(shop, monkeypatch, [Step("one", failing, seconds=99), Step("two", passing)]) == 1
    printed = capsys.readouterr().out
    assert "Tests: 3 passed, 0 failed" in printed
    assert printed.endswith("make test: FAILED\n")
    assert any("and this is how" in line for line in shop.said)


def test_a_run_without_steps_fails(shop, monkeypatch):
    assert run(shop, monkeypatch, []) == 1


def test_an_absent_python_alone_does_not_fail_the_run(shop, monkeypatch):
    assert run(shop, monkeypatch, [Step("one", passing), Step("two", raising(PythonAbsent([(3, 12)])))]) == 0


def test_steps_can_be_chosen_and_the_table_says_so(shop, monkeypatch, capsys):
    assert run(shop, monkeypatch, [Step("one", passing), Step("two", failing)], steps=["on*"]) == 0
    assert "1 steps were left out, since STEPS was given" in capsys.readouterr().out
    with pytest.raises(ToolchainError, match="no step is called 'three'; there are: one two"):
        run(shop, monkeypatch, [Step("one", passing), Step("two", failing)], steps=["one", "three"])


def test_long_steps_start_first_and_results_keep_their_order(shop):
    started = []

    def note(name):
        def action(_work):
            started.append(name)
            return Outcome(1, "tests")

        return action

    steps = [Step("short", note("short"), seconds=1), Step("long", note("long"), seconds=100)]
    results = run_steps(steps, shop, jobs=1)
    assert started == ["long", "short"]
    assert [result.name for result in results] == ["short", "long"]


def batch_of(*names, run):
    batch = Batch("batch", run)
    return [Step(name, batch, seconds=5) for name in names]


def test_steps_of_a_batch_run_as_one_and_each_has_a_row(shop):
    asked = []

    def run(work, steps):
        asked.append((work.name, [step.name for step in steps]))
        return {step.name: (Outcome(1, "tests", failed=step.name == "two"), 3.0) for step in steps}

    steps = [*batch_of("one", "two", run=run), Step("other", passing, seconds=9)]
    results = run_steps(steps, shop, jobs=1)
    assert asked == [("batch", ["one", "two"])]
    assert [(result.name, result.verdict) for result in results] == [
        ("one", Verdict.PASSED), ("two", Verdict.FAILED), ("other", Verdict.PASSED)
    ]  # fmt: skip
    assert (results[0].seconds, results[1].reasons) == (3.0, ("tests failed",))
    # Together they take longer than the other one.
    assert [line.split()[1] for line in shop.said] == ["one", "two", "other"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StepFailure("broken"), Verdict.FAILED),
        (RuntimeError("a fault"), Verdict.FAILED),
        (PythonAbsent([(3, 9)]), Verdict.NOT_RUN),
        (Interrupted(), Verdict.STOPPED),
    ],
)
def test_what_stops_a_batch_stops_each_of_its_steps(shop, error, expected):
    def run(_work, _steps):
        raise error

    assert [result.verdict for result in run_steps(batch_of("one", "two", run=run), shop, jobs=1)] == [expected] * 2


def test_what_one_step_of_a_batch_lacks_does_not_stop_the_others(shop):
    def run(_work, _steps):
        return {"one": (Outcome(1, "tests"), 1.0), "two": (PythonAbsent([(3, 9)]), 0.0)}

    results = run_steps(batch_of("one", "two", run=run), shop, jobs=1)
    assert [result.verdict for result in results] == [Verdict.PASSED, Verdict.NOT_RUN]
    assert results[1].reasons == ("no Python 3.9 found",)


def test_a_step_of_a_batch_whose_input_is_missing_does_not_run(shop):
    def run(_work, steps):
        return {step.name: (Outcome(1, "tests"), 1.0) for step in steps}

    batch = Batch("batch", run)
    results = run_steps([Step("one", batch, inputs=("tests/none",)), Step("two", batch)], shop, jobs=1)
    assert [result.verdict for result in results] == [Verdict.FAILED, Verdict.PASSED]


def test_steps_run_side_by_side(shop):
    meeting = threading.Barrier(2, timeout=10)

    def action(_work):
        meeting.wait()
        return Outcome(1, "tests")

    results = run_steps([Step("one", action), Step("two", action)], shop, jobs=2)
    assert all(result.verdict is Verdict.PASSED for result in results)


def test_an_interruption_stops_what_runs_and_fails_the_run(shop, monkeypatch):
    def waiting(work):
        work.workshop.processes.run(["sleep", "60"], folder=shop.project.root, environment={}, log=work.log, timeout=60)

    def interrupt(threads, *_more):
        time.sleep(0.3)
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.toolchain.runner._wait", interrupt)
    began = time.monotonic()
    results = run_steps([Step("one", waiting), Step("two", passing, seconds=1)], shop, jobs=1)
    assert time.monotonic() - began < 30
    assert [result.verdict for result in results] == [Verdict.STOPPED, Verdict.STOPPED]
    assert "make test: FAILED" in closing_table(results, 1)


def test_every_declaration_is_about_a_step_that_exists(tmp_path):
    steps = cli.all_steps(tmp_path, "2.21", ["2.16", "2.19", "2.21"])
    for pattern in declared.NOT_THERE_YET:
        assert cli.selected(steps, [pattern])


def test_a_missing_suite_is_noticed_by_its_step(tmp_path):
    for step in cli.all_steps(tmp_path, "2.21", ["2.21"]):
        if step.name in ("canary", "examples", "molecule", "role", "sandbox", "sdk", "unit"):
            assert step.missing(tmp_path)


def test_no_test_file_lies_where_no_step_looks():
    root = Project.here().root
    folders = [path for step in cli.all_steps(root, "2.21", ["2.21"]) for path in step.inputs]
    files = [path.relative_to(root) for path in sorted((root / "tests").glob("**/test_*.py"))]
    assert len(files) > 5
    assert [str(file) for file in files if not any(file.is_relative_to(folder) for folder in folders)] == []
