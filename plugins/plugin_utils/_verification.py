# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a cluster reads back as it was declared, and whether members of groups may do what they should (pure)."""

from __future__ import annotations

from typing import Any, Container, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    Reference,
)

Result = Mapping[str, Any]

#: States of a key that say nothing against it: it was sent, and the server does not show whether it is the one.
SAYS_NOTHING = frozenset({"same", "unknown", "unverified"})


def _is_present(entry: Mapping[str, Any]) -> bool:
    return (entry.get("state") or "present") == "present"


def expected_access(estate: Mapping[str, Any]) -> dict[str, dict[Reference, set[str]]]:
    """Return what the permissions declare: accesses by target by group.

    Args:
        estate: What the filter hf_setup_estate returns.
    """
    expected: dict[str, dict[Reference, set[str]]] = {}
    for grant in estate.get("grants") or []:
        if not _is_present(grant):
            continue
        targets = [(INTEGRATION_PROVIDER, str(name)) for name in grant.get("integrations") or []]
        targets += [(INTEGRATION, str(name)) for name in grant.get("models") or []]
        access = {str(word).upper() for word in grant.get("access") or []}
        for group in grant.get("groups") or []:
            of_group = expected.setdefault(str(group), {})
            for target in targets:
                of_group.setdefault(target, set()).update(access)
    return expected


def declared_members(estate: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the members that are declared, by group."""
    return {
        str(group["name"]): list(dict.fromkeys(str(member) for member in group.get("members") or []))
        for group in estate.get("groups") or []
        if _is_present(group)
    }


def access_reads(estate: Mapping[str, Any], manage: Container[str]) -> list[dict[str, list[str]]]:
    """Return the calls of conductor_permission_info that tell what the members may do.

    A call reads every target for every user, so what it is asked for is joined only where nothing is read in vain:
    groups with the same targets, and then users with the same groups' targets.

    Args:
        estate: What the filter hf_setup_estate returns.
        manage: The kinds that are managed.

    Returns:
        For each call C(effective_for), C(integrations) and C(models).
    """
    if "permissions" not in manage:
        return []
    members = declared_members(estate)
    users_of: dict[frozenset[Reference], set[str]] = {}
    for group, targets in expected_access(estate).items():
        if members.get(group):
            users_of.setdefault(frozenset(targets), set()).update(members[group])
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


def _secrets_of(estate: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the names of the secret configuration keys of each integration."""
    return {
        str(entry["name"]): {"api_key", *(entry.get("secret_configuration") or {})}
        for entry in estate.get("integrations") or []
    }


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

    def read_back(self, kind: str, result: Result) -> None:
        """Look at what a module would still change."""
        self.verified += int(result["summary"]["unchanged"])
        changes = list(result.get("changes") or [])
        for change, line in zip(changes, result.get("plan") or []):
            if self._only_secrets_that_do_not_show(change):
                names = ", ".join(sorted(change["fields"]))
                self.unverifiable.append(f"{change['kind']} {change['name']}: the server does not show its {names}")
            else:
                self.failed.append(f"{kind} are not as declared, to do: {line}")
        self.unverifiable += [
            f"{held['kind']} {held['name']}: its deletion is held back" for held in result.get("held_back") or []
        ]

    def _only_secrets_that_do_not_show(self, change: Mapping[str, Any]) -> bool:
        fields = change.get("fields") or {}
        secrets = self._secrets.get(change["name"], set()) if change["kind"] == "integration" else set()
        told = [field.get("before") for field in fields.values()]
        return change["action"] == "update" and bool(fields) and set(fields) <= secrets and set(told) <= SAYS_NOTHING

    def access(self, group: str, users: list[str], targets: Mapping[Reference, set[str]], read: _Access) -> None:
        """Look at what the members of a group may do."""
        reasons = []
        for user in users:
            unknown = [read.reason(user, target) for target in targets]
            reasons += [reason for reason in dict.fromkeys(unknown) if reason]
            for target, wanted in sorted(targets.items()):
                held = read.held(user, target)
                if held is None:
                    continue
                if wanted <= held:
                    self.verified += 1
                    continue
                lacking = f"group {group}: {user} lacks {', '.join(sorted(wanted - held))} on {' '.join(target)}"
                if read.groups_managed:
                    self.failed.append(lacking)
                else:
                    self.unverifiable.append(f"{lacking}, and this run does not manage who is a member")
        self.unverifiable += [f"group {group}: {reason}" for reason in dict.fromkeys(reasons)]


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
        for result, read in zip(results, reads):
            for entry in result.get("effective") or []:
                pair = (str(entry["user"]), (entry["target"]["type"], entry["target"]["id"]))
                if entry.get("user_exists"):
                    self._held[pair] = set(entry["access"])
                else:
                    self._reasons[pair] = f"the server does not tell what {entry['user']} may do"
            if "effective" not in result:
                reason = f"the members' access cannot be read: {result.get('msg') or 'no answer'}"
                targets = [(INTEGRATION_PROVIDER, name) for name in read["integrations"]]
                targets += [(INTEGRATION, name) for name in read["models"]]
                self._reasons.update({(user, target): reason for user in read["effective_for"] for target in targets})

    def held(self, user: str, target: Reference) -> set[str] | None:
        """Return what a user may do with a target, or None if that is not known."""
        return self._held.get((user, target))

    def reason(self, user: str, target: Reference) -> str:
        """Return why it is not known, or an empty text if it is."""
        pair = (user, target)
        return "" if pair in self._held else self._reasons.get(pair, "the members' access was not read")


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
    findings = _Findings(_secrets_of(estate))
    for kind, result in results.items():
        if kind not in manage:
            continue
        if isinstance(result.get("summary"), Mapping) and not result.get("failed"):
            findings.read_back(kind, result)
        else:
            findings.failed.append(f"{kind} were not read back")
    members = declared_members(estate)
    if "permissions" not in manage and any(members.get(group) for group in expected_access(estate)):
        findings.unverifiable.append("permissions: hf_setup_manage leaves them out, so no member's access was tried")
    if "permissions" in manage:
        read = _Access(access_results, access_reads(estate, manage), "groups" in manage)
        for group, targets in expected_access(estate).items():
            if members.get(group):
                findings.access(group, members[group], targets, read)
            else:
                findings.unverifiable.append(f"group {group}: no members are declared, so nobody's access can be tried")
    return {
        "verified": findings.verified,
        "unverifiable": findings.unverifiable,
        "failed": findings.failed,
        "lines": [
            f"verified: {findings.verified} objects and accesses",
            *(f"  cannot be verified: {text}" for text in findings.unverifiable),
            *(f"  does not hold: {text}" for text in findings.failed),
        ],
    }
