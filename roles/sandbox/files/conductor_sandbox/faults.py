# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures on demand: which requests they meet, and how often."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Kind = Literal["latency", "status", "drop", "truncate", "slow", "page", "expire_token"]


class Fault(BaseModel):
    """A failure to be injected.

    ``latency`` waits before acting; ``status`` answers with ``status``; ``drop`` closes the connection without an
    answer; ``truncate`` breaks off in the middle of the body; ``slow`` spreads the body over ``seconds``; ``page``
    answers with a web page; ``expire_token`` ends the caller's token.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Kind
    count: int = Field(1, ge=1, le=100_000, description="How many requests it meets")
    skip: int = Field(0, ge=0, description="How many matching requests pass unharmed before that")
    method: str = Field("*", description="A method, or * for every one")
    path: str = Field("*", min_length=1, description="Pattern with * and ?, matched with the path as it was sent")
    when: Literal["before", "after"] = Field("before", description="Whether the request is still acted on (after)")
    status: int = Field(503, ge=200, le=599, description="The status of kind status or page")
    retry_after: int | str | None = Field(None, description="Value of Retry-After: seconds, or a date as text")
    seconds: float = Field(1.0, ge=0, le=120, description="Duration of kind latency or slow")
    error: Literal["EXPIRED_TOKEN", "INVALID_TOKEN"] = Field("EXPIRED_TOKEN", description="For kind expire_token")

    @field_validator("seconds", mode="before")
    @classmethod
    def _whole_seconds(cls, value: Any) -> Any:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("method")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @field_validator("retry_after")
    @classmethod
    def _one_line(cls, value: int | str | None) -> int | str | None:
        if isinstance(value, str) and not re.fullmatch(r"[\x20-\x7e]{1,100}", value):
            raise ValueError("at most 100 printable ASCII characters")
        return value

    @model_validator(mode="after")
    def _sensible(self) -> Fault:
        if self.kind == "status" and self.status < 400:
            raise ValueError("a fault of kind status needs a status from 400 on")
        return self


class Faults:
    """The failures that wait for their requests, oldest first."""

    def __init__(self) -> None:
        self._last = 0
        self._waiting: dict[int, Fault] = {}

    def add(self, fault: Fault) -> int:
        """Add one; returns its number."""
        self._last += 1
        self._waiting[self._last] = fault.model_copy()
        return self._last

    def remove(self, number: int) -> bool:
        """Take one back."""
        return self._waiting.pop(number, None) is not None

    def clear(self) -> None:
        """Take all back."""
        self._waiting.clear()

    def shown(self) -> list[dict[str, Any]]:
        """What still waits; ``count`` and ``skip`` are what remains."""
        return [{"number": number, **fault.model_dump(mode="json")} for number, fault in self._waiting.items()]

    def take(self, method: str, path: str) -> list[Fault]:
        """What meets this request: every waiting latency, and the first of the other kinds."""
        met: list[Fault] = []
        broken = False
        for number, fault in list(self._waiting.items()):
            if fault.method not in ("*", method) or not fnmatchcase(path, fault.path):
                continue
            if fault.kind != "latency" and broken:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            met.append(fault)
            broken = broken or fault.kind != "latency"
            fault.count -= 1
            if not fault.count:
                del self._waiting[number]
        return met
