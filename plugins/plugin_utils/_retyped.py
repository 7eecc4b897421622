# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that YAML has made something else of before the role could see them (pure).

A name such as C(00123) without quotes is the number 83, and C(on) is true. ansible-core 2.19 and newer reads extra
variables that way which a platform such as AWX hands over, answers of its surveys included, whatever was typed there.
What was written cannot be told any more, so an object of another name would be made, or deleted.
"""

from __future__ import annotations

import datetime
from typing import Any, Mapping

Options = Mapping[str, Mapping[str, Any]]

TEXTS = ("str", "path")

#: Where a number means itself, or is as good as its text.
NUMBERS_ALLOWED = frozenset({"description", "hf_setup_offboard_limit", "hf_setup_purge_limit", "rotation_id"})

#: Options that are refused elsewhere, whatever they hold instead of a text.
REFUSED_ELSEWHERE = frozenset({"hf_setup_expected_plan", "hf_setup_expected_plan_file"})

#: Lists that may be given as a text with commas: they are only ever asked whether they hold a word.
TEXT_ALLOWED = frozenset({"hf_setup_manage"})

WHY = (
    "Something else may have been written there, such as 00123, which YAML reads as 83: put texts in quotes, and in "
    "the inventory. ansible-core 2.19 and newer reads answers of AWX's surveys and its extra variables that way too"
)


def retyped_problems(options: Options, values: Mapping[str, Any]) -> list[str]:
    """Return which texts of the role's variables are no texts any more.

    Args:
        options: The role's options, as its argument specification has them.
        values: The variables that are given.
    """
    problems: list[str] = []
    for name, option in options.items():
        value = values.get(name)
        # Secrets are not looked at here: one that is wrong does not get past the login.
        if value is None or option.get("no_log") or name in REFUSED_ELSEWHERE:
            continue
        if option.get("type") == "list" and name not in TEXT_ALLOWED and not isinstance(value, (list, tuple)):
            problems.append(f"{name} is {_described(value)} and no list: give a list, such as [{value}]")
            continue
        problems += _option_problems(name, name, option, value)
    return list(dict.fromkeys(problems))


def problems_of_role(specifications: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> list[str]:
    """Return which texts of the role's variables are no texts any more, and why that is a problem.

    Args:
        specifications: The role's argument specifications, by their entry points.
        values: The variables that are given.
    """
    problems: list[str] = []
    for entry_point in specifications.values():
        problems += retyped_problems(entry_point.get("options") or {}, values)
    return [*dict.fromkeys(problems), WHY] if problems else []


def _option_problems(place: str, name: str, option: Mapping[str, Any], value: Any) -> list[str]:
    """Return the problems of one option.

    Args:
        place: Where it stands, for the message.
        name: What it is called.
        option: Its specification.
        value: Its value.
    """
    kind = option.get("type", "str")
    if kind in TEXTS:
        return _text_problems(place, name, option, value)
    if kind == "dict":
        return _suboption_problems(f"{place}, ", option.get("options") or {}, value)
    if kind != "list" or not isinstance(value, (list, tuple)):
        return []
    problems = []
    for number, entry in enumerate(value, start=1):
        item = f"{place}, item {number}"
        if option.get("elements") in TEXTS:
            problems += _text_problems(item, name, option, "" if entry is None else entry)
            problems += [f"{item} is empty: give a text, or take it out"] if entry is None else []
        else:
            problems += _suboption_problems(f"{item}: ", option.get("options") or {}, entry)
    return problems


def _suboption_problems(place: str, options: Options, entry: Any) -> list[str]:
    if not isinstance(entry, Mapping):
        return []
    problems = []
    for name, option in options.items():
        if entry.get(name) is not None:
            problems += _option_problems(f"{place}{name}", name, option, entry[name])
    return problems


def _text_problems(place: str, name: str, option: Mapping[str, Any], value: Any) -> list[str]:
    if not isinstance(value, (bool, int, float, datetime.date)):
        return []
    if name in NUMBERS_ALLOWED and not isinstance(value, bool):
        return []
    return [f"{place} is {'no text' if option.get('no_log') else f'{_described(value)} and no text'}"]


def _described(value: Any) -> str:
    """Return what a value is, in words."""
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, datetime.date):
        return f"the date {value}"
    return "a text" if isinstance(value, str) else "a dictionary"
