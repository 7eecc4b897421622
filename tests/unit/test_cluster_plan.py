# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a cluster: its digest, its approval, its brake, and what became of it."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.orkes.conductor.plugins.filter.hf_setup_approval_problems import hf_setup_approval_problems
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_plan_problems import hf_setup_plan_problems
from ansible_collections.orkes.conductor.plugins.plugin_utils import _cluster_plan as plans


def result(*changes, digest="d", unchanged=0, **more):
    counts = [action for action, _kind, _name in changes]
    return {
        "changed": bool(changes),
        "changes": [{"kind": kind, "name": name, "action": action, "fields": {}} for action, kind, name in changes],
        "plan": [f"{action} {kind} {name}" for action, kind, name in changes],
        "digest": digest,
        "summary": {
            "created": counts.count("create"),
            "updated": counts.count("update"),
            "deleted": counts.count("delete"),
            "unchanged": unchanged,
            "failed": 0,
            "skipped": 0,
        },
        **more,
    }


PLANNED = {
    "integrations": result(("create", "integration", "hf"), digest="i"),
    "models": result(("delete", "model", "hf:a"), ("create", "model", "hf:b"), digest="m", unchanged=2),
    "groups": {"skipped": True},
    "permissions": result(unchanged=3),
}


def plan(**more):
    return plans.cluster_plan({**PLANNED, **more}, "acme")


def test_a_plan_adds_up():
    found = plan()
    assert found["totals"] == {"created": 2, "updated": 0, "deleted": 1, "unchanged": 5}
    assert found["changing"] == ["integrations", "models"]
    assert found["lines"] == ["create integration hf", "delete model hf:a", "create model hf:b"]
    assert "groups: not managed" in found["counts"]


def test_what_a_purge_leaves_alone_is_named():
    names = [f"hf:m{number}" for number in range(12)]
    assert not [line for line in plan()["counts"] if "left alone" in line]
    left = plan(models=result(left_alone=names))
    (line,) = [line for line in left["counts"] if "left alone" in line]
    assert line.startswith("models: 12 not declared and left alone") and line.endswith("hf:m8, hf:m9 and 2 more")
    assert left["digest"] == plan(models=result())["digest"]
    assert line in plans.cluster_outcome(left, {"models": result(left_alone=names)}, {})["lines"]


def test_the_digest_is_that_of_what_changes_on_this_cluster():
    assert plan()["digest"] == plan(permissions=result(unchanged=99, digest="other"))["digest"]
    assert plan()["digest"] != plan(models=result(("delete", "model", "hf:a"), digest="x"))["digest"]
    assert plan()["digest"] != plans.cluster_plan(PLANNED, "another")["digest"]


def test_the_brake():
    assert plans.brake_problem(plan(), None) is None
    assert plans.brake_problem(plan(), "1") is None
    assert "1 of 6" in plans.brake_problem(plan(), "0")
    assert plans.brake_problem(plan(), "20%") is None
    assert plans.brake_problem(plan(), "10%")
    with pytest.raises(ValueError, match="some"):
        plans.brake_problem(plan(), "some")


@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.parametrize("limit", ["abc", "10 objects", "101%", "-1"])
def test_a_limit_that_cannot_be_read_is_refused_even_where_nothing_is_deleted(limit, limited):
    nothing = plans.cluster_plan({"models": result(unchanged=1)}, None)
    assert f"hf_setup_purge_limit is {limit!r}" in hf_setup_plan_problems(nothing, limit, limited=limited)[0]


def test_a_limit_that_is_not_in_force_stops_nothing():
    assert hf_setup_plan_problems(plan(), "0")
    assert hf_setup_plan_problems(plan(), "0", limited=False) == []


def test_an_approved_plan_passes_and_a_stale_one_says_what_is_new():
    approved = plan()
    assert plans.approval_problem(approved, None) is None
    assert plans.approval_problem(approved, approved["digest"]) is None
    assert plans.approval_problem(approved, None, approved) is None
    stale = plan(groups=result(("create", "group", "g"), digest="g"), integrations=result(unchanged=1))
    text = plans.approval_problem(stale, None, approved)
    assert "New: create group g" in text
    assert "No longer: create integration hf" in text
    assert "create group g" in plans.approval_problem(stale, approved["digest"])
    assert "another secret" in plans.approval_problem(
        plan(models={**PLANNED["models"], "digest": "key"}), None, approved
    )
    assert "goes with the digest" in plans.approval_problem(stale, "0" * 64, approved)


