# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How `make sandbox` becomes a sandbox."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.toolchain import cli
from tests.toolchain.processes import Processes
from tests.toolchain.project import Project

ROOT = Project.here().root


class Executed(Exception):
    """The process would now be another one."""


@pytest.fixture
def become(monkeypatch):
    """Return what runs the command with some words, and returns the sandbox's own options."""
    environments = argparse.Namespace(get=lambda name: argparse.Namespace(python=Path("/python")))
    shop = argparse.Namespace(
        environments=environments,
        project=argparse.Namespace(sandbox_source=Path("/source")),
        variables=lambda name, own: own,
    )
    monkeypatch.setattr(cli, "_workshop", lambda *_: shop)

    def execve(file, command, environment):
        assert (file, environment["PYTHONPATH"]) == ("/python", "/source")
        raise Executed(command)

    monkeypatch.setattr(os, "execve", execve)

    def run(*words):
        options = cli.parser().parse_args(words)
        with pytest.raises(Executed) as executed:
            options.function(options, Processes())
        command = executed.value.args[0]
        assert command[:5] == ["/python", "-m", "conductor_sandbox", "--port", "8700"]
        return command[5:]

    return run


def made(*variables):
    """Return the words that make gives to the toolchain."""
    # Without what a surrounding make, or the caller's shell, would add.
    added = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "PORT", "OPTIONS", "PROFILE")
    environment = {name: value for name, value in os.environ.items() if name not in added}
    command = ["make", "-n", "-s", "sandbox", *variables]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    words = shlex.split(told.stdout)
    return words[words.index("sandbox") :]


def test_without_variables_it_is_the_plain_sandbox(become):
    assert become(*made()) == []


def test_a_profile_is_found_from_where_make_was_called(become, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    words = made("PROFILE=my profile.json")
    assert become(*words) == ["--settings", str(tmp_path.resolve() / "my profile.json")]
    assert become(*made("PROFILE=~/profile.json")) == ["--settings", "/home/somebody/profile.json"]


def test_options_come_with_a_profile(become):
    words = made("PROFILE=/profile.json", "OPTIONS=--secrets clear --latency 5")
    assert become(*words) == ["--settings", "/profile.json", "--secrets", "clear", "--latency", "5"]
