# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a cluster that is not even up to a working environment, whenever a run is killed; and once more from nothing."""

from __future__ import annotations

import json
import os
import random
import re
import secrets as random_source
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from module_process import ROOT, environment_for_playbooks, interpreter
from playbook_process import Playbooks, Started
from sandbox_process import ADMIN_SECRET, HUGGING_FACE_TOKEN, Client, SandboxProcess
from stage import CALLBACKS, COMMANDS, Run

sys.path.insert(0, str(Path(__file__).parents[1] / "canary"))

from search import Search

from ansible_collections.orkes.conductor.plugins.plugin_utils._key_vault import text_of

EXAMPLE = ROOT / "examples" / "bootstrap"
PASSWORD = EXAMPLE / "vault_password"
SECRET = VaultSecret(PASSWORD.read_bytes().strip())
APPLICATIONS = ["platform", "support-desk"]
MODEL = "hf:HuggingFaceTB/SmolLM2-135M-Instruct"
CONNECTION = ["hf_setup_auth_key", "hf_setup_auth_secret", "hf_setup_auth_application"]

#: How many requests a run sends at least: before it asks for keys, when only what comes after them is left, and when
#: nothing is. A run that is killed at a random one of them is not over by then.
BEFORE_KEYS, BEFORE_THE_END, READS = 52, 38, 30
#: How many of the ten kills there are, drawn anew each time; "make fire" has all ten.
KILLS = int(os.environ.get("BOOTSTRAP_KILLS", "3"))
#: Longest time for a run, which starts dozens of processes.
SECONDS = 600


@dataclass
class Environment:
    """The example's inventory, a cluster, and the folder in which Ansible is started.

    Attributes:
        playbooks: Runs playbooks.
        folder: The folder.
        url: The cluster's.
        outputs: What every run printed.
        vault: The file of the access keys.
    """

    playbooks: Playbooks
    folder: Path
    url: str
    outputs: list[str] = field(default_factory=list)
    vault: Path = Path()

    def __post_init__(self) -> None:
        """Keep the keys where the inventory says."""
        if self.vault == Path():
            self.vault = self.folder / "access_keys" / "fresh.yml"

    @property
    def page(self) -> Path:
        """The page of the hand-over."""
        return self.folder / "hand-over" / "fresh.md"

    def start(
        self, *options: str, inventory: Path = EXAMPLE / "inventory.yml", playbook: str = "bootstrap", **variables: Any
    ) -> Started:
        """Start a run, whose output can be read in a file while it runs."""
        given = {"bootstrap_url": self.url, "hf_setup_server_step": 0.5, "hf_setup_verify": False, **variables}
        words = ["-i", inventory, "--vault-password-file", PASSWORD, "-e", json.dumps(given), *options]
        environment = environment_for_playbooks(
            CALLBACKS, "", ANSIBLE_PIPELINING="1", ANSIBLE_HOME=str(self.folder / "ansible"),
            ANSIBLE_LOCAL_TEMP=str(self.folder / "temporary"), ANSIBLE_REMOTE_TMP=str(self.folder / "remote"),
        )  # fmt: skip
        output = self.folder / "output"
        output.write_text("")
        return self.playbooks.start(
            [*words, f"orkes.conductor.{playbook}"], environment=environment, folder=self.folder, timeout=SECONDS,
            output=output,
        )  # fmt: skip

    def ended(self, run: Started) -> Run:
        """Wait for the end of a run."""
        status, output = run.ended()
        self.outputs.append(output)
        return Run(status, output)

    def run(self, *options: str, **variables: Any) -> Run:
        """Run it to its end."""
        return self.ended(self.start(*options, **variables))

    def keys(self) -> dict[str, dict[str, str]]:
        """The keys in the file."""
        if not self.vault.exists():
            return {}
        assert self.vault.stat().st_mode & 0o777 == 0o600
        opened = VaultLib([("default", SECRET)]).decrypt(self.vault.read_bytes())
        found: dict[str, dict[str, str]] = yaml.safe_load(opened)["conductor_access_keys"]
        return found

    def shown(self) -> dict[str, dict[str, str]]:
        """The keys in the file, as the very command that people use shows them."""
        shown = subprocess.run(
            [COMMANDS / "ansible-vault", "view", "--vault-password-file", PASSWORD, self.vault],
            env=environment_for_playbooks(CALLBACKS, "", ANSIBLE_HOME=str(self.folder / "ansible")),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, dict[str, str]] = yaml.safe_load(shown.stdout)["conductor_access_keys"]
        return found

    def keeps_no_secret(self) -> None:
        """Claim that no secret is in what was printed or in any file, the encrypted ones among them."""
        known = {"administrator's": ADMIN_SECRET, "Hugging Face's": HUGGING_FACE_TOKEN}
        known.update({f"that of {name}": key["auth_secret"] for name, key in self.keys().items()})
        search = Search(known)
        assert search.folder(self.folder) == []
        for output in self.outputs:
            assert search.text(output) == []


