# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the tests find each other's helpers."""

from __future__ import annotations

import sys
import types
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("awx", "canary", "modules", "sandbox")]

# Lets the tests import the modules by their full names from a plain check-out.
for name, folder in (
    ("ansible_collections", None),
    ("ansible_collections.orkes", None),
    ("ansible_collections.orkes.conductor", TESTS.parent),
):
    package = sys.modules.setdefault(name, types.ModuleType(name))
    package.__path__ = [str(folder)] if folder else []
