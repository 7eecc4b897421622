# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the variables of the role hf_setup to the lists that the modules take (pure)."""

from __future__ import annotations

from typing import Any, Iterable, Mapping
from urllib.parse import urlsplit

Entry = Mapping[str, Any]

DEFAULT_PORTS = {"http": 80, "https": 443}


def _without(entry: Entry, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


def _state(entry: Entry) -> str:
    return str(entry.get("state") or "present")


def _twice(kind: str, entries: Iterable[Entry]) -> list[str]:
    names = [str(entry.get("name")) for entry in entries]
    return [
        f"{kind} {name} is listed {names.count(name)} times: keep one"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


class Estate:
    """Everything an inventory declares for one cluster.

    Args:
        integrations: Value of C(hf_setup_integrations).
        groups: Value of C(hf_setup_groups).
        state: C(present) or C(absent), value of C(hf_setup_state).
    """

    def __init__(self, integrations: Iterable[Entry], groups: Iterable[Entry], state: str = "present") -> None:
        self._integrations = list(integrations or [])
        self._groups = list(groups or [])
        self._absent = state == "absent"

    def integrations(self) -> list[dict[str, Any]]:
        """Return the list for hf_integration."""
        if self._absent:
            return [{"name": entry["name"], "state": "absent"} for entry in self._integrations]
        return [_without(entry, "models") for entry in self._integrations]

    def models(self) -> list[dict[str, Any]]:
        """Return the list for hf_model; the models of an integration that is deleted go with it."""
        found = []
        for integration in self._integrations:
            for model in integration.get("models") or []:
                if self._absent:
                    found.append({"integration": integration["name"], "name": model["name"], "state": "absent"})
                elif _state(integration) == "present":
                    key = {"api_key": integration["api_key"]} if integration.get("api_key") is not None else {}
                    found.append({"integration": integration["name"], **key, **model})
        return found

    def groups(self) -> list[dict[str, Any]]:
        """Return the list for conductor_group; a group that this inventory may not create is not its own to delete."""
        if self._absent:
            return [
                {"name": entry["name"], "state": "absent"} for entry in self._groups if entry.get("create") is not False
            ]
        return [_without(entry, "permissions") for entry in self._groups]

    def grants(self) -> list[dict[str, Any]]:
        """Return the list for conductor_group_permission; the grants of a group that is deleted go with it."""
        found = []
        for group in self._groups:
            if not self._absent and _state(group) == "absent":
                continue
            for permission in group.get("permissions") or []:
                integration = permission["integration"]
                grant = {
                    "groups": [group["name"]],
                    "integrations": [integration],
                    "models": [f"{integration}:{model}" for model in self._models_of(permission)],
                    **_without(permission, "integration", "models", "all_models"),
                }
                found.append({**_without(grant, "exclusive"), "state": "absent"} if self._absent else grant)
        return found

    def present_integrations(self) -> list[str]:
        """Return the names of the integrations that should exist."""
        return [] if self._absent else [entry["name"] for entry in self._integrations if _state(entry) == "present"]

    def present_groups(self) -> list[str]:
        """Return the names of the groups that should exist."""
        return [] if self._absent else [entry["name"] for entry in self._groups if _state(entry) == "present"]

    def problems(self) -> list[str]:
        """Return contradictions between the parts of the inventory."""
        problems = _twice("integration", self._integrations) + _twice("group", self._groups)
        for group in self._groups:
            if _state(group) == "present":
                for permission in group.get("permissions") or []:
                    problems += self._permission_problems(str(group.get("name")), permission)
        return problems

    def _declared(self, integration: str) -> Entry | None:
        return next((entry for entry in self._integrations if entry["name"] == integration), None)

    def _models_of(self, permission: Entry) -> list[str]:
        if not permission.get("all_models"):
            return list(permission.get("models") or [])
        declared = self._declared(permission["integration"]) or {}
        return [model["name"] for model in declared.get("models") or [] if _state(model) == "present"]

    def _permission_problems(self, group: str, permission: Entry) -> list[str]:
        name = permission["integration"]
        title = f"group {group}, permission on integration {name}"
        declared = self._declared(name)
        problems = []
        if permission.get("all_models") and permission.get("models") is not None:
            problems.append(f"{title}: models and all_models exclude each other: keep one")
        if permission.get("all_models") and declared is None:
            problems.append(f"{title}: all_models means the declared ones, and {name} is not in hf_setup_integrations")
        if declared is None or _state(permission) == "absent":
            return problems
        if _state(declared) == "absent":
            problems.append(f"{title}: this integration is declared absent: remove the permission")
        absent = [model["name"] for model in declared.get("models") or [] if _state(model) == "absent"]
        problems += [
            f"{title}: its model {model} is declared absent: remove it from the permission"
            for model in permission.get("models") or []
            if model in absent
        ]
        return problems


def cluster_of(url: str) -> str:
    """Return a server URL in one spelling: without C(/api), trailing slashes, default port and capitals in the host."""
    text = str(url).strip().rstrip("/")
    if text.endswith("/api"):
        text = text[: -len("/api")].rstrip("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return text
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if port is not None and port != DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    return f"{scheme}://{host}{parts.path}"


def cluster_problems(servers: Mapping[str, str | None], allow_shared: bool = False) -> list[str]:
    """Return why the hosts of a play might reach the wrong cluster.

    Args:
        servers: Each host's own C(hf_setup_server_url); an empty text where it has none, None where that is not known
            yet.
        allow_shared: Whether several hosts may name the same server.
    """
    if len(servers) < 2:
        return []
    problems = []
    nameless = [host for host, url in servers.items() if url is not None and not str(url).strip()]
    if nameless:
        problems.append(
            f"{', '.join(nameless)}: hf_setup_server_url is not set. With several hosts in a play each names its own "
            "server, and none falls back to the environment: set it in host_vars"
        )
    by_cluster: dict[str, list[str]] = {}
    for host, url in servers.items():
        if url is not None and host not in nameless:
            by_cluster.setdefault(cluster_of(str(url)), []).append(host)
    for cluster, hosts in by_cluster.items():
        if len(hosts) > 1 and not allow_shared:
            problems.append(
                f"{', '.join(hosts)} all name the server {cluster}: give each its own hf_setup_server_url, or set "
                "hf_setup_allow_shared_server if that is meant"
            )
    return problems


def outcome(results: Mapping[str, Entry]) -> dict[str, Any]:
    """Return C(changed), C(changes), C(summary) by kind of task, and a line for each, out of the modules' results."""
    found: dict[str, Any] = {"changed": False, "changes": [], "summary": {}, "lines": []}
    for kind, result in results.items():
        summary = result.get("summary")
        if not isinstance(summary, Mapping):
            found["lines"].append(f"{kind}: not managed")
            continue
        found["changed"] = found["changed"] or bool(result.get("changed"))
        found["changes"] += list(result.get("changes") or [])
        found["summary"][kind] = dict(summary)
        counts = (f"{summary[word]} {word}" for word in ("created", "updated", "deleted", "unchanged"))
        found["lines"].append(f"{kind}: {', '.join(counts)}")
    return found
