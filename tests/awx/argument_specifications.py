# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules as AnsibleModule gets them, and what they come to, without a module that runs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import set_fallbacks

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))

Specification = dict[str, dict[str, Any]]


class _Told(Exception):
    """A module has said what options it takes."""

    def __init__(self, specification: Specification) -> None:
        super().__init__()
        self.specification = specification


@contextmanager
def _listening() -> Iterator[None]:
    """Let every module end where it says what options it takes."""

    def tell(_module: Any, argument_spec: Specification, **_more: Any) -> None:
        raise _Told(argument_spec)

    begin = basic.AnsibleModule.__init__
    basic.AnsibleModule.__init__ = tell
    try:
        yield
    finally:
        basic.AnsibleModule.__init__ = begin


def specification_of(module: str) -> Specification:
    """Return the argument specification of a module."""
    found = importlib.import_module(f"ansible_collections.orkes.conductor.plugins.modules.{module}")
    with _listening():
        try:
            found.main()
        except _Told as told:
            return told.specification
    raise AssertionError(f"{module} has not said what options it takes")


def with_fallbacks(specification: Specification, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every option that has a fallback, those within others included, and where it stands."""
    for name, option in specification.items():
        if option.get("fallback", (None,))[0] is not None:
            yield f"{place}{name}", option
        yield from with_fallbacks(option.get("options") or {}, f"{place}{name}.")


def variables_of(option: dict[str, Any]) -> list[str]:
    """Return the environment variables that an option falls back to."""
    return [name for part in option["fallback"][1:] for name in part]


def fallen_back(name: str, option: dict[str, Any]) -> Any:
    """Return what an option that a task does not give comes to, in the environment as it is."""
    alone = {name: {key: value for key, value in option.items() if key != "aliases"}}
    given: dict[str, Any] = {}
    set_fallbacks(alone, given)
    result = ArgumentSpecValidator(alone).validate(given)
    assert result.error_messages == [], result.error_messages
    return result.validated_parameters[name]
