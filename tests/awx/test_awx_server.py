# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in of AWX refuses what AWX refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import yaml
from argument_specifications import ROOT
from awx_server_process import PASSWORD, USER, AwxProcess

TYPE = yaml.safe_load((ROOT / "extensions" / "awx" / "credential_types" / "orkes_conductor.yml").read_text())
SURVEY = yaml.safe_load((ROOT / "extensions" / "awx" / "surveys" / "apply.yml").read_text())
WEEKLY = "DTSTART:20260105T060000Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwxProcess]:
    """AWX with one of everything; what is made has the id 1 unless told otherwise."""
    folder = tmp_path_factory.mktemp("awx")
    project = folder / "project"
    (project / "playbooks").mkdir(parents=True)
    (project / "playbooks" / "plan.yml").write_text("- hosts: all\n  gather_facts: false\n  tasks: []\n")
    (project / "tasks.yml").write_text("- ansible.builtin.debug:\n")
    git = ["git", "-C", project, "-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    for words in (["init", "--quiet", "--initial-branch", "main"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        subprocess.run([*git, *words], check=True)
    server = AwxProcess(folder / "server", str(folder))
    organization = server.one("organizations", name="Default")["id"]
    made: dict[str, Any] = {"organization": organization}
    for kind, values in (
        ("credential_types", TYPE),
        ("projects", {"name": "p", "organization": organization, "scm_type": "git", "scm_url": f"file://{project}"}),
        ("inventories", {"name": "i", "organization": organization}),
    ):
        made[kind] = server.call("POST", f"{kind}/", values, 201)["id"]
    server.until(f"projects/{made['projects']}/", lambda one: one["scm_revision"])
    credential = {"organization": organization, "credential_type": made["credential_types"]}
    for name in ("first", "second"):
        values = {**credential, "name": name, "inputs": {"auth_key": "00123", "auth_secret": f"secret of {name}"}}
        made[name] = server.call("POST", "credentials/", values, 201)["id"]
    template = {"name": "t", "project": made["projects"], "inventory": made["inventories"],
                "playbook": "playbooks/plan.yml"}  # fmt: skip
    made["template"] = server.call("POST", "job_templates/", {**template, "survey_enabled": True}, 201)["id"]
    server.call("POST", f"job_templates/{made['template']}/survey_spec/", SURVEY)
    made["workflow"] = server.call("POST", "workflow_job_templates/", {"name": "w", "organization": organization},
                                   201)["id"]  # fmt: skip
    for name in ("a", "b"):
        node = {"identifier": name, "workflow_job_template": made["workflow"], "unified_job_template": made["template"]}
        made[name] = server.call("POST", "workflow_job_template_nodes/", node, 201)["id"]
    server.call("POST", f"workflow_job_template_nodes/{made['a']}/success_nodes/", {"id": made["b"]}, 204)
    server.made = made
    yield server
    assert server.stop() == ""


def broken(**more: Any) -> dict[str, Any]:
    """The credential type under another name, with something else in it."""
    return {**TYPE, "name": "another", **more}


FIELD = {"id": "a", "label": "A"}
REFUSED = {
    "a type of another kind": ("credential_types", broken(kind="vault")),
    "a type with a template of nothing": ("credential_types", broken(injectors={"env": {"A": "{{ nothing }}"}})),
    "a type that sets ANSIBLE_ variables": ("credential_types", broken(injectors={"env": {"ANSIBLE_X": "x"}})),
    "a type whose name is taken": ("credential_types", TYPE),
    "a credential with an unknown key": ("credentials", {"inputs": {"verify_ssl": False}}),
    "a credential with a number": ("credentials", {"inputs": {"auth_key": 123}}),
    "a credential with a text for a boolean": ("credentials", {"inputs": {"skip_tls_verify": "no"}}),
    "a credential with half a URL": ("credentials", {"inputs": {"server_url": "conductor.example.com"}}),
    "a credential of nobody": ("credentials", {"organization": None}),
    "a credential with the word for a secret": ("credentials", {"inputs": {"auth_secret": "$encrypted$"}}),
    "a template of a playbook that is not there": ("job_templates", {"playbook": "playbooks/apply.yml"}),
    "a template of a file that is no playbook": ("job_templates", {"playbook": "tasks.yml"}),
    "a template without a project": ("job_templates", {"project": None}),
    "a template without an inventory": ("job_templates", {"inventory": None}),
    "a template with variables that are none": ("job_templates", {"extra_vars": "[]"}),
    "a template without slices": ("job_templates", {"job_slice_count": 0}),
    "a template whose name is taken": ("job_templates", {"name": "t"}),
    "a schedule without an interval": ("schedules", {"rrule": "DTSTART:20260105T060000Z RRULE:FREQ=DAILY"}),
    "a schedule at no place": ("schedules", {"rrule": "DTSTART:20260105T060000 RRULE:FREQ=DAILY;INTERVAL=1"}),
    "a schedule by the second": ("schedules", {"rrule": WEEKLY.replace("WEEKLY", "SECONDLY")}),
    "a schedule with unknown variables": ("schedules", {"extra_data": {"hf_setup_state": "absent"}}),
    "a schedule with a wrong answer": ("schedules", {"extra_data": {"hf_setup_force": True}}),
    "a node with unknown variables": ("workflow_job_template_nodes", {"extra_data": {"hf_setup_state": "absent"}}),
    "a host with variables that are none": ("hosts", {"variables": "a: b: c"}),
    "an inventory source of no project": ("inventory_sources", {"source_project": None}),
    "a project of no repository": ("projects", {"scm_url": ""}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_awx_refuses(awx: AwxProcess, what: str) -> None:
    kind, values = REFUSED[what]
    made = awx.made
    whole = {
        "credential_types": {},
        "credentials": {"organization": made["organization"], "credential_type": made["credential_types"]},
        "job_templates": {"project": made["projects"], "inventory": made["inventories"],
                          "playbook": "playbooks/plan.yml"},
        "schedules": {"unified_job_template": made["template"], "rrule": WEEKLY},
        "workflow_job_template_nodes": {"workflow_job_template": made["workflow"], "identifier": "new",
                                        "unified_job_template": made["template"]},
        "hosts": {"inventory": made["inventories"]},
        "inventory_sources": {"inventory": made["inventories"], "source": "scm", "source_project": made["projects"]},
        "projects": {"organization": made["organization"], "scm_type": "git", "scm_url": "file:///nowhere"},
    }[kind]  # fmt: skip
    awx.call("POST", f"{kind}/", {"name": "new", **whole, **values}, 400)


def test_a_launch_takes_what_the_survey_asks_for_and_ignores_the_rest(awx: AwxProcess) -> None:
    refused = awx.launch("t", status=400, extra_vars={"hf_setup_force": True})
    assert "hf_setup_force" in str(refused["variables_needed_to_start"])
    launched = awx.launch("t", extra_vars={"hf_setup_force": "yes", "hf_setup_state": "absent"}, limit="x")
    assert launched["ignored_fields"] == {"extra_vars": {"hf_setup_state": "absent"}, "limit": "x"}
    assert awx.ended(launched)["extra_vars"] == '{"hf_setup_force": "yes"}'


def test_a_job_takes_one_credential_of_a_type(awx: AwxProcess) -> None:
    path = f"job_templates/{awx.made['template']}/credentials/"
    awx.call("POST", path, {"id": awx.made["first"]}, 204)
    # Not even the same one again.
    for name in ("first", "second"):
        assert "multiple" in awx.call("POST", path, {"id": awx.made[name]}, 400)["error"]
    galaxy = awx.one("credentials", name="Ansible Galaxy")["id"]
    assert "kind" in awx.call("POST", path, {"id": galaxy}, 400)["error"]
    owner = f"organizations/{awx.made['organization']}/galaxy_credentials/"
    assert "Galaxy" in awx.call("POST", owner, {"id": awx.made["first"]}, 400)["msg"]


def test_secrets_are_not_shown_and_stay_when_their_mark_comes_back(awx: AwxProcess) -> None:
    path = f"credentials/{awx.made['second']}/"
    shown = awx.call("GET", path)["inputs"]
    assert shown == {"auth_key": "00123", "auth_secret": "$encrypted$"}
    assert awx.call("PATCH", path, {"inputs": {**shown, "auth_key": "b"}})["inputs"]["auth_secret"] == "$encrypted$"


def test_what_is_in_use_stays_as_it_is(awx: AwxProcess) -> None:
    path = f"credential_types/{awx.made['credential_types']}/"
    awx.call("PATCH", path, {"inputs": TYPE["inputs"], "description": "another text"})
    awx.call("PATCH", path, {"inputs": {"fields": [FIELD]}, "injectors": {}}, 403)
    awx.call("DELETE", path, status=403)
    managed = awx.one("credential_types", name="Vault")
    awx.call("PATCH", f"credential_types/{managed['id']}/", {"description": "mine"}, 403)
    awx.call("DELETE", f"credential_types/{managed['id']}/", status=403)


def test_what_runs_keeps_what_it_uses(awx: AwxProcess) -> None:
    launched = awx.launch("t")
    for kind, number in (("job_templates", awx.made["template"]), ("projects", awx.made["projects"])):
        assert "running jobs" in awx.call("DELETE", f"{kind}/{number}/", status=409)["error"]
    awx.ended(launched)


def test_an_inventory_goes_later_and_null_is_an_empty_text(awx: AwxProcess) -> None:
    values = {"name": "short-lived", "organization": awx.made["organization"], "kind": None}
    made = awx.call("POST", "inventories/", values, 201)
    assert made["kind"] == ""
    awx.call("DELETE", made["url"].removeprefix("/api/v2/"), status=202)
    assert "pending" in awx.call("DELETE", made["url"].removeprefix("/api/v2/"), status=400)["error"]
    assert [len(awx.find("inventories", name="short-lived")) for _time in range(2)] == [1, 0]


def test_a_workflow_has_no_circle_and_no_survey_that_is_none(awx: AwxProcess) -> None:
    nodes = f"workflow_job_template_nodes/{awx.made['b']}"
    assert "Cycle" in awx.call("POST", f"{nodes}/success_nodes/", {"id": awx.made["a"]}, 400)["Error"]
    # An approval has no links of its own: they are the node's.
    approval = {"identifier": "c", "workflow_job_template": awx.made["workflow"]}
    node = awx.call("POST", "workflow_job_template_nodes/", approval, 201)["id"]
    made = awx.call("POST", f"workflow_job_template_nodes/{node}/create_approval_template/", {"name": "ok?"}, 201)
    awx.call("GET", f"workflow_approval_templates/{made['id']}/success_nodes/", status=404)
    survey = f"workflow_job_templates/{awx.made['workflow']}/survey_spec/"
    awx.call("POST", survey, {**SURVEY, "spec": []}, 400)


def test_objects_are_found_by_name_id_and_named_url(awx: AwxProcess) -> None:
    number = awx.made["template"]
    assert awx.call("GET", "job_templates/t++Default/")["id"] == number
    assert awx.call("GET", "credentials/first++Orkes%20Conductor+cloud++Default/")["id"] == awx.made["first"]
    assert [one["id"] for one in awx.call("GET", f"job_templates/?or__id={number}&or__name={number}")["results"]] == [
        number
    ]  # fmt: skip
    awx.call("GET", "job_templates/T++Default/", status=404)
    awx.call("GET", "job_templates/?nonsense=1", status=400)


def test_a_text_of_digits_is_a_number(awx: AwxProcess) -> None:
    node = {"identifier": "asks", "workflow_job_template": awx.made["workflow"]}
    number = awx.call("POST", "workflow_job_template_nodes/", node, 201)["id"]
    asking = f"workflow_job_template_nodes/{number}/create_approval_template/"
    awx.call("POST", asking, {"name": "ask", "timeout": "soon"}, 400)
    made = awx.call("POST", asking, {"name": "ask", "timeout": "0"}, 201)
    assert made["timeout"] == 0
    one = f"workflow_approval_templates/{made['id']}/"
    assert awx.call("PATCH", one, {"timeout": "60"})["timeout"] == 60
    awx.call("PATCH", one, {"timeout": "soon"}, 400)


def test_nobody_gets_in_without_a_token(awx: AwxProcess) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        assert requests.get(f"{awx.url}/api/v2/hosts/", headers=headers, timeout=30).status_code == 401
    tokens = f"{awx.url}/api/v2/tokens/"
    assert requests.post(tokens, auth=(USER, "wrong"), timeout=30).status_code == 401
    made = requests.post(tokens, auth=(USER, PASSWORD), timeout=30).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert requests.get(f"{awx.url}/api/v2/hosts/", headers=headers, timeout=30).status_code == 200
    requests.delete(f"{tokens}{made['id']}/", auth=(USER, PASSWORD), timeout=30)
    assert requests.get(f"{awx.url}/api/v2/hosts/", headers=headers, timeout=30).status_code == 401
