# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that YAML has made something else of are refused, wherever they stand, and nothing else is."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.orkes.conductor.plugins.filter.hf_setup_retyped_problems import hf_setup_retyped_problems
from ansible_collections.orkes.conductor.plugins.plugin_utils._retyped import (
    NUMBERS_ALLOWED,
    REFUSED_ELSEWHERE,
    TEXT_ALLOWED,
    WHY,
)

ROLE = Path(__file__).parents[2] / "roles" / "hf_setup"
SPECIFICATIONS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())


def problems(**values):
    found = hf_setup_retyped_problems({f"hf_setup_{name}": value for name, value in values.items()}, SPECIFICATIONS)
    assert not found or found.pop() == WHY
    return found


MODEL = {"name": "m", "endpoint": "https://m.example.com", "enabled": "no", "tags": {"number": 5}}
GOOD = {
    "integrations": [
        {
            "name": "hf",
            "description": 5,
            "tags": {"year": 2026},
            "models": [MODEL],
            "exclusive_subjects": {"users": ["7"]},
        }
    ],
    "groups": [{"name": "00123", "members": ["12345678"], "permissions": [{"integration": "on", "access": ["READ"]}]}],
    "applications": [{"name": "null", "access_key": {"destination": "key.json", "rotation_id": 2026}}],
    "purge": "no",
    "purge_limit": 10,
    "offboard_limit": 10,
    "timeout": "30",
    "manage": "models,groups",
    "expected_plan": 83,
    "expected_plan_file": False,
    "ca_path": None,
    "endpoint_hosts": [],
    "something_of_a_user": 83,
}


def test_what_is_fine():
    assert problems(**GOOD) == []


def test_the_defaults_are_fine():
    assert hf_setup_retyped_problems(DEFAULTS, SPECIFICATIONS) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (83, "the number 83"),
        (1.5, "the number 1.5"),
        (True, "the boolean true"),
        (False, "the boolean false"),
        (datetime.date(2026, 11, 26), "the date 2026-11-26"),
    ],
)
def test_a_name_that_is_none(value, said):
    assert problems(smoke_test_application=value) == [f"hf_setup_smoke_test_application is {said} and no text"]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"expected_org": 83}, "hf_setup_expected_org"),
        ({"auth_key": 83}, "hf_setup_auth_key"),
        ({"purge_limit": True}, "hf_setup_purge_limit"),
        ({"ca_path": 83}, "hf_setup_ca_path"),
        ({"groups": [{"name": 83}]}, "hf_setup_groups, item 1: name"),
        ({"groups": [{"name": "a"}, {"name": 83}]}, "hf_setup_groups, item 2: name"),
        ({"groups": [{"name": "a", "description": True}]}, "hf_setup_groups, item 1: description"),
        ({"groups": [{"name": "a", "members": ["x", 83]}]}, "hf_setup_groups, item 1: members, item 2"),
        (
            {"integrations": [{"name": "a", "models": [{"name": 83}]}]},
            "hf_setup_integrations, item 1: models, item 1: name",
        ),
        (
            {"integrations": [{"name": "a", "exclusive_subjects": {"groups": [83]}}]},
            "hf_setup_integrations, item 1: exclusive_subjects, groups, item 1",
        ),
        ({"offboard_users": [83]}, "hf_setup_offboard_users, item 1"),
        ({"export_applications": [83]}, "hf_setup_export_applications, item 1"),
        ({"rotate_also": [83]}, "hf_setup_rotate_also, item 1"),
    ],
)
def test_every_place_is_looked_at(values, place):
    (problem,) = problems(**values)
    assert problem.startswith(f"{place} is the ") and problem.endswith(" and no text")


def test_a_secret_is_not_shown():
    assert problems(integrations=[{"name": "a", "api_key": 4711}]) == [
        "hf_setup_integrations, item 1: api_key is no text"
    ]
    # It would not get past the login.
    assert problems(auth_secret=4711, hf_token=4711) == []


def test_an_empty_place_in_a_list_of_names():
    assert problems(offboard_users=["a", None]) == [
        "hf_setup_offboard_users, item 2 is empty: give a text, or take it out"
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [("ana", "a text"), (83, "the number 83"), (True, "the boolean true"), ({"a": 1}, "a dictionary")],
)
def test_what_should_be_a_list(value, said):
    for name in ("offboard_users", "smoke_test_models", "endpoint_hosts", "groups"):
        (problem,) = problems(**{name: value})
        assert problem.startswith(f"hf_setup_{name} is {said} and no list: give a list")


def test_the_exceptions_are_options():
    known = set()

    def note(options):
        for name, option in options.items():
            known.add(name)
            note(option.get("options") or {})

    for entry_point in SPECIFICATIONS.values():
        note(entry_point["options"])
    assert known >= NUMBERS_ALLOWED | REFUSED_ELSEWHERE | TEXT_ALLOWED


def test_what_is_no_input():
    for arguments in (([], {}), ({}, [])):
        with pytest.raises(AnsibleFilterError):
            hf_setup_retyped_problems(*arguments)


def test_the_file_is_taken_as_it_is():
    # A lookup marks what it has read.
    text = wrap_var((ROLE / "meta" / "argument_specs.yml").read_text())
    assert hf_setup_retyped_problems({"hf_setup_expected_org": 83}, text) == hf_setup_retyped_problems(
        {"hf_setup_expected_org": 83}, SPECIFICATIONS
    )
    with pytest.raises(AnsibleFilterError):
        hf_setup_retyped_problems({}, "")
