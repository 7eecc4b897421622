# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one class round AnsibleModule: options, check mode, diff, redaction, results, failure (floor 4)."""

from __future__ import annotations

import copy
import traceback
from typing import Any, Callable, NamedTuple, NoReturn, Sequence

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.orkes.conductor.plugins.module_utils import _http
from ansible_collections.orkes.conductor.plugins.module_utils._apply import Outcome, apply_plan
from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS, Profile
from ansible_collections.orkes.conductor.plugins.module_utils._caller import caller_from
from ansible_collections.orkes.conductor.plugins.module_utils._connection import (
    connect_to_conductor,
    connection_argument_spec,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import (
    CollectionError,
    FailedWithResult,
    InvalidInput,
    one_line,
)
from ansible_collections.orkes.conductor.plugins.module_utils._limits import is_infinite
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import (
    ObjectSpecification,
    read_texts,
    shape_problems,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan, digest_of, summarize
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call, Resource
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

#: Kinds of objects that others may need.
PARENTS = ("applications", "groups", "integrations", "models")


def _names_of(*kinds: str) -> dict[str, Any]:
    """Return an option that takes names of objects by kind."""
    return {"type": "dict", "options": {kind: {"type": "list", "elements": "str", "default": []} for kind in kinds}}


#: Options of every managing module that concern the call as a whole.
SHARED_CALL_OPTIONS: dict[str, dict[str, Any]] = {
    "pending_parents": _names_of(*PARENTS),
    "pending_deletions": _names_of(*PARENTS, "grants"),
    "allowed_deletions": _names_of(*PARENTS, "grants"),
}


class Service(NamedTuple):
    """What a module talks to.

    Attributes:
        argument_spec: Returns the argument specification of the connection.
        connect: Returns the client, out of the options as the task gave them, the options after fallbacks, and a
            redactor that is to learn the secrets.
        call_options: Argument specification of options that concern every managing call as a whole.
    """

    argument_spec: Callable[[], dict[str, dict[str, Any]]]
    connect: Callable[[dict[str, Any], dict[str, Any], Redactor], Any]
    call_options: dict[str, dict[str, Any]]


CONDUCTOR = Service(connection_argument_spec, connect_to_conductor, SHARED_CALL_OPTIONS)

#: The same for modules that are no part of a plan of several kinds, and so have nothing pending.
CONDUCTOR_BY_ITSELF = Service(connection_argument_spec, connect_to_conductor, {})


#: Most objects that one warning names.
MOST_NAMED = 10


class _RememberingModule(AnsibleModule):
    """Keeps the options as the task gave them, before aliases, fallbacks and defaults, with JSON read."""

    raw_params: dict[str, Any]
    _unreadable: Sequence[str] = ()

    def _load_params(self) -> None:
        super()._load_params()
        self._unreadable = read_texts(self.argument_spec, self.params)
        self.raw_params = copy.deepcopy(self.params)
        for name, option in self.argument_spec.items():
            if option.get("type") == "int" and is_infinite(self.params.get(name)):
                # What Ansible's check refuses by the option's name, where it would break off otherwise.
                self.params[name] = f"{self.params[name]} is no whole number"

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """End the module with an error; Ansible's own check does not say where a text stands that it cannot read."""
        super().fail_json(msg=". ".join([*self._unreadable, msg]), **result)
        raise AssertionError("fail_json ends the process")


class ConnectedModule:
    """What every module shares: the connection, redaction, and a decent end."""

    def __init__(self, options: dict[str, dict[str, Any]], service: Service) -> None:
        self._service = service
        self._arguments = {**service.argument_spec(), **options}
        self.module = _RememberingModule(argument_spec=self._arguments, supports_check_mode=True)
        # AnsibleModule has collected the values of every no_log option, those in lists and from the environment too.
        self.redactor = Redactor(self.module.no_log_values)
        # The one part of a result in which secrets stay; a resource fills it under no_log alone.
        self._revealed: dict[str, Any] = {}

    def _guarded(self, run: Callable[[], NoReturn]) -> NoReturn:
        """Run, and turn every error into a result."""
        if _http.REQUESTS_IMPORT_ERROR:
            self._fail(missing_required_lib("requests"), exception=_http.REQUESTS_IMPORT_ERROR)
        try:
            run()
        except FailedWithResult as error:
            self._fail(str(error), **error.result)
        except CollectionError as error:
            self._fail(str(error))
        except Exception:
            self._fail(f"this is a fault of the collection orkes.conductor, please report it: {traceback.format_exc()}")

    def _connect(self, problems: list[str]) -> Any:
        """Return the client.

        Args:
            problems: Every problem found so far.

        Raises:
            InvalidInput: The connection options are not in order; with all problems.
        """
        problems += shape_problems(self._arguments, self.module.raw_params)
        try:
            client = self._service.connect(self.module.raw_params, self.module.params, self.redactor)
        except InvalidInput as error:
            raise InvalidInput(problems + error.problems) from None
        if not self.module.params["validate_certs"]:
            # One warning in words that help, instead of one of urllib3's for every request.
            _http.silence_insecure_warnings()
            self.module.warn("validate_certs is false: whoever is between here and the server can read the keys")
        return client

    def _profile(self, problems: list[str]) -> Profile:
        """Return the profile that the task names; what is wrong with it joins the problems."""
        path = self.module.params.get("profile")
        if not path:
            return CAUTIOUS
        # Only who has a profile needs what reads it.
        from ansible_collections.orkes.conductor.plugins.module_utils._profile import read_profile

        try:
            return read_profile(path)
        except InvalidInput as error:
            problems += error.problems
            return CAUTIOUS

    def _is_stale(self, client: Any, profile: Profile, resource: Resource) -> bool:
        """Tell, and warn, that a profile was taken of another version of the server, or of another organization."""
        if profile is CAUTIOUS:
            return False
        from ansible_collections.orkes.conductor.plugins.module_utils._profile import misfit

        stale = misfit(profile, client.get_version(), caller_from(resource.caller(client))["organization"])
        if stale:
            self.module.warn(stale)
        return bool(stale)

    @staticmethod
    def _hold_back(plan: Plan) -> list[Change]:
        held = plan.hold_back_deletions()
        if held:
            names = ", ".join(f"{change.kind} {change.name}" for change in held[:MOST_NAMED])
            rest = f" and {len(held) - MOST_NAMED} more" if len(held) > MOST_NAMED else ""
            plan.warn(f"held back until the cluster is probed again: the deletion of {names}{rest}")
        return held

    def _warn_of(self, plan: Plan) -> None:
        for warning in plan.warnings:
            self.module.warn(self.redactor.scrub(warning))

    def _end(self, **result: Any) -> NoReturn:
        """End the module with a result, without secrets but for what was asked for."""
        self.module.exit_json(**{**self.redactor.scrub_value(result), **self._revealed})
        raise AssertionError("exit_json ends the process")

    def _fail(self, message: str, **result: Any) -> NoReturn:
        """End the module with an error, without secrets but for what was asked for."""
        fields = {**self.redactor.scrub_value(result), **self._revealed}
        self.module.fail_json(msg=self.redactor.scrub(message), **fields)


def planned_result(plan: Plan, outcome: Outcome, held: list[Change], further: dict[str, Any]) -> dict[str, Any]:
    """Return what a result tells of a plan and of what became of it, but for the diff.

    Args:
        plan: The plan.
        outcome: What became of it; in check mode all of it counts as applied.
        held: Deletions that were held back.
        further: What the resource tells beside its changes.
    """
    # First, since what it is made from takes memory of which the rest can then be made.
    digest = digest_of(plan.changes)
    result: dict[str, Any] = {
        **further,
        "changed": outcome.wrote,
        "changes": [change.as_result() for change in outcome.applied],
        "plan": [change.as_line() for change in plan.ordered()],
        "digest": digest,
        "summary": summarize(outcome.applied, plan.unchanged, len(outcome.failures), len(outcome.not_attempted)),
    }
    if held:
        result["held_back"] = [{"kind": change.kind, "name": change.name} for change in held]
    return result


class InformationModule(ConnectedModule):
    """One run of a module that only reads."""

    def __init__(self, options: dict[str, dict[str, Any]] | None = None, service: Service = CONDUCTOR) -> None:
        super().__init__(options or {}, service)
        self.params: dict[str, Any] = self.module.params

    def run(self, read: Callable[[Any], dict[str, Any]], problems: Callable[[], list[str]] | None = None) -> NoReturn:
        """End the module with what C(read) returns.

        Args:
            read: Talks to the server.
            problems: Says what is wrong with the options, beside the connection's.
        """

        def run() -> NoReturn:
            found = problems() if problems else []
            client = self._connect(found)
            if found:
                raise InvalidInput(found)
            self._end(**{"changed": False, **read(client)})

        self._guarded(run)


class ManagingModule(ConnectedModule):
    """One run of a managing module.

    Args:
        specification: The kind of object it manages.
        call_options: Argument specification of options that concern the call as a whole.
        service: What it talks to.
    """

    def __init__(
        self,
        specification: ObjectSpecification,
        call_options: dict[str, dict[str, Any]] | None = None,
        service: Service = CONDUCTOR,
    ) -> None:
        self.specification = specification
        self._call_options = {**copy.deepcopy(service.call_options), **(call_options or {})}
        super().__init__({**specification.argument_spec(), **self._call_options}, service)

    def run(self, resource_class: type[Resource]) -> NoReturn:
        """Check, read, plan, and (unless in check mode) apply; end the module with the result."""
        self._guarded(lambda: self._run(resource_class))

    def _run(self, resource_class: type[Resource]) -> NoReturn:
        params = self.module.params
        items, problems = self.specification.items(params)
        problems += self.specification.alias_problems(self.module.raw_params)
        parents = {option: params.get(option) for option in self.specification.inherited}
        profile = self._profile(problems)
        call = Call(
            options={**parents, **{option: params.get(option) for option in self._call_options}},
            check_mode=self.module.check_mode,
            concurrency=max(1, params["concurrency"]),
            profile=profile,
            no_log=bool(self.module.no_log),
        )
        resource = resource_class(call)
        problems += resource.problems(items) + resource.duplicate_problems(items)
        client = self._connect(problems)
        if problems:
            good = [item for item in items if not resource.item_problems(item)]
            raise InvalidInput(problems + self._further_problems(resource_class, call, client, good))
        stale = self._is_stale(client, profile, resource)
        if stale:
            resource = resource_class(call._replace(profile=CAUTIOUS))
        plan, problems = resource.plan(client, items)
        if problems:
            raise InvalidInput(problems)
        held = self._hold_back(plan) if stale else []
        self._refuse_deletions(plan, call.options.get("allowed_deletions"))
        self._warn_of(plan)
        if self.module.check_mode:
            plan.leave_out_deletions(call.options.get("pending_deletions") or {})
            outcome = Outcome(applied=plan.ordered())
        else:
            outcome = apply_plan(plan, lambda change: resource.steps(client, change), call.concurrency)
        # Also when something fails from here on, what was asked for is handed over.
        self._revealed = resource.revealed_result() if call.no_log else {}
        if not self.module.check_mode and not outcome.failures:
            self._settle(client, resource, plan, outcome)
        self._exit(plan, outcome, held, resource.further_result())

    def _refuse_deletions(self, plan: Plan, allowed: dict[str, list[str]] | None) -> None:
        """Refuse a plan that deletes more than somebody has seen, and say what.

        Raises:
            InvalidInput: It does.
        """
        beyond = [] if allowed is None else plan.deletions_beyond(allowed)
        if beyond:
            names = ", ".join(f"{change.kind} {one_line(change.name)}" for change in beyond[:MOST_NAMED])
            rest = f" and {len(beyond) - MOST_NAMED} more" if len(beyond) > MOST_NAMED else ""
            raise InvalidInput(
                [
                    f"would delete {names}{rest}, which allowed_deletions does not name: somebody may have made it "
                    "after the plan. Look at it, and plan again"
                ]
            )

    def _settle(self, client: Any, resource: Resource, plan: Plan, outcome: Outcome) -> None:
        """Let the resource see to it that what was applied takes effect; an error tells what was applied."""
        try:
            resource.settle(client)
        except CollectionError as error:
            self._fail(str(error), **self._result(plan, outcome, [], resource.further_result()))

    @staticmethod
    def _further_problems(
        resource_class: type[Resource], call: Call, client: Any, items: list[dict[str, Any]]
    ) -> list[str]:
        """Return what the server says against the items that are in order, so that all problems come in one message."""
        # Nothing will be applied, and with items left out a purge would mean more than it does.
        resource = resource_class(call._replace(options={**call.options, "purge": False, "purge_limit": None}))
        try:
            return resource.plan(client, items)[1]
        except CollectionError as error:
            return [f"the rest could not be checked: {error}"]

    def _fail(self, message: str, **result: Any) -> NoReturn:
        """End the module with an error; unless the result says otherwise, nothing was written."""
        nothing: dict[str, Any] = {
            "changed": False,
            "changes": [],
            "plan": [],
            "summary": summarize([], 0),
            "failures": [],
            "not_attempted": [],
        }
        super()._fail(message, **{**nothing, **result})

    def _result(self, plan: Plan, outcome: Outcome, held: list[Change], further: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a call that was planned."""
        result = planned_result(plan, outcome, held, further)
        if self.module._diff:
            result["diff"] = [change.as_diff() for change in outcome.applied]
        return result

    def _exit(self, plan: Plan, outcome: Outcome, held: list[Change], further: dict[str, Any]) -> NoReturn:
        result = self._result(plan, outcome, held, further)
        if outcome.failures:
            result["failures"] = [failure.as_result() for failure in outcome.failures]
            result["not_attempted"] = [
                {"kind": change.kind, "name": change.name, "action": change.action} for change in outcome.not_attempted
            ]
            first = outcome.failures[0]
            count = len(outcome.failures) + len(outcome.applied) + len(outcome.not_attempted)
            message = (
                f"{len(outcome.failures)} of {count} changes failed, {len(outcome.applied)} were applied, "
                f"{len(outcome.not_attempted)} were not tried; {first.change.kind} {first.change.name}: {first.message}"
            )
            self._fail(message, **result)
        # What the result was made from is not needed any more, and of many thousand changes there are copies to come.
        plan.changes.clear()
        outcome.applied.clear()
        self._end(**result)
