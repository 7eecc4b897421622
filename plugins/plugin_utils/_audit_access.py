# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may use which model, and by which way, out of what was read of a cluster (pure).

Groups and roles are expanded to people and applications. What only the server can decide is told as such.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    Reference,
)

Reach = tuple[Mapping[str, Any], bool, "bool | None"]
Cluster = Mapping[str, Any]
Grant = Mapping[str, Any]
Who = tuple[str, str]

TAG = "TAG"

#: The role that may do everything.
ADMINISTRATOR = "ADMIN"

#: What it takes to use a model in a workflow, as far as is known.
TO_USE = frozenset({"READ", "EXECUTE"})

#: The order in which those who have access are listed.
KINDS = ("person", "application", "group", "role", "unknown")


class Holders:
    """Everybody on a cluster who may hold access, and what groups and roles come to.

    Args:
        cluster: The cluster, as C(cluster_audit) returns it.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._people: dict[str, Mapping[str, Any]] = {str(one["id"]): one for one in cluster["people"] or []}
        self._applications = {f"app:{one['id']}": one for one in cluster["applications"] or []}
        self._groups = {str(one["name"]): one for one in cluster["groups"] or []}
        self.people_known = cluster["people"] is not None
        self.groups_known = cluster["groups"] is not None
        self._members: dict[str, set[str]] = {name: set(one["members"]) for name, one in self._groups.items()}
        self._roles: dict[str, dict[str, set[str | None]]] = {}
        for user, one in [*self._people.items(), *self._applications.items()]:
            for role in one.get("roles") or []:
                self._roles.setdefault(user, {}).setdefault(role, set()).add(None)
            for group in one.get("groups") or []:
                self._members.setdefault(group, set()).add(user)
        for name, group in self._groups.items():
            for role in group.get("roles") or []:
                for user in self._members[name]:
                    self._roles.setdefault(user, {}).setdefault(role, set()).add(name)

    def who(self, user: str) -> Who:
        """Return what kind of user this is, and its id."""
        if user.startswith("app:"):
            return "application", user
        return ("person" if user in self._people or not self.people_known else "unknown"), user

    def name_of(self, who: Who) -> str:
        """Return the name of a user, or an empty text where none is known."""
        one = self._people.get(who[1]) or self._applications.get(who[1]) or {}
        return str(one.get("name") or "")

    def expand(self, subject: Mapping[str, str]) -> list[tuple[Who, dict[str, Any]]]:
        """Return whom a subject of a grant comes to, each with the way there."""
        kind, name = subject["type"], subject["id"]
        if kind == "GROUP":
            known = name in self._groups
            if not known and (self.groups_known or name not in self._members):
                return [(("group", name), {"group": name, "there": False if self.groups_known else None})]
            return [(self.who(user), {"group": name}) for user in self._members[name]]
        if kind == "ROLE":
            held = [
                (self.who(user), {"role": name, **({} if group is None else {"group": group})})
                for user, roles in self._roles.items()
                for group in roles.get(name, ())
            ]
            return held if self.people_known else [(("role", name), {"role": name})]
        return [(self.who(name), {})]

    def is_administrator(self, user: str) -> bool:
        """Tell whether a user is known to have the role that may do everything."""
        return ADMINISTRATOR in self._roles.get(user, {})

    def administrators(self) -> list[dict[str, Any]]:
        """Return who may do everything by a role, with the groups that give it."""
        found = [
            {
                **self.told(self.who(user)),
                "ways": sorted(
                    ({"by": "role", "role": ADMINISTRATOR, "group": group} for group in roles[ADMINISTRATOR]),
                    key=str,
                ),
            }
            for user, roles in self._roles.items()
            if ADMINISTRATOR in roles
        ]
        return sorted(found, key=_order)

    def told(self, who: Who) -> dict[str, Any]:
        """Return somebody as the document names them."""
        return {"kind": who[0], "id": who[1], "name": self.name_of(who)}


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return KINDS.index(row["kind"]), (row["name"] or row["id"]).casefold(), row["id"]


def _by(grant: Grant, through_integration: bool) -> str:
    if through_integration:
        return "integration"
    if grant["tag"] is not None:
        return "tag"
    return "creator" if grant["creator"] else "direct"


def tags_of(entry: Mapping[str, Any]) -> list[str]:
    """Return an object's tags as grants name them: C(key:value)."""
    return [
        f"{key}:{value}"
        for key, values in (entry.get("tags") or {}).items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _by_tags(entry: Mapping[str, Any], on: Mapping[Reference, list[Grant]], people_known: bool) -> list[Reach]:
    """Return grants on an object's tags of which the server has not told whether they reach it."""
    return [
        ({**grant, "tag": tag}, False, None)
        for tag in tags_of(entry)
        for grant in on.get((TAG, tag), [])
        # Of groups and users a server tells what their tags come to.
        if grant["subject"]["type"] == "ROLE" or not people_known
    ]


def access_rows(holders: Holders, grants: Iterable[Reach]) -> list[dict[str, Any]]:
    """Return who has access by these grants.

    Args:
        holders: Everybody on the cluster.
        grants: Each with whether it is one on the integration, and whether it reaches the object: None where only the
            server can tell.

    Returns:
        For each who has access C(kind), C(id) and C(name), C(access), C(possible) (where the server decides), C(use)
        (C(yes), C(depends) or C(no)), C(ways), and whether something of it is C(undeclared).
    """
    ways_of: dict[Who, list[dict[str, Any]]] = {}
    for grant, through_integration, reaches in grants:
        for who, way in holders.expand(grant["subject"]):
            ways_of.setdefault(who, []).append(
                {
                    "by": _by(grant, through_integration),
                    "access": list(grant["access"]),
                    "certain": reaches is True,
                    "creator": grant["creator"],
                    "undeclared": bool(grant["undeclared_access"]),
                    **({} if grant["tag"] is None else {"tag": grant["tag"]}),
                    **way,
                }
            )
    rows = []
    for who, ways in ways_of.items():
        access = {word for way in ways if way["certain"] for word in way["access"]}
        possible = {word for way in ways for word in way["access"]} - access
        administrator = holders.is_administrator(who[1])
        rows.append(
            {
                **holders.told(who),
                "access": sorted(access),
                "possible": sorted(possible),
                "use": "yes"
                if administrator or access >= TO_USE
                else "depends"
                if access | possible >= TO_USE
                else "no",
                "ways": sorted(ways, key=str),
                "administrator": administrator,
                "undeclared": any(way["undeclared"] for way in ways),
            }
        )
    return sorted(rows, key=_order)


def with_access(cluster: Cluster) -> dict[str, Any]:
    """Return a cluster with its administrators, and with who may use each of its integrations and models.

    Args:
        cluster: The cluster, as C(cluster_audit) returns it.
    """
    holders = Holders(cluster)
    on: dict[Reference, list[Grant]] = {}
    for grant in cluster["grants"] or []:
        on.setdefault((grant["target"]["type"], grant["target"]["id"]), []).append(grant)
    reaches = cluster["integration_access_reaches_models"]
    integrations = []
    for integration in cluster["integrations"] or []:
        name = str(integration["name"])
        # An integration without models may be named by the type of a model.
        of_integration: list[Reach] = [(grant, False, True) for grant in on.get((INTEGRATION_PROVIDER, name), [])]
        of_integration += [(grant, False, None) for grant in on.get((INTEGRATION, name), [])]
        of_integration += _by_tags(integration, on, holders.people_known)
        passed_on: list[Reach] = [
            (grant, True, reaches if certain else None)
            for grant, _through, certain in of_integration
            if reaches is not False
        ]
        models = [
            {
                **model,
                "access": access_rows(
                    holders,
                    [
                        *((grant, False, True) for grant in on.get((INTEGRATION, f"{name}:{model['name']}"), [])),
                        *_by_tags(model, on, holders.people_known),
                        *passed_on,
                    ],
                ),
            }
            for model in integration["models"]
        ]
        integrations.append({**integration, "access": access_rows(holders, of_integration), "models": models})
    return {
        **cluster,
        "integrations": integrations if cluster["integrations"] is not None else None,
        "administrators": holders.administrators() if holders.people_known or holders.groups_known else None,
    }
