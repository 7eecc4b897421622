# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies that create and change an endpoint. Fields that nobody declared are dropped, as the service does."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .huggingface_errors import HuggingFaceError
from .settings import Settings

Texts = dict[str, str]
Schema = TypeVar("Schema", bound=BaseModel)


def _present(value: Any) -> Any:
    """A value that may be left out, and not be null."""
    if value is None:
        raise ValueError("may be left out, but not be null")
    return value


Task = Annotated[str | None, BeforeValidator(_present)]
#: ``protected`` is refused later, or not: a switch says which.
Kind = Literal["authenticated", "public", "private", "protected"]
Accelerator = Literal["cpu", "gpu", "neuron"]


class Body(BaseModel):
    """Any object of a body."""

    model_config = ConfigDict(extra="ignore", strict=True)


class Measure(Body):
    """By what replicas are added."""

    pendingRequests: float | None = None
    hardwareUsage: float | None = None


class ScalingUpdate(Body):
    """How many replicas there are; an update may hold a part of it."""

    minReplica: int | None = None
    maxReplica: int | None = None
    scaleToZeroTimeout: int | None = None
    measure: Measure | None = None
    metric: str | None = None
    threshold: float | None = None


class Scaling(ScalingUpdate):
    """How many replicas there are."""

    minReplica: int
    maxReplica: int


class ComputeUpdate(Body):
    """The hardware."""

    accelerator: Accelerator | None = None
    instanceType: str | None = None
    instanceSize: str | None = None
    scaling: ScalingUpdate | None = None


class Compute(ComputeUpdate):
    """The hardware of a new endpoint."""

    accelerator: Accelerator
    instanceType: str
    instanceSize: str
    scaling: Scaling


class ModelUpdate(Body):
    """The model and its container."""

    repository: str | None = None
    framework: str | None = None
    image: dict[str, Any] | None = None
    revision: str | None = None
    task: Task = None
    env: Texts | None = None
    secrets: Texts | None = None
    command: list[str] | None = None
    args: list[str] | None = None


class Model(ModelUpdate):
    """The model of a new endpoint."""

    repository: str
    framework: str
    image: dict[str, Any]


class Provider(Body):
    """Where an endpoint runs."""

    vendor: str
    region: str


class PrivateService(Body):
    """The account that reaches an endpoint by a private link."""

    accountId: str
    region: str


class Route(Body):
    """A domain and a path of one's own."""

    domain: str | None = None
    path: str | None = None


class Update(Body):
    """A change. It has neither a name nor a provider: those never change, and sending them does nothing."""

    type: Kind | None = None
    compute: ComputeUpdate | None = None
    model: ModelUpdate | None = None
    tags: list[str] | None = None
    privateService: PrivateService | None = None
    route: Route | None = None
    cacheHttpResponses: bool | None = None
    notifications: dict[str, Any] | None = None
    network: dict[str, Any] | None = None
    experimentalFeatures: dict[str, Any] | None = None


class Creation(Update):
    """A new endpoint."""

    name: str
    type: Kind
    provider: Provider
    compute: Compute
    model: Model


# Images


class DefaultImage(Body):
    """The service's own choice."""


class Credentials(Body):
    """An account at a registry."""

    username: str
    password: str | None = None


class EngineImage(Body):
    """An inference engine, which listens and is healthy where it says."""

    url: str
    port: int | None = Field(None, ge=1, le=65535)
    healthRoute: str | None = None


class CustomImage(EngineImage):
    """Any image."""

    env: Texts | None = None
    credentials: Credentials | None = None


class SGLangImage(EngineImage):
    """An engine that has to be told how to use several accelerators."""

    tensorParallelSize: int | None = Field(None, ge=1)


class VLLMImage(SGLangImage):
    """An engine that has two ways of using several accelerators."""

    dataParallelSize: int | None = Field(None, ge=1)


IMAGES: dict[str, type[Body]] = {
    "huggingface": DefaultImage,
    "huggingfaceNeuron": DefaultImage,
    "custom": CustomImage,
    "vLLM": VLLMImage,
    "sGLang": SGLangImage,
    **dict.fromkeys(("vLLMNeuron", "tgi", "tgiNeuron", "tei", "llamacpp", "hfServe"), EngineImage),
}
#: The engines that are refused on several accelerators when they were not told.
PARALLEL = frozenset(("vLLM", "sGLang"))


def read(schema: type[Schema], content: Any, settings: Settings, place: str = "") -> Schema:
    """A body in its form.

    Raises:
        HuggingFaceError: It has another form. The text says where, and never repeats a value.
    """
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        problems = [
            f"{place}{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False)
        ]
        raise HuggingFaceError(settings.huggingface_malformed_body_status, "; ".join(problems)) from None


def sent(body: BaseModel) -> dict[str, Any]:
    """What a body says; null says nothing."""
    return body.model_dump(exclude_unset=True, exclude_none=True)


def read_image(content: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """An image in its form: one variant, with the fields that it declares."""
    if len(content) != 1 or (variant := next(iter(content))) not in IMAGES:
        text = f"model.image: expected exactly one of {', '.join(IMAGES)}"
        raise HuggingFaceError(settings.huggingface_malformed_body_status, text)
    given = content[variant]
    image = sent(read(IMAGES[variant], given, settings, f"model.image.{variant}."))
    if settings.huggingface_unknown_image_fields == "kept":
        known = IMAGES[variant].model_fields
        image |= {name: value for name, value in given.items() if name not in known and value is not None}
    return {variant: image}
