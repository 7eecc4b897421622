# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX prepares them, run by ansible-runner: with injected environment, answers of surveys, and no secret left.

Each ansible-core has its environment; ansible-runner starts the ``ansible-playbook`` of the one that comes first in
``PATH``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from argument_specifications import ROOT
from awx_layout import injected, write_job
from canaries import CANARIES
from module_process import CALLBACKS, environment_for_playbooks, interpreter
from sandbox_process import Client, SandboxProcess
from search import Search

AWX = ROOT / "extensions" / "awx"
COMMANDS = Path(sys.executable).parent
SECONDS = 300
#: A key that YAML would make the number 83 of.
KEY = "00123"
SECRETS = {"auth_secret": "Canary/Secret+3?&=%\"'~0123456789", "token": CANARIES["hf_token"]}

#: The folders of commands of every ansible-core, by its release.
CORES: dict[str, str] = json.loads(os.environ["CORES"])
OLDEST, NEWEST = (choose(CORES, key=lambda core: [int(part) for part in core.split(".")]) for choose in (min, max))

RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=\d+\s+changed=(?P<changed>\d+)\s+unreachable=0\s+failed=(?P<failed>\d+)", re.M
)

#: A project as users have it.
PROJECT = {
    "collections/requirements.yml": {"collections": ["orkes.conductor"]},
    "apply.yml": [{"name": "Apply", "ansible.builtin.import_playbook": "orkes.conductor.site"}],
}

#: What AWX took over from the inventory that is kept in the project; the token comes from the credential.
DECLARED = {
    "hf_setup_integrations": [
        {
            "name": "hf",
            "api_key": "{{ lookup('ansible.builtin.env', 'HF_TOKEN') }}",
            "namespace": "acme",
            "models": [{"name": "plain", "endpoint": "https://plain.example.com"}],
        }
    ],
}

#: As a person answers the survey: AWX hands on texts, and a list where several may be chosen.
ANSWERS = {
    "hf_setup_manage": ["integrations", "models"],
    "hf_setup_purge": "yes",
    "hf_setup_purge_limit": "10",
    "hf_setup_force": "no",
    "hf_setup_update_api_key": "on_change",
    "hf_setup_verify": "yes",
    "hf_setup_smoke_test": "no",
}


@pytest.fixture(scope="module")
def sandbox():
    started = SandboxProcess(
        "--admin-key", KEY, python=interpreter("SANDBOX_PYTHON"), SANDBOX_ADMIN_SECRET=SECRETS["auth_secret"]
    )
    yield started
    assert started.stop() == (0, "", ""), "the sandbox has to end quietly"


@dataclass
class Job:
    """A job that has ended."""

    status: str
    output: str
    artifacts: Path

    @property
    def changed(self) -> dict[str, int]:
        """How many tasks of each host changed something; a host that failed is not among them."""
        return {found["host"]: int(found["changed"]) for found in RECAP.finditer(self.output) if found["failed"] == "0"}


