# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role for AWX declares fits together, and with the project that goes along."""

from __future__ import annotations

import re

import pytest
import yaml
from argument_specifications import ROOT
from awx_server_rules import Refused, check_schedule

ROLE = ROOT / "roles" / "conductor_awx"
OPTIONS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
JOBS = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["conductor_awx__jobs"]


def survey(name: str) -> dict[str, dict[str, object]]:
    """The questions of a survey, by their variables."""
    found = yaml.safe_load((ROOT / "extensions" / "awx" / "surveys" / f"{name}.yml").read_text())
    return {question["variable"]: question for question in found["spec"]}


def test_defaults_are_those_of_the_specification():
    assert {name: option["default"] for name, option in OPTIONS.items() if "default" in option} == DEFAULTS


def test_the_readme_and_the_guide_name_only_variables_that_there_are():
    readme = set(re.findall(r"conductor_awx_\w+", (ROLE / "README.md").read_text()))
    assert readme == set(OPTIONS)
    guide = (ROOT / "docs" / "docsite" / "rst" / "awx.rst").read_text()
    assert set(re.findall(r"conductor_awx_\w+", guide)) <= set(OPTIONS)
    # AWX gives every job variables that begin with these.
    assert not [name for name in OPTIONS if name.startswith(("awx_", "tower_"))]


def test_every_job_has_its_playbook_and_its_survey():
    project = ROOT / "examples" / "awx_project" / "playbooks"
    assert sorted(path.stem for path in project.iterdir()) == sorted(JOBS)
    for name in JOBS:
        assert survey(name)


def test_the_workflow_asks_whatever_the_plan_asks():
    # The answers of the workflow reach both of its jobs: a plan is applied under the answers that it was made for.
    plan, apply = survey("plan"), survey("apply")
    assert {name: apply.get(name) for name in plan} == plan


def test_no_answer_can_lift_the_demand_for_an_approval():
    for name in JOBS:
        assert not {"hf_setup_require_approved_plan", "hf_setup_expected_plan", "hf_setup_publish_plan"} & set(
            survey(name)
        )


def test_the_schedule_is_one_that_awx_takes():
    check_schedule(DEFAULTS["conductor_awx_audit_schedule"])
    with pytest.raises(Refused):
        check_schedule(DEFAULTS["conductor_awx_audit_schedule"].replace("INTERVAL=1;", ""))
