# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed between two documents of an audit: access, objects, keys (pure)."""

from __future__ import annotations

import re
from typing import Any, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line
from ansible_collections.orkes.conductor.plugins.module_utils._plan import value_text
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import Kept, in_order

Document = Mapping[str, Any]
Cluster = Mapping[str, Any]
Objects = dict[tuple[str, str], dict[str, Any]]

SCHEMA = "orkes.conductor/audit-diff"
SCHEMA_VERSION = 1

#: Lists of a cluster that an audit may not have been able to read, and what they are called.
LISTS = {
    "integrations": "integrations and models",
    "groups": "groups",
    "people": "people",
    "applications": "applications",
}

DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?)?")


def document_at(kept: list[Kept], date: str) -> Kept | None:
    """Return the last document that was made before a date, or the oldest one if there is none before it.

    Args:
        kept: The documents in the folder.
        date: Such as C(2026-06) or C(2026-06-01), in UTC.

    Raises:
        ValueError: It is no date.
    """
    if not DATE.fullmatch(date):
        raise ValueError(f"{date!r} is neither the name of a file that exists nor a date such as 2026-06-01")
    digits = re.sub(r"[^0-9]", "", date).ljust(14, "0")
    documents = in_order(kept)
    earlier = [one for one in documents if re.sub(r"[^0-9]", "", one.order[0]) < digits]
    return earlier[-1] if earlier else documents[0] if documents else None


def _objects(cluster: Cluster) -> dict[str, Objects]:
    """Return what is on a cluster by list: by kind and name what may change of it."""
    found: dict[str, Objects] = {name: {} for name in LISTS}
    for integration in cluster["integrations"] or []:
        fields = {key: integration[key] for key in ("namespace", "description", "enabled", "tags")}
        found["integrations"]["integration", str(integration["name"])] = fields
        for model in integration["models"]:
            fields = {key: model[key] for key in ("endpoint", "description", "enabled", "tags")}
            found["integrations"]["model", f"{integration['name']}:{model['name']}"] = fields
    for group in cluster["groups"] or []:
        found["groups"]["group", str(group["name"])] = {key: group[key] for key in ("description", "roles", "members")}
    for person in cluster["people"] or []:
        found["people"]["person", str(person["id"])] = {"name": person["name"], "roles": person["roles"]}
    for one in cluster["applications"] or []:
        found["applications"]["application", str(one["id"])] = {
            "name": one["name"],
            "roles": one["roles"],
            "tags": one["tags"],
        }
    return found


def _keys(cluster: Cluster) -> Objects:
    """Return keys by kind and name: of integrations how they stand to the inventory, and applications' access keys."""
    found: Objects = {}
    for integration in cluster["integrations"] or []:
        found["key of integration", str(integration["name"])] = {**integration["key"]}
    for one in cluster["applications"] or []:
        for key in one["access_keys"] or []:
            found["access key", f"{key.get('id')} of application {one['name']}"] = {"status": key.get("status")}
    return found


