# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of applications: their files, what is left of runs that broke off, and what is refused."""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import Any

import pytest
from access_keys import MODULE, Service

NO_LOG = {"_ansible_no_log": True}


@pytest.fixture
def service(bench, tmp_path) -> Service:
    """An application whose access key is kept in a file."""
    return Service(bench, tmp_path)


def change(service: Service, action: str) -> tuple[str, str, str]:
    """The change of the service's key."""
    return "access_key", f"svc in {service.path}", action


def broken_off(service: Service, seconds_ago: float = 0, existing: Any = None, application: str | None = None) -> None:
    """Leave the journal of a run that asked for a key and was broken off."""
    content = {
        "application_id": application or service.application_id,
        "existing": list(service.statuses() if existing is None else existing),
        "asked_at": int((time.time() - seconds_ago) * 1000),
    }
    service.journal.write_text(json.dumps(content), encoding="utf-8")


def test_the_whole_life(bench, service):
    kept = service.another_key()
    bench.converges(MODULE, change(service, "create"), **service.options)
    service.works()
    first = service.stored()["auth_key"]
    bench.converges(MODULE, change(service, "update"), **service.options, enabled=False)
    assert service.statuses()[first] == "INACTIVE"
    bench.converges(MODULE, change(service, "update"), **service.options)
    rotation = {"rotate": True, "rotation_id": "2026-12"}
    run = bench.converges(MODULE, change(service, "update"), **service.options, **rotation)
    service.works()
    second = service.stored()
    assert second["auth_key"] != first
    assert second["previous_keys"] == [first]
    assert service.statuses() == {kept: "ACTIVE", first: "INACTIVE", second["auth_key"]: "ACTIVE"}
    assert run.result["access_keys"][0]["auth_key"] == second["auth_key"]
    bench.converges(MODULE, **service.options)
    bench.converges(MODULE, change(service, "update"), **service.options, **rotation, delete_rotated=True)
    assert service.statuses() == {kept: "ACTIVE", second["auth_key"]: "ACTIVE"}
    assert service.stored() == {**{k: second[k] for k in second if k != "previous_keys"}, "rotation_id": "2026-12"}
    bench.converges(MODULE, change(service, "delete"), **service.options, state="absent")
    assert (service.statuses(), service.files()) == ({kept: "ACTIVE"}, [])


def test_check_mode_touches_no_file_and_tells_no_secret(service):
    assert service.bench.run(MODULE, check=True, **service.options).changed
    assert service.files() == []
    service.done()
    before = (service.path.read_bytes(), service.path.stat())
    for options in ({"rotate": True, "rotation_id": "x"}, {"enabled": False}, {"state": "absent"}):
        run = service.bench.run(MODULE, check=True, **service.options, **options)
        assert run.changed
        assert service.stored()["auth_secret"] not in run.output
    assert (service.path.read_bytes(), service.path.stat()) == before
    assert service.files() == [service.path]


def test_several_keys_of_one_application_and_of_another(bench, service, tmp_path):
    other = Service(bench, tmp_path, "other")
    entries = [service.options, {**service.options, "destination": f"{service.path}.second"}, other.options]
    run = bench.converges(MODULE, *[("access_key", f"{e['application']} in {e['destination']}", "create")
                                    for e in (entries[0], entries[2], entries[1])], access_keys=entries)  # fmt: skip
    assert len(service.statuses()) == 2
    assert len(other.statuses()) == 1
    assert len({key["auth_key"] for key in run.result["access_keys"]}) == 3
    bench.done(MODULE, access_keys=entries, state="absent")
    assert (service.statuses(), other.statuses(), service.files()) == ({}, {}, [])


