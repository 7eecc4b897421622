# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applications with their roles and tags: from parameters to a plan, and from a plan to requests (floor 3).

An application's name is not unique, and its id exists only once the server has made it: a plan knows it by its name.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._caller import role_names
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, name_problem
from ansible_collections.orkes.conductor.plugins.module_utils._grants import (
    GrantsOnTargets,
    direct_grants,
    grant_removals,
    grant_steps,
    grant_title,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import Reference
from ansible_collections.orkes.conductor.plugins.module_utils._resource import (
    Pair,
    Resource,
    as_tags,
    desired_tag_pairs,
    in_state,
    shown_tags,
    tag_pairs,
    tag_problems,
    tag_steps,
)

APPLICATION = "APPLICATION"


def application_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one desired application, without asking the server."""
    found = [name_problem("name", item.get("name"))]
    if item.get("application_id") is not None:
        found.append(name_problem("application_id", item["application_id"]))
    found += [name_problem("an entry of roles", role) for role in item.get("roles") or []]
    title = f"application {item.get('name')}"
    return [f"{title}: {problem}" for problem in found if problem] + tag_problems(title, item.get("tags"))


def find_application(
    applications: list[dict[str, Any]], name: str, application_id: str | None = None
) -> tuple[dict[str, Any] | None, str | None]:
    """Return an application of a listing, or None, and what is wrong with how it was named.

    Args:
        applications: The listing.
        name: Its name, or its id.
        application_id: Its id, which settles it.
    """
    if application_id is not None:
        return next((found for found in applications if found.get("id") == application_id), None), None
    named = [found for found in applications if found.get("name") == name]
    if len(named) > 1:
        ids = ", ".join(sorted(str(found.get("id")) for found in named))
        return None, f"application {name}: {len(named)} applications have this name: give the id of one: {ids}"
    return (named[0] if named else None), None


def plan_application(
    item: dict[str, Any], current: dict[str, Any] | None, roles: list[str], pairs: set[Pair]
) -> Change | None:
    """Return the change that makes an application what it should be, or None: it is.

    Args:
        item: The options given for it; what was not given is absent.
        current: What the server shows, or None.
        roles: Names of the roles it holds.
        pairs: The tags it has.
    """
    fields: dict[str, FieldChange] = {}
    name = str(item["name"])
    if current is not None and current.get("name") != name:
        fields["name"] = FieldChange(current.get("name"), name)
    wanted_roles = sorted(set(roles if item.get("roles") is None else item["roles"]))
    if wanted_roles != sorted(roles):
        fields["roles"] = FieldChange(sorted(roles), wanted_roles)
    wanted_pairs = desired_tag_pairs(pairs, item.get("tags"), bool(item.get("purge_tags")))
    if wanted_pairs != pairs:
        fields["tags"] = FieldChange(shown_tags(pairs), shown_tags(wanted_pairs))
    if current is not None and not fields:
        return None
    payload = {
        "item": item,
        "application_id": None if current is None else str(current.get("id")),
        "renames": "name" in fields,
        "add_roles": sorted(set(wanted_roles) - set(roles)),
        "remove_roles": sorted(set(roles) - set(wanted_roles)),
        "pairs": pairs,
        "wanted_pairs": wanted_pairs,
    }
    before = {} if current is None else {"name": current.get("name"), "roles": sorted(roles), "tags": shown_tags(pairs)}
    after = {"name": name, "roles": wanted_roles, "tags": shown_tags(wanted_pairs)}
    if current is not None:
        # What was not given was not read.
        unread = [option for option in ("roles", "tags") if item.get(option) is None and option not in fields]
        before, after = _without(before, unread), _without(after, unread)
    return Change("application", name, "update" if current else "create", fields, 0, payload, before, after)


def _without(shown: dict[str, Any], options: list[str]) -> dict[str, Any]:
    return {option: value for option, value in shown.items() if option not in options}


def application_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that make a change of an application; the id of a new one is known after the first."""
    payload = change.payload

    def own_id() -> str:
        return str(payload["application_id"])

    def create() -> None:
        payload["application_id"] = client.create_application(change.name)

    def settle() -> None:
        payload["application_id"] = _settle_on_one(client, change.name, own_id())

    steps = []
    if change.action == "create":
        steps += [Step("creation", create), Step("look for another one of its name", settle)]
    elif payload["renames"]:
        steps.append(Step("name", lambda: client.rename_application(own_id(), change.name)))
    for held, option in ((True, "add_roles"), (False, "remove_roles")):
        for role in payload[option]:
            title = f"{'role' if held else 'removal of role'} {role}"
            steps.append(
                Step(title, lambda role=role, held=held: client.set_application_role(own_id(), role, held))  # type: ignore[misc]
            )
    return steps + tag_steps(
        payload["pairs"],
        payload["wanted_pairs"],
        lambda tags: client.delete_application_tags(own_id(), tags),
        lambda tags: client.add_application_tags(own_id(), tags),
    )


def _settle_on_one(client: ConductorClient, name: str, made: str) -> str:
    """Return the id of the application to go on with: the one just created, or its twin if another run was faster.

    Names are not unique, so two runs at a time would both create one, and no later run could tell which is meant.
    Whoever comes later sees both, and takes its own one back.
    """

    def age(found: dict[str, Any]) -> tuple[float, str]:
        created = found.get("createTime")
        return (created if isinstance(created, (int, float)) else 0.0, str(found.get("id")))

    twins = sorted((found for found in client.list_applications() if found.get("name") == name), key=age)
    if len(twins) < 2 or str(twins[0].get("id")) == made or made not in [found.get("id") for found in twins]:
        return made
    client.delete_application(made)
    return str(twins[0]["id"])


def grants_held(
    resource: Resource, client: ConductorClient, application_ids: list[str]
) -> dict[Reference, dict[Reference, set[str]]]:
    """Return what applications hold themselves, by target and subject."""
    held: dict[Reference, dict[Reference, set[str]]] = {}
    prefixed = resource.read_each(lambda found: client.list_grants_of_user(f"app:{found}"), application_ids)
    for own_id, entries in prefixed.items():
        for target, access in direct_grants(entries or []).items():
            held.setdefault(target, {})["USER", f"app:{own_id}"] = access
    # Some servers know an application by its bare id, and list that name's grants only by subject, if at all.
    bare = resource.read_each(lambda found: client.list_grants_of_subject("USER", found), application_ids)
    for own_id, entries in bare.items():
        for target, access in direct_grants(entries or []).items():
            held.setdefault(target, {})["USER", own_id] = access
    return held


def named_removals(
    held: dict[Reference, dict[Reference, set[str]]], given: dict[str, str], stage: int = 0
) -> list[Change]:
    """Return the changes that revoke grants, an application's by the name that was given for it.

    Args:
        held: Accesses by target and subject.
        given: The names by the applications' ids.
        stage: Stage of the changes.
    """
    changes = grant_removals(held, stage)
    for change in changes:
        # Named as conductor_application_permission names it, so that a plan of both lists it once.
        kind, name = change.payload["subject"]
        own_id = name[len("app:") :] if name.startswith("app:") else name
        if kind == "USER" and own_id in given:
            change.other_name = change.name
            change.name = grant_title((APPLICATION, given[own_id]), change.payload["target"])
    return changes


class ApplicationResource(Resource):
    """The applications of one module call."""

    kind = "application"
    _present: list[tuple[str, Change | None, str | None]]

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server."""
        return application_problems(item)

    def duplicate_problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return applications that are listed more than once; ids tell several of one name apart."""
        unsettled = [item for item in items if item.get("application_id") is None]
        settled = [{**item, "name": f"with id {item['application_id']}"} for item in items if item not in unsettled]
        return super().duplicate_problems(unsettled) + super().duplicate_problems(settled)

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        self._present = []
        listed = client.list_applications()
        found: list[dict[str, Any] | None] = []
        for item in items:
            application, problem = find_application(listed, item["name"], item.get("application_id"))
            problems += [problem] if problem else []
            if application is None and item.get("application_id") is not None and item in in_state(items, "present"):
                problems.append(
                    f"application {item['name']}: there is no application with id {item['application_id']}; the server "
                    "chooses the ids of new ones, so leave application_id out to create one"
                )
            own_name, given = (application or {}).get("name"), str(item["name"])
            # A wrong id would delete another application than the one that is named.
            if own_name not in (None, given) and item in in_state(items, "absent"):
                problems.append(
                    f"application {given}: the one with id {item['application_id']} is called {own_name}: check the "
                    "id, or give that name"
                )
            found.append(application)
        if problems:
            return plan, problems
        present = [(item, now) for item, now in zip(items, found) if item.get("state", "present") == "present"]
        absent = [(item, now) for item, now in zip(items, found) if item.get("state", "present") != "present"]
        caller = str(self.caller(client).get("id"))
        self._plan_present(client, plan, problems, present, caller)
        self._plan_deletions(client, plan, problems, absent, caller)
        return plan, problems

    def _plan_present(
        self,
        client: ConductorClient,
        plan: Plan,
        problems: list[str],
        present: list[tuple[dict[str, Any], dict[str, Any] | None]],
        caller: str,
    ) -> None:
        with_roles = [str(now["id"]) for item, now in present if now and item.get("roles") is not None]
        users = self.read_each(lambda found: client.get_user(f"app:{found}"), with_roles)
        with_tags = [str(now["id"]) for item, now in present if now and item.get("tags") is not None]
        with_tags += [str(now["id"]) for item, now in present if now and item.get("purge_tags")]
        tags = self.read_each(client.list_application_tags, with_tags)
        new_roles = []
        for item, now in present:
            own_id = None if now is None else str(now["id"])
            user = users.get(own_id or "") or {}
            roles = role_names(user)
            if user and user.get("roles") is None:
                plan.warn(f"application {item['name']}: the server does not tell its roles, which count as none")
            pairs = tag_pairs({"tags": tags.get(own_id or "")})
            change = plan_application(item, now, roles, pairs)
            if (
                change is not None
                and own_id is not None
                and f"app:{own_id}" == caller
                and change.payload["remove_roles"]
            ):
                problems.append(
                    f"application {item['name']} is the caller itself, and would lose the roles "
                    f"{', '.join(change.payload['remove_roles'])}: name them among its roles, or use another key"
                )
            new_roles += [
                (f"application {item['name']}", role) for role in (change.payload["add_roles"] if change else [])
            ]
            plan.add(change)
            self._present.append((str(item["name"]), change, own_id))
        problems += self.role_problems(client, new_roles)

    def _plan_deletions(
        self,
        client: ConductorClient,
        plan: Plan,
        problems: list[str],
        applications: list[tuple[dict[str, Any], dict[str, Any] | None]],
        caller: str,
    ) -> None:
        doomed = [found for _item, found in applications if found is not None]
        given = {str(now["id"]): str(item.get("application_id") or item["name"]) for item, now in applications if now}
        for _number in range(len(applications) - len(doomed)):
            plan.add(None)
        if not doomed:
            return
        problems += [
            f"application {found.get('name')} is the caller itself: use another key to delete it"
            for found in doomed
            if f"app:{found.get('id')}" == caller
        ]
        ids = [str(found["id"]) for found in doomed]
        # What it holds, and what others hold on it, goes first: it would stay behind on some servers.
        held = grants_held(self, client, ids)
        on_it, warnings = GrantsOnTargets(self, client).find([(APPLICATION, own_id) for own_id in ids])
        for warning in warnings:
            plan.warn(warning)
        for target, subjects in on_it.items():
            held.setdefault(target, {}).update(subjects)
        for change in named_removals(held, given, stage=1):
            plan.add(change)
        tags = self.read_each(client.list_application_tags, ids)
        for found in doomed:
            own_id = str(found["id"])
            pairs = tag_pairs({"tags": tags[own_id]})
            before = {"name": found.get("name"), "id": own_id, "tags": shown_tags(pairs)}
            plan.add(
                Change("application", str(found.get("name")), "delete", {}, 2, {"id": own_id, "pairs": pairs}, before)
            )

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        if change.kind == "grant":
            return grant_steps(client, change)
        if change.action != "delete":
            return application_steps(client, change)
        own_id, pairs = change.payload["id"], change.payload["pairs"]
        steps = []
        if pairs:
            steps.append(Step("removal of tags", lambda: client.delete_application_tags(own_id, as_tags(pairs))))
        return [*steps, Step("deletion", lambda: client.delete_application(own_id))]

    def further_result(self) -> dict[str, Any]:
        """Return name and id of each application that is there now; check mode knows no id of a new one."""
        return {
            "applications": [
                {"name": name, "id": change.payload["application_id"] if change is not None else own_id}
                for name, change, own_id in self._present
            ]
        }
