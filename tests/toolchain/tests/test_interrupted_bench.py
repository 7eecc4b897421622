# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ctrl-C in make bench: one word, and nothing of it lives on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

#: The command that measures, and its sandbox, which says so when it hears of Ctrl-C.
MEASURES = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"])
"""
#: make bench without its environments.
BENCH = """
import sys, types
from contextlib import nullcontext
from pathlib import Path
from tests.toolchain import cli
project = types.SimpleNamespace(root=Path.cwd(), locked=lambda name: nullcontext())
cli._workshop = lambda *arguments: types.SimpleNamespace(project=project)
cli.bench_command = lambda *arguments: [sys.executable, "-c", sys.argv[1]]
cli.bench_variables = lambda workshop: {}
sys.exit(cli.main(["bench"]))
"""


def test_ctrl_c_is_one_word_and_ends_the_sandbox():
    bench = subprocess.Popen(
        [sys.executable, "-c", BENCH, MEASURES],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Where tests run in the background of a script, Ctrl-C is ignored, and what they start would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert bench.stdout is not None
    sandbox = int(bench.stdout.readline())
    # As a terminal does it: to all that are in the foreground.
    os.killpg(bench.pid, signal.SIGINT)
    output, errors = bench.communicate(timeout=20)
    assert (bench.returncode, output, errors) == (130, "", "Interrupted.\n")
    assert not Path(f"/proc/{sandbox}").exists() or "(zombie)" in Path(f"/proc/{sandbox}/status").read_text()
