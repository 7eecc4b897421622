# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys where others act at the same moment, which key a broken run has left, and what its file takes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _access_key_steps as steps
from ansible_collections.orkes.conductor.plugins.module_utils import _key_file as files
from ansible_collections.orkes.conductor.plugins.module_utils import _resource_access_key as resource
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError

KEY = files.StoredKey("k1", "a secret", "app-1", "http://127.0.0.1/api", "r", ("k0",))


class Server:
    """One key, which others may toggle right after this caller has."""

    def __init__(self, active: bool, contested: bool = False) -> None:
        self.active = active
        self.contested = contested
        self.toggles = 0

    def list_access_keys(self, _application: str) -> list[dict[str, Any]]:
        return [{"id": "k1", "createdAt": 1, "status": "ACTIVE" if self.active else "INACTIVE"}]

    def toggle_access_key(self, _application: str, _key: str) -> None:
        self.toggles += 1
        self.active = self.active if self.contested else not self.active


def pause(server: Server, folder: Any) -> None:
    """Carry out a plan that was made when the key was active."""
    path = folder / "key.json"
    files.write_key_file(str(path), KEY, files.FileContent())
    journal = files.Journal(f"{path}.pending")
    work = steps.KeyWork("app-1", str(path), journal, files.read_file(str(path)), stored=KEY, enabled=False)
    for step in steps.key_steps(server, work):  # type: ignore[arg-type]
        step.run()


def test_a_lock_that_a_killed_run_has_left_keeps_nobody_away_and_goes_with_the_next(tmp_path):
    path = tmp_path / "keys.yml.lock"
    path.touch()
    lock = files.Journal(str(path))
    lock.lock(None)
    with pytest.raises(CollectionError, match="another run is at work"):
        files.Journal(str(path)).lock(None)
    lock.remove()
    assert not path.exists()


def test_a_key_is_toggled_by_what_it_is_now_and_not_by_what_it_was(tmp_path):
    server = Server(active=True)
    pause(server, tmp_path)
    assert (server.active, server.toggles) == (False, 1)
    meanwhile_paused = Server(active=False)
    pause(meanwhile_paused, tmp_path)
    assert (meanwhile_paused.active, meanwhile_paused.toggles) == (False, 0)


def test_a_toggle_that_another_one_undid_is_told_and_not_repeated(tmp_path):
    server = Server(active=True, contested=True)
    with pytest.raises(CollectionError, match="by somebody else at the same time"):
        pause(server, tmp_path)
    assert server.toggles == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key.json"]


def test_a_file_that_another_run_has_changed_stops_this_one(tmp_path):
    path = tmp_path / "key.json"
    files.write_key_file(str(path), KEY, files.FileContent())
    before = files.read_file(str(path))
    path.write_text(path.read_text(encoding="utf-8").replace("k1", "k2"), encoding="utf-8")
    work = steps.KeyWork("app-1", str(path), files.Journal(f"{path}.pending"), before, removes_file=True)
    with pytest.raises(CollectionError, match="was changed since this run was planned"):
        steps.key_steps(Server(True), work)[0].run()  # type: ignore[arg-type]
    assert [found.name for found in tmp_path.iterdir()] == ["key.json"]


def test_a_journal_that_another_run_has_changed_stops_this_one_and_stays(tmp_path):
    path = tmp_path / "key.json.pending"
    path.write_text(files.Asked.now("app-1", []).as_text(), encoding="utf-8")
    work = steps.KeyWork("app-1", str(tmp_path / "key.json"), files.Journal(str(path)), files.FileContent())
    with pytest.raises(CollectionError, match="another run has changed"):
        steps.key_steps(Server(True), work)[0].run()  # type: ignore[arg-type]
    assert files.Asked.parse(path.read_bytes())


@pytest.mark.parametrize(
    ("status", "uncertain", "sure"),
    [
        (400, False, True),
        (403, False, True),
        (404, False, True),
        (408, False, False),
        (429, False, True),
        (500, False, False),
        (503, False, False),
        (200, False, False),
        (None, False, False),
        (None, True, False),
    ],
)
def test_only_a_refusal_says_for_sure_that_no_key_was_created(status, uncertain, sure):
    assert steps.surely_not_done(ApiError("POST", "/x", status, "", uncertain=uncertain)) is sure


@pytest.mark.parametrize(
    ("created", "known", "orphan", "problem"),
    [
        ({}, set(), None, ""),
        ({"new": 1_000_000}, set(), "new", ""),
        ({"new": 1_000_000 + 120_000}, set(), "new", ""),
        ({"new": 1_000_000 + 120_001}, set(), None, "of another time"),
        ({"new": 1_000_000 - 120_001}, set(), None, "of another time"),
        ({"new": None}, set(), "new", ""),
        ({"new": 1_000_000}, {"new"}, None, ""),
        ({"new": 1_000_000, "newer": 1_000_000}, {"newer"}, "new", ""),
        ({"new": 1_000_000, "newer": 1_000_000}, set(), None, "at most one is its own: new (created "),
    ],
)
def test_which_key_a_broken_run_has_left(created, known, orphan, problem):
    asked = files.Asked("app-1", ("old",), 1_000_000)
    keys = [{"id": "old", "createdAt": 1}, *({"id": key, "createdAt": moment} for key, moment in created.items())]
    found, told = resource.left_behind(asked, keys, known, "/x.pending")
    assert found == orphan
    assert problem in (told or "")
    assert bool(told) is bool(problem)
    assert resource.left_behind(None, keys, known, "/x.pending") == (None, None)


def test_a_file_gives_back_what_was_put_into_it_and_shows_no_secret():
    assert files.StoredKey.parse(KEY.as_text().encode()) == KEY
    assert "a secret" not in repr(KEY)
    assert "a secret" not in repr(files.FileContent(KEY.as_text().encode()))


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"\xff", b"[" * 60_000, b'{"auth_key": "k"}', KEY.as_text().replace('"k1"', "1").encode()]
)
def test_what_is_no_key_is_not_taken_for_one(raw):
    assert files.StoredKey.parse(raw) is None
    assert files.Asked.parse(raw) is None
