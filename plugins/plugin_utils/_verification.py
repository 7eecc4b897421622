# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a cluster reads back as it was declared, and whether members of groups may do what they should (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Container, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    Reference,
)
from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import first_lines, kind_of, unchanged_of

Result = Mapping[str, Any]

#: States of a key that say nothing against it: it was sent, and the server does not show whether it is the one.
SAYS_NOTHING = frozenset({"same", "unknown", "unverified"})


def _is_present(entry: Mapping[str, Any]) -> bool:
    return (entry.get("state") or "present") == "present"


@dataclass(frozen=True)
class Holder:
    """Who is declared to hold permissions.

    Attributes:
        kind: C(group) or C(application).
        name: As the inventory names it.
        users: Whose access tells: a group's declared members, an application's own user. Empty when that is not known.
        targets: The declared accesses by target.
    """

    kind: str
    name: str
    users: list[str]
    targets: dict[Reference, set[str]]

    @property
    def title(self) -> str:
        """Return what lines call it."""
        return f"{self.kind} {self.name}"


def expected_access(
    estate: Mapping[str, Any], grants: str = "grants", option: str = "groups"
) -> dict[str, dict[Reference, set[str]]]:
    """Return what the permissions declare: accesses by target by group, or by application.

    Args:
        estate: What the filter hf_setup_estate returns.
        grants: Which of its lists.
        option: The option that names the holders there.
    """
    expected: dict[str, dict[Reference, set[str]]] = {}
    for grant in estate.get(grants) or []:
        if not _is_present(grant):
            continue
        targets = [(INTEGRATION_PROVIDER, str(name)) for name in grant.get("integrations") or []]
        targets += [(INTEGRATION, str(name)) for name in grant.get("models") or []]
        access = {str(word).upper() for word in grant.get("access") or []}
        for holder in grant.get(option) or []:
            of_holder = expected.setdefault(str(holder), {})
            for target in targets:
                of_holder.setdefault(target, set()).update(access)
    return expected


