# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""People, groups and applications lose everything they hold, nobody else loses anything, and what remains is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench import OTHER_KEY
from probing import probe

MODULE = "conductor_offboarding"
ANA, BEN = "ana@example.com", "ben@example.com"
HF, NIGHTLY = ("INTEGRATION_PROVIDER", "hf"), ("WORKFLOW_DEF", "nightly")
SUBJECTS = [
    {"kind": "user", "name": ANA},
    {"kind": "group", "name": "team"},
    {"kind": "application", "name": "svc"},
]


def settle_in(bench, form: str = "prefixed") -> dict[str, str]:
    """Let ana and ben be in groups, and have an application and grants; returns ids."""
    admin = bench.admin()
    bench.integration("hf")
    for user, roles in ((ANA, ["USER", "METADATA_MANAGER"]), (BEN, ["USER"])):
        admin.done("PUT", f"/users/{user}", {"name": f"name of {user}", "roles": roles})
    for name in ("team", "staff"):
        admin.done(
            "PUT", f"/groups/{name}",
            {"description": "kept", "roles": ["USER"], "defaultAccess": {"WORKFLOW_DEF": ["READ"]}},
        )  # fmt: skip
        admin.grant(("GROUP", name), HF, "READ")
    for group, user in (("team", BEN), ("staff", ANA), ("staff", BEN)):
        admin.done("POST", f"/groups/{group}/users/{user}")
    application, _client = admin.application("svc", ("WORKER", "USER"))
    own_id = application.removeprefix("app:")
    admin.done("POST", f"/groups/staff/users/{application}")
    second = admin.done("POST", f"/applications/{own_id}/accessKeys")["id"]
    admin.done("POST", f"/applications/{own_id}/accessKeys/{second}/status")
    admin.grant(("USER", ANA), HF, "READ", "UPDATE")
    admin.grant(("USER", BEN), NIGHTLY, "EXECUTE")
    subject = application if form != "bare" else own_id
    admin.grant(("USER", subject), NIGHTLY, "READ")
    keys = admin.done("GET", f"/applications/{own_id}/accessKeys")
    return {"svc": own_id, **{key["status"]: key["id"] for key in keys}}


def held(bench, user: str) -> tuple[list[str], list[str], list[str]]:
    """A user's roles, groups and own grants."""
    admin = bench.admin()
    found = admin.done("GET", f"/users/{user}")
    grants = admin.done("GET", f"/users/{user}/permissions")["grantedAccess"]
    return (
        sorted(role["name"] for role in found["roles"]),
        sorted(group["id"] for group in found["groups"]),
        sorted(grant["target"]["id"] for grant in grants),
    )


@pytest.mark.parametrize(
    "switches",
    [{}, {"application_grant_subject": "bare", "remove_non_member": "accept", "omitted_fields": "kept"}],
    ids=["defaults", "others"],
)
def test_everything_is_taken_and_nobody_else_loses_anything(bench, switches):
    bench.settings(**switches)
    ids = settle_in(bench, switches.get("application_grant_subject", "prefixed"))
    before = held(bench, BEN)
    run = bench.converges(
        MODULE,
        ("group", "staff", "update"),
        ("grant", "GROUP team on INTEGRATION_PROVIDER hf", "delete"),
        ("group", "team", "update"),
        ("grant", f"USER {ANA} on INTEGRATION_PROVIDER hf", "delete"),
        ("user", ANA, "update"),
        *sorted(("access_key", f"svc {ids[status]}", "delete") for status in ("ACTIVE", "INACTIVE")),
        ("grant", "APPLICATION svc on WORKFLOW_DEF nightly", "delete"),
        ("application", "svc", "update"),
        subjects=SUBJECTS,
    )
    assert held(bench, ANA) == ([], [], [])
    assert held(bench, f"app:{ids['svc']}") == ([], [], [])
    assert held(bench, BEN) == (before[0], ["staff"], before[2])
    admin = bench.admin()
    assert admin.done("GET", f"/users/{ANA}")["name"] == f"name of {ANA}"
    team = admin.done("GET", "/groups/team")
    assert (team["description"], team["roles"]) == ("kept", [])
    assert not any(team["defaultAccess"].values())
    assert admin.done("GET", f"/applications/{ids['svc']}/accessKeys") == []
    # Ben lost what the team gave, and still may read by the other group: that is told.
    assert run.result["remaining"] == [
        {"subject": "group team", "user": BEN, "target": {"type": HF[0], "id": HF[1]}, "access": ["READ"]}
    ]
    assert any(line.startswith(f"{BEN} may still READ on INTEGRATION_PROVIDER hf") for line in run.result["lines"])
    assert "the vendor's SDKs count on 45 minutes" in run.result["lines"][-1]


@pytest.mark.parametrize("cascade", ["kept", "removed"])
def test_deleted_as_well(bench, cascade):
    bench.settings(delete_cascade=cascade)
    ids = settle_in(bench)
    bench.admin().grant(("USER", BEN), ("USER", ANA), "READ")
    bench.admin().grant(("USER", BEN), ("APPLICATION", ids["svc"]), "READ")
    run = bench.run(MODULE, subjects=SUBJECTS, delete=True)
    assert not run.failed, run.message
    assert {(kind, name) for kind, name, action in run.changes if action == "delete" and kind != "access_key"} >= {
        ("user", ANA), ("group", "team"), ("application", "svc"), ("grant", f"USER {BEN} on USER {ANA}"),
        ("grant", f"USER {BEN} on APPLICATION {ids['svc']}"),
    }  # fmt: skip
    again = bench.converges(MODULE, subjects=SUBJECTS, delete=True)
    assert str(again.result["warnings"]).count("is not on this cluster, so nothing is taken away") == 3
    titles = (f"user {ANA}", "group team", "application svc")
    assert again.result["lines"] == [f"{title} is not on this cluster" for title in titles]
    # Whoever gets their names next gets nothing with them.
    admin = bench.admin()
    admin.done("PUT", f"/users/{ANA}", {"name": "another", "roles": []})
    admin.done("PUT", "/groups/team", {"description": "", "roles": []})
    assert held(bench, ANA) == ([], [], [])
    assert admin.done("GET", "/groups/team/permissions")["grantedAccess"] == []
    assert admin.done("GET", "/groups/team/users") == []
    assert held(bench, BEN)[2] == ["nightly"]


