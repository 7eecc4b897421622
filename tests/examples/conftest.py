# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox that is seeded so that each example can run, and the real Ansible to run it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("modules", "sandbox")]

from module_process import interpreter  # noqa: E402
from playbook_process import Playbooks  # noqa: E402
from sandbox_process import SandboxProcess  # noqa: E402


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """The sandbox that all tests share."""
    started = SandboxProcess(python=interpreter("SANDBOX_PYTHON"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def playbooks() -> Iterator[Playbooks]:
    """Runs playbooks."""
    started = Playbooks()
    yield started
    started.stop()


@pytest.fixture
def sandbox(shared: SandboxProcess) -> SandboxProcess:
    """The shared sandbox, with what the examples take for granted."""
    shared.control("POST", "/reset")
    shared.settings(organization="acme", workflow_remote_models="answer")
    admin = shared.log_in()
    for user in ("ana@example.com", "ben@example.com"):
        admin.done("PUT", f"/users/{user}", {"name": user, "roles": ["USER"]})
    for name in ("data-science", "auditors"):
        admin.done("PUT", f"/groups/{name}", {"description": "seeded", "roles": []})
    for name in ("order-service", "reports", "invoices"):
        admin.done("POST", "/applications", {"name": name})
    admin.integration("hf-prod", configuration={"api_key": "hf_key_that_was_there_at_first", "namespace": "acme"})
    admin.model("hf-prod", "meta-llama/Llama-3.1-8B-Instruct")
    admin.model("hf-prod", "old/model")
    admin.grant(("USER", "ben@example.com"), ("INTEGRATION", "hf-prod:meta-llama/Llama-3.1-8B-Instruct"), "READ")
    for target in (("INTEGRATION_PROVIDER", "hf-prod"), ("WORKFLOW_DEF", "nightly_summary")):
        admin.grant(("GROUP", "auditors"), target, "READ")
    shared.control("DELETE", "/log")
    return shared
