# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of an audit in a real browser: headless Chromium."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "tests" / "unit")]

# Lets the tests import the collection by its full name from a plain check-out.
for name, folder in (
    ("ansible_collections", None),
    ("ansible_collections.orkes", None),
    ("ansible_collections.orkes.conductor", ROOT),
):
    package = sys.modules.setdefault(name, types.ModuleType(name))
    package.__path__ = [str(folder)] if folder else []

from chromium import Chromium  # noqa: E402


@pytest.fixture
def browser(tmp_path: Path) -> Chromium:
    """A browser with a profile of its own; its program is that of the variable CHROMIUM."""
    return Chromium(os.environ["CHROMIUM"], tmp_path)
