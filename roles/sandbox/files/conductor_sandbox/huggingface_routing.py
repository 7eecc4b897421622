# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the routes of the Hugging Face part share: the caller, and names in paths."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import AfterValidator

from .huggingface_accounts import Accounts, Caller
from .huggingface_errors import HuggingFaceError
from .paths import name_of

ACCOUNTS = "sandbox.huggingface.accounts"
ENTRY = "sandbox.entry"


def authorization_of(request: Request) -> str | None:
    """The header with the token; two of them are none."""
    values = request.headers.getlist("authorization")
    return values[0] if len(values) == 1 else None


def caller_of(request: Request) -> Caller | None:
    """Who asks, which gets into the request log, too."""
    accounts: Accounts = request.scope[ACCOUNTS]
    caller = accounts.authenticate(authorization_of(request))
    if caller is not None:
        request.scope[ENTRY].caller = caller.log_name
    return caller


OptionalCaller = Annotated[Caller | None, Depends(caller_of)]
Segment = Annotated[str, Path(), AfterValidator(name_of)]


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise HuggingFaceError(415, "Expected request with `Content-Type: application/json`")
    try:
        content = await request.json()
    except ValueError:
        raise HuggingFaceError(400, "The body is not JSON") from None
    if not isinstance(content, dict):
        raise HuggingFaceError(400, "The body is not an object")
    return content
