# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hardware that endpoints can run on: a few of the real kinds, with made-up prices and quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: How many accelerators of a kind a namespace may run.
QUOTA = 8


@dataclass(frozen=True)
class Compute:
    """One kind of machine in one region."""

    vendor: str
    region: str
    accelerator: str
    instance_type: str
    instance_size: str
    architecture: str
    accelerators: int
    cpus: int
    memory: int
    accelerator_memory: int | None
    price: float
    status: str = "available"

    @property
    def id(self) -> str:
        """Its id."""
        return f"{self.vendor}-{self.region}-{self.instance_type}-{self.instance_size}"


def _machines() -> tuple[Compute, ...]:
    xeon, l4, a10g = "Intel Sapphire Rapids", "Nvidia L4", "Nvidia A10G"
    found = []
    for region in ("us-east-1", "eu-west-1"):
        found += [
            Compute("aws", region, "cpu", "intel-spr", "x1", xeon, 1, 1, 2, None, 0.033),
            Compute("aws", region, "cpu", "intel-spr", "x2", xeon, 1, 2, 4, None, 0.067),
            Compute("aws", region, "cpu", "intel-icl", "x2", "Intel Ice Lake", 1, 2, 4, None, 0.064),
            Compute("aws", region, "gpu", "nvidia-l4", "x1", l4, 1, 7, 30, 24, 0.8),
            Compute("aws", region, "gpu", "nvidia-l4", "x4", l4, 4, 45, 186, 96, 3.8),
            Compute("aws", region, "gpu", "nvidia-a10g", "x1", a10g, 1, 6, 30, 24, 1.0),
        ]
    found += [
        Compute("aws", "us-east-1", "neuron", "inf2", "x1", "AWS Inferentia2", 1, 3, 14, 32, 0.75),
        Compute("gcp", "us-east4", "cpu", "intel-spr", "x2", xeon, 1, 2, 4, None, 0.07),
        Compute("gcp", "us-east4", "gpu", "nvidia-l4", "x1", l4, 1, 7, 30, 24, 0.7),
        Compute("azure", "eastus", "cpu", "intel-xeon", "x2", "Intel Xeon", 1, 2, 4, None, 0.12, "not_available"),
    ]
    return tuple(found)


MACHINES = _machines()
LABELS = {
    "us-east-1": "N. Virginia",
    "eu-west-1": "Ireland",
    "us-east4": "N. Virginia",
    "eastus": "Virginia",
}


def find(vendor: str, region: str, accelerator: str, instance_type: str, instance_size: str) -> Compute | None:
    """The machine of this description, if there is one."""
    wanted = (vendor, region, accelerator, instance_type, instance_size)
    return next(
        (
            one
            for one in MACHINES
            if (one.vendor, one.region, one.accelerator, one.instance_type, one.instance_size) == wanted
        ),
        None,
    )


def _compute(machine: Compute, used: dict[str, int] | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": machine.id,
        "accelerator": machine.accelerator,
        "instanceType": machine.instance_type,
        "instanceSize": machine.instance_size,
        "architecture": machine.architecture,
        "numAccelerators": machine.accelerators,
        "numCpus": machine.cpus,
        "memoryGb": machine.memory,
        "gpuMemoryGb": machine.accelerator_memory,
        "pricePerHour": machine.price,
        "status": machine.status,
    }
    if used is not None:
        shown["quota"] = {"maxAccelerators": QUOTA, "usedAccelerators": used.get(machine.instance_type, 0)}
    return shown


def vendors(used: dict[str, int] | None = None) -> dict[str, Any]:
    """What there is to choose from.

    Args:
        used: The accelerators in use by their kind; without it no quota is told.
    """
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for machine in MACHINES:
        found.setdefault(machine.vendor, {}).setdefault(machine.region, []).append(_compute(machine, used))

    def status(computes: list[dict[str, Any]]) -> str:
        return "available" if any(one["status"] == "available" for one in computes) else "not_available"

    return {
        "vendors": [
            {
                "name": vendor,
                "status": status([one for computes in regions.values() for one in computes]),
                "regions": [
                    {"name": region, "label": LABELS[region], "status": status(computes), "computes": computes}
                    for region, computes in regions.items()
                ],
            }
            for vendor, regions in found.items()
        ]
    }
