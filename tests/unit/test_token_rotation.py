# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left to do for people after a rotation or an off-boarding, in one sentence for each thing."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call
from ansible_collections.orkes.conductor.plugins.module_utils._resource_token_rotation import TokenRotationResource
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import looks_masked
from ansible_collections.orkes.conductor.plugins.plugin_utils._offboarding import offboarding_lines
from ansible_collections.orkes.conductor.plugins.plugin_utils._token_rotation import (
    inventory_lines,
    revocation_line,
    rotation_lines,
)

LEAKED, NEW = "hf_leaked_0123456789", "hf_new_0123456789"
ACCOUNT = {"valid": True, "token": {"name": "prod", "role": "write", "created_at": None}, "account": {"name": "ana"}}


def test_the_inventory_is_searched_for_the_leaked_token():
    integrations = [
        {"name": "key", "api_key": LEAKED},
        {"name": "deep", "api_key": NEW, "models": [{"hf_endpoint": {"secrets": {"A": LEAKED}}}]},
        {"name": "gone", "api_key": LEAKED, "state": "absent"},
        {"name": "other", "api_key": "hf_third_0123456789"},
        {"name": "other not replaced", "api_key": "hf_third_0123456789"},
        {"name": "done", "api_key": NEW},
        {"name": "keyless"},
    ]
    lines = inventory_lines(["key", "deep", "other", "done", "keyless"], integrations, LEAKED, NEW, LEAKED)
    assert [line.partition(":")[0] for line in lines] == [
        "the inventory still gives the leaked token to key, deep",
        "the inventory gives yet another key to other",
        "hf_setup_hf_token, with which endpoints are managed, is the leaked token",
    ]
    assert inventory_lines(["done"], integrations[5:], LEAKED, NEW, NEW) == []
    assert not any(token in line for line in lines for token in (LEAKED, NEW))


@pytest.mark.parametrize(
    ("gone", "account", "text"),
    [
        (True, None, "as soon as no other cluster carries it: its name and owner are told with"),
        (False, ACCOUNT, "stops working once it is revoked at Hugging Face: it is 'prod' (write) of ana"),
        (None, ACCOUNT, "look at what cannot be told"),
        (True, {"valid": False}, "there is nothing to revoke"),
    ],
)
def test_what_to_revoke(gone, account, text):
    assert text in revocation_line(gone, account)


def test_what_cannot_be_told_is_asked_for_by_name():
    entries = [{"name": "a", "token": "leaked"}, {"name": "b", "token": "unknown"}]
    lines = rotation_lines({"integrations": entries, "lines": ["x"], "changes": [], "gone": False}, [], LEAKED)
    assert lines[:2] == ["x", "nothing was written: give hf_setup_new_token to replace the leaked token"]
    assert lines[2].endswith("although it cannot be told: b")


@pytest.mark.parametrize("found", [[], ["x"]])
def test_that_integrations_may_be_hidden_is_said_in_the_end(found):
    result = {"integrations": [], "lines": found, "changes": [], "gone": None, "sees_all": False}
    lines = rotation_lines(result, [], LEAKED, NEW)
    assert lines[0] == (found or ["no integration that this key may read carries the leaked token"])[0]
    assert lines[1].startswith("only integrations that this key may read were looked at")
    assert lines[2].startswith("look at what cannot be told")
    everything = rotation_lines({**result, "sees_all": True, "gone": True}, [], LEAKED, NEW)
    assert everything[0] == (found or ["no integration carries the leaked token"])[0]
    assert "only integrations" not in str(everything)


@pytest.mark.parametrize("text", ["hf_xxxxxxxx", "hf_...", "hf_<your token>", "hf_…", "xxxx"])
def test_placeholders_of_tokens_are_none(text):
    assert looks_masked(text)
    assert not looks_masked(f"hf_abc{text[-1].replace('…', '.')}0123")


def test_what_the_inventory_would_give_back():
    subjects = [
        {"kind": "user", "name": "ana", "id": "ana"},
        {"kind": "application", "name": "svc", "id": "1"},
        {"kind": "group", "name": "team", "id": "team"},
    ]
    groups = [
        {"name": "staff", "members": ["ana"]}, {"name": "old", "members": ["ana"], "state": "absent"}, {"name": "team"},
    ]  # fmt: skip
    applications = [{"name": "renamed", "application_id": "1"}, {"name": "ana"}]
    lines = offboarding_lines({"subjects": subjects, "lines": ["last"]}, groups, applications)
    assert "has user ana as a member of group staff, application svc, group team: take" in lines[0]
    assert lines[1:] == ["last"]
    assert offboarding_lines({"subjects": subjects, "lines": []}, [], []) == []


class Cluster:
    """Lists an integration that it does not show, as one that was deleted in between."""

    def get_user_info(self):
        return {"roles": [{"name": "ADMIN"}]}

    def __init__(self, **other):
        self.other = other

    def list_integrations(self):
        return [{"name": "hf", "type": "huggingface"}, *([{"name": "other", **self.other}] if self.other else [])]

    def get_integration(self, _name):
        return None


def test_what_is_named_and_gone_meanwhile_is_told_with_what_to_do():
    resource = TokenRotationResource(Call({}))
    item = {"leaked_token": "hf_leaked_0123456789012", "new_token": "hf_new_token_0123456789", "also": ["hf"]}
    plan, problems = resource.plan(Cluster(), [item])
    assert plan.changes == []
    assert problems == [
        "also names integration hf, and that cannot be read (it is listed and cannot be read): run again, and if that "
        "stays, check what the caller may read, or take it out of also"
    ]


@pytest.mark.parametrize(
    ("kind", "told"), [(None, True), ("", True), (" ", True), ("HuggingFace", True), ("openai", False)]
)
def test_what_may_be_of_hugging_face_is_not_passed_over(kind, told):
    """Else the leaked token would be called gone while it is still in there."""
    resource = TokenRotationResource(Call({}))
    item = {"leaked_token": "hf_leaked_0123456789012", "new_token": "hf_new_token_0123456789"}
    plan, problems = resource.plan(Cluster(type=kind, category="AI_MODEL"), [item])
    assert (plan.changes, problems) == ([], [])
    result = resource.further_result()
    lines = [line for line in result["lines"] if "integration other cannot be told: the server " in line]
    assert (len(lines), result["gone"]) == (int(told), None)
    assert ["other" in entry["name"] for entry in result["integrations"]].count(True) == int(told)
    _plan, problems = resource.plan(Cluster(type=kind), [{**item, "also": ["other"]}])
    assert ("also names integration other, and that cannot be read" in str(problems)) is told
    carrying = Cluster(type=kind, configuration={"api_key": item["leaked_token"]})
    plan, _problems = resource.plan(carrying, [item])
    assert plan.changes == []
    assert resource.further_result()["gone"] is False