def _access(cluster: Cluster) -> dict[tuple[str, str], dict[str, Any]]:
    """Return who has which access on what: by object and holder."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for integration in cluster["integrations"] or []:
        objects = [(f"integration {integration['name']}", integration)]
        objects += [(f"model {integration['name']}:{model['name']}", model) for model in integration["models"]]
        for title, one in objects:
            for row in one["access"]:
                found[title, row["id"]] = row
    return found


def _changes(before: Objects, after: Objects) -> dict[str, list[dict[str, Any]]]:
    """Return what came, what went and what changed."""

    def named(keys: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return [{"kind": kind, "name": name} for kind, name in sorted(keys)]

    changed = []
    for kind, name in sorted(before.keys() & after.keys()):
        old, new = before[kind, name], after[kind, name]
        fields = {
            key: {"before": old.get(key), "after": new.get(key)}
            for key in sorted(old.keys() | new.keys())
            if old.get(key) != new.get(key)
        }
        if fields:
            changed.append({"kind": kind, "name": name, "fields": fields})
    return {
        "came": named(list(after.keys() - before.keys())),
        "gone": named(list(before.keys() - after.keys())),
        "changed": changed,
    }


def way_text(way: Mapping[str, Any]) -> str:
    """Return by which way somebody has access, in words."""
    parts = []
    if way.get("tag"):
        parts.append(f"by tag {way['tag']}")
    if way.get("role"):
        parts.append(f"by role {way['role']}")
    if way.get("group"):
        parts.append(f"by group {way['group']}")
    if way["by"] == "integration":
        parts.insert(0, "through the integration")
    if way["creator"]:
        parts.append("as its creator")
    return ", ".join(parts) or "directly"


def access_changes(
    old: Mapping[tuple[str, Any], Mapping[str, Any]], new: Mapping[tuple[str, Any], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return who gained or lost what on which integration and model.

    Args:
        old: What each holder had, by what it is on and the holder.
        new: What each has now.
    """
    found = []
    for title, holder in sorted(old.keys() | new.keys()):
        was, now = old.get((title, holder), {}), new.get((title, holder), {})
        had, may_have_had = set(was.get("access", [])), set(was.get("possible", []))
        has, may_have = set(now.get("access", [])), set(now.get("possible", []))
        # What was possible and is certain now was not lost, and the other way round.
        gained = {
            *(has - had - may_have_had),
            *(f"{word} (for certain)" for word in (has - had) & may_have_had),
            *(f"{word} (depends on the server)" for word in may_have - may_have_had - had),
        }
        lost = {
            *(had - has - may_have),
            *(f"{word} (it depends on the server now)" for word in (had - has) & may_have),
            *(f"{word} (depended on the server)" for word in may_have_had - may_have - has),
        }
        if gained or lost:
            row = now or was
            found.append(
                {
                    "on": title,
                    **{key: row[key] for key in ("kind", "id", "name")},
                    "gained": sorted(gained),
                    "lost": sorted(lost),
                    "ways": sorted({way_text(way) for way in row["ways"]}),
                }
            )
    return found


def _administrators(before: Cluster, after: Cluster) -> dict[str, list[str]]:
    old = {str(one["id"]) for one in before["administrators"] or []}
    new = {str(one["id"]) for one in after["administrators"] or []}
    return {"gained": sorted(new - old), "lost": sorted(old - new)}


def _gaps(cluster: Cluster) -> list[str]:
    return sorted({one["what"] for one in cluster["unreadable"]})


def _cluster_diff(before: Cluster, after: Cluster) -> dict[str, Any]:
    """Return what changed on one cluster; what one of the two audits could not read is not compared."""
    old, new = _objects(before), _objects(after)
    blind = {
        name: words
        for name, words in LISTS.items()
        if (before[name] is None or after[name] is None) and (before[name], after[name]) != (None, None)
    }
    objects: dict[str, list[dict[str, Any]]] = {"came": [], "gone": [], "changed": []}
    for name in LISTS:
        if before[name] is not None and after[name] is not None:
            for part, found in _changes(old[name], new[name]).items():
                objects[part] += found
    comparable = _gaps(before) == _gaps(after)
    not_compared = [f"{words}: one of the two audits could not read them" for words in blind.values()]
    if not comparable:
        missing = sorted(set(_gaps(before)) ^ set(_gaps(after)))
        not_compared.append(f"access: only one of the two audits could read {', '.join(missing)}")
    seen_twice = before["applications"] is not None and after["applications"] is not None
    keys = [
        {key: value for key, value in _keys(cluster).items() if seen_twice or key[0] != "access key"}
        for cluster in (before, after)
    ]
    return {
        "host": after["host"],
        "access": access_changes(_access(before), _access(after)) if comparable else [],
        "administrators": _administrators(before, after) if comparable else {"gained": [], "lost": []},
        "objects": objects,
        "keys": _changes(*keys) if "integrations" not in blind else _changes({}, {}),
        "drift": {"before": before["drift"]["found"], "after": after["drift"]["found"]},
        "not_compared": not_compared,
    }


def _is_quiet(cluster: Mapping[str, Any]) -> bool:
    parts = (cluster["access"], *cluster["administrators"].values(), *cluster["objects"].values())
    return not any((*parts, *cluster["keys"].values()))


