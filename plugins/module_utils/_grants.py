# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants: who holds what on which target, as changes and as requests (floor 3, shared by all kinds).

A grant is one subject on one target; its accesses are a set.
"""

from __future__ import annotations

from typing import Any, Iterable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange
from ansible_collections.orkes.conductor.plugins.module_utils._references import Reference
from ansible_collections.orkes.conductor.plugins.module_utils._resource import WELL_KNOWN_ROLES, Resource


def grant_title(subject: Reference, target: Reference) -> str:
    """Return the name of a grant, such as C(GROUP ops on INTEGRATION_PROVIDER hf-prod)."""
    return f"{subject[0]} {subject[1]} on {target[0]} {target[1]}"


def grant_change(
    subject: Reference, target: Reference, before: set[str], after: set[str], stage: int = 0
) -> Change | None:
    """Return the change from one set of accesses to another, or None if they are the same."""
    if before == after:
        return None
    action = "create" if not before else "update" if after else "delete"
    shown_before, shown_after = sorted(before), sorted(after)
    return Change(
        "grant",
        grant_title(subject, target),
        action,
        {"access": FieldChange(shown_before, shown_after)},
        stage,
        {"subject": subject, "target": target},
        {"access": shown_before} if before else {},
        {"access": shown_after} if after else {},
    )


def access_difference(change: Change) -> tuple[list[str], list[str]]:
    """Return the accesses that a change of a grant adds, and those that it takes."""
    before, after = (set(shown.get("access", [])) for shown in (change.before, change.after))
    return sorted(after - before), sorted(before - after)


def grant_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that change a grant; only the difference is sent, and what is added comes first."""
    payload = change.payload
    subject = {"type": payload["subject"][0], "id": payload["subject"][1]}
    target = {"type": payload["target"][0], "id": payload["target"][1]}
    new, gone = access_difference(change)
    steps = []
    if new:
        steps.append(Step("grant", lambda: client.grant(subject, target, new)))
    if gone:
        steps.append(Step("revocation", lambda: client.revoke(subject, target, gone)))
    return steps


def sorted_access(default_access: Any) -> dict[str, list[str]]:
    """Return default access in one form: upper case, sorted, without empty entries, since all of it are sets."""
    if not isinstance(default_access, dict):
        return {}
    return {
        str(kind).upper(): sorted({str(word).upper() for word in access})
        for kind, access in sorted(default_access.items())
        if access
    }


def direct_grants(entries: Iterable[dict[str, Any]]) -> dict[Reference, set[str]]:
    """Return a subject's own accesses by target; an entry with a tag is derived from a grant on that tag."""
    found: dict[Reference, set[str]] = {}
    for entry in entries:
        target = entry.get("target")
        if entry.get("tag") or not isinstance(target, dict):
            continue
        access = {str(item).upper() for item in entry.get("access") or []}
        if access:
            found.setdefault(target_reference(target.get("type"), target.get("id")), set()).update(access)
    return found


def target_reference(target_type: Any, target_id: Any) -> Reference:
    """Return a target's type and id; an application goes by its bare id, however it is spelt."""
    target_type, target_id = str(target_type).upper(), str(target_id)
    if target_type == "APPLICATION" and target_id.startswith("app:"):
        target_id = target_id[len("app:") :]
    return target_type, target_id


def is_caller(subject: Reference, caller: str) -> bool:
    """Tell whether a subject is the calling user; an application goes by its id with or without C(app:)."""
    return subject[0] == "USER" and subject[1] in (
        caller,
        caller[len("app:") :] if caller.startswith("app:") else caller,
    )


def granted_subjects(grants: dict[str, list[dict[str, Any]]], caller: str) -> dict[Reference, set[str]]:
    """Return the accesses of each subject on a target; the caller's own are left out.

    Args:
        grants: Subjects by access, as the server lists them.
        caller: Id of the calling user, which needs its access until the object is gone.
    """
    found: dict[Reference, set[str]] = {}
    for access, subjects in grants.items():
        for subject in subjects:
            reference = (str(subject.get("type")).upper(), str(subject.get("id")))
            if not is_caller(reference, caller):
                found.setdefault(reference, set()).add(access.upper())
    return found


