# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups with their roles, default access and members: from parameters to a plan, and to requests (floor 3)."""

from __future__ import annotations

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._caller import role_names
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, name_problem
from ansible_collections.orkes.conductor.plugins.module_utils._errors import MissingParent
from ansible_collections.orkes.conductor.plugins.module_utils._grants import (
    direct_grants,
    grant_removals,
    grant_steps,
    sorted_access,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan, changed_fields
from ansible_collections.orkes.conductor.plugins.module_utils._resource import ACCESS, Resource, in_state

#: Kinds of object for which a group can give its members access to what they create.
DEFAULT_ACCESS_TYPES = ("TASK_DEF", "WORKFLOW_DEF", "WORKFLOW_SCHEDULE")


def group_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one desired group, without asking the server."""
    problem = name_problem("name", item.get("name"))
    if problem:
        return [f"group: {problem}"]
    title = f"group {item['name']}"
    problems = []
    for option in ("roles", "members"):
        for entry in item.get(option) or []:
            found = name_problem(f"an entry of {option}", entry)
            problems += [f"{title}: {found}"] if found else []
    default_access = item.get("default_access")
    for kind, access in (default_access or {}).items():
        if str(kind).upper() not in DEFAULT_ACCESS_TYPES:
            problems.append(f"{title}: default_access has {kind}: possible are {', '.join(DEFAULT_ACCESS_TYPES)}")
        if not isinstance(access, list):
            problems.append(f"{title}: default_access of {kind} is no list: write [READ]")
            continue
        for word in access:
            if str(word).upper() not in ACCESS:
                problems.append(f"{title}: default_access of {kind} has {word}: possible are {', '.join(ACCESS)}")
    if item.get("purge_members") and item.get("members") is None and item.get("state") != "absent":
        problems.append(f"{title}: purge_members is given without members: give the members that should stay")
    return problems


def shown_group(current: dict[str, Any], members: list[str] | None) -> dict[str, Any]:
    """Return a group as a diff may show it."""
    shown: dict[str, Any] = {
        "description": current.get("description") or "",
        "roles": role_names(current),
        "default_access": sorted_access(current.get("defaultAccess")),
    }
    if members is not None:
        shown["members"] = sorted(members)
    return shown


def plan_group(
    item: dict[str, Any], current: dict[str, Any] | None, members: list[str], caller: str = ""
) -> tuple[Change | None, list[str]]:
    """Return the change that makes a group what it should be (None: it is), and warnings.

    Args:
        item: The options given for it; what was not given is absent.
        current: What the server shows, or None.
        members: Ids of its members.
        caller: Id of the calling user, which a purge of members leaves in.
    """
    warnings: list[str] = []
    wanted_members = item.get("members")
    before = shown_group(current, None if wanted_members is None else members) if current else {}
    settings: dict[str, Any] = {}
    if item.get("description") is not None or current is None:
        settings["description"] = item.get("description") or ""
    if item.get("roles") is not None or current is None:
        settings["roles"] = sorted(set(item.get("roles") or []))
    if item.get("default_access") is not None:
        settings["default_access"] = sorted_access(item["default_access"])
    fields = changed_fields(before, settings)
    writes_settings = bool(fields) or current is None

    add: list[str] = []
    remove: list[str] = []
    after = {**before, **settings}
    if wanted_members is not None:
        add = sorted(set(wanted_members) - set(members))
        if item.get("purge_members"):
            remove = sorted(set(members) - set(wanted_members) - {caller})
            if caller in set(members) - set(wanted_members):
                warnings.append(f"group {item['name']}: {caller} is the caller and so stays a member")
        after["members"] = sorted((set(members) | set(add)) - set(remove))
        if add or remove or (current is None and after["members"]):
            fields.update(changed_fields({"members": sorted(members)}, {"members": after["members"]}))
    if not fields and current is not None:
        return None, warnings
    payload = {
        "item": item,
        "current": current or {},
        "settings": settings,
        "writes_settings": writes_settings,
        "add": add,
        "remove": remove,
    }
    return Change("group", item["name"], "update" if current else "create", fields, 0, payload, before, after), warnings


def group_body(change: Change) -> dict[str, Any]:
    """Return the whole group as it is sent; fields that were not given carry their current values."""
    settings, current = change.payload["settings"], shown_group(change.payload["current"], None)
    merged = {**current, **settings}
    body = {"description": merged["description"], "roles": merged["roles"]}
    if merged["default_access"] or "default_access" in settings:
        body["defaultAccess"] = merged["default_access"]
    return body


def _would_drop_roles(change: Change) -> bool:
    """Tell whether a change sends no roles only because the server does not tell which there are."""
    payload = change.payload
    sends = payload["writes_settings"] and "roles" not in payload["settings"]
    return bool(sends) and payload["current"].get("roles") is None


def group_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that make a change of a group."""
    payload = change.payload
    name = change.name
    steps = []
    if payload["writes_settings"]:
        steps.append(Step("settings", lambda: client.save_group(name, group_body(change))))
    if payload["add"]:
        steps.append(Step("new members", lambda: client.add_group_members(name, payload["add"])))
    for member in payload["remove"]:
        title = f"removal of member {member}"
        steps.append(Step(title, lambda member=member: client.remove_group_member(name, member)))  # type: ignore[misc]
    return steps


class GroupResource(Resource):
    """The groups of one module call."""

    kind = "group"

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server."""
        return group_problems(item)

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        present, absent = in_state(items, "present"), in_state(items, "absent")
        current = self._read(client, items)
        with_members = [item["name"] for item in present if item.get("members") is not None and current[item["name"]]]
        listed = self.read_each(client.list_group_members, with_members)
        members = {name: [str(user.get("id")) for user in users] for name, users in listed.items()}
        purges = any(item.get("purge_members") for item in present)
        caller = str(self.caller(client).get("id")) if purges else ""
        self._check_new_members(client, problems, present, members)
        new_roles = [
            (f"group {item['name']}", role)
            for item in present
            for role in item.get("roles") or []
            if role not in role_names(current[item["name"]] or {})
        ]
        problems += self.role_problems(client, new_roles)
        for item in present:
            name = item["name"]
            if current[name] is None and item.get("create", True) is False:
                problems.append(f"group {name} does not exist, and create is false: create it first, or check the name")
                continue
            change, warnings = plan_group(item, current[name], members.get(name, []), caller)
            for warning in warnings:
                plan.warn(warning)
            if change is not None and _would_drop_roles(change):
                problems.append(
                    f"group {name}: the server does not tell its roles, and a change sends all that it is to have: "
                    "give roles, an empty list if it has none"
                )
                continue
            plan.add(change)
        self._plan_deletions(client, plan, [item["name"] for item in absent], current)
        return plan, problems

    def _read(self, client: ConductorClient, items: list[dict[str, Any]]) -> dict[str, dict[str, Any] | None]:
        """Return the groups as they are; their members have to be read for each."""
        by_name = {item["name"]: item for item in items}

        def suffices(name: str, found: dict[str, Any] | None) -> bool:
            item = by_name[name]
            absent = item.get("state", "present") == "absent"
            if absent:
                # Its grants are read of it by itself before it goes.
                return True
            if found is None:
                # Nothing is written in check mode.
                return self.call.check_mode
            return plan_group({**item, "members": None}, found, [])[0] is None

        return self.read_unless_listed(
            client,
            by_name,
            client.get_group,
            client.list_groups,
            lambda found: found.get("id"),
            ("description", "roles", "defaultAccess"),
            suffices,
        )

    def _check_new_members(
        self,
        client: ConductorClient,
        problems: list[str],
        items: list[dict[str, Any]],
        members: dict[str, list[str]],
    ) -> None:
        """Report every new member that does not exist."""
        new = [
            (item["name"], member)
            for item in items
            for member in item.get("members") or []
            if member not in members.get(item["name"], [])
        ]
        users = self.read_each(client.get_user, [member for _group, member in new])
        problems += [
            MissingParent(f"member {member}", f"group {group}", "create the user first, or check the id")
            for group, member in dict.fromkeys(new)
            if users[member] is None
        ]

    def _plan_deletions(
        self, client: ConductorClient, plan: Plan, names: list[str], current: dict[str, dict[str, Any] | None]
    ) -> None:
        doomed = [name for name in names if current[name] is not None]
        for _name in range(len(names) - len(doomed)):
            plan.add(None)
        # A group's grants go first: they would come alive again with its name.
        for name, entries in self.read_each(client.list_grants_of_group, doomed).items():
            grants = {target: {("GROUP", name): access} for target, access in direct_grants(entries or []).items()}
            for change in grant_removals(grants, stage=1):
                plan.add(change)
        for name in doomed:
            found = current[name]
            plan.add(Change("group", name, "delete", {}, 2, None, shown_group(found or {}, None)))

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        if change.kind == "grant":
            return grant_steps(client, change)
        if change.action == "delete":
            return [Step("deletion", lambda: client.delete_group(change.name))]
        return group_steps(client, change)
