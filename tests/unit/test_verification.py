# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verification reads, and what it makes of it."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.plugin_utils._verification import access_reads, verification

ALL = ["integrations", "models", "groups", "permissions"]


def estate(*groups, **integration):
    """What the filter hf_setup_estate returns for groups, each (name, members, models)."""
    return {
        "integrations": [{"name": "hf", **integration}],
        "groups": [{"name": name, "members": members} for name, members, _models in groups],
        "grants": [
            {"groups": [name], "integrations": ["hf"], "models": models, "access": ["READ", "EXECUTE"]}
            for name, _members, models in groups
        ],
    }


def read_back(*changes, unchanged=0, **more):
    """A result in check mode; changes are (kind, name, fields)."""
    return {
        "summary": {"unchanged": unchanged},
        "changes": [
            {"kind": kind, "name": name, "action": "update", "fields": fields} for kind, name, fields in changes
        ],
        "plan": [f"~ {kind} {name}" for kind, name, _fields in changes],
        **more,
    }


def test_groups_with_the_same_targets_share_a_call_and_nothing_is_read_in_vain():
    declared = estate(("a", ["u1"], ["hf:m"]), ("b", ["u2", "u1"], ["hf:m"]), ("c", ["u3"], ["hf:n"]), ("d", [], ["x"]))
    assert access_reads(declared, ALL) == [
        {"effective_for": ["u1", "u2"], "integrations": ["hf"], "models": ["hf:m"]},
        {"effective_for": ["u3"], "integrations": ["hf"], "models": ["hf:n"]},
    ]


def test_groups_with_the_same_members_share_a_call():
    declared = estate(("a", ["u"], ["hf:m"]), ("b", ["u"], ["hf:n"]))
    assert access_reads(declared, ALL) == [{"effective_for": ["u"], "integrations": ["hf"], "models": ["hf:m", "hf:n"]}]


def test_of_a_group_that_reads_back_one_member_is_asked_for():
    """Otherwise a run in which nothing changes asks for each member and each of hundreds of targets."""
    members = [f"u{number}" for number in range(10)]
    declared = estate(("a", members, ["hf:m"]), ("b", ["u7", "u8"], ["hf:n"]))
    good = {"groups": read_back(unchanged=2), "permissions": read_back(unchanged=2)}
    reads = access_reads(declared, ALL, good)
    assert reads == [{"effective_for": ["u7"], "integrations": ["hf"], "models": ["hf:m", "hf:n"]}]
    targets = (("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:m"), ("INTEGRATION", "hf:n"))

    def found(access):
        answers = [
            {"user": "u7", "target": {"type": kind, "id": name}, "access": access, "user_exists": True, "told": True}
            for kind, name in targets
        ]
        return verification(declared, ["groups", "permissions"], good, [{"effective": answers}])

    assert (found(["READ", "EXECUTE"])["failed"], found(["READ", "EXECUTE"])["verified"]) == ([], 4 + 4)
    assert found(["READ", "EXECUTE"])["lines"][1] == (
        "  access was tried for one member of each group, and not for 10 others: they read back as members of the same "
        "groups"
    )
    assert len(found(["READ"])["failed"]) == 4


@pytest.mark.parametrize("kind", ["groups", "permissions"])
@pytest.mark.parametrize("result", [{}, {"failed": True, "summary": {}}, read_back(("group", "a", {"members": {}}))])
def test_where_a_group_does_not_read_back_every_member_is_asked_for(kind, result):
    declared = estate(("a", ["u1", "u2"], ["hf:m"]))
    good = {"groups": read_back(unchanged=1), "permissions": read_back(unchanged=1)}
    assert access_reads(declared, ALL, good)[0]["effective_for"] == ["u1"]
    assert access_reads(declared, ALL, {**good, kind: result})[0]["effective_for"] == ["u1", "u2"]
    assert access_reads(declared, [name for name in ALL if name != "groups"], good)[0]["effective_for"] == ["u1", "u2"]


def test_nothing_is_read_for_permissions_that_are_not_managed_or_are_revoked():
    declared = estate(("a", ["u"], ["hf:m"]))
    assert access_reads(declared, ["groups"]) == []
    declared["grants"][0]["state"] = "absent"
    assert access_reads(declared, ALL) == []


@pytest.mark.parametrize(
    ("kind", "fields", "fails"),
    [
        ("integration", {"api_key": {"before": "unknown", "after": "set"}}, False),
        ("integration", {"webhook": {"before": "same", "after": "set"}}, False),
        ("integration", {"api_key": {"before": "changed", "after": "set"}}, True),
        ("integration", {"api_key": {"before": "unknown", "after": "set"}, "enabled": {"before": False}}, True),
        ("integration", {"description": {"before": "unknown", "after": "set"}}, True),
        ("model", {"api_key": {"before": "unknown", "after": "set"}}, True),
    ],
)
def test_only_a_secret_that_does_not_show_is_let_pass(kind, fields, fails):
    declared = estate(secret_configuration={"webhook": "s"})
    found = verification(declared, ALL, {"integrations": read_back((kind, "hf", fields), unchanged=2)}, [])
    assert (bool(found["failed"]), bool(found["unverifiable"]), found["verified"]) == (fails, not fails, 2)


