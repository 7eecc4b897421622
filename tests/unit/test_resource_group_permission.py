# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan of grants says."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _grants, _references
from ansible_collections.orkes.conductor.plugins.module_utils import _resource_group_permission as group_permission
from ansible_collections.orkes.conductor.plugins.module_utils import _resource_permission as resource
from ansible_collections.orkes.conductor.plugins.module_utils._grants import access_difference
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call

PROVIDER = ("INTEGRATION_PROVIDER", "hf")


class Server:
    """Stands for what a group holds, so that the plan alone is looked at."""

    def __init__(self, held):
        self.held = held

    def list_grants_of_group(self, group):
        return self.held.get(group)


def plan(items, held, **options):
    call = Call({"validate_targets": False, **options})
    return group_permission.GroupPermissionResource(call).plan(Server(held), items)


def entry(target_type, target_id, *access, **more):
    return {"target": {"type": target_type, "id": target_id}, "access": list(access), **more}


def test_only_the_difference_is_sent():
    items = [{"groups": ["ops"], "integrations": ["hf"], "access": ["READ", "EXECUTE"]}]
    the_plan, problems = plan(items, {"ops": [entry(*PROVIDER, "READ", "DELETE")]})
    assert not problems
    change = the_plan.changes[0]
    assert (change.action, *access_difference(change)) == ("update", ["EXECUTE"], [])


def test_exclusive_revokes_the_rest():
    items = [{"groups": ["ops"], "integrations": ["hf"], "access": ["READ"], "exclusive": True}]
    the_plan, _problems = plan(items, {"ops": [entry(*PROVIDER, "READ", "DELETE")]})
    assert access_difference(the_plan.changes[0])[1] == ["DELETE"]


def test_absent_revokes_what_is_named_or_everything():
    held = {"ops": [entry(*PROVIDER, "READ", "DELETE")]}
    some, _problems = plan(
        [{"groups": ["ops"], "integrations": ["hf"], "access": ["READ", "UPDATE"], "state": "absent"}], held
    )
    assert (some.changes[0].action, access_difference(some.changes[0])[1]) == ("update", ["READ"])
    everything, _problems = plan([{"groups": ["ops"], "integrations": ["hf"], "state": "absent"}], held)
    assert (everything.changes[0].action, access_difference(everything.changes[0])[1]) == ("delete", ["DELETE", "READ"])
    gone, problems = plan([{"groups": ["nobody"], "integrations": ["hf"], "state": "absent"}], held)
    assert (gone.changes, problems, gone.unchanged) == ([], [], 1)


def test_entries_unite():
    items = [
        {"groups": ["ops"], "integrations": ["hf"], "access": ["READ"]},
        {"groups": ["ops", "aud"], "integrations": ["hf", "hf"], "access": ["EXECUTE"]},
    ]
    desired, problems = resource.desired_grants(items)
    assert not problems
    assert desired["ops", PROVIDER].access == {"READ", "EXECUTE"}
    assert desired["aud", PROVIDER].access == {"EXECUTE"}


@pytest.mark.parametrize("other", [{"state": "absent"}, {"exclusive": True}])
def test_entries_must_not_contradict_each_other(other):
    items = [
        {"groups": ["ops"], "integrations": ["hf"], "access": ["READ"]},
        {"groups": ["ops"], "targets": [{"type": "integration_provider", "id": "hf"}], "access": ["READ"], **other},
    ]
    assert "GROUP ops on INTEGRATION_PROVIDER hf" in resource.desired_grants(items)[1][0]


def test_derived_grants_are_left_alone():
    held = {"ops": [entry(*PROVIDER, "READ", tag="team:ml"), entry("TAG", "team:ml", "READ")]}
    items = [{"groups": ["ops"], "integrations": ["hf"], "access": [], "exclusive": True}]
    assert plan(items, held, purge=True)[0].changes == []


def test_purge_stays_in_its_scope():
    held = {
        "ops": [
            entry(*PROVIDER, "READ", "DELETE"),
            entry("INTEGRATION", "hf:acme/old", "READ"),
            entry("INTEGRATION", "hf-other:m", "READ"),
            entry("INTEGRATION_PROVIDER", "mail", "READ"),
            entry("WORKFLOW_DEF", "hf", "READ"),
        ],
        "aud": [entry(*PROVIDER, "READ")],
    }
    items = [{"groups": ["ops"], "integrations": ["hf"], "access": ["READ"]}]
    the_plan, problems = plan(items, held, purge=True)
    assert not problems
    assert [(change.name, access_difference(change)[1]) for change in the_plan.changes] == [
        ("GROUP ops on INTEGRATION_PROVIDER hf", ["DELETE"]),
        ("GROUP ops on INTEGRATION hf:acme/old", ["READ"]),
    ]
    both, _problems = plan(items, held, purge=True, purge_groups=["ops", "aud"])
    assert "GROUP aud on INTEGRATION_PROVIDER hf" in [change.name for change in both.changes]


def test_the_brake_counts_what_purge_takes_away():
    held = {
        "ops": [entry(*PROVIDER, "READ"), entry("INTEGRATION", "hf:a", "READ"), entry("INTEGRATION", "hf:b", "READ")]
    }
    items = [{"groups": ["ops"], "integrations": ["hf"], "access": ["READ"]}]
    assert "2 of 3" in plan(items, held, purge=True, purge_limit="1")[1][0]
    assert plan(items, held, purge=True, purge_limit="2")[1] == []
    assert plan(items, held, purge=True, purge_limit="50%")[1]


def test_only_known_types_of_targets():
    def problems(*types, **options):
        item = {"groups": ["ops"], "targets": [{"type": name, "id": "x"} for name in types], "access": ["READ"]}
        return group_permission.GroupPermissionResource(Call(options)).problems([item])

    assert problems(*_references.TARGET_TYPES) == []
    assert problems("workflow_def") == []
    found = problems("PROMPT", "WHATEVER", "WHATEVER")
    assert len(found) == 1
    assert "grant to ops: 'WHATEVER'" in found[0]
    assert "PROMPT" in found[0]
    assert "validate_targets: false" in found[0]
    assert problems("WHATEVER", validate_targets=False) == []
    assert problems("") == problems("", validate_targets=False) != []


def test_a_brake_without_a_purge_is_refused():
    def problems(**options):
        return group_permission.GroupPermissionResource(Call(options)).problems([])

    assert "purge_limit is given without purge: true" in problems(purge_limit="2", purge=False)[0]
    assert problems(purge_limit="2", purge=True) == []
    assert problems(purge_limit=None, purge=False) == []


def test_bad_entries_are_named():
    item = {
        "groups": ["ops"],
        "integrations": ["a:b"],
        "models": ["m", ":m", "i:"],
        "targets": [{"type": " ", "id": "x"}],
    }
    problems = resource.grant_problems(item)
    assert len(problems) == 6
    assert any("access is missing" in problem for problem in problems)
    assert resource.grant_problems({"groups": [], "access": ["READ"]})
    assert resource.grant_problems({"groups": ["a"], "integrations": ["i"], "state": "absent", "exclusive": True})


def test_an_application_is_one_target_however_it_is_spelt():
    assert _grants.target_reference("application", "app:1") == _grants.target_reference("APPLICATION", "1")


def test_the_callers_own_access_is_never_taken_away():
    listed = {"READ": [{"type": "GROUP", "id": "ops"}, {"type": "USER", "id": "app:1"}, {"type": "user", "id": "1"}]}
    assert _grants.granted_subjects(listed, "app:1") == {("GROUP", "ops"): {"READ"}}
