# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The set-up play makes everything in a stand-in of AWX, and what it made plans, waits for the approval and applies.

The modules are those of awx.awx, unchanged. The tests build on each other, in their order.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx_server_process import TOKEN, AwxProcess
from module_process import ROOT, clean_environment, collections, interpreter
from sandbox_process import SandboxProcess

SECONDS = 300
KEYS = {"conductor-dev": ("dev-key", "dev-secret-canary-0123456789"),
        "conductor-prod": ("prod-key", "prod-secret-canary-0123456789")}  # fmt: skip
HF_TOKEN = "hf_canary_of_awx_0123456789"
RECAP = re.compile(r"ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=0\s+failed=(?P<failed>\d+)")


@dataclass
class Stage:
    """AWX, two clusters with different keys, and the repository that AWX takes its project from."""

    awx: AwxProcess
    clusters: dict[str, SandboxProcess]
    folder: Path
    variables: dict[str, Any] = field(default_factory=dict)

    def set_up(self, *options: str, failing: bool = False, **more: Any) -> tuple[int, str]:
        """Run the set-up play; returns how much changed, and what it printed."""
        given = self.folder / "set_up.json"
        given.write_text(json.dumps({**self.variables, **more}))
        ran = subprocess.run(
            [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "orkes.conductor.awx_setup", "-e",
             f"@{given}", *options],
            env=clean_environment(
                ANSIBLE_COLLECTIONS_PATH=f"{collections()}:{os.environ['AWX_COLLECTIONS']}",
                ANSIBLE_HOME=str(self.folder / "ansible"), ANSIBLE_PIPELINING="1", ANSIBLE_LOCALHOST_WARNING="False",
                CONTROLLER_HOST=self.awx.url, CONTROLLER_OAUTH_TOKEN=TOKEN,
            ),
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        for secret in (HF_TOKEN, *(secret for _key, secret in KEYS.values())):
            assert secret not in ran.stdout, "a secret was printed"
        assert bool(ran.returncode) == failing, ran.stdout
        recap = RECAP.search(ran.stdout)
        assert recap, ran.stdout
        return int(recap["changed"]), ran.stdout

    def change(self, path: str, text: str) -> None:
        """Commit a change of the project."""
        project = self.folder / "project"
        (project / path).write_text(text)
        git(project, "commit", "--quiet", "--all", "--message", "a change")

    def integrations(self, name: str) -> list[str]:
        """The names of a cluster's integrations."""
        cluster = self.clusters[name]
        found = cluster.log_in(*KEYS[name]).done("GET", "/integrations/provider?category=AI_MODEL&activeOnly=false")
        return sorted(provider["name"] for provider in found)


def git(folder: Path, *words: str) -> None:
    """Run git, as somebody."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """AWX without anything, and two empty clusters."""
    folder = tmp_path_factory.mktemp("awx")
    clusters = {
        name: SandboxProcess("--admin-key", key, python=interpreter("SANDBOX_PYTHON"), SANDBOX_ADMIN_SECRET=secret)
        for name, (key, secret) in KEYS.items()
    }
    project = folder / "project"
    shutil.copytree(ROOT / "examples" / "awx_project", project)
    for name, cluster in clusters.items():
        (project / "inventory" / "host_vars" / f"{name}.yml").write_text(f"hf_setup_server_url: {cluster.url}\n")
    git(folder, "init", "--quiet", "--initial-branch", "main", "project")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "the project")
    awx = AwxProcess(folder / "server", collections())
    made = Stage(awx, clusters, folder, {
        "conductor_awx_organization": "Platform",
        "conductor_awx_galaxy_credentials": ["Ansible Galaxy"],
        "conductor_awx_project": {"scm_url": f"file://{project}", "scm_branch": "main"},
        "conductor_awx_execution_environment": {"image": "registry.example.com/conductor-ee:1"},
        "conductor_awx_huggingface": {"token": HF_TOKEN},
        "conductor_awx_clusters": [
            {"name": name, "credential": {"auth_key": key, "auth_secret": secret}}
            for name, (key, secret) in KEYS.items()
        ],
    })  # fmt: skip
    try:
        yield made
    finally:
        said = awx.stop()
        for cluster in clusters.values():
            cluster.stop()
    assert said == "", said


def test_a_check_run_writes_nothing_and_says_what_it_cannot_see(stage: Stage) -> None:
    _changed, output = stage.set_up("--check")
    assert stage.awx.writes() == []
    assert "Not there yet: organization" in output


def test_everything_is_made_and_a_second_run_changes_nothing(stage: Stage) -> None:
    changed, output = stage.set_up()
    assert changed > 10, output
    template = stage.awx.one("job_templates", name="Conductor apply conductor-prod")
    names = [one["name"] for one in stage.awx.find(f"job_templates/{template['id']}/credentials")]
    assert sorted(names) == ["Conductor Hugging Face", "Conductor conductor-prod"]
    assert (template["job_type"], template["limit"]) == ("run", "conductor-prod")
    assert not template["ask_variables_on_launch"]
    assert stage.awx.one("job_templates", name="Conductor plan conductor-prod")["job_type"] == "check"
    assert len(stage.awx.find("schedules")) == len(KEYS)
    changed, output = stage.set_up()
    assert changed == 0, output


def test_a_plan_is_applied_once_it_is_approved(stage: Stage) -> None:
    workflow = stage.awx.launch("Conductor change conductor-dev", "workflow_job_templates",
                                extra_vars={"hf_setup_manage": ["integrations"], "hf_setup_expected_plan": "0" * 64,
                                            "hf_setup_require_approved_plan": False})  # fmt: skip
    # Whoever launches it cannot bring the approval along.
    assert sorted(workflow["ignored_fields"]["extra_vars"]) == [
        "hf_setup_expected_plan", "hf_setup_require_approved_plan",
    ]  # fmt: skip
    approval = stage.awx.pending_approval(workflow)
    plan = stage.awx.nodes(workflow)["plan"]
    assert (approval["status"], plan["status"]) == ("pending", "successful")
    assert "integration hf" in plan["result_stdout"]
    assert stage.integrations("conductor-dev") == []
    (published,) = plan["artifacts"]["hf_setup_expected_plan"]
    assert re.fullmatch(r"sha256:[0-9a-f]{64} conductor-dev", published)
    assert json.loads(plan["job_args"])[0].endswith("ansible-playbook")
    assert "--check" in json.loads(plan["job_args"])

    stage.awx.call("POST", f"workflow_approvals/{approval['id']}/approve/", status=204)
    assert stage.awx.ended(workflow)["status"] == "successful", stage.awx.nodes(workflow)["apply"]["result_stdout"]
    job = stage.awx.nodes(workflow)["apply"]
    assert json.loads(job["extra_vars"])["hf_setup_expected_plan"] == [published]
    assert job["job_env"]["CONDUCTOR_AUTH_KEY"] == "dev-key"
    assert job["job_env"]["CONDUCTOR_AUTH_SECRET"] == job["job_env"]["HF_TOKEN"] == "**********"
    # Each cluster has been asked with its own key, and the other one with none.
    assert stage.integrations("conductor-dev") == ["hf"]
    assert stage.integrations("conductor-prod") == []
    for one in (plan, job):
        for secret in (HF_TOKEN, *(secret for _key, secret in KEYS.values())):
            assert secret not in json.dumps(one)


def test_what_nobody_approved_is_not_applied(stage: Stage) -> None:
    workflow = stage.awx.launch("Conductor change conductor-prod", "workflow_job_templates",
                                extra_vars={"hf_setup_manage": ["integrations"]})  # fmt: skip
    approval = stage.awx.pending_approval(workflow)
    by_hand = stage.awx.launch("Conductor apply conductor-prod", extra_vars={"hf_setup_manage": ["integrations"],
                                                                             "hf_setup_expected_plan": "0" * 64})
    stage.awx.call("POST", f"workflow_approvals/{approval['id']}/deny/", status=204)
    assert stage.awx.ended(workflow)["status"] == "failed"
    assert sorted(stage.awx.nodes(workflow)) == ["approval", "plan"]
    # Without the workflow there is no approval either.
    job = stage.awx.ended(by_hand)
    assert job["status"] == "failed"
    assert "no approved plan was given" in job["result_stdout"]
    assert stage.integrations("conductor-prod") == []


def test_a_cluster_that_changed_since_its_plan_is_left_alone(stage: Stage) -> None:
    workflow = stage.awx.launch("Conductor change conductor-prod", "workflow_job_templates",
                                extra_vars={"hf_setup_manage": ["groups"]})  # fmt: skip
    approval = stage.awx.pending_approval(workflow)
    admin = stage.clusters["conductor-prod"].log_in(*KEYS["conductor-prod"])
    admin.done("PUT", "/groups/data-science", {"description": "somebody was faster", "roles": ["ADMIN"]})
    stage.awx.call("POST", f"workflow_approvals/{approval['id']}/approve/", status=204)
    assert stage.awx.ended(workflow)["status"] == "failed"
    assert "the plan is not the approved one" in stage.awx.nodes(workflow)["apply"]["result_stdout"]
    assert [group["roles"][0]["name"] for group in admin.done("GET", "/groups")] == ["ADMIN"]
