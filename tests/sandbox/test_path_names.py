# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any name survives its way through a path, and an encoded slash never becomes a real one."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as some
from sandbox_process import SOURCE, segment

sys.path.insert(0, str(SOURCE))

from conductor_sandbox.paths import name_of, routing_path
from conductor_sandbox.settings import Settings

NAMES = some.text(some.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ue000"), min_size=1).filter(
    lambda name: name not in (".", "..")
)


@given(NAMES, NAMES)
def test_an_encoded_name_is_one_segment(provider: str, model: str) -> None:
    raw = f"/api/integrations/provider/{segment(provider)}/integration/{segment(model)}/tags"
    segments = routing_path(raw.encode(), Settings()).split("/")
    assert len(segments) == 8
    assert (name_of(segments[4]), name_of(segments[6])) == (provider, model)


@given(some.lists(NAMES.filter(lambda name: "/" not in name), min_size=2, max_size=5))
def test_raw_slashes_make_one_name_where_they_are_taken(parts: list[str]) -> None:
    path = "/".join(segment(part) for part in parts).encode()
    raw = b"/api/auth/authorization/INTEGRATION/" + path
    assert len(routing_path(raw, Settings()).split("/")) == 5 + len(parts)
    segments = routing_path(raw, Settings(raw_slash="accept")).split("/")
    assert len(segments) == 6 and name_of(segments[5]) == "/".join(parts)
