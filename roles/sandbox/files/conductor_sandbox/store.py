# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state: documents in memory, mirrored to a SQLite file when one is given."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]
SEPARATOR = "\x1f"

TABLES = (
    "providers",
    "models",
    "tags",
    "groups",
    "members",
    "users",
    "applications",
    "keys",
    "grants",
    "roles",
    "prompts",
    "workflow_definitions",
    "executions",
    "huggingface_tokens",
    "huggingface_models",
    "huggingface_endpoints",
    "huggingface_failures",
    "meta",
)

#: Fields that move with time alone, or with reads, as the progress of an endpoint or an execution.
MOVING = frozenset({"createTime", "updateTime", "createdAt", "progress"})
_MARK_KEY = secrets.token_bytes(32)

INDEXES: dict[str, dict[str, Callable[[Document], str]]] = {
    "models": {"provider": lambda doc: str(doc["integrationName"])},
    "keys": {"application": lambda doc: str(doc["application"])},
    "prompts": {"name": lambda doc: str(doc["name"])},
    "workflow_definitions": {"name": lambda doc: str(doc["name"])},
    "executions": {"name": lambda doc: str(doc["workflowName"])},
    "huggingface_endpoints": {"id": lambda doc: str(doc["id"])},
    "members": {"group": lambda doc: str(doc["group"]), "user": lambda doc: str(doc["user"])},
    "grants": {
        "subject": lambda doc: join(doc["subject"]["type"], doc["subject"]["id"]),
        "target": lambda doc: join(doc["target"]["type"], doc["target"]["id"]),
    },
}


def join(*parts: str) -> str:
    """One key out of several names."""
    return SEPARATOR.join(parts)


class Store:
    """Tables of documents. A document is never changed in place: it is replaced."""

    def __init__(self, database: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._undo: list[tuple[str, str, Document | None]] = []
        self._last_time = 0
        self._tables: dict[str, dict[str, Document]] = {}
        self._indexes: dict[str, dict[str, dict[str, dict[str, None]]]] = {}
        self._empty()
        self._connection: sqlite3.Connection | None = None
        if database is not None:
            self._connection = self._open(database)
            self._load(self._connection)

    def _empty(self) -> None:
        self._tables = {table: {} for table in TABLES}
        self._indexes = {table: {name: {} for name in names} for table, names in INDEXES.items()}

    @staticmethod
    def _open(database: Path) -> sqlite3.Connection:
        """Open the file, which nobody else may read: it holds secrets."""
        descriptor = os.open(database, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
        connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS documents"
            " (kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name))"
        )
        return connection

    def _load(self, connection: sqlite3.Connection) -> None:
        for table, key, body in connection.execute("SELECT kind, name, body FROM documents ORDER BY rowid"):
            if table in self._tables:
                self._set(table, key, json.loads(body))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def now(self) -> int:
        """Milliseconds since the epoch, never the same twice."""
        with self._lock:
            self._last_time = max(self._last_time + 1, int(time.time() * 1000))
            return self._last_time

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within happens as one, or not at all."""
        with self._lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            except BaseException:
                if self._depth == 1:
                    self._roll_back()
                raise
            finally:
                self._depth -= 1

    def _commit(self) -> None:
        touched = {(table, key) for table, key, _before in self._undo}
        if self._connection is not None and touched:
            self._connection.execute("BEGIN")
            try:
                for table, key in touched:
                    document = self._tables[table].get(key)
                    if document is None:
                        self._connection.execute("DELETE FROM documents WHERE kind = ? AND name = ?", (table, key))
                    else:
                        self._connection.execute(
                            "INSERT INTO documents (kind, name, body) VALUES (?, ?, ?)"
                            " ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
                            (table, key, json.dumps(document)),
                        )
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        self._undo.clear()

    def _roll_back(self) -> None:
        for table, key, before in reversed(self._undo):
            self._set(table, key, before)
        self._undo.clear()

    def _set(self, table: str, key: str, document: Document | None) -> None:
        before = self._tables[table].get(key)
        for name, key_of in INDEXES.get(table, {}).items():
            index = self._indexes[table][name]
            if before is not None:
                bucket = index[key_of(before)]
                bucket.pop(key, None)
                if not bucket:
                    del index[key_of(before)]
            if document is not None:
                index.setdefault(key_of(document), {})[key] = None
        if document is None:
            self._tables[table].pop(key, None)
        else:
            self._tables[table][key] = document

    def get(self, table: str, key: str) -> Document | None:
        """One document, or nothing."""
        return self._tables[table].get(key)

    def all(self, table: str) -> list[Document]:
        """All documents of a table."""
        return list(self._tables[table].values())

    def keys(self, table: str) -> list[str]:
        """All keys of a table."""
        return list(self._tables[table])

    def count(self, table: str) -> int:
        """How many documents a table holds."""
        return len(self._tables[table])

    def by(self, table: str, index: str, value: str) -> list[Document]:
        """The documents that an index lists under a value."""
        rows = self._tables[table]
        return [rows[key] for key in self._indexes[table][index].get(value, {})]

    def outline(self) -> dict[str, list[str]]:
        """What there is, by table: the key of each entry, and a mark that changes with its content, times left out.

        Neither says anything of a secret: the marks are made with a key of this process.
        """

        def mark(document: Document) -> str:
            content = {name: value for name, value in document.items() if name not in MOVING}
            text = json.dumps(content, sort_keys=True, default=str).encode()
            return hmac.new(_MARK_KEY, text, hashlib.sha256).hexdigest()[:16]

        found: dict[str, list[str]] = {}
        for table in TABLES:
            entries = ((key.split(SEPARATOR), self.get(table, key)) for key in self.keys(table))
            found[table] = sorted(f"{' / '.join(key)} {mark(document or {})}" for key, document in entries)
        return found

    def put(self, table: str, key: str, document: Document) -> None:
        """Store one document."""
        with self.transaction():
            self._undo.append((table, key, self._tables[table].get(key)))
            self._set(table, key, document)

    def delete(self, table: str, key: str) -> bool:
        """Delete one document; tells whether it was there."""
        with self.transaction():
            before = self._tables[table].get(key)
            if before is None:
                return False
            self._undo.append((table, key, before))
            self._set(table, key, None)
            return True

    def clear(self, *keep: str) -> None:
        """Delete everything, but for some tables."""
        with self.transaction():
            for table in TABLES:
                if table not in keep:
                    for key in self.keys(table):
                        self.delete(table, key)
