# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a variable of the role does not fit its specification (pure).

Ansible's own validation says what does not fit, and of lists in lists not where.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Iterator, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line
from ansible_collections.orkes.conductor.plugins.module_utils._limits import is_infinite

Options = Mapping[str, Mapping[str, Any]]

#: Most places that are named.
MOST_PLACES = 5

#: What entries go by, the likeliest first.
NAMES = ("name", "group", "application", "integration", "id")

#: Longest part of a value that is repeated.
LONGEST_VALUE = 40


def misfits_of_role(specifications: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> list[str]:
    """Return where the role's variables do not fit, one sentence each, the first ones of them.

    Args:
        specifications: The role's argument specifications, by their entry points.
        values: The variables that are given.
    """
    found: dict[str, None] = {}
    for entry_point in specifications.values():
        for name, option in (entry_point.get("options") or {}).items():
            if values.get(name) is not None:
                found.update(dict.fromkeys(_misfits(name, option, values[name])))
    sentences = list(found)
    rest = [f"and {len(sentences) - MOST_PLACES} more"] if len(sentences) > MOST_PLACES else []
    return sentences[:MOST_PLACES] + rest


def _misfits(place: str, option: Mapping[str, Any], value: Any) -> Iterator[str]:
    """Yield what does not fit in one option, which stands at a place."""
    choices = option.get("choices")
    listed = isinstance(value, (list, tuple))
    if choices and not option.get("no_log"):
        allowed = {str(choice) for choice in choices}
        for one in value if listed else _parts(option, value):
            if str(one) not in allowed and str(one).strip() in allowed:
                yield f"{place} has {_shown(one)!r}: take the blank out"
            elif str(one) not in allowed:
                yield f"{place} has {_shown(one)}, which is none of {', '.join(map(str, choices))}"
    if option.get("type") == "int" and is_infinite(value):
        yield f"{place} is {_shown(value)}: give a whole number"
    options = option.get("options")
    if not options:
        return
    if not listed and option.get("type") == "list":
        yield f"{place} is no list: give a list of dictionaries, with {_first_of(options)}"
        return
    if not listed:
        yield from _entry_misfits(place, options, value)
        return
    for number, entry in enumerate(value):
        title = next((entry[name] for name in NAMES if entry.get(name)), "") if isinstance(entry, Mapping) else ""
        yield from _entry_misfits(f"{place}[{number}]{f' ({_shown(title)})' if title else ''}", options, entry)


def _entry_misfits(place: str, options: Options, entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"{place} is no dictionary: give one, with {_first_of(options)}"
        return
    known = {alias: name for name, option in options.items() for alias in (name, *(option.get("aliases") or []))}
    for name in entry:
        if str(name) not in known:
            near = get_close_matches(str(name), list(known), 1)
            yield f"{place}: there is no {_shown(name)}" + (f", did you mean {near[0]}?" if near else "")
    given = {known[str(name)]: value for name, value in entry.items() if str(name) in known}
    for name, option in options.items():
        if given.get(name) is not None:
            yield from _misfits(f"{place}, {name}", option, given[name])
        elif option.get("required"):
            yield f"{place}: {name} is missing"


def _parts(option: Mapping[str, Any], value: Any) -> list[Any]:
    """Return what Ansible makes of a value that is no list: it takes a text with commas for one."""
    return value.split(",") if option.get("type") == "list" and isinstance(value, str) else [value]


def _first_of(options: Options) -> str:
    return f"{', '.join(list(options)[:3])} and so on"


def _shown(value: Any) -> str:
    text = one_line(str(value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