class GrantsOnTargets:
    """Finds every grant on some targets, to revoke it before the target goes.

    Otherwise the grants would come alive again when the name returns. A target's id may hold slashes, which a server
    may take encoded, raw, or not at all; then the grants of each group and user are read instead.

    Args:
        resource: For reading several at a time.
        client: Talks to the server.
    """

    def __init__(self, resource: Resource, client: ConductorClient) -> None:
        self._resource = resource
        self._client = client
        #: What could not be seen although nothing failed.
        self.warnings: list[str] = []

    def find(self, targets: list[Reference]) -> tuple[dict[Reference, dict[Reference, set[str]]], list[str]]:
        """Return accesses by target and subject, without the caller's own, and warnings."""
        found, unreadable = self.read(targets)
        return found, self.warnings + [
            f"the grants on {target[0]} {target[1]} cannot be listed and stay as they are ({reason})"
            for target, reason in unreadable.items()
        ]

    def read(self, targets: list[Reference]) -> tuple[dict[Reference, dict[Reference, set[str]]], dict[Reference, str]]:
        """Return accesses by target and subject, without the caller's own, and why other targets cannot be read."""
        if not targets:
            return {}, {}
        caller = str(self._resource.caller(self._client).get("id"))
        listed = self._resource.read_each(self._by_target, targets)
        found = {
            target: granted_subjects(grants, caller) for target, grants in listed.items() if isinstance(grants, dict)
        }
        unreadable = {target: answer for target, answer in listed.items() if isinstance(answer, str)}
        rest = [target for target, answer in listed.items() if answer is None]
        if rest:
            try:
                found.update(self._by_subject(rest, caller))
            except ApiError as error:
                if not error.forbidden:
                    raise
                unreadable.update(dict.fromkeys(rest, str(error)))
        return {target: subjects for target, subjects in found.items() if subjects}, unreadable

    def _by_target(self, target: Reference) -> dict[str, list[dict[str, Any]]] | str | None:
        """Return the grants on a target, why the caller may not see them, or None if its id cannot be sent."""
        for raw in (False, True) if "/" in target[1] else (False,):
            try:
                return self._client.list_grants_on(*target, raw=raw)
            except ApiError as error:
                if error.forbidden:
                    return str(error)
                if error.status not in (400, 404, 405):
                    raise
        return None

    def _by_subject(self, targets: list[Reference], caller: str) -> dict[Reference, dict[Reference, set[str]]]:
        groups = [str(group.get("id")) for group in self._client.list_groups()]
        users = [str(user.get("id")) for user in self._client.list_users()]
        held = {
            ("GROUP", name): grants
            for name, grants in self._resource.read_each(self._client.list_grants_of_group, groups).items()
        }
        held.update(
            {
                ("USER", name): grants
                for name, grants in self._resource.read_each(self._client.list_grants_of_user, users).items()
            }
        )
        held.update(self._of_roles(targets))
        found: dict[Reference, dict[Reference, set[str]]] = {}
        for subject, entries in held.items():
            for target, access in direct_grants(entries or []).items():
                if target in targets and not is_caller(subject, caller):
                    found.setdefault(target, {})[subject] = access
        return found

    def _of_roles(self, targets: list[Reference]) -> dict[Reference, list[dict[str, Any]] | None]:
        """Return what each role holds; older servers do not tell."""
        roles = self._client.list_roles() or sorted(WELL_KNOWN_ROLES)
        listed = self._resource.read_each(lambda role: self._client.list_grants_of_subject("ROLE", role), roles)
        if all(entries is None for entries in listed.values()):
            names = ", ".join(f"{kind} {name}" for kind, name in targets)
            self.warnings.append(f"this server does not tell what roles hold on {names}")
        return {("ROLE", role): entries for role, entries in listed.items()}


def grant_removals(grants: dict[Reference, dict[Reference, set[str]]], stage: int = 0) -> list[Change]:
    """Return the changes that revoke these accesses, by target and subject."""
    changes = []
    for target, subjects in sorted(grants.items()):
        for subject, access in sorted(subjects.items()):
            change = grant_change(subject, target, access, set(), stage)
            if change is not None:
                changes.append(change)
    return changes
