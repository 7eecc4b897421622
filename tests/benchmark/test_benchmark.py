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

from estates import ESTATES  # noqa: E402

ESTATE = ESTATES["sample"]
CONTENDERS = ("role", "floor", "SDK, 10 threads", "uri playbook")
Rows = dict[tuple[str, str], dict[str, Any]]


def bench(folder: Path) -> str:
    command = [sys.executable, "-B", HERE / "bench.py", "--estates", ESTATE.name, "--runs", "1", "--latency", "0"]
    command += ["--works", "fresh;no change;teardown", "--contenders", ";".join(CONTENDERS), "--without-peaks"]
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
    # What is written is read by itself before; and in the end two lists show that all is gone.
    assert requests["reads"] <= 2 * planned + integrations + 2
    # Tags go before integrations, since they could come back with the names.
    assert requests["writes"] == ESTATE.objects + integrations


@pytest.mark.parametrize(("work", "tasks", "modules"), [("fresh", 34, 7), ("no change", 22, 2), ("teardown", 35, 5)])
def test_the_role_keeps_to_few_tasks(rows: Rows, work: str, tasks: int, modules: int):
    counts = rows["role", work]["counts"]
    assert (counts["tasks"] <= tasks, len(counts["modules"])) == (True, modules), counts
    assert rows["floor", work]["counts"]["tasks"] == modules + 1, (
        "the floor has as many, and the validation of the role"
    )


def test_what_was_measured_is_kept_and_reported(folder: Path):
    assert "run 1 of 1" not in bench(folder), "nothing is measured twice"
    report = (folder / "results" / "README.md").read_text()
    assert "role : floor" in report
    assert "no change" in report
    assert "<svg" in (folder / "results" / "sample.svg").read_text()
