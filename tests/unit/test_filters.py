# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters bring along: Ansible loads all of them in every task that uses one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
import conftest
for file in sorted((conftest.ROOT / "plugins" / "filter").glob("*.py")):
    importlib.import_module("ansible_collections.orkes.conductor.plugins.filter." + file.stem)
    print(file.stem)
print([name for name in sys.modules if name == "requests" or "._audit_" in name or "._resource" in name])
"""


def test_no_filter_brings_along_what_only_a_few_tasks_need():
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)]
    *filters, brought = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(filters) > 10
    assert brought == "[]"
