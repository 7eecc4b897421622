# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that hold an access key, and the journal that makes creating one safe against being killed (floor 0).

A journal is kept beside the file while there is work on it. It holds no secret. It is locked meanwhile, so that two
runs do not meet; the lock of a run that was killed is gone with it, and its journal stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import time
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError, InvalidInput

PENDING, NEW = ".pending", ".new"

#: Largest file that is read, in bytes. A key takes a few hundred.
LARGEST = 64 * 1024

#: Permissions of a file with a secret: its owner alone.
PRIVATE = 0o600


@dataclass(frozen=True)
class StoredKey:
    """An access key as its file holds it.

    Attributes:
        auth_key: Its id.
        auth_secret: Its secret.
        application_id: The application it belongs to.
        server_url: The server it is for.
        rotation_id: What its rotation was called, or None.
        previous_keys: Ids of the keys that were in the file before, and may still be on the server.
    """

    auth_key: str
    auth_secret: str = field(repr=False)
    application_id: str = ""
    server_url: str = ""
    rotation_id: str | None = None
    previous_keys: tuple[str, ...] = ()

    def as_text(self) -> str:
        """Return the file's text."""
        content: dict[str, Any] = {
            "auth_key": self.auth_key,
            "auth_secret": self.auth_secret,
            "application_id": self.application_id,
            "server_url": self.server_url,
        }
        if self.rotation_id is not None:
            content["rotation_id"] = self.rotation_id
        if self.previous_keys:
            content["previous_keys"] = list(self.previous_keys)
        return json.dumps(content, indent=2) + "\n"

    def without_previous(self, gone: list[str]) -> StoredKey:
        """Return it without these of the keys before it."""
        return replace(self, previous_keys=tuple(key for key in self.previous_keys if key not in gone))

    @classmethod
    def parse(cls, raw: bytes) -> StoredKey | None:
        """Return the key that a file holds, or None when it holds something else."""
        content = _object(raw)
        texts = [content.get(name) for name in ("auth_key", "auth_secret", "application_id")]
        previous = content.get("previous_keys", [])
        if not all(isinstance(text, str) and text for text in texts) or not isinstance(previous, list):
            return None
        rotation, url = content.get("rotation_id"), content.get("server_url")
        return cls(
            str(texts[0]),
            str(texts[1]),
            str(texts[2]),
            url if isinstance(url, str) else "",
            None if rotation is None else str(rotation),
            tuple(key for key in previous if isinstance(key, str) and key),
        )


@dataclass(frozen=True)
class Asked:
    """What a journal says: a new access key was about to be asked for.

    Attributes:
        application_id: The application.
        existing: Ids of the keys it had before.
        asked_at: When, in milliseconds since 1970.
    """

    application_id: str
    existing: tuple[str, ...]
    asked_at: int

    @classmethod
    def now(cls, application_id: str, existing: list[str]) -> Asked:
        """Return it for this moment."""
        return cls(application_id, tuple(sorted(existing)), int(time.time() * 1000))

    def as_text(self) -> str:
        """Return the journal's text."""
        content = {"application_id": self.application_id, "existing": self.existing, "asked_at": self.asked_at}
        return json.dumps(content, indent=2) + "\n"

    @classmethod
    def parse(cls, raw: bytes) -> Asked | None:
        """Return what a journal says, or None when it is none."""
        content = _object(raw)
        application, existing, moment = (content.get(name) for name in ("application_id", "existing", "asked_at"))
        if not isinstance(application, str) or not isinstance(existing, list) or not isinstance(moment, int):
            return None
        return cls(application, tuple(str(key) for key in existing), moment)


@dataclass(frozen=True)
class FileContent:
    """A file as it was found.

    Attributes:
        raw: Its bytes, or None when there is no file.
        mode: Its permissions.
        owner: Its owner and group by number, or None when there is no file.
    """

    raw: bytes | None = field(default=None, repr=False)
    mode: int = PRIVATE
    owner: tuple[int, int] | None = None

    @property
    def open_to_others(self) -> bool:
        """Whether anybody but its owner may read or write it."""
        return self.raw is not None and bool(self.mode & 0o077)


