# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's specification and the modules' say the same."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml
from module_process import ROOT

SPECIFICATIONS = yaml.safe_load((ROOT / "roles/hf_setup/meta/argument_specs.yml").read_text())["argument_specs"]
OPTIONS = SPECIFICATIONS["main"]["options"]
DEFAULTS = yaml.safe_load((ROOT / "roles/hf_setup/defaults/main.yml").read_text())

INTEGRATIONS = OPTIONS["hf_setup_integrations"]["options"]
GROUPS = OPTIONS["hf_setup_groups"]["options"]
APPLICATIONS = OPTIONS["hf_setup_applications"]["options"]
#: The lists of the role, the module that takes their entries, what the role adds, and what it fills in itself.
LISTS: dict[str, tuple[dict[str, Any], str, set[str], set[str]]] = {
    "integrations": (INTEGRATIONS, "hf_integration", {"models"}, set()),
    "models": (INTEGRATIONS["models"]["options"], "hf_model", {"hf_endpoint", "task"}, {"integration", "api_key"}),
    "endpoints": (INTEGRATIONS["models"]["options"]["hf_endpoint"]["options"], "hf_endpoint", set(), set()),
    "groups": (GROUPS, "conductor_group", {"permissions"}, set()),
    "permissions": (
        GROUPS["permissions"]["options"],
        "conductor_group_permission",
        {"integration", "all_models", "models_only"},
        {"groups", "group", "integrations", "targets"},
    ),
    "applications": (APPLICATIONS, "conductor_application", {"permissions", "access_key"}, set()),
    "access keys": (
        APPLICATIONS["access_key"]["options"],
        "conductor_access_key",
        set(),
        # One that is handed back in a result has no place in a role.
        {"application", "application_id", "return_secret", "journal", "held_key"},
    ),
    "permissions of applications": (
        APPLICATIONS["permissions"]["options"],
        "conductor_application_permission",
        {"integration", "all_models", "models_only"},
        {"applications", "application", "integrations", "targets"},
    ),
}
#: A second name for what names an object would be a second way to write every entry.
WITHOUT_ALIAS = {"name"}


def specification_of(module: str) -> Any:
    """The specification of a module's objects, by whatever name the module has it."""
    folder = "ansible_collections.orkes.conductor.plugins"
    wanted = importlib.import_module(f"{folder}.module_utils._object_specification").ObjectSpecification
    contents = vars(importlib.import_module(f"{folder}.modules.{module}")).values()
    [found] = [value for value in contents if isinstance(value, wanted)]
    return found


def items_of(module: str) -> dict[str, dict[str, Any]]:
    """The options of one entry of a module's list; an alias counts as an option, as role specifications know none."""
    specification = specification_of(module)
    found = {}
    for name, option in specification.argument_spec()[specification.list_option]["options"].items():
        aliases = () if name in WITHOUT_ALIAS else option.get("aliases", ())
        for spelling in (name, *aliases):
            found[spelling] = {
                "type": option["type"],
                "elements": option.get("elements"),
                "choices": option.get("choices"),
                "no_log": bool(option.get("no_log")),
            }
    return found


@pytest.mark.parametrize("kind", LISTS)
def test_entries_have_the_options_of_the_module(kind):
    options, module, added, filled_in = LISTS[kind]
    expected = {name: option for name, option in items_of(module).items() if name not in filled_in}
    found = {
        name: {
            "type": option["type"],
            "elements": option.get("elements"),
            "choices": option.get("choices"),
            "no_log": bool(option.get("no_log")),
        }
        for name, option in options.items()
        if name not in added
    }
    assert found == expected


@pytest.mark.parametrize("kind", LISTS)
def test_entries_have_no_defaults_of_their_own(kind):
    assert [name for name, option in LISTS[kind][0].items() if "default" in option] == []


