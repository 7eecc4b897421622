# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's SDK lives in an environment of its own; the sandbox runs with another interpreter."""

from __future__ import annotations

import os
from collections.abc import Iterator

# The SDK reads its environment when it is imported and when it connects: none of the developer's own may reach it.
for variable in [name for name in os.environ if name.startswith("CONDUCTOR_") or name.lower().endswith("_proxy")]:
    del os.environ[variable]
os.environ["CONDUCTOR_HTTP2_ENABLED"] = "false"

import pytest  # noqa: E402
from conductor.client.configuration.configuration import Configuration  # noqa: E402
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings  # noqa: E402
from conductor.client.orkes.orkes_authorization_client import OrkesAuthorizationClient  # noqa: E402
from conductor.client.orkes.orkes_integration_client import OrkesIntegrationClient  # noqa: E402
from conductor.client.orkes.orkes_metadata_client import OrkesMetadataClient  # noqa: E402
from conductor.client.orkes.orkes_prompt_client import OrkesPromptClient  # noqa: E402
from conductor.client.orkes.orkes_workflow_client import OrkesWorkflowClient  # noqa: E402
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, SandboxProcess  # noqa: E402


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """The sandbox that all tests share."""
    python = os.environ.get("SANDBOX_PYTHON")
    if not python:
        pytest.fail(
            "SANDBOX_PYTHON is not set: it names the Python interpreter of an environment that has the "
            "packages of roles/sandbox/files/requirements.txt",
            pytrace=False,
        )
    started = SandboxProcess(python=python)
    yield started
    assert started.stop()[0] == 0


def connect(sandbox: SandboxProcess, key: str = ADMIN_KEY, secret: str = ADMIN_SECRET) -> Configuration:
    """The SDK's configuration for one caller."""
    return Configuration(server_api_url=sandbox.url, authentication_settings=AuthenticationSettings(key, secret))


@pytest.fixture
def configuration(sandbox: SandboxProcess) -> Configuration:
    """The SDK's configuration for the administrator."""
    return connect(sandbox)


@pytest.fixture
def integrations(configuration: Configuration) -> OrkesIntegrationClient:
    """The SDK's client for integrations."""
    return OrkesIntegrationClient(configuration)


@pytest.fixture
def authorization(configuration: Configuration) -> OrkesAuthorizationClient:
    """The SDK's client for users, groups, applications and grants."""
    return OrkesAuthorizationClient(configuration)


@pytest.fixture
def prompts(configuration: Configuration) -> OrkesPromptClient:
    """The SDK's client for prompts."""
    return OrkesPromptClient(configuration)


@pytest.fixture
def metadata(configuration: Configuration) -> OrkesMetadataClient:
    """The SDK's client for workflow definitions."""
    return OrkesMetadataClient(configuration)


@pytest.fixture
def workflows(configuration: Configuration) -> OrkesWorkflowClient:
    """The SDK's client for executions."""
    return OrkesWorkflowClient(configuration)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the SDK's warnings about itself."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("ignore:Call to deprecated function:DeprecationWarning"))
