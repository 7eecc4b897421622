# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that takes everything from those who leave, on all clusters, and says what remains."""

from __future__ import annotations

import copy

from stage import GROUP

OFFBOARD = "orkes.conductor.offboard"
ANA, BEN = "ana@example.com", "ben@example.com"


def test_a_person_and_a_service_leave_two_clusters(stage):
    for number in (0, 1):
        admin = stage.build(number, members=(ANA, BEN))
        admin.grant(("USER", ANA), ("INTEGRATION_PROVIDER", "hf"), "UPDATE")
    # The service is on the second cluster alone.
    _user, service = stage.admin(1).application("svc", ("WORKER",))
    group = {**copy.deepcopy(GROUP), "members": [ANA, BEN]}
    leaving = {
        "hf_setup_groups": [group],
        "hf_setup_applications": [{"name": "svc"}],
        "hf_setup_offboard_users": [ANA],
        "hf_setup_offboard_applications": ["svc"],
        "hf_setup_offboard_delete": ["applications"],
        "hf_setup_offboard_limit": "3",
    }
    hosts = {name: stage.host(number, **leaving) for number, name in enumerate(("one", "two"))}
    before = [stage.writes(number) for number in (0, 1)]

    run = stage.play(hosts, "--check", playbook=OFFBOARD)
    assert (run.status, run.changed) == (0, {"one": 1, "two": 1}), run.output
    assert f"- grant USER {ANA} on INTEGRATION_PROVIDER hf" in run.output
    assert "- application svc" in run.output
    assert [stage.writes(number) for number in (0, 1)] == before

    run = stage.play(hosts, playbook=OFFBOARD)
    assert (run.status, run.changed) == (0, {"one": 1, "two": 1}), run.output
    still = f"the inventory still has user {ANA} as a member of group users, application svc: take it out there"
    assert run.said("one")[0].startswith(still)
    assert "application svc is not on this cluster" in run.said("one")
    assert "access tokens that were issued before may live on" in run.said("two")[-1]
    for number in (0, 1):
        admin = stage.admin(number)
        ana, ben = (admin.done("GET", f"/users/{user}") for user in (ANA, BEN))
        assert (ana["roles"], ana["groups"]) == ([], [])
        assert [group["id"] for group in ben["groups"]] == ["users"]
        assert admin.done("GET", f"/users/{ANA}/permissions")["grantedAccess"] == []
        assert [found["name"] for found in admin.done("GET", "/applications")] == ["sandbox-administrator"]
    assert service.send("GET", "/token/userInfo").status_code in (401, 403)

    # The brake holds before anything is written.
    admin = stage.admin(0)
    admin.done("PUT", f"/users/{ANA}", {"name": ANA, "roles": ["USER"]})
    hosts["one"]["hf_setup_offboard_limit"] = "0"
    stage.refuses({"one": hosts["one"]}, "this would take something from 1 of", "limit is 0", playbook=OFFBOARD)


def test_nobody_is_named(stage):
    stage.refuses({"one": stage.host()}, "Name those who leave: hf_setup_offboard_users", playbook=OFFBOARD)