def declared_members(estate: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the members that are declared, by group."""
    return {
        str(group["name"]): list(dict.fromkeys(str(member) for member in group.get("members") or []))
        for group in estate.get("groups") or []
        if _is_present(group)
    }


def application_users(estate: Mapping[str, Any], results: Mapping[str, Result]) -> dict[str, str]:
    """Return the users that applications act as, by how the inventory names them; unknown ids are left out.

    Args:
        estate: What the filter hf_setup_estate returns.
        results: Results of the managing modules by kind; that of the applications tells their ids.
    """
    told = (results.get("applications") or {}).get("applications") or []
    ids = {str(found["name"]): str(found["id"]) for found in told if found.get("id")}
    ids.update(
        {
            str(entry["application_id"]): str(entry["application_id"])
            for entry in estate.get("applications") or []
            if entry.get("application_id")
        }
    )
    return {name: own_id if own_id.startswith("app:") else f"app:{own_id}" for name, own_id in ids.items()}


def holders(estate: Mapping[str, Any], results: Mapping[str, Result]) -> list[Holder]:
    """Return everybody who is declared to hold permissions.

    Args:
        estate: What the filter hf_setup_estate returns.
        results: Results of the managing modules by kind.
    """
    members, users = declared_members(estate), application_users(estate, results)
    found = [Holder("group", name, members.get(name, []), targets) for name, targets in expected_access(estate).items()]
    of_applications = expected_access(estate, "application_grants", "applications")
    return found + [
        Holder("application", name, [users[name]] if name in users else [], targets)
        for name, targets in of_applications.items()
    ]


def is_read_back(kinds: Iterable[str], manage: Container[str], results: Mapping[str, Result]) -> bool:
    """Tell whether everything of these kinds was read back, and is as it was declared.

    Args:
        kinds: The kinds.
        manage: The kinds that are managed.
        results: Results of the managing modules by kind.
    """
    read = {kind: [result for call, result in results.items() if kind_of(call) == kind] for kind in kinds}
    return all(
        kind in manage
        and found
        and all(
            isinstance(result.get("summary"), Mapping) and not result.get("failed") and not result.get("changes")
            for result in found
        )
        for kind, found in read.items()
    )


def tried_users(
    declared: list[Holder], manage: Container[str], results: Mapping[str, Result]
) -> dict[tuple[str, str], list[str]]:
    """Return whose access is tried, by kind and name of the holder.

    Where groups and grants read back as declared, all members of a group have its access in the same way, and one of
    them shows whether the server counts it: the one who shows it for most groups.

    Args:
        declared: What C(holders) returns.
        manage: The kinds that are managed.
        results: Results of the managing modules by kind.
    """
    alike = is_read_back(("groups", "permissions"), manage, results)
    groups = [holder for holder in declared if holder.kind == "group"]
    count = Counter(user for holder in groups for user in holder.users)
    return {
        (holder.kind, holder.name): (
            sorted(holder.users, key=lambda user: (-count[user], user))[:1]
            if alike and holder.kind == "group"
            else holder.users
        )
        for holder in declared
    }


def access_reads(
    estate: Mapping[str, Any], manage: Container[str], results: Mapping[str, Result] | None = None
) -> list[dict[str, list[str]]]:
    """Return the calls of conductor_permission_info that tell what the members may do.

    A call reads every target for every user, so what it is asked for is joined only where nothing is read in vain:
    groups with the same targets, and then users with the same groups' targets. Of a group that reads back as declared
    one member is asked for.

    Args:
        estate: What the filter hf_setup_estate returns.
        manage: The kinds that are managed.
        results: Results of the managing modules by kind.

    Returns:
        For each call C(effective_for), C(integrations) and C(models).
    """
    if "permissions" not in manage:
        return []
    users_of: dict[frozenset[Reference], set[str]] = {}
    declared = holders(estate, results or {})
    tried = tried_users(declared, manage, results or {})
    for holder in declared:
        if holder.users:
            users_of.setdefault(frozenset(holder.targets), set()).update(tried[holder.kind, holder.name])
    targets_of: dict[frozenset[str], set[Reference]] = {}
    for targets_read, users in users_of.items():
        targets_of.setdefault(frozenset(users), set()).update(targets_read)
    reads = [
        {
            "effective_for": sorted(users),
            "integrations": sorted(name for kind, name in targets if kind == INTEGRATION_PROVIDER),
            "models": sorted(name for kind, name in targets if kind == INTEGRATION),
        }
        for users, targets in targets_of.items()
    ]
    return sorted(reads, key=lambda read: (read["effective_for"], read["integrations"], read["models"]))


def secrets_of(estate: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the names of the secret configuration keys of each integration.

    Args:
        estate: What the filter hf_setup_estate returns.
    """
    return {
        str(entry["name"]): {"api_key", *(entry.get("secret_configuration") or {})}
        for entry in estate.get("integrations") or []
    }


def changes_what_does_not_show(change: Mapping[str, Any], secrets: Mapping[str, set[str]]) -> bool:
    """Tell whether a change is there only because the server does not show whether it has a key already.

    Args:
        change: One of the changes that a module predicts.
        secrets: What C(secrets_of) returns.
    """
    fields = change.get("fields") or {}
    names = secrets.get(change["name"], set()) if change["kind"] == "integration" else set()
    if change["action"] != "update" or not fields or not set(fields) <= names:
        return False
    return all(field.get("before") in SAYS_NOTHING for field in fields.values())


class _Findings:
    """What was found so far.

    Args:
        secrets: Names of the secret configuration keys, by integration.
    """

    def __init__(self, secrets: Mapping[str, set[str]]) -> None:
        self._secrets = secrets
        self.verified = 0
        self.unverifiable: list[str] = []
        self.failed: list[str] = []

    def read_back(self, call: str, result: Result) -> None:
        """Look at what a module would still change."""
        kind = kind_of(call)
        self.verified += unchanged_of(call, result)
        changes = list(result.get("changes") or [])
        for change, line in zip(changes, result.get("plan") or []):
            if changes_what_does_not_show(change, self._secrets):
                names = ", ".join(sorted(change["fields"]))
                self.unverifiable.append(f"{change['kind']} {change['name']}: the server does not show its {names}")
            else:
                self.failed.append(f"{kind} are not as declared, to do: {line}")
        self.unverifiable += [
            f"{held['kind']} {held['name']}: its deletion is held back" for held in result.get("held_back") or []
        ]

    def access(self, holder: Holder, users: list[str], read: _Access) -> None:
        """Look at what the members of a group, or an application, may do.

        Args:
            holder: Who is declared to hold permissions.
            users: Whose access was tried.
            read: What was read of it.
        """
        reasons = []
        for user in users:
            if holder.kind == "group" and read.is_gone(user):
                self.failed.append(f"member {user} of {holder.title} does not exist any more")
                continue
            unknown = [read.reason(user, target) for target in holder.targets]
            reasons += [reason for reason in dict.fromkeys(unknown) if reason]
            for target, wanted in sorted(holder.targets.items()):
                held = read.held(user, target)
                if held is None:
                    continue
                if wanted <= held:
                    self.verified += 1
                    continue
                lacking = f"{holder.title}: {user} lacks {', '.join(sorted(wanted - held))} on {' '.join(target)}"
                if read.groups_managed or holder.kind == "application":
                    self.failed.append(lacking)
                else:
                    self.unverifiable.append(f"{lacking}, and this run does not manage who is a member")
        self.unverifiable += [f"{holder.title}: {reason}" for reason in dict.fromkeys(reasons)]


class _Access:
    """What was read of members' effective access.

    Args:
        results: Results of the calls, in the order of C(access_reads).
        reads: What the calls were asked for.
        groups_managed: Whether this run manages who is a member.
    """

    def __init__(
        self, results: Iterable[Result], reads: Iterable[Mapping[str, list[str]]], groups_managed: bool
    ) -> None:
        self.groups_managed = groups_managed
        self._held: dict[tuple[str, Reference], set[str]] = {}
        self._reasons: dict[tuple[str, Reference], str] = {}
        self._gone: set[str] = set()
        for result, read in zip(results, reads):
            for entry in result.get("effective") or []:
                pair = (str(entry["user"]), (entry["target"]["type"], entry["target"]["id"]))
                if not entry.get("user_exists"):
                    self._gone.add(pair[0])
                if entry.get("told"):
                    self._held[pair] = set(entry["access"])
                else:
                    self._reasons[pair] = f"the server does not tell what {entry['user']} may do"
            if "effective" not in result:
                reason = f"the access cannot be read: {result.get('msg') or 'no answer'}"
                targets = [(INTEGRATION_PROVIDER, name) for name in read["integrations"]]
                targets += [(INTEGRATION, name) for name in read["models"]]
                self._reasons.update({(user, target): reason for user in read["effective_for"] for target in targets})

    def is_gone(self, user: str) -> bool:
        """Tell whether the server says that there is no such user."""
        return user in self._gone

    def held(self, user: str, target: Reference) -> set[str] | None:
        """Return what a user may do with a target, or None if that is not known."""
        return self._held.get((user, target))

    def reason(self, user: str, target: Reference) -> str:
        """Return why it is not known, or an empty text if it is."""
        pair = (user, target)
        return "" if pair in self._held else self._reasons.get(pair, "the access was not read")


def _left_out(users: list[str]) -> list[str]:
    """Return the line that says whose access was not tried, if there is anybody."""
    if not users:
        return []
    return [
        f"  access was tried for one member of each group, and not for {len(users)} others: they read back as members "
        "of the same groups"
    ]


def verification(
    estate: Mapping[str, Any], manage: Container[str], results: Mapping[str, Result], access_results: Iterable[Result]
) -> dict[str, Any]:
    """Return what holds, what cannot be told, and what does not hold.

    Args:
        estate: What the filter hf_setup_estate returns.
        manage: The kinds that are managed.
        results: Results of the managing modules in check mode, after everything was applied, by kind.
        access_results: Results of conductor_permission_info, one for each of C(access_reads).

    Returns:
        C(verified) (how many objects and accesses), C(unverifiable), C(failed), and C(lines) for people.
    """
    findings = _Findings(secrets_of(estate))
    for call, result in results.items():
        kind = kind_of(call)
        if kind not in manage:
            continue
        if isinstance(result.get("summary"), Mapping) and not result.get("failed"):
            findings.read_back(call, result)
        else:
            findings.failed.append(f"{kind} were not read back")
    declared = holders(estate, results)
    if "permissions" not in manage and any(holder.users for holder in declared):
        findings.unverifiable.append("permissions: hf_setup_manage leaves them out, so nobody's access was tried")
    tried = tried_users(declared, manage, results)
    left_out: list[str] = []
    if "permissions" in manage:
        read = _Access(access_results, access_reads(estate, manage, results), "groups" in manage)
        for holder in declared:
            if holder.users:
                users = tried[holder.kind, holder.name]
                left_out += [user for user in holder.users if user not in users]
                findings.access(holder, users, read)
            elif holder.kind == "group":
                findings.unverifiable.append(
                    f"{holder.title}: no members are declared, so nobody's access can be tried"
                )
            else:
                findings.unverifiable.append(f"{holder.title}: its id is not known to this run, so it cannot be tried")
    return {
        "verified": findings.verified,
        "unverifiable": findings.unverifiable,
        "failed": findings.failed,
        "lines": [
            f"verified: {findings.verified} objects and accesses",
            *_left_out(left_out),
            *first_lines(
                [f"  cannot be verified: {text}" for text in findings.unverifiable], "verification.unverifiable"
            ),
            *first_lines([f"  does not hold: {text}" for text in findings.failed], "verification.failed"),
        ],
    }
