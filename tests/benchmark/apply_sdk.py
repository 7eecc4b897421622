# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody writes with the vendor's Python SDK: read, compare, write what differs.

Usage: apply_sdk.py URL ESTATE WORK THREADS, where WORK is apply, check or teardown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conductor.client.configuration.configuration import Configuration
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings
from conductor.client.http.models.integration_api_update import IntegrationApiUpdate
from conductor.client.http.models.integration_update import IntegrationUpdate
from conductor.client.http.models.upsert_group_request import UpsertGroupRequest
from conductor.client.http.rest import ApiException
from conductor.client.orkes.orkes_authorization_client import OrkesAuthorizationClient
from conductor.client.orkes.orkes_integration_client import OrkesIntegrationClient
from estates import NAMESPACE, Estate, Grant, estate_called

KEY, SECRET = "sandbox-admin", "sandbox-admin-secret"


class Script:
    """One run.

    Args:
        url: Base URL of the API.
        estate: What should be there.
        threads: How many requests at a time.
    """

    def __init__(self, url: str, estate: Estate, threads: int) -> None:
        configuration = Configuration(
            server_api_url=url, authentication_settings=AuthenticationSettings(key_id=KEY, key_secret=SECRET)
        )
        self.estate = estate
        self._pool = ThreadPoolExecutor(threads)
        self._integrations = OrkesIntegrationClient(configuration)
        self._authorization = OrkesAuthorizationClient(configuration)
        self.integrations: dict[str, Any] = {}
        self.models: dict[tuple[str, str], Any] = {}
        self.groups: dict[str, Any] = {}
        self.grants: dict[tuple[str, str, str], set[str]] = {}

    def _each(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return list(self._pool.map(work, items))

    def read(self) -> None:
        """Read what is there."""
        # The call without parameters leaves out what is not active.
        listed = self._integrations.integrationApi.get_integration_providers(active_only=False)
        self.integrations = {found.name: found for found in listed}
        self.groups = {found.id: found for found in self._authorization.list_groups()}
        known = [name for name in self.estate.integration_names() if name in self.integrations]
        for name, models in zip(known, self._each(self._models_of, known), strict=True):
            self.models.update({(name, model.api): model for model in models})
        named = [name for name in self.estate.group_names() if name in self.groups]
        for name, grants in zip(named, self._each(self._grants_of, named), strict=True):
            self.grants.update(
                {(name, grant["target"]["type"], grant["target"]["id"]): set(grant["access"]) for grant in grants}
            )

    def _models_of(self, integration: str) -> list[Any]:
        found: list[Any] = self._integrations.integrationApi.get_integration_apis(integration, active_only=False)
        return found

    def _grants_of(self, group: str) -> list[dict[str, Any]]:
        # The SDK's own list of target types lacks those of integrations, so its typed call fails on these.
        found: list[dict[str, Any]] = self._authorization.groupResourceApi.get_granted_permissions1(group)[
            "grantedAccess"
        ]
        return found

    def differing(self) -> tuple[list[str], list[Any], list[str], list[Grant]]:
        """Return what differs: integrations, models, groups and grants."""
        estate = self.estate
        integrations, models, groups = [], [], []
        for name in estate.integration_names():
            body, found = estate.integration_body(name), self.integrations.get(name)
            wanted = (body["type"], body["description"], body["enabled"], NAMESPACE)
            if not found or wanted != (
                found.type, found.description, found.enabled, found.configuration.get("namespace")
            ):  # fmt: skip
                integrations.append(name)
        for model in estate.all_models():
            body, found = estate.model_body(model), self.models.get((model.integration, model.name))
            if not found or any(getattr(found, field) != value for field, value in body.items()):
                models.append(model)
        for name in estate.group_names():
            body, found = estate.group_body(name), self.groups.get(name)
            if (
                not found
                or found.description != body["description"]
                or sorted(role["name"] if isinstance(role, dict) else role.name for role in found.roles)
                != body["roles"]
            ):
                groups.append(name)
        grants = [
            grant
            for grant in estate.all_grants()
            if self.grants.get((grant.group, grant.kind, grant.target), set()) != set(grant.access)
        ]
        return integrations, models, groups, grants

    def apply(self) -> int:
        """Write what differs."""
        integrations, models, groups, grants = self.differing()
        self._each(self._save_integration, integrations)
        self._each(self._save_model, models)
        self._each(self._save_group, groups)
        self._each(self._grant, grants)
        return len(integrations) + len(models) + len(groups) + len(grants)

    def _save_integration(self, name: str) -> None:
        self._integrations.save_integration(name, IntegrationUpdate(**self.estate.integration_body(name)))

    def _save_model(self, model: Any) -> None:
        body = self.estate.model_body(model)
        self._integrations.save_integration_api(model.integration, model.name, IntegrationApiUpdate(**body))

    def _save_group(self, name: str) -> None:
        self._authorization.upsert_group(UpsertGroupRequest(**self.estate.group_body(name)), name)

    def _grant(self, grant: Grant) -> None:
        self._authorization.authorizationResourceApi.grant_permissions(self._grant_body(grant))

    @staticmethod
    def _grant_body(grant: Grant) -> dict[str, Any]:
        return {
            "subject": {"type": "GROUP", "id": grant.group},
            "target": {"type": grant.kind, "id": grant.target},
            "access": list(grant.access),
        }

    def take_down(self) -> int:
        """Delete what the estate has."""
        estate = self.estate
        grants = [grant for grant in estate.all_grants() if (grant.group, grant.kind, grant.target) in self.grants]
        models = [model for model in estate.all_models() if (model.integration, model.name) in self.models]
        self._each(
            lambda grant: self._authorization.authorizationResourceApi.remove_permissions(self._grant_body(grant)),
            grants,
        )
        groups = [name for name in estate.group_names() if name in self.groups]
        self._each(self._authorization.delete_group, groups)
        self._each(lambda model: self._integrations.delete_integration_api(model.integration, model.name), models)
        integrations = [name for name in estate.integration_names() if name in self.integrations]
        self._each(self._integrations.delete_integration, integrations)
        return len(grants) + len(models) + len(groups) + len(integrations)


def main(url: str, estate: Estate, work: str, threads: int) -> None:
    """Do the work."""
    script = Script(url, estate, threads)
    try:
        script.read()
        if work == "check":
            changes = sum(map(len, script.differing()))
        else:
            changes = script.apply() if work == "apply" else script.take_down()
    except ApiException as error:
        sys.exit(f"{error.status} {error.reason}: {error.body}")
    print(json.dumps({"changes": changes}))


if __name__ == "__main__":
    main(sys.argv[1], estate_called(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
