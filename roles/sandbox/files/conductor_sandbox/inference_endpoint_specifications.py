# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint is made of: what may be asked for, what the service adds, and what it shows."""

from __future__ import annotations

import copy
import re
from typing import Any

from . import huggingface_hardware as hardware
from . import inference_endpoint_bodies as bodies
from .huggingface_accounts import Caller
from .huggingface_errors import HuggingFaceError
from .huggingface_models import COMMIT, TASKS, Models
from .settings import Settings

Specification = dict[str, Any]

NAME = re.compile(r"[a-z0-9-]{1,32}")
FRAMEWORKS = frozenset({"custom", "pytorch"})
TIMEOUTS = range(15, 2881)
FILLED_TIMEOUT = {"minutes_15": 15, "minutes_60": 60, "absent": None}
MASK = "********"
HEALTH_ROUTE = "/health"

#: What an update replaces as a whole, by its path. Other objects are merged.
WHOLE = frozenset(
    (
        ("model", "image"),
        ("compute", "scaling", "measure"),
        ("notifications",),
        ("network",),
        ("experimentalFeatures",),
        ("privateService",),
    )
)
MAPS = frozenset((("model", "env"), ("model", "secrets")))


def bad(text: str) -> HuggingFaceError:
    """400."""
    return HuggingFaceError(400, text)


def merged(before: dict[str, Any], update: dict[str, Any], whole: frozenset[Any], path: tuple[str, ...] = ()) -> Any:
    """An object with an update's fields in it."""
    result = dict(before)
    for name, value in update.items():
        place = (*path, name)
        if isinstance(value, dict) and isinstance(result.get(name), dict) and place not in whole:
            result[name] = merged(result[name], value, whole, place)
        else:
            result[name] = copy.deepcopy(value)
    return result


def machine_of(specification: Specification) -> hardware.Compute | None:
    """The hardware that is asked for."""
    provider, compute = specification["provider"], specification["compute"]
    return hardware.find(
        provider["vendor"],
        provider["region"],
        compute["accelerator"],
        compute["instanceType"],
        compute["instanceSize"],
    )


def variant_of(specification: Specification) -> tuple[str, dict[str, Any]]:
    """The kind of an endpoint's image, and what is said of it."""
    variant, image = next(iter(specification["model"]["image"].items()))
    return variant, image


def health_route(specification: Specification) -> str:
    """Where an endpoint says that it is healthy."""
    return str(variant_of(specification)[1].get("healthRoute") or HEALTH_ROUTE)


