# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection as users install it, look into it, install it and use it by its full name."""

from __future__ import annotations

import fnmatch
import json
import re
import shutil
import tarfile
from pathlib import Path

from tests.toolchain.environments import Environment
from tests.toolchain.outcomes import Outcome, StepFailure
from tests.toolchain.trees import Tree
from tests.toolchain.work import Step, Word, Work

# What has no business in what users install.
UNWANTED = (
    ".*",
    "*/.*",
    "*.pyc",
    "*/__pycache__/*",
    "*.tar.gz",
    "Makefile",
    "dist/*",
    "pyproject.toml",
    "tests/integration/integration_config.yml",
    "tests/integration/inventory",
)
#: What is in it of the tests: what ansible-test runs. The others are for a checkout, and need its toolchain.
TESTS = ("tests/config.yml", "tests/integration", "tests/unit")
WANTED = (
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "meta/execution-environment.yml",
    "meta/runtime.yml",
    "playbooks/site.yml",
    "playbooks/teardown.yml",
    "plugins/modules/conductor_group.py",
    "plugins/modules/conductor_group_permission.py",
    "plugins/modules/hf_integration.py",
    "plugins/modules/hf_model.py",
    "requirements.txt",
    "roles/hf_setup/meta/argument_specs.yml",
    "roles/sandbox/files/conductor_sandbox/__main__.py",
    "roles/sandbox/files/requirements.txt",
)
SECRETS = {
    "a Hugging Face token": re.compile(rb"\bhf_[A-Za-z0-9]{34,}\b"),
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a JSON web token": re.compile(rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
}


def contents_problems(archive: Path) -> list[str]:
    """Return what is wrong with the contents of a built collection."""
    problems = []
    with tarfile.open(archive) as opened:
        members = opened.getmembers()
        names = {member.name for member in members}
        files = {member.name: member for member in members if member.isfile()}
        for name in sorted(names):
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in UNWANTED):
                problems.append(f"should not be in it: {name}")
            if name.startswith("tests/") and not any(name == path or name.startswith(f"{path}/") for path in TESTS):
                problems.append(f"tests that are for a checkout are in it: {name}")
        parents = {str(Path(name).parent) for name in names}
        for member in members:
            if member.isdir() and member.name not in parents:
                problems.append(f"an empty folder is in it: {member.name}")
            if not (member.isfile() or member.isdir()):
                problems.append(f"neither file nor folder: {member.name}")
        problems += [f"is missing: {name}" for name in WANTED if name not in files]
        for name, member in sorted(files.items()):
            handle = None if name.startswith("tests/") else opened.extractfile(member)
            text = handle.read() if handle else b""
            problems += [f"{what} is in {name}" for what, pattern in SECRETS.items() if pattern.search(text)]
    return problems


def build(work: Work, environment: Environment, tree: Tree) -> Path:
    """Return the built collection."""
    folder = work.folder / "built"
    shutil.rmtree(folder, ignore_errors=True)
    work.must(
        ["ansible-galaxy", "collection", "build", "--output-path", folder],
        folder=tree.root,
        environment=environment,
    )
    archives = list(folder.glob("orkes-conductor-*.tar.gz"))
    if len(archives) != 1:
        raise StepFailure(f"one archive was expected, found {len(archives)}")
    return archives[0]


def package(work: Work) -> Outcome:
    """Build, look inside, install without a network, and use what was installed."""
    environment = work.core
    archive = build(work, environment, work.tree())
    outcome = Outcome(0, "checks", problems=contents_problems(archive))
    outcome.passed += not outcome.problems
    collections = work.folder / "collections"
    shutil.rmtree(collections, ignore_errors=True)
    install: list[Word] = ["ansible-galaxy", "collection", "install", "--offline", "-p", collections, archive]
    work.must(install, folder=work.folder, environment=environment)
    installed = collections / "ansible_collections" / "orkes" / "conductor"
    own = {"ANSIBLE_COLLECTIONS_PATH": str(collections)}
    for kind, folder in (("module", "modules"), ("filter", "filter")):
        names = [f"orkes.conductor.{path.stem}" for path in sorted(installed.glob(f"plugins/{folder}/*.py"))]
        command: list[Word] = ["ansible-doc", "--json", "-t", kind, *names]
        finished = work.run(command, folder=work.folder, environment=environment, own=own)
        documented = documented_names(finished.output)
        for name in names:
            _note(outcome, finished.code or int(name not in documented), f"ansible-doc of the {kind} {name}", "")
    for role in sorted(installed.glob("roles/*/meta/argument_specs.yml")):
        command = ["ansible-doc", "-t", "role", f"orkes.conductor.{role.parents[1].name}"]
        finished = work.run(command, folder=work.folder, environment=environment, own=own)
        _note(outcome, finished.code, " ".join(str(word) for word in command), finished.output)
    playbooks = sorted(installed.glob("playbooks/*.yml"))
    command = ["ansible-playbook", "--syntax-check", *(f"orkes.conductor.{playbook.stem}" for playbook in playbooks)]
    finished = work.run(command, folder=work.folder, environment=environment, own=own)
    for playbook in playbooks:
        # It tells each that it has looked at, and stops at the first that it cannot take.
        told = f"\nplaybook: {playbook}\n" in finished.output
        _note(outcome, int(not told), f"the check of the playbook {playbook.stem}", "")
    _note(outcome, finished.code, "the check of the playbooks", finished.output)
    sandbox = work.environment("sandbox")
    help_command: list[Word] = [sandbox.python, "-m", "conductor_sandbox", "--help"]
    finished = work.run(help_command, folder=work.folder, own={"PYTHONPATH": str(installed / "roles/sandbox/files")})
    _note(outcome, finished.code, "the installed sandbox's --help", finished.output)
    return outcome


def documented_names(output: str) -> set[str]:
    """Return the plugins of which ``ansible-doc --json`` printed a documentation, whatever it said besides."""
    found = json.loads(output[output.find("{") : output.rfind("}") + 1] or "{}")
    return {name for name, plugin in found.items() if plugin.get("doc")}


def _note(outcome: Outcome, code: int, what: str, output: str) -> None:
    """Count a command that has to succeed and to find what it looks for."""
    absent = re.search(r"was not found|Could not find|could not be located", output)
    if code or absent:
        outcome.problems.append(f"{what} failed")
    else:
        outcome.passed += 1


STEPS: tuple[Step, ...] = (
    Step("package", package, seconds=20, inputs=("playbooks/site.yml", "roles/hf_setup", "roles/sandbox/files")),
)
