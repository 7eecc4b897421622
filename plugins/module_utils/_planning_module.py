# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several kinds planned in one process, each as the module of its kind does it in check mode (floor 4).

Later kinds are told what the earlier ones will make and take, as the role tells it to modules of their own.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import (
    CONDUCTOR_BY_ITSELF,
    ConnectedModule,
    planned_result,
)
from ansible_collections.orkes.conductor.plugins.module_utils._apply import Outcome
from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS, Profile
from ansible_collections.orkes.conductor.plugins.module_utils._caller import organization_problem, read_caller
from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._plan import pending_names
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call, Resource, in_state
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import ReadOnce

#: Options that only hold for all objects together.
NOT_OF_A_PART = ("purge", "purge_discovered")

#: Names of objects by kind in the plural.
Names = dict[str, list[str]]


class Kind(NamedTuple):
    """One kind of object.

    Attributes:
        specification: Its options.
        resource_class: What plans it.
        call_options: Names of the options that concern its call as a whole.
    """

    specification: ObjectSpecification
    resource_class: type[Resource]
    call_options: tuple[str, ...]

    @property
    def option(self) -> str:
        """The option that takes the list of its objects."""
        return self.specification.list_option


class Part(NamedTuple):
    """What one kind is given.

    Attributes:
        kind: The kind.
        items: Its objects.
        problems: What is wrong with them and can be seen without a server.
    """

    kind: Kind
    items: list[dict[str, Any]]
    problems: list[str]


def _unchecked(error: CollectionError) -> str:
    return f"the rest could not be checked: {error}"