def test_a_plan_is_for_one_host_of_the_inventory():
    approved = plans.cluster_plan(PLANNED, "acme", "staging")
    text = plans.approval_problem(plans.cluster_plan(PLANNED, "acme", "production"), None, approved)
    assert "approved for host staging, not production" in text
    assert "another secret" not in text


def served(*entries):
    """A plan with Inference Endpoints, each as what it is now and what else it may have been."""
    digests = [{"name": f"acme/{number}", "now": now, "also": also} for number, (now, also) in enumerate(entries)]
    return plan(endpoints=result(digests=digests))


NEW = (["create", "c"], [])
MADE = (["there", "https://a"], [["there", None], ["create", "c"]])
OTHER = (["there", "https://a"], [["there", None]])


@pytest.mark.parametrize("file", [True, False])
@pytest.mark.parametrize(
    ("approved", "now", "holds"),
    [
        ([NEW], [MADE], True),
        ([NEW, NEW], [MADE, NEW], True),
        ([MADE, NEW], [MADE, MADE], True),
        ([(["there", None], [])], [MADE], True),
        ([(["delete"], [])], [(["gone"], [["delete"]])], True),
        # What is gone is not created, and what is not as it would have been created is no part of that.
        ([MADE], [NEW], False),
        ([MADE, NEW], [NEW, MADE], False),
        ([NEW], [OTHER], False),
        ([NEW], [(["update", "u", "https://a"], [["update", "u", None]])], False),
        ([(["there", "https://b"], [])], [MADE], False),
        ([(["gone"], [])], [(["delete"], [])], False),
    ],
)
def test_an_approval_covers_what_is_left_when_others_have_seen_to_endpoints(approved, now, holds, file):
    before, after = served(*approved), served(*now)
    assert before["digest"] != after["digest"]
    how = (None, before) if file else (before["digest"], None)
    assert (plans.approval_problem(after, *how) is None) is holds
    # Never together with anything else.
    more = plans.cluster_plan({**PLANNED, "groups": result(("create", "group", "g"), digest="g")}, "acme")
    assert plans.approval_problem({**after, "digests": more["digests"], "digest": "0" * 64}, *how)


def test_a_file_tells_of_a_change_that_another_cluster_has_made():
    approved = served((["update", "u", "https://a"], []))
    assert plans.approval_problem(served(MADE), None, approved) is None
    assert plans.approval_problem(served((["there", "https://b"], [])), None, approved)
    # A file that was changed is held against its digest.
    forged = {**approved, "endpoints": {"acme/0": ["create", "c"]}}
    assert plans.approval_problem(served(MADE), None, forged)


def test_many_endpoints_are_as_if_none_had_been_there():
    many = 20
    assert plans.approval_problem(served(*[MADE] * many), served(*[NEW] * many)["digest"]) is None
    assert plans.approval_problem(served(*[OTHER] * many), served(*[NEW] * many)["digest"])


@pytest.mark.parametrize("expected", [" ", False, 0, {}, "0" * 63, "g" * 64, True, ["0" * 64]])
def test_what_is_no_digest_is_not_the_same_as_none(expected):
    assert "is no digest of a plan" in hf_setup_approval_problems(plan(), expected)[0]


@pytest.mark.parametrize("expected", [None, ""])
def test_no_digest_asks_for_no_approval(expected):
    assert hf_setup_approval_problems(plan(), expected, "") == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", "[]", "null", '"x"', '{"digest": ""}', '{"digest": null, "lines": []}', '[{"digest": "x"}]',
     '{"profile": 1, "answers": {}}', '{"digest": "%s"}' % ("0" * 64)],
)  # fmt: skip
def test_a_file_that_is_no_plan_approves_nothing(tmp_path, text):
    file = tmp_path / "plan.json"
    file.write_text(text)
    for expected in (None, plan()["digest"]):
        assert "is not a plan" in hf_setup_approval_problems(plan(), expected, str(file))[0]


def test_a_file_that_cannot_be_read_approves_nothing(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for file in (tmp_path, tmp_path / "none", tmp_path / "bytes"):
        assert "cannot be read" in hf_setup_approval_problems(plan(), None, str(file))[0]


def test_a_kept_plan_approves_itself(tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))
    assert hf_setup_approval_problems(plan(), None, str(file)) == []
    assert hf_setup_approval_problems(plan(), plan()["digest"].upper(), str(file)) == []


