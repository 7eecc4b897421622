# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox whose key is a canary, and the real Ansible at its most talkative."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("canary", "modules", "sandbox")]

from canaries import CANARIES, play_of  # noqa: E402
from echo_server import TOKEN, EchoServer  # noqa: E402
from module_process import ROOT, environment_for_playbooks, interpreter  # noqa: E402
from playbook_process import Playbooks  # noqa: E402
from sandbox_process import SandboxProcess  # noqa: E402
from search import Processes, Search  # noqa: E402

COMMANDS = Path(sys.executable).parent


@dataclass
class Watch:
    """Runs playbooks and searches everything they leave.

    Attributes:
        folder: Everything that a run can leave.
        secrets: The secrets to look for.
        collection: The collection, if it is not the checkout.
        variables: Further environment variables.
        output: What the last run printed.
        playbooks: What forks runs and modules, if it is the same whether they are started: where what a server answers
            is in question. Modules are piped then, so no file and no argument of a process comes about by them.
    """

    folder: Path
    secrets: dict[str, str]
    collection: Path = ROOT
    variables: dict[str, str] = field(default_factory=dict)
    output: str = ""
    playbooks: Playbooks | None = None

    def run(self, file: Path, inventory: str = "localhost,", status: int | None = None) -> str:
        """Run a playbook and claim that no secret is anywhere."""
        home = self.folder / "home"
        place = self.folder / "collections" / "ansible_collections" / "orkes"
        if not place.exists():
            place.mkdir(parents=True)
            (place / "conductor").symlink_to(self.collection)
        for name in ("temporary", "home"):
            (self.folder / name).mkdir(exist_ok=True)
        environment = environment_for_playbooks(
            TESTS / "examples" / "callback_plugins", "results", self.collection,
            HOME=str(home), TMPDIR=str(self.folder / "temporary"),
            ANSIBLE_COLLECTIONS_PATH=str(self.folder / "collections"), ANSIBLE_HOME=str(home / ".ansible"),
            ANSIBLE_LOG_PATH=str(self.folder / "ansible.log"), ANSIBLE_REMOTE_TMP=str(self.folder / "remote"),
            RESULTS_FILE=str(self.folder / "results.json"), ANSIBLE_NOCOLOR="1",
            **{f"CANARY_{name.upper()}": value for name, value in self.secrets.items()}, **self.variables,
        )  # fmt: skip
        search = Search(self.secrets)
        words = ["-vvvv", "--diff", "-i", inventory, str(file)]
        with Processes(search) as processes:
            if self.playbooks:
                environment["ANSIBLE_PIPELINING"] = "1"
                ended, self.output = self.playbooks.run(words, environment=environment, folder=self.folder, timeout=300)
                outputs = {"output": self.output.encode()}
            else:
                finished = subprocess.run(
                    [COMMANDS / "ansible-playbook", *words],
                    env=environment, cwd=self.folder, capture_output=True, timeout=300, check=False,
                )  # fmt: skip
                ended, outputs = finished.returncode, {"output": finished.stdout, "error output": finished.stderr}
                self.output = (finished.stdout + finished.stderr).decode(errors="replace")
        found = [f"{name} in the {place}" for place, text in outputs.items() for name in search.text(text)]
        found += search.folder(self.folder) + sorted(processes.found)
        assert not found, "\n".join(found)
        assert (self.folder / "ansible.log").stat().st_size, "Ansible's log was not watched"
        assert any(b"AnsiballZ" in arguments for arguments in processes.seen) or status is not None, (
            "nothing was watched"
        )
        if status is not None:
            assert ended == status, self.output[-3000:]
        return self.output

    def results(self) -> dict[str, Any]:
        """Return the tasks' results by name."""
        answers: dict[str, Any] = json.loads((self.folder / "results.json").read_text())
        return answers

    def play(self, *tasks: dict[str, Any], url: str, key: str = "key", token: bool = False) -> Path:
        """Write a playbook of tasks that may all fail."""
        return self.book(play_of(*tasks, url=url, key=key, token=token))

    def book(self, *plays: dict[str, Any]) -> Path:
        """Write a playbook; the names of all its tasks have to differ for their results to be told apart."""
        file = self.folder / "canary.yml"
        file.write_text(yaml.safe_dump(list(plays), sort_keys=False))
        return file


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """The sandbox that all tests share."""
    started = SandboxProcess(python=interpreter("SANDBOX_PYTHON"))
    yield started
    started.stop()


