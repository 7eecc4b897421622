# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_audit."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

if TYPE_CHECKING:
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import Kept

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_audit
short_description: The document and the page of an audit
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Makes the document of an audit out of its clusters, to keep as JSON, and a page of it. Reads the documents in the
    folder, of which the last one is named with its SHA-256, and writes nothing.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: folder
options:
  _input:
    description: What P(orkes.conductor.hf_setup_audit_cluster#filter) returned for each cluster.
    type: list
    elements: dict
    required: true
  folder:
    description: Folder with the documents so far. It need not exist.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: See what an audit of no cluster is called
  ansible.builtin.debug:
    msg: "{{ ([] | orkes.conductor.hf_setup_audit('audit')).name }}"
"""

RETURN = r"""
_value:
  description:
    - C(name) of its files, without ending, and C(document) and C(page) as texts.
    - C(result), with C(drift) and C(complete), C(clusters) with the same by the name of the host, C(sha256) of the
      document, C(previous), the name of the document before it, C(chain_problems) and C(lines).
  type: dict
"""


def kept_documents(folder: Path) -> list[Kept]:
    """Return the files in a folder that may be documents of audits."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import Kept

    if not folder.is_dir():
        return []
    return [Kept(path.name, path.read_bytes()) for path in sorted(folder.glob("audit-*.json"))]


def hf_setup_audit(clusters: Any, folder: Any) -> dict[str, Any]:
    """Return document and page."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import (
        audit_document,
        canonical,
        document_lines,
        next_name,
        plain,
    )
    from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_page import audit_page

    if not isinstance(clusters, list):
        raise AnsibleFilterError("hf_setup_audit takes a list of clusters")
    try:
        kept = kept_documents(Path(str(folder)))
    except OSError as error:
        raise AnsibleFilterError(f"hf_setup_audit_folder {folder} cannot be read ({error.strerror})") from None
    now = datetime.now(timezone.utc)
    document = audit_document(plain(clusters), kept, now)
    name, text = next_name(kept, now), canonical(document)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    states = {
        str(cluster["host"]): {key: cluster["drift"][key] for key in ("found", "complete")}
        for cluster in document["clusters"]
    }
    # Texts of a server: never templates.
    unsafe: dict[str, Any] = wrap_var(
        {
            "name": name,
            "document": text,
            "page": audit_page(document, f"{name}.json", digest),
            "result": {
                "drift": any(state["found"] for state in states.values()),
                "complete": all(state["complete"] for state in states.values()),
                "clusters": {
                    host: {"drift": state["found"], "complete": state["complete"]} for host, state in states.items()
                },
                "sha256": digest,
                "previous": (document["previous"] or {}).get("file"),
                "chain_problems": document["chain_problems"],
                "lines": document_lines(document),
            },
        }
    )
    return unsafe


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_audit": hf_setup_audit}