def test_an_application_that_an_earlier_task_is_about_to_create(bench, tmp_path):
    options = {"application": "new", "destination": str(tmp_path / "new.json")}
    warned = bench.run(MODULE, check=True, **options)
    assert (warned.failed, warned.changed) == (False, True)
    assert "application new does not exist" in str(warned.result["warnings"])
    pending = {"pending_parents": {"applications": ["new"]}}
    quiet = bench.run(MODULE, check=True, **options, **pending)
    assert (quiet.failed, quiet.result.get("warnings", [])) == (False, [])
    assert quiet.result["access_keys"][0]["application_id"] is None
    text = "application new does not exist"
    bench.refuses(MODULE, text, check=True, **options, pending_parents={"applications": ["another"]})
    bench.refuses(MODULE, text, **options, **pending)
    bench.converges(MODULE, **options, state="absent")


# What a key is given back by


def test_a_key_is_given_back_only_under_no_log(bench, service):
    options = {"application": "svc", "return_secret": True, "journal": str(service.journal)}
    for check in (False, True):
        bench.refuses(MODULE, "return_secret needs no_log: true", check=check, **options)
    run = bench.run(MODULE, **options, **NO_LOG)
    assert run.changes == [("access_key", "svc", "create")]
    (credentials,) = run.result["credentials"]
    assert bench.sandbox.log_in(credentials["auth_key"], credentials["auth_secret"])
    assert credentials["application_id"] == service.application_id
    assert service.files() == []
    again = bench.run(MODULE, **options, **NO_LOG)
    assert (again.changed, again.result["credentials"]) == (False, [])
    assert len(service.statuses()) == 1


def test_a_key_for_another_store_is_known_by_the_id_that_the_store_holds(bench, service):
    service.another_key()
    journal = service.path.with_name("journal")
    options = {"application": "svc", "return_secret": True, "journal": str(journal), **NO_LOG}
    first = bench.run(MODULE, **options, held_key="")
    assert first.changes == [("access_key", "svc", "create")], "another key of the application is none of the store"
    (credentials,) = first.result["credentials"]
    assert bench.sandbox.log_in(credentials["auth_key"], credentials["auth_secret"])
    assert credentials["auth_secret"] not in journal.read_text()

    # The store never got it: nobody has the secret, so the key goes.
    second = bench.run(MODULE, **options, held_key="")
    (kept,) = second.result["credentials"]
    assert credentials["auth_key"] not in service.statuses()
    assert len(service.statuses()) == 2

    # The store has it: from now on nothing is to be done.
    held = {**options, "held_key": kept["auth_key"]}
    known = bench.run(MODULE, **held)
    assert (known.result["credentials"], journal.exists(), known.result.get("warnings", [])) == ([], False, [])
    bench.converges(MODULE, **held)
    bench.converges(MODULE, ("access_key", "svc", "update"), **held, enabled=False)
    assert service.statuses()[kept["auth_key"]] == "INACTIVE"
    bench.refuses(MODULE, "is not among the application's keys any more", **{**held, "held_key": "gone"})
    third = bench.run(MODULE, **{**held, "held_key": "gone"}, replace_lost=True)
    assert [key["auth_key"] for key in third.result["credentials"]] == [third.result["access_keys"][0]["auth_key"]]
    mine = {**held, "held_key": third.result["access_keys"][0]["auth_key"]}
    bench.done(MODULE, **mine)
    bench.converges(MODULE, ("access_key", "svc", "delete"), **mine, state="absent")
    assert mine["held_key"] not in service.statuses()
    assert service.files() == []


# What is left of runs that broke off


def test_a_lost_answer_leaves_a_key_that_the_next_run_removes_and_never_sends_twice(bench, service):
    kept = service.another_key()
    bench.fault(kind="drop", method="POST", path="*/accessKeys", when="after")
    run = service.run()
    assert run.failed
    assert "the server may have acted on it" in run.message
    assert bench.writes() == [f"POST /api{service.keys_path}"]
    assert len(service.statuses()) == 2
    assert json.loads(service.journal.read_text())["existing"] == [kept]
    assert service.journal.stat().st_mode & 0o777 == 0o600
    bench.converges(MODULE, change(service, "create"), **service.options)
    assert set(service.statuses()) == {kept, service.stored()["auth_key"]}
    assert service.files() == [service.path]


