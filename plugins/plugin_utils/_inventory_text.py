# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory variables as YAML in which Ansible finds nothing to evaluate, whatever a server has put into them (pure).

A text that could mean anything to a template carries the tag C(!unsafe), as a value, in a list and as a key.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

#: Without one of these a text holds neither a template nor the comment that changes how templates begin. The tag is for
#: no others: of a tagged text Ansible makes what YAML would without its quotes, a number of "0" and a line's end.
MARKS = re.compile(r"[{}%#]")
#: Texts that YAML takes for texts without quotes, also between brackets; unless they are words such as C(yes).
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@/-]*(?: [A-Za-z0-9_.@/][A-Za-z0-9_.@/-]*)*")
#: Words that are a boolean to some readers of YAML and a text to others.
AMBIGUOUS = frozenset({"y", "n"})
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
#: A longer key is written with a question mark before it: YAML's short form has a limit.
LONGEST_SHORT_KEY = 100
LONGEST_LINE = 120


@dataclass
class Remark:
    """A comment.

    Attributes:
        text: What it says; what is not printable in it is escaped.
    """

    text: str


@dataclass
class Mapping:
    """Keys with values, in this order, and comments between them.

    Attributes:
        entries: Pairs of key and value, and remarks. In a list the first entry has to be a pair.
    """

    entries: list[tuple[str, Any] | Remark] = field(default_factory=list)

    def add(self, key: str, value: Any) -> None:
        """Add a key with its value."""
        self.entries.append((key, value))

    def remark(self, text: str) -> None:
        """Add a comment."""
        self.entries.append(Remark(text))


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quoted(text: str) -> str:
    """Return a text in YAML's double quotes, on one line and without anything that cannot be seen."""
    return f'"{"".join(map(_escaped, text))}"'


def comment(text: str) -> str:
    """Return a comment, which no text can end before its line does."""
    return f"# {''.join(character if character.isprintable() else _escaped(character) for character in text)}".rstrip()


def can_be_written(value: Any) -> bool:
    """Tell whether a value of JSON comes through a file of YAML as it is.

    Halves of characters (lone surrogates) do not, nor do numbers that are none.
    """
    if isinstance(value, str):
        return not any(0xD800 <= ord(character) <= 0xDFFF for character in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(can_be_written(str(key)) and can_be_written(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(can_be_written, value))
    return True


def scalar(value: Any) -> str:
    """Return a text, number, boolean or nothing as YAML on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        digits, exponent, power = repr(value).partition("e")
        # Without its point YAML takes 1e16 for a text.
        return f"{digits if '.' in digits else f'{digits}.0'}{exponent}{power}"
    text = str(value)
    if MARKS.search(text):
        return f"!unsafe {quoted(text)}"
    if PLAIN.fullmatch(text) and text.lower() not in AMBIGUOUS and yaml.safe_load(text) == text:
        return text
    return quoted(text)


def _is_branch(value: Any) -> bool:
    return isinstance(value, (dict, list, Mapping)) and bool(
        value.entries if isinstance(value, Mapping) else len(value)
    )


def _leaf(value: Any) -> str:
    if isinstance(value, list):
        return "[]"
    return "{}" if isinstance(value, (dict, Mapping)) else scalar(value)


def _on_one_line(values: list[Any], indent: int) -> str | None:
    """Return a list of texts and numbers between brackets, or None if that is too long or not possible."""
    if any(isinstance(value, (dict, list, Mapping)) for value in values):
        return None
    line = f"[{', '.join(map(scalar, values))}]"
    return line if indent + len(line) <= LONGEST_LINE - 40 else None


def _pair(key: str, value: Any, indent: int) -> list[str]:
    name = scalar(str(key))
    long = len(name) > LONGEST_SHORT_KEY
    lines, start = ([f"? {name}"], ":") if long else ([], f"{name}:")
    short = _on_one_line(value, indent) if isinstance(value, list) else None
    if short is not None:
        return [*lines, f"{start} {short}"]
    if not _is_branch(value):
        return [*lines, f"{start} {_leaf(value)}"]
    return [*lines, start, *(f"  {line}" if line else line for line in _lines(value, indent + 2))]


def _lines(value: Any, indent: int) -> list[str]:
    if isinstance(value, Mapping):
        lines: list[str] = []
        for entry in value.entries:
            lines += [comment(entry.text)] if isinstance(entry, Remark) else _pair(*entry, indent)
        return lines
    if isinstance(value, dict):
        return [line for key, inner in sorted(value.items()) for line in _pair(key, inner, indent)]
    lines = []
    for inner in value:
        if not _is_branch(inner):
            lines.append(f"- {_leaf(inner)}")
            continue
        first, *rest = _lines(inner, indent + 2)
        lines += [f"- {first}", *(f"  {line}" if line else line for line in rest)]
    return lines


def document(variables: Mapping) -> str:
    """Return a file of YAML; there is an empty line between its variables.

    Args:
        variables: Names of variables with their values, and comments, which belong to what follows them.
    """
    lines = ["---"]
    after_remark = True
    for entry in variables.entries:
        if isinstance(entry, Remark):
            lines += [comment(entry.text)] if entry.text else [""]
            after_remark = True
            continue
        lines += ([] if after_remark else [""]) + _pair(*entry, 0)
        after_remark = False
    return "\n".join(lines) + "\n"
