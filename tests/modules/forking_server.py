# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules, each in a process of its own, without the cost of starting Python and importing everything again.

Reads one request a line, JSON with module, arguments and environment, and answers with one line: status, output and
error output. Started as a script; what a module does then is what it does under Ansible, but for its packaging.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import sys
import tempfile
import types
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.orkes.conductor.plugins.modules"


def find_collection() -> None:
    """Let the collection be imported by its full name from a plain checkout."""
    parent = ""
    for name, folder in (("ansible_collections", None), ("orkes", None), ("conductor", ROOT)):
        parent = f"{parent}.{name}" if parent else name
        module = types.ModuleType(parent)
        module.__path__ = [str(folder)] if folder else []
        sys.modules[parent] = module


def run_module(request: dict[str, Any]) -> NoReturn:
    """Be the module; this process ends with it."""
    from ansible.module_utils import basic

    status = 1
    try:
        os.environ.clear()
        os.environ.update(request["environment"])
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": request["arguments"]}).encode()
        basic._ANSIBLE_ARGS = arguments
        if hasattr(basic, "_ANSIBLE_PROFILE"):
            basic._ANSIBLE_PROFILE = "legacy"
        sys.modules[f"{PACKAGE}.{request['module']}"].main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def kill_later(process: int, seconds: float) -> None:
    """Kill a child after some seconds unless it has ended; one that nobody has waited for keeps its number."""
    ended = os.pidfd_open(process)
    if not select.select([ended], [], [], seconds)[0]:
        os.kill(process, signal.SIGKILL)
    os.close(ended)


def import_modules() -> None:
    """Import all modules of the collection."""
    find_collection()
    for file in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        importlib.import_module(f"{PACKAGE}.{file.stem}")
    # A newer ansible-core imports these when a module reads its arguments and gives its result; an older one has none.
    with contextlib.suppress(ImportError):
        for direction in ("c2m", "m2c"):
            importlib.import_module(f"ansible.module_utils._internal._json._profiles._module_legacy_{direction}")


def serve_for_ever() -> None:
    """Answer on standard output, which the modules' own output must not meet."""
    # Otherwise the first collection of garbage in each process copies all that was imported.
    gc.collect()
    gc.freeze()
    serve(os.fdopen(os.dup(1), "w"))


def serve(answers: Any) -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = os.fork()
            if not process:
                os.dup2(output.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                run_module(request)
            if "killed_after" in request:
                kill_later(process, request["killed_after"])
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            texts = []
            for stream in (output, errors):
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))
        answers.write(json.dumps({"status": status, "output": texts[0], "errors": texts[1]}) + "\n")
        answers.flush()


if __name__ == "__main__":
    import_modules()
    serve_for_ever()
