# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that make one change of an access key, in an order in which they may end anywhere (floor 3).

Whatever step is the last one: the file holds a key that works, or there is none yet; and a key whose secret nobody has
is one that the journal lets the next run find.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, Credentials
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._key_file import (
    NEW,
    Asked,
    FileContent,
    Journal,
    StoredKey,
    close_file,
    read_file,
    remove_file,
    write_key_file,
)

ACTIVE = "ACTIVE"


def is_active(key: dict[str, Any]) -> bool:
    """Tell whether one can log in with a key of a listing."""
    return key.get("status") == ACTIVE


@dataclass
class KeyWork:
    """What is to be done for one access key.

    Attributes:
        application_id: Its application; empty in check mode for one that is about to be created.
        destination: Its file, or an empty text when the secret goes into the result.
        journal: Its journal.
        file: The file as it was when this was planned.
        journal_content: The journal as it was then, or None when there was none.
        stored: The key in the file, then the one that replaces it.
        orphan: Id of a key to be deleted, which a run that was broken off has left.
        creates: Whether a key is created.
        rotates: Whether it takes the place of another one, which is used until the new one has been seen to work.
        rotation_id: What the file is to record as its rotation.
        previous: Ids of keys before it that the file is to record.
        rewrites: Whether the file is written again for its permissions.
        closes: File that somebody else writes and that is to be its owner's alone, or an empty text.
        enabled: Whether the key is to work from now on, or None to leave that.
        deactivates: Ids of keys before it to be deactivated.
        deletes: Ids of keys to be deleted.
        forgets: Ids of keys before it that the file is not to record any more.
        removes_file: Whether the file goes.
        keeps_journal: Whether the journal stays after a creation, since whoever gets the key has yet to keep it.
    """

    application_id: str
    destination: str
    journal: Journal
    file: FileContent
    journal_content: bytes | None = field(default=None, repr=False)
    stored: StoredKey | None = None
    orphan: str | None = None
    creates: bool = False
    rotates: bool = False
    rotation_id: str | None = None
    previous: tuple[str, ...] = ()
    rewrites: bool = False
    closes: str = ""
    enabled: bool | None = None
    deactivates: list[str] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)
    forgets: list[str] = field(default_factory=list)
    removes_file: bool = False
    keeps_journal: bool = False


