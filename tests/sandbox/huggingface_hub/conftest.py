# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hugging Face's own client, in an environment of its own; the sandbox runs with another interpreter."""

from __future__ import annotations

import importlib.metadata
import os
import tempfile
from collections.abc import Iterator
from typing import Any

NOWHERE = "http://127.0.0.1:9"
HOME = tempfile.TemporaryDirectory(prefix="huggingface-home-")

# The client reads its environment when it is imported: none of the developer's own may reach it, least of all a token.
for variable in [name for name in os.environ if name.startswith(("HF_", "HUGGING")) or name.lower().endswith("_proxy")]:
    del os.environ[variable]
os.environ.update(
    HF_ENDPOINT=NOWHERE,
    HF_HOME=HOME.name,
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_IMPLICIT_TOKEN="1",
    HF_HUB_DISABLE_UPDATE_CHECK="1",
)

import pytest  # noqa: E402
from huggingface_client import MODEL, TOKEN  # noqa: E402
from huggingface_hub import HfApi, constants  # noqa: E402
from sandbox_process import SandboxProcess  # noqa: E402

# No variable leads the management API elsewhere: without this the client would go to the public one.
constants.INFERENCE_ENDPOINTS_ENDPOINT = f"{NOWHERE}/v2"

VERSION = importlib.metadata.version("huggingface_hub")
collect_ignore = ["test_version_2.py" if VERSION.startswith("0.") else "test_version_0.py"]


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """The sandbox that all tests share."""
    python = os.environ.get("SANDBOX_PYTHON")
    if not python:
        pytest.fail("SANDBOX_PYTHON is not set: it names an interpreter that can run the sandbox", pytrace=False)
    started = SandboxProcess(python=python)
    constants.ENDPOINT = f"{started.root}/huggingface"
    constants.INFERENCE_ENDPOINTS_ENDPOINT = f"{started.root}/huggingface/v2"
    yield started
    assert started.stop()[0] == 0


@pytest.fixture
def api(sandbox: SandboxProcess) -> HfApi:
    """The client with the token of the start."""
    return HfApi(endpoint=f"{sandbox.root}/huggingface", token=TOKEN)


@pytest.fixture
def made(api: HfApi) -> Any:
    """A new endpoint."""
    return create(api)


def create(api: HfApi, name: str = "tiny", **changes: Any) -> Any:
    """Create an endpoint."""
    arguments: dict[str, Any] = {
        "repository": MODEL,
        "framework": "pytorch",
        "task": "text-generation",
        "accelerator": "gpu",
        "vendor": "aws",
        "region": "us-east-1",
        "instance_size": "x1",
        "instance_type": "nvidia-l4",
        "type": "authenticated",
        "min_replica": 0,
        "namespace": "acme",
        # The client's endpoint objects forget the client that made them, and its token with it.
        "token": api.token,
        **changes,
    }
    return api.create_inference_endpoint(name, **arguments)