def test_a_refused_creation_leaves_nothing(bench, service):
    bench.fault(kind="status", status=403, method="POST", path="*/accessKeys")
    run = service.run()
    assert run.failed
    assert not run.changed
    assert (service.files(), service.statuses()) == ([], {})


def test_several_keys_that_came_meanwhile_are_listed_and_left(bench, service):
    service.another_key()
    broken_off(service)
    new = [service.another_key(), service.another_key()]
    for state in ("present", "absent"):
        bench.refuses(MODULE, "2 keys are there that were not there", *new, **service.options, state=state)
    assert len(service.statuses()) == 3
    assert service.files() == [service.journal]


@pytest.mark.parametrize("apart", [-3600, 3600])
def test_a_key_of_another_time_is_listed_and_left(bench, service, apart):
    broken_off(service, seconds_ago=apart)
    key = service.another_key()
    bench.refuses(MODULE, "of another time", key, **service.options)
    assert list(service.statuses()) == [key]


def test_keys_of_which_it_is_known_whose_they_are_are_left(bench, service):
    broken_off(service, existing=[])
    neighbour = service.path.with_name("neighbour.json")
    os.rename(service.journal, f"{service.path}.aside")
    service.done(destination=str(neighbour))
    key = json.loads(neighbour.read_text())["auth_key"]
    os.rename(f"{service.path}.aside", service.journal)
    orphan = service.another_key()
    bench.converges(MODULE, change(service, "create"), **service.options)
    assert key in service.statuses()
    assert orphan not in service.statuses()
    assert service.files() == sorted([neighbour, service.path])


def test_a_key_of_the_same_call_in_another_folder_is_left(bench, service):
    second = {**service.options, "destination": str(service.path.parent / "folder" / "b.json")}
    (service.path.parent / "folder").mkdir()
    service.done(**second)
    broken_off(service, existing=[])
    bench.converges(MODULE, change(service, "create"), access_keys=[service.options, second])
    assert len(service.statuses()) == 2


def test_a_journal_for_another_application_is_not_taken_for_this_one(bench, service, tmp_path):
    other = Service(bench, tmp_path, "other")
    broken_off(service, application=other.application_id)
    bench.refuses(MODULE, f"for the application with id {other.application_id}", **service.options)
    bench.admin().done("DELETE", f"/applications/{other.application_id}")
    bench.converges(MODULE, change(service, "create"), **service.options)


def test_a_key_that_cannot_be_handed_over_is_deleted_again(bench, service):
    (service.path.parent / f"{service.path.name}.new").mkdir()
    run = service.run()
    assert run.failed
    assert "cannot be removed" in run.message
    assert (service.statuses(), bench.writes()) == ({}, [])
    (service.path.parent / f"{service.path.name}.new").rmdir()
    assert service.files() == []


def test_a_new_key_that_cannot_log_in_takes_no_ones_place(bench, service):
    service.done()
    before = service.stored()
    bench.fault(kind="status", status=401, method="POST", path="*/token", skip=1, count=1)
    run = service.run(rotate=True, rotation_id="x")
    assert run.failed
    assert "could not log in, so the old one is left as it is" in run.message
    assert "The new key was deleted again" in run.message
    assert (service.stored(), service.statuses(), service.files()) == (
        before,
        {before["auth_key"]: "ACTIVE"},
        [service.path],
    )
    service.done(rotate=True, rotation_id="x")
    service.works()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_toggle_is_sent_once_and_read_before_the_next(bench, service, when):
    service.done()
    bench.forget()
    bench.fault(kind="drop", method="POST", path="*/status", when=when)
    assert service.run(enabled=False).failed
    assert len(bench.writes()) == 1
    service.done(enabled=False)
    assert list(service.statuses().values()) == ["INACTIVE"]


def test_once_a_key_is_handed_over_no_journal_stays_whatever_fails_then(bench, service):
    bench.fault(kind="status", status=403, method="POST", path="*/status")
    assert service.run(enabled=False).failed
    assert service.files() == [service.path]
    service.works()
    bench.converges(MODULE, change(service, "update"), **service.options, enabled=False)


