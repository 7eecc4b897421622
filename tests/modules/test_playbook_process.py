# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of ansible-playbook that are forked behave as runs that are started."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from module_process import environment_for_playbooks
from playbook_process import COMMAND, Playbooks

#: Tells the environment, the folder, the words and the input.
TOLD = "{{ lookup('env', 'WHO') }} {{ '.' | realpath }} {{ given }} {{ lookup('pipe', 'cat') }}"
PLAYBOOK = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [
            {"ansible.builtin.debug": {"msg": TOLD}},
            {"ansible.builtin.file": {"path": "made", "state": "directory"}},
            {"ansible.builtin.fail": {"msg": "As wanted"}, "when": "given == 'second'"},
        ],
    }
]


#: One text that is compiled in three ways, and what cannot be compiled or has no value.
TABULATOR = r"{{ 'a\tb' | length }} {{ [1] | first | string }}"
TEMPLATES = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [
            {"ansible.builtin.debug": {"msg": TABULATOR}},
            {"ansible.builtin.debug": {"msg": "{{ lookup('template', item) }}"}, "loop": ["plain.j2", "other.j2"]},
            {"ansible.builtin.debug": {"msg": "{{ '1.10' is version('1.9', '>') }} {{ 'a' | default('b') }}"}},
            {"ansible.builtin.debug": {"msg": "shown"}, "when": r"'a\tb' | length == 3 and no_such is undefined"},
            {"ansible.builtin.debug": {"msg": "hidden"}, "when": "'a' is version('b', '=')"},
            {"ansible.builtin.debug": {"msg": "{{ 'a' | no_such_filter }}"}, "ignore_errors": True},
            {"ansible.builtin.debug": {"msg": "also hidden"}, "when": "'a' | no_such_filter", "ignore_errors": True},
            {"ansible.builtin.debug": {"msg": "{{ 'a' "}, "ignore_errors": True},
            {"ansible.builtin.debug": {"msg": "{{ no_such_variable }}"}, "ignore_errors": True},
        ],
    }
]
OTHER = f"#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n{TABULATOR} [% 'a' | upper %]"


def started(words: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run the command itself."""
    run = subprocess.run(
        [COMMAND, *words], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout


def test_a_forked_run_does_what_a_started_one_does(tmp_path: Path) -> None:
    playbooks = Playbooks()
    for who, given, status in (("ana", "given=first", 0), ("ben", "given=second", 2), ("ana", "[", 4)):
        told = []
        environment = environment_for_playbooks(tmp_path, "", ANSIBLE_PIPELINING="1", WHO=who)
        words = ["-i", "localhost,", "playbook.yml", "-e", given]
        for name in ("started", "forked"):
            folder = tmp_path / given / name
            folder.mkdir(parents=True)
            (folder / "playbook.yml").write_text(json.dumps(PLAYBOOK))
            if name == "started":
                found = started(words, environment, folder)
            else:
                found = playbooks.run(words, environment=environment, folder=folder, timeout=60)
            told.append((found[0], found[1].replace(str(folder), "FOLDER")))
            assert (folder / "made").exists() is (status != 4)
        assert told[0] == told[1]
        assert told[0][0] == status, told[0][1]
        assert status == 4 or f"{who} FOLDER {given[6:]} " in told[0][1]
    # Whatever a run keeps for its own time goes with it.
    assert list(Path(environment["ANSIBLE_LOCAL_TEMP"]).glob("ansible-local-*-*")) == []
    assert playbooks.stop() == 2, "the module of each of two runs was to be forked"


def test_what_is_compiled_once_is_what_each_run_would_compile(tmp_path: Path) -> None:
    (tmp_path / "playbook.yml").write_text(json.dumps(TEMPLATES))
    (tmp_path / "plain.j2").write_text(TABULATOR)
    (tmp_path / "other.j2").write_text(OTHER)
    folder = tmp_path / "templates"
    folder.mkdir()
    environment = environment_for_playbooks(tmp_path, "", BUILT_TEMPLATES=str(folder))
    words = ["-i", "localhost,", "playbook.yml"]
    plain = {name: value for name, value in environment.items() if name != "ANSIBLE_CALLBACKS_ENABLED"}
    alone = started(words, plain, tmp_path)
    assert alone[0] == 0, alone[1]
    for told in ("4 1", "3 1", TABULATOR.replace("\\", "\\\\") + " A", "True a", "no_such_filter", "no_such_variable"):
        assert told in alone[1]
    assert list(folder.iterdir()) == []
    assert started(words, environment, tmp_path) == alone
    kept = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    # Of four messages and two conditions, both files, and the variable of the loop; the others cannot be compiled.
    assert len(kept) == 9
    assert started(words, environment, tmp_path) == alone
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == kept
