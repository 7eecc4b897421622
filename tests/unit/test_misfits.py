# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a variable of the role does not fit its specification."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.orkes.conductor.plugins.plugin_utils._misfits import misfits_of_role

ROLE = Path(__file__).parents[2] / "roles" / "hf_setup"
SPECIFICATIONS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]


def groups():
    """Groups that fit."""
    permission = {"integration": "hf", "models": ["org/m"], "access": ["READ", "EXECUTE"]}
    return [{"name": f"g{number}", "permissions": [dict(permission) for _time in range(5)]} for number in range(20)]


def test_what_fits_is_passed_over():
    assert misfits_of_role(SPECIFICATIONS, {"hf_setup_groups": groups()}) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"access": ["READ", "EXECUT"]}, ", access has EXECUT, which is none of CREATE, READ, UPDATE, DELETE, EXECUTE"),
        ({"acess": ["READ"]}, ": there is no acess, did you mean access?"),
        ({"\x1b": 1}, ": there is no \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_one_of_thousands_is_told_with_its_place(changed, told):
    declared = groups()
    declared[13]["permissions"][4].update(changed)
    found = misfits_of_role(SPECIFICATIONS, {"hf_setup_groups": declared})
    assert found == [f"hf_setup_groups[13] (g13), permissions[4] (hf){told}"]


@pytest.mark.parametrize("value", [float("inf"), "inf", " -Infinity ", float("-inf")])
def test_an_infinite_number_is_told_with_its_place(value):
    integrations = [{"name": "hf", "models": [{"name": "m", "hf_endpoint": {"max_replica": value}}]}]
    found = misfits_of_role(
        SPECIFICATIONS, {"hf_setup_retries": value, "hf_setup_timeout": "inf", "hf_setup_integrations": integrations}
    )
    place = "hf_setup_integrations[0] (hf), models[0] (m), hf_endpoint, max_replica"
    assert [told for told in found if "a whole number" in told] == [
        f"hf_setup_retries is {value}: give a whole number",
        f"{place} is {value}: give a whole number",
    ]
    for fine in ("1e400", 10**400, "x", True, [], None, "nan"):
        assert misfits_of_role(SPECIFICATIONS, {"hf_setup_retries": fine}) == []


def test_what_is_missing_or_no_dictionary():
    declared = [{"description": "x"}, "g1"]
    assert misfits_of_role(SPECIFICATIONS, {"hf_setup_groups": declared}) == [
        "hf_setup_groups[0]: name is missing",
        "hf_setup_groups[1] is no dictionary: give one, with name, description, roles and so on",
    ]


@pytest.mark.parametrize("value", ["", '[{"name": "hf"}]', {"name": "hf"}, "hf"])
def test_what_is_no_list(value):
    assert misfits_of_role(SPECIFICATIONS, {"hf_setup_integrations": value, "hf_setup_groups": groups()}) == [
        "hf_setup_integrations is no list: give a list of dictionaries, with name, api_key, namespace and so on"
    ]


@pytest.mark.parametrize("value", ["integrations, models", ["integrations", " models"]])
def test_a_blank_that_is_the_trouble_is_seen(value):
    assert misfits_of_role(SPECIFICATIONS, {"hf_setup_manage": value}) == [
        "hf_setup_manage has ' models': take the blank out"
    ]


def test_a_text_with_commas_is_a_list_of_words():
    assert misfits_of_role(SPECIFICATIONS, {"hf_setup_manage": "integrations,models"}) == []
    found = misfits_of_role(SPECIFICATIONS, {"hf_setup_manage": "integrations,model"})
    assert [told.partition(" of ")[0] for told in found] == ["hf_setup_manage has model, which is none"]


def test_the_first_are_named():
    found = misfits_of_role(SPECIFICATIONS, {"hf_setup_groups": [{} for _time in range(200)]})
    assert len(found) == 6
    assert found[-1] == "and 195 more"
