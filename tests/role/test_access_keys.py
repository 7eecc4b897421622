# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of declared applications: from the plan to a file, and back."""

from __future__ import annotations

import json

MANAGED = {"hf_setup_manage": ["applications", "access_keys"], "hf_setup_groups": [], "hf_setup_integrations": []}
PLACE = "keys/deep/service.json"


def declared(**more):
    """The variables of a cluster with one application that has a key."""
    application = {"name": "service", "access_key": {"destination": PLACE, **more}}
    return {**MANAGED, "hf_setup_applications": [application]}


def keys(stage):
    """The access keys of the application, by id."""
    admin = stage.admin()
    ids = [one["id"] for one in admin.done("GET", "/applications") if one["name"] == "service"]
    return [key["id"] for own_id in ids for key in admin.done("GET", f"/applications/{own_id}/accessKeys")]


def test_from_a_declaration_to_a_file_and_back(stage):
    stage.verify = True
    file = stage.folder / PLACE
    planned = stage.site("--check", "--diff", "-e", "hf_setup_plan_folder=plans", **declared())
    assert (planned.changed, stage.writes(), file.parent.exists()) == ({"one": 2}, 0, False)
    assert "access_keys: 1 to create, 0 to update, 0 to delete, 0 unchanged" in planned.said()

    applied = stage.site("--diff", "-vvv", "-e", "hf_setup_plan_folder=plans", **declared())
    assert applied.changed == planned.changed
    # An application and its key; nobody's access was asked for.
    assert applied.said()[-1] == "verified: 2 objects and accesses"
    kept = json.loads(file.read_text())
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [kept["auth_key"]] == keys(stage)
    assert stage.clusters[0].log_in(kept["auth_key"], kept["auth_secret"]).done("GET", "/token/userInfo")
    assert kept["auth_secret"] not in applied.output
    for plan in (stage.folder / "plans").iterdir():
        assert kept["auth_secret"] not in plan.read_text()

    written = stage.writes()
    assert stage.site(**declared()).changed == {"one": 0}
    assert stage.writes() == written

    rotated = stage.site(**declared(rotate=True, rotation_id="second"))
    assert rotated.changed == {"one": 1}
    again = json.loads(file.read_text())
    assert again["previous_keys"] == [kept["auth_key"]]
    assert again["auth_secret"] not in rotated.output

    # What goes with its application goes with its file, and can be made anew.
    torn = stage.play(
        {"one": stage.host(**declared())}, "-e", "hf_setup_confirm_teardown=true", playbook="orkes.conductor.teardown"
    )
    assert (torn.status, keys(stage), file.exists()) == (0, [], False), torn.output
    assert torn.said()[1:3] == [
        "access_keys: 0 created, 0 updated, 1 deleted, 0 unchanged",
        "applications: 0 created, 0 updated, 1 deleted, 0 unchanged",
    ]
    stage.verify = False
    assert stage.site(**declared()).changed == {"one": 2}
    gone = declared()
    gone["hf_setup_applications"][0]["state"] = "absent"
    assert stage.site(**gone).changed == {"one": 2}
    assert (keys(stage), file.exists()) == ([], False)


def test_a_file_that_cannot_be_is_told_before_anything_is_written(stage):
    (stage.folder / "keys").mkdir()
    (stage.folder / "keys" / "deep").write_text("no folder")
    stage.refuses({"one": stage.host(**declared())}, "is no folder")
    hosts = {name: stage.host(number, **declared()) for number, name in enumerate(("one", "two"))}
    stage.refuses(hosts, "one, two all keep an access key in", "give each its own file")