def applications(admin: Client) -> dict[str, list[str]]:
    """The ids of the access keys by application; a name that is there twice fails."""
    found = admin.done("GET", "/applications")
    names = [one["name"] for one in found if one["name"] in APPLICATIONS]
    assert len(names) == len(set(names)), f"an application was made twice: {names}"
    return {
        one["name"]: [key["id"] for key in admin.done("GET", f"/applications/{one['id']}/accessKeys")]
        for one in found
        if one["name"] in APPLICATIONS
    }


def works(cluster: SandboxProcess, environment: Environment, but_for: dict[str, Any] | None = None) -> None:
    """Claim that one can log in with every key that the file holds, unless they are those of a cluster before."""
    keys = environment.keys()
    for name, key in ({} if keys == but_for else keys).items():
        client = cluster.log_in(key["auth_key"], key["auth_secret"])
        assert client.done("GET", "/token/userInfo")["id"] == f"app:{key['application_id']}", name


def is_whole(cluster: SandboxProcess, environment: Environment, killed: bool = False) -> None:
    """Claim that everything is there, once, and nothing is left over, but for the lock of a run that was killed."""
    admin = cluster.log_in()
    keys = environment.keys()
    assert applications(admin) == {name: [keys[name]["auth_key"]] for name in APPLICATIONS}
    works(cluster, environment)
    left = {path.name: path for path in environment.vault.parent.iterdir() if ".before" not in path.name}
    lock = left.pop("fresh.yml.lock", None)
    # Killed between the file of keys and the lock: the runs after it had no key to write, which would remove it.
    assert lock is None or (killed and lock.stat().st_size == 0)
    assert list(left) == ["fresh.yml"]
    held = admin.done("GET", "/groups/data-science/permissions")["grantedAccess"]
    user = f"app:{keys['support-desk']['application_id']}"
    theirs = admin.done("GET", f"/users/{user}/permissions")["grantedAccess"]
    for grants in (held, theirs):
        found = {grant["target"]["id"]: sorted(grant["access"]) for grant in grants}
        assert {target: found.get(target) for target in ("hf", MODEL)} == {
            "hf": ["EXECUTE", "READ"],
            MODEL: ["EXECUTE", "READ"],
        }
    stored = cluster.control("POST", "/secrets/check", {"integration": "hf", "value": HUGGING_FACE_TOKEN})
    assert stored == {"stored": True, "equal": True}
    page = environment.page.read_text()
    for text in (*(key["auth_key"] for key in keys.values()), MODEL, "sandbox-org", str(environment.vault)):
        assert f"`{text}`" in page


def writes(cluster: SandboxProcess) -> int:
    """How many writing requests a cluster has seen."""
    return int(cluster.control("GET", "/log/summary")["writes"])


@pytest.fixture
def cluster(clusters) -> SandboxProcess:
    """A cluster without anything."""
    clusters[0].control("POST", "/reset")
    return clusters[0]


