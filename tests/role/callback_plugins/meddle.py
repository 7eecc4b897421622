# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes a cluster in the middle of a run, as somebody else might."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: meddle
type: aggregate
short_description: Sends a request when a task begins
description: For tests.
"""


class CallbackModule(CallbackBase):
    """Sends the request that MEDDLE describes before the task that it names; once, at the time it names."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "meddle"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._order = json.loads(os.environ["MEDDLE"])

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Count the task, and act when it is its turn."""
        if self._order["task"] in task.get_name():
            self._order["time"] -= 1
            if self._order["time"] == 0:
                body = json.dumps(self._order["body"]).encode()
                headers = {"X-Authorization": self._order["token"], "Content-Type": "application/json"}
                request = urllib.request.Request(self._order["url"], body, headers, method=self._order["method"])
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