def test_keys_may_be_kept_deactivated_and_a_profile_tells_how_long_tokens_last(bench, tmp_path):
    ids = settle_in(bench)
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(probe(bench.sandbox)[0]))
    subject: dict[str, Any] = {"kind": "application", "application_id": ids["svc"], "access_keys": "deactivated"}
    run = bench.converges(
        MODULE,
        ("group", "staff", "update"),
        ("access_key", f"{ids['svc']} {ids['ACTIVE']}", "update"),
        ("grant", f"APPLICATION {ids['svc']} on WORKFLOW_DEF nightly", "delete"),
        ("application", ids["svc"], "update"),
        **subject,
        profile=str(path),
    )
    assert {key["status"] for key in bench.admin().done("GET", f"/applications/{ids['svc']}/accessKeys")} == {
        "INACTIVE"
    }
    assert run.result["token_lifetime"] == 2700
    assert "they last 2700 s" in run.result["lines"][-1]


def test_applications_that_were_created_are_told_with_their_keys(bench):
    admin = bench.admin()
    _maker, client = admin.application("maker", ("APPLICATION_CREATOR",))
    made = client.done("POST", "/applications", {"name": "made"})["id"]
    client.done("POST", f"/applications/{made}/accessKeys")
    run = bench.run(MODULE, kind="application", name="maker", check=True)
    assert run.result["subjects"][0]["created_applications"] == [{"name": "made", "id": made, "active_keys": 1}]
    assert f"application maker has created application made (id {made}), which has 1 active" in run.result["lines"][0]
    both = [{"kind": "application", "name": name} for name in ("maker", "made")]
    assert not bench.run(MODULE, subjects=both).failed
    assert client.send("GET", "/token/userInfo").status_code in (401, 403)
    assert admin.done("GET", f"/applications/{made}/accessKeys") == []


def test_nobody_is_locked_out(bench):
    settle_in(bench)
    admin = bench.admin()
    own_id = admin.done("GET", "/token/userInfo")["id"]
    admin.done("POST", f"/groups/team/users/{own_id}")
    name = "sandbox-administrator"
    bench.refuses(
        MODULE, f"application {name} is the caller itself", f"group team: the caller {own_id} is a member", check=True,
        subjects=[{"kind": "application", "name": name}, *SUBJECTS[:2]],
    )  # fmt: skip
    assert held(bench, ANA)[1] == ["staff"]


def test_brake_and_bad_input(bench):
    settle_in(bench)
    # Ana, the team with ben in it, and the service, of ana, ben, svc, the administrator's and two groups.
    text = "this would take something from 4 of 6 users, groups and applications"
    bench.refuses(MODULE, text, "limit is 3", check=True, subjects=SUBJECTS, limit="3")
    bench.refuses(MODULE, text, subjects=SUBJECTS, limit="50%")
    assert not bench.run(MODULE, subjects=SUBJECTS, limit="4", check=True).failed
    admin = bench.admin()
    twins = sorted(admin.done("POST", "/applications", {"name": "twin"})["id"] for _number in range(2))
    bench.refuses(MODULE, f"give the id of one: {', '.join(twins)}", kind="application", name="twin")
    bench.refuses(
        MODULE, "limit is 'many'", "user app:1: this is the user of an application", "kind is missing",
        "application_id goes with kind application", "user ana is given 2 times", limit="many",
        subjects=[
            {"kind": "user", "name": "app:1"}, {"name": "x"}, {"kind": "group", "name": "g", "application_id": "1"},
            {"kind": "user", "name": "ana"}, {"kind": "user", "name": "ana"},
        ],
    )  # fmt: skip


def test_what_fails_keeps_nothing_else_back_and_is_done_by_the_next_run(bench):
    settle_in(bench)
    bench.fault(kind="status", status=403, method="DELETE", path="*/accessKeys/*", count=2)
    run = bench.run(MODULE, subjects=SUBJECTS, delete=True)
    assert run.failed
    assert {failure["kind"] for failure in run.result["failures"]} == {"access_key"}
    assert {entry["kind"] for entry in run.result["not_attempted"]} == {"user", "group", "application"}
    assert held(bench, ANA)[1:] == ([], [])
    assert not bench.run(MODULE, subjects=SUBJECTS, delete=True).failed
    assert bench.run(MODULE, subjects=SUBJECTS, delete=True).changes == []


def test_a_profile_that_does_not_fit_takes_nothing_and_says_so(bench, tmp_path):
    settle_in(bench)
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(probe(bench.sandbox)[0]))
    bench.settings(version="7.0.0")
    run = bench.run(MODULE, kind="user", name=ANA, profile=str(path))
    assert run.failed
    assert f"- grant USER {ANA} on INTEGRATION_PROVIDER hf" in run.message
    assert "without a profile that does not fit" in run.message
    assert not bench.run(MODULE, kind="user", name=ANA).failed
    bench.holds("hf")
    assert OTHER_KEY not in run.output
