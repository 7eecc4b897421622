# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of requests and answers. The field names are those of the interface."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, RootModel


def _one_or_many(value: Any) -> Any:
    """A bare string stands for a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_one_or_many)]


class Body(BaseModel):
    """What is sent or answered. Fields that the interface doesn't know are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)


class Response(RootModel[dict[str, Any]]):
    """An object without fixed fields."""


class Tag(Body):
    """A tag."""

    key: str | None = None
    value: str | None = None
    type: str | None = None


class GenerateTokenRequest(Body):
    """Credentials."""

    keyId: str | None = None
    keySecret: str | None = None
    email: str | None = None
    password: str | None = None
    expiration: int | None = None


class Token(Body):
    """A token."""

    token: str


class Message(Body):
    """A sentence."""

    message: str


class IntegrationUpdate(Body):
    """An integration as it is saved."""

    type: str | None = None
    category: str | None = None
    description: str | None = None
    enabled: bool | None = None
    configuration: dict[str, Any] | None = None


class IntegrationApiUpdate(Body):
    """A model as it is saved."""

    description: str | None = None
    enabled: bool | None = None
    configuration: dict[str, Any] | None = None
    maxTokens: int | None = None
    frequency: str | None = None


class IntegrationApi(Body):
    """A model as it is read."""

    integrationName: str | None = None
    api: str | None = None
    description: str | None = None
    enabled: bool | None = None
    configuration: dict[str, Any] | None = None
    tags: list[Tag] | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None
    ownerApp: str | None = None


class Integration(Body):
    """An integration as it is read, and an entry of a bulk save."""

    name: str | None = None
    type: str | None = None
    category: str | None = None
    description: str | None = None
    enabled: bool | None = None
    configuration: dict[str, Any] | None = None
    tags: list[Tag] | None = None
    modelsCount: int | None = None
    apis: list[IntegrationApi] | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None
    ownerApp: str | None = None


class Option(Body):
    """A choice of a form."""

    label: str | None = None
    value: str | None = None


class IntegrationDefFormField(Body):
    """A field of a form."""

    fieldName: str | None = None
    fieldType: str | None = None
    label: str | None = None
    description: str | None = None
    optional: bool | None = None
    defaultValue: str | None = None
    value: str | None = None
    valueOptions: list[Option] | None = None


class IntegrationDefApi(Body):
    """A model that a kind of integration offers."""

    api: str | None = None
    description: str | None = None
    integrationType: str | None = None


class IntegrationDef(Body):
    """A kind of integration."""

    name: str | None = None
    type: str | None = None
    category: str | None = None
    categoryLabel: str | None = None
    description: str | None = None
    enabled: bool | None = None
    iconName: str | None = None
    tags: list[str] | None = None
    apis: list[IntegrationDefApi] | None = None
    configuration: list[IntegrationDefFormField] | None = None


class Permission(Body):
    """A permission of a role."""

    name: str


class Role(Body):
    """A role with what it permits."""

    name: str
    permissions: list[Permission]


class CreateOrUpdateRoleRequest(Body):
    """A custom role as it is saved."""

    name: str | None = None
    permissions: Names | None = None


class Group(Body):
    """A group."""

    id: str | None = None
    description: str | None = None
    roles: list[Role] | None = None
    defaultAccess: dict[str, list[str]] | None = None
    contactInformation: dict[str, Any] | None = None


class UpsertGroupRequest(Body):
    """A group as it is saved."""

    description: str
    roles: Names | None = None
    defaultAccess: dict[str, list[str]] | None = None


class ConductorUser(Body):
    """A user, or the user of an application."""

    id: str | None = None
    name: str | None = None
    roles: list[Role] | None = None
    groups: list[Group] | None = None
    uuid: str | None = None
    contactInformation: dict[str, Any] | None = None
    applicationUser: bool | None = None
    orkesApp: bool | None = None
    orkesWorkersApp: bool | None = None
    orkesApiGateway: bool | None = None
    namespace: str | None = None
    encryptedId: bool | None = None
    encryptedIdDisplayValue: str | None = None


class UpsertUserRequest(Body):
    """A user as it is saved."""

    name: str
    roles: Names | None = None
    groups: Names | None = None


class CreateOrUpdateApplicationRequest(Body):
    """An application as it is saved."""

    name: str


class ExtendedConductorApplication(Body):
    """An application."""

    id: str | None = None
    name: str | None = None
    tags: list[Tag] | None = None
    createTime: int | None = None
    updateTime: int | None = None
    createdBy: str | None = None
    updatedBy: str | None = None


class CreatedAccessKey(Body):
    """An access key, the only time that its secret is told."""

    id: str
    secret: str


class AccessKey(Body):
    """An access key."""

    id: str
    createdAt: int
    status: str


class SubjectRef(Body):
    """Who holds a grant."""

    id: str
    type: str | None = None


class TargetRef(Body):
    """What a grant is on."""

    id: str
    type: str


class AuthorizationRequest(Body):
    """A grant to be added or taken away."""

    subject: SubjectRef
    target: TargetRef
    access: list[str]


class GrantedAccess(Body):
    """A grant as a subject holds it."""

    target: TargetRef
    access: list[str]
    tag: str | None = None


class GrantedAccessResponse(Body):
    """The grants of a subject."""

    grantedAccess: list[GrantedAccess]
