# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of an audit: one HTML file that needs nothing else, and in which no text of a server is markup (pure)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Mapping

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ansible_collections.orkes.conductor.plugins.module_utils._plan import value_text
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_access import Holders, tags_of
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_diff import way_text

#: Where the page's template, style and script are.
PARTS = Path(__file__).with_name("audit_page")

#: How somebody stands to a model, in words.
USE = {"yes": "may use", "depends": "depends on the server", "no": "not enough to use"}

#: How the key of an integration stands to the inventory: class of the mark, and words.
KEYS = {
    "same": ("good", "key as in the inventory"),
    "changed": ("bad", "another key than in the inventory"),
    "unknown": ("maybe", "key cannot be told"),
    "unverified": ("maybe", "key unverified: written by somebody since"),
    "not given": ("plain", "no key in the inventory"),
    "not compared": ("plain", "key not compared"),
}


def _hash(text: str) -> str:
    """Return a text's hash as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _gaps(cluster: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what could not be read and may hide somebody's access."""
    return [gap for gap in cluster["unreadable"] if not gap["minor"]]


def _numbers(cluster: Mapping[str, Any]) -> str:
    """Return what a cluster has, in a line."""
    if cluster["integrations"] is None:
        return ""
    models = [model for integration in cluster["integrations"] for model in integration["models"]]
    holders = {
        row["id"] for model in models for row in model["access"] if row["use"] != "no" and row["kind"] != "unknown"
    }
    undeclared = sum(one["drift"] for one in cluster["drift"]["undeclared"])
    who = "not everything readable" if _gaps(cluster) else f"{len(holders)} who may use one"
    parts = [_plural(len(models), "model"), who]
    parts += [f"{undeclared} undeclared"] if undeclared else []
    return " · ".join(parts)


def _verdict(cluster: Mapping[str, Any]) -> tuple[str, str]:
    """Return how a cluster stands: the class and the words."""
    if cluster["problem"]:
        return "failed", "could not be audited"
    if cluster["drift"]["found"]:
        return "drifts", "drift"
    if not cluster["drift"]["complete"]:
        return "gaps", "no drift in what could be read"
    return "steady", "no drift"


def _with_alike(integration: Mapping[str, Any]) -> dict[str, Any]:
    """Return an integration with its models in groups that the same people may use in the same way.

    Access that is granted on all models would otherwise be told again and again.
    """
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for model in integration["models"]:
        alike.setdefault(json.dumps([model["enabled"], model["access"]], sort_keys=True), []).append(model)
    groups = [{"models": models, "access": models[0]["access"]} for models in alike.values()]
    return {**integration, "alike": groups}


def _told(cluster: Mapping[str, Any]) -> Any:
    holders = Holders(cluster)
    return lambda user: holders.told(holders.who(user))


def audit_page(document: Mapping[str, Any], file: str, sha256: str) -> str:
    """Return the page of a document.

    Args:
        document: The document, as C(audit_document) returns it.
        file: Name of the document's file.
        sha256: Its digest.
    """
    style = (PARTS / "page.css").read_text(encoding="utf-8")
    script = (PARTS / "page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((PARTS / "page.html.j2").read_text(encoding="utf-8"))
    clusters = []
    for number, cluster in enumerate(document["clusters"], 1):
        class_, verdict = _verdict(cluster)
        more = {"class": class_, "verdict": verdict, "numbers": _numbers(cluster), "anchor": f"cluster-{number}"}
        integrations = cluster["integrations"] and [_with_alike(one) for one in cluster["integrations"]]
        clusters.append(
            {**cluster, **more, "told": _told(cluster), "integrations": integrations, "gaps": _gaps(cluster)}
        )
    page = template.render(
        document=document,
        clusters=clusters,
        time=str(document["created_at"]).replace("T", " ").rstrip("Z"),
        policy=policy,
        # The collection's own, and the only texts that are taken as they are.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        file=file,
        sha256=sha256,
        use=USE,
        keys=KEYS,
        tags_of=tags_of,
        value_text=value_text,
        way_text=way_text,
    )
    # Half a character, which JSON can hold and a file cannot.
    return page.encode("utf-8", "replace").decode("utf-8")
