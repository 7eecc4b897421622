# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saves runs of Ansible what takes as long as what they are for: packing modules, and loading plugins in every task."""

from __future__ import annotations

import contextlib
import importlib
import os
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import action_loader, filter_loader, lookup_loader, test_loader

DOCUMENTATION = r"""
name: built_modules
type: aggregate
short_description: Keeps packed modules for the next run, and loads plugins before the first task
description: For tests.
"""


#: What most tasks load; the last two, which read arguments and results of modules, only a newer ansible-core has.
LOADED = (
    "ansible.plugins.connection.local",
    "ansible.plugins.shell.sh",
    "ansible.utils.version",
    "ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan",
    "ansible.module_utils._internal._json._profiles._module_legacy_c2m",
    "ansible.module_utils._internal._json._profiles._module_legacy_m2c",
)


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

        Each task is a process that is forked from this one and would load anew what this one has not loaded.
        """
        os.symlink(os.environ["BUILT_MODULES"], os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
        for name in ("ansible.builtin.default", "orkes.conductor.hf_setup_estate"):
            filter_loader.get(name)
        test_loader.get("ansible.builtin.version")
        for name in ("env", "file", "vars", "varnames"):
            lookup_loader.get(f"ansible.builtin.{name}", class_only=True)
        action_loader.get("ansible.builtin.normal", class_only=True)
        for name in LOADED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
