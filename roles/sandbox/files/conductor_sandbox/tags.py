# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of integrations, models and applications."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import bad_request, not_found
from .schemas import Tag
from .state import Sandbox
from .store import join


def _pair(tag: dict[str, str]) -> tuple[str, str]:
    return tag["key"], tag.get("value", "")


def _checked(tags: Sequence[Tag]) -> list[dict[str, str]]:
    for number, tag in enumerate(tags):
        if not tag.key or not tag.key.strip():
            raise bad_request("key is missing", f"[{number}].key", tag.key)
    return [{"key": str(tag.key), "value": tag.value or "", **({"type": tag.type} if tag.type else {})} for tag in tags]


def shown_tags(sandbox: Sandbox, kind: str, *name: str) -> list[dict[str, str]]:
    """The tags of an object, in any order."""
    return sandbox.in_any_order(sandbox.tags_of(kind, *name))


def save_tags(sandbox: Sandbox, tags: Sequence[Tag], kind: str, *name: str) -> None:
    """Let an object have these tags and no others."""
    sandbox.store.delete("tags", join(kind, *name))
    add_tags(sandbox, tags, kind, *name)


def add_tags(sandbox: Sandbox, tags: Sequence[Tag], kind: str, *name: str) -> None:
    """Add tags; a key that is there already gets a second value or a new one, by the settings."""
    held = list(sandbox.tags_of(kind, *name))
    for tag in _checked(tags):
        if sandbox.settings.repeated_tag_keys == "replace":
            held = [other for other in held if other["key"] != tag["key"]]
        else:
            held = [other for other in held if _pair(other) != _pair(tag)]
        held.append(tag)
    if held:
        sandbox.store.put("tags", join(kind, *name), {"kind": kind, "name": list(name), "tags": held})


def delete_tags(sandbox: Sandbox, tags: Sequence[Tag], tolerant: bool, kind: str, *name: str) -> None:
    """Take away exactly these tags."""
    held = list(sandbox.tags_of(kind, *name))
    for tag in _checked(tags):
        left = [other for other in held if _pair(other) != _pair(tag)]
        if len(left) == len(held) and not tolerant:
            raise not_found(f"No such tag {tag['key']} on {':'.join(name)}")
        held = left
    key = join(kind, *name)
    if held:
        sandbox.store.put("tags", key, {"kind": kind, "name": list(name), "tags": held})
    else:
        sandbox.store.delete("tags", key)