def test_a_file_that_was_not_finished_goes_with_what_else_is_left(service):
    broken_off(service)
    service.path.with_name(f"{service.path.name}.new").write_text("half a secret", encoding="utf-8")
    run = service.done(state="absent")
    assert run.changes == [change(service, "delete")]
    assert service.files() == []


def test_two_runs_at_once_do_not_meet(service):
    service.journal.touch()
    with service.journal.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run = service.run()
        assert run.failed
        assert "another run is at work" in run.message
        assert service.statuses() == {}
    service.done()


# Lost and foreign keys


def test_a_key_that_is_gone_is_replaced_only_when_asked(bench, service):
    service.done(rotate=True, rotation_id="1")
    old = service.stored()
    service.admin.done("DELETE", f"{service.keys_path}/{old['auth_key']}")
    bench.refuses(MODULE, old["auth_key"], "is not on the server any more", "replace_lost: true", **service.options)
    assert service.stored() == old
    bench.converges(MODULE, change(service, "update"), **service.options, replace_lost=True)
    service.works()
    service.admin.done("DELETE", f"{service.keys_path}/{service.stored()['auth_key']}")
    run = service.done(state="absent")
    assert run.changes == [change(service, "delete")]
    assert (service.files(), service.done(state="absent").changed) == ([], False)


def test_a_key_of_another_application_is_told_apart_and_left(bench, service, tmp_path):
    other = Service(bench, tmp_path, "other")
    other.done()
    options = {**service.options, "destination": str(other.path)}
    text = f"belongs to application other (id {other.application_id})"
    bench.refuses(MODULE, text, "replace_lost: true", **options)
    bench.refuses(MODULE, text, "and so stays", **options, state="absent", replace_lost=True)
    bench.converges(MODULE, ("access_key", f"svc in {other.path}", "update"), **options, replace_lost=True)
    assert len(other.statuses()) == 1
    assert json.loads(other.path.read_text())["auth_key"] in service.statuses()


@pytest.mark.parametrize("way", ["held_key", "destination"])
def test_a_key_of_an_application_that_was_renamed_is_named_when_a_new_one_takes_its_place(bench, service, way):
    journal = {"return_secret": True, "journal": str(service.path.with_name("journal")), **NO_LOG}
    if way == "destination":
        key = service.done().result["access_keys"][0]["auth_key"]
        options = {**service.options, "replace_lost": True}
    else:
        key = service.another_key()
        options = {"application": "svc", "held_key": key, "replace_lost": True, **journal}
    service.admin.done("PUT", f"/applications/{service.application_id}", {"name": "renamed"})
    service.admin.done("POST", "/applications", {"name": "svc"})
    bench.forget()
    if way == "held_key":
        bench.refuses(MODULE, "has the name renamed now", **{**options, "replace_lost": False})
    for check in (True, False):
        warned = str(bench.run(MODULE, check=check, **options).result["warnings"])
        for text in (key, f"id {service.application_id}", "the name renamed now, and still lets in", "its name back"):
            assert text in warned
    assert service.statuses() == {key: "ACTIVE"}


def test_a_key_that_is_nowhere_is_replaced_without_a_warning(bench, service):
    options = {"application": "svc", "return_secret": True, "journal": str(service.path.with_name("journal")), **NO_LOG}
    run = bench.run(MODULE, **options, held_key="gone", replace_lost=True)
    assert (run.failed, run.result.get("warnings", [])) == (False, [])


def test_the_callers_own_key_is_neither_deleted_nor_paused_but_can_be_rotated(bench, service):
    service.admin.done("POST", f"/applications/{service.application_id}/roles/ADMIN")
    service.done()
    stored = service.stored()
    bench.connection = bench.as_caller(stored["auth_key"], stored["auth_secret"])
    bench.refuses(MODULE, "the caller logs in with", **service.options, state="absent")
    bench.refuses(MODULE, "the caller logs in with", **service.options, enabled=False)
    service.done(rotate=True, rotation_id="x", delete_rotated=True)
    service.works()
    assert list(service.statuses()) == [service.stored()["auth_key"]]


