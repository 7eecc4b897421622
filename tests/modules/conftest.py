# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox and one starter of modules for all tests; the sandbox is reset before each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "sandbox")]

from bench import Bench  # noqa: E402
from module_process import ModuleServer, interpreter  # noqa: E402
from sandbox_process import SandboxProcess  # noqa: E402


@pytest.fixture(scope="session")
def modules() -> Iterator[ModuleServer]:
    """Starts modules."""
    server = ModuleServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """The sandbox that all tests share."""
    started = SandboxProcess(python=interpreter("SANDBOX_PYTHON"))
    yield started
    assert started.stop() == (0, "", ""), "the sandbox has to end quietly"


@pytest.fixture
def bench(shared: SandboxProcess, modules: ModuleServer) -> Bench:
    """An empty sandbox, and modules that reach it as its administrator."""
    shared.control("POST", "/reset")
    return Bench(shared, modules)
