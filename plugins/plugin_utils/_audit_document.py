# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document of an audit, and the chain that documents form: each names the one before it by its SHA-256 (pure)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_access import with_access

#: What the document calls itself, and the version of its form: it changes when a reader has to.
SCHEMA = "orkes.conductor/audit"
SCHEMA_VERSION = 1

#: Name of a document's file, without its ending.
NAME = re.compile(r"audit-(?P<stamp>\d{8}T\d{6}Z)(?:-(?P<number>\d+))?")

TIME = "%Y-%m-%dT%H:%M:%SZ"
STAMP = "%Y%m%dT%H%M%SZ"

#: Most names that one line holds.
MOST_NAMED = 10


@dataclass(frozen=True)
class Kept:
    """A document that is in the folder already.

    Attributes:
        file: Name of the file.
        content: What is in it.
    """

    file: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the digest by which the next document names it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def order(self) -> tuple[str, int]:
        """Return what documents are sorted by."""
        match = NAME.fullmatch(self.file.rpartition(".")[0])
        return (match["stamp"], int(match["number"] or 1)) if match else ("", 0)

    def document(self) -> dict[str, Any]:
        """Return the document.

        Raises:
            ValueError: It is none.
        """
        return parse_document(self.content, self.file)


def plain(value: Any) -> Any:
    """Return a value with its containers made anew: Ansible's own may be lazy, and cannot be copied."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def parse_document(content: bytes, where: str) -> dict[str, Any]:
    """Return the document that a file holds.

    Raises:
        ValueError: It is none, or one of a form that is not known; the text says which file it is.
    """
    try:
        found = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ValueError(f"{where} is no document of an audit")
    if found.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(
            f"{where} has the form {found.get('schema_version')!r}, and this version of the collection reads "
            f"{SCHEMA_VERSION}: use the version that wrote it"
        )
    if not isinstance(found.get("clusters"), list) or not isinstance(found.get("created_at"), str):
        raise ValueError(f"{where} is no whole document of an audit")
    return found


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as it is kept: the same content is always the same text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n"


def in_order(kept: Iterable[Kept]) -> list[Kept]:
    """Return those files that are named like a document, the oldest first."""
    named = [one for one in kept if one.file.endswith(".json") and NAME.fullmatch(one.file[: -len(".json")])]
    return sorted(named, key=lambda one: one.order)


def chain_problems(kept: Iterable[Kept]) -> list[str]:
    """Return where the documents in a folder do not form one chain.

    Nothing can be told of the newest one: no other document names it.

    Args:
        kept: What is in the folder.
    """
    documents = in_order(kept)
    by_file = {one.file: one for one in documents}
    problems = []
    before: Kept | None = None
    for one in documents:
        try:
            previous = one.document().get("previous")
        except ValueError as error:
            problems.append(str(error))
            before = one
            continue
        previous = previous if isinstance(previous, dict) else {}
        named = previous.get("file")
        if named is None:
            if before is not None:
                problems.append(f"{one.file} names no document before it, and there is {before.file}")
        elif named not in by_file:
            problems.append(f"{named}, which {one.file} names as the one before it, is gone")
        elif by_file[named].sha256 != previous.get("sha256"):
            problems.append(f"{named} was changed after {one.file} was written")
        elif before is not None and before.file != named:
            problems.append(f"{before.file} is not part of the chain: {one.file} names {named} as the one before it")
        before = one
    return problems


def next_name(kept: Iterable[Kept], at: datetime) -> str:
    """Return the name of a document that is made now; it is never that of another one."""
    stamp = at.astimezone(timezone.utc).strftime(STAMP)
    documents = in_order(kept)
    if not documents or documents[-1].order[0] < stamp:
        return f"audit-{stamp}"
    # Two in one second, or a clock that was put back: the order of the names is that of the chain.
    stamp, number = documents[-1].order
    return f"audit-{stamp}-{number + 1}"


def audit_document(clusters: Iterable[Mapping[str, Any]], kept: Iterable[Kept], at: datetime) -> dict[str, Any]:
    """Return the document of an audit.

    Args:
        clusters: What C(cluster_audit) has returned for each.
        kept: The documents that are there already.
        at: When it was made.
    """
    documents = in_order(kept)
    last = documents[-1] if documents else None
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "created_at": at.astimezone(timezone.utc).strftime(TIME),
        "previous": None if last is None else {"file": last.file, "sha256": last.sha256},
        "chain_problems": chain_problems(documents),
        "clusters": sorted((with_access(cluster) for cluster in clusters), key=lambda one: str(one["host"])),
    }


def _named(names: list[str]) -> str:
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + rest


def cluster_lines(cluster: Mapping[str, Any]) -> list[str]:
    """Return what an audit found on one cluster, for a terminal."""
    drift = cluster["drift"]
    if cluster["problem"]:
        return [f"{cluster['host']}: could not be audited: {cluster['problem']}"]
    state = "drift" if drift["found"] else "no drift" if drift["complete"] else "no drift in what could be compared"
    lines = [f"{cluster['host']}: {state}", *(f"  {line}" for line in drift["lines"])]
    lines += [
        f"  undeclared {one['kind']} {one['name']}{': ' + one['what'] if one['what'] else ''}"
        for one in drift["undeclared"]
        if one["drift"]
    ]
    others = [one for one in drift["undeclared"] if not one["drift"]]
    for kind in sorted({one["kind"] for one in others}):
        names = [one["name"] for one in others if one["kind"] == kind]
        lines.append(f"  beside the inventory, and no drift: {kind} {_named(names)}")
    for integration in cluster["integrations"] or []:
        hosts = {model["endpoint_host"] for model in integration["models"] if model["endpoint_host_allowed"] is False}
        if hosts:
            lines.append(
                f"  integration {integration['name']}: endpoints at {_named(sorted(hosts))}, outside of "
                "hf_setup_endpoint_hosts"
            )
        if integration["key"]["state"] in ("changed", "unknown", "unverified"):
            lines.append(f"  integration {integration['name']}: key {integration['key']['state']}")
    lines += [f"  {one['kind']} could not be compared: {one['reason']}" for one in drift["not_compared"]]
    lines += [
        f"  not readable with this key: {one['what']}{' ' + _named(one['names']) if one['names'] else ''}"
        for one in cluster["unreadable"]
    ]
    return lines


def document_lines(document: Mapping[str, Any]) -> list[str]:
    """Return what an audit found, for a terminal."""
    lines = [line for cluster in document["clusters"] for line in cluster_lines(cluster)]
    return lines + [f"the chain of documents is broken: {problem}" for problem in document["chain_problems"]]
