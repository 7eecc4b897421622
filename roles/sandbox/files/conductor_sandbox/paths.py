# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths as they were sent: an encoded slash within a segment is not a slash between two."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from .settings import Settings

#: Stands for a slash within a segment while the request is routed; from the private use area of Unicode.
INNER_SLASH = "\ue000"

_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MODEL = ("api", "integrations", "provider")
_GRANTS = ("api", "auth", "authorization")


class RefusedPath(Exception):
    """What a servlet container refuses before the application sees it."""


def _segment(raw: bytes, encoded_slash: str = "decode") -> str:
    """One segment, decoded."""
    if _ESCAPE.search(raw):
        raise RefusedPath("malformed escape")
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedPath("not UTF-8") from None
    if INNER_SLASH in text or any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise RefusedPath("forbidden character")
    if text in (".", ".."):
        raise RefusedPath("relative segment")
    if "/" in text:
        if encoded_slash == "reject":
            raise RefusedPath("encoded slash")
        text = text.replace("/", INNER_SLASH)
    return text


def _join_raw(segments: list[str]) -> list[str]:
    """Take the plain slashes of a model's name, or of a grant target's id, into one segment."""
    if tuple(segments[:3]) == _MODEL and len(segments) > 6 and segments[4] == "integration":
        end = len(segments)
        if segments[-1] in ("tags", "prompt"):
            end -= 1
        elif segments[-2] == "prompt" and len(segments) > 7:
            end -= 2
        return [*segments[:5], INNER_SLASH.join(segments[5:end]), *segments[end:]]
    if tuple(segments[:3]) == _GRANTS and len(segments) > 5:
        return [*segments[:4], INNER_SLASH.join(segments[4:])]
    return segments


def routing_path(raw_path: bytes, settings: Settings) -> str:
    """The path that requests are routed by.

    Raises:
        RefusedPath: The container refuses it with 400.
    """
    segments = [_segment(part, settings.encoded_slash) for part in raw_path.split(b"/")[1:]]
    if settings.raw_slash == "accept":
        segments = _join_raw(segments)
    if settings.trailing_slash == "optional" and segments == ["api", "integrations"]:
        segments.append("")
    return "/" + "/".join(segments)


def decoded_path(raw_path: bytes) -> str:
    """The path that requests to Hugging Face are routed by: no switch is about those.

    Raises:
        RefusedPath: It is malformed.
    """
    return "/" + "/".join(_segment(part) for part in raw_path.split(b"/")[1:])


def name_of(segment: str) -> str:
    """The name that a routed segment stands for."""
    return segment.replace(INNER_SLASH, "/")


def shown(raw_path: bytes) -> str:
    """A path as the request log shows it: as it was sent, but always printable."""
    return quote(raw_path, safe="/%:@!$&'()*+,;=~-._")
