# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who of a play sees to an Inference Endpoint that several hosts declare, and how a summary puts them together."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleUndefinedVariable

from ansible_collections.orkes.conductor.plugins.plugin_utils import _clusters as clusters
from ansible_collections.orkes.conductor.plugins.plugin_utils import _shared_endpoints as shared

ENDPOINT = {"namespace": "acme", "name": "e", "type": "private", "secrets": {"KEY": "a secret of twenty signs"}}
NAME = "acme/e"


class Undefined(dict):
    """Variables of a host of which one cannot be worked out."""

    def __getitem__(self, name):
        raise AnsibleUndefinedVariable(name)


def variables(stage="plan", status="begun", endpoint=None, service="", managed=True, **more):
    declared = shared.declared_endpoints([endpoint or ENDPOINT], service, managed)
    return {shared.FACT: declared, "hf_setup__stage": stage, "hf_setup__ended": {"status": status}, **more}


def test_a_declaration_holds_no_secret_and_another_secret_is_another_one():
    (declared,) = shared.declared_endpoints([ENDPOINT], "", True)
    (other,) = shared.declared_endpoints([{**ENDPOINT, "secrets": {"KEY": "another one of twenty"}}], "", True)
    assert "twenty" not in str(declared) and declared["options"] != other["options"]
    image = {"custom": {"url": "u", "credentials": {"password": "a secret of twenty signs"}}}
    assert "twenty" not in str(shared.declared_endpoints([{**ENDPOINT, "image": image}], "", True))


@pytest.mark.parametrize(
    ("one", "owner"),
    [
        ({}, "one"),
        ({"stage": "check"}, "two"),
        ({"status": "failed"}, "two"),
        ({"managed": False}, "two"),
        ({"service": "http://127.0.0.1:1/v2"}, "two"),
        ({"endpoint": {**ENDPOINT, "type": "public"}}, "two"),
    ],
)
def test_the_first_that_can_sees_to_it(one, owner):
    hostvars = {"one": variables(**one), "two": variables(), "three": variables()}
    for own in ("two", "three"):
        assert shared.owners(own, hostvars, hostvars, ["plan"]) == {NAME: owner}


def test_conflicts_are_those_of_the_hosts_that_declare_it_in_later_batches_too():
    models = [{"name": "m", "hf_endpoint": {"name": "e", "type": "public", "repository": "r"}}]
    later = {"hf_setup_integrations": [{"name": "hf", "namespace": "acme", "models": models}]}
    hostvars = {
        "one": variables(endpoint={**ENDPOINT, "repository": "r"}),
        "apart": {shared.FACT: []},
        "later": later,
        "broken": Undefined(hf_setup_integrations=1),
        "fell out": later,
    }
    (problem,) = shared.conflicts("one", hostvars, ["one", "apart", "fell out"], hostvars)
    assert "by later: secrets, type private here and public there" in problem and "twenty" not in problem
    assert shared.conflicts("apart", hostvars, ["one", "apart"], hostvars) == []
    assert shared.used_elsewhere("one", hostvars, ["later"], hostvars) == {NAME: ["fell out"]}


def test_what_is_left_to_another_host_is_no_change_of_ones_own():
    summary = {"created": 2, "updated": 0, "deleted": 0, "unchanged": 1}
    changes = [{"name": NAME, "action": "create"}, {"name": "acme/own", "action": "create"}]
    planned = {
        "changed": True,
        "changes": changes,
        "plan": ["+ endpoint acme/e", "+ endpoint acme/own"],
        "summary": summary,
    }
    left = shared.left_to_others(planned, {NAME: "one", "acme/own": "two"}, "two")
    assert left["plan"] == ["= endpoint acme/e (created once, by one)", "+ endpoint acme/own"]
    assert (left["changes"], left["summary"]["created"], left["summary"]["unchanged"]) == (changes[1:], 1, 2)
    assert shared.left_to_others(planned, {}, "two") == planned
    assert shared.together(left, {**left, "plan": []})["summary"]["created"] == 2
    assert shared.together({"skipped": True}, left) == left


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"msg": "Task failed: no\nmore"}, "no"),
        ({"msg": "Validation failed:\nname is missing\n"}, "Validation failed: name is missing"),
        ({"msg": "All items", "results": [{"msg": "fine"}, {"failed": True, "msg": "the third"}]}, "the third"),
        ({}, "see the error above"),
        ({"msg": "x" * 999}, "x" * 399 + "…"),
    ],
)
def test_the_reason_of_a_failure_is_one_line(result, reason):
    assert clusters.reason_of(result) == reason


def test_a_host_that_fell_out_of_the_play_has_failed():
    hostvars = {"lost": {"hf_setup__ended": {"status": "begun"}}, "never": {}}
    assert clusters.clusters_of(hostvars, hostvars, ["never"])["lines"] == [
        "2 clusters: 0 done, 1 failed, 1 not tried",
        "lost: failed: it fell out of the play, see the error above",
        "never: not tried",
    ]


def test_a_host_that_was_not_tried_although_none_has_failed_has_failed():
    hostvars = {"done": {"hf_setup__ended": {"status": "begun"}}, "never": {}}
    found = clusters.clusters_of(hostvars, hostvars, ["done", "never"])
    assert found["lines"][0] == "2 clusters: 1 done, 1 failed, 0 not tried"
    assert found["lines"][2].startswith("never: failed: it was not tried, although no cluster has failed")
    assert found["clusters"]["never"]["where"].startswith(": it was not tried")