def read_file(path: str) -> FileContent:
    """Return a file, never through a symbolic link.

    Raises:
        InvalidInput: It cannot be read, or is too large.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return FileContent()
    except OSError as error:
        raise InvalidInput([f"{path} cannot be read ({error.strerror}): check its permissions"]) from None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        raw = file.read(LARGEST + 1) if stat.S_ISREG(about.st_mode) else b""
    if not stat.S_ISREG(about.st_mode) or len(raw) > LARGEST:
        raise InvalidInput([f"{path} is no file of an access key: name another one, or move it away"])
    return FileContent(raw, stat.S_IMODE(about.st_mode), (about.st_uid, about.st_gid))


def file_problem(option: str, path: str) -> str | None:
    """Return what stands against a file that is to be kept at a path, or None; a missing folder is another matter.

    Args:
        option: Name of the option, for the message.
        path: What was given.
    """
    title = f"{option} {path!r}" if not path.isprintable() else f"{option} {path}"
    if not path.isprintable():
        return f"{title} holds control characters, or some that cannot be seen: remove them"
    if not os.path.isabs(path):
        return f"{title} is relative, and to what is not certain: give the whole path"
    if path.endswith("/") or (option == "destination" and path.endswith((PENDING, NEW))):
        return f"{title} ends in /, {PENDING} or {NEW}: give the file another name"
    folder = os.path.dirname(path)
    if os.path.islink(path):
        return f"{title} is a symbolic link, and a secret is not written where such a link leads: name the file itself"
    if os.path.isdir(path):
        return f"{title} is a folder: name a file in it"
    if os.path.lexists(folder) and not os.path.isdir(folder):
        return f"{title}: {folder} is no folder"
    if not os.path.isdir(folder):
        return None
    if os.stat(folder).st_mode & stat.S_IWOTH:
        return f"{title}: everybody may write into {folder}, and so put a file there: name one in a folder of its own"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{title} cannot be written: check the permissions of {folder}"
    for found in (path, path + PENDING):
        if not os.path.lexists(found):
            continue
        about = os.lstat(found)
        if not stat.S_ISREG(about.st_mode):
            return f"{title}: {found} is no ordinary file: remove it, or name another one"
        if os.geteuid() not in (0, about.st_uid):
            return f"{title}: {found} belongs to another user: run the task as that user, or as root"
    return None


def folder_problem(option: str, path: str) -> str | None:
    """Return that the folder of a file does not exist, or None: it does."""
    folder = os.path.dirname(path)
    if os.path.isdir(folder):
        return None
    return f"{option} {path} cannot be written: the folder {folder} does not exist; make it first"


def keys_in_folder(folder: str) -> set[str]:
    """Return the ids of all access keys that files of this form in a folder name; none where it cannot be read."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if not entry.is_file(follow_symlinks=False) or entry.name.endswith((PENDING, NEW)):
                continue
            with contextlib.suppress(InvalidInput):
                key = StoredKey.parse(read_file(entry.path).raw or b"")
                found |= {key.auth_key, *key.previous_keys} if key else set()
    return found


def write_key_file(path: str, key: StoredKey, before: FileContent) -> None:
    """Write an access key to its file, whole or not at all, for its owner alone; an owner that it had it keeps.

    Raises:
        CollectionError: It cannot be written; the file is as it was.
    """
    write_private_file(path, key.as_text(), before.owner)


