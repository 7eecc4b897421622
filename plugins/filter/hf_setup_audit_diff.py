# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_audit_diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

if TYPE_CHECKING:
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import Kept

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_audit_diff
short_description: What changed between two audits
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Compares two documents that the entry point C(audit) of the role P(orkes.conductor.hf_setup#role) wrote. Says who
    gained and lost what on which model, which objects came, went and changed, and which keys changed.
  - What only one of the audits could read is not compared, and is told as such.
positional: before, after
options:
  _input:
    description: Folder with the documents.
    type: path
    required: true
  before:
    description:
      - The earlier document. A file, or a date such as V(2026-06-01) in UTC, which stands for the last document in the
        folder before it, or for the oldest one if there is none before it.
    type: str
    required: true
  after:
    description: The later document, likewise. The newest one in the folder when it is not given.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: See what changed since June
  ansible.builtin.debug:
    msg: "{{ ('audit' | orkes.conductor.hf_setup_audit_diff('2026-06-01')).lines }}"
"""

RETURN = r"""
_value:
  description:
    - C(schema_version), C(before) and C(after) (when the two were made), C(clusters), each with C(host), C(access),
      C(administrators), C(objects), C(keys), C(drift) and C(not_compared), C(came) and C(gone) with the hosts that only
      one of them has, C(changed), and C(lines) and C(markdown) for people.
    - C(chain_problems), what is wrong with the chain of documents in the folder.
  type: dict
"""


def _chosen(kept: list[Kept], named: str, option: str) -> tuple[str, bytes]:
    """Return the name and the content of the document that an option means."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_diff import document_at
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import in_order

    path = Path(named).expanduser()
    if named and path.is_file():
        return str(path), path.read_bytes()
    try:
        found = document_at(kept, named) if named else next(reversed(in_order(kept)), None)
    except ValueError as error:
        raise AnsibleFilterError(f"{option}: {error}") from None
    if found is None:
        raise AnsibleFilterError(f"{option}: there is no document in hf_setup_audit_folder: run an audit first")
    return found.file, found.content


def hf_setup_audit_diff(folder: Any, before: Any, after: Any = "") -> dict[str, Any]:
    """Return what changed."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_diff import audit_diff
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import (
        Kept,
        chain_problems,
        parse_document,
    )

    where = Path(str(folder))
    try:
        kept = [Kept(path.name, path.read_bytes()) for path in sorted(where.glob("audit-*.json"))]
        if not before:
            raise AnsibleFilterError("hf_setup_audit_before is empty: give a file or a date")
        old = _chosen(kept, str(before), "hf_setup_audit_before")
        new = _chosen(kept, str(after or ""), "hf_setup_audit_after")
        documents = [parse_document(content, name) for name, content in (old, new)]
    except OSError as error:
        raise AnsibleFilterError(f"{error.filename} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None
    found = {**audit_diff(*documents), "files": [old[0], new[0]], "chain_problems": chain_problems(kept)}
    found["lines"] += [f"the chain of documents is broken: {problem}" for problem in found["chain_problems"]]
    # Texts of a server: never templates.
    unsafe: dict[str, Any] = wrap_var(found)
    return unsafe


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_audit_diff": hf_setup_audit_diff}
