# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module four times as it has to behave: predicted, made exactly so, and left alone afterwards."""

from __future__ import annotations

import os
import sys
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

sys.path.insert(0, os.path.dirname(__file__))
from sandbox import SandboxServer


class ActionModule(ActionBase):
    """A check, an apply and a repetition of one module call, each held against the sandbox's request log.

    module: Full name of the module.
    arguments: Its options.
    changes: The changes expected, each with kind, name and action, and fields where they matter. Their order counts.
    writes: The writes expected, as "METHOD /path" with * at the end for any continuation; not compared when left out.
    again: Whether a repetition has to change nothing (true unless given).
    """

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module and compare."""
        result = super().run(tmp, task_vars)
        self._variables = task_vars or {}
        server = SandboxServer(self._variables)
        module, arguments = self._task.args["module"], dict(self._task.args["arguments"])
        expected = self._task.args["changes"]

        server.forget_requests()
        plan = self._call(module, arguments, check=True)
        self._demand(not server.writes(), f"check mode wrote: {server.writes()}", plan)
        self._compare("check mode predicts", plan, expected)

        applied = self._call(module, arguments, check=False)
        writes = server.writes()
        self._compare("the apply reports", applied, expected)
        self._compare_prediction(plan, applied)
        self._demand(bool(writes) == bool(expected), f"the writes do not go with the changes: {writes}", applied)
        if "writes" in self._task.args:
            wanted = self._task.args["writes"]
            same = len(wanted) == len(writes) and all(
                seen.startswith(pattern[:-1]) if pattern.endswith("*") else seen == pattern
                for pattern, seen in zip(wanted, writes, strict=True)
            )
            self._demand(same, f"other writes than expected: {writes}", applied)

        if self._task.args.get("again", True):
            server.forget_requests()
            again = self._call(module, arguments, check=False)
            self._compare("a repetition", again, [])
            self._demand(not server.writes(), f"a repetition wrote: {server.writes()}", again)
        result.update(changed=bool(expected), plan=plan, applied=applied, diff_shown=applied["diff"], writes=writes)
        return result

    def _call(self, module: str, arguments: dict[str, Any], check: bool) -> dict[str, Any]:
        self._task.check_mode, self._task.diff = check, True
        answer: dict[str, Any] = self._execute_module(
            module_name=module, module_args=arguments, task_vars=self._variables
        )
        self._demand(not answer.get("failed"), f"{module} failed: {answer.get('msg')}", answer)
        return answer

    def _compare_prediction(self, plan: dict[str, Any], applied: dict[str, Any]) -> None:
        """Hold what check mode predicted against what the apply reports: each change, its line and its diff."""
        for field in ("changes", "plan", "diff"):
            for number, (predicted, reported) in enumerate(zip(plan[field], applied[field], strict=True), 1):
                self._demand(
                    predicted == reported,
                    f"check mode predicted another {field}, entry {number}: {predicted}, and not {reported}",
                    plan,
                    applied,
                )
        for field in ("changed", "summary", "digest"):
            self._demand(
                plan[field] == applied[field],
                f"check mode predicted another {field}: {plan[field]}, and not {applied[field]}",
                plan,
                applied,
            )

    def _compare(self, what: str, answer: dict[str, Any], expected: list[dict[str, Any]]) -> None:
        self._demand(answer["changed"] is bool(expected), f"{what}: changed is {answer['changed']}", answer)
        found = answer["changes"]
        same = len(found) == len(expected) and all(
            all(one.get(key) == value for key, value in wanted.items())
            for one, wanted in zip(found, expected, strict=True)
        )
        self._demand(same, f"{what} other changes than expected", answer)
        actions = [change["action"] for change in found]
        for action, counted in (("create", "created"), ("update", "updated"), ("delete", "deleted")):
            self._demand(answer["summary"][counted] == actions.count(action), f"{what}: wrong {counted}", answer)
        signs = {"create": "+", "update": "~", "delete": "-"}
        titles = [f"{signs[change['action']]} {change['kind']} {change['name']}" for change in found]
        lines = answer["plan"]
        same = len(lines) == len(titles) and all(
            line == title or line.startswith(f"{title}: ") for line, title in zip(lines, titles, strict=True)
        )
        self._demand(same, f"{what}: the lines of the plan are not those of its changes", answer)
        digest = answer["digest"]
        self._demand(len(digest) == 64 and not set(digest) - set("0123456789abcdef"), f"{what}: no digest", answer)
        shown = answer.get("diff")
        self._demand(
            isinstance(shown, list) and len(shown) == len(found), f"{what}: the diff has other entries", answer
        )
        for change, entry in zip(found, shown or [], strict=True):
            title = f"{change['kind']} {change['name']}"
            self._demand(title in entry["before_header"] and title in entry["after_header"], "a wrong diff", answer)
            self._demand(
                bool(entry["before"]) == (change["action"] != "create"), "a wrong 'before' in the diff", answer
            )
            self._demand(bool(entry["after"]) == (change["action"] != "delete"), "a wrong 'after' in the diff", answer)

    @staticmethod
    def _demand(true: bool, complaint: str, *answers: dict[str, Any]) -> None:
        if not true:
            raise AnsibleActionFail(complaint, result={"answers": list(answers)})
