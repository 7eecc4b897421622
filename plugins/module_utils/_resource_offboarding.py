# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Off-boarding: people, teams and applications lose keys, roles, memberships and grants (floor 3).

What is taken away is found on the server and not declared, so it is whatever there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._access_key_steps import is_active, set_key_status
from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._caller import names_of, role_names
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, name_problem
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError, bounded
from ansible_collections.orkes.conductor.plugins.module_utils._grants import (
    GrantsOnTargets,
    direct_grants,
    grant_removals,
    grant_steps,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan, PurgeLimit
from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION_PROVIDER,
    TYPE,
    Reference,
    untold_type,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call, Resource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import (
    ApplicationResource,
    find_application,
    grants_held,
    named_removals,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import (
    GroupResource,
    group_steps,
    plan_group,
)

USER, GROUP, APPLICATION = "user", "group", "application"
KINDS = (USER, GROUP, APPLICATION)

#: Objects are deleted after everything else is done.
DELETIONS = 2

#: Most questions for what somebody may still do.
MOST_CHECKED = 2000

#: How long the vendor's SDKs take a token to last at least, in minutes; the server's own limit is not documented.
ASSUMED_MINUTES = 45


def offboarding_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one subject, without asking the server."""
    kind, name = item.get("kind"), item.get("name")
    title = f"{kind or 'subject'} {item.get('application_id') if name is None else name}"
    if kind is None:
        return [f"{title}: kind is missing: give user, group or application"]
    found = [
        name_problem(option, item[option]) for option in ("name", "application_id") if item.get(option) is not None
    ]
    if kind != APPLICATION and item.get("application_id") is not None:
        found.append("application_id goes with kind application: give name")
    if kind == USER and str(name).startswith("app:"):
        found.append("this is the user of an application: give kind application and application_id")
    return [f"{title}: {problem}" for problem in found if problem]


@dataclass
class Leaver:
    """One subject that is off-boarded, as it is before.

    Attributes:
        item: The options given for it.
        user: Id of its user; empty for a group.
        own_id: Its id: of the user, the group, or the application without C(app:).
        current: What the server shows, or None when it is not there.
        members: Ids of a group's members.
        groups: Names of the groups that it is a member of.
        targets: What it could reach by its own grants, and by those of its groups.
        created: Applications that it has created, of which it may know the keys.
        loses: How many changes there are for it.
    """

    item: dict[str, Any]
    user: str
    own_id: str
    current: dict[str, Any] | None
    members: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    targets: list[Reference] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    loses: int = 0

    @property
    def kind(self) -> str:
        """The kind of subject."""
        return str(self.item["kind"])

    @property
    def name(self) -> str:
        """How the user of the module knows it."""
        return str(self.item.get("name") or self.item.get("application_id"))

    @property
    def deleted(self) -> bool:
        """Whether it is deleted, too."""
        return bool(self.item.get("delete"))

    def title(self) -> str:
        """How messages call it."""
        return f"{self.kind} {self.name}"


class OffboardingResource(Resource):
    """The subjects of one module call.

    Args:
        call: The module call.
    """

    kind = "subject"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._items: list[dict[str, Any]] = []
        self._leavers: list[Leaver] = []
        self._makers: dict[int, Resource] = {}
        self._remaining: list[dict[str, Any]] = []
        self._unchecked: list[str] = []
        self._wrote = False

    def title(self, item: dict[str, Any]) -> str:
        """Return the name that tells a subject from every other one."""
        return f"{item.get('kind')} {item.get('application_id') or item.get('name')}"

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one subject and can be seen without a server."""
        return offboarding_problems(item)

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the input and can be seen without a server."""
        problems = super().problems(items)
        if self.call.options.get("limit") is not None and self._limit() is None:
            limit = self.call.options["limit"]
            problems.append(f"limit is {bounded(limit)!r}: give a number such as 10, or a percentage such as 25%")
        return problems

    def _limit(self) -> PurgeLimit | None:
        """Return the brake, or None where there is none, or what was given is none."""
        try:
            return PurgeLimit.parse(self.call.options["limit"]) if self.call.options.get("limit") is not None else None
        except ValueError:
            return None

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        self._items = items
        caller = client.get_user_info()
        applications = client.list_applications()
        self._leavers = self._find(client, problems, applications)
        for leaver in self._leavers:
            if leaver.current is None:
                plan.add(None)
                plan.warn(f"{leaver.title()} is not on this cluster, so nothing is taken away: check the spelling")
        present = [leaver for leaver in self._leavers if leaver.current is not None]
        problems += self._caller_problems(present, caller)
        if problems:
            return plan, problems
        self._find_created(client, present, applications)
        changes = self._memberships(client, present)
        changes += self._groups(client, plan, problems, present)
        changes += self._users(client, plan, present)
        changes += self._applications(client, plan, problems, present)
        problems += self._brake(client, present)
        known: set[tuple[str, str, str]] = set()
        for change in changes:
            if (change.kind, change.name, change.action) not in known:
                known.add((change.kind, change.name, change.action))
                plan.add(change)
        self._wrote = bool(plan.changes)
        for leaver in present:
            if not leaver.loses:
                plan.add(None)
        return plan, problems

    # What is there

    def _find(self, client: ConductorClient, problems: list[str], applications: list[dict[str, Any]]) -> list[Leaver]:
        """Return the subjects as they are."""
        leavers = []
        ids = {str(found.get("id")) for found in applications}
        for item in self._items:
            if item["kind"] != APPLICATION:
                leavers.append(Leaver(item, item["name"] if item["kind"] == USER else "", item["name"], None))
                continue
            name, own_id = str(item.get("name")), item.get("application_id")
            found, problem = find_application(applications, name, own_id or (name if name in ids else None))
            if problem:
                problems.append(problem)
                continue
            if found is not None and own_id and item.get("name") and name not in (found.get("name"), own_id):
                problems.append(
                    f"application {name}: the one with id {own_id} has the name {found.get('name')}: check which of "
                    "the two is meant, and give it alone"
                )
            key = "" if found is None else str(found.get("id"))
            leavers.append(Leaver(item, f"app:{key}" if key else "", key, found))
        by_id: dict[str, list[str]] = {}
        for leaver in leavers:
            if leaver.kind == APPLICATION and leaver.own_id:
                by_id.setdefault(leaver.own_id, []).append(leaver.name)
        problems += [
            f"{' and '.join(names)} are the same application: name it in one way"
            for names in by_id.values()
            if len(names) > 1
        ]
        users = self.read_each(client.get_user, [leaver.user for leaver in leavers if leaver.user])
        groups = self.read_each(client.get_group, [leaver.own_id for leaver in leavers if leaver.kind == GROUP])
        members = self.read_each(client.list_group_members, [name for name, found in groups.items() if found])
        for leaver in leavers:
            untold = groups[leaver.own_id] if leaver.kind == GROUP else users.get(leaver.user)
            if untold and untold.get("roles") is None:
                self._unchecked.append(f"the server does not tell which roles {leaver.title()} has")
            if leaver.kind == GROUP:
                leaver.current = groups[leaver.own_id]
                leaver.members = sorted(str(user.get("id")) for user in members.get(leaver.own_id, []))
            elif leaver.user and users[leaver.user] is not None:
                user = users[leaver.user] or {}
                leaver.current = {**(leaver.current or {}), **user, "name": (leaver.current or user).get("name")}
                leaver.groups = self._groups_of(client, leaver.user, user)
        return leavers

    def _groups_of(self, client: ConductorClient, user_id: str, user: dict[str, Any]) -> list[str]:
        """Return the groups of a user; a server that does not list them with the user lists the users of a group."""
        if isinstance(user.get("groups"), list):
            return names_of(user["groups"], "id")
        names = [str(group.get("id")) for group in client.list_groups()]
        members = self.read_each(client.list_group_members, names)
        return [name for name in names if user_id in names_of(members[name], "id")]

    @staticmethod
    def _caller_problems(leavers: list[Leaver], caller: dict[str, Any]) -> list[str]:
        """Return what would take away the caller's own access."""
        own_id, groups = str(caller.get("id")), names_of(caller.get("groups"), "id")
        problems = [
            f"{leaver.title()} is the caller itself: use another key" for leaver in leavers if leaver.user == own_id
        ]
        return problems + [
            f"{leaver.title()}: the caller {own_id} is a member and would lose what it gives: use another key, or take "
            "the caller out of it first"
            for leaver in leavers
            if leaver.kind == GROUP and (own_id in leaver.members or leaver.own_id in groups)
        ]

    def _find_created(self, client: ConductorClient, leavers: list[Leaver], applications: list[dict[str, Any]]) -> None:
        """Note the applications that they have created: they may know the keys of these."""
        leaving = {leaver.own_id for leaver in leavers if leaver.kind == APPLICATION}
        for leaver in leavers:
            if leaver.user:
                leaver.created = [
                    found
                    for found in applications
                    if found.get("createdBy") == leaver.user and str(found.get("id")) not in leaving
                ]
        ids = [str(found["id"]) for leaver in leavers for found in leaver.created]
        keys = self.read_each(client.list_access_keys, ids)
        for leaver in leavers:
            leaver.created = [
                {
                    "name": found.get("name"),
                    "id": found["id"],
                    "active_keys": sum(is_active(key) for key in keys[str(found["id"])]),
                }
                for found in sorted(leaver.created, key=lambda found: (str(found.get("name")), str(found["id"])))
            ]

    # What goes

    def _memberships(self, client: ConductorClient, leavers: list[Leaver]) -> list[Change]:
        """Return the changes that take users and applications out of groups, one a group."""
        leaving = {leaver.own_id for leaver in leavers if leaver.kind == GROUP}
        gone: dict[str, list[Leaver]] = {}
        for leaver in leavers:
            for name in leaver.groups:
                gone.setdefault(name, []).append(leaver)
        grants = self.read_each(client.list_grants_of_group, gone)
        rest = [name for name in gone if name not in leaving]
        groups, members = self.read_each(client.get_group, rest), self.read_each(client.list_group_members, rest)
        changes = []
        for name, out in sorted(gone.items()):
            for leaver in out:
                leaver.targets += list(direct_grants(grants[name] or []))
            current = groups.get(name)
            if current is None:
                continue
            there = names_of(members[name], "id")
            staying = [member for member in there if member not in [leaver.user for leaver in out]]
            change, _warnings = plan_group({"name": name, "members": staying, "purge_members": True}, current, there)
            if change is not None:
                changes.append(change)
                for leaver in out:
                    leaver.loses += 1
        return changes

    def _groups(self, client: ConductorClient, plan: Plan, problems: list[str], leavers: list[Leaver]) -> list[Change]:
        found = [leaver for leaver in leavers if leaver.kind == GROUP]
        entries = self.read_each(client.list_grants_of_group, [leaver.own_id for leaver in found])
        changes = []
        for leaver in found:
            held = direct_grants(entries[leaver.own_id] or [])
            leaver.targets += list(held)
            if leaver.deleted:
                own = self._of(GroupResource, client, plan, problems, {"name": leaver.own_id, "state": "absent"})
            else:
                own = grant_removals({target: {("GROUP", leaver.own_id): access} for target, access in held.items()})
                emptied = {"roles": [], "default_access": {}, "members": [], "purge_members": True}
                change, _warnings = plan_group({"name": leaver.own_id, **emptied}, leaver.current, leaver.members)
                own += [change] if change is not None else []
            leaver.loses += len(own)
            changes += own
        return changes

    def _users(self, client: ConductorClient, plan: Plan, leavers: list[Leaver]) -> list[Change]:
        found = [leaver for leaver in leavers if leaver.kind == USER]
        entries = self.read_each(client.list_grants_of_user, [leaver.user for leaver in found])
        on_them, warnings = GrantsOnTargets(self, client).find(
            [("USER", leaver.user) for leaver in found if leaver.deleted]
        )
        for warning in warnings:
            plan.warn(warning)
        changes = []
        for leaver in found:
            current = leaver.current or {}
            held = direct_grants(entries[leaver.user] or [])
            leaver.targets += list(held)
            own = grant_removals({target: {("USER", leaver.user): access} for target, access in held.items()})
            target = ("USER", leaver.user)
            own += grant_removals({target: on_them[target]} if target in on_them else {})
            roles = role_names(current)
            shown = {"name": current.get("name"), "roles": roles, "groups": leaver.groups}
            if leaver.deleted:
                own.append(Change("user", leaver.user, "delete", {}, DELETIONS, None, shown))
            elif roles:
                fields = {"roles": FieldChange(roles, [])}
                body = {"name": str(current.get("name") or leaver.user), "roles": [], "groups": []}
                after = {**shown, "roles": [], "groups": []}
                own.append(Change("user", leaver.user, "update", fields, 0, body, shown, after))
            leaver.loses += len(own)
            changes += own
        return changes

    def _applications(
        self, client: ConductorClient, plan: Plan, problems: list[str], leavers: list[Leaver]
    ) -> list[Change]:
        found = [leaver for leaver in leavers if leaver.kind == APPLICATION]
        keys = self.read_each(client.list_access_keys, [leaver.own_id for leaver in found])
        changes = []
        for leaver in found:
            own = self._access_keys(leaver, keys[leaver.own_id])
            held = grants_held(self, client, [leaver.own_id])
            leaver.targets += list(held)
            if leaver.deleted:
                item = {"name": leaver.name, "application_id": leaver.own_id, "state": "absent"}
                own += self._of(ApplicationResource, client, plan, problems, item)
            else:
                own += named_removals(held, {leaver.own_id: leaver.name})
                roles = role_names(leaver.current or {})
                if roles:
                    fields = {"roles": FieldChange(roles, [])}
                    before = {"name": leaver.name, "roles": roles}
                    payload = {"id": leaver.own_id, "roles": roles}
                    after = {**before, "roles": []}
                    own.append(Change("application", leaver.name, "update", fields, 0, payload, before, after))
            leaver.loses += len(own)
            changes += own
        return changes

    @staticmethod
    def _access_keys(leaver: Leaver, keys: list[dict[str, Any]]) -> list[Change]:
        """Return what becomes of an application's keys."""
        changes = []
        for key in sorted(keys, key=lambda key: str(key["id"])):
            payload = {"id": leaver.own_id, "key": key["id"]}
            name, shown = f"{leaver.name} {key['id']}", {"enabled": is_active(key)}
            if leaver.item.get("access_keys") != "deactivated":
                changes.append(Change("access_key", name, "delete", {}, 0, payload, shown))
            elif is_active(key):
                fields = {"enabled": FieldChange(True, False)}
                changes.append(Change("access_key", name, "update", fields, 0, payload, shown, {"enabled": False}))
        return changes

    def _of(
        self,
        resource_class: type[Resource],
        client: ConductorClient,
        plan: Plan,
        problems: list[str],
        item: dict[str, Any],
    ) -> list[Change]:
        """Return the changes with which another resource deletes an object; it makes them, too."""
        resource = resource_class(self.call)
        deletion, found = resource.plan(client, [item])
        problems += found
        for warning in deletion.warnings:
            plan.warn(warning)
        for change in deletion.changes:
            self._makers[id(change)] = resource
            if change.kind == "grant":
                change.stage = 0
        return deletion.changes

    def _brake(self, client: ConductorClient, leavers: list[Leaver]) -> list[str]:
        """Return what the brake says: it counts everybody who loses something, members of a group included."""
        limit = self._limit()
        if limit is None:
            return []
        affected = {(leaver.kind, leaver.own_id) for leaver in leavers if leaver.loses}
        for leaver in leavers:
            affected |= {
                (APPLICATION, member[len("app:") :]) if member.startswith("app:") else (USER, member)
                for member in leaver.members
            }
        total = len(client.list_users()) + len(client.list_groups())
        if limit.allows(len(affected), total):
            return []
        return [
            f"this would take something from {len(affected)} of {total} users, groups and applications, members of the "
            f"groups included, and limit is {self.call.options['limit']}: if that is meant, raise limit; if not, check "
            "the names"
        ]

    # Doing it

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        payload, name = change.payload, change.name
        maker = self._makers.get(id(change))
        if maker is not None:
            return maker.steps(client, change)
        if change.kind == "grant":
            return grant_steps(client, change)
        if change.kind == "group":
            return group_steps(client, change)
        if change.kind == "user":
            if change.action == "delete":
                return [Step("deletion", lambda: client.delete_user(name))]
            return [Step("roles", lambda: client.save_user(name, payload))]
        if change.kind == "access_key":
            own_id, key = payload["id"], payload["key"]
            if change.action == "delete":
                return [Step("deletion", lambda: client.delete_access_key(own_id, key))]
            return [Step("status", lambda: set_key_status(client, own_id, key, False))]
        return [
            Step(
                f"removal of role {role}",
                lambda role=role: client.set_application_role(payload["id"], role, False),  # type: ignore[misc]
            )
            for role in payload["roles"]
        ]

    # Seeing what is left

    def settle(self, client: ConductorClient) -> None:
        """Plan once more, which has to find nothing, and ask what those who stay may still do.

        Raises:
            CollectionError: Something is still there.
        """
        if self._wrote:
            again = OffboardingResource(self.call)
            plan, problems = again.plan(client, self._items)
            left = [change.as_line() for change in plan.ordered()] + problems
            if left:
                raise CollectionError(
                    f"everything was done, and yet there is more to do: {'; '.join(left)}. Somebody may have given it "
                    "back at the same time, or deletions were held back: run again, without a profile that does not fit"
                )
        self._ask(client)

    def _ask(self, client: ConductorClient) -> None:
        """Ask for the effective access of everybody who is still there, on what they could reach."""
        present = [leaver for leaver in self._leavers if leaver.current is not None]
        if not present:
            return
        integrations = [
            (INTEGRATION_PROVIDER, str(found.get("name")))
            for found in client.list_integrations()
            if found.get("type") == TYPE or untold_type(found.get("type"))
        ]
        questions: dict[tuple[str, Reference], str] = {}
        for leaver in present:
            users = leaver.members if leaver.kind == GROUP else [leaver.user]
            # What a tag gives shows on the objects that carry it.
            targets = [target for target in leaver.targets if target[0] != "TAG"] + integrations
            if leaver.deleted and leaver.kind != GROUP:
                continue
            for user in users:
                for target in targets:
                    questions.setdefault((user, target), leaver.title())
        if len(questions) > MOST_CHECKED:
            self._unchecked.append(f"{len(questions) - MOST_CHECKED} of {len(questions)} accesses were not asked for")
        asked = list(questions)[:MOST_CHECKED]

        def ask(question: tuple[str, Reference]) -> dict[str, Any] | None:
            try:
                return client.check_permissions(question[0], *question[1])
            except ApiError as error:
                # There are kinds of targets that not every server answers for.
                if error.status != 400:
                    raise
                self._unchecked.append(f"the server does not tell what {question[0]} may do with {question[1][0]}")
                return None

        for question, answer in self.read_each(ask, asked).items():
            if answer is not None and not any(isinstance(allowed, bool) for allowed in answer.values()):
                self._unchecked.append(f"the server does not tell what {question[0]} may do with {question[1][0]}")
            access = sorted(str(word).upper() for word, allowed in (answer or {}).items() if allowed is True)
            if access:
                self._remaining.append(
                    {
                        "subject": questions[question],
                        "user": question[0],
                        "target": {"type": question[1][0], "id": question[1][1]},
                        "access": access,
                    }
                )
        self._unchecked = sorted(set(self._unchecked))

    def further_result(self) -> dict[str, Any]:
        """Return what is known of each subject, what remains, and how long tokens live on."""
        subjects = [
            {
                "kind": leaver.kind,
                "name": leaver.name,
                "id": leaver.own_id,
                "exists": leaver.current is not None,
                "created_applications": leaver.created,
            }
            for leaver in self._leavers
        ]
        seconds = self.call.profile.answers.get("token_lifetime")
        return {
            "subjects": subjects,
            "remaining": self._remaining,
            "unchecked": self._unchecked,
            "token_lifetime": seconds,
            "lines": offboarding_lines(subjects, self._remaining, self._unchecked, seconds),
        }


def offboarding_lines(
    subjects: list[dict[str, Any]], remaining: list[dict[str, Any]], unchecked: list[str], seconds: int | None
) -> list[str]:
    """Return what there is to say to people.

    Args:
        subjects: What is known of each subject.
        remaining: What they may still do.
        unchecked: What could not be asked for.
        seconds: How long the cluster's tokens last, as its profile tells, or None.
    """
    lines = [
        f"{subject['kind']} {subject['name']} is not on this cluster" for subject in subjects if not subject["exists"]
    ]
    for subject in subjects:
        lines += [
            f"{subject['kind']} {subject['name']} has created application {found['name']} (id {found['id']}), which "
            f"has {found['active_keys']} active access keys that may be known there: rotate them, or off-board it, too"
            for found in subject["created_applications"]
        ]
    lines += [
        f"{entry['user']} may still {', '.join(entry['access'])} on {entry['target']['type']} {entry['target']['id']} "
        f"(off-boarding {entry['subject']}): by a role, by another group, or as others grant it"
        for entry in remaining
    ]
    lines += unchecked
    last = (
        f"as the profile has it they last {seconds} s, and longer where their caller asked for one without end"
        if seconds is not None
        else f"for how long is documented nowhere; the vendor's SDKs count on {ASSUMED_MINUTES} minutes, and a caller "
        "can ask for a token without end"
    )
    if any(subject["exists"] for subject in subjects):
        lines.append(f"access tokens that were issued before may live on, without what was taken away: {last}")
    return lines
