# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding out, by reading alone, how a server takes model names that hold slashes (floor 3).

Names such as C(meta-llama/Llama-3.1-8B-Instruct) are part of a path. A server may decode C(%2F), may take the slash as
it is, or may refuse both; nothing documents which. Only a write must know, so only a write asks, and once.
"""

from __future__ import annotations

import secrets as random_source
import threading
from typing import Iterable

from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS, Profile
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError

ENCODED = "encoded"
RAW = "raw"

#: Segments that, behind a raw slash, belong to another route of the API.
ROUTED_SEGMENTS = frozenset({"tags", "prompt", "metrics"})


class SlashRoutes:
    """How one server takes slashes. Safe to use from several threads.

    Args:
        client: Talks to the server; only reads are sent.
        profile: What is known of the server; where it tells, nothing is asked.
    """

    def __init__(self, client: ConductorClient, profile: Profile = CAUTIOUS) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._taken = _known_routes(profile)

    def for_model(self, integration: str, model: str, existing: Iterable[str]) -> str | None:
        """Return C(encoded) or C(raw), whichever form of a model's name the server takes, or None.

        Args:
            integration: Name of an integration that exists, or is about to.
            model: Name of the model.
            existing: Names of models that the integration has.
        """
        if "/" not in model:
            return ENCODED
        with self._lock:
            if self._taken is None:
                self._taken = self._probe(integration, existing)
        if ENCODED in self._taken:
            return ENCODED
        return RAW if RAW in self._taken and not ROUTED_SEGMENTS & set(model.split("/")[1:]) else None

    def _probe(self, integration: str, existing: Iterable[str]) -> frozenset[str]:
        names = [name for name in existing if "/" in name and not ROUTED_SEGMENTS & set(name.split("/"))]
        known = names[0] if names else None
        # Twice, since all that follows rests on it, and a single refusal may have come from anywhere.
        for route in (ENCODED, RAW, ENCODED, RAW):
            if self._reaches(integration, known, route):
                return frozenset({route})
        if known is not None:
            listed = {model["api"] for model in self._client.list_models(integration) or []}
            if known not in listed:
                # Somebody has deleted it meanwhile, so that it does not answer says nothing of slashes.
                return self._probe(integration, [name for name in names if name in listed])
        return frozenset()

    def _reaches(self, integration: str, known: str | None, route: str) -> bool:
        if known is not None:
            try:
                answer = self._client.get_model(integration, known, raw=route == RAW)
            except ApiError as error:
                _raise_unless_about_the_path(error)
                return False
            return isinstance(answer, dict) and answer.get("api") == known
        # Without a model to ask for, a name that surely does not exist must be refused in the same words with a slash
        # in it as without: then the refusal comes from the API and not from what stands before it.
        name = f"ansible-probe-{random_source.token_hex(6)}"
        with_slash = name.replace("-probe-", "/probe-")
        return self._refusal(integration, name, ENCODED) == self._refusal(integration, with_slash, route)

    def _refusal(self, integration: str, model: str, route: str) -> tuple[int | None, str, str] | None:
        try:
            self._client.get_model(integration, model, raw=route == RAW)
        except ApiError as error:
            _raise_unless_about_the_path(error)
            return error.status, error.code, error.server_message.replace(model, "…")
        return None


def _known_routes(profile: Profile) -> frozenset[str] | None:
    """Return the forms that a server is known to take, or None where that has to be found out."""
    if profile.knows("encoded_slash", "decode"):
        return frozenset({ENCODED})
    if profile.knows("encoded_slash", "reject") and "raw_slash" in profile.answers:
        return frozenset({RAW} if profile.knows("raw_slash", "accept") else ())
    return None


def _raise_unless_about_the_path(error: ApiError) -> None:
    """Let a failure through that says nothing on whether the path was understood."""
    # The API took the path, and what it answered cannot be read. A page is of what stands before it.
    unreadable = not error.page and error.status is not None and error.status < 300
    if error.concerns_connection or unreadable:
        raise error
