# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revoking what others than the declared subjects hold on a target (floor 3, shared by integrations and models)."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._exclusive_subjects import Declared
from ansible_collections.orkes.conductor.plugins.module_utils._grants import GrantsOnTargets, grant_removals
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import Reference
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Resource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import find_application


class ExclusiveSubjects:
    """Plans that others than the declared subjects lose their grants.

    Args:
        resource: Whose call it is.
        client: Talks to the server.
        plan: Takes the changes.
        problems: Takes what stands in the way.
    """

    def __init__(self, resource: Resource, client: ConductorClient, plan: Plan, problems: list[str]) -> None:
        self._resource = resource
        self._client = client
        self._plan = plan
        self._problems = problems

    def revoke_others(self, declared: list[Declared], stage: int) -> None:
        """Plan the revocations; the caller's own grants are left alone.

        Args:
            declared: Each object with those who may hold access on it.
            stage: Stage of the changes.
        """
        references = self._references(declared)
        keep: dict[Reference, set[Reference]] = {}
        for entry in declared:
            named = [(word, name) for word, names in entry.subjects.items() for name in names or []]
            kept = {reference for subject in named for reference in references[subject]}
            keep.update(dict.fromkeys(entry.targets, kept))
        grants = GrantsOnTargets(self._resource, self._client)
        found, unreadable = grants.read(list(keep))
        for warning in grants.warnings:
            self._plan.warn(warning)
        self._problems += [
            f"exclusive_subjects: the grants on {target[0]} {target[1]} cannot be listed ({reason})"
            for target, reason in unreadable.items()
        ]
        others = {
            target: {subject: access for subject, access in subjects.items() if subject not in keep[target]}
            for target, subjects in found.items()
        }
        removals = grant_removals(others, stage)
        in_scope = sum(len(subjects) for subjects in found.values())
        self._problems += self._resource.brake_problems(
            len(removals), in_scope, "grants", "exclusive_subjects would revoke"
        )
        for change in removals:
            self._plan.add(change)

    def _references(self, declared: list[Declared]) -> dict[tuple[str, str], list[Reference]]:
        """Return how grants name each declared subject; report those that do not exist.

        A wrong name would take the access of whoever it is meant for.
        """
        titles: dict[tuple[str, str], str] = {}
        for entry in declared:
            for word, names in entry.subjects.items():
                for name in names or []:
                    titles.setdefault((word, name), f"{entry.title}, exclusive_subjects")
        for (word, name), title in titles.items():
            self._resource.contradicts(self._problems, word, name, title)
        found: dict[tuple[str, str], list[Reference]] = {key: [] for key in titles}
        lookups: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
            ("groups", "GROUP", self._client.get_group),
            ("users", "USER", self._client.get_user),
        )
        for word, kind, read in lookups:
            names = [name for known, name in titles if known == word]
            for name, answer in self._resource.read_each(read, names).items():
                found[word, name] = [(kind, name)]
                if answer is None:
                    self._missing(word, name, titles)
        roles = [(f"{title}: ROLE", name) for (word, name), title in titles.items() if word == "roles"]
        self._problems += self._resource.role_problems(self._client, roles)
        found.update({("roles", name): [("ROLE", name)] for _title, name in roles})
        self._find_applications(titles, found)
        return found

    def _find_applications(
        self, titles: dict[tuple[str, str], str], found: dict[tuple[str, str], list[Reference]]
    ) -> None:
        names = [name for word, name in titles if word == "applications"]
        listed = self._client.list_applications() if names else []
        ids = {str(application.get("id")) for application in listed}
        for name in names:
            own_id, problem = name.removeprefix("app:"), None
            if own_id not in ids:
                application, problem = find_application(listed, name)
                own_id = "" if application is None else str(application.get("id"))
            if problem:
                self._problems.append(f"{titles['applications', name]}: {problem}")
            elif own_id:
                # Grants reach an application as a user, and some servers spell its id without app:.
                found["applications", name] = [("USER", own_id), ("USER", f"app:{own_id}")]
            else:
                self._missing("applications", name, titles)

    def _missing(self, word: str, name: str, titles: dict[tuple[str, str], str]) -> None:
        self._resource.missing(self._plan, self._problems, word, name, titles[word, name])
