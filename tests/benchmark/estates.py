# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estates that are set up, the same for every contender. Nothing but the standard library: each imports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

ACCESS = ("EXECUTE", "READ")
NAMESPACE = "acme"


class Model(NamedTuple):
    """A model as it should be."""

    integration: str
    name: str
    endpoint: str
    description: str


class Grant(NamedTuple):
    """What one group may do with one target."""

    group: str
    kind: str
    target: str
    access: tuple[str, ...] = ACCESS


@dataclass(frozen=True)
class Estate:
    """How many objects there are.

    Attributes:
        name: What it is called.
        integrations: Number of integrations.
        models: Number of models, spread over the integrations.
        groups: Number of groups.
        grants: Number of grants: for each group its integration, and the first models of that.
    """

    name: str
    integrations: int
    models: int
    groups: int
    grants: int

    def integration(self, number: int) -> str:
        """Return the name of an integration."""
        return f"hf-{number:03}"

    def key(self, integration: str) -> str:
        """Return the key of an integration."""
        return f"hf_benchmark_key_of_{integration.replace('-', '_')}_0123456789"

    def integration_names(self) -> list[str]:
        """Return the names of all integrations."""
        return [self.integration(number) for number in range(self.integrations)]

    def group_names(self) -> list[str]:
        """Return the names of all groups."""
        return [f"team-{number:04}" for number in range(self.groups)]

    def models_of(self, integration: str) -> list[Model]:
        """Return the models of an integration."""
        return [
            Model(
                integration,
                f"acme/model-{number:03}-8B-Instruct",
                f"https://m{number:03}-{integration}.eu-west-1.aws.endpoints.huggingface.cloud",
                f"Model {number} of {integration}",
            )
            for number in range(self.models // self.integrations)
        ]

    def all_models(self) -> list[Model]:
        """Return all models."""
        return [model for name in self.integration_names() for model in self.models_of(name)]

    def integration_of(self, group: str) -> str:
        """Return the integration that a group works with."""
        return self.integration(self.group_names().index(group) % self.integrations)

    def permissions(self) -> dict[str, tuple[str, list[str]]]:
        """Return for each group its integration, and the models that it may use."""
        found = {}
        each = self.grants // self.groups - 1
        for number, group in enumerate(self.group_names()):
            integration = self.integration(number % self.integrations)
            found[group] = (integration, [model.name for model in self.models_of(integration)[:each]])
        return found

    def all_grants(self) -> list[Grant]:
        """Return all grants."""
        found = []
        for group, (integration, models) in self.permissions().items():
            found.append(Grant(group, "INTEGRATION_PROVIDER", integration))
            found += [Grant(group, "INTEGRATION", f"{integration}:{model}") for model in models]
        return found

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return self.integrations + self.models + self.groups + self.grants

    def drifting_models(self) -> list[Model]:
        """Return one model in a hundred, whose description somebody else changes; one at least."""
        return self.all_models()[:: max(1, self.models // max(1, self.models // 100))][: max(1, self.models // 100)]

    def drifting_groups(self) -> list[str]:
        """Return one group in a hundred, whose description somebody else changes."""
        return self.group_names()[: self.groups // 100]

    def drifting_grants(self) -> list[Grant]:
        """Return one grant in a hundred, of which somebody else revokes a part."""
        grants = self.all_grants()
        return grants[:: max(1, self.grants // max(1, self.grants // 100))][: self.grants // 100]

    @property
    def changes(self) -> int:
        """How many objects differ once somebody else has meddled."""
        return len(self.drifting_models()) + len(self.drifting_groups()) + len(self.drifting_grants())

    def group_body(self, group: str) -> dict[str, Any]:
        """Return a group as it is sent."""
        return {"description": f"Group {group}", "roles": ["USER"]}

    def integration_body(self, integration: str) -> dict[str, Any]:
        """Return an integration as it is sent."""
        return {
            "type": "huggingface",
            "category": "AI_MODEL",
            "description": f"Account {integration}",
            "enabled": True,
            "configuration": {"api_key": self.key(integration), "namespace": NAMESPACE},
        }

    def model_body(self, model: Model) -> dict[str, Any]:
        """Return a model as it is sent."""
        return {"description": model.description, "enabled": True, "configuration": {"endpoint": model.endpoint}}

    def role_variables(self) -> dict[str, Any]:
        """Return what the role hf_setup takes."""
        return {
            "hf_setup_integrations": [
                {
                    "name": name,
                    "api_key": self.key(name),
                    "namespace": NAMESPACE,
                    "description": f"Account {name}",
                    "models": [
                        {"name": model.name, "endpoint": model.endpoint, "description": model.description}
                        for model in self.models_of(name)
                    ],
                }
                for name in self.integration_names()
            ],
            "hf_setup_groups": [
                {
                    "name": group,
                    "description": f"Group {group}",
                    "roles": ["USER"],
                    "permissions": [{"integration": integration, "models": models, "access": list(ACCESS)}],
                }
                for group, (integration, models) in self.permissions().items()
            ],
        }


ESTATES = {
    estate.name: estate
    for estate in (
        Estate("sample", 2, 4, 2, 6),
        Estate("small", 1, 5, 3, 15),
        Estate("medium", 10, 200, 50, 1_000),
        Estate("large", 50, 10_000, 500, 20_000),
    )
}


def part_of(estate: Estate, divisor: int) -> Estate:
    """Return a tenth or a hundredth of an estate, for contenders that would take too long."""
    if divisor == 1:
        return estate
    numbers = (estate.integrations, estate.models, estate.groups, estate.grants)
    return Estate(f"{estate.name}-{divisor}", *(max(1, number // divisor) for number in numbers))


def estate_called(name: str) -> Estate:
    """Return an estate by its name; C(medium-10) is a tenth of C(medium)."""
    whole, hyphen, divisor = name.partition("-")
    return part_of(ESTATES[whole], int(divisor) if hyphen else 1)
