# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys where runs are killed: whenever that is, the next run puts everything in order, and no key is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from access_keys import Service
from killed_runs import Victims

MODULE = "conductor_access_key"


@pytest.fixture
def service(bench, tmp_path) -> Service:
    """An application whose access key is kept in a file."""
    return Service(bench, tmp_path)


@pytest.fixture
def victims(bench) -> Iterator[Victims]:
    """Starts runs that are killed."""
    started = Victims(MODULE, bench.connection)
    yield started
    started.stop()


def killed_everywhere(victims: Victims, options: dict[str, Any]) -> Iterator[str]:
    """Kill a run at one moment after the other until one comes to its end; tells each moment."""
    moments = []
    while (coming := victims.killed_at(len(moments) + 1, **options)) is not None:
        moments.append(coming)
        yield coming
    requests = [moment.split()[1] for moment in moments if " /" in moment]
    assert len(requests) > 8, moments
    assert any(moment.endswith("/accessKeys") and "after POST" in moment for moment in moments)
    assert any("after replace" in moment for moment in moments)


def test_a_creation_killed_at_any_moment(service, victims):
    others = [service.another_key(), service.another_key()]
    left = 0
    for moment in killed_everywhere(victims, service.options):
        left += len(service.statuses()) - len(others) - service.path.exists()
        if service.path.exists():
            service.works()
        service.done()
        own = service.stored()["auth_key"]
        assert sorted(service.statuses()) == sorted([*others, own]), f"killed {moment}"
        service.works()
        assert service.files() == [service.path], f"killed {moment}"
        assert not service.run().changed
        service.remove()
    assert left > 1, "no run ever left a key behind, so nothing was tested"


def test_a_rotation_killed_at_any_moment(service, victims):
    service.done()
    options = {**service.options, "rotate": True, "delete_rotated": True}
    orphans = 0
    rotation = 0
    while True:
        rotation += 1
        old = service.stored()["auth_key"]
        coming = victims.killed_at(rotation, **options, rotation_id=str(rotation))
        # At this very moment the file's key works, whichever it is.
        service.works()
        orphans += service.orphans() != []
        if coming is None:
            break
        service.done(rotate=True, delete_rotated=True, rotation_id=str(rotation))
        stored = service.stored()
        assert (stored["rotation_id"], "previous_keys" in stored) == (str(rotation), False), coming
        assert stored["auth_key"] != old
        assert service.statuses() == {stored["auth_key"]: "ACTIVE"}, coming
        assert service.files() == [service.path], coming
    assert rotation > 30, "the run was not killed within its work"
    assert orphans > 3, "no run ever left a key behind, so nothing was tested"


def test_a_deletion_killed_at_any_moment(service, victims):
    service.done()
    service.done(rotate=True, rotation_id="second")
    other = service.another_key()
    moment = 1
    while victims.killed_at(moment, **service.options, state="absent") is not None:
        service.remove()
        assert service.statuses() == {other: "ACTIVE"}, moment
        assert service.files() == [], moment
        service.done()
        service.done(rotate=True, rotation_id="second")
        moment += 1
    assert moment > 15
    assert (service.statuses(), service.files()) == ({other: "ACTIVE"}, [])


def test_a_returned_key_killed_at_any_moment(service, victims):
    journal = service.path.with_name("journal")
    options = {
        "application": "svc", "return_secret": True, "journal": str(journal), "_ansible_no_log": True,
    }  # fmt: skip
    moment, left, gap = 1, 0, []
    while (coming := victims.killed_at(moment, **options)) is not None:
        before = service.statuses()
        run = service.bench.run(MODULE, **options)
        assert not run.failed, run.message
        if before and not run.result["credentials"]:
            gap.append(coming)
        else:
            left += bool(before)
            assert list(service.statuses()) == [run.result["credentials"][0]["auth_key"]], coming
        assert service.files() == []
        for key in service.statuses():
            service.admin.done("DELETE", f"{service.keys_path}/{key}")
        moment += 1
    assert left > 0, "no run ever left a key behind, so nothing was tested"
    # The one gap is documented: the journal is gone, and Ansible has not got the result.
    assert gap == ["after unlink", "after fsync"]


def test_a_key_for_another_store_killed_at_any_moment(service, victims):
    journal = service.path.with_name("journal")
    options = {
        "application": "svc", "return_secret": True, "journal": str(journal), "_ansible_no_log": True, "held_key": "",
    }  # fmt: skip
    moment, left = 1, 0
    while victims.killed_at(moment, **options) is not None:
        left += bool(service.statuses())
        run = service.bench.run(MODULE, **options)
        assert not run.failed, run.message
        (made,) = run.result["credentials"]
        assert list(service.statuses()) == [made["auth_key"]]
        # Once the store has it, the journal may be killed over, too.
        held = {**options, "held_key": made["auth_key"]}
        victims.killed_at(moment, **held)
        run = service.bench.run(MODULE, **held)
        assert (run.failed, run.result["credentials"]) == (False, []), run.message
        assert list(service.statuses()) == [made["auth_key"]]
        assert service.files() == []
        service.admin.done("DELETE", f"{service.keys_path}/{made['auth_key']}")
        moment += 1
    assert left > 0, "no run ever left a key behind, so nothing was tested"