def test_a_list_of_published_plans_approves_each_host_its_own():
    here, there = plans.cluster_plan(PLANNED, "acme", "00123"), plans.cluster_plan(PLANNED, "acme", "a b")
    published = [plans.published_plan(here), plans.published_plan(there)]
    assert hf_setup_approval_problems(here, published, "", True) == []
    assert hf_setup_approval_problems(there, published, "", True) == []
    changed = plans.cluster_plan({}, "acme", "a b")
    assert "It would now: change nothing" in hf_setup_approval_problems(changed, published)[0]


@pytest.mark.parametrize(
    ("published", "text"),
    [
        ([], "has no plan of staging"),
        ([f"sha256:{'1' * 64} production"], "has no plan of staging"),
        ([f"sha256:{'1' * 64} staging", f"sha256:{'2' * 64} staging"], "several plans of staging"),
        (["1" * 64], "with an entry that is no digest"),
        ([None], "with an entry that is no digest"),
        ([f"sha256:{'1' * 63} staging"], "with an entry that is no digest"),
    ],
)
def test_a_list_without_exactly_one_plan_of_the_host_approves_nothing(published, text):
    for required in (False, True):
        (problem,) = hf_setup_approval_problems(plans.cluster_plan(PLANNED, "acme", "staging"), published, "", required)
        assert text in problem


def test_an_approval_can_be_demanded(tmp_path):
    (problem,) = hf_setup_approval_problems(plan(), "", "", True)
    assert "hf_setup_require_approved_plan" in problem
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))
    assert hf_setup_approval_problems(plan(), "", str(file), True) == []
    assert hf_setup_approval_problems(plan(), plan()["digest"], "", True) == []


@pytest.mark.parametrize("digest", ["1" * 64, "0" * 64, f"1e{'5' * 62}", f"0x{'1' * 62}"])
def test_no_reader_of_yaml_takes_a_published_plan_for_a_number(digest):
    text = plans.published_plan({"digest": digest, "host": "1"})
    assert yaml.safe_load(text) == text


def test_a_plan_of_thousands_is_cut_for_the_terminal():
    many = plan(models=result(*(("create", "model", f"hf:{number}") for number in range(1000))))
    lines = plans.shown_lines(many)
    assert len(lines) < 220
    assert any("and 801 more" in line for line in lines)


def test_nothing_in_markdown_leaves_its_fence():
    text = plans.plan_markdown(plan(groups=result(("create", "group", "a````b"))), "dev")
    assert "`````diff" in text


def test_the_outcome_of_a_run_that_broke_off():
    failed = result(
        ("delete", "model", "hf:a"),
        failures=[{"kind": "model", "name": "hf:b", "action": "create", "message": "no"}],
        not_attempted=[],
        failed=True,
    )
    planned = {**PLANNED, "permissions": result(("create", "grant", "g"))}
    found = plans.cluster_outcome(
        plans.cluster_plan(planned, None), planned, {"integrations": PLANNED["integrations"], "models": failed}
    )
    assert found["changed"]
    assert [change["name"] for change in found["changes"]] == ["hf", "hf:a"]
    assert found["not_attempted"] == [{"kind": "grant", "name": "g", "action": "create"}]
    assert "  failed: create model hf:b: no" in found["lines"]
    assert "permissions: not tried, 1 change" in found["lines"]
    # For a line about the cluster: all kinds count, and not just the one that failed.
    applied = len(found["changes"])
    assert found["broken_off"] == (
        f"1 of {applied + 2} changes failed, {applied} were applied, 1 were not tried; create model hf:b: no"
    )


def test_a_wait_that_broke_a_run_off_leaves_the_rest_untried():
    """What fails need not be a change: an endpoint may fail after it was created."""
    planned = {"endpoints": result(("create", "endpoint", "acme/a")), **PLANNED}
    applied = {"endpoints": planned["endpoints"], **{kind: {} for kind in PLANNED}}
    found = plans.cluster_outcome(plans.cluster_plan(planned, None), planned, applied)
    assert [change["name"] for change in found["changes"]] == ["acme/a"]
    assert {change["kind"] for change in found["not_attempted"]} == {
        change["kind"] for kind in PLANNED for change in PLANNED[kind].get("changes", [])
    }
    assert found["summary"]["integrations"]["created"] == 0
    assert "integrations: not tried, 1 change" in found["lines"]


