# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After an apply the role looks whether the cluster holds what was declared, and says what it cannot tell."""

from __future__ import annotations

import copy

import pytest
from stage import ESTATE, GROUP, TARGETS, meddling

ANA = "ana@example.com"
MEMBERS = {"hf_setup_groups": [{**GROUP, "members": [ANA]}]}
TEARDOWN = {"playbook": "orkes.conductor.teardown"}
PLAN = "Plan integrations, models and groups, and what groups may do"


@pytest.fixture(autouse=True)
def verifying(stage):
    """Let every run verify, as it does unless told otherwise."""
    stage.verify = True


@pytest.fixture
def with_ana(stage):
    """A cluster that has a user."""
    stage.admin().done("PUT", f"/users/{ANA}", {"name": "Ana", "roles": ["USER"]})
    return stage


def verified(run, host="one"):
    """What the role said of the verification of a host."""
    lines = run.said(host)
    return lines[next(number for number, line in enumerate(lines) if line.startswith("verified: ")) :]


@pytest.fixture
def built(stage):
    """A cluster that is as declared, with a member."""
    stage.build(members=(ANA,))
    return stage


def test_members_may_do_what_is_declared(with_ana):
    # Objects: an integration, two models, a group, three grants. Ana's access: on the integration and both models.
    assert verified(with_ana.site(**MEMBERS)) == ["verified: 10 objects and accesses"]
    again = with_ana.site(**MEMBERS)
    assert (again.changed, verified(again)) == ({"one": 0}, ["verified: 10 objects and accesses"])
    assert again.output.count(PLAN) == 1, "a plan without changes has read everything already"

    small = {**MEMBERS, "hf_setup_manage": ["groups"], "hf_setup_allow_shared_server": True}
    hosts = {"one": with_ana.host(**small), "unverified": with_ana.host(**small, hf_setup_verify=False)}
    for options, found in ((), {"one"}), (("--check",), set()):
        run = with_ana.play(hosts, *options)
        assert run.status == 0, run.output
        assert {host for host in hosts if any("verified" in line for line in run.said(host))} == found


def test_a_member_who_lacks_access_fails_the_run(with_ana):
    task = "Read what members of groups and applications may do"
    somebody = meddling(with_ana, task, 1, "DELETE", f"/groups/users/users/{ANA}")
    run = with_ana.play({"one": with_ana.host(**MEMBERS)}, environment=somebody)
    assert run.status != 0
    assert run.messages["one"].startswith("Everything was applied, and yet: ")
    for target in ("INTEGRATION_PROVIDER hf", *(f"INTEGRATION {name}" for name in TARGETS[1:])):
        assert f"group users: {ANA} lacks EXECUTE, READ on {target}" in run.messages["one"]


def test_a_member_who_is_gone_fails_the_run(built):
    task = "Read what members of groups and applications may do"
    somebody = meddling(built, task, 1, "DELETE", f"/users/{ANA}")
    run = built.play({"one": built.host(**MEMBERS)}, environment=somebody)
    assert run.status != 0
    assert f"member {ANA} of group users does not exist any more" in run.messages["one"], run.output


def test_what_reads_back_otherwise_fails_the_run(stage):
    # The second time is the one after the apply.
    somebody = meddling(stage, PLAN, 2, "PUT", "/groups/users", {"description": "mine", "roles": ["USER"]})
    groups = {"hf_setup_groups": [{**GROUP, "description": "theirs"}]}
    run = stage.play({"one": stage.host(**groups)}, environment=somebody)
    assert run.status != 0
    assert 'to do: ~ group users: description "mine" → "theirs"' in run.messages["one"], run.output


def test_a_removal_that_the_server_only_claims_fails_the_run(stage):
    stage.build()
    revoked = copy.deepcopy(ESTATE)
    revoked["hf_setup_groups"][0]["permissions"][0]["state"] = "absent"
    claims = {"kind": "status", "status": 404, "method": "DELETE", "path": "/api/auth/authorization", "count": 3}
    stage.clusters[0].fault(**claims)
    assert stage.play({"one": stage.host(hf_setup_verify=False, **revoked)}).status == 0
    stage.clusters[0].fault(**claims)
    run = stage.play({"one": stage.host(**revoked)})
    assert run.status != 0
    assert run.messages["one"].count("permissions are not as declared, to do: - grant") == 3, run.output


def test_what_is_declared_gone_is_gone(stage):
    stage.build()
    how = {**TEARDOWN, "environment": None}
    options = ("-e", "hf_setup_confirm_teardown=true")
    run = stage.play({"one": stage.host()}, *options, **how)
    assert run.status == 0, run.output
    assert len(verified(run)) == 1, run.output

    stage.build()
    somebody = meddling(stage, PLAN, 2, "PUT", "/groups/users", {"description": "", "roles": ["USER"]})
    run = stage.play({"one": stage.host()}, *options, playbook=TEARDOWN["playbook"], environment=somebody)
    assert run.status != 0
    assert "groups are not as declared, to do: - group users" in run.messages["one"], run.output


def test_access_that_cannot_be_read_is_no_failure_and_no_success(stage):
    answers = {
        "one": (403, "Missing permission: the role ADMIN (users)"),
        "two": (404, f"does not tell what {ANA} may do"),
    }
    for number, (status, _reason) in enumerate(answers.values()):
        stage.build(number, members=(ANA,))
        path = "/api/users/*/checkPermissions"
        stage.clusters[number].fault(kind="status", status=status, path=path, count=1000)
    run = stage.play({host: stage.host(number, **MEMBERS) for number, host in enumerate(answers)})
    assert run.status == 0, run.output
    for host, (_status, reason) in answers.items():
        lines = verified(run, host)
        assert lines[0] == "verified: 7 objects and accesses"
        assert len(lines) == 2 and "cannot be verified: group users: " in lines[1] and reason in lines[1]


def test_other_errors_of_the_reading_fail_the_run(built):
    built.clusters[0].fault(kind="status", status=500, path="/api/users/*/checkPermissions", count=1000)
    run = built.play({"one": built.host(**MEMBERS)})
    assert run.status != 0 and "answered 500" in run.output


def test_a_key_that_the_server_does_not_show(stage):
    small = {"hf_setup_manage": ["integrations"], "hf_setup_fingerprint": False}
    hosts = {}
    for number, policy in enumerate(("on_change", "always")):
        stage.clusters[number].settings(secrets="masked")
        hosts[policy] = stage.host(number, **small, hf_setup_update_api_key=policy)
    for _time in range(2):
        run = stage.play(hosts)
        assert run.status == 0, run.output
        for host in hosts:
            assert verified(run, host) == [
                "verified: 0 objects and accesses",
                "  cannot be verified: integration hf: the server does not show its api_key",
            ]


def test_members_of_groups_that_others_manage(with_ana):
    with_ana.build()
    lines = verified(with_ana.site(hf_setup_manage=["permissions"], **MEMBERS))
    assert lines[0] == "verified: 3 objects and accesses"
    assert len(lines) == 4
    assert all("lacks EXECUTE, READ" in line and "does not manage who is a member" in line for line in lines[1:])
