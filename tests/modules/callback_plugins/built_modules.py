# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saves runs of Ansible what takes as long as what they are for: packing modules, and loading filters in every task."""

from __future__ import annotations

import os
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader

DOCUMENTATION = r"""
name: built_modules
type: aggregate
short_description: Keeps packed modules for the next run, and loads filters before the first task
description: For tests.
"""


class CallbackModule(CallbackBase):
    """Puts the folder BUILT_MODULES in the place of the one in which this run would keep its packed modules.

    What is kept there is found by a module's name alone, so the folder is for one state of the collection.
    """

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "built_modules"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Share what is packed; when the run ends, Ansible removes the link and not what it leads to.

        Each task is a process that is forked from this one and would load the filters anew, theirs and Ansible's own.
        """
        os.symlink(os.environ["BUILT_MODULES"], os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
        for name in ("ansible.builtin.default", "orkes.conductor.hf_setup_estate"):
            filter_loader.get(name)
