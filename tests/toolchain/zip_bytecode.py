# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loaded at the start of every interpreter of a test environment: what comes from a zip file is compiled once.

Ansible sends each module in a zip file with all that it imports, and Python, which keeps no byte code for zip files,
compiles some hundred and fifty sources for every task: half of the time that a module takes. Here the byte code is kept
in the environment, by the hash of the source, so that it is always that of the very text in the zip file.
"""

import os
import sys


def keep_bytecode(folder: str) -> None:
    """Let imports from zip files keep their byte code in a folder, and find it there the next time."""
    import _imp
    import marshal
    import types
    import zipimport

    compile_source = getattr(zipimport, "_compile_source", None)
    if compile_source is None:
        # A Python of another make: then everything is as it is without this file.
        return

    def compile_once(pathname: str, source: bytes) -> "types.CodeType":
        from _hashlib import openssl_sha256  # what hashlib has, without all the rest of it

        text = source if isinstance(source, bytes) else source.encode()
        file = os.path.join(folder, openssl_sha256(text).hexdigest())
        try:
            with open(file, "rb") as kept:
                code = marshal.loads(kept.read())
            if isinstance(code, types.CodeType):
                _imp._fix_co_filename(code, pathname)  # type: ignore[attr-defined]
                return code
        except (OSError, EOFError, ValueError, TypeError):
            pass
        compiled: types.CodeType = compile_source(pathname, source)
        try:
            os.makedirs(folder, exist_ok=True)
            unfinished = f"{file}.{os.getpid()}"
            with open(unfinished, "wb") as kept:
                kept.write(marshal.dumps(compiled))
            os.replace(unfinished, file)
        except OSError:
            pass
        return compiled

    zipimport._compile_source = compile_once  # type: ignore[attr-defined]


keep_bytecode(os.path.join(os.path.dirname(os.path.abspath(__file__)), "zip_bytecode", sys.implementation.cache_tag))
