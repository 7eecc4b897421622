# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Conductor's answers have to look like where they decide what is done (floor 0).

What is misread would be taken for something that is missing, and be created, given again, or called gone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: Fields of answers that decide what is done, with the type that each has unless it is null, wherever it stands.
FIELD_TYPES: dict[str, type] = {
    "access": list,
    "api": str,
    "configuration": dict,
    "defaultAccess": dict,
    "description": str,
    "enabled": bool,
    "grantedAccess": list,
    "groups": list,
    "id": str,
    "key": str,
    "name": str,
    "permissions": list,
    "roles": list,
    "subject": dict,
    "tags": list,
    "target": dict,
    "type": str,
    "value": str,
}

#: Likewise, what of a configuration decides what is done; what else is in there is its vendor's matter.
CONFIGURATION_TYPES: dict[str, type] = {"endpoint": str, "namespace": str}

#: Answers in which those fields mean that: in workflows and prompts a user may call anything so.
CHECKED_ANSWERS = frozenset({"applications", "auth", "groups", "integrations", "token", "users"})


class Entries(NamedTuple):
    """What the entries of a list are.

    Attributes:
        fields: What each entry has if it is an object, without which it is none; None where it may not be one.
        texts: Whether an entry may be a text.
    """

    fields: tuple[str, ...] | None
    texts: bool = False


#: What the entries of those lists are. Servers of other versions may give names where others give objects.
ENTRIES: dict[str, Entries] = {
    "access": Entries(None, texts=True),
    "grantedAccess": Entries(("target", "access")),
    "groups": Entries(("id",), texts=True),
    "permissions": Entries(("name",), texts=True),
    "roles": Entries(("name",), texts=True),
    "tags": Entries(("key",)),
}

#: What an object has by which something is told from others.
REFERENCES = {"target": ("type", "id")}


#: What the types of answers are called where nothing came in their place.
CALLED: dict[type, str] = {dict: "an object", list: "a list"}


def type_problem(answer: Any, expected: type) -> str | None:
    """Return what is wrong with an answer that has to be of a type, or None.

    An empty answer, or null, is not what says that something does not exist: an error does. Taken for that, it would
    have what is there created anew, or called gone.
    """
    if isinstance(answer, expected):
        return None
    if answer is None:
        return f"nothing where {CALLED.get(expected, expected.__name__)} was expected"
    return f"an answer of type {type(answer).__name__} instead of {expected.__name__}"


def identity_problem(answer: dict[str, Any], field: str, asked: str | None) -> str | None:
    """Return why an answer is not the object that was asked for, or None.

    One that does not say which it is would be taken for an object that is there and has nothing: no roles, no tags.

    Args:
        answer: The answer.
        field: What tells objects of this kind from one another.
        asked: What it was asked by, or None where the answer does not repeat that. Servers may write it in other case.
    """
    found = answer.get(field)
    if not isinstance(found, str) or not found.strip():
        return f"an answer without {field}, which says nothing of what was asked for"
    # Servers may show a user's id encrypted, and say so.
    if asked is None or answer.get("encryptedId") is True or _comparable(found) == _comparable(asked):
        return None
    return f"an answer in which {field} is that of another object than the one that was asked for"


def _comparable(identity: str) -> str:
    """Return an id or a name as servers may write it, who call an application's user by its bare id, too."""
    return identity.strip().casefold().removeprefix("app:")


def misshapen(answer: Any, depth: int = 3) -> str | None:
    """Return what is wrong with an answer whose fields decide what is done, or None.

    Args:
        answer: The answer, or a part of it.
        depth: How far down to look; what is deeper decides nothing.
    """
    if isinstance(answer, list):
        found = (misshapen(item, depth) for item in answer if isinstance(item, (dict, list)))
        return next((problem for problem in found if problem), None) if depth else None
    if not isinstance(answer, dict) or not depth:
        return None
    for name, value in answer.items():
        problem = _field_problem(name, value)
        if problem is None and name == "configuration" and isinstance(value, dict):
            problem = _configuration_problem(value)
        if problem is None and isinstance(value, (dict, list)) and name != "configuration":
            problem = misshapen(value, depth - 1)
        if problem:
            return problem
    return None


def _configuration_problem(configuration: dict[str, Any]) -> str | None:
    for name, wanted in CONFIGURATION_TYPES.items():
        value = configuration.get(name)
        if value is not None and not isinstance(value, wanted):
            kind = type(value).__name__
            return f"an answer in which configuration.{name} is of type {kind} instead of {wanted.__name__}"
    return None


def _field_problem(name: str, value: Any) -> str | None:
    wanted = FIELD_TYPES.get(name)
    if wanted is None or value is None:
        return None
    fits = isinstance(value, wanted)
    if not fits:
        return f"an answer in which {name} is of type {type(value).__name__} instead of {wanted.__name__}"
    if name == "defaultAccess":
        found = (_entries_problem(access, ENTRIES["access"], f" of {name}.{kind}") for kind, access in value.items())
        return next((problem for problem in found if problem), None)
    return _entries_problem(value, ENTRIES[name], f" of {name}") if name in ENTRIES else None


def entries_problem(found: Any, fields: tuple[str, ...], where: str = "") -> str | None:
    """Return what is wrong with a list of objects that each have certain fields, or None.

    Args:
        found: The list.
        fields: The fields; the first tells the objects from one another, so that it is not empty either.
        where: Which list it is, for the message.
    """
    problem = _entries_problem(found, Entries(fields), where)
    if problem:
        return problem
    empty = next((number for number, entry in enumerate(found, 1) if not entry[fields[0]]), None)
    return None if empty is None else f"an answer in which {fields[0]} of entry {empty}{where} is empty"


def lists_problem(found: list[dict[str, Any]], fields: tuple[str, ...]) -> str | None:
    """Return what is wrong with a list of objects in which fields are lists unless they are null, or None."""
    for number, entry in enumerate(found, 1):
        for field in fields:
            value = entry.get(field)
            if value is not None and not isinstance(value, list):
                return f"an answer in which {field} of entry {number} is of type {type(value).__name__} instead of list"
    return None


def roles_problem(found: list[Any]) -> str | None:
    """Return what is wrong with a list of roles, or None."""
    return _entries_problem(found, ENTRIES["roles"], "")


def _entries_problem(found: Any, entries: Entries, where: str) -> str | None:
    if found is None:
        return None
    if not isinstance(found, list):
        return f"an answer in which the value{where} is of type {type(found).__name__} instead of list"
    for number, entry in enumerate(found, 1):
        if entries.texts and isinstance(entry, str):
            continue
        if entries.fields is None or not isinstance(entry, dict):
            wanted = "str" if entries.fields is None else "dict"
            return f"an answer in which entry {number}{where} is of type {type(entry).__name__} instead of {wanted}"
        for field in entries.fields:
            problem = _missing(entry, field)
            if problem:
                return f"an answer in which {problem} of entry {number}{where} is missing or of another type"
    return None


def _missing(entry: dict[str, Any], field: str) -> str | None:
    """Return the field that an entry lacks, or None."""
    value: Any = entry.get(field)
    wanted = FIELD_TYPES.get(field, str)
    fits = isinstance(value, wanted)
    if not fits:
        return field
    inner = (f"{field}.{name}" for name in REFERENCES.get(field, ()) if not isinstance(value.get(name), str))
    return next(inner, None)
