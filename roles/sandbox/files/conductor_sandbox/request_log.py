# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked, by whom, and whether it was a write. Never a body or a header."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl

#: Query parameters whose values are recorded; any other may hold anything, a secret too.
RECORDED_PARAMETERS = frozenset(
    ("activeOnly", "apps", "category", "claims", "expand", "groupBy", "id", "limit", "resourceType", "type")
)
LONGEST = 10_000
#: Requests by which a client logs in, asks who it is and who answers, with or without /api before them.
ABOUT_THE_CALLER = frozenset(("/token", "/token/userInfo", "/version", "/health"))
NOBODY = "-"


@dataclass
class Entry:
    """One request."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    kind: str
    time: float = field(default_factory=time.time)
    caller: str | None = None
    status: int | None = None
    fault: str | None = None


def kind_of(method: str, path: str) -> str:
    """Whether a request is a read or a write; logging in or calling a model changes nothing, so it is a read."""
    harmless = (method, path) == ("POST", "/api/token") or path.startswith("/huggingface/served/")
    return "read" if method in ("GET", "HEAD", "OPTIONS") or harmless else "write"


class RequestLog:
    """The last requests, and how many there were in all."""

    def __init__(self) -> None:
        self._number = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything but the numbering."""
        self._entries: deque[Entry] = deque(maxlen=LONGEST)
        self._started = {"read": 0, "write": 0}
        self._about_the_caller = 0
        self._finished: dict[str, dict[str, int]] = {}

    def start(self, method: str, path: str, query: str) -> Entry:
        """Record that a request came."""
        self._number += 1
        parameters = {
            name: value if name in RECORDED_PARAMETERS else "..."
            for name, value in parse_qsl(query, keep_blank_values=True)
        }
        entry = Entry(self._number, method, path, parameters, kind_of(method, path))
        self._entries.append(entry)
        self._started[entry.kind] += 1
        self._about_the_caller += entry.kind == "read" and path.removeprefix("/api") in ABOUT_THE_CALLER
        return entry

    def finish(self, entry: Entry) -> None:
        """Count a request under its caller, who is known only now."""
        counts = self._finished.setdefault(entry.caller or NOBODY, {"read": 0, "write": 0})
        counts[entry.kind] += 1

    def entries(self, since: int = 0, kind: str | None = None) -> list[dict[str, Any]]:
        """The requests after a number, oldest first."""
        return [
            asdict(entry) for entry in self._entries if entry.number > since and (kind is None or entry.kind == kind)
        ]

    def summary(self) -> dict[str, Any]:
        """Reads and writes since the log was cleared, in all and for each caller ("-" is nobody).

        Reads about the caller itself are counted apart, too.
        """
        return {
            "reads": self._started["read"],
            "writes": self._started["write"],
            "about_the_caller": self._about_the_caller,
            "callers": {
                caller: {"reads": counts["read"], "writes": counts["write"]}
                for caller, counts in self._finished.items()
            },
            "last_number": self._number,
        }