def _key_lines(keys: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    lines = [f"+ {one['kind']} {one['name']}" for one in keys["came"] if one["kind"] == "access key"]
    lines += [f"- {one['kind']} {one['name']}" for one in keys["gone"] if one["kind"] == "access key"]
    for one in keys["changed"]:
        fields = one["fields"]
        if "mark" in fields:
            what = "another key was written" if None not in fields["mark"].values() else "its fingerprint came or went"
            lines.append(f"~ {one['kind']} {one['name']}: {what}")
        for name in ("state", "status"):
            if name in fields:
                lines.append(f"~ {one['kind']} {one['name']}: {fields[name]['before']} → {fields[name]['after']}")
    return lines


def cluster_diff_lines(cluster: Mapping[str, Any]) -> list[str]:
    """Return what changed on one cluster, a line each."""
    lines = []
    for one in cluster["access"]:
        name = f"{one['name']} ({one['id']})" if one["name"] and one["name"] != one["id"] else one["id"]
        for sign, word in (("+", "gained"), ("-", "lost")):
            if one[word]:
                lines.append(f"{sign} {name} {word} {', '.join(one[word])} on {one['on']} ({'; '.join(one['ways'])})")
    lines += [f"+ {one} may do everything now, by the role ADMIN" for one in cluster["administrators"]["gained"]]
    lines += [f"- {one} has the role ADMIN no longer" for one in cluster["administrators"]["lost"]]
    lines += [f"+ {one['kind']} {one['name']}" for one in cluster["objects"]["came"]]
    lines += [f"- {one['kind']} {one['name']}" for one in cluster["objects"]["gone"]]
    for one in cluster["objects"]["changed"]:
        fields = [
            f"{key} {value_text(field['before'])} → {value_text(field['after'])}"
            for key, field in one["fields"].items()
        ]
        lines.append(f"~ {one['kind']} {one['name']}: {', '.join(fields)}")
    lines += _key_lines(cluster["keys"])
    lines += [f"! not compared: {text}" for text in cluster["not_compared"]]
    # A name of a server's could otherwise forge a line.
    return [one_line(line) for line in lines]


def audit_diff(before: Document, after: Document) -> dict[str, Any]:
    """Return what changed between two audits.

    Args:
        before: The earlier document.
        after: The later one.

    Returns:
        C(clusters) with what changed on each, C(came) and C(gone) with the clusters that only one of them has,
        C(changed), and C(lines) and C(markdown) for people.
    """
    old = {str(one["host"]): one for one in before["clusters"]}
    new = {str(one["host"]): one for one in after["clusters"]}
    clusters = [_cluster_diff(old[host], new[host]) for host in sorted(old.keys() & new.keys())]
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "before": before["created_at"],
        "after": after["created_at"],
        "came": sorted(new.keys() - old.keys()),
        "gone": sorted(old.keys() - new.keys()),
        "clusters": clusters,
    }
    found["changed"] = bool(found["came"] or found["gone"]) or not all(map(_is_quiet, clusters))
    sections = [(one["host"], cluster_diff_lines(one) or ["no changes"]) for one in clusters]
    sections += [(host, ["! only the later audit has this cluster"]) for host in found["came"]]
    sections += [(host, ["! only the earlier audit has this cluster"]) for host in found["gone"]]
    title = f"what changed from {before['created_at']} to {after['created_at']}"
    found["lines"] = [title, *(f"{host}: {line}" for host, lines in sections for line in lines)]
    found["markdown"] = _markdown(title, sections)
    return found


def _markdown(title: str, sections: list[tuple[str, list[str]]]) -> str:
    """Return the lines as Markdown; nothing in it is taken for markup."""
    parts = [f"# {title[0].upper()}{title[1:]}\n"]
    for host, lines in sections:
        longest = max(len(run) for line in lines for run in ["", *re.findall("`+", line)])
        fence = "`" * max(3, longest + 1)
        parts.append(f"## {host}\n\n{fence}diff\n" + "\n".join(lines) + f"\n{fence}\n")
    return "\n".join(parts)
