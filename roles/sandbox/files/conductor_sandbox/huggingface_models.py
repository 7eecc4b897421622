# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The models of the Hub: what there is, and who may see it."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .huggingface_accounts import Accounts, Caller, identifier
from .huggingface_errors import HuggingFaceError
from .state import Sandbox

TABLE = "huggingface_models"
CREATED, MODIFIED = "2026-02-01T08:00:00.000Z", "2026-09-15T08:00:00.000Z"
COMMIT = re.compile(r"[0-9a-f]{40}")

#: The values of pipeline_tag that the sandbox knows.
TASKS = frozenset(
    (
        "audio-classification",
        "audio-text-to-text",
        "automatic-speech-recognition",
        "depth-estimation",
        "document-question-answering",
        "feature-extraction",
        "fill-mask",
        "image-classification",
        "image-feature-extraction",
        "image-segmentation",
        "image-text-to-text",
        "image-to-image",
        "image-to-text",
        "mask-generation",
        "object-detection",
        "question-answering",
        "sentence-similarity",
        "summarization",
        "table-question-answering",
        "text-classification",
        "text-generation",
        "text-ranking",
        "text-to-audio",
        "text-to-image",
        "text-to-speech",
        "text2text-generation",
        "token-classification",
        "translation",
        "video-classification",
        "visual-question-answering",
        "zero-shot-classification",
        "zero-shot-image-classification",
    )
)


class Model(BaseModel):
    """A model's repository."""

    model_config = ConfigDict(extra="forbid", strict=True)

    private: bool = False
    gated: Literal["auto", "manual", False] = False
    disabled: bool = False
    pipeline_tag: str | None = "text-generation"
    library_name: str | None = "transformers"
    tags: list[str] = Field(default_factory=list)
    revisions: dict[str, str] = Field(default_factory=dict, description="Branches and tags, each with its commit")
    downloads: int = 0
    likes: int = 0
    warm: bool = Field(default=False, description="Whether an inference provider serves it")


BUILT_IN: dict[str, Model] = {
    "HuggingFaceTB/SmolLM2-135M-Instruct": Model(downloads=1000, warm=True),
    "openai-community/gpt2": Model(downloads=5000),
    "facebook/bart-large-cnn": Model(pipeline_tag="summarization", downloads=3000),
    "google-t5/t5-small": Model(pipeline_tag="translation", downloads=2000),
    "meta-llama/Llama-3.2-1B-Instruct": Model(gated="manual", downloads=4000),
    "acme/support-assistant": Model(private=True),
}


def commit_of(name: str, revision: str = "main") -> str:
    """A made-up commit, always the same for the same revision."""
    return hashlib.sha256(f"{name}@{revision}".encode()).hexdigest()[:40]


class Models:
    """All models."""

    def __init__(self, sandbox: Sandbox, accounts: Accounts) -> None:
        self.sandbox = sandbox
        self.accounts = accounts

    def get(self, name: str) -> Model | None:
        """A model, whoever asks."""
        document = self.sandbox.store.get(TABLE, name)
        return Model.model_validate(document) if document is not None else BUILT_IN.get(name)

    def all(self) -> dict[str, dict[str, Any]]:
        """All models, by name."""
        names = sorted({*BUILT_IN, *self.sandbox.store.keys(TABLE)})
        return {name: model.model_dump() for name in names if (model := self.get(name)) is not None}

    def save(self, name: str, model: Model) -> None:
        """Set a model."""
        self.sandbox.store.put(TABLE, name, model.model_dump())

    def remove(self, name: str) -> bool:
        """Forget a model; one of the start comes back as it was."""
        return self.sandbox.store.delete(TABLE, name)

    def visible(self, name: str, caller: Caller | None) -> Model:
        """A model, if the caller may know of it.

        Raises:
            HuggingFaceError: It does not exist, or is hidden from them: nobody is told which.
        """
        model = self.get(name)
        owner = name.partition("/")[0]
        if model is not None and model.private:
            if caller is not None and caller.belongs_to(owner) and not caller.approved_in(owner):
                raise HuggingFaceError(403, f"This token is not approved by the organization: {owner}")
            if caller is None or not caller.belongs_to(owner):
                model = None
        if model is None:
            if caller is None:
                raise self.accounts.absent()
            raise HuggingFaceError(404, "Repository not found", "RepoNotFound")
        if model.disabled:
            raise HuggingFaceError(403, "Access to this resource is disabled.")
        return model

    def readable(self, name: str, caller: Caller | None) -> Model:
        """A model, if the caller may read its files."""
        model = self.visible(name, caller)
        if not model.gated or (caller is not None and caller.belongs_to(name.partition("/")[0])):
            return model
        if caller is None:
            raise self.accounts.absent()
        token = caller.token
        if name not in token.gated_models or (token.role == "fineGrained" and not token.can_read_gated_repos):
            text = f"Access to model {name} is restricted and you are not in the authorized list."
            raise HuggingFaceError(self.sandbox.settings.huggingface_gated_status, text, "GatedRepo")
        return model

    def commit(self, name: str, model: Model, revision: str | None) -> str:
        """The commit that a branch, a tag or nothing stands for."""
        revision = revision or "main"
        known = {"main": commit_of(name), **model.revisions}
        if revision in known:
            return known[revision]
        if COMMIT.fullmatch(revision) and revision in known.values():
            return revision
        raise HuggingFaceError(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def shown(self, name: str, model: Model, commit: str, expand: list[str]) -> dict[str, Any]:
        """What the Hub says of a model.

        Args:
            name: Its name.
            model: The model.
            commit: The commit that was asked for.
            expand: The properties that were asked for; all of the usual ones without any.
        """
        told = model.model_dump()
        usual: dict[str, Any] = {
            "author": name.partition("/")[0] if "/" in name else None,
            "createdAt": CREATED,
            "disabled": model.disabled,
            "downloads": model.downloads,
            "gated": model.gated,
            "lastModified": MODIFIED,
            "library_name": told["library_name"],
            "likes": model.likes,
            "pipeline_tag": model.pipeline_tag,
            "private": model.private,
            "sha": commit,
            "siblings": [{"rfilename": file} for file in ("README.md", "config.json", "model.safetensors")],
            "tags": [tag for tag in (told["library_name"], model.pipeline_tag, *model.tags) if tag],
        }
        properties = {**usual, "inference": "warm" if model.warm else None}
        unknown = sorted(set(expand) - set(properties))
        if unknown:
            raise HuggingFaceError(400, f"expand: {', '.join(unknown)} is not known")
        chosen = {key: properties[key] for key in expand} if expand else {"modelId": name, **usual}
        known = {key: value for key, value in chosen.items() if value is not None}
        return {"_id": identifier("model", name), "id": name, **known}
