# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a group's plan says."""

from __future__ import annotations

from ansible_collections.orkes.conductor.plugins.module_utils import _resource_group as resource

CURRENT = {
    "id": "ops",
    "description": "d",
    "roles": [{"name": "USER", "permissions": []}, {"name": "WORKER", "permissions": []}],
    "defaultAccess": {"WORKFLOW_DEF": ["READ", "EXECUTE"], "TASK_DEF": []},
}


def test_sets_in_another_order_are_the_same():
    item = {
        "name": "ops",
        "roles": ["WORKER", "USER"],
        "default_access": {"WORKFLOW_DEF": ["EXECUTE", "READ"]},
        "members": ["b", "a"],
    }
    assert resource.plan_group(item, CURRENT, ["a", "b"]) == (None, [])


def test_what_was_not_given_is_sent_as_it_is():
    change, _warnings = resource.plan_group({"name": "ops", "description": "new"}, CURRENT, [])
    assert resource.group_body(change) == {
        "description": "new",
        "roles": ["USER", "WORKER"],
        "defaultAccess": {"WORKFLOW_DEF": ["EXECUTE", "READ"]},
    }


def test_empty_lists_are_meant():
    change, _warnings = resource.plan_group({"name": "ops", "roles": [], "default_access": {}}, CURRENT, [])
    assert change.fields["roles"].after == []
    assert resource.group_body(change) == {"description": "d", "roles": [], "defaultAccess": {}}


def test_members_are_added_and_others_stay():
    change, _warnings = resource.plan_group({"name": "ops", "members": ["b"]}, CURRENT, ["a"])
    assert change.fields["members"].after == ["a", "b"]
    assert (change.payload["add"], change.payload["remove"], change.payload["writes_settings"]) == (["b"], [], False)


def test_purge_of_members_leaves_the_caller_in():
    item = {"name": "ops", "members": ["b"], "purge_members": True}
    change, warnings = resource.plan_group(item, CURRENT, ["a", "me"], caller="me")
    assert change.payload["remove"] == ["a"]
    assert "me" in warnings[0]
    assert change.fields["members"].after == ["b", "me"]


def test_a_new_group_has_no_roles_unless_told():
    change, _warnings = resource.plan_group({"name": "new"}, None, [])
    assert change.action == "create"
    assert resource.group_body(change) == {"description": "", "roles": []}


def test_bad_groups_are_named():
    problems = resource.group_problems(
        {
            "name": "ops",
            "default_access": {"SECRET": ["READ"], "TASK_DEF": ["FLY"], "WORKFLOW_DEF": "READ"},
            "roles": [" "],
        }
    )
    assert len(problems) == 4
    assert all(problem.startswith("group ops") for problem in problems)
    assert resource.group_problems({"name": "ops", "purge_members": True})