class Specifications:
    """Makes specifications of bodies, strictly."""

    def __init__(self, models: Models) -> None:
        self.models = models

    @property
    def settings(self) -> Settings:
        """The switches as they are now."""
        return self.models.sandbox.settings

    def created(self, content: dict[str, Any], caller: Caller) -> tuple[Specification, str | None]:
        """The specification of a new endpoint, and why it will not start, if so."""
        specification = bodies.sent(bodies.read(bodies.Creation, content, self.settings))
        self._take_image(specification)
        self._check_name(specification["name"])
        self._check(specification)
        failure = self._fill_model(specification, specification["model"], caller)
        self._fill(specification)
        return specification, failure

    def updated(
        self, before: Specification, failure: str | None, content: dict[str, Any], caller: Caller
    ) -> tuple[Specification, str | None]:
        """The specification of an endpoint after an update, and why it will not start, if so."""
        update = bodies.sent(bodies.read(bodies.Update, content, self.settings))
        if "model" in update:
            self._take_image(update)
        whole = WHOLE | MAPS if self.settings.huggingface_updated_maps == "replaced" else WHOLE
        specification = merged(before, update, whole)
        self._check(specification)
        model = update.get("model", {})
        if failure or "repository" in model or "revision" in model:
            failure = self._fill_model(specification, model, caller)
        self._fill(specification)
        return specification, failure

    def _take_image(self, specification: Specification) -> None:
        """Read the image of a body, and move its environment if the service does."""
        model = specification["model"]
        if "image" not in model:
            return
        model["image"] = bodies.read_image(model["image"], self.settings)
        custom = model["image"].get("custom", {})
        if self.settings.huggingface_custom_image_env == "merged" and "env" in custom:
            model["env"] = {**model.get("env", {}), **custom.pop("env")}

    def _check_name(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise bad(f"name: {name!r} is not made of 1 to 32 lower-case letters, digits and hyphens")
        if name.strip("-") != name and self.settings.huggingface_name_edges == "reject":
            raise bad(f"name: {name!r} begins or ends with a hyphen")

    def _check(self, specification: Specification) -> None:
        """Refuse values that do not fit."""
        settings = self.settings
        if specification["type"] == "protected" and settings.huggingface_protected_type == "reject":
            raise bad("type: 'protected' is no longer a type of endpoint")
        model = specification["model"]
        if model["framework"] not in FRAMEWORKS and settings.huggingface_unknown_framework == "reject":
            raise bad(f"model.framework: {model['framework']!r} is not known")
        task = model.get("task")
        if task is not None and task not in {*TASKS, "custom"} and settings.huggingface_unknown_task == "reject":
            raise bad(f"model.task: {task!r} is not known")
        self._check_scaling(specification["compute"]["scaling"])
        machine = machine_of(specification)
        if machine is None:
            provider, compute = specification["provider"], specification["compute"]
            raise bad(
                f"Instance compute '{compute['accelerator'].title()}' - '{compute['instanceType']}' - "
                f"'{compute['instanceSize']}' in '{provider['vendor']}' - '{provider['region']}' not found"
            )
        variant, image = variant_of(specification)
        sizes = {"tensorParallelSize", "dataParallelSize"} & set(bodies.IMAGES[variant].model_fields)
        if variant in bodies.PARALLEL and machine.accelerators > 1 and not sizes & set(image):
            raise bad(f"model.image.{variant}: {machine.accelerators} accelerators need {' or '.join(sorted(sizes))}")

    @staticmethod
    def _check_scaling(scaling: dict[str, Any]) -> None:
        least, most = scaling["minReplica"], scaling["maxReplica"]
        if not 0 <= least <= most or most < 1:
            raise bad(f"compute.scaling: {least} to {most} replicas is no range")
        timeout = scaling.get("scaleToZeroTimeout")
        if timeout is not None and timeout not in TIMEOUTS:
            raise bad(f"compute.scaling.scaleToZeroTimeout: {timeout} is not within {TIMEOUTS[0]} to {TIMEOUTS[-1]}")

    def _fill_model(self, specification: Specification, given: dict[str, Any], caller: Caller) -> str | None:
        """Find the model on the Hub, with its commit and task; returns why the endpoint cannot read it."""
        model = specification["model"]
        name, revision = model["repository"], given.get("revision")
        failure = None
        try:
            found = self.models.readable(name, caller)
            commit = self.models.commit(name, found, revision)
        except HuggingFaceError as error:
            if self.settings.huggingface_unavailable_model == "reject":
                raise bad(f"model.repository: {name}: {error.text}") from None
            failure = f"{name}: {error.text}"
            model["revision"] = revision
            model.setdefault("task", "custom")
            return failure
        echoed = self.settings.huggingface_branch_revision == "echoed" and revision and not COMMIT.fullmatch(revision)
        model["revision"] = revision if echoed else commit
        if "repository" in given and "task" not in given:
            model["task"] = found.pipeline_tag or "custom"
        return failure

    def _fill(self, specification: Specification) -> None:
        """Add what the service adds."""
        specification.setdefault("tags", [])
        specification.setdefault("notifications", {})
        specification.setdefault("experimentalFeatures", {})
        machine = machine_of(specification)
        specification["compute"]["id"] = machine.id if machine else None
        scaling = specification["compute"]["scaling"]
        if "measure" not in scaling and "metric" not in scaling:
            scaling["measure"] = {"hardwareUsage": None}
        timeout = FILLED_TIMEOUT[self.settings.huggingface_scale_to_zero_timeout]
        if timeout is not None and "scaleToZeroTimeout" not in scaling:
            scaling["scaleToZeroTimeout"] = timeout

    def shown(self, specification: Specification) -> dict[str, Any]:
        """A specification without its secrets."""
        how = self.settings.huggingface_secrets
        shown = copy.deepcopy(specification)
        model = shown["model"]
        hidden = MASK if how == "masked" else ""
        if "secrets" in model:
            model["secrets"] = dict.fromkeys(model["secrets"], hidden)
        variant, image = variant_of(shown)
        if "credentials" in image:
            image["credentials"] = {
                name: hidden if name == "password" else value for name, value in image["credentials"].items()
            }
        if how == "absent":
            model.pop("secrets", None)
            model["image"][variant].pop("credentials", None)
        return {**shown, "healthRoute": health_route(specification)}
