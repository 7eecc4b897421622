# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one class round AnsibleModule: options, check mode, diff, redaction, results, failure (floor 4)."""

from __future__ import annotations

import copy
from typing import Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.orkes.conductor.plugins.module_utils import _http
from ansible_collections.orkes.conductor.plugins.module_utils._apply import Outcome, Step, apply_plan
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._connection import (
    connection_argument_spec,
    connection_settings,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._object_specification import ObjectSpecification
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan, summarize
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor


class _RememberingModule(AnsibleModule):
    """Keeps the options as the task gave them, before aliases, fallbacks and defaults."""

    raw_params: dict[str, Any]

    def _load_params(self) -> None:
        super()._load_params()
        self.raw_params = copy.deepcopy(self.params)


class ConductorModule:
    """One run of a managing module.

    Args:
        specification: The kind of object it manages.
        call_options: Argument specification of options that concern the call as a whole.
    """

    def __init__(
        self, specification: ObjectSpecification, call_options: dict[str, dict[str, Any]] | None = None
    ) -> None:
        self.specification = specification
        arguments = {**connection_argument_spec(), **specification.argument_spec(), **(call_options or {})}
        self.module = _RememberingModule(argument_spec=arguments, supports_check_mode=True)
        # AnsibleModule has collected the values of every no_log option, those in lists and from the environment too.
        self.redactor = Redactor(self.module.no_log_values)
        if _http.REQUESTS_IMPORT_ERROR:
            self.module.fail_json(msg=missing_required_lib("requests"), exception=_http.REQUESTS_IMPORT_ERROR)
        self.items, self.problems = specification.items(self.module.params)
        self.problems += specification.alias_problems(self.module.raw_params)
        self.concurrency: int = self.module.params["concurrency"]

    def connect(self) -> ConductorClient:
        """Return the client, once everything that can be checked without the server is in order.

        Fails the module with every problem found so far, those of the connection options included.
        """
        try:
            url, credentials, settings = connection_settings(self.module.raw_params, self.module.params)
        except InvalidInput as error:
            self.problems += error.problems
        if self.problems:
            self.fail(InvalidInput(self.problems))
        self.redactor.add(credentials.secret)
        self.redactor.add(credentials.token)
        return ConductorClient(_http.HttpClient(settings, self.redactor), url, credentials, self.redactor)

    def fail(self, error: CollectionError) -> NoReturn:
        """End the module with an error; nothing was written."""
        self.module.fail_json(msg=self.redactor.scrub(str(error)), changed=False, changes=[])
        raise AssertionError("fail_json ends the process")

    def converge(self, plan: Plan, steps_of: Callable[[Change], list[Step]]) -> NoReturn:
        """Show the plan, carry it out unless in check mode, and end the module with the result."""
        for warning in plan.warnings:
            self.module.warn(self.redactor.scrub(warning))
        if self.module.check_mode:
            self._exit(plan, Outcome(applied=plan.ordered()))
        self._exit(plan, apply_plan(plan, steps_of, self.concurrency))

    def _exit(self, plan: Plan, outcome: Outcome) -> NoReturn:
        result: dict[str, Any] = {
            "changed": outcome.wrote,
            "changes": [change.as_result() for change in outcome.applied],
            "summary": summarize(
                outcome.applied, plan.unchanged, len(outcome.failures), len(outcome.not_attempted)
            ),
        }
        if self.module._diff:
            result["diff"] = [change.as_diff() for change in outcome.applied]
        if outcome.failures:
            result["failures"] = [failure.as_result() for failure in outcome.failures]
            result["not_attempted"] = [
                {"kind": change.kind, "name": change.name, "action": change.action} for change in outcome.not_attempted
            ]
            first = outcome.failures[0]
            count = len(outcome.failures) + len(outcome.applied) + len(outcome.not_attempted)
            result["msg"] = (
                f"{len(outcome.failures)} of {count} changes failed, {len(outcome.applied)} were applied, "
                f"{len(outcome.not_attempted)} were not tried; {first.change.kind} {first.change.name}: {first.message}"
            )
            self.module.fail_json(**self.redactor.scrub_value(result))
        self.module.exit_json(**self.redactor.scrub_value(result))
        raise AssertionError("exit_json ends the process")
