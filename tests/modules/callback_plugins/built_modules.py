# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets runs of Ansible share the modules that they pack: packing takes as long as running them."""

from __future__ import annotations

import os
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: built_modules
type: aggregate
short_description: Keeps packed modules for the next run
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
        """Share what is packed; when the run ends, Ansible removes the link and not what it leads to."""
        os.symlink(os.environ["BUILT_MODULES"], os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
