# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes how much memory each module has taken at most: one line when it ends, which takes no time worth telling."""

from __future__ import annotations

import atexit
import json
import os
import runpy

PREFIX = "ansible_collections.orkes.conductor.plugins.modules."


def peak() -> int:
    """Return the most memory of this process, in MiB.

    Not from getrusage: Linux keeps its figure when a process becomes another program, and Ansible's own is larger.
    """
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    raise RuntimeError("/proc/self/status does not tell the peak of the memory")


def note(module: str) -> None:
    """Add a line to the file."""
    with open(os.environ["BENCHMARK_PEAKS"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"module": module, "peak": peak()}) + "\n")


def run_module(mod_name, *arguments, **keywords):
    """Run a module, and note in the end what it has taken: run as the main one, it leaves no name behind."""
    if mod_name.startswith(PREFIX):
        atexit.register(note, mod_name.removeprefix(PREFIX))
    return _run_module(mod_name, *arguments, **keywords)


_run_module = runpy.run_module
if "BENCHMARK_PEAKS" in os.environ:
    runpy.run_module = run_module