def test_what_was_not_read_back_has_failed_and_what_is_not_managed_has_not():
    results = {"integrations": {}, "models": {"skipped": True}, "groups": {"failed": True, "summary": {"unchanged": 1}}}
    assert verification(estate(), ["integrations", "groups"], results, [])["failed"] == [
        "integrations were not read back",
        "groups were not read back",
    ]


def test_a_deletion_that_is_held_back_cannot_be_told():
    results = {"models": read_back(held_back=[{"kind": "model", "name": "hf:m"}])}
    assert verification(estate(), ["models"], results, [])["unverifiable"] == ["model hf:m: its deletion is held back"]


def test_access_of_each_member_on_each_target():
    declared = estate(("a", ["u1", "u2"], ["hf:m"]), ("b", [], ["hf:m"]))
    answers = [
        {"user": user, "target": {"type": kind, "id": name}, "access": access, "user_exists": True, "told": True}
        for user, access in (("u1", ["EXECUTE", "READ", "UPDATE"]), ("u2", ["READ"]))
        for kind, name in (("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:m"))
    ]
    # As long as a grant does not read back, each member may lack another one.
    results = {"groups": read_back(), "permissions": read_back(("grant", "x", {}))}
    found = verification(declared, ["groups", "permissions"], results, [{"effective": answers}])
    assert found["verified"] == 2
    assert found["failed"] == [
        "permissions are not as declared, to do: ~ grant x",
        "group a: u2 lacks EXECUTE on INTEGRATION hf:m",
        "group a: u2 lacks EXECUTE on INTEGRATION_PROVIDER hf",
    ]
    assert found["unverifiable"] == ["group b: no members are declared, so nobody's access can be tried"]
    # An answer that is missing is no success.
    missing = verification(declared, ["groups", "permissions"], results, [{"effective": answers[1:]}])
    assert missing["verified"] == 1
    assert "group a: the access was not read" in missing["unverifiable"]


@pytest.mark.parametrize(
    ("exists", "failed", "unverifiable"),
    [
        (False, ["member u1 of group a does not exist any more", "member u1 of group b does not exist any more"], []),
        (True, [], [f"group {name}: the server does not tell what u1 may do" for name in "ab"]),
    ],
)
def test_a_member_who_is_gone_has_failed_and_one_of_whom_nothing_is_told_has_not(exists, failed, unverifiable):
    declared = estate(("a", ["u1", "u2"], []), ("b", ["u1"], []))
    good = {"groups": read_back(unchanged=2), "permissions": read_back(unchanged=2)}
    target = {"type": "INTEGRATION_PROVIDER", "id": "hf"}
    answer = {"user": "u1", "target": target, "access": [], "user_exists": exists, "told": False}
    found = verification(declared, ["groups", "permissions"], good, [{"effective": [answer]}])
    assert (found["failed"], found["unverifiable"]) == (failed, unverifiable)


def test_that_access_was_not_tried_without_permissions_is_said():
    managed = ["groups"]
    found = verification(estate(("a", ["u1"], ["hf:m"])), managed, {"groups": read_back()}, [])
    assert found["unverifiable"] == ["permissions: hf_setup_manage leaves them out, so nobody's access was tried"]
    assert verification(estate(("a", [], ["hf:m"])), managed, {"groups": read_back()}, [])["unverifiable"] == []


def test_an_application_is_asked_for_by_its_user():
    declared = estate()
    declared["applications"] = [{"name": "a"}, {"name": "b"}, {"name": "c", "application_id": "9"}]
    declared["application_grants"] = [
        {"applications": [name], "integrations": ["hf"], "access": ["READ"]} for name in ("a", "b", "9")
    ]
    results = {
        "applications": {**read_back(), "applications": [{"name": "a", "id": "7"}, {"name": "b", "id": None}]},
        "permissions": read_back(),
        "application_permissions": read_back(),
    }
    reads = access_reads(declared, ALL, results)
    assert reads == [{"effective_for": ["app:7", "app:9"], "integrations": ["hf"], "models": []}]
    answers = [
        {
            "user": user,
            "target": {"type": "INTEGRATION_PROVIDER", "id": "hf"},
            "access": access,
            "user_exists": True,
            "told": True,
        }
        for user, access in (("app:7", ["READ"]), ("app:9", []))
    ]
    found = verification(declared, ["applications", "permissions"], results, [{"effective": answers}])
    assert found["verified"] == 1
    assert found["failed"] == ["application 9: app:9 lacks READ on INTEGRATION_PROVIDER hf"]
    assert found["unverifiable"] == ["application b: its id is not known to this run, so it cannot be tried"]
