# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps each task's result in a file."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: notification
short_description: Keeps each task's result in a file
description: For tests.
requirements: []
"""


class CallbackModule(CallbackBase):
    """Collects results by the task's name."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._results: dict[str, Any] = {}

    def _keep(self, result: Any) -> None:
        shown = {key: value for key, value in result._result.items() if not key.startswith("_")}
        shown.update(failed=result.is_failed(), skipped=result.is_skipped())
        self._results[result._task.get_name().strip()] = shown
        with open(os.environ["RESULTS_FILE"], "w", encoding="utf-8") as file:
            json.dump(self._results, file, default=str)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep what succeeded."""
        self._keep(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Keep what was left out."""
        self._keep(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Keep what failed."""
        self._keep(result)
