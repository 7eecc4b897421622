# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark runs, and what was gained stays: requests and tasks are counted, which no busy machine changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import contenders  # noqa: E402
import report  # noqa: E402
from contenders import WORKS, SdkOneThread, Tools, Uri  # noqa: E402
from estates import ESTATES, estate_called  # noqa: E402

CLASSES = contenders.CONTENDERS
ESTATE = ESTATES["sample"]
CONTENDERS = ("role", "floor", "SDK, 10 threads", "uri playbook")
Rows = dict[tuple[str, str], dict[str, Any]]


def bench(folder: Path, who: tuple[str, ...] = CONTENDERS, works: str = "fresh;no change;teardown") -> str:
    command = [sys.executable, "-B", HERE / "bench.py", "--estates", ESTATE.name, "--runs", "1", "--latency", "0"]
    command += ["--works", works, "--contenders", ";".join(who)]
    command += ["--folder", folder / "raw", "--results", folder / "results"]
    command += ["--collections", os.environ["ANSIBLE_COLLECTIONS_PATH"]]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("benchmark")
    bench(path)
    return path


@pytest.fixture
def rows(folder: Path) -> Rows:
    [file] = (folder / "raw").glob("raw-*.jsonl")
    found = [json.loads(line) for line in file.read_text().splitlines()]
    return {(row["contender"], row["work"]): row for row in found}


def test_everybody_comes_to_the_same_end(rows: Rows):
    assert {contender for contender, _work in rows} == set(CONTENDERS)
    for work in ("fresh", "no change", "teardown"):
        assert len({row["state"] for (_contender, done), row in rows.items() if done == work}) == 1


def test_without_a_change_nothing_is_written_and_no_more_read_than_at_the_floor(rows: Rows):
    role, floor = rows["role", "no change"]["requests"], rows["floor", "no change"]["requests"]
    assert floor["reads"] == 2 + ESTATE.integrations + ESTATE.groups
    assert role["writes"] == floor["writes"] == 0
    assert role["reads"] <= floor["reads"]


def test_a_fresh_estate_takes_one_write_an_object_and_a_fingerprint_for_each_key(rows: Rows):
    assert rows["floor", "fresh"]["requests"]["writes"] == ESTATE.objects
    assert rows["role", "fresh"]["requests"]["writes"] == ESTATE.objects + ESTATE.integrations


def test_a_fresh_estate_is_read_once_each_to_plan_apply_and_verify_it(rows: Rows):
    requests, integrations, groups = rows["role", "fresh"]["requests"], ESTATE.integrations, ESTATE.groups
    planned = 2 + integrations + groups
    # What is written is read by itself before; the two are how the server takes slashes.
    applied = 2 + 2 * integrations + 2 * groups + 2
    # A fingerprint takes a look at what was written, and another one after it; targets of grants are looked up.
    applied += 3 * integrations
    verified = planned
    assert requests["reads"] <= planned + applied + verified
    assert requests["about_the_caller"] <= 13


def test_a_teardown_reads_who_holds_access_on_each_target_once_to_plan_and_once_to_apply_it(rows: Rows):
    requests, integrations, groups = rows["role", "teardown"]["requests"], ESTATE.integrations, ESTATE.groups
    # Lists of groups and integrations, what uses these, one question on slashes; an integration has two types.
    planned = 5 + groups + 3 * integrations + ESTATE.models
    # What is written is read by itself before; a look at each integration's tags shows whether anything of another run
    # has outlived it; and in the end two lists show that all is gone.
    assert requests["reads"] <= 2 * planned + 2 * integrations + 2
    # Tags go before integrations, since they could come back with the names.
    assert requests["writes"] == ESTATE.objects + integrations


@pytest.mark.parametrize(("work", "tasks", "modules"), [("fresh", 34, 6), ("no change", 22, 1), ("teardown", 35, 4)])
def test_the_role_keeps_to_few_tasks(rows: Rows, work: str, tasks: int, modules: int):
    counts = rows["role", work]["counts"]
    assert (counts["tasks"] <= tasks, len(counts["modules"])) == (True, modules), counts
    assert rows["floor", work]["counts"]["tasks"] == modules + 1, (
        "the floor has as many, and the validation of the role"
    )


def test_the_memory_of_each_module_is_noted_in_the_same_run(rows: Rows):
    for work in ("fresh", "no change"):
        row = rows["role", work]
        assert set(row["peaks"]) == set(row["counts"]["modules"])
        assert all(10 < peak <= report.MODULE_MEMORY for peak in row["peaks"].values()), row["peaks"]
    assert rows["uri playbook", "fresh"]["peaks"] == rows["floor", "fresh"]["peaks"] == {}


def test_requests_about_the_caller_are_counted_apart(rows: Rows):
    assert {row["requests"]["about_the_caller"] for (name, _work), row in rows.items() if name != "role"} == {1}
    modules = rows["role", "no change"]["counts"]["modules"]
    assert rows["role", "no change"]["requests"]["about_the_caller"] >= len(modules), "each logs in"


