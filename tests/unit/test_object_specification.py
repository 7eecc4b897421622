# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One object or a list: both forms mean the same, and bad combinations are named."""

from __future__ import annotations

from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import (
    ObjectSpecification,
    shape_problems,
)

SPECIFICATION = ObjectSpecification(
    identity="name",
    list_option="models",
    options={
        "name": {"type": "str"},
        "integration": {"type": "str"},
        "description": {"type": "str"},
        "enabled": {"type": "bool", "aliases": ["active"]},
    },
    inherited=("integration",),
)


def test_items_have_no_defaults_of_their_own():
    specification = SPECIFICATION.argument_spec()
    assert specification["state"]["default"] == "present"
    assert "default" not in specification["models"]["options"]["state"]


def test_both_forms_give_the_same_object():
    single, problems = SPECIFICATION.items({"name": "m", "integration": "i", "state": "present", "models": None})
    listed, more = SPECIFICATION.items(
        {"integration": "i", "state": "present", "models": [{"name": "m", "state": None}]}
    )
    assert (single, problems) == (listed, more) == ([{"name": "m", "integration": "i", "state": "present"}], [])


def test_an_items_own_state_wins():
    items, _problems = SPECIFICATION.items({"state": "present", "models": [{"name": "m", "state": "absent"}]})
    assert items[0]["state"] == "absent"


def test_an_objects_option_beside_a_list_is_an_error():
    _items, problems = SPECIFICATION.items({"state": "present", "description": "", "models": []})
    assert "description" in problems[0]


def test_an_empty_list_is_a_list():
    assert SPECIFICATION.items({"state": "present", "models": []}) == ([], [])


def test_neither_form_and_a_nameless_item_are_errors():
    assert SPECIFICATION.items({"state": "present"})[1]
    assert "item 2" in SPECIFICATION.items({"state": "present", "models": [{"name": "m"}, {"name": None}]})[1][0]


def test_an_alias_may_only_repeat_its_option():
    assert not SPECIFICATION.alias_problems({"enabled": True, "active": "yes"})
    assert SPECIFICATION.alias_problems({"models": [{"enabled": True, "active": False}]})


def test_a_list_or_a_dictionary_is_no_text():
    specification = {**SPECIFICATION.argument_spec(), "tags": {"type": "dict"}, "more": {"type": "list"}}
    specification["names"] = {"type": "list", "elements": "str"}
    specification["parents"] = {"type": "dict", "options": {"groups": {"type": "list", "elements": "str"}}}
    secret = "hf_secret"
    raw = {
        "name": [secret],
        "enabled": True,
        "tags": {"a": "b"},
        "more": [["a"]],
        "names": ["a", {"b": secret}],
        "parents": {"groups": [[secret]]},
        "models": [{"name": "m"}, {"description": {"a": secret}}, "no dictionary"],
    }
    assert shape_problems(specification, raw) == [
        "name is a list: give a text",
        "models, item 2: description is a dictionary: give a text",
        "names, item 2 is a dictionary: give a text",
        "parents: groups, item 1 is a list: give a text",
    ]
    assert shape_problems(specification, {"name": "m", "names": "a,b", "models": None, "description": 5}) == []
