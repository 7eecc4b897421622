# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions in the parameters of workflows and tasks: references to inputs and outputs, in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_EXPRESSION = re.compile(r"\$\{([^{}]+)\}")
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


def looked_up(path: str, values: Mapping[str, Any]) -> Any:
    """The value at a path such as C(workflow.input.texts[0]); none where it leads nowhere."""
    found: Any = values
    for step in _STEP.findall(path.strip()):
        if step.startswith("["):
            place = int(step[1:-1])
            found = found[place] if isinstance(found, list) and place < len(found) else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found


def resolved(value: Any, values: Mapping[str, Any]) -> Any:
    """A parameter with the values that it refers to."""
    if isinstance(value, dict):
        return {name: resolved(inner, values) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, values) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _EXPRESSION.fullmatch(value)
    if whole:
        return looked_up(whole[1], values)

    def text(match: re.Match[str]) -> str:
        found = looked_up(match[1], values)
        return "" if found is None else str(found)

    return _EXPRESSION.sub(text, value)