class PlanningModule(ConnectedModule):
    """One run of a module that plans several kinds and changes nothing.

    Args:
        kinds: The kinds, in the order in which they are made.
        options: Argument specification of options that concern the call as a whole.
    """

    def __init__(self, kinds: tuple[Kind, ...], options: dict[str, dict[str, Any]]) -> None:
        self._kinds = kinds
        lists = {kind.option: kind.specification.argument_spec()[kind.option] for kind in kinds}
        super().__init__(
            {**options, "objects": {"type": "dict", "required": True, "options": lists}}, CONDUCTOR_BY_ITSELF
        )

    def run(self) -> NoReturn:
        """Check, read and plan; end the module with the result."""
        self._guarded(self._run)

    def _run(self) -> NoReturn:
        problems: list[str] = []
        profile = self._profile(problems)
        kinds = self._kinds if self.module.params["state"] == "present" else self._kinds[::-1]
        parts = [
            self._part(kind, profile) for kind in kinds if self.module.params["objects"].get(kind.option) is not None
        ]
        problems += [problem for part in parts for problem in part.problems] + self._idle_problems(parts)
        client = self._connect(problems)
        caller = self._caller(client, problems)
        if problems:
            raise InvalidInput(problems + self._further_problems(client, parts, profile))
        server = read_caller(client, caller) if self.module.params["server_info"] else None
        # Of many thousand objects one form is enough.
        for options in (self.module.params, self.module.validation_result.validated_parameters, self.module.raw_params):
            options["objects"] = None
        stale = bool(parts) and self._is_stale(client, profile, self._resource(parts[0].kind, profile, {}, {}))
        results, diff = self._plan(client, parts, CAUTIOUS if stale else profile, stale, caller)
        changed = any(found["changed"] for found in results.values())
        further = {**({"server": server} if server else {}), **({"diff": ReadOnce(diff)} if self.module._diff else {})}
        self._end(changed=changed, kinds=results, **further)

    def _caller(self, client: Any, problems: list[str]) -> dict[str, Any] | None:
        """Return what the server says of the caller, if it matters before anything else is asked.

        Raises:
            InvalidInput: It is another server than the one that is meant, of which nothing more is asked.
        """
        expected = self.module.params["expected_organization"]
        if not (expected or self.module.params["server_info"]):
            return None
        try:
            answer: dict[str, Any] = client.get_user_info()
        except CollectionError as error:
            if problems:
                raise InvalidInput([*problems, _unchecked(error)]) from None
            raise
        elsewhere = organization_problem(expected, answer)
        if elsewhere:
            raise InvalidInput(problems + elsewhere)
        return answer

    def _part(self, kind: Kind, profile: Profile) -> Part:
        """Return the objects of one kind, with what is wrong with them."""
        params, option, specification = self.module.params, kind.option, kind.specification
        given = {name: params[name] for name in ("state", *specification.inherited) if params.get(name) is not None}
        items, problems = specification.items({**specification.defaults, **given, option: params["objects"][option]})
        problems += specification.alias_problems(self.module.raw_params.get("objects") or {})
        resource = self._resource(kind, profile, {}, {})
        return Part(kind, items, problems + resource.problems(items) + resource.duplicate_problems(items))

    def _idle_problems(self, parts: list[Part]) -> list[str]:
        """Return the options of a purge that only concern kinds that are left out."""
        takers: dict[str, list[str]] = {}
        for kind in self._kinds:
            for option in kind.call_options:
                takers.setdefault(option, []).append(kind.option)
        given = {part.kind.option for part in parts}
        return [
            f"{option} is given without {' or '.join(kinds)} in objects, and so does nothing: give both or none"
            for option, kinds in takers.items()
            if option.startswith("purge") and self.module.params.get(option) not in (None, False)
            if not given & set(kinds)
        ]

    def _resource(self, kind: Kind, profile: Profile, parents: Names, deletions: Names) -> Resource:
        given = {option: self.module.params.get(option) for option in kind.call_options}
        call = Call(
            options={**given, "pending_parents": parents, "pending_deletions": deletions},
            # What is planned here, something else applies.
            check_mode=True,
            concurrency=max(1, self.module.params["concurrency"]),
            profile=profile,
        )
        return kind.resource_class(call)

    def _further_problems(self, client: Any, parts: list[Part], profile: Profile) -> list[str]:
        """Return what the server says against what is in order, up to the first kind of which something is not."""
        good = []
        for part in parts:
            resource = self._resource(part.kind, profile, {}, {})
            good.append(part._replace(items=[item for item in part.items if not resource.item_problems(item)]))
            if part.problems:
                break
        # With items left out a purge would mean more than it does.
        self.module.params.update(dict.fromkeys(NOT_OF_A_PART, False))
        try:
            self._plan(client, good, profile, False, None)
        except InvalidInput as error:
            return error.problems
        except CollectionError as error:
            return [_unchecked(error)]
        return []

    def _plan(
        self, client: Any, parts: list[Part], profile: Profile, hold_back: bool, caller: dict[str, Any] | None
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the result of each kind, and the diff.

        Args:
            client: Talks to the server.
            parts: What each kind is given.
            profile: How the server behaves.
            hold_back: Whether the profile is not to be relied on.
            caller: What the server has said of the caller, if it was asked.

        Raises:
            InvalidInput: Something stands in the way of a kind. Those behind it are not looked at, since they may need
                it.
        """
        given = self.module.params["pending_deletions"] or {}
        parents: Names = {}
        deletions: Names = {kind: list(names or []) for kind, names in given.items()}
        results: dict[str, Any] = {}
        diff: list[dict[str, Any]] = []
        for kind, items, _problems in parts:
            resource = self._resource(kind, profile, parents, deletions)
            resource.know_caller(caller)
            plan, problems = resource.plan(client, items)
            if problems:
                raise InvalidInput(problems)
            caller = resource.known_caller()
            held = self._hold_back(plan) if hold_back else []
            self._warn_of(plan)
            plan.leave_out_deletions(deletions)
            outcome = Outcome(applied=plan.ordered())
            found = planned_result(plan, outcome, held, resource.further_result())
            results[kind.option] = found
            diff += [change.as_diff() for change in outcome.applied] if self.module._diff else []
            pending = pending_names(found["changes"])
            # What should be there is there, or is about to be, once its kind has been planned.
            if kind.option in pending["parents"]:
                pending["parents"][kind.option] += map(resource.title, in_state(items, "present"))
            for known, new in ((parents, pending["parents"]), (deletions, pending["deletions"])):
                for word, names in new.items():
                    known[word] = [*known.get(word, []), *names]
            found["changes"] = ReadOnce(found["changes"])
            # What the result was made from is not needed any more, and copies of the result are to come.
            for done in (plan.changes, outcome.applied, items):
                done.clear()
        return results, diff
