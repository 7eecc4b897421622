# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes how much memory each module has taken at most, in runs that are made for that alone."""

from __future__ import annotations

import atexit
import json
import os
import resource
import sys

PREFIX = "ansible_collections.orkes.conductor.plugins.modules."


def note() -> None:
    """Add a line to the file, if this process has run a module of the collection."""
    modules = [name.removeprefix(PREFIX) for name in sys.modules if name.startswith(PREFIX)]
    path = os.environ.get("BENCHMARK_PEAKS")
    if modules and path:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"module": modules[0], "peak": peak}) + "\n")


atexit.register(note)
