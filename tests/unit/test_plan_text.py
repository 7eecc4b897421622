# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan reads, and what its digest tells apart."""

from __future__ import annotations

import hashlib
import json

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan, digest_of
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import plan_mark

SECRET = "hf_canary0123456789012345678901234567"


def change(**more):
    given = {
        "kind": "integration",
        "name": "hf-prod",
        "action": "update",
        "fields": {
            "description": FieldChange("a", "b"),
            "api_key": FieldChange("unknown", "set", plan_mark(SECRET, "i", "f")),
        },
    }
    return Change(**{**given, **more})


def test_an_update_reads_before_and_after():
    assert change().as_line() == '~ integration hf-prod: api_key unknown → set, description "a" → "b"'


def test_a_user_who_writes_set_is_quoted():
    line = change(fields={"description": FieldChange(None, "set")}, action="create").as_line()
    assert line == '+ integration hf-prod: description "set"'


def test_what_a_new_object_has_not_got_is_left_out():
    fields = {"description": FieldChange(None, ""), "roles": FieldChange(None, []), "enabled": FieldChange(None, True)}
    assert change(action="create", fields=fields).as_line() == "+ integration hf-prod: enabled true"


def test_sets_and_deletions():
    fields = {"access": FieldChange(["READ"], [])}
    assert change(kind="grant", action="delete", fields=fields, name="G").as_line() == "- grant G"
    assert change(kind="grant", fields=fields, name="G").as_line() == "~ grant G: access [READ] → []"


def test_a_server_cannot_forge_a_line():
    fields = {"description": FieldChange("x\n- model everything\x1b[2K", "b")}
    line = change(name="a\r\n+ grant all", fields=fields).as_line()
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line


def test_a_long_value_is_cut():
    assert len(change(fields={"description": FieldChange(None, "x" * 5000)}, action="create").as_line()) < 200


def test_no_mark_of_a_secret_is_shown():
    shown = repr(change()) + str(change().as_result()) + str(change().as_diff()) + change().as_line()
    assert plan_mark(SECRET, "i", "f") not in shown


def test_order_does_not_matter_to_the_digest():
    one, two = change(), change(name="other")
    assert digest_of([one, two]) == digest_of([two, one])


def test_the_digest_is_that_of_one_list():
    """Who has approved a plan has its digest: another release has to come to the same."""
    changes = [change(), change(name='of "others", é')]
    texts = sorted(json.dumps(found.as_digest(), sort_keys=True) for found in changes)
    for parts in ([], texts[:1], texts):
        given = [found for found in changes if json.dumps(found.as_digest(), sort_keys=True) in parts]
        assert digest_of(given) == hashlib.sha256(json.dumps(["plan-1", *parts]).encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "model"},
        {"name": "hf-other"},
        {"action": "create"},
        {"fields": {"description": FieldChange("a", "c")}},
        {"fields": {**change().fields, "api_key": FieldChange("unknown", "set", plan_mark("another", "i", "f"))}},
    ],
)
def test_every_difference_is_another_digest(other):
    assert digest_of([change()]) != digest_of([change(**other)])


def test_what_is_gone_by_then_is_not_deleted_once_more():
    found = Plan(
        [
            Change("grant", "GROUP ops on INTEGRATION hf:a", "delete"),
            Change("grant", "GROUP ops on INTEGRATION hf:b", "delete"),
            Change("grant", "GROUP aud on INTEGRATION hf:a", "update"),
            Change("model", "GROUP ops on INTEGRATION hf:a", "delete"),
        ]
    )
    found.leave_out_deletions(
        {"grants": ["GROUP ops on INTEGRATION hf:a", "GROUP aud on INTEGRATION hf:a"], "models": []}
    )
    assert [(change.kind, change.name, change.action) for change in found.changes] == [
        ("grant", "GROUP ops on INTEGRATION hf:b", "delete"),
        ("grant", "GROUP aud on INTEGRATION hf:a", "update"),
        ("model", "GROUP ops on INTEGRATION hf:a", "delete"),
    ]
