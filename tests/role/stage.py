# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the role's playbooks as a user does, and says what came of it."""

from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from module_process import environment_for_playbooks
from playbook_process import Playbooks
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, Client, SandboxProcess

CALLBACKS = Path(__file__).with_name("callback_plugins")
COMMANDS = Path(sys.executable).parent
SECONDS = 180
KEY = "hf_canary_of_the_role_0123456789"
SECRETS = (KEY, ADMIN_SECRET)

FATAL = re.compile(r"^(?:fatal|failed): \[(?P<host>[^\]]+)\].*? => (?P<result>\{.*\})$", re.MULTILINE)
RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=\d+\s+changed=(?P<changed>\d+)\s+unreachable=0\s+failed=(?P<failed>\d+)", re.M
)
SAID = re.compile(r"^ok: \[(?P<host>[^\]]+)\] => \{\s*\"msg\": (?P<lines>\[\n.*?\n    \])", re.MULTILINE | re.DOTALL)

INTEGRATION: dict[str, Any] = {
    "name": "hf",
    "api_key": KEY,
    "namespace": "acme",
    "models": [
        {"name": "meta-llama/Llama-3.1-8B-Instruct", "endpoint": "https://llama.example.com", "active": False},
        {"name": "plain", "endpoint": "https://plain.example.com"},
    ],
}
GROUP: dict[str, Any] = {
    "name": "users",
    "roles": ["USER"],
    "permissions": [{"integration": "hf", "all_models": True, "access": ["READ", "EXECUTE"]}],
}
#: What one cluster should hold.
ESTATE: dict[str, Any] = {"hf_setup_integrations": [INTEGRATION], "hf_setup_groups": [GROUP]}
TARGETS = ["hf", "hf:meta-llama/Llama-3.1-8B-Instruct", "hf:plain"]


@dataclass
class Run:
    """One run of ansible-playbook.

    Attributes:
        status: Exit status.
        output: All that it printed.
    """

    status: int
    output: str

    @property
    def changed(self) -> dict[str, int]:
        """How many tasks of each host changed something."""
        return {match["host"]: int(match["changed"]) for match in RECAP.finditer(self.output)}

    @property
    def messages(self) -> dict[str, str]:
        """Why each host that failed did; that it did is said once more in the end."""
        told = [(match["host"], json.loads(match["result"])["msg"]) for match in FATAL.finditer(self.output)]
        return {host: message for host, message in told if not message.startswith("See above. It failed")}

    @property
    def summary(self) -> list[str]:
        """How the clusters ended, in the words of the play."""
        return next(
            lines
            for match in SAID.finditer(self.output)
            if (lines := json.loads(match["lines"])) and re.match(r"\d+ clusters: ", lines[0])
        )

    def said(self, host: str = "one") -> list[str]:
        """What the role said in the end."""
        said = [json.loads(match["lines"]) for match in SAID.finditer(self.output) if match["host"] == host]
        return [lines for lines in said if not re.match(r"\d+ clusters: ", lines[0])][-1]


