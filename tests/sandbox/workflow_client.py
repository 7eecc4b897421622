# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of prompts and workflows share: definitions, and running them to their end."""

from __future__ import annotations

from typing import Any

from huggingface_client import MODEL, TOKEN, HuggingFaceClient
from sandbox_process import Client

CHAT, TEXT = "LLM_CHAT_COMPLETE", "LLM_TEXT_COMPLETE"
INTEGRATION = "hf-prod"


def task(kind: str = CHAT, reference: str = "ask", **inputs: Any) -> dict[str, Any]:
    """A task that asks a model; C(...) leaves a parameter out."""
    parameters = {
        "llmProvider": INTEGRATION,
        "model": MODEL,
        **({"messages": [{"role": "user", "message": "ping"}]} if kind == CHAT else {}),
        **inputs,
    }
    return {
        "name": reference,
        "taskReferenceName": reference,
        "type": kind,
        "inputParameters": {name: value for name, value in parameters.items() if value is not ...},
    }


def definition(*tasks: dict[str, Any], name: str = "greet", **fields: Any) -> dict[str, Any]:
    """A workflow definition; C(...) leaves a field out."""
    body = {
        "name": name,
        "version": 1,
        "tasks": list(tasks) or [task()],
        "timeoutSeconds": 60,
        "schemaVersion": 2,
        "ownerEmail": "owner@example.com",
        **fields,
    }
    return {field: value for field, value in body.items() if value is not ...}


def register(client: Client, *tasks: dict[str, Any], name: str = "greet", **fields: Any) -> None:
    """Register a workflow in the place of what was there."""
    client.done("POST", "/metadata/workflow?overwrite=true", definition(*tasks, name=name, **fields))


def start(client: Client, name: str = "greet", **inputs: Any) -> str:
    """Start a workflow; returns the id of the execution."""
    return str(client.done("POST", f"/workflow/{name}", inputs))


def ended(client: Client, execution: str, reads: int = 4) -> dict[str, Any]:
    """An execution, read until it has ended."""
    for _read in range(reads):
        found: dict[str, Any] = client.done("GET", f"/workflow/{execution}")
        if found["status"] != "RUNNING":
            return found
    raise AssertionError(f"it still runs: {found}")


def ran(client: Client, *tasks: dict[str, Any], reader: Client | None = None, **inputs: Any) -> dict[str, Any]:
    """Register a workflow, run it, and remove it; returns the execution as it has ended.

    Args:
        client: Who starts it.
        tasks: Its tasks.
        reader: Who does the rest; else the same.
        inputs: Its inputs.
    """
    other = reader or client
    register(other, *tasks)
    execution = start(client, **inputs)
    found = ended(other, execution)
    other.done("DELETE", f"/workflow/{execution}/remove")
    return found


def usable(admin: Client, hugging: HuggingFaceClient, **changes: Any) -> str:
    """Have all in order for a model: endpoint, integration, model; returns the endpoint's address."""
    endpoint = hugging.run(**changes)
    admin.integration(configuration={"api_key": TOKEN, "namespace": "acme"})
    url = str(endpoint["status"]["url"])
    admin.model(name=MODEL, configuration={"endpoint": url})
    return url


def allow(admin: Client, subject: str, *access: str, prompt: str | None = None, workflow: str | None = "greet") -> None:
    """Give a caller access to integration, model, and more."""
    targets = [("INTEGRATION_PROVIDER", INTEGRATION), ("INTEGRATION", f"{INTEGRATION}:{MODEL}")]
    targets += [("PROMPT", prompt)] if prompt else []
    targets += [("WORKFLOW_DEF", workflow)] if workflow else []
    for target in targets:
        admin.grant(("USER", subject), target, *(access or ("READ", "EXECUTE")))
