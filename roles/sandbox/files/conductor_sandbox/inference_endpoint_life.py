# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of an endpoint. It moves when it is read, not with time: so a test sees every state it asks for."""

from __future__ import annotations

import time
from typing import Any

from .settings import Settings
from .store import Document

#: What an endpoint is meant to be; the rest is on the way there.
RUNNING, PAUSED, SLEEPING = "running", "paused", "scaledToZero"
FAILED = {"initializing": "failed", "updating": "updateFailed"}
NEXT = {"pending": "initializing", "initializing": RUNNING, "updating": RUNNING}
STATES = ("pending", "initializing", "updating", "updateFailed", RUNNING, PAUSED, "failed", SLEEPING)
MESSAGES = {
    "pending": "Endpoint is waiting to be scheduled",
    "initializing": "Endpoint is initializing",
    "updating": "Endpoint is updating",
    RUNNING: "Endpoint is ready",
    PAUSED: "Endpoint is paused",
    SLEEPING: "Endpoint is scaled to zero",
}


def now() -> str:
    """The time, with more digits than a clock has: the service sends nanoseconds."""
    nanoseconds = time.time_ns()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(nanoseconds // 10**9))}.{nanoseconds % 10**9:09d}Z"


def entered(document: Document, state: str, message: str | None = None) -> Document:
    """An endpoint that has just got into a state."""
    progress = {
        **document["progress"],
        "state": state,
        "message": MESSAGES.get(state, "Endpoint failed to start") if message is None else message,
        "reads": 0,
    }
    if state == RUNNING:
        progress["deployed"] = True
    aim = state if state in (PAUSED, SLEEPING) else RUNNING
    return {**document, "aim": aim, "progress": progress}


def changed(document: Document, user: dict[str, str]) -> Document:
    """An endpoint that somebody has just changed."""
    return {**document, "updatedBy": user, "progress": {**document["progress"], "updatedAt": now()}}


def _reads(state: str, settings: Settings) -> int:
    return {
        "pending": settings.huggingface_pending_reads,
        "initializing": settings.huggingface_initializing_reads,
        "updating": settings.huggingface_updating_reads,
    }[state]


def read(document: Document, settings: Settings, failure: str | None, stuck: bool) -> Document:
    """An endpoint as one more read finds it.

    Args:
        document: The endpoint.
        settings: The switches, which say how many reads a state lasts.
        failure: Why it fails to start, if it does.
        stuck: Whether there is no hardware to start it on.
    """
    while (state := document["progress"]["state"]) in NEXT:
        if document["progress"]["reads"] < _reads(state, settings) or (stuck and state in ("pending", "updating")):
            reads = document["progress"]["reads"] + 1
            return {**document, "progress": {**document["progress"], "reads": reads}}
        if failure is not None and state in FAILED:
            document = entered(document, FAILED[state], failure)
        else:
            document = entered(document, NEXT[state])
    return document


def status(document: Document, url: str) -> dict[str, Any]:
    """What an endpoint says of its state.

    Args:
        document: The endpoint.
        url: Where it is served, which is told only once it has been.
    """
    progress = document["progress"]
    state = progress["state"]
    minimum = document["spec"]["compute"]["scaling"]["minReplica"]
    target = 0 if state in (PAUSED, SLEEPING) else max(1, minimum)
    shown: dict[str, Any] = {
        "state": state,
        "message": progress["message"],
        "readyReplica": target if state == RUNNING else 0,
        "targetReplica": target,
        "createdAt": progress["createdAt"],
        "createdBy": document["createdBy"],
        "updatedAt": progress["updatedAt"],
        "updatedBy": document["updatedBy"],
        "private": None,
    }
    if progress.get("deployed"):
        shown["url"] = url
    if progress.get("lastUsedAt"):
        shown["lastUsedAt"] = progress["lastUsedAt"]
    return shown
