# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The questions of the collection's profiles are the sandbox's switches, although neither imports the other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from sandbox_process import SOURCE

sys.path.insert(0, str(SOURCE))

from conductor_sandbox.command_line import NO_ANSWERS, PROFILE_FORM
from conductor_sandbox.settings import Settings

PROFILES = Path(__file__).resolve().parents[2] / "plugins" / "module_utils" / "_profile.py"

#: Values of a switch that no profile holds, and why.
ONLY_SWITCHES = {("grants_by_subject", "by_version"): "a probe sees whether grants by subject are served, not why"}

Values = set[tuple[str, Any]] | str


def constant(name: str) -> ast.expr:
    """What the code of profiles assigns to a constant; it cannot be imported here, without Ansible."""
    for statement in ast.parse(PROFILES.read_text(encoding="utf-8")).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = getattr(statement, "value", None)
            assert isinstance(value, ast.expr)
            return value
    raise AssertionError(f"{PROFILES} has no {name}")


def typed(values: Any) -> Values:
    """Values together with their types, since True equals 1."""
    return {(type(value).__name__, value) for value in values}


def questions() -> dict[str, Values]:
    """The questions of profiles, each with its possible values, or the type of a free one."""
    table = constant("QUESTIONS")
    assert isinstance(table, ast.Dict)
    found: dict[str, Values] = {}
    for key, value in zip(table.keys, table.values, strict=True):
        assert isinstance(key, ast.Constant)
        found[str(key.value)] = value.id if isinstance(value, ast.Name) else typed(ast.literal_eval(value))
    return found


def switches() -> dict[str, Values]:
    """The switches, each with its possible values, or the type of a free one."""
    found: dict[str, Values] = {}
    for name, field in Settings.model_fields.items():
        kind: Any = field.annotation
        if get_origin(kind) is Literal:
            found[name] = typed(value for value in get_args(kind) if (name, value) not in ONLY_SWITCHES)
        elif kind is bool:
            found[name] = typed((True, False))
        else:
            found[name] = (get_origin(kind) or kind).__name__
    return found


def test_every_question_is_a_switch_with_the_same_values() -> None:
    asked = questions()
    assert len(asked) > 30
    assert {name: values for name, values in switches().items() if name in asked} == asked


def test_every_switch_is_a_question_or_says_why_not() -> None:
    assert all(NO_ANSWERS.values())
    assert set(switches()) - set(questions()) == set(NO_ANSWERS)


def test_every_value_that_no_profile_holds_is_one() -> None:
    for name, value in ONLY_SWITCHES:
        assert value in get_args(Settings.model_fields[name].annotation)


def test_both_speak_of_the_same_form() -> None:
    assert ast.literal_eval(constant("FORM")) == PROFILE_FORM
