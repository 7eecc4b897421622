# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module that has to refuse: with the right words, and before anything is written."""

from __future__ import annotations

import os
import sys
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

sys.path.insert(0, os.path.dirname(__file__))
from sandbox import SandboxServer


class ActionModule(ActionBase):
    """A call that fails.

    module: Full name of the module.
    arguments: Its options.
    messages: Texts that its one message has to hold.
    count: How many problems the message has to count, if there are several.
    check: Whether check mode is tried too, and has to refuse in the same words (false unless given).
    """

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module and look at its refusal."""
        result = super().run(tmp, task_vars)
        server = SandboxServer(task_vars or {})
        module, arguments = self._task.args["module"], dict(self._task.args["arguments"])
        server.forget_requests()
        for check in (False, True) if self._task.args.get("check") else (False,):
            self._task.check_mode = check
            answer = self._execute_module(module_name=module, module_args=arguments, task_vars=task_vars)
            message = str(answer.get("msg"))
            complaints = [] if answer.get("failed") else ["it did not fail"]
            complaints += [f"not told: {text}" for text in self._task.args["messages"] if text not in message]
            if answer.get("changed"):
                complaints.append("it says that something changed")
            if "count" in self._task.args and not message.startswith(f"{self._task.args['count']} problems"):
                complaints.append(f"other than {self._task.args['count']} problems")
            complaints += [f"it wrote: {write}" for write in server.writes()]
            if "Traceback" in message:
                complaints.append("it tells of a crash")
            if complaints:
                raise AnsibleActionFail("; ".join(complaints), result={"answer": answer, "check_mode": check})
            result["message"] = message
        return result