@pytest.fixture
def late() -> Iterator[Callable[[], SandboxProcess]]:
    """Starts a cluster at an address that is known before."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []

    def start() -> SandboxProcess:
        started.append(SandboxProcess("--port", str(port), python=interpreter("SANDBOX_PYTHON")))
        return started[0]

    start.url = f"http://127.0.0.1:{port}/api"  # type: ignore[attr-defined]
    yield start
    for process in started:
        process.stop()


def test_the_guide_is_about_the_example_and_about_what_awx_gets():
    guide = (ROOT / "docs" / "docsite" / "rst" / "bootstrap.rst").read_text()
    found = [
        yaml.safe_load(textwrap.dedent(text))
        for text in re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", guide, re.MULTILINE)
    ]
    vaulted, declared, (task,) = found
    example = yaml.safe_load((EXAMPLE / "group_vars" / "all" / "main.yml").read_text())
    file = example["access_keys"]
    for application in example["hf_setup_applications"]:
        application["access_key"]["vault_file"] = file
    assert declared["hf_setup_applications"] == example["hf_setup_applications"]
    assert [declared[name] for name in CONNECTION] == [example[name] for name in CONNECTION]
    specification = yaml.safe_load((ROOT / "roles" / "hf_setup" / "meta" / "argument_specs.yml").read_text())
    assert set(declared) <= set(specification["argument_specs"]["main"]["options"])
    for name in CONNECTION[:2]:
        assert str(declared[name]).strip("{} ") in vaulted
    kind = yaml.safe_load((ROOT / "extensions" / "awx" / "credential_types" / "orkes_conductor.yml").read_text())
    credential = task["awx.awx.credential"]
    assert credential["credential_type"] == kind["name"]
    assert set(credential["inputs"]) <= {field["id"] for field in kind["inputs"]["fields"]}
    assert task["no_log"] is True
    assert task["vars"]["file"] == file


def test_from_a_cluster_that_is_not_up_to_a_model_that_answers_and_again(late, playbooks, tmp_path):
    environment = Environment(playbooks, tmp_path, late.url)
    run = environment.start("-vvv", "--diff", hf_setup_verify=True, hf_setup_smoke_test=True)
    while "Waiting for" not in (tmp_path / "output").read_text():
        assert not run.is_over, environment.ended(run).output
        time.sleep(0.05)
    cluster = late()
    cluster.settings(workflow_remote_models="answer")
    applied = environment.ended(run)
    assert applied.status == 0, applied.output
    assert f"Waiting for 127.0.0.1:{late.url.split(':')[2][:-4]} since 0.5 s: POST /api/token got no answer" in (
        applied.output
    )
    is_whole(cluster, environment)
    assert f"{MODEL} (chat) answered in" in applied.output
    assert "the key that was made by hand is not needed any more" in applied.output
    first, page = environment.keys(), environment.page.read_text()
    assert environment.shown() == first
    callers = {entry["caller"] for entry in cluster.control("GET", "/log") if entry["path"] == "/api/token/userInfo"}
    assert f"app:{first['platform']['application_id']}" in callers

    # Again, and without the key that was made by hand: nothing is left to do.
    before = writes(cluster)
    again = environment.run("-vvvv", hf_setup_auth_key="", hf_setup_auth_secret="")
    assert (again.status, again.changed, writes(cluster)) == (0, {"fresh": 0}, before), again.output
    assert environment.page.read_text() == page
    is_whole(cluster, environment)

    # So do the other playbooks log in, also those that look at nothing that is declared.
    leaving = {"playbook": "offboard", "hf_setup_offboard_applications": ["support-desk"]}
    planned = environment.run("--check", hf_setup_auth_key="", hf_setup_auth_secret="", **leaving)
    assert planned.status == 0, planned.output
    assert "application support-desk" in planned.output
    environment.keeps_no_secret()


def test_what_cannot_be_bootstrapped_is_told_at_once_and_a_plan_writes_nothing(cluster, playbooks, tmp_path):
    admin = cluster.log_in()
    application = admin.done("POST", "/applications", {"name": "by hand"})["id"]
    key = admin.done("POST", f"/applications/{application}/accessKeys")
    hosts: dict[str, dict[str, Any]] = {
        "fresh": {},
        "wrong": {"vault_first_auth_secret": "not-the-secret-of-this-key"},
        "no_admin": {"vault_first_auth_key": key["id"], "vault_first_auth_secret": key["secret"]},
        "elsewhere": {"hf_setup_expected_org": "another-org"},
        "typo": {"hf_setup_auth_application": "plattform"},
        "no_page": {"hf_setup_handover_folder": str(tmp_path / "inventory.yml" / "x")},
        "endless": {"step": 0},
    }
    (tmp_path / "host_vars").mkdir()
    for name, variables in hosts.items():
        (tmp_path / "host_vars" / f"{name}.yml").write_text(yaml.safe_dump(variables))
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": dict.fromkeys(hosts)}}))
    (tmp_path / "group_vars").symlink_to(EXAMPLE / "group_vars")
    files = sorted(path.name for path in tmp_path.iterdir())
    environment = Environment(playbooks, tmp_path, cluster.url)
    before = writes(cluster)
    run = environment.run(
        "--check", "--diff", inventory=tmp_path / "inventory.yml", hf_setup_allow_shared_server=True,
        hf_setup_server_timeout=60, hf_setup_server_step="{{ step | default(0.5) }}",
    )  # fmt: skip
    for name, text in {
        "wrong": "POST /api/token answered 401",
        "no_admin": "The key is that of by hand (no role), and a bootstrap takes the role ADMIN",
        "elsewhere": "hf_setup_expected_org in the role hf_setup) is another-org",
        "typo": "hf_setup_auth_application is plattform: declare an application of this name with the role ADMIN",
        "endless": "Nothing was written. hf_setup_server_step is 0: the least is 0.01",
        "no_page": f"Nothing was written. hf_setup_handover_folder leads to {tmp_path / 'inventory.yml' / 'x'}",
    }.items():
        assert text in run.messages[name], run.output
    assert sorted(run.messages) == sorted(set(hosts) - {"fresh"})
    assert "Waiting for" not in run.output
    told = run.said("fresh")
    assert "applications: 2 to create, 0 to update, 0 to delete, 0 unchanged" in told
    assert "access_keys: 2 to create, 0 to update, 0 to delete, 0 unchanged" in told
    assert "make it first" not in run.output, "the role makes the folder itself"
    assert writes(cluster) == before
    made = {"ansible", "output", "remote", "temporary"}
    assert sorted(path.name for path in tmp_path.iterdir() if path.name not in made) == files
    environment.keeps_no_secret()

    # Without the vault's password no key is created that nobody could keep.
    status, output = keeps_key(playbooks, cluster, tmp_path, "by hand")
    assert status == 2, output
    assert "cannot be encrypted without a vault" in output
    assert writes(cluster) == before


def keeps_key(
    playbooks: Playbooks, cluster: SandboxProcess, folder: Path, application: str, *options: Any
) -> tuple[int, str]:
    """Run a play that keeps the key of an application in keys.yml, which may replace one that is lost."""
    task = {
        "application": application, "vault_file": str(folder / "keys.yml"), "server_url": cluster.url,
        "replace_lost": True, "auth_key": "sandbox-admin", "auth_secret": ADMIN_SECRET,
    }  # fmt: skip
    play = {
        "hosts": "localhost", "connection": "local", "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [{"orkes.conductor.conductor_access_key": task}],
    }  # fmt: skip
    plain = folder / "plain" / "plain.yml"
    plain.parent.mkdir()
    plain.write_text(yaml.safe_dump([play]))
    environment = environment_for_playbooks(
        CALLBACKS, "", ANSIBLE_PIPELINING="1", ANSIBLE_HOME=str(folder / "ansible"),
        ANSIBLE_LOCAL_TEMP=str(folder / "temporary"),
    )  # fmt: skip
    words = ["-i", "localhost,", *options, plain]
    return playbooks.run(words, environment=environment, folder=plain.parent, timeout=SECONDS)


def test_what_becomes_of_a_key_that_is_replaced_and_of_its_file_is_told(cluster, playbooks, tmp_path):
    admin = cluster.log_in()
    renamed, _platform = (admin.done("POST", "/applications", {"name": name})["id"] for name in ("old", "platform"))
    key = admin.done("POST", f"/applications/{renamed}/accessKeys")
    held = {"auth_key": key["id"], "auth_secret": key["secret"], "application_id": renamed}
    vault = tmp_path / "keys.yml"
    vault.write_bytes(VaultLib([("default", SECRET)]).encrypt(text_of({"platform": held}), secret=SECRET))
    vault.chmod(0o644)
    status, output = keeps_key(playbooks, cluster, tmp_path, "platform", "--vault-password-file", PASSWORD)
    assert status == 0, output
    # Ansible breaks the lines of a warning.
    told = "".join(output.split())
    (before,) = tmp_path.glob("keys.yml.*.before")
    for text in (
        f"the key {key['id']}, which is kept for it, belongs to the application with id {renamed}, which has the name "
        "old now, and still lets in whoever has it",
        f"{vault} had the permissions 0644",
        f"the file as it was before is kept as {before}",
    ):
        assert "".join(text.split()) in told, output
    assert key["secret"] not in told
    assert [path.stat().st_mode & 0o777 for path in (vault, before)] == [0o600, 0o600]


def replaces(environment: Environment, first: dict[str, dict[str, str]], output: str) -> None:
    """Claim that a run has noticed that keys were those of a cluster that is gone, and has kept them."""
    assert not {key["auth_key"] for key in first.values()} & {key["auth_key"] for key in environment.keys().values()}
    kept = [
        Environment(environment.playbooks, environment.folder, "", vault=path).keys()
        for path in environment.vault.parent.glob("fresh.yml.*.before")
    ]
    assert first in kept, "what was there before was not kept"
    assert "The key of platform in access_keys/fresh.yml is put aside" in output


def test_a_run_that_is_killed_is_ended_by_the_next_one_also_on_a_cluster_that_was_built_anew(
    cluster, playbooks, tmp_path
):
    seed = int(os.environ.get("BOOTSTRAP_SEED") or random_source.randbelow(10**6))
    print(f"BOOTSTRAP_SEED={seed}")
    chance = random.Random(seed)
    environment = Environment(playbooks, tmp_path, cluster.url)

    def asked() -> int:
        summary = cluster.control("GET", "/log/summary")
        return int(summary["reads"]) + int(summary["writes"])

    def number_of_keys() -> int:
        return sum(len(keys) for keys in applications(cluster.log_in()).values())

    def changes(value: Callable[[], Any]) -> Callable[[], bool]:
        before = value()
        return lambda: bool(value() != before)

    def request(below: int) -> tuple[str, Callable[[], bool]]:
        number = chance.randrange(1, below)
        wanted = asked() + number
        return f"request {number}", lambda: asked() >= wanted

    # What matters most comes about in moments that hardly any number of requests would meet.
    moments: dict[str, Callable[[], Any]] = {
        "a journal": lambda: any((tmp_path / "access_keys").glob("*.pending")),
        "a key": number_of_keys,
        "the file of keys": lambda: environment.vault.exists() and environment.vault.stat().st_mtime_ns,
    }
    # Each may be left out: without it, the next run only has more to do.
    drawn = set(chance.sample(range(10), KILLS))
    kills = iter(range(10))
    killed: list[str] = []
    first: dict[str, dict[str, str]] = {}
    # The second round is on a cluster that was built anew, with the files of the first one still there.
    for moment in ("a key", "a journal"):
        cluster.control("POST", "/reset")
        outputs = len(environment.outputs)
        for what in (BEFORE_KEYS, moment, "the file of keys", BEFORE_THE_END, READS):
            if next(kills) not in drawn:
                continue
            title, reached = request(what) if isinstance(what, int) else (what, changes(moments[what]))
            run = environment.start()
            while not reached() and not run.is_over:
                time.sleep(0.005)
            playbooks.kill()
            killed.append(title)
            assert environment.ended(run).status == -signal.SIGKILL, f"it ended before it was killed at {killed}"
            # Whatever was left: no application twice, and no key in the file that does not work.
            applications(cluster.log_in())
            works(cluster, environment, but_for=first)
        ended = environment.run()
        assert ended.status == 0, f"killed at {killed}: {ended.output}"
        is_whole(cluster, environment, killed=True)
        if first:
            replaces(environment, first, "".join(environment.outputs[outputs:]))
        first = environment.keys()
    environment.keeps_no_secret()
    assert len(killed) == KILLS
    print(f"{KILLS} kills, BOOTSTRAP_SEED={seed}: {killed}")
