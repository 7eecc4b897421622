# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models as prompts and grants name them: the integration, a colon, the model. Both names may hold colons."""

from __future__ import annotations

from .store import Document, Store, join


def splits(name: str) -> list[tuple[str, str]]:
    """Every integration and model that a name may mean."""
    return [(name[:place], name[place + 1 :]) for place, character in enumerate(name) if character == ":"]


def models_called(store: Store, name: str) -> list[Document]:
    """The models that there are of a name."""
    found = (store.get("models", join(*parts)) for parts in splits(name))
    return [model for model in found if model is not None]


def unlink(store: Store, integration: str, model: str) -> None:
    """Take a model that is gone out of the prompts that name it."""
    name = f"{integration}:{model}"
    for key in store.keys("prompts"):
        prompt = store.get("prompts", key) or {}
        if name in prompt["integrations"]:
            left = [other for other in prompt["integrations"] if other != name]
            store.put("prompts", key, {**prompt, "integrations": left})
