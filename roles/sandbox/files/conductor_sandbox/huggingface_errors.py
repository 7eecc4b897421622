# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals of the Hugging Face part: the Hub says why in headers, Inference Endpoints in a body with a code."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import JSONResponse

PREFIX = "/huggingface"
HUB = PREFIX + "/api"
MANAGEMENT = PREFIX + "/v2"
SERVED = PREFIX + "/served"

INVALID_CREDENTIALS = "Invalid credentials in Authorization header"

#: What the Hub allows, as its headers say it: requests, and the seconds of a window.
QUOTA, WINDOW = 1000, 300


class HuggingFaceError(Exception):
    """A refusal.

    Args:
        status: The status.
        text: Why, in words.
        code: ``X-Error-Code`` of the Hub.
    """

    def __init__(self, status: int, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code


def under(path: str, prefix: str) -> bool:
    """Whether a path is a part's own, or below it."""
    return path == prefix or path.startswith(prefix + "/")


def request_id() -> dict[str, str]:
    """The header that the Hub marks an answer with."""
    return {"X-Request-Id": f"Root=1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"}


def rate_limit(seconds: int) -> dict[str, str]:
    """The headers of the Hub that say when the next request is welcome."""
    return {
        "RateLimit": f'"api";r=0;t={seconds}',
        "RateLimit-Policy": f'"fixed window";"api";q={QUOTA};w={WINDOW}',
    }


def refusal(path: str, error: HuggingFaceError, headers: dict[str, str] | None = None) -> Response:
    """The answer that refuses a request.

    Args:
        path: The path that was asked for, which tells whose shape it is.
        error: Why.
        headers: Further headers.
    """
    given = dict(headers or {})
    if under(path, HUB):
        given |= {"X-Error-Message": error.text, **request_id()}
        if error.code:
            given["X-Error-Code"] = error.code
        return JSONResponse({"error": error.text}, error.status, given)
    status = HTTPStatus(error.status)
    # The one text of a refused token that was ever recorded has another form than all the rest.
    text = "401 Unauthorized" if status == HTTPStatus.UNAUTHORIZED else f"{status.phrase}: {error.text}"
    code = status.phrase.upper().replace(" ", "_").replace("-", "_")
    return JSONResponse({"error": text, "code": code}, error.status, given)