# Files


def test_where_a_key_cannot_or_must_not_be_kept_is_told_before_anything_is_written(bench, service):
    folder = service.path.parent
    (folder / "link.json").symlink_to(folder / "elsewhere")
    (folder / "folder").mkdir()
    (folder / "open").mkdir(mode=0o700)
    (folder / "open").chmod(0o1777)
    (folder / "other.json").write_text('{"name": "x"}')
    (folder / "large.json").write_text("x" * 70000)
    os.mkfifo(folder / "pipe.json")
    (folder / "bad.json.pending").write_text("mine")
    (folder / "linked.json.pending").symlink_to(folder / "other.json")
    for place, text in (
        (folder / "none" / "a.json", "none does not exist; make it first"),
        (folder / "other.json" / "a.json", "is no folder"),
        (folder / "link.json", "is a symbolic link"),
        (folder / "folder", "is a folder"),
        (folder / "open" / "a.json", "everybody may write into"),
        (folder / "other.json", "holds no access key"),
        (folder / "large.json", "is no file of an access key"),
        (folder / "pipe.json", "is no ordinary file"),
        (folder / "bad.json", "is no journal of this module"),
        (folder / "linked.json", "is no ordinary file"),
        ("a.json", "is relative"),
        (folder / "a\nb.json", "control characters"),
        (folder / "a.json.pending", "ends in"),
    ):
        bench.refuses(MODULE, text, application="svc", destination=str(place))
    assert service.statuses() == {}
    missing = bench.run(MODULE, check=True, application="svc", destination=str(folder / "none" / "a.json"))
    assert not missing.failed
    assert "does not exist; make it first" in str(missing.result["warnings"])
    vault = str(folder / "none" / "v.yml")
    vaulted = {"application": "svc", "vault_file": vault, "return_secret": True, "journal": f"{vault}.a.pending"}
    missing = bench.run(MODULE, check=True, **vaulted, held_key="", **NO_LOG)
    assert f"vault_file {vault} cannot be written" in str(missing.result["warnings"])
    # One that plans before it applies makes the folder itself.
    planned = bench.run(MODULE, check=True, **vaulted, held_key="", pending_parents={}, **NO_LOG)
    assert (planned.changed, planned.result.get("warnings", [])) == (True, [])


def test_a_file_system_that_takes_no_file_is_found_out_before_a_key_is_asked_for(bench, service):
    # Root may write into every folder by its permissions, so here the journal is what fails.
    run = bench.run(MODULE, application="svc", destination="/proc/conductor-key.json")
    assert run.failed
    assert not run.changed
    assert "cannot be written" in run.message
    assert (bench.writes(), service.statuses()) == ([], {})


def test_a_file_that_others_may_read_is_closed_with_a_warning_and_keeps_its_owner(bench, service):
    service.done()
    service.path.chmod(0o644)
    plan, run = bench.run(MODULE, check=True, **service.options), service.done()
    assert plan.result["changes"] == run.result["changes"]
    assert not service.done().changed
    assert run.result["changes"][0]["fields"] == {"mode": {"before": "0644", "after": "0600"}}
    assert "the key should be rotated" in str(run.result["warnings"])
    service.works()
    if os.geteuid() == 0:
        os.chown(service.path, 12345, 12346)
        service.done(rotate=True, rotation_id="x")
        assert (service.path.stat().st_uid, service.path.stat().st_gid) == (12345, 12346)
        service.works()


