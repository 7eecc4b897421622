# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox for all tests, reset before each; a test that needs options of its own starts its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from huggingface_client import HuggingFaceClient
from sandbox_process import Client, SandboxProcess

Start = Callable[..., SandboxProcess]


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """The sandbox that all tests share."""
    started = SandboxProcess()
    yield started
    status, output, errors = started.stop()
    assert (status, output, errors) == (0, "", ""), "the sandbox has to end quietly"


@pytest.fixture
def sandbox(shared: SandboxProcess) -> SandboxProcess:
    """The shared sandbox, as if just started."""
    shared.control("POST", "/reset")
    return shared


@pytest.fixture
def admin(sandbox: SandboxProcess) -> Client:
    """A client that acts as the first administrator."""
    return sandbox.log_in()


@pytest.fixture
def hugging(sandbox: SandboxProcess) -> HuggingFaceClient:
    """A client that has the Hugging Face token of the start."""
    return HuggingFaceClient(sandbox)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts sandboxes with options of their own, and ends them."""
    running: list[SandboxProcess] = []

    def begin(*options: str, **keywords: str) -> SandboxProcess:
        running.append(SandboxProcess(*options, **keywords))
        return running[-1]

    yield begin
    for one in running:
        one.stop()