def write_private_file(path: str, text: str, owner: tuple[int, int] | None = None) -> None:
    """Write a file whole or not at all, for its owner alone.

    Args:
        path: The file.
        text: What it is to hold.
        owner: Owner and group that it had, which it keeps, or None.

    Raises:
        CollectionError: It cannot be written; the file is as it was.
    """
    temporary = path + NEW
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, PRIVATE)
            if owner is not None and owner != (os.geteuid(), os.getegid()):
                os.fchown(handle, *owner)
            file.write(text)
            file.flush()
            os.fsync(handle)
        os.replace(temporary, path)
        sync_folder(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise CollectionError(f"{path} cannot be written ({error.strerror})") from None


def mode_of(path: str) -> FileContent:
    """Return a file with its permissions alone, for one that somebody else reads; no file where it cannot be seen."""
    try:
        about = os.lstat(path)
    except OSError:
        return FileContent()
    if not stat.S_ISREG(about.st_mode):
        return FileContent()
    return FileContent(b"", stat.S_IMODE(about.st_mode), (about.st_uid, about.st_gid))


def close_file(path: str) -> None:
    """Take a file away from everybody but its owner, never through a symbolic link.

    Raises:
        CollectionError: It cannot be done.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.fchmod(handle, PRIVATE)
        finally:
            os.close(handle)
    except OSError as error:
        raise CollectionError(f"{path} cannot be given the permissions 0600 ({error.strerror})") from None


def remove_file(path: str) -> None:
    """Remove a file; that it is gone already is as good.

    Raises:
        CollectionError: It cannot be removed.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise CollectionError(f"{path} cannot be removed ({error.strerror})") from None
    sync_folder(path)


def sync_folder(path: str) -> None:
    """Have the folder of a file outlive a loss of power as it is now, where the file system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Journal:
    """The journal of one file, locked while there is work on it.

    Attributes:
        path: The journal.
        idle: Whether this run holds it, and no key is being waited for.

    Args:
        path: The journal.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.idle = False
        self._handle = -1

    def lock(self, planned: bytes | None) -> None:
        """Take the lock, making the journal if there is none.

        Args:
            planned: What it held when the plan was made, or None when there was none.

        Raises:
            CollectionError: Another run is or was at work, or the journal cannot be written.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            while True:
                handle = os.open(self.path, flags, PRIVATE)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    # Whoever held it before may have removed it meanwhile.
                    if os.path.exists(self.path) and os.path.samestat(os.fstat(handle), os.stat(self.path)):
                        break
                except BaseException:
                    os.close(handle)
                    raise
                os.close(handle)
        except BlockingIOError:
            raise CollectionError(f"another run is at work on {self.path}: let it end, and run again") from None
        except OSError as error:
            raise CollectionError(f"{self.path} cannot be written ({error.strerror})") from None
        self._handle = handle
        if os.pread(handle, LARGEST + 1, 0) != (planned or b""):
            self.release()
            raise CollectionError(f"another run has changed {self.path} since this one was planned: run again")
        self.idle = not planned

    def record(self, asked: Asked) -> None:
        """Write down that a key is about to be asked for; it is on the disk when this returns.

        Raises:
            CollectionError: It cannot be written.
        """
        self._write(asked.as_text().encode("utf-8"))
        self.idle = False

    def clear(self) -> None:
        """Write down that no key is being waited for.

        Raises:
            CollectionError: It cannot be written.
        """
        self._write(b"")
        self.idle = True

    def _write(self, content: bytes) -> None:
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, content, 0)
            os.fchmod(self._handle, PRIVATE)
            os.fsync(self._handle)
        except OSError as error:
            raise CollectionError(f"{self.path} cannot be written ({error.strerror})") from None
        sync_folder(self.path)

    def remove(self) -> None:
        """Remove the journal, and with it the lock.

        Raises:
            CollectionError: It cannot be removed.
        """
        remove_file(self.path)
        self.release()

    def release(self) -> None:
        """Give up the lock."""
        if self._handle != -1:
            os.close(self._handle)
            self._handle, self.idle = -1, False


def _object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that bytes hold, or an empty one."""
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
