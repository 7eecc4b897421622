# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every switch of the sandbox, in one object."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from .huggingface_settings import HuggingFaceSettings
from .workflow_settings import WorkflowSettings

KeptOrRemoved = Literal["kept", "removed"]
KeptOrCleared = Literal["kept", "cleared"]
AcceptOrNotFound = Literal["accept", "not_found"]


class ConductorSettings(BaseModel):
    """What the sandbox assumes where the vendor's behaviour is unknown, and how it is set up."""

    # Secrets of an integration
    secrets: Literal["clear", "masked", "reference"] = Field(
        "masked", description="What a read gives for the secret keys of a configuration"
    )
    omitted_key: Literal["kept", "erased"] = Field(
        "erased", description="What saving an existing integration without its secret key does to the key"
    )
    posted_mask: Literal["ignored", "stored"] = Field(
        "stored", description="What saving the very text that a read gave for a secret does"
    )
    required_configuration: Literal["enforced", "loose"] = Field(
        "loose", description="Whether a new integration must carry the keys its type calls required"
    )
    unknown_configuration_key: Literal["accept", "reject"] = Field(
        "reject", description="Configuration keys outside the closed list"
    )

    # Saving
    omitted_fields: KeptOrCleared = Field(
        "cleared", description="Fields that an update leaves out (integration, model, group, bulk)"
    )
    enabled_when_omitted: bool = Field(
        False, description="The value of 'enabled' where a body leaves it out and nothing is kept"
    )
    provider_post_response: Literal["object", "empty"] = Field(
        "object", description="The answer to saving an integration"
    )
    discovered_models: list[str] = Field(
        default_factory=list, description="Models that register themselves when an AI integration is saved"
    )
    discovered_created_by: Literal["caller", "empty"] = Field(
        "caller", description="Who counts as the creator of a model that registered itself"
    )
    bulk_atomicity: Literal["whole", "entry"] = Field(
        "entry", description="What a failing entry of a bulk save undoes: the whole call, or itself alone"
    )
    bulk_absent_models: KeptOrRemoved = Field("kept", description="Existing models that a bulk save does not mention")
    bulk_omitted_tags: KeptOrCleared = Field("kept", description="Tags of an object whose bulk entry has no tags")

    # Paths
    encoded_slash: Literal["decode", "reject"] = Field("decode", description="An encoded slash within a path segment")
    raw_slash: Literal["accept", "not_found"] = Field(
        "not_found", description="A plain slash within a model name or a grant target's id"
    )
    trailing_slash: Literal["required", "optional"] = Field(
        "required", description="The slash at the end of the catalogue's path"
    )

    # Tags
    repeated_tag_keys: Literal["replace", "multiple"] = Field(
        "multiple", description="Adding a tag whose key is there already"
    )
    delete_missing_tag: AcceptOrNotFound = Field(
        "accept", description="Removing a tag that is not there, from an integration or a model"
    )
    tag_target_existence: Literal["checked", "unchecked"] = Field(
        "unchecked", description="Tag calls on an integration or a model that does not exist"
    )
    tag_write_moves_update_time: bool = Field(
        True, description="Whether writing tags moves the update time of the tagged object"
    )
    model_write_moves_update_time: bool = Field(
        False, description="Whether saving or deleting a model moves the update time of its integration"
    )
    model_tag_grants: Literal["counted", "ignored"] = Field(
        "counted", description="Whether a grant on a tag reaches models that carry it"
    )

    # Deleting
    delete_cascade: KeptOrRemoved = Field(
        "kept", description="What a deleted object leaves behind: its grants and tags, and a role its holders"
    )
    delete_provider_with_models: Literal["removed", "kept", "rejected"] = Field(
        "removed", description="The models of an integration that is deleted"
    )
    remove_non_member: AcceptOrNotFound = Field(
        "not_found", description="Removing one user from a group that he is not in"
    )

    # Access
    creator_access: Literal["full", "read_update_delete"] = Field(
        "read_update_delete", description="What the creator of an integration or a model may do with it"
    )
    grant_right: Literal["owner", "admin"] = Field(
        "owner", description="Who, beside an administrator, may read and change the grants on a target"
    )
    unheld_access: Literal["absent", "empty"] = Field(
        "absent", description="An access that nobody holds, in the grants on a target"
    )
    provider_access_implies_models: bool = Field(
        False, description="Whether access to an integration reaches its models"
    )
    unreadable_object: Literal["forbidden", "not_found"] = Field(
        "forbidden", description="The answer to reading an object without the right to"
    )
    application_grant_subject: Literal["prefixed", "bare", "both"] = Field(
        "prefixed", description="How an application is named as the subject of a grant"
    )
    application_in_groups: Literal["accept", "reject"] = Field(
        "accept", description="Whether an application's user may be a member of a group"
    )
    subject_existence: Literal["checked", "unchecked"] = Field(
        "checked", description="Grants to a user, group or role that does not exist"
    )

    # Interfaces that not every server has
    grants_by_subject: Literal["by_version", "served", "not_found"] = Field(
        "by_version", description="Grants read by subject; by_version: from 5.4.2 on"
    )
    roles_listing: Literal["served", "not_found"] = Field("served", description="Everything about roles")

    # Tokens and the server itself
    authentication: Literal["enabled", "absent"] = Field(
        "enabled", description="'absent' answers as the open-source server, which has none of these interfaces"
    )
    token_lifetime: int = Field(2700, ge=1, description="Seconds until a token expires, at the latest")
    invalid_token_status: Literal[401, 403] = Field(403, description="The status that goes with INVALID_TOKEN")
    bad_credentials_status: Literal[401, 403] = Field(401, description="The status of a wrong key or secret")
    version_access: Literal["authenticated", "open"] = Field(
        "authenticated", description="Whether reading the version needs a token"
    )
    latency: int = Field(0, ge=0, le=60000, description="Milliseconds added to every answer")
    version: str = Field(
        "5.4.2",
        pattern=r"^[!-~]([ -~]*[!-~])?$",
        max_length=100,
        description="The version it claims, in whatever form",
    )
    organization: str = Field("sandbox-org", min_length=1, description="The organisation id")
    instance: str = Field("sandbox-1", min_length=1, description="The instance named in errors")

    # The first administrator
    admin_key: str = Field("sandbox-admin", min_length=1, description="Access key id of the first administrator")
    admin_secret: SecretStr = Field(
        SecretStr("sandbox-admin-secret"),
        min_length=1,
        exclude=True,
        repr=False,
        description="Its secret; never a command line option",
    )