class Platform:
    """Runs jobs.

    Args:
        sandbox: The cluster.
        folder: For projects and jobs.
        built: Where modules are kept that were packed before, for each ansible-core by itself.
    """

    def __init__(self, sandbox: SandboxProcess, folder: Path, built: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.built = built
        self.project = folder / "project"
        for name, content in PROJECT.items():
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            (self.project / name).write_text(yaml.safe_dump(content))
        self.jobs = 0

    def credentials(self) -> dict[str, str]:
        """What both credentials bring; the form was filled in with as little as possible."""
        filled = {
            "orkes_conductor": {
                "server_url": self.sandbox.url,
                "auth_key": KEY,
                "auth_secret": SECRETS["auth_secret"],
            },
            "hugging_face": {"token": SECRETS["token"]},
        }
        environment = {}
        for name, values in filled.items():
            environment |= injected(yaml.safe_load((AWX / "credential_types" / f"{name}.yml").read_text()), values)
        return environment

    def environment(self, core: str) -> dict[str, str]:
        """What every job has in its environment, and what makes tests faster."""
        built = self.built / core
        built.mkdir(parents=True, exist_ok=True)
        return environment_for_playbooks(
            CALLBACKS, "",
            BUILT_MODULES=str(built),
            PATH=os.pathsep.join([CORES[core], os.environ["PATH"]]),
            HOME=str(self.folder),
            ANSIBLE_HOME=str(self.folder / "ansible"),
            ANSIBLE_PIPELINING="1",
            ANSIBLE_INVENTORY_UNPARSED_FAILED="True",
            ANSIBLE_RETRY_FILES_ENABLED="False",
            ANSIBLE_LOCALHOST_WARNING="False",
            JOB_ID="17",
        )  # fmt: skip

    def run(self, core: str, variables: dict[str, Any], *options: str) -> Job:
        """Run a job, and claim that nothing it leaves holds a secret."""
        self.jobs += 1
        private = self.folder / f"awx_{self.jobs}"
        # The connection comes by the credential alone.
        host = {"remote_tower_enabled": "true", "remote_tower_id": 1}
        inventory = {
            "all": {"hosts": ["conductor-dev"], "vars": DECLARED},
            "_meta": {"hostvars": {"conductor-dev": host}},
        }
        write_job(private, self.project, inventory, variables, list(options))
        injected_variables = self.credentials()
        ended = subprocess.run(
            [COMMANDS / "ansible-runner", "run", private, "--playbook", "apply.yml", "--ident", "17", "--quiet"],
            env={**self.environment(core), **injected_variables}, cwd=self.folder, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        artifacts = private / "artifacts" / "17"
        started = json.loads((artifacts / "command").read_text())
        # ansible-runner itself keeps the whole environment there, in a file of mode 0600 that AWX takes away.
        assert injected_variables.items() <= started.pop("env").items()
        assert (artifacts / "command").stat().st_mode & 0o77 == 0
        (artifacts / "command").write_text(json.dumps(started))
        assert any((artifacts / "job_events").iterdir()), ended.stderr
        search = Search(SECRETS)
        assert search.text(ended.stdout + ended.stderr) == []
        assert search.folder(private) == []
        assert search.folder(self.project) == []
        return Job((artifacts / "status").read_text(), (artifacts / "stdout").read_text(), artifacts)


@pytest.fixture
def platform(sandbox, tmp_path, tmp_path_factory):
    sandbox.control("POST", "/reset")
    return Platform(sandbox, tmp_path, tmp_path_factory.getbasetemp() / "built")


def admin_of(platform: Platform) -> Client:
    return platform.sandbox.log_in(KEY, SECRETS["auth_secret"])


def writes(platform: Platform) -> int:
    return int(platform.sandbox.control("GET", "/log/summary")["writes"])


@pytest.mark.parametrize("core", [OLDEST, NEWEST])
def test_plan_apply_and_apply_again(platform, core):
    admin = admin_of(platform)
    admin.integration("hf", configuration={"api_key": "hf_former_token_0123456789", "namespace": "acme"})
    admin.model("hf", "old", configuration={"endpoint": "https://old.example.com"})
    before = writes(platform)

    plan = platform.run(core, ANSWERS, "--check", "--diff")
    assert plan.status == "successful", plan.output
    assert '"- model hf:old"' in plan.output
    assert writes(platform) == before

    apply = platform.run(core, ANSWERS)
    assert apply.status == "successful", apply.output
    found = admin.done("GET", "/integrations/provider/hf/integration?activeOnly=false")
    assert [model["api"] for model in found] == ["plain"]
    assert platform.sandbox.control(
        "POST", "/secrets/check", {"integration": "hf", "value": SECRETS["token"]}
    )["equal"], "the credential's token is the key"  # fmt: skip

    after = writes(platform)
    again = platform.run(core, {**ANSWERS, "hf_setup_verify": "no"})
    assert again.status == "successful", again.output
    assert again.changed == {"conductor-dev": 0}
    assert writes(platform) == after


@pytest.mark.parametrize("core", CORES)
def test_a_key_of_digits_arrives_as_a_text(platform, core):
    environment = {**platform.environment(core), **platform.credentials()}
    ended = subprocess.run(
        [Path(CORES[core]) / "ansible", "localhost", "-i", "localhost,", "-c", "local",
         "-e", "ansible_python_interpreter={{ ansible_playbook_python }}",
         "-m", "orkes.conductor.conductor_server_info"],
        env=environment, cwd=platform.folder, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert '"organization": "sandbox-org"' in ended.stdout
    assert Search(SECRETS).text(ended.stdout + ended.stderr) == []


#: Answers whose text ansible-core 2.19 and newer does not keep; and a list that came as a text.
RETYPED = {"hf_setup_groups": [{"name": "00123", "description": "on"}], "hf_setup_manage": "groups"}


@pytest.mark.parametrize("core", CORES)
def test_a_name_is_kept_or_refused(platform, core):
    before = writes(platform)
    job = platform.run(core, RETYPED, "--check")
    assert writes(platform) == before
    if core == "2.16":
        assert job.status == "successful", job.output
        assert '"+ group 00123' in job.output
    else:
        assert job.status == "failed", job.output
        told = re.sub(r"\s+", " ", job.output)
        assert "Nothing was written. hf_setup_groups, item 1: name is the number 83 and no text" in told
        assert "description is the boolean true and no text" in told
        assert "put texts in quotes, and in the inventory" in told


def test_a_planted_secret_is_found(platform):
    """The search looks into what jobs leave."""
    play = {"name": "Leak", "hosts": "all", "connection": "local", "gather_facts": False}
    leak = {"name": "Leak", "ansible.builtin.debug": {"msg": "{{ lookup('ansible.builtin.env', 'HF_TOKEN') }}"}}
    (platform.project / "apply.yml").write_text(yaml.safe_dump([{**play, "tasks": [leak]}]))
    with pytest.raises(AssertionError, match="token"):
        platform.run(NEWEST, {})
