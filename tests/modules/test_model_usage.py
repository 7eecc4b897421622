# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What prompts or workflow definitions use is deleted only when that is meant."""

from __future__ import annotations

import pytest
from bench import ENDPOINT

CHAT = {
    "name": "ask",
    "taskReferenceName": "ask",
    "type": "LLM_CHAT_COMPLETE",
    "inputParameters": {"llmProvider": "hf", "model": "chat", "messages": [{"role": "user", "message": "hello"}]},
}


@pytest.fixture
def used(bench):
    """An integration with three models: a workflow uses one, a prompt another, nobody the third."""
    admin = bench.admin()
    bench.integration()
    bench.done(
        "hf_model", integration="hf", models=[{"name": name, "endpoint": ENDPOINT} for name in ("chat", "text", "idle")]
    )
    admin.done("PUT", "/prompts/greeting?description=a&models=hf:text", "Say hello to ${name}")
    body = {
        "name": "order",
        "version": 3,
        "timeoutSeconds": 60,
        "schemaVersion": 2,
        "ownerEmail": "a@example.com",
        "tasks": [CHAT],
    }
    admin.done("POST", "/metadata/workflow?overwrite=true", body)
    bench.forget()
    return bench


def gone(name: str) -> dict[str, str]:
    """A model that is declared absent."""
    return {"name": name, "state": "absent"}


def test_what_is_in_use_is_not_deleted_unless_that_is_meant(used):
    texts = ["model hf:chat is used by workflow order (version 3)", "model hf:text is used by prompt greeting"]
    used.refuses("hf_model", *texts, integration="hf", models=[gone("chat"), gone("text"), gone("idle")])
    used.refuses("hf_model", *texts, integration="hf", models=[], purge=True)
    both = "integration hf is used by prompt greeting, workflow order (version 3): change these first"
    used.refuses("hf_integration", both, name="hf", state="absent")
    used.refuses("hf_integration", both, name="hf", state="absent", check=True)
    used.converges("hf_model", ("model", "hf:idle", "delete"), integration="hf", **gone("idle"))
    run = used.converges("hf_model", ("model", "hf:chat", "delete"), integration="hf", force=True, **gone("chat"))
    assert "is deleted all the same" in run.output
    run = used.converges(
        "hf_integration",
        ("model", "hf:text", "delete"),
        ("integration", "hf", "delete"),
        name="hf",
        state="absent",
        force=True,
    )
    assert "integration hf is used by prompt greeting" in run.output


def test_what_cannot_be_read_is_said(used):
    used.fault(kind="status", status=403, method="GET", path="/api/prompts", count=100)
    run = used.converges("hf_model", ("model", "hf:idle", "delete"), integration="hf", **gone("idle"))
    assert "whether prompts use what is to be deleted cannot be told" in run.output