#: An integration that goes with a model that nobody declared and two grants, one of them on the model.
TAKEN_DOWN = {
    "permissions": result(("delete", "grant", "g1"), unchanged=1),
    "groups": {"skipped": True},
    "models": result(("delete", "grant", "g2"), ("delete", "model", "hf:a")),
    "integrations": result(
        ("delete", "grant", "g3"),
        ("delete", "model", "hf:b"),
        ("delete", "model", "hf:c"),
        ("delete", "integration", "hf"),
    ),
}


def test_what_goes_along_counts_as_what_it_is():
    found = plans.cluster_plan(TAKEN_DOWN, None)
    assert found["counts"] == [
        "permissions: 0 to create, 0 to update, 3 to delete, 1 unchanged",
        "groups: not managed",
        "models: 0 to create, 0 to update, 3 to delete, 0 unchanged",
        "integrations: 0 to create, 0 to update, 1 to delete, 0 unchanged",
    ]
    assert found["totals"]["deleted"] == 7
    predicted = plans.cluster_outcome(found, TAKEN_DOWN, {})
    assert predicted["lines"] == found["counts"]
    outcome = plans.cluster_outcome(found, TAKEN_DOWN, TAKEN_DOWN)
    assert {kind: summary["deleted"] for kind, summary in outcome["summary"].items()} == {
        "permissions": 3,
        "models": 3,
        "integrations": 1,
    }
    assert predicted["summary"] == outcome["summary"]
    assert outcome["lines"][2] == "models: 0 created, 0 updated, 3 deleted, 0 unchanged"


def test_what_goes_along_of_a_kind_that_is_not_managed():
    planned = {**TAKEN_DOWN, "permissions": {"skipped": True}}
    found = plans.cluster_plan(planned, None)
    assert found["counts"][0] == "permissions: not managed, 2 to delete with what they belong to"
    outcome = plans.cluster_outcome(found, planned, planned)
    assert outcome["lines"][:2] == [
        "permissions: not managed, 2 deleted with what they belong to",
        "groups: not managed",
    ]
    assert outcome["summary"]["permissions"]["deleted"] == 2
    alone = {"integrations": TAKEN_DOWN["integrations"]}
    assert plans.cluster_outcome(plans.cluster_plan(alone, None), alone, alone)["summary"]["models"]["deleted"] == 2


def test_what_went_along_when_a_run_broke_off():
    found = plans.cluster_plan(TAKEN_DOWN, None)
    broken = result(
        ("delete", "grant", "g2"),
        failures=[{"kind": "model", "name": "hf:a", "action": "delete", "message": "no"}],
        failed=True,
    )
    applied = {"permissions": TAKEN_DOWN["permissions"], "models": broken, "integrations": {}}
    outcome = plans.cluster_outcome(found, TAKEN_DOWN, applied)
    assert outcome["summary"]["permissions"] == {
        **dict.fromkeys(plans.SUMMARY, 0),
        "deleted": 2,
        "unchanged": 1,
        "skipped": 1,
    }
    assert outcome["summary"]["models"] == {**dict.fromkeys(plans.SUMMARY, 0), "failed": 1, "skipped": 2}
    assert outcome["lines"] == [
        "permissions: 0 created, 0 updated, 2 deleted, 1 unchanged",
        "  not tried: delete grant g3",
        "groups: not managed",
        "models: 0 created, 0 updated, 0 deleted, 0 unchanged",
        "  failed: delete model hf:a: no",
        "  not tried: delete model hf:b",
        "  not tried: delete model hf:c",
        "integrations: not tried, 1 change",
    ]
    assert len(outcome["not_attempted"]) == 4


def test_what_will_come_and_go():
    found = plans.pending(PLANNED)
    assert found["parents"] == {"applications": [], "groups": [], "integrations": ["hf"], "models": ["hf:b"]}
    assert found["deletions"]["models"] == ["hf:a"]


def test_an_outcome_of_thousands_is_shown_in_part_and_kept_whole():
    names = [f"hf:{number}" for number in range(1000)]
    planned = {"models": result(*(("create", "model", name) for name in names))}
    failures = [{"kind": "model", "name": name, "action": "create", "message": "no"} for name in names[:500]]
    left = [{"kind": "model", "name": name, "action": "create"} for name in names[500:]]
    applied = {"models": {**result(), "failures": failures, "not_attempted": left}}
    outcome = plans.cluster_outcome(plans.cluster_plan(planned, "acme"), planned, applied)
    assert len(outcome["lines"]) == 1 + 2 * (plans.MOST_LINES + 1)
    assert "  ... and 300 more (hf_setup_result.failures has all)" in outcome["lines"]
    assert (len(outcome["failures"]), len(outcome["not_attempted"])) == (500, 500)