def test_a_vaulted_file_that_others_may_read_is_closed_with_a_warning(bench, service, tmp_path):
    vault = tmp_path / "keys.yml"
    vault.write_text("$ANSIBLE_VAULT;1.1;AES256\n00\n")
    vault.chmod(0o644)
    other = Service(bench, tmp_path, "other")
    entries = [
        {"application": name, "vault_file": str(vault), "return_secret": True, "journal": f"{vault}.{name}.pending",
         "held_key": key}
        for name, key in (("svc", service.another_key()), ("other", other.another_key()))
    ]  # fmt: skip
    plan = bench.run(MODULE, check=True, access_keys=entries, **NO_LOG)
    assert vault.stat().st_mode & 0o777 == 0o644
    run = bench.run(MODULE, access_keys=entries, **NO_LOG)
    assert (plan.result["changes"], plan.result["warnings"]) == (run.result["changes"], run.result["warnings"])
    assert [change["fields"] for change in run.result["changes"]] == [{"mode": {"before": "0644", "after": "0600"}}]
    assert f"{vault} had the permissions 0644" in str(run.result["warnings"])
    assert vault.stat().st_mode & 0o777 == 0o600
    bench.converges(MODULE, access_keys=entries, **NO_LOG)


# Options


def test_what_does_not_go_together_comes_in_one_message(bench, tmp_path):
    file = {"application": "svc", "destination": str(tmp_path / "a.json")}
    returned = {"application": "svc", "return_secret": True, "journal": str(tmp_path / "j")}
    for options, text in (
        ({"application": "svc"}, "give either destination"),
        ({**file, "return_secret": True}, "give either destination"),
        ({}, "no object: give application or application_id, or a list as access_keys"),
        ({**file, "rotate": True}, "rotate and rotation_id go together"),
        ({**file, "rotation_id": "x"}, "rotate and rotation_id go together"),
        ({**file, "delete_rotated": True}, "delete_rotated without rotate"),
        ({**file, "rotate": True, "rotation_id": "x", "enabled": False}, "does not go with enabled: false"),
        ({**file, "rotate": True, "rotation_id": " "}, "rotation_id is empty"),
        ({**file, "journal": str(tmp_path / "j")}, "journal goes with return_secret"),
        ({"application": "svc", "return_secret": True, **NO_LOG}, "return_secret needs journal"),
        ({"application": "svc", "vault_file": str(tmp_path / "v")}, "vault_file takes Ansible itself"),
        ({**file, "vault_file": str(tmp_path / "v")}, "vault_file goes with neither destination"),
        ({**returned, **NO_LOG, "held_key": "a/.."}, "held_key 'a/..' has a part that is"),
        ({**file, "held_key": "x"}, "held_key goes with return_secret"),
        ({**returned, **NO_LOG, "state": "absent"}, "state: absent takes destination"),
        ({**returned, **NO_LOG, "enabled": False}, "enabled: false takes destination"),
        ({**returned, **NO_LOG, "rotate": True}, "rotation takes destination"),
        ({**file, "application": "a\tb"}, "control characters"),
        ({"application_id": "none", "destination": file["destination"]}, "there is no application with id none"),
        ({"access_keys": [file, {**file, "application": "other"}]}, "would use the same file"),
        ({"access_keys": [file, file]}, "is given 2 times"),
        ({"access_keys": [{"destination": "/x"}]}, "item 1: application or application_id is missing"),
    ):
        bench.refuses(MODULE, text, **options)
    assert list(tmp_path.iterdir()) == []


def test_an_application_is_settled_by_its_id(bench, service, tmp_path):
    twin = Service(bench, tmp_path, "svc")
    bench.refuses(MODULE, "2 applications have this name", **service.options)
    options = {"application_id": twin.application_id, "destination": str(twin.path)}
    bench.refuses(MODULE, "has the name svc", **options, application="another")
    bench.converges(MODULE, ("access_key", f"with id {twin.application_id} in {twin.path}", "create"), **options)
    assert (len(twin.statuses()), len(service.statuses())) == (1, 0)


def test_a_key_that_was_paused_counts_as_changed_though_nobody_could_look_at_it_then(bench, service):
    service.done()
    bench.fault(kind="status", status=403, method="GET", path="*/accessKeys", skip=2)
    run = service.run(enabled=False)
    assert run.failed
    assert run.changed, "it was paused"
    assert bench.sandbox.control("GET", "/faults") == [], "the failure was not met"
    bench.converges(MODULE, **service.options, enabled=False)
