# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two sandboxes for all tests, reset before each, and a stage that runs the role's playbooks against them."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), *(str(Path(__file__).parents[1] / name) for name in ("modules", "sandbox"))]

from module_process import ROOT, interpreter  # noqa: E402
from playbook_process import Playbooks  # noqa: E402
from sandbox_process import SandboxProcess  # noqa: E402
from stage import Stage  # noqa: E402

# Lets the tests import the modules by their full names from a plain check-out.
for name, folder in (
    ("ansible_collections", None),
    ("ansible_collections.orkes", None),
    ("ansible_collections.orkes.conductor", ROOT),
):
    package = sys.modules.setdefault(name, types.ModuleType(name))
    package.__path__ = [str(folder)] if folder else []


@pytest.fixture(scope="session")
def clusters() -> Iterator[tuple[SandboxProcess, SandboxProcess]]:
    """Two clusters."""
    started = tuple(SandboxProcess(python=interpreter("SANDBOX_PYTHON")) for _cluster in range(2))
    yield started[0], started[1]
    assert [cluster.stop() for cluster in started] == [(0, "", "")] * 2, "the sandboxes have to end quietly"


@pytest.fixture(scope="session")
def playbooks() -> Iterator[Playbooks]:
    """Runs playbooks."""
    started = Playbooks()
    yield started
    started.stop()


@pytest.fixture
def stage(clusters: tuple[SandboxProcess, SandboxProcess], tmp_path: Path, playbooks: Playbooks) -> Stage:
    """The playbooks, and two empty clusters."""
    for cluster in clusters:
        cluster.control("POST", "/reset")
    return Stage(clusters, tmp_path, playbooks)