def test_the_connection_is_the_modules():
    connection = importlib.import_module("ansible_collections.orkes.conductor.plugins.module_utils._connection")
    for name, option in connection.connection_argument_spec().items():
        of_role = OPTIONS[f"hf_setup_{name}"]
        assert of_role["type"] == option["type"], name
        assert bool(of_role.get("no_log")) == bool(option.get("no_log")), name
        assert "default" not in of_role, name


@pytest.mark.parametrize(
    ("variable", "module", "option"),
    [
        ("hf_setup_update_api_key", "hf_integration", "update_api_key"),
        ("hf_setup_fingerprint", "hf_integration", "fingerprint"),
    ],
)
def test_policies_are_the_modules(variable, module, option):
    expected = specification_of(module).argument_spec()[option]
    assert OPTIONS[variable]["type"] == expected["type"]
    assert OPTIONS[variable].get("choices") == expected.get("choices")
    assert OPTIONS[variable]["default"] == expected["default"]


def test_defaults_are_those_of_the_specification():
    options = {name: option for entry in SPECIFICATIONS.values() for name, option in entry["options"].items()}
    assert {name: option["default"] for name, option in options.items() if "default" in option} == DEFAULTS


def test_the_readme_names_every_variable():
    text = (ROOT / "roles/hf_setup/README.md").read_text()
    names = {name for entry in ("main", "bootstrap", "rotate", "offboard") for name in SPECIFICATIONS[entry]["options"]}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


BOOLEANS = {
    name
    for entry in SPECIFICATIONS.values()
    for name, option in entry["options"].items()
    if option.get("type") == "bool"
}
#: Keys whose values are expressions.
CONDITIONS = {"when", "that", "failed_when", "changed_when", "until"}


def expressions(value, key=""):
    """Every expression of a file of the role, without the texts in it, and whether it is a whole value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from expressions(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner, key)
    elif isinstance(value, str):
        whole = re.fullmatch(r"\{\{(?P<expression>[^{}]*)\}\}", value.strip())
        found = [value] if key in CONDITIONS else re.findall(r"\{\{(.*?)\}\}", value, re.DOTALL)
        for expression in found:
            yield re.sub(r"'[^']*'", "''", expression).strip(), bool(whole) and key not in CONDITIONS


def bare_booleans(value):
    """Where a boolean is used in a template, and nobody makes a boolean of it."""
    found = []
    for expression, whole in expressions(value):
        for match in re.finditer(r"\bhf_setup_\w+\b", expression):
            # The option of a module, or another variable, takes it as it is.
            handed_on = whole and re.fullmatch(
                r"(\| default\(omit\)|if .*)?", expression[match.end() :].strip(), re.DOTALL
            )
            made = expression[match.end() :].lstrip().startswith("| bool")
            if match[0] in BOOLEANS and not made and not (handed_on and match.start() == 0):
                found.append(expression)
    return found


def test_a_boolean_may_be_given_as_a_text():
    """The word no, as an extra variable or an answer, is true wherever nobody makes a boolean of it."""
    folder = ROOT / "roles" / "hf_setup"
    files = [path for name in ("tasks", "vars") for path in sorted((folder / name).glob("*.yml"))]
    assert {path.name: bare for path in files if (bare := bare_booleans(yaml.safe_load(path.read_text())))} == {}


def test_a_boolean_that_is_used_as_a_text_is_noticed():
    good = {
        "force": "{{ hf_setup_force }}",
        "when": "hf_setup_purge | bool",
        "check": "{{ hf_setup_force | default(omit) }}",
    }
    assert bare_booleans({**good, "msg": "hf_setup_purge is {{ 'hf_setup_purge' }}"}) == []
    for bad in (
        {"when": "hf_setup_purge"},
        {"that": ["not hf_setup_purge"]},
        {"x": "{{ a | f(hf_setup_purge, b) }}"},
        {"x": "{{ a if hf_setup_purge else b }}"},
        {"x": "{{ hf_setup_purge }} and more"},
    ):
        assert bare_booleans(bad)
