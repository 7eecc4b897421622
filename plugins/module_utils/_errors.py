# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that name what went wrong, where, and what to do about it (floor 0)."""

from __future__ import annotations

from typing import Any


class CollectionError(Exception):
    """Base of every error this collection raises on purpose."""


class InvalidInput(CollectionError):
    """The user's input cannot be carried out; nothing was written.

    Args:
        problems: One sentence a problem, each naming the option or object and what to do.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = list(problems)
        super().__init__(join_problems(self.problems))


class FailedWithResult(CollectionError):
    """Something failed, and there is more to tell than why.

    Args:
        message: What failed, and what to do.
        result: What the module's result holds beside the message.
    """

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        self.result = result
        super().__init__(message)


class ApiError(CollectionError):
    """A request did not succeed.

    The text names method, path, status, the server's message and what to do. It never holds headers or bodies.

    Args:
        method: HTTP method.
        path: Path of the URL, without host and query.
        status: HTTP status, or None when no answer came.
        server_message: What the server said, already scrubbed of secrets.
        hint: What the user can do.
        code: The server's error code, such as C(EXPIRED_TOKEN), or an empty string.
        uncertain: True when the request was sent and no answer came, or none that tells: the server may have acted.
        lasting: True when it does not pass by itself, such as a certificate that is not trusted.
        page: True when a web page came instead of the API's answer.
        from_api: False when the answer came from what stands before the API, such as a proxy, and says nothing on
            the object that was asked for.
    """

    def __init__(
        self,
        method: str,
        path: str,
        status: int | None,
        server_message: str,
        hint: str = "",
        code: str = "",
        *,
        uncertain: bool = False,
        lasting: bool = False,
        page: bool = False,
        from_api: bool = True,
    ) -> None:
        self.method = method
        self.path = path
        self.status = status
        self.server_message = server_message
        self.hint = hint
        self.code = code
        self.uncertain = uncertain
        self.lasting = lasting
        self.page = page
        self.from_api = from_api
        super().__init__(self._text())

    def after_a_write(self) -> ApiError:
        """Return the error of a request that followed a write of the same step: something was written before it."""
        return ApiError(
            self.method,
            self.path,
            self.status,
            self.server_message,
            self.hint,
            self.code,
            uncertain=True,
            lasting=self.lasting,
            page=self.page,
            from_api=self.from_api,
        )

    def _text(self) -> str:
        outcome = f"answered {self.status}" if self.status is not None else "got no answer"
        text = f"{self.method} {self.path} {outcome}"
        if self.server_message:
            text += f": {self.server_message}"
        if self.uncertain:
            text += " (the server may have acted on it; a further run finds out)"
        if self.hint:
            text = f"{text.rstrip('.')}. {self.hint}"
        return text

    @property
    def not_found(self) -> bool:
        """Whether the server says that the thing does not exist."""
        return self.status == 404

    @property
    def forbidden(self) -> bool:
        """Whether the caller lacks a permission."""
        return self.status == 403

    @property
    def of_a_start(self) -> bool:
        """Whether a server that is only just starting may fail like this, or what stands before it.

        Nothing answers yet, a proxy shows a page or an error, or a route is still missing. A key that is refused is
        none of that, nor is a redirection.
        """
        if self.status is None:
            return not self.lasting
        if 300 <= self.status < 400:
            return False
        return self.page or self.status in (404, 408, 429) or self.status >= 500

    @property
    def concerns_connection(self) -> bool:
        """Whether every further request would fail the same way (no answer, not logged in, rate limit)."""
        return self.status is None or self.status in (401, 429, 502, 503, 504)


def one_line(text: str) -> str:
    """Return a text without line breaks and other control characters, with which a server could forge a line."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


#: Longest value that a message repeats, in characters.
LONGEST_VALUE = 200


def bounded(value: object) -> str:
    """Return a value as a message repeats it: of a long one no more than its beginning."""
    try:
        text = str(value)
    except ValueError:  # a number with more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST_VALUE else f"{text[:40]}... ({len(text)} characters)"


#: Most problems that one message names, most of what is missing among them, and most objects that one problem names.
MOST_PROBLEMS = 200
MOST_MISSING = 50
MOST_NEEDING = 3

#: What to do about an object that is missing.
CREATE_IT = "create it first, or check the name"

#: What to do about an object that is needed and goes.
KEEP_IT = "keep it, or take out what needs it"


class MissingParent(str):
    """A problem of one object: what it needs does not exist, or will not.

    Attributes:
        parent: What does not exist, such as C(integration hf-prod).
        needed_by: What needs it.
        hint: What to do.
        lack: What is wrong with it, in words.
    """

    parent: str
    needed_by: str
    hint: str
    lack: str

    def __new__(cls, parent: str, needed_by: str, hint: str = CREATE_IT, lack: str = "does not exist") -> MissingParent:
        """Return the problem as it is told where it is the only one with this parent."""
        problem = super().__new__(cls, f"{needed_by}: {parent} {lack}; {hint}")
        problem.parent, problem.needed_by, problem.hint, problem.lack = parent, needed_by, hint, lack
        return problem

    def needed_by_all(self, names: list[str]) -> str:
        """Return the problem as it is told where all of these need it."""
        if len(names) == 1:
            return self
        rest = f" and {len(names) - MOST_NEEDING} more" if len(names) > MOST_NEEDING else ""
        needed = f"{len(names)} need it: {', '.join(names[:MOST_NEEDING])}{rest}"
        return f"{self.parent} {self.lack}; {self.hint} ({needed})"


def _told(problems: list[str]) -> tuple[list[str], int]:
    """Return the problems that are told, and how many there are.

    Those with the same parent that is missing are one, where the first of them was.
    """
    needing: dict[str, list[str]] = {}
    for problem in problems:
        if isinstance(problem, MissingParent):
            needing.setdefault(problem.parent, []).append(problem.needed_by)
    missing = len(needing)
    count = missing + sum(1 for problem in problems if not isinstance(problem, MissingParent))
    told: list[str] = []
    for problem in problems:
        if not isinstance(problem, MissingParent):
            told.append(problem)
        elif problem.parent in needing:
            names = needing.pop(problem.parent)
            if missing - len(needing) <= MOST_MISSING:
                told.append(problem.needed_by_all(names))
    return told[:MOST_PROBLEMS], count


def join_problems(problems: list[str]) -> str:
    """Return one message for all problems, in the order given, each once; a parent that is missing is one problem."""
    told, count = _told(list(dict.fromkeys(problems)))
    if count == 1:
        return told[0]
    # What was written before, say by another task or in the run that this call verifies, is not known here.
    lines = [f"{count} problems:", *(f"- {problem}" for problem in told)]
    if count > len(told):
        lines.append(f"- and {count - len(told)} more")
    return "\n".join(lines)
