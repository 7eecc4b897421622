# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's Python SDK against the sandbox: integrations, models, tags.

The SDK calls the first argument of its model calls now the model, now the integration; what it sends first is the
integration, so that is what is given first here.
"""

from __future__ import annotations

from typing import Any

import pytest
from conductor.client.http.models.integration_api_update import IntegrationApiUpdate
from conductor.client.http.models.integration_def import IntegrationDef
from conductor.client.http.models.integration_update import IntegrationUpdate
from conductor.client.http.rest import ApiException
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes.orkes_integration_client import OrkesIntegrationClient
from sandbox_process import SandboxProcess

MODELS = ["acme/tiny-llm", "a:b/c", "100% sure", "häß/ñ"]


def save(integrations: OrkesIntegrationClient, name: str = "hf-prod", **fields: Any) -> None:
    """Save an integration."""
    body = {
        "type": "huggingface",
        "category": "AI_MODEL",
        "description": "models",
        "enabled": True,
        "configuration": {"api_key": "hf_first_key", "namespace": "acme"},
        **fields,
    }
    integrations.save_integration(name, IntegrationUpdate(**body))


def save_model(integrations: OrkesIntegrationClient, model: str, **fields: Any) -> None:
    """Save a model."""
    body = {"description": "a model", "enabled": True, "configuration": {"endpoint": "https://e.example"}, **fields}
    integrations.save_integration_api("hf-prod", model, IntegrationApiUpdate(**body))


def pairs(tags: list[Any]) -> set[tuple[str, str]]:
    """Tags as pairs; some calls give objects, some dictionaries."""
    return {(tag["key"], tag["value"]) if isinstance(tag, dict) else (tag.key, tag.value) for tag in tags}


def test_integrations(sandbox: SandboxProcess, integrations: OrkesIntegrationClient) -> None:
    assert integrations.get_integration("hf-prod") is None
    save(integrations)
    read = integrations.get_integration("hf-prod")
    assert (read.name, read.type, read.category, read.description, read.enabled, read.models_count) == (
        "hf-prod",
        "huggingface",
        "AI_MODEL",
        "models",
        True,
        0,
    )
    assert read.configuration["namespace"] == "acme" and read.created_by.startswith("app:")
    assert "hf_first_key" not in str(read)
    check = {"integration": "hf-prod", "value": "hf_first_key"}
    assert sandbox.control("POST", "/secrets/check", check) == {"stored": True, "equal": True}
    save(integrations, description="other", enabled=False)
    read = integrations.get_integration("hf-prod")
    assert (read.description, read.enabled) == ("other", False)
    assert integrations.get_integrations() == [], "the SDK does not ask for disabled ones"
    save(integrations, "second")
    assert [one.name for one in integrations.get_integrations()] == ["second"]
    with pytest.raises(ApiException) as refused:
        save(integrations, type="openai")
    assert refused.value.status == 400
    integrations.delete_integration("hf-prod")
    assert integrations.get_integration("hf-prod") is None
    with pytest.raises(ApiException) as missing:
        integrations.delete_integration("hf-prod")
    assert missing.value.is_not_found() and "hf-prod" in str(missing.value)


@pytest.mark.parametrize("model", MODELS)
def test_models(sandbox: SandboxProcess, integrations: OrkesIntegrationClient, model: str) -> None:
    save(integrations)
    assert integrations.get_integration_api("hf-prod", model) is None
    save_model(integrations, model)
    read = integrations.get_integration_api("hf-prod", model)
    assert (read.api, read.integration_name, read.description, read.enabled, read.configuration) == (
        model,
        "hf-prod",
        "a model",
        True,
        {"endpoint": "https://e.example"},
    )
    assert [one.api for one in integrations.get_integration_apis("hf-prod")] == [model]
    assert integrations.get_integration("hf-prod").models_count == 1
    assert f"hf-prod:{model}" in integrations.get_providers_and_integrations()
    save_model(integrations, model, description="other", enabled=False)
    read = integrations.get_integration_api("hf-prod", model)
    assert (read.description, read.enabled) == ("other", False)
    assert integrations.get_integration_apis("hf-prod") == []
    integrations.delete_integration_api("hf-prod", model)
    assert integrations.get_integration_api("hf-prod", model) is None
    assert sandbox.control("GET", "/log/summary")["writes"] == 4


@pytest.mark.parametrize("model", MODELS)
def test_tags(sandbox: SandboxProcess, integrations: OrkesIntegrationClient, model: str) -> None:
    save(integrations)
    save_model(integrations, model)
    one, two = MetadataTag("team", "a"), MetadataTag("env", "prod")
    integrations.put_tag_for_integration_provider([one, two], "hf-prod")
    integrations.put_tag_for_integration([one, two], "hf-prod", model)
    both = {("team", "a"), ("env", "prod")}
    assert pairs(integrations.get_tags_for_integration_provider("hf-prod")) == both
    assert pairs(integrations.get_tags_for_integration("hf-prod", model)) == both
    assert pairs(integrations.get_integration("hf-prod").tags) == both
    assert pairs(integrations.get_integration_api("hf-prod", model).tags) == both
    integrations.delete_tag_for_integration_provider([one], "hf-prod")
    integrations.delete_tag_for_integration([two], "hf-prod", model)
    assert pairs(integrations.get_tags_for_integration_provider("hf-prod")) == {("env", "prod")}
    assert pairs(integrations.get_tags_for_integration("hf-prod", model)) == {("team", "a")}


def test_definitions_and_models_on_offer(integrations: OrkesIntegrationClient) -> None:
    save(integrations)
    # The SDK's own method fails on every answer: it looks for its class IntegrationDef in a place where it is not.
    listed = integrations.api_client.call_api(
        "/integrations/def", "GET", response_type="list[object]", _return_http_data_only=True
    )
    [kind] = [
        IntegrationDef(**{field: one.get(name) for field, name in IntegrationDef.attribute_map.items()})
        for one in listed
        if one["name"] == "huggingface"
    ]
    assert (kind.type, kind.category, kind.enabled) == ("huggingface", "AI_MODEL", True)
    assert {field["fieldName"] for field in kind.configuration} == {"api_key", "namespace"}
    assert "acme/tiny-llm" in integrations.get_integration_available_apis("hf-prod")


def test_a_server_that_refuses_encoded_slashes(sandbox: SandboxProcess, integrations: OrkesIntegrationClient) -> None:
    save(integrations)
    sandbox.settings(encoded_slash="reject")
    with pytest.raises(ApiException) as refused:
        save_model(integrations, "acme/tiny-llm")
    assert refused.value.status == 400
    save_model(integrations, "plain")


def test_the_sdk_gets_over_a_token_that_ends(sandbox: SandboxProcess, integrations: OrkesIntegrationClient) -> None:
    save(integrations)
    for error in ("EXPIRED_TOKEN", "INVALID_TOKEN"):
        sandbox.fault(kind="expire_token", error=error)
        assert integrations.get_integration("hf-prod").name == "hf-prod"
    assert sandbox.control("GET", "/faults") == []