class Stage:
    """Two clusters, and playbooks that run against them.

    Args:
        clusters: The clusters.
        folder: Where inventories are written.
        playbooks: Runs playbooks.
    """

    def __init__(self, clusters: tuple[SandboxProcess, SandboxProcess], folder: Path, playbooks: Playbooks) -> None:
        self.clusters = clusters
        self.playbooks = playbooks
        #: Whether runs verify; it takes a third of their time, and has tests of its own.
        self.verify = False
        self.folder = folder

    def host(self, number: int = 0, **variables: Any) -> dict[str, Any]:
        """The variables of a host that stands for one of the clusters, with everything that one may need."""
        given = {
            "hf_setup_server_url": self.clusters[number].url,
            "hf_setup_auth_key": ADMIN_KEY,
            "hf_setup_auth_secret": ADMIN_SECRET,
            "hf_setup_verify": self.verify,
            **copy.deepcopy(ESTATE),
            **variables,
        }
        return {name: value for name, value in given.items() if value is not ...}

    def admin(self, number: int = 0) -> Client:
        """A client with the role ADMIN."""
        return self.clusters[number].log_in()

    def play(
        self, hosts: dict[str, dict[str, Any]], *options: str, playbook: str | Path = "orkes.conductor.site",
        environment: dict[str, str] | None = None,
    ) -> Run:  # fmt: skip
        """Run a playbook; whatever comes of it, no secret may be in what it prints."""
        inventory = self._inventory(hosts)
        status, output = self.playbooks.run(
            ["-i", inventory, playbook, *options],
            environment=self._variables(environment or {}), folder=self.folder, timeout=SECONDS,
        )  # fmt: skip
        return self._run(status, output)

    def start(
        self, hosts: dict[str, dict[str, Any]], *options: str, playbook: str | Path = "orkes.conductor.site",
        environment: dict[str, str] | None = None, inventory: str = "inventory",
    ) -> subprocess.Popen[str]:  # fmt: skip
        """Start a playbook, in a session of its own, so that it can be killed with all that it starts."""
        return subprocess.Popen(
            [COMMANDS / "ansible-playbook", "-i", self._inventory(hosts, inventory), playbook, *options],
            env=self._variables(
                environment or {},
                ANSIBLE_HOME=str(self.folder / "ansible"),
                ANSIBLE_LOCAL_TEMP=str(self.folder / "temporary"),
            ),
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def ended(self, play: subprocess.Popen[str]) -> Run:
        """Wait until a playbook that was started has ended, and return how."""
        try:
            output, _nothing = play.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(play.pid, signal.SIGKILL)
            play.communicate()
            raise
        return self._run(play.returncode, output)

    def _inventory(self, hosts: dict[str, dict[str, Any]], name: str = "inventory") -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"all": {"hosts": hosts}}))
        return path

    @staticmethod
    def _variables(environment: dict[str, str], **more: str) -> dict[str, str]:
        callbacks = "meddle" if "MEDDLE" in environment else ""
        return environment_for_playbooks(CALLBACKS, callbacks, ANSIBLE_PIPELINING="1", **more, **environment)

    @staticmethod
    def _run(status: int, output: str) -> Run:
        for secret in SECRETS:
            assert secret not in output, "a secret was printed"
        return Run(status, output)

    def build(self, number: int = 0, *, members: tuple[str, ...] = ()) -> Client:
        """Make one cluster what ESTATE declares, in a fraction of the time that the role takes."""
        # The server shows keys, so that a run knows that this one has its key already.
        self.clusters[number].settings(secrets="clear")
        admin = self.admin(number)
        admin.integration("hf", configuration={"api_key": KEY, "namespace": "acme"})
        for model in INTEGRATION["models"]:
            configuration = {"endpoint": model["endpoint"]}
            admin.model("hf", model["name"], enabled=model.get("active", True), configuration=configuration)
        admin.done("PUT", "/groups/users", {"description": "", "roles": ["USER"]})
        for user in members:
            admin.done("PUT", f"/users/{user}", {"name": user, "roles": ["USER"]})
            admin.done("POST", f"/groups/users/users/{user}")
        for target in TARGETS:
            kind = "INTEGRATION" if ":" in target else "INTEGRATION_PROVIDER"
            admin.grant(("GROUP", "users"), (kind, target), "READ", "EXECUTE")
        return admin

    def site(self, *options: str, **variables: Any) -> Run:
        """Run the site on one host, which has to succeed."""
        run = self.play({"one": self.host(**variables)}, *options)
        assert run.status == 0, run.output
        return run

    def refuses(self, hosts: dict[str, dict[str, Any]], *texts: str, **how: Any) -> Run:
        """Run a playbook, which has to fail on each host with these texts, before anything is written anywhere."""
        before = [self.writes(number) for number in (0, 1)]
        run = self.play(hosts, *how.pop("options", ()), **how)
        assert run.status != 0, run.output
        assert run.messages, run.output
        for message in run.messages.values():
            for text in texts:
                assert text in message, run.output
        assert [self.writes(number) for number in (0, 1)] == before
        return run

    def writes(self, number: int = 0) -> int:
        """How many writing requests a cluster has seen."""
        return int(self.clusters[number].control("GET", "/log/summary")["writes"])

    def models(self, number: int = 0, integration: str = "hf") -> dict[str, bool]:
        """The models of an integration, and whether they are enabled."""
        found = self.admin(number).done("GET", f"/integrations/provider/{integration}/integration?activeOnly=false")
        return {model["api"]: model["enabled"] for model in found}

    def integrations(self, number: int = 0) -> list[str]:
        """The names of the integrations."""
        found = self.admin(number).done("GET", "/integrations/provider?category=AI_MODEL&activeOnly=false")
        return sorted(provider["name"] for provider in found)

    def groups(self, number: int = 0) -> list[str]:
        """The names of the groups."""
        return sorted(group["id"] for group in self.admin(number).done("GET", "/groups"))

    def grants(self, group: str = "users", number: int = 0) -> dict[str, list[str]]:
        """What a group may do, by target."""
        found = self.admin(number).done("GET", f"/groups/{group}/permissions")["grantedAccess"]
        return {grant["target"]["id"]: sorted(grant["access"]) for grant in found}


def meddling(stage: Stage, task: str, time: int, method: str, path: str, body: Any = None) -> dict[str, str]:
    """The environment of a run in which somebody sends a request before a task."""
    admin = stage.admin()
    order = {"task": task, "time": time, "method": method, "url": stage.clusters[0].url + path, "body": body}
    return {"MEDDLE": json.dumps({**order, "token": admin.token})}
