# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of the Hugging Face part: the Hub, and Inference Endpoints."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

RejectOrAccept = Literal["reject", "accept"]
TokenText = Literal["other", "invalid_credentials"]


class HuggingFaceSettings(BaseModel):
    """What the sandbox assumes where no source says how Hugging Face behaves."""

    # Tokens
    huggingface_absent_token_text: TokenText = Field(
        "other", description="The Hub's text where a token is needed and none was sent"
    )
    huggingface_expired_token_status: Literal[401, 403] = Field(401, description="The status of an expired token")
    huggingface_expired_token_text: TokenText = Field("other", description="The Hub's text for an expired token")
    huggingface_classic_tokens: Literal["refused", "by_role"] = Field(
        "refused", description="Whether tokens of the roles read and write may manage endpoints, as their role says"
    )
    huggingface_classic_token_calls: Literal["refused", "accepted"] = Field(
        "refused", description="Whether tokens of the roles read and write may call an endpoint"
    )
    huggingface_authenticated_calls: Literal["any_account", "members"] = Field(
        "any_account", description="Whose tokens may call an endpoint of the type authenticated"
    )
    huggingface_list_refusal_status: Literal[403, 401] = Field(
        403, description="The status of listing a namespace without access; 401 also meets one that cannot pay"
    )

    # The Hub
    huggingface_gated_status: Literal[403, 401] = Field(
        403, description="The status that goes with GatedRepo when access is checked"
    )

    # Creating and changing endpoints
    huggingface_taken_name_status: Literal[409, 400] = Field(409, description="The status of a name that is taken")
    huggingface_name_edges: RejectOrAccept = Field(
        "reject", description="A hyphen as the first or last character of an endpoint's name"
    )
    huggingface_protected_type: RejectOrAccept = Field("reject", description="The former type 'protected'")
    huggingface_unknown_framework: RejectOrAccept = Field(
        "reject", description="Frameworks other than custom and pytorch"
    )
    huggingface_unknown_task: RejectOrAccept = Field("reject", description="Tasks that the Hub has no tag for")
    huggingface_malformed_body_status: Literal[422, 400] = Field(
        422, description="The status of a body without a required field, or with one of the wrong form"
    )
    huggingface_unavailable_model: Literal["reject", "fails"] = Field(
        "reject", description="An endpoint for a model that the caller may not read: refused, or fails to start"
    )
    huggingface_scale_to_zero_timeout: Literal["minutes_15", "minutes_60", "absent"] = Field(
        "minutes_15", description="scaleToZeroTimeout in answers, where it was not given"
    )
    huggingface_branch_revision: Literal["resolved", "echoed"] = Field(
        "resolved", description="A branch as the revision of an endpoint: answered as its commit, or as it was sent"
    )
    huggingface_custom_image_env: Literal["kept", "merged"] = Field(
        "kept", description="env within a custom image: kept there, or merged into the env of the model"
    )
    huggingface_unknown_image_fields: Literal["dropped", "kept"] = Field(
        "dropped", description="Fields of an image that the sandbox does not know"
    )
    huggingface_secrets: Literal["emptied", "masked", "absent"] = Field(
        "emptied", description="How secrets and registry passwords look in answers"
    )
    huggingface_updated_maps: Literal["replaced", "merged"] = Field(
        "replaced", description="What sending env or secrets does to entries that it leaves out"
    )

    # The life of an endpoint
    huggingface_delete_status: Literal[204, 200, 202] = Field(204, description="The status of a deletion")
    huggingface_paused_pause: RejectOrAccept = Field("reject", description="Pausing a paused endpoint")
    huggingface_paused_scale_to_zero: RejectOrAccept = Field("reject", description="Scaling a paused endpoint to zero")
    huggingface_sleeping_pause: RejectOrAccept = Field("reject", description="Pausing an endpoint scaled to zero")
    huggingface_sleeping_resume: Literal["reject", "already_running", "wake"] = Field(
        "reject", description="Resuming an endpoint scaled to zero"
    )
    huggingface_update_at_rest: Literal["stays", "starts"] = Field(
        "stays", description="What an update does to an endpoint that is paused or scaled to zero"
    )
    huggingface_scale_to_zero_minimum: Literal["zero", "any"] = Field(
        "zero", description="Which minReplica an endpoint needs to be scaled to zero"
    )
    huggingface_pending_reads: int = Field(
        1, ge=0, le=1_000_000, description="How many reads of an endpoint find it pending"
    )
    huggingface_initializing_reads: int = Field(
        1, ge=0, le=1_000_000, description="How many reads of an endpoint find it initializing"
    )
    huggingface_updating_reads: int = Field(
        1, ge=0, le=1_000_000, description="How many reads of an endpoint find it updating"
    )

    # Serving
    huggingface_default_image_routes: Literal["absent", "served"] = Field(
        "absent", description="OpenAI's routes under an endpoint with the default image"
    )
    huggingface_management_rate_limit: Literal["bare", "described"] = Field(
        "bare", description="Whether a 429 of the management API has RateLimit headers, as the Hub's has"
    )
