# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures, in the two shapes of the interface."""

from __future__ import annotations

from typing import Any


class StartError(Exception):
    """The server cannot start; the message says why, in one line."""


class ApiError(Exception):
    """A refusal by the application itself."""

    def __init__(self, status: int, message: str, validation: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.validation = validation

    def body(self, instance: str) -> dict[str, Any]:
        """The body of the answer."""
        return error_body(self.status, self.message, instance, self.validation)


class TokenError(Exception):
    """A refusal by the authentication filter."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message

    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": self.error, "message": self.message}


def error_body(
    status: int, message: str, instance: str, validation: list[dict[str, Any]] | None = None, retryable: bool = False
) -> dict[str, Any]:
    """The body of an application error."""
    body: dict[str, Any] = {"status": status, "message": message, "instance": instance, "retryable": retryable}
    if validation:
        body["validationErrors"] = validation
    return body


def bad_request(message: str, path: str | None = None, value: Any = None) -> ApiError:
    """400, naming the field when there is one."""
    validation = None
    if path is not None:
        validation = [{"path": path, "message": message, "invalidValue": value}]
    return ApiError(400, message, validation)


def not_found(message: str) -> ApiError:
    """404."""
    return ApiError(404, message)


def forbidden(message: str) -> ApiError:
    """403."""
    return ApiError(403, message)
