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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from awx_server_process import PASSWORD, TOKEN, USER, AwxProcess
from module_process import CALLBACKS, ROOT, collections, environment_for_playbooks, interpreter
from playbook_process import Playbooks
from sandbox_process import SandboxProcess

SECONDS = 300
KEYS = {"conductor-dev": ("dev-key", "dev-secret-canary-0123456789"),
        "conductor-prod": ("prod-key", "prod-secret-canary-0123456789")}  # fmt: skip
HF_TOKEN, NEW_HF_TOKEN = "hf_canary_of_awx_0123456789", "hf_next_canary_of_awx_0123456789"
VAULT_PASSWORD = "vault-canary-0123456789"
SECRETS = (HF_TOKEN, NEW_HF_TOKEN, VAULT_PASSWORD, TOKEN, PASSWORD, *(secret for _key, secret in KEYS.values()))
#: What jobs share with each other: modules that were packed, compiled templates, and a process that forks modules.
FASTER = (
    "ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED", "BUILT_MODULES", "BUILT_TEMPLATES", "PYTHONPATH",
    "MODULE_STARTER",
)  # fmt: skip
RECAP = re.compile(r"ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=0\s+failed=(?P<failed>\d+)")


@dataclass
class Stage:
    """AWX, two clusters with different keys, and the repository that AWX takes its project from."""

    awx: AwxProcess
    clusters: dict[str, SandboxProcess]
    folder: Path
    playbooks: Playbooks
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def connection(self) -> dict[str, str]:
        """Whom AWX takes the set-up for."""
        return {"CONTROLLER_HOST": self.awx.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}

    def set_up(self, *options: str, failing: bool = False, **more: Any) -> tuple[int, str]:
        """Run the set-up play; returns how much changed, and what it printed."""
        given = self.folder / "set_up.json"
        given.write_text(json.dumps({**self.variables, **more}))
        environment = environment_for_playbooks(
            CALLBACKS, "",
            ANSIBLE_COLLECTIONS_PATH=f"{collections()}:{os.environ['AWX_COLLECTIONS']}",
            ANSIBLE_HOME=str(self.folder / "ansible"), ANSIBLE_PIPELINING="1", ANSIBLE_LOCALHOST_WARNING="False",
            **self.connection,
        )  # fmt: skip
        status, output = self.playbooks.run(
            ["-i", "localhost,", "orkes.conductor.awx_setup", "-e", f"@{given}", *options],
            environment=environment, folder=self.folder, timeout=SECONDS,
        )  # fmt: skip
        for secret in SECRETS:
            assert secret not in output, "a secret was printed"
        assert bool(status) == failing, output
        recap = RECAP.search(output)
        assert recap, output
        return int(recap["changed"]), output

    def keys(self, name: str) -> dict[str, str]:
        """The integrations of a cluster with their keys, which its server shows."""
        cluster = self.clusters[name]
        cluster.settings(secrets="clear")
        found = cluster.log_in(*KEYS[name]).done("GET", "/integrations/provider?category=AI_MODEL&activeOnly=false")
        return {provider["name"]: provider["configuration"]["api_key"] for provider in found}


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
    playbooks = Playbooks()
    shared = environment_for_playbooks(CALLBACKS, "", **playbooks.handing_over)
    awx = AwxProcess(folder / "server", collections(), **{name: shared[name] for name in FASTER})
    made = Stage(awx, clusters, folder, playbooks, {
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
        playbooks.stop()
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
    # Jobs read the inventory only once it was read: a run that ends in between is told from that, and mended.
    source = f"inventory_sources/{stage.awx.one('inventory_sources', name='Conductor')['id']}/"
    written = [entry for entry in stage.awx.writes() if "inventory_sources" in entry]
    assert written == ["POST inventory_sources/", f"POST {source}update/", f"PATCH {source}"]
    template = stage.awx.one("job_templates", name="Conductor apply conductor-prod")
    names = [one["name"] for one in stage.awx.find(f"job_templates/{template['id']}/credentials")]
    assert sorted(names) == ["Conductor Hugging Face", "Conductor conductor-prod"]
    assert (template["job_type"], template["limit"]) == ("run", "conductor-prod")
    assert not template["ask_variables_on_launch"]
    assert stage.awx.one("job_templates", name="Conductor plan conductor-prod")["job_type"] == "check"
    assert len(stage.awx.find("schedules")) == len(KEYS)
    before = len(stage.awx.writes())
    changed, output = stage.set_up()
    assert changed == 0, output
    # Nor does it write what is there already, which a check run would report.
    project = stage.awx.one("projects", name="Conductor")
    assert stage.awx.writes()[before:] == [f"POST projects/{project['id']}/update/"]


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
    assert stage.keys("conductor-dev") == {}
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
    assert stage.keys("conductor-dev") == {"hf": HF_TOKEN}
    assert stage.keys("conductor-prod") == {}
    for one in (plan, job):
        for secret in SECRETS:
            assert secret not in json.dumps(one)


def test_what_nobody_approved_is_not_applied(stage: Stage) -> None:
    workflow = stage.awx.launch("Conductor change conductor-prod", "workflow_job_templates",
                                extra_vars={"hf_setup_manage": ["integrations"]})  # fmt: skip
    approval = stage.awx.pending_approval(workflow)
    # Another one waits until the first has been decided.
    another = stage.awx.launch("Conductor change conductor-prod", "workflow_job_templates",
                               extra_vars={"hf_setup_manage": ["groups"]})  # fmt: skip
    assert (another["status"], stage.awx.nodes(another)) == ("pending", {})
    by_hand = stage.awx.launch("Conductor apply conductor-prod",
                               extra_vars={"hf_setup_manage": ["integrations"],
                                           "hf_setup_expected_plan": "0" * 64})  # fmt: skip
    stage.awx.call("POST", f"workflow_approvals/{approval['id']}/deny/", status=204)
    assert stage.awx.ended(workflow)["status"] == "failed"
    assert sorted(stage.awx.nodes(workflow)) == ["approval", "plan"]
    # Without the workflow there is no approval either.
    job = stage.awx.ended(by_hand)
    assert job["status"] == "failed"
    assert "no approved plan was given" in job["result_stdout"]
    assert stage.keys("conductor-prod") == {}


def test_a_cluster_that_changed_since_its_plan_is_left_alone(stage: Stage) -> None:
    # It has been waiting for the one that was denied.
    (workflow,) = [one for one in stage.awx.find("workflow_jobs") if one["status"] == "running"]
    approval = stage.awx.pending_approval(workflow)
    admin = stage.clusters["conductor-prod"].log_in(*KEYS["conductor-prod"])
    admin.done("PUT", "/groups/data-science", {"description": "somebody was faster", "roles": ["ADMIN"]})
    stage.awx.call("POST", f"workflow_approvals/{approval['id']}/approve/", status=204)
    assert stage.awx.ended(workflow)["status"] == "failed"
    assert "the plan is not the approved one" in stage.awx.nodes(workflow)["apply"]["result_stdout"]
    assert [group["roles"][0]["name"] for group in admin.done("GET", "/groups")] == ["ADMIN"]


def test_new_secrets_and_what_somebody_changed_are_put_right(stage: Stage) -> None:
    template = stage.awx.one("job_templates", name="Conductor plan conductor-prod")
    survey = stage.awx.call("GET", f"job_templates/{template['id']}/survey_spec/")
    stage.awx.call("POST", f"job_templates/{template['id']}/survey_spec/", {**survey, "spec": survey["spec"][:1]})
    stage.awx.call("PATCH", f"job_templates/{template['id']}/", {"ask_variables_on_launch": True})
    url = stage.clusters["conductor-prod"].url
    # What a cluster has left behind that is to go.
    known = {name: template[name] for name in ("organization", "project", "playbook", "inventory")}
    stage.awx.call("POST", "job_templates/", {**known, "name": "Conductor plan conductor-old"}, 201)
    stage.awx.call("POST", "hosts/", {"name": "conductor-old", "inventory": template["inventory"]}, 201)
    kind = stage.awx.one("credential_types", name="Orkes Conductor")["id"]
    stage.awx.call("POST", "credentials/", {"name": "Conductor conductor-old", "credential_type": kind,
                                            "organization": template["organization"], "inputs": {}}, 201)  # fmt: skip
    changed, output = stage.set_up(
        conductor_awx_clusters=[
            {
                **stage.variables["conductor_awx_clusters"][1],
                "approval": False,
                "server_url": url,
                "variables": {"hf_setup_timeout": 20},
            },
            {"name": "conductor-old", "state": "absent"},
        ],
        conductor_awx_inventory_path="",
        conductor_awx_huggingface={"token": NEW_HF_TOKEN},
        conductor_awx_rotate_credentials=True,
        conductor_awx_sliced={"slices": 5, "vault_password": VAULT_PASSWORD},
    )
    # Two credentials, the host, the job templates, the workflow, the vault's credential and the template for all, and
    # three of the old cluster.
    assert changed == 10, output
    assert not [one for kind in ("job_templates", "hosts", "credentials") for one in stage.awx.find(kind)
                if "conductor-old" in one["name"]]  # fmt: skip
    assert stage.awx.call("GET", f"job_templates/{template['id']}/survey_spec/") == survey
    assert not stage.awx.one("job_templates", name="Conductor plan conductor-prod")["ask_variables_on_launch"]
    # Without an approval there is no workflow, and the apply is launched by itself.
    assert [one["name"] for one in stage.awx.find("workflow_job_templates")] == ["Conductor change conductor-dev"]
    applied = stage.awx.one("job_templates", name="Conductor apply conductor-prod")
    assert json.loads(applied["extra_vars"]) == {"hf_setup_require_approved_plan": False}
    host = stage.awx.one("hosts", name="conductor-prod")
    assert json.loads(host["variables"]) == {"hf_setup_server_url": url, "hf_setup_timeout": 20}


def test_slices_share_out_the_clusters_whose_keys_are_in_the_vault(stage: Stage) -> None:
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    for name, (key, secret) in KEYS.items():
        kept = vault.encrypt(secret).decode().replace("\n", "\n  ")
        lines = [f"hf_setup_server_url: {stage.clusters[name].url}", f"hf_setup_auth_key: {key}",
                 "hf_setup_auth_secret: !vault |", f"  {kept}"]  # fmt: skip
        (stage.folder / "project" / "inventory" / "host_vars" / f"{name}.yml").write_text("\n".join(lines) + "\n")
    git(stage.folder / "project", "commit", "--quiet", "--all", "--message", "keys in the vault")
    workflow = stage.awx.launch("Conductor apply all", job_type="run", extra_vars={"hf_setup_manage": ["integrations"]})
    assert workflow["type"] == "workflow_job"
    ended = stage.awx.ended(workflow)
    jobs = [stage.awx.one("jobs", id=node["job"])
            for node in stage.awx.find(f"workflow_jobs/{workflow['id']}/workflow_nodes")]  # fmt: skip
    assert ended["status"] == "successful", [job["result_stdout"] for job in jobs]
    assert [(job["job_slice_number"], job["job_slice_count"]) for job in jobs] == [(1, 2), (2, 2)]
    # A limit leaves slices without a host, and those fail. Without slices there is a job.
    limited = stage.awx.launch("Conductor apply all", limit="conductor-dev", job_slice_count=1,
                               extra_vars={"hf_setup_manage": ["integrations"]})  # fmt: skip
    assert limited["type"] == "job"
    assert stage.awx.ended(limited)["status"] == "successful"
    # The token that was rotated has come through.
    assert [stage.keys(name) for name in KEYS] == [{"hf": NEW_HF_TOKEN}] * 2
    for secret in SECRETS:
        assert secret not in json.dumps(jobs)


def test_without_a_galaxy_credential_jobs_find_no_collection(stage: Stage) -> None:
    organization = stage.awx.call("POST", "organizations/", {"name": "Bare"}, 201)["id"]
    known = stage.awx.one("projects", name="Conductor")
    project = stage.awx.call("POST", "projects/", {"name": "Bare", "organization": organization, "scm_type": "git",
                                                   "scm_url": known["scm_url"]}, 201)  # fmt: skip
    stage.awx.until(project["url"], lambda one: one["scm_revision"])
    template = {"name": "Bare", "project": project["id"], "playbook": "playbooks/plan.yml",
                "inventory": stage.awx.one("inventories", name="Conductor")["id"]}  # fmt: skip
    stage.awx.call("POST", "job_templates/", template, 201)
    job = stage.awx.ended(stage.awx.launch("Bare"))
    assert job["status"] == "failed"
    assert "orkes.conductor.site" in job["result_stdout"]
    (update,) = stage.awx.find("project_updates", project=project["id"])
    assert "no Galaxy credential" in update["result_stdout"]


def test_it_is_all_taken_down(stage: Stage) -> None:
    stage.set_up("--extra-vars", "conductor_awx_state=absent")
    for kind in ("workflow_job_templates", "workflow_job_template_nodes", "schedules", "inventories", "hosts"):
        assert stage.awx.find(kind) == []
    assert [one["name"] for one in stage.awx.find("job_templates")] == ["Bare"]
    assert [one["name"] for one in stage.awx.find("credentials")] == ["Ansible Galaxy"]
    assert not [one for one in stage.awx.find("credential_types") if not one["managed"]]
    # What is gone is gone, and somebody with a password may ask for it, too.
    stage.variables["conductor_awx_clusters"] = stage.variables["conductor_awx_clusters"][:1]
    changed, output = stage.set_up(
        conductor_awx_state="absent", conductor_awx_host=stage.awx.url, conductor_awx_username=USER,
        conductor_awx_password=PASSWORD,
    )  # fmt: skip
    assert changed == 0, output
    changed, output = stage.set_up(conductor_awx_state="absent", conductor_awx_organization="Nowhere")
    assert changed == 0, output


def test_a_declaration_that_could_mean_something_else_is_refused(stage: Stage) -> None:
    before = stage.awx.writes()
    for clusters, text in (([{"name": "7"}, {"name": "all"}], "that is no number"),
                           ([{"name": "a", "server_url": "https://a.example.com"}], "belong there")):  # fmt: skip
        # A text that Ansible would read as key=value, in place of a mapping.
        _changed, output = stage.set_up(
            "-vvv", failing=True, conductor_awx_clusters=clusters, conductor_awx_huggingface=f"{HF_TOKEN}=",
            conductor_awx_sliced=f"{VAULT_PASSWORD}=",
        )  # fmt: skip
        assert text in " ".join(output.split())
        assert "conductor_awx_huggingface has to be a mapping" in output
    assert stage.awx.writes() == before