def test_what_was_measured_is_kept_and_what_is_missing_is_added(folder: Path):
    # What is there is not measured again, and what is missing finds what a run before it would have left.
    told = bench(folder, works="fresh;no change;check mode;1 % changed", who=("SDK, 10 threads",))
    [line] = [line for line in told.splitlines() if "run 1 of 1" in line]
    assert "check mode" in line and "1 % changed" in line and "fresh" not in line and "no change" not in line
    [file] = (folder / "raw").glob("raw-*.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(rows) == len(CONTENDERS) * 3 + 2
    assert [row["requests"]["writes"] for row in rows[-2:]] == [0, ESTATE.changes]
    told = (folder / "results" / "README.md").read_text()
    assert "| role | 1 | all of it | check mode takes 0 s at least;" in told
    assert "| SDK, 1 thread | 0 |  | everything; fresh takes 0 s at least |" in told
    assert "<svg" in (folder / "results" / "sample.svg").read_text()


# What the report tells of figures


def figures(walls: dict[str, float], estate: str = "medium", runs: int = 1, **more: Any) -> list[dict[str, Any]]:
    """Return raw results: the seconds of each contender, the same for all works."""
    found = []
    for kind in CLASSES:
        part = kind(Tools(HERE, HERE, HERE, HERE, HERE, {}), ESTATES[estate], "").estate
        for work in WORKS if kind.name in walls else ():
            for run in range(runs):
                row = {"estate": estate, "part": part.name, "objects": part.objects, "contender": kind.name, "run": run}
                row |= {"work": work, "wall": walls[kind.name] + run, "processor": walls[kind.name], "output": 50_000}
                row |= {"counts": {"tasks": 1, "modules": []}, "peaks": {"hf_model": 40}, "server_processor": 0.1}
                row |= {"requests": {"reads": 62, "writes": 0, "about_the_caller": 1}}
                found.append(row | more)
    return found


def aims(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Return the table of aims: what was measured, and whether it is reached."""
    lines = [line.strip("| ").split(" | ") for line in report.aims(report.Summary(rows, 20))[2:]]
    return {aim: (measured, reached) for aim, measured, reached in lines}


def test_a_part_of_an_estate_is_scaled_up_and_marked_so():
    summary = report.Summary(figures({"role": 10.0, "SDK, 1 thread": 30.0, "uri playbook": 40.0}, runs=3), 20)
    assert summary.wall("medium", "uri playbook", "fresh") == pytest.approx(410)
    text = report.markdown(summary)
    assert "| uri playbook | 3 | ≈ 1 integration, 20 models, 5 groups, 100 grants; figures times 10.0 |  |" in text
    assert "| fresh | 11.0 s | not measured | 2.82 × | ≈ 37 × |" in text
    assert "| fresh | 62 + 0 (1) | 62 + 0 (1) |" in text, "requests of a part are not those of the estate"
    [line] = [line for line in report.in_short(summary) if line.startswith("| built")]
    assert line == (
        "| built from nothing, medium, median of 3 runs | 1 (11.0 s) | not measured | not measured | 2.82 | ≈ 37 |"
    )


def test_what_was_left_out_is_told_with_what_it_takes_at_least():
    summary = report.Summary(figures({"role": 10.0}, "large"), 20)
    lines = report.what_the_figures_are(summary, "large")
    assert "| SDK, 1 thread | 0 |  | everything; fresh takes 10 min at least |" in lines
    assert "| SDK, 10 threads | 0 |  | everything; fresh takes 62 s at least |" in lines


def test_aims_are_worked_out_from_the_figures():
    reached = {"role": 10.0, "floor": 8.0, "SDK, 10 threads": 10.0, "uri playbook": 100.0}
    rows = figures(reached) + figures({"role": 110.0, "floor": 90.0}, "large")
    assert {verdict for _measured, verdict in aims(rows).values()} == {"yes"}
    missed = {"role": 10.1, "floor": 8.0, "SDK, 10 threads": 10.0, "uri playbook": 100.0}
    rows = figures(missed, peaks={"hf_model": 144}, output=100_001, requests={"reads": 0, "writes": 1})
    found = aims(rows + figures({"role": 111.2}, "large"))
    assert found["medium, built: within 1.25 times the floor"] == ("1.26 times, 0.1 s of 10.1 s too long", "no")
    assert found["no module takes 150 MB (143 MiB)"] == ("at most 144 MiB: hf_model, medium, teardown", "no")
    assert {verdict for _measured, verdict in found.values()} == {"no"}


def test_an_aim_is_not_reached_before_it_was_measured():
    verdicts = [verdict for _measured, verdict in aims(figures({"role": 10.0})).values()]
    assert set(verdicts) == {"not measured"}


def test_the_short_table_takes_the_place_of_the_one_before():
    readme = "# A\n\n### How fast it is\n\nWords.\n\n| old |\n|---|\n| 1 |\n\nMore.\n\n| other |\n"
    assert report.with_short_table(readme, ["| new |"]) == readme.replace("| old |\n|---|\n| 1 |", "| new |")
    with pytest.raises(ValueError, match="How fast it is"):
        report.with_short_table("# A\n", [])
    report.with_short_table((HERE.parents[1] / "README.md").read_text(), [])


def test_those_who_take_long_have_a_part_and_more_patience():
    tools = Tools(HERE, HERE, HERE, HERE, HERE, {})
    hundredth, tenth = (kind(tools, ESTATES["large"], "") for kind in (Uri, SdkOneThread))
    assert (hundredth.estate.objects, tenth.estate.objects) == (306, 3055)
    assert estate_called(hundredth.estate.name) == hundredth.estate, "scripts find it by its name"
    assert all(kind(tools, ESTATES["small"], "").estate is ESTATES["small"] for kind in CLASSES)
    for kind in CLASSES:
        small, large = (kind(tools, ESTATES[name], "").patience for name in ("small", "large"))
        assert 600 < small < large, kind.name
