# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts the tasks of a run, and the modules of the collection that it has called."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: count_tasks
type: aggregate
short_description: Counts tasks
description: Writes the number of tasks, and the modules of this collection in the order of their calls, to a file.
"""


class CallbackModule(CallbackBase):
    """Counts."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "count_tasks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._tasks = 0
        self._modules: list[str] = []

    def v2_playbook_on_task_start(self, task: Any, is_conditional: Any) -> None:
        """A task begins."""
        self._tasks += 1

    def v2_runner_on_ok(self, result: Any) -> None:
        """A module was called."""
        # Newer cores give the task by another name.
        action = (getattr(result, "task", None) or result._task).action
        collection, _dot, module = action.rpartition(".")
        if collection == "orkes.conductor":
            self._modules.append(module)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The run ends."""
        with open(os.environ["BENCHMARK_COUNTS"], "w", encoding="utf-8") as file:
            json.dump({"tasks": self._tasks, "modules": self._modules}, file)
