# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One object by its own options, or a list of them: both forms from one specification (floor 4, pure)."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.validation import check_type_dict
from ansible.module_utils.parsing.convert_bool import boolean

#: Types of options whose values are texts.
TEXTS = ("str", "path")

#: Takes the place of a text that cannot be read.
UNREADABLE = "a text that is not shown"


@dataclass(frozen=True)
class ObjectSpecification:
    """The options of one kind of object.

    Attributes:
        identity: The option that names an object.
        list_option: The option that takes a list of objects.
        options: Argument specification of one object, without C(state); no defaults and nothing required.
        inherited: Options that, given beside the list, are defaults for its items: the parent and how to converge.
        defaults: Defaults of inherited options.
        states: Choices of C(state), the first being the default; without any there is no such option.
        substitute: Another option that names an object where C(identity) is not given, if there is one.
    """

    identity: str
    list_option: str
    options: dict[str, dict[str, Any]]
    inherited: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    states: tuple[str, ...] = ("present", "absent")
    substitute: str = ""

    def argument_spec(self) -> dict[str, dict[str, Any]]:
        """Return the argument specification of both forms."""
        item_options = copy.deepcopy(self.options)
        top = copy.deepcopy(self.options)
        for option, default in self.defaults.items():
            top[option]["default"] = default
        if self.states:
            item_options["state"] = {"type": "str", "choices": list(self.states)}
            top["state"] = {"type": "str", "choices": list(self.states), "default": self.states[0]}
        # The list is no secret itself, whatever its name sounds like; options of its items say so on their own.
        top[self.list_option] = {"type": "list", "elements": "dict", "no_log": False, "options": item_options}
        return top

    def items(self, params: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
        """Return one dictionary of given options an object, and what is wrong with how they were given.

        Args:
            params: The module's options after parsing; None stands for not given.
        """
        inherited = {option: params[option] for option in ("state", *self.inherited) if params.get(option) is not None}
        entries = params.get(self.list_option)
        single = {option: params[option] for option in self.options if params.get(option) is not None}
        names = f"{self.identity} or {self.substitute}" if self.substitute else self.identity
        if entries is None:
            if self.identity not in single and self.substitute not in single:
                return [], [f"no object: give {names}, or a list as {self.list_option}"]
            return [{**inherited, **single}], []
        problems = [
            f"{option} and {self.list_option} exclude each other: put {option} into the items of {self.list_option}"
            for option in single
            if option not in self.inherited
        ]
        items = []
        for number, entry in enumerate(entries, start=1):
            given = {option: value for option, value in (entry or {}).items() if value is not None}
            own = {option: value for option, value in given.items() if option in self.options or option == "state"}
            identity = own.get(self.identity, own.get(self.substitute))
            if identity is None or (isinstance(identity, str) and not identity.strip()):
                lack = "missing" if identity is None else "empty"
                problems.append(f"{self.list_option}, item {number}: {names} is {lack}")
                continue
            items.append({**inherited, **own})
        return items, problems

    def alias_problems(self, raw: dict[str, Any]) -> list[str]:
        """Return where an option and its alias were given with different values.

        Args:
            raw: The options as the task gave them, before aliases were resolved.
        """
        problems = _alias_problems(self.options, raw, "")
        for number, entry in enumerate(raw.get(self.list_option) or [], start=1):
            if isinstance(entry, dict):
                problems += _alias_problems(self.options, entry, f"{self.list_option}, item {number}: ")
        return problems


def read_texts(specification: dict[str, dict[str, Any]], given: Any, place: str = "") -> list[str]:
    """Read dictionaries that were given as texts, such as JSON, and return what cannot be read.

    Ansible reads them later, too. What is to be done with the options as they were given needs them read, though, and
    of a text that it cannot read Ansible would show everything, secrets included.

    Args:
        specification: Argument specification of the options, of which those are read that have suboptions.
        given: The options as the task gave them, which are changed.
        place: Where they stand, for the message.
    """
    problems: list[str] = []
    for option, about in specification.items() if isinstance(given, dict) else ():
        options: dict[str, dict[str, Any]] = about.get("options") or {}
        is_list = about.get("type") == "list"
        for name in (option, *about.get("aliases", ())) if options else ():
            where, value = f"{place}{name}", given.get(name)
            if isinstance(value, str):
                value = _read_list(value.strip()) if is_list else _read_dictionary(value)
                if value == UNREADABLE:
                    what = "list of dictionaries" if is_list else "dictionary"
                    problems.append(f"{where} is a text that is no {what}: give one, in YAML or as JSON")
            if is_list and isinstance(value, list):
                value = [_read_dictionary(entry) if isinstance(entry, str) else entry for entry in value]
                for number, entry in enumerate(value, start=1):
                    if entry == UNREADABLE:
                        problems.append(f"{where}, item {number} is no dictionary: give one, in YAML or as JSON")
                    problems += read_texts(options, entry, f"{where}, item {number}: ")
            elif not is_list:
                problems += read_texts(options, value, f"{where}: ")
            if name in given:
                given[name] = value
    return problems


def _read_dictionary(text: str) -> Any:
    try:
        return check_type_dict(text.strip())
    # Older ansible-core lets an error of its own through.
    except (TypeError, ValueError):
        return UNREADABLE


def _read_list(text: str) -> Any:
    if text.startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return UNREADABLE
    read = _read_dictionary(text)
    if read == UNREADABLE:
        return read
    # In any other text Ansible takes a comma for what parts dictionaries.
    return [read] if text.startswith("{") else text


def shape_problems(specification: dict[str, dict[str, Any]], raw: Any, place: str = "") -> list[str]:
    """Return texts that were given as a list or a dictionary: Ansible would take its spelling for the text.

    Args:
        specification: Argument specification of the options.
        raw: The options as the task gave them.
        place: Where they stand, for the message.
    """
    problems = []
    for option, about in specification.items():
        for name in (option, *about.get("aliases", ())):
            value = raw.get(name) if isinstance(raw, dict) else None
            kind, where = about.get("type", "str"), f"{place}{name}"
            if kind in TEXTS and isinstance(value, (dict, list)):
                problems.append(f"{where} is a {_word(value)}: give a text")
            elif kind == "dict" and "options" in about:
                problems += shape_problems(about["options"], value, f"{where}: ")
            elif kind == "list" and isinstance(value, list):
                for number, entry in enumerate(value, start=1):
                    if about.get("elements") in TEXTS and isinstance(entry, (dict, list)):
                        problems.append(f"{where}, item {number} is a {_word(entry)}: give a text")
                    problems += shape_problems(about.get("options", {}), entry, f"{where}, item {number}: ")
    return problems


def _word(value: Any) -> str:
    return "dictionary" if isinstance(value, dict) else "list"


def _alias_problems(options: dict[str, dict[str, Any]], raw: dict[str, Any], place: str) -> list[str]:
    problems = []
    for option, specification in options.items():
        names = [name for name in (option, *specification.get("aliases", ())) if raw.get(name) is not None]
        values = [_comparable(raw[name], specification.get("type", "str")) for name in names]
        if any(value != values[0] for value in values):
            problems.append(f"{place}{' and '.join(names)} are the same option with different values: give one")
    return problems


def _comparable(value: Any, kind: str) -> Any:
    if kind == "bool":
        try:
            return boolean(value)
        except TypeError:
            return value
    if kind == "list":
        return [str(item) for item in (value if isinstance(value, (list, tuple)) else str(value).split(","))]
    return str(value)
