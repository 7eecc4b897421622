# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of every module's documentation is carried out: as a prediction, for real, and once more."""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from module_process import ROOT, clean_environment, collections, environment_for_playbooks
from playbook_process import Playbooks
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, HUGGING_FACE_TOKEN, SandboxProcess

COMMANDS = Path(sys.executable).parent
_FOLDER = tempfile.TemporaryDirectory(prefix="examples-")
MODULES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
#: Variables that the examples use, as an inventory would give them.
#: Modules that have to write, and so refuse check mode.
WITHOUT_CHECK_MODE = {"conductor_probe"}
VARIABLES = {"vault_hf_token": HUGGING_FACE_TOKEN, "vault_leaked_hf_token": "hf_key_that_was_there_at_first"}


def examples_of(module: Path) -> list[dict[str, Any]]:
    """The tasks of a module's EXAMPLES."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            tasks = yaml.safe_load(ast.literal_eval(node.value))
            assert isinstance(tasks, list)
            return tasks
    raise AssertionError(f"{module.name} has no EXAMPLES")


def play(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A play of these tasks."""
    return [
        {
            "name": "Examples",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable, **VARIABLES},
            "tasks": tasks,
        }
    ]


@functools.cache
def vault_password() -> Path:
    """The file with the vault's password: one for all, since runs with other settings are not forked of one process."""
    file = Path(_FOLDER.name) / "vault_password"
    file.write_text("password of the examples' vault")
    return file


def ansible(
    playbooks: Playbooks, sandbox: SandboxProcess, folder: Path, file: Path, *options: str, status: int = 0
) -> dict[str, Any]:
    """Run a playbook; returns the tasks' results by name."""
    environment = environment_for_playbooks(
        Path(__file__).with_name("callback_plugins"),
        "results",
        ANSIBLE_STDOUT_CALLBACK="ansible.builtin.default",
        ANSIBLE_PIPELINING="1",
        RESULTS_FILE=str(folder / "results.json"),
        ANSIBLE_VAULT_PASSWORD_FILE=str(vault_password()),
        CONDUCTOR_SERVER_URL=sandbox.url,
        CONDUCTOR_AUTH_KEY=ADMIN_KEY,
        CONDUCTOR_AUTH_SECRET=ADMIN_SECRET,
        **sandbox.huggingface(),
    )
    (folder / "results.json").unlink(missing_ok=True)
    words = ["-i", "localhost,", file, *options]
    ended, output = playbooks.run(words, environment=environment, folder=folder, timeout=300)
    assert ended == status, output
    answers: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return answers


def test_no_module_is_without_examples():
    assert len(MODULES) >= 5
    for module in MODULES:
        names = [task["name"] for task in examples_of(module)]
        assert names, module.stem
        assert len(set(names)) == len(names), f"two examples of {module.stem} have one name"
        used = [key for task in examples_of(module) for key in task]
        assert f"orkes.conductor.{module.stem}" in used


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_examples(module, playbooks, sandbox, tmp_path):
    tasks = examples_of(module)
    own = f"orkes.conductor.{module.stem}"
    refused = module.stem in WITHOUT_CHECK_MODE
    # Examples are by themselves what they are in their order: each is predicted right before it is carried out.
    in_order: list[dict[str, Any]] = []
    for number, task in enumerate(tasks):
        if own in task and "register" not in task and not own.endswith("_info") and not refused:
            in_order.append({**task, "name": f"check {number}", "check_mode": True, "register": f"check_{number}"})
            in_order.append({**task, "register": f"done_{number}"})
            in_order.append({**task, "name": f"again {number}", "register": f"again_{number}"})
        else:
            in_order.append(task)
    file = tmp_path / "examples.yml"
    file.write_text(yaml.safe_dump(play(tasks), sort_keys=False))
    results = ansible(playbooks, sandbox, tmp_path, file, "--check", "--diff", status=2 if refused else 0)
    assert not refused or "check mode" in str(results)
    assert sandbox.control("GET", "/log?kind=write") == [], "check mode wrote"

    file.write_text(yaml.safe_dump(play(in_order), sort_keys=False))
    results = ansible(playbooks, sandbox, tmp_path, file, "--diff")
    assert set(results) == {task["name"] for task in in_order}, "an example was left out"
    for number, task in enumerate(tasks):
        assert not results[task["name"]].get("skipped"), task["name"]
        if f"check {number}" in results:
            predicted, done, again = results[f"check {number}"], results[task["name"]], results[f"again {number}"]
            assert predicted["changes"] == done["changes"], task["name"]
            assert done["changed"], f"the example '{task['name']}' does nothing"
            assert not again["changed"], f"the example '{task['name']}' does something on every run"


# Examples in texts

FENCE = re.compile(r"^```(?:yaml|yml)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
READMES = [ROOT / "README.md", *sorted(ROOT.glob("roles/*/README.md"))]
BLOCKS = [
    (path.relative_to(ROOT).as_posix(), number, match.group("text"))
    for path in READMES if path.exists()
    for number, match in enumerate(FENCE.finditer(path.read_text()), start=1)
]  # fmt: skip


@pytest.mark.parametrize(("name", "number", "text"), BLOCKS, ids=[f"{name}-{number}" for name, number, _text in BLOCKS])
def test_yaml_in_a_readme_is_a_playbook_or_an_inventory_that_ansible_takes(name, number, text, tmp_path):
    """What is fenced as YAML has to be valid; a playbook's syntax is checked, and so are an inventory's hosts."""
    data = yaml.safe_load(re.sub(r"!vault\b", "", text))
    assert data, f"block {number} of {name} is empty"
    environment = clean_environment(ANSIBLE_COLLECTIONS_PATH=collections(), ANSIBLE_HOME=str(tmp_path))
    file = tmp_path / "block.yml"
    file.write_text(text)
    if isinstance(data, list) and any("hosts" in entry or "import_playbook" in entry for entry in data):
        command: list[str | os.PathLike[str]] = [
            COMMANDS / "ansible-playbook",
            "-i",
            "localhost,",
            "--syntax-check",
            file,
        ]
    elif isinstance(data, dict) and "all" in data:
        command = [COMMANDS / "ansible-inventory", "-i", file, "--list"]
    else:
        return
    finished = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Unable to parse" not in finished.stderr
