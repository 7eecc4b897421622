# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests have the vendor's Python SDK do; runs in the SDK's own interpreter, one call a process.

Reads JSON: url, key, secret, and do, the name of a function below; prints JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from conductor.client.configuration.configuration import Configuration
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings
from conductor.client.http.models.integration_api_update import IntegrationApiUpdate
from conductor.client.http.models.integration_update import IntegrationUpdate
from conductor.client.http.models.upsert_group_request import UpsertGroupRequest
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes.orkes_authorization_client import OrkesAuthorizationClient
from conductor.client.orkes.orkes_integration_client import OrkesIntegrationClient

INTEGRATION, MODEL, GROUP = "hf-prod", "meta-llama/Llama-3.1-8B-Instruct", "people"


def tags(found: list[Any]) -> dict[str, str]:
    """Tags as keys with values; some calls give objects, some dictionaries."""
    return dict((tag["key"], tag["value"]) if isinstance(tag, dict) else (tag.key, tag.value) for tag in found or [])


def read(integrations: OrkesIntegrationClient, authorization: OrkesAuthorizationClient) -> dict[str, Any]:
    """Everything that the modules write, as the SDK sees it."""
    provider = integrations.get_integration(INTEGRATION)
    model = integrations.get_integration_api(INTEGRATION, MODEL)
    group = authorization.get_group(GROUP)
    return {
        "integration": {
            "name": provider.name,
            "type": provider.type,
            "category": provider.category,
            "description": provider.description,
            "enabled": provider.enabled,
            "configuration": {key: value for key, value in provider.configuration.items() if key != "api_key"},
            "tags": tags(integrations.get_tags_for_integration_provider(INTEGRATION)),
        },
        "model": {
            "integration": model.integration_name,
            "name": model.api,
            "description": model.description,
            "enabled": model.enabled,
            "configuration": model.configuration,
            "tags": tags(integrations.get_tags_for_integration(INTEGRATION, MODEL)),
        },
        "group": {
            "name": group.id,
            "description": group.description,
            "roles": sorted(role["name"] if isinstance(role, dict) else role.name for role in group.roles),
            "default_access": {kind: sorted(held) for kind, held in (group.default_access or {}).items()},
            "members": sorted(user.id for user in authorization.get_users_in_group(GROUP)),
        },
        "grants": sorted(
            # The SDK's own list of target types lacks those of integrations.
            [grant["target"]["type"], grant["target"]["id"], sorted(grant["access"])]
            for grant in authorization.groupResourceApi.get_granted_permissions1(GROUP)["grantedAccess"]
        ),
    }


def change_integration(integrations: OrkesIntegrationClient, _authorization: OrkesAuthorizationClient) -> None:
    """Change every field of the integration; the key goes along, as a person's tool would send it."""
    integrations.save_integration(
        INTEGRATION,
        IntegrationUpdate(
            type="huggingface",
            category="AI_MODEL",
            description="by hand",
            enabled=False,
            configuration={"api_key": "hf_key_that_was_there_at_first", "namespace": "elsewhere"},
        ),
    )
    integrations.delete_tag_for_integration_provider([MetadataTag("team", "platform")], INTEGRATION)
    integrations.put_tag_for_integration_provider([MetadataTag("team", "other")], INTEGRATION)


def change_model(integrations: OrkesIntegrationClient, _authorization: OrkesAuthorizationClient) -> None:
    """Change every field of the model."""
    integrations.save_integration_api(
        INTEGRATION,
        MODEL,
        IntegrationApiUpdate(
            description="by hand", enabled=False, configuration={"endpoint": "https://elsewhere.example"}
        ),
    )
    integrations.delete_tag_for_integration([MetadataTag("use", "chat")], INTEGRATION, MODEL)


def change_group(_integrations: OrkesIntegrationClient, authorization: OrkesAuthorizationClient) -> None:
    """Change every field of the group."""
    authorization.upsert_group(
        UpsertGroupRequest(description="by hand", roles=["WORKER"], default_access={"TASK_DEF": ["DELETE"]}), GROUP
    )
    authorization.remove_user_from_group(GROUP, "ana@example.com")


def change_grants(_integrations: OrkesIntegrationClient, authorization: OrkesAuthorizationClient) -> None:
    """Take one access away and add another."""
    grant = {
        "subject": {"type": "GROUP", "id": GROUP},
        "target": {"type": "INTEGRATION_PROVIDER", "id": INTEGRATION},
    }
    authorization.authorizationResourceApi.remove_permissions({**grant, "access": ["READ"]})
    authorization.authorizationResourceApi.grant_permissions({**grant, "access": ["DELETE"]})


def delete_model(integrations: OrkesIntegrationClient, _authorization: OrkesAuthorizationClient) -> None:
    """Delete the model."""
    integrations.delete_integration_api(INTEGRATION, MODEL)


def main() -> None:
    """Do what is asked for."""
    order = json.load(sys.stdin)
    configuration = Configuration(
        server_api_url=order["url"], authentication_settings=AuthenticationSettings(order["key"], order["secret"])
    )
    action = globals()[order["do"]]
    print(json.dumps(action(OrkesIntegrationClient(configuration), OrkesAuthorizationClient(configuration))))


if __name__ == "__main__":
    main()
