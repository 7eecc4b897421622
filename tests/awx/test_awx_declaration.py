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

from ansible_collections.orkes.conductor.plugins.plugin_utils._awx_declaration import declaration_problems

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


def test_numbers_of_loops_stay_numbers_before_ansible_core_2_19():
    # There a template within a mapping makes a text, which AWX compares as another value on each run. A template that
    # is the whole mapping keeps its numbers.
    tasks = yaml.safe_load((ROLE / "tasks" / "workflow.yml").read_text())
    (approval,) = [node["approval"] for task in tasks for node in task.get("loop", []) if "approval" in node]
    assert isinstance(approval, str)
    assert "'timeout': conductor_awx_approval_timeout | int" in approval


def test_the_schedule_is_one_that_awx_takes():
    check_schedule(DEFAULTS["conductor_awx_audit_schedule"])
    with pytest.raises(Refused):
        check_schedule(DEFAULTS["conductor_awx_audit_schedule"].replace("INTERVAL=1;", ""))


SECRET = 'hf/Canary+"Token&0123456789='
TYPES = {
    found["name"]: found["inputs"]["fields"]
    for found in (yaml.safe_load(path.read_text()) for path in (ROOT / "extensions/awx/credential_types").iterdir())
}
CLUSTER = {"name": "a", "credential": {"auth_key": "key", "auth_secret": SECRET}}
GOOD = {**DEFAULTS, "conductor_awx_project": {"scm_url": "https://git.example.com/p.git"},
        "conductor_awx_huggingface": {"token": SECRET},
        "conductor_awx_sliced": {"slices": 5, "vault_password": SECRET},
        "conductor_awx_clusters": [CLUSTER]}  # fmt: skip


def told(**variables: object) -> str:
    """What is said of a declaration in which something is different."""
    given = {**GOOD, **{f"conductor_awx_{name}": value for name, value in variables.items()}}
    found = "; ".join(declaration_problems(given, TYPES))
    assert SECRET not in found
    return found


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"clusters": [{"name": "a.b-C_1"}]},
        {"clusters": [{"name": "a", "credential": {"auth_token": SECRET, "skip_tls_verify": True}}]},
        {"clusters": [{"name": "a", "server_url": "https://a.example.com"}], "inventory_path": ""},
        {"clusters": [], "state": "absent"},
        {"audit_schedule": ""},
        {"audit_schedule": "DTSTART;TZID=Europe/Berlin:20260105T060000 RRULE:FREQ=DAILY;INTERVAL=2"},
        {"prefix": "p" * 498, "clusters": []} | {"state": "absent"},
    ],
)
def test_what_awx_takes_is_not_refused(variables):
    assert told(**variables) == ""
    if variables.get("audit_schedule"):
        check_schedule(variables["audit_schedule"])


def of_cluster(**more: object) -> dict[str, object]:
    return {"clusters": [{**CLUSTER, **more}]}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"huggingface": SECRET}, "conductor_awx_huggingface has to be a mapping with some of token"),
        ({"huggingface": None}, "conductor_awx_huggingface has to be a mapping"),
        ({"huggingface": {}}, "conductor_awx_huggingface lacks what jobs need: give token"),
        ({"huggingface": {"token": " "}}, "lacks what jobs need: give token"),
        ({"huggingface": {"token": SECRET, SECRET: None}}, "theirs are token, hub_url"),
        ({"sliced": SECRET}, "conductor_awx_sliced has to be a mapping"),
        ({"sliced": {"slices": 5, SECRET: 1}}, "there are slices, vault_password, vault_id"),
        ({"sliced": {"slices": 0, "vault_password": SECRET}}, "at least 1"),
        ({"sliced": {"slices": 5, "vault_password": ""}}, "conductor_awx_sliced.vault_password"),
        (of_cluster(credential=SECRET), "conductor_awx_clusters[0].credential has to be a mapping"),
        (of_cluster(huggingface=SECRET), "conductor_awx_clusters[0].huggingface has to be a mapping"),
        (of_cluster(credential={"auth_keey": "x", "auth_secret": SECRET}), "theirs are server_url, auth_key"),
        (of_cluster(credential={"auth_key": "x"}), "give auth_key and auth_secret, or auth_token"),
        (of_cluster(credential={"auth_key": "x", "auth_secret": ""}), "conductor_awx_clusters[0].credential lacks"),
        (of_cluster(credential={"auth_key": "x", "auth_secret": 12345}), "auth_secret has to be a text"),
        (of_cluster(credential={"auth_token": SECRET, "skip_tls_verify": "no"}), "skip_tls_verify has to be true or"),
        (of_cluster(server_url="https://a.example.com"), "belong there"),
        ({"clusters": []}, "conductor_awx_clusters is empty"),
        ({"clusters": SECRET}, "conductor_awx_clusters has to be a list of mappings"),
        ({"clusters": [SECRET]}, "conductor_awx_clusters has to be a list of mappings"),
        *(
            ({"clusters": [{"name": name}]}, "that is no number")
            for name in ("7", "1_0", "all", "ungrouped", "a/b", "", "a b", "a\n", "ü", True, None, 12.5, 7)
        ),
        ({"clusters": [{"name": "a"}, {"name": "a"}]}, "each has to be there once"),
        ({"clusters": [{"name": "a" * 493}]}, "too long"),
        ({"prefix": "p" * 499}, "too long"),
        *(({option: name}, f"conductor_awx_{option} has to be a text that is no number")
          for option in ("organization", "prefix") for name in ("7", 7, " 1_0 ", "")),
        ({"project": {"name": "7"}}, "conductor_awx_project.name has to be a text that is no number"),
        ({"execution_environment": {"name": "7"}}, "conductor_awx_execution_environment.name has to be"),
        ({"prefix": "7", "state": "absent"}, "conductor_awx_prefix has to be"),
    ],
)  # fmt: skip
def test_what_awx_would_refuse_later_is_refused_before(variables, text):
    assert text in told(**variables)


@pytest.mark.parametrize(
    "schedule",
    ["every monday", "RRULE:FREQ=WEEKLY;INTERVAL=1", "DTSTART:20260105T060000Z",
     "DTSTART:20260105T060000 RRULE:FREQ=WEEKLY;INTERVAL=1", "DTSTART:20260105T060000Z RRULE:FREQ=WEEKLY",
     "DTSTART:20260105T060000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
     "DTSTART:20260105T060000Z RRULE:FREQ=OFTEN;INTERVAL=1",
     "DTSTART:20260105T060000Z RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO",
     "DTSTART:20260105T060000Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=2;UNTIL=20270101T000000Z",
     "DTSTART:20260105T060000Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1000"],
)  # fmt: skip
def test_a_schedule_that_awx_refuses_is_refused_before(schedule):
    assert "conductor_awx_audit_schedule has to be" in told(audit_schedule=schedule)
    with pytest.raises(Refused):
        check_schedule(schedule)