@dataclass
class Cluster:
    """A sandbox with a key whose secret is a canary."""

    sandbox: SandboxProcess
    key: str
    secrets: dict[str, str]


@pytest.fixture
def cluster(shared: SandboxProcess) -> Cluster:
    """The shared sandbox with an administrator's key of its own, and people."""
    shared.control("POST", "/reset")
    admin = shared.log_in()
    application = admin.done("POST", "/applications", {"name": "canary"})["id"]
    admin.done("POST", f"/applications/{application}/roles/ADMIN")
    key = admin.done("POST", f"/applications/{application}/accessKeys")
    token = shared.log_in(key["id"], key["secret"]).token
    assert token is not None
    admin.done("PUT", "/users/ana@example.com", {"name": "Ana", "roles": ["USER"]})
    own = {"account": "canary", "organizations": [{"name": "acme"}], "token": CANARIES["hf_token"]}
    own["global_permissions"] = ["inference.endpoints.read", "inference.endpoints.write"]
    shared.control("PUT", "/huggingface/tokens/canary", own)
    return Cluster(shared, key["id"], {**CANARIES, "auth_secret": key["secret"], "auth_token": token})


@pytest.fixture
def own_place() -> Iterator[Path]:
    """A folder for everything that a run can leave; its path is short, since Ansible puts a socket there."""
    with tempfile.TemporaryDirectory(prefix="canary-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def same_place() -> Iterator[Path]:
    """The one folder of the tests that use no other: runs with the same settings are forked of one process."""
    with tempfile.TemporaryDirectory(prefix="canary-") as folder:
        yield Path(folder)


@pytest.fixture
def place(same_place: Path) -> Path:
    """The same folder, with nothing in it that an earlier test left."""
    for path in same_place.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name == "ansible.log":
            # What runs are forked of has it open.
            os.truncate(path, 0)
        else:
            path.unlink()
    return same_place


@pytest.fixture(scope="session")
def playbooks() -> Iterator[Playbooks]:
    """Forks runs of playbooks and their modules."""
    started = Playbooks()
    yield started
    started.stop()


@pytest.fixture
def watch(cluster: Cluster, place: Path) -> Watch:
    """Runs playbooks with the cluster's secrets."""
    return Watch(place, cluster.secrets)


@pytest.fixture
def echo() -> Iterator[Any]:
    """Starts servers that say back what they are sent."""
    started: list[EchoServer] = []

    def begin(**options: Any) -> str:
        started.append(EchoServer(**options))
        return started[-1].url

    yield begin
    for server in started:
        server.stop()


@pytest.fixture
def echo_watch(place: Path) -> Watch:
    """Runs playbooks with secrets for a server that says them back."""
    secrets = {
        **CANARIES,
        "auth_secret": "Canary/Secret+3?&=%\"'é~0123456789",
        "auth_token": "Canary/Token+4.~0123456789",
    }
    return Watch(place, {**secrets, "token of the login": TOKEN}, variables={})


@pytest.fixture
def broken_collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the collection that crashes with a secret in its hands."""
    folder = tmp_path_factory.mktemp("broken") / "conductor"
    folder.mkdir()
    for name in ("plugins", "meta"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "galaxy.yml", folder)
    for name, function in (
        ("_resource_integration", "integration_body"), ("_resource_model", "model_body"),
        ("_resource_group", "group_body"), ("_resource_application", "plan_application"),
        ("_access_key_steps", "write_key_file"), ("_smoke_test", "check_application"),
        ("_grants", "grant_steps"), ("_caller", "caller_from"),
        ("_resource_endpoint", "endpoint_problems"), ("_resource_endpoint", "shown_endpoint"),
        ("_huggingface_account", "namespaces_from"),
        ("_resource_token_rotation", "find_token"), ("_resource_offboarding", "offboarding_lines"),
        ("_information", "read_integrations"), ("_information", "read_groups"), ("_information", "read_permissions"),
        ("_information", "read_applications"), ("_information", "read_users"),
        ("_huggingface_models", "read_hub_models"), ("_planning_module", "planned_result"),
    ):  # fmt: skip
        file = folder / "plugins" / "module_utils" / f"{name}.py"
        crash = f"\n\ndef {function}(*arguments):\n    raise RuntimeError(repr([repr(vars(one)) "
        file.write_text(
            file.read_text() + crash + "if hasattr(one, '__dict__') else repr(one) for one in arguments]))\n"
        )
    return folder