class _Maker:
    """Makes one change.

    Args:
        client: Talks to the server.
        work: What is to be done.
    """

    def __init__(self, client: ConductorClient, work: KeyWork) -> None:
        self.client = client
        self.work = work
        self._locked = False

    def steps(self) -> list[Step]:
        """Return the steps, in order."""
        work = self.work
        steps = []
        if work.orphan:
            steps.append(Step("deletion of the key that was left behind", self._delete_orphan))
        if work.creates:
            steps.append(Step("creation", self._create))
            if work.rotates:
                steps.append(Step("login with the new key", self._try_new_key))
            if work.destination:
                steps.append(Step("file", self._hand_over))
        elif work.rewrites:
            steps.append(Step("permissions of the file", self._write))
        if work.closes:
            steps.append(Step("permissions of the file", lambda: close_file(work.closes)))
        if work.enabled is not None:
            steps.append(Step("status", lambda: self._set_status(self._own_key(), bool(work.enabled))))
        if work.rotates:
            steps.append(Step("login with the key in the file", self._verify_file))
        for key in work.deactivates:
            steps.append(Step(f"deactivation of {key}", lambda key=key: self._set_status(key, False)))  # type: ignore[misc]
        for key in work.deletes:
            steps.append(
                Step(
                    f"deletion of {key}",
                    lambda key=key: self.client.delete_access_key(work.application_id, key),  # type: ignore[misc]
                )
            )
        if work.forgets:
            steps.append(Step("record of deleted keys", self._forget))
        if work.removes_file:
            steps.append(Step("removal of the file", lambda: remove_file(work.destination)))
        if work.creates and work.keeps_journal:
            steps.append(Step("lock", work.journal.release))
        else:
            steps.append(Step("removal of the journal", work.journal.remove))
        return [Step(step.title, lambda run=step.run: self._guarded(run)) for step in steps]  # type: ignore[misc]

    def _guarded(self, run: Callable[[], Any]) -> None:
        """Do a step under the lock; after a failure no journal stays unless a key is being waited for."""
        try:
            if not self._locked:
                self._lock()
            run()
        except CollectionError:
            if self.work.journal.idle:
                with contextlib.suppress(CollectionError):
                    self.work.journal.remove()
            raise

    def _lock(self) -> None:
        work = self.work
        work.journal.lock(work.journal_content)
        self._locked = True
        if work.destination:
            if _read(work.destination).raw != work.file.raw:
                raise CollectionError(f"{work.destination} was changed since this run was planned: run again")
            remove_file(work.destination + NEW)
        if not work.orphan:
            work.journal.clear()

    def _delete_orphan(self) -> None:
        self.client.delete_access_key(self.work.application_id, str(self.work.orphan))
        self.work.journal.clear()

    def _create(self) -> None:
        work = self.work
        existing = [str(key["id"]) for key in self.client.list_access_keys(work.application_id)]
        work.journal.record(Asked.now(work.application_id, existing))
        try:
            made = self.client.create_access_key(work.application_id)
        except ApiError as error:
            if surely_not_done(error):
                work.journal.clear()
            raise
        work.stored = StoredKey(
            str(made.key),
            str(made.secret),
            work.application_id,
            self.client.base_url,
            work.rotation_id,
            work.previous,
        )

    def _try_new_key(self) -> None:
        try:
            self._log_in()
        except CollectionError as error:
            self._take_back(error)

    def _hand_over(self) -> None:
        try:
            self._write()
        except CollectionError as error:
            self._take_back(error)
        self.work.journal.clear()

    def _take_back(self, error: CollectionError) -> None:
        """Delete the key that was just created, since it cannot be handed over, and raise the error."""
        try:
            self.client.delete_access_key(self.work.application_id, self._own_key())
            self.work.journal.clear()
        except CollectionError:
            text = f"The new key {self._own_key()} is still there; a further run deletes it."
            raise CollectionError(f"{str(error).rstrip('.')}. {text}") from None
        raise CollectionError(f"{str(error).rstrip('.')}. The new key was deleted again.") from None

    def _write(self) -> None:
        if self.work.stored is not None:
            write_key_file(self.work.destination, self.work.stored, self.work.file)

    def _own_key(self) -> str:
        return self.work.stored.auth_key if self.work.stored is not None else ""

    def _log_in(self) -> None:
        """Log in with the key that this is about; if the caller rotates its own, the new one goes on."""
        stored = self.work.stored
        if stored is None:
            return
        verified = self.client.as_caller(Credentials(key=stored.auth_key, secret=stored.auth_secret))
        try:
            verified.get_user_info()
        except CollectionError as error:
            text = f"the new key {stored.auth_key} could not log in, so the old one is left as it is"
            raise CollectionError(f"{text}: {error}") from None
        if self.client.own_key in self.work.deactivates:
            self.client = verified

    def _verify_file(self) -> None:
        if StoredKey.parse(_read(self.work.destination).raw or b"") != self.work.stored:
            raise CollectionError(f"{self.work.destination} does not hold what was written to it: run again")
        self._log_in()

    def _set_status(self, key: str, enabled: bool) -> None:
        set_key_status(self.client, self.work.application_id, key, enabled)

    def _forget(self) -> None:
        if self.work.stored is not None:
            self.work.stored = self.work.stored.without_previous(self.work.forgets)
        self._write()


def set_key_status(client: ConductorClient, application_id: str, key: str, enabled: bool) -> None:
    """Toggle a key if its status is another one. A toggle is sent once: a second one would undo it."""

    def listed() -> dict[str, Any] | None:
        return next((found for found in client.list_access_keys(application_id) if found["id"] == key), None)

    found = listed()
    if found is None:
        raise CollectionError(f"access key {key} is gone since this run was planned: run again")
    if is_active(found) is enabled:
        return
    client.toggle_access_key(application_id, key)
    try:
        found = listed()
    except ApiError as error:
        raise error.after_a_write() from None
    if found is None or is_active(found) is not enabled:
        raise CollectionError(f"access key {key} was changed by somebody else at the same time: run again")


def key_steps(client: ConductorClient, work: KeyWork) -> list[Step]:
    """Return the steps that make one change of an access key."""
    return _Maker(client, work).steps()


def surely_not_done(error: ApiError) -> bool:
    """Tell whether a request that failed had no effect for sure: it was refused. Without an answer nothing is sure."""
    return error.status is not None and 400 <= error.status < 500 and error.status != 408 and not error.uncertain


def _read(path: str) -> FileContent:
    try:
        return read_file(path)
    except InvalidInput as error:
        raise CollectionError(str(error)) from None
