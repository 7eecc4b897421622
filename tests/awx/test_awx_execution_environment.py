# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-builder takes the definition, and finds in the built collection what the image needs; no image is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from argument_specifications import ROOT

COMMANDS = Path(sys.executable).parent
SHIPPED = ROOT / "extensions" / "awx" / "execution_environment" / "execution-environment.yml"
DEFINITION = yaml.safe_load(SHIPPED.read_text())
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text())
#: As ansible-galaxy names what it builds.
ARCHIVE = f"{GALAXY['namespace']}-{GALAXY['name']}-{GALAXY['version']}.tar.gz"


def run(*words, folder, home):
    """Run a command, which has to succeed, and return what it printed."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPYCACHEPREFIX") if name in os.environ},
        "HOME": str(home),
        "ANSIBLE_HOME": str(home / "ansible"),
    }
    command = [COMMANDS / words[0], *words[1:]]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The definition, and beside it the collection as it is built; as the comment in the definition says."""
    folder = tmp_path_factory.mktemp("environment")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, folder=ROOT, home=folder / "home")
    shutil.copy(SHIPPED, folder)
    return folder


def test_the_builder_takes_the_definition(built):
    run("ansible-builder", "create", "-f", SHIPPED.name, "-c", "context", folder=built, home=built / "home")
    context = built / "context"
    files = {path.name for path in context.iterdir()}
    assert files & {"Containerfile", "Dockerfile"}
    (entry,) = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    assert entry == {"name": f"files/{ARCHIVE}", "type": "file"}
    assert (context / "_build" / entry["name"]).read_bytes() == (built / ARCHIVE).read_bytes()


def test_the_python_of_the_image_runs_the_newest_core_that_the_definition_asks_for():
    python = DEFINITION["dependencies"]["python_interpreter"]
    assert python["python_path"].endswith(python["package_system"])
    assert DEFINITION["dependencies"]["ansible_core"]["package_pip"].endswith(
        yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"].removesuffix(".0")
    )


def test_requests_is_found_in_the_built_collection(built):
    collections = built / "collections"
    run(
        "ansible-galaxy", "collection", "install", "--offline", "-p", collections, built / ARCHIVE,
        folder=built, home=built / "home",
    )  # fmt: skip
    installed = collections / "ansible_collections" / "orkes" / "conductor"
    wanted = (ROOT / "requirements.txt").read_text().split()
    assert wanted == ["requests>=2.25.0"]
    # The definition of what the collection needs, and the file that it names, are in the archive.
    assert yaml.safe_load((installed / "meta" / "execution-environment.yml").read_text())["dependencies"] == {
        "python": "requirements.txt"
    }

    def found():
        return yaml.safe_load(run("ansible-builder", "introspect", collections, folder=built, home=built / "home"))

    assert found() == {"python": [f"{wanted[0]}  # from collection orkes.conductor"], "system": []}
    (installed / "requirements.txt").write_text("")
    assert found() == {"python": [], "system": []}, "the file is what was found"
