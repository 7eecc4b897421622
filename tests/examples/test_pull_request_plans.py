# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the pipelines that plan pull requests do what the guide says, and take nothing but data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from module_process import environment_for_playbooks
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, SandboxProcess
from test_examples import COMMANDS, ROOT

EXAMPLE = ROOT / "examples" / "pull_request_plans"
GITHUB = {name: yaml.safe_load((EXAMPLE / "github" / f"{name}.yml").read_text())["jobs"] for name in ("plan", "apply")}
GITLAB: dict[str, Any] = yaml.safe_load((EXAMPLE / "gitlab" / "gitlab-ci.yml").read_text())
TOKEN = "hf_canary_of_the_pipelines_0123456789"
#: What only a CI service has: what it installs, shows and posts.
NOT_RUN = {"Install", "Show the plan to whoever approves it", "Post it"}


def github(workflow: str, job: str) -> list[str]:
    """The commands of a job, but for those of the service."""
    return [step["run"] for step in GITHUB[workflow][job]["steps"] if "run" in step and step["name"] not in NOT_RUN]


def gitlab(job: str) -> list[str]:
    return list(GITLAB[job]["script"])


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
    return subprocess.run(
        ["git", *named, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


class Repository:
    """The example's repository, with a sandbox as its cluster."""

    def __init__(self, sandbox: SandboxProcess, folder: Path) -> None:
        self.sandbox, self.folder, self.origin = sandbox, folder, folder / "origin"
        shutil.copytree(EXAMPLE / "repository", self.origin)
        hosts = self.origin / "inventory" / "hosts.yml"
        hosts.write_text(hosts.read_text().replace("https://conductor.prod.example.com/api", sandbox.url))
        git(self.origin, "init", "-q", "-b", "main")
        git(self.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.commit("main")

    def commit(self, branch: str) -> str:
        git(self.origin, "checkout", "-q", "-B", branch)
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-q", "--allow-empty", "-m", "change")
        return git(self.origin, "rev-parse", "HEAD")

    def request(self, path: str = "", text: str = "", *, link: str = "") -> str:
        """A request that replaces one file; returns its commit."""
        git(self.origin, "checkout", "-q", "main")
        file = self.origin / path
        if link:
            file.symlink_to(link)
        elif path:
            file.write_text(text)
        commit = self.commit("request")
        git(self.origin, "checkout", "-q", "main")
        return commit

    def job(self, name: str, commands: list[str], status: int = 0, **variables: str) -> tuple[Path, str]:
        """Run the commands of a job in a fresh clone of the protected branch, as the service does."""
        place = self.folder / name
        git(self.folder, "clone", "-q", "--depth", "1", self.origin.as_uri(), str(place))
        for kept in self.folder.glob("artifact/*"):
            shutil.copytree(kept, place / kept.name)
        environment = environment_for_playbooks(
            EXAMPLE,
            "",
            ANSIBLE_LOCAL_TEMP=str(self.folder / "local"),
            ANSIBLE_HOME=str(self.folder / "ansible"),
            CONDUCTOR_AUTH_KEY=ADMIN_KEY,
            CONDUCTOR_AUTH_SECRET=ADMIN_SECRET,
            HF_TOKEN=TOKEN,
            **variables,
        )
        environment["PATH"] = os.pathsep.join([str(COMMANDS), environment.get("PATH", os.defpath), os.environ["PATH"]])
        finished = subprocess.run(
            ["bash", "-e", "-c", "\n".join(commands)],
            cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert finished.returncode == status, finished.stdout
        assert TOKEN not in finished.stdout and ADMIN_SECRET not in finished.stdout
        return place, finished.stdout

    def writes(self) -> int:
        return int(self.sandbox.control("GET", "/log/summary")["writes"])


@pytest.fixture
def repository(sandbox: SandboxProcess, tmp_path: Path) -> Repository:
    return Repository(sandbox, tmp_path)


def test_both_services_run_the_same_commands():
    assert gitlab("plan_request")[1:] == github("plan", "plan")
    assert gitlab("plan") == github("apply", "plan")
    assert gitlab("apply") == github("apply", "apply")
    commands = "".join([*github("plan", "plan"), *github("apply", "plan"), *github("apply", "apply")])
    assert "${{" not in commands, "a text of a request in a command is a command"


def test_secrets_are_kept_from_requests():
    text = (EXAMPLE / "github" / "plan.yml").read_text()
    assert "ref:" not in text, "nothing of the request may be checked out"
    jobs = {f"{name}/{job}": steps for name, found in GITHUB.items() for job, steps in found.items()}
    with_secrets = {name for name, job in jobs.items() if "secrets." in json.dumps(job)}
    assert with_secrets == {"plan/plan", "apply/plan", "apply/apply"}
    assert {name: jobs[name]["environment"] for name in sorted(with_secrets)} == {
        "apply/apply": "conductor-apply", "apply/plan": "conductor-plan", "plan/plan": "conductor-plan"
    }  # fmt: skip
    for name, job in jobs.items():
        for step in job["steps"]:
            assert "uses" not in step or step["uses"].partition("@")[2].count(".") == 2, f"{name}: pin {step['uses']}"
    for name in ("plan_request", "plan", "comment", "apply"):
        assert all(
            rule.get("when") == "never" or "$CI_COMMIT_REF_PROTECTED" in rule["if"] for rule in GITLAB[name]["rules"]
        ), name


MALICIOUS = {
    "template": ("data/production.yml", "groups: [{name: \"{{ lookup('pipe', 'id') }}\"}]\n", "a template is no data"),
    "block": ("data/production.yml", "groups: [{name: '{% raw %}'}]\n", "a template is no data"),
    "server": ("data/production.yml", "hf_setup_server_url: https://evil.example.com\n", "alone"),
    "tag": ("data/production.yml", "groups: !!python/object/apply:os.system [id]\n", "not determine a constructor"),
    "key": ("data/production.yml", "integrations: [{name: a, api_key: b}]\n", "api_key is not for requests"),
    "bomb": ("data/production.yml", "groups: &a [1]\nintegrations: *a\n", "are not taken"),
    "name": ("data/../x.yml", "", None),
    "ending": ("data/production.yaml", "groups: []\n", "is no plain file"),
    "twice": ("data/production.yml", "groups: [{name: x, name: y}]\n", "a key is there twice"),
    "deep": ("data/production.yml", "groups: " + "[" * 20_000 + "\n", "nested too deeply"),
    "digits": ("data/production.yml", "groups: [{name: " + "9" * 9_000 + "}]\n", "production: "),
    "nothing": ("data/production.yml", "groups: [{name: .nan}]\n", "this is no number"),
    "half": ("data/production.yml", 'groups: [{name: "\\ud800"}]\n', "this is no text"),
    "text": ("data/production.yml", "integrations: hello\n", "are lists"),
    "dash": ("data/-x.yml", "groups: []\n", "is no plain file"),
    "large": ("data/production.yml", "groups: []\n" + "#" * 1_000_000, "is larger than"),
}  # fmt: skip


def test_nothing_but_data_is_taken(repository):
    refused = 0
    take = github("plan", "plan")[:1]
    for name, (path, text, told) in MALICIOUS.items():
        if told is None:
            continue
        place, output = repository.job(name, take, status=1, REQUEST_COMMIT=repository.request(path, text))
        assert told in output, output
        assert "Traceback" not in output, output
        assert not (place / "taken").exists()
        refused += 1
    link = repository.request("data/other.yml", link="/proc/self/environ")
    assert "is no plain file" in repository.job("link", take, status=1, REQUEST_COMMIT=link)[1]
    assert "usage" in repository.job("option", take[0].splitlines()[1:], status=1, REQUEST_COMMIT="--output=x")[1]
    # What else a request brings along is not taken, and not run.
    other = repository.request("take_data.py", "raise SystemExit('run')")
    place, _output = repository.job("other", take, REQUEST_COMMIT=other)
    assert (place / "taken" / "production.json").exists()
    assert (refused, repository.writes()) == (15, 0)


def test_a_request_is_planned_and_what_was_approved_is_applied(repository):
    data = (EXAMPLE / "repository" / "data" / "production.yml").read_text()
    changed = data.replace("groups:", "groups:\n  - name: auditors\n    description: They audit", 1)
    commit = repository.request("data/production.yml", changed)
    place, _output = repository.job("request", github("plan", "plan"), REQUEST_COMMIT=commit)
    page = (place / "plan.md").read_text()
    assert page.startswith("## Plan for production\n") and "group auditors: description" in page
    assert repository.writes() == 0

    # It is merged, planned once more, approved, and applied.
    git(repository.origin, "merge", "-q", "request")
    place, _output = repository.job("merged", github("apply", "plan"))
    digest = json.loads((place / "plans" / "production.json").read_text())["digest"]
    assert f"Digest: `{digest}`" in page, "the request showed the same plan"
    (repository.folder / "artifact").mkdir()
    shutil.copytree(place / "plans", repository.folder / "artifact" / "plans")

    # Another plan than the approved one is refused.
    admin = repository.sandbox.log_in()
    admin.done("PUT", "/groups/data-science", {"description": "", "roles": ["USER"]})
    written = repository.writes()
    (repository.origin / "data" / "production.yml").write_text(changed.replace("They audit", "They do not"))
    repository.commit("main")
    _place, output = repository.job("stale", github("apply", "apply"), status=2)
    assert "the plan is not the approved one" in output and "They do not" in output
    assert repository.writes() == written

    git(repository.origin, "revert", "--no-edit", "HEAD")
    _place, output = repository.job("apply", github("apply", "apply"))
    described = {group["id"]: group["description"] for group in repository.sandbox.log_in().done("GET", "/groups")}
    assert described["auditors"] == "They audit"
