# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation says of a second run is what a second run does."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml

from ansible_collections.orkes.conductor.plugins.module_utils import _resource_integration as resource
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import SHORTEST_FINGERPRINTED

COLLECTION = "ansible_collections.orkes.conductor.plugins"
KEY = "hf_canary0123456789012345678901234567"


def idempotence(place: str) -> dict[str, str]:
    module = importlib.import_module(f"{COLLECTION}.{place}")
    text = getattr(module, "DOCUMENTATION", None) or module.ModuleDocFragment.DOCUMENTATION
    return yaml.safe_load(text).get("attributes", {}).get("idempotent", {})


class Server:
    """One integration on a server that shows a key as it is, or never."""

    def __init__(self, shows_key: bool) -> None:
        self.shows_key = shows_key
        self.integration: dict[str, Any] | None = None
        self.tags: list[dict[str, str]] = []

    def get_integration(self, _name: str) -> dict[str, Any] | None:
        if self.integration is None:
            return None
        configuration = dict(self.integration["configuration"])
        if not self.shows_key:
            configuration["api_key"] = "****"
        return {**self.integration, "configuration": configuration, "tags": list(self.tags)}

    def save_integration(self, _name: str, body: dict[str, Any]) -> None:
        self.integration = body

    def add_integration_tags(self, _name: str, tags: list[dict[str, str]]) -> None:
        self.tags += tags

    def delete_integration_tags(self, _name: str, tags: list[dict[str, str]]) -> None:
        self.tags = [tag for tag in self.tags if tag not in tags]


def sends_again(shows_key: bool, **options: Any) -> bool:
    """Apply twice; tell whether the second run writes."""
    item = {"name": "hf", "api_key": KEY, "namespace": "acme", **options}
    server = Server(shows_key)
    first, problems = resource.plan_integration(item, None)
    assert first is not None, problems
    for step in resource.integration_steps(server, first):
        step.run()
    second, problems = resource.plan_integration(item, server.get_integration("hf"))
    assert not problems
    return second is not None


@pytest.mark.parametrize(
    ("words", "again"),
    [
        ("O(update_api_key=always)", {"update_api_key": "always"}),
        ("O(fingerprint=false)", {"fingerprint": False}),
        (f"less than {SHORTEST_FINGERPRINTED} characters", {"api_key": "k" * (SHORTEST_FINGERPRINTED - 1)}),
    ],
)
def test_an_integration_is_written_again_only_where_its_documentation_says_so(words, again):
    documented = idempotence("modules.hf_integration")
    assert documented["support"] == "partial"
    assert words in re.sub(r"\s+", " ", " ".join(documented["details"]))
    assert sends_again(False, **again)
    assert sends_again(True, **again) == ("update_api_key" in again)
    assert not sends_again(False)
    assert not sends_again(False, api_key="k" * SHORTEST_FINGERPRINTED)


@pytest.mark.parametrize("module", ["hf_model", "conductor_group", "conductor_group_permission"])
def test_the_others_are_always_idempotent(module):
    assert idempotence(f"modules.{module}") == {}
    assert idempotence("doc_fragments.attributes")["support"] == "full"
