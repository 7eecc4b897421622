# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What groups and applications may do with integrations, models and other targets: from parameters to a plan (floor 3).

The kinds of subjects differ in how they are named and read; everything else is alike.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    integration_name_problem,
    name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._grants import (
    grant_change,
    grant_steps,
    grant_title,
    target_reference,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan
from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    TARGET_TYPES,
    Reference,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Resource


@dataclass
class DesiredGrant:
    """What one subject should hold on one target, out of all entries that speak of the two.

    Attributes:
        state: C(present) or C(absent).
        exclusive: Whether nothing else may be held there.
        access: The accesses, or None for all of them (only with C(absent)). Shared by all grants of an entry.
    """

    state: str
    exclusive: bool
    access: set[str] | None = field(default_factory=set)

    def after(self, before: set[str]) -> set[str]:
        """Return what the subject will hold, given what it holds."""
        if self.state == "absent":
            return set() if self.access is None else before - self.access
        wanted = self.access or set()
        return set(wanted) if self.exclusive else before | wanted


def split_model(text: str) -> tuple[str, str] | None:
    """Return integration and model of C(integration:model), or None if it is not of that form."""
    integration, colon, model = text.partition(":")
    return (integration, model) if colon and integration.strip() and model.strip() else None


def targets_of(item: dict[str, Any]) -> list[Reference]:
    """Return the targets of one entry, each once."""
    targets = [(INTEGRATION_PROVIDER, name) for name in item.get("integrations") or []]
    targets += [(INTEGRATION, name) for name in item.get("models") or []]
    targets += [target_reference(target["type"], target["id"]) for target in item.get("targets") or []]
    return list(dict.fromkeys(targets))


def grant_title_of(item: dict[str, Any], option: str) -> str:
    """Return what messages call one entry, by the option that names its subjects."""
    return f"grant to {', '.join(map(str, item.get(option) or [])) or f'no {option[:-1]}'}"


def grant_problems(item: dict[str, Any], option: str = "groups") -> list[str]:
    """Return what is wrong with one entry, without asking the server.

    Args:
        item: The options given for it.
        option: The option that names its subjects, in the plural.
    """
    subjects, word = item.get(option) or [], option[:-1]
    title = grant_title_of(item, option)
    problems = []
    if not subjects:
        problems.append(f"{title}: {option} is empty: name at least one {word}")
    found = [name_problem(word, subject) for subject in subjects]
    found += [integration_name_problem("integration", name) for name in item.get("integrations") or []]
    for text in item.get("models") or []:
        parts = split_model(text)
        if parts is None:
            found.append(f"models has {text!r}: write it as integration:model, for example hf-prod:acme/tiny-llm")
        else:
            found.append(name_problem("model", parts[1]) or integration_name_problem("integration", parts[0]))
    for target in item.get("targets") or []:
        for option in ("type", "id"):
            found.append(name_problem(f"{option} of a target", target.get(option)))
    problems += [f"{title}: {problem}" for problem in found if problem]
    if not any(item.get(option) for option in ("integrations", "models", "targets")):
        problems.append(f"{title}: no target: give integrations, models or targets")
    if item.get("state") == "absent":
        if item.get("exclusive"):
            problems.append(f"{title}: exclusive goes with state present: without access, absent takes away everything")
    elif item.get("access") is None:
        problems.append(f"{title}: access is missing: give what the {option} may do, for example [READ, EXECUTE]")
    return problems


def target_type_problems(item: dict[str, Any], option: str = "groups") -> list[str]:
    """Return the types of targets in one entry that no documentation knows; a newer server may know more."""
    title = grant_title_of(item, option)
    types = [str(target.get("type")) for target in item.get("targets") or []]
    return [
        f"{title}: {name!r} is no known type of a target. Known are {', '.join(TARGET_TYPES)}. If this server knows it "
        "all the same, set validate_targets: false"
        for name in dict.fromkeys(types)
        if name_problem("type", name) is None and name.upper() not in TARGET_TYPES
    ]


def desired_grants(
    items: list[dict[str, Any]], option: str = "groups", kind: str = "GROUP"
) -> tuple[dict[tuple[str, Reference], DesiredGrant], list[str]]:
    """Return what each subject should hold on each target, and contradictions.

    Entries for the same subject and target unite.

    Args:
        items: The entries.
        option: The option that names their subjects, in the plural.
        kind: What subjects of this kind are called in a grant's title.
    """
    desired: dict[tuple[str, Reference], DesiredGrant] = {}
    problems = []
    for item in items:
        state, exclusive = item.get("state", "present"), bool(item.get("exclusive"))
        access = None if item.get("access") is None else set(item["access"])
        for subject in dict.fromkeys(item.get(option) or []):
            for target in targets_of(item):
                known = desired.get((subject, target))
                if known is None:
                    desired[subject, target] = DesiredGrant(state, exclusive, access)
                    continue
                title = grant_title((kind, subject), target)
                if known.state != state:
                    problems.append(f"grant {title} is given as {known.state} and as {state}: keep one")
                elif known.exclusive != exclusive:
                    problems.append(f"grant {title} is given with exclusive and without: say the same in every entry")
                else:
                    known.access = None if known.access is None or access is None else known.access | access
    return desired, problems


def integration_of(target: Reference) -> str | None:
    """Return the integration that a target is, or belongs to; None for another kind of target."""
    if target[0] == INTEGRATION_PROVIDER:
        return target[1]
    return target[1].partition(":")[0] if target[0] == INTEGRATION else None


class PermissionResource(Resource):
    """The grants of one module call to subjects of one kind."""

    kind = "grant"

    #: The option that names the subjects, in the plural; also the key of C(pending_parents).
    option: str
    #: The option that names the subjects in the scope of a purge.
    purge_option: str
    #: What a subject is called in a grant's title.
    subject_kind: str

    @abstractmethod
    def subject(self, name: str) -> Reference:
        """Return the subject in the API's words."""

    @abstractmethod
    def read_grants(
        self, client: ConductorClient, plan: Plan, problems: list[str], names: list[str], wanted: set[str]
    ) -> dict[str, dict[Reference, set[str]]]:
        """Return what each subject holds itself, by name.

        Args:
            client: Talks to the server.
            plan: Takes warnings.
            problems: Takes what stands in the way.
            names: The subjects' names as they were given.
            wanted: Those that have to exist.
        """

    def _grant_change(self, name: str, target: Reference, before: set[str], after: set[str]) -> Change | None:
        """Return the change of one grant: it goes by the name that was given, and the request by the subject's id."""
        change = grant_change((self.subject_kind, name), target, before, after)
        if change is not None:
            change.payload["subject"] = self.subject(name)
            other_name = grant_title(self.subject(name), target)
            change.other_name = "" if other_name == change.name else other_name
        return change

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one entry and can be seen without a server."""
        problems = grant_problems(item, self.option)
        checked = self.call.options.get("validate_targets", True)
        return problems + (target_type_problems(item, self.option) if checked else [])

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the input and can be seen without a server."""
        problems = self.purge_limit_problems(items)
        problems += super().problems(items) or self._desired(items)[1]
        for option, problem_of in (("purge_integrations", integration_name_problem), (self.purge_option, name_problem)):
            named = self.call.options.get(option)
            problems += [problem for name in named or [] for problem in [problem_of(option, name)] if problem]
            if named is not None and not self.call.options.get("purge"):
                problems.append(f"{option} is given without purge: true, and so does nothing: give both or none")
        return problems

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        desired, _contradictions = self._desired(items)
        wanted = {subject for (subject, _target), grant in desired.items() if grant.state == "present"}
        purged = self._purged_subjects(desired)
        names = list(dict.fromkeys([subject for subject, _target in desired] + purged))
        current = self.read_grants(client, plan, problems, names, wanted)
        for name in [name for name in names if name in wanted]:
            self.contradicts(problems, self.option, name, f"grants to {self.option[:-1]} {name}")
        if self.call.options.get("validate_targets", True):
            self._check_targets(client, plan, problems, desired)
        scope = self._scope(desired)
        for (subject, target), grant in desired.items():
            before = current[subject].get(target, set())
            after = grant.after(before)
            if grant.state == "present" and subject in purged and integration_of(target) in scope:
                after = set(grant.access or set())
            plan.add(self._grant_change(subject, target, before, after))
        problems += self._plan_purge(plan, desired, {subject: current[subject] for subject in purged}, scope)
        return plan, problems

    def _desired(self, items: list[dict[str, Any]]) -> tuple[dict[tuple[str, Reference], DesiredGrant], list[str]]:
        return desired_grants(items, self.option, self.subject_kind)

    def _purged_subjects(self, desired: dict[tuple[str, Reference], DesiredGrant]) -> list[str]:
        """Return the subjects that may hold nothing but what is declared, within the scope."""
        if not self.call.options.get("purge"):
            return []
        named = self.call.options.get(self.purge_option)
        return list(dict.fromkeys([subject for subject, _target in desired] if named is None else named))

    def duplicate_problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return nothing: entries for the same subject and target unite."""
        return []

    def _scope(self, desired: dict[tuple[str, Reference], DesiredGrant]) -> set[str]:
        """Return the integrations on which the subjects may hold nothing but what is declared."""
        if not self.call.options.get("purge"):
            return set()
        named = self.call.options.get("purge_integrations")
        if named is not None:
            return set(named)
        return {name for name in (integration_of(target) for _subject, target in desired) if name is not None}

    def _plan_purge(
        self,
        plan: Plan,
        desired: dict[tuple[str, Reference], DesiredGrant],
        current: dict[str, dict[Reference, set[str]]],
        scope: set[str],
    ) -> list[str]:
        purged = 0
        in_scope = 0
        for subject, held in sorted(current.items()):
            for target, access in sorted(held.items()):
                if integration_of(target) not in scope:
                    continue
                in_scope += 1
                if (subject, target) not in desired:
                    purged += 1
                    plan.add(self._grant_change(subject, target, access, set()))
        return self.brake_problems(purged, in_scope, "grants")

    def _check_targets(
        self,
        client: ConductorClient,
        plan: Plan,
        problems: list[str],
        desired: dict[tuple[str, Reference], DesiredGrant],
    ) -> None:
        """Report every target that does not exist: the server would take the grant all the same.

        Integrations, models, groups, users and applications can be looked up; other kinds are taken as they are.
        """
        wanted: dict[Reference, list[str]] = {}
        for (subject, target), grant in desired.items():
            if grant.state == "present" and not self._is_expected(target):
                wanted.setdefault(target, []).append(f"grant {grant_title((self.subject_kind, subject), target)}")

        for target, titles in wanted.items():
            for title in titles:
                self._check_deletions(problems, target, title)

        def missing(pending_kind: str, name: str, target: Reference) -> None:
            for title in wanted[target]:
                self.missing(plan, problems, pending_kind, name, title)

        of_kind: dict[str, list[Reference]] = {}
        for target in wanted:
            of_kind.setdefault(target[0], []).append(target)
        models = [target for target in of_kind.get(INTEGRATION, []) if split_model(target[1])]
        bare = [target for target in of_kind.get(INTEGRATION, []) if not split_model(target[1])]
        listed = self.read_each(client.list_models, [target[1].partition(":")[0] for target in models])
        names = {integration: {model["api"] for model in found or []} for integration, found in listed.items()}
        for target in models:
            integration, name = target[1].split(":", 1)
            known = len(problems)
            if listed[integration] is None:
                missing("integrations", integration, target)
            if name not in names[integration] and len(problems) == known:
                missing("models", target[1], target)
        providers = of_kind.get(INTEGRATION_PROVIDER, []) + bare
        # An integration whose models were listed is known to be there.
        unknown = [target[1] for target in providers if listed.get(target[1]) is None]
        found = self.read_each(client.get_integration, unknown)
        for target in providers:
            if target[1] in found and found[target[1]] is None:
                missing("integrations", target[1], target)
        for kind, read, pending in (
            ("GROUP", client.get_group, "groups"),
            ("USER", client.get_user, "users"),
            ("APPLICATION", client.get_application, "applications"),
        ):
            answers = self.read_each(read, [target[1] for target in of_kind.get(kind, [])])
            for target in of_kind.get(kind, []):
                if answers[target[1]] is None:
                    missing(pending, target[1], target)

    def _check_deletions(self, problems: list[str], target: Reference, title: str) -> None:
        """Report that a target, or the integration that it belongs to, is about to be deleted."""
        kind, name = target
        integration = integration_of(target)
        if integration is None:
            pending_kind = {"GROUP": "groups", "APPLICATION": "applications"}.get(kind)
            if pending_kind:
                self.contradicts(problems, pending_kind, name, title)
        elif not self.contradicts(problems, "integrations", integration, title):
            self.contradicts(problems, "models", name, title)

    def _is_expected(self, target: Reference) -> bool:
        """Tell whether a target need not be looked up, since an earlier task has found it or is about to create it."""
        integration = integration_of(target)
        if integration is None or not self.is_pending("integrations", integration):
            return False
        return split_model(target[1]) is None or self.is_pending("models", target[1])

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        return grant_steps(client, change)