class Settings(HuggingFaceSettings, WorkflowSettings, ConductorSettings):
    """All switches.

    A default is an assumption, not a fact: the README of the role lists them.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    @model_validator(mode="before")
    @classmethod
    def _numbers_for_status(cls, data: Any) -> Any:
        """Let a status be given as text, as a command line does."""
        if isinstance(data, dict):
            statuses = {
                name: int(value)
                for name, value in data.items()
                if isinstance(value, str) and value.isdigit() and name in cls.model_fields and _is_status(cls, name)
            }
            data = {**data, **statuses}
        return data

    def public(self) -> dict[str, Any]:
        """All switches but the secret."""
        return self.model_dump(mode="json")

    def changed_by(self, update: dict[str, Any]) -> Settings:
        """These settings with some replaced; the administrator's key and secret cannot be replaced at run time."""
        for fixed in ("admin_key", "admin_secret"):
            if fixed in update:
                raise ValueError(f"{fixed} cannot change while the sandbox runs")
        return Settings.model_validate({**self.public(), "admin_secret": self.admin_secret, **update})

    def at_least(self, *wanted: int) -> bool:
        """Whether the claimed version is at least the one given."""
        leading = re.match(r"[vV]?(\d+(?:\.\d+)*)", self.version)
        numbers = [int(part) for part in leading[1].split(".")] if leading else []
        padded = tuple(numbers) + (0,) * (len(wanted) - len(numbers))
        return padded >= wanted


def _is_status(settings: type[Settings], name: str) -> bool:
    """Whether a switch is a choice of numbers."""
    kind = settings.model_fields[name].annotation
    return get_origin(kind) is Literal and all(isinstance(choice, int) for choice in get_args(kind))
