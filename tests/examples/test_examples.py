# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of every module and filter is run, in check mode and for real; and so is the README's inventory."""

from __future__ import annotations

import ast
import copy
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "sandbox"))

from sandbox_process import ADMIN_KEY, ADMIN_SECRET, Client, SandboxProcess  # noqa: E402

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
VARIABLES = {
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "vault_hf_token": "hf_exampleToken00000000000000000000000",
    "vault_conductor_auth_secret": ADMIN_SECRET,
}


def _people(client: Client) -> None:
    for person in ("ana@example.com", "ben@example.com"):
        client.done("PUT", f"/users/{person}", {"name": person, "roles": ["USER"]})


def _nothing(_client: Client) -> None:
    pass


def _integration(client: Client) -> None:
    client.integration("hf-prod")


def _model_and_groups(client: Client) -> None:
    _people(client)
    _integration(client)
    client.model("hf-prod", LLAMA)
    for group in ("data-science", "auditors"):
        client.done("PUT", f"/groups/{group}", {"description": group, "roles": []})
    client.done("POST", "/groups/data-science/users/ana@example.com")
    client.grant(("GROUP", "auditors"), ("WORKFLOW_DEF", "nightly_summary"), "READ")


#: What has to be there before the examples of a module. A module without an entry fails the test.
SEEDS: dict[str, Callable[[Client], None]] = {
    "conductor_group": _people,
    "conductor_group_info": _model_and_groups,
    "conductor_group_permission": _model_and_groups,
    "conductor_permission_info": _model_and_groups,
    "conductor_server_info": _nothing,
    "hf_integration": _nothing,
    "hf_integration_info": _model_and_groups,
    "hf_model": _integration,
}

#: Variables that the examples of a filter speak of.
FILTER_VARIABLES: dict[str, dict[str, Any]] = {
    "hf_setup_cluster_problems": {},
    "hf_setup_estate": {"hf_setup_integrations": [], "hf_setup_groups": []},
    "hf_setup_outcome": {
        "integrations_result": {
            "changed": False,
            "changes": [],
            "summary": {"created": 0, "updated": 0, "deleted": 0, "unchanged": 1, "failed": 0, "skipped": 0},
        }
    },
}


def text_of(path: Path, name: str) -> str:
    """Return a text constant of a Python file."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == name:
            return str(ast.literal_eval(statement.value))
    raise AssertionError(f"{path} has no {name}")


def plugins(kind: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / "plugins" / kind).glob("*.py") if not path.stem.startswith("_"))


def examples(kind: str, name: str) -> list[dict[str, Any]]:
    return yaml.safe_load(text_of(ROOT / "plugins" / kind / f"{name}.py", "EXAMPLES"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    started = SandboxProcess("--organization", "acme", python=os.environ["SANDBOX_PYTHON"])
    yield started
    started.stop()


def play(folder: Path, plays: list[dict[str, Any]]) -> str:
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False))
    return ansible_playbook(path, "-i", "localhost,")


def ansible_playbook(*arguments: str | Path) -> str:
    finished = subprocess.run(
        ["ansible-playbook", *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def local_play(sandbox: SandboxProcess, tasks: list[dict[str, Any]], variables: dict[str, Any]) -> dict[str, Any]:
    connection = {"server_url": sandbox.url, "auth_key": ADMIN_KEY, "auth_secret": ADMIN_SECRET}
    return {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {**VARIABLES, **variables},
        "module_defaults": {"group/orkes.conductor.conductor": connection},
        "tasks": tasks,
    }


def writes_of(sandbox: SandboxProcess, register: str) -> dict[str, Any]:
    return {
        "ansible.builtin.uri": {
            "url": f"{sandbox.root}/sandbox-control/log/summary",
            "headers": {"X-Sandbox-Control": "1"},
            "use_proxy": False,
        },
        "register": register,
    }


def tried_twice(sandbox: SandboxProcess, name: str, task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return tasks that run an example in check mode and for real, and hold the two against each other."""
    if f"orkes.conductor.{name}" not in task or name.endswith("_info"):
        return [task]
    predicting = {**copy.deepcopy(task), "check_mode": True, "register": "predicted"}
    applying = {**copy.deepcopy(task), "register": "applied"}
    comparison = {
        "that": ["before.json.writes == after.json.writes", "predicted.changes == applied.changes", "applied.changed"],
        "fail_msg": "{{ predicted }} {{ applied }}",
    }
    return [
        writes_of(sandbox, "before"),
        predicting,
        writes_of(sandbox, "after"),
        applying,
        {"name": f"Compare: {task['name']}", "ansible.builtin.assert": comparison},
    ]


@pytest.mark.parametrize("name", plugins("modules"))
def test_the_examples_of_a_module(sandbox, tmp_path, name):
    sandbox.control("POST", "/reset")
    SEEDS[name](sandbox.log_in())
    found = examples("modules", name)
    own = [task for task in found if f"orkes.conductor.{name}" in task]
    assert own, "a module without examples"
    tasks = [step for task in found for step in tried_twice(sandbox, name, task)]
    output = play(tmp_path, [local_play(sandbox, tasks, {})])
    for task in found:
        assert f"[{task['name']}]" in output


@pytest.mark.parametrize("name", plugins("filter"))
def test_the_examples_of_a_filter(sandbox, tmp_path, name):
    found = examples("filter", name)
    assert any(f"orkes.conductor.{name}" in str(task) for task in found)
    play(tmp_path, [local_play(sandbox, found, FILTER_VARIABLES[name])])


FENCED = re.compile(r"^```yaml\n# (?P<path>inventory/\S+?)(?::[^\n]*)?\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", ["README.md"])
def test_the_inventory_of_a_document(sandbox, tmp_path, document):
    sandbox.control("POST", "/reset")
    _people(sandbox.log_in())
    files = FENCED.findall((ROOT / document).read_text())
    assert len(files) == 2, "the document shows an inventory in two files"
    for path, text in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    here = {**VARIABLES, "hf_setup_server_url": sandbox.url, "hf_setup_auth_key": ADMIN_KEY}
    extra = tmp_path / "extra.yml"
    extra.write_text(yaml.safe_dump(here))
    arguments = ["-i", tmp_path / "inventory", "-e", f"@{extra}", "orkes.conductor.site"]
    assert "changed=0" not in ansible_playbook(*arguments, "--check", "--diff")
    assert "changed=0" not in ansible_playbook(*arguments)
    assert "changed=0" in ansible_playbook(*arguments)
