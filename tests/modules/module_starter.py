# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forks modules of a playbook from a process that has imported what they import of others: half of their time.

Started as a script with the path of a socket to listen on. What handing_over/sitecustomize.py sends is the program that
Ansible pipes to an interpreter, with its files, folder and environment; all that is the collection's or Ansible's own
comes with it. A byte on standard output tells of each.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import marshal
import os
import socket
import sys
import types

#: What modules import that comes neither with them nor with Ansible.
IMPORTED = (
    "base64", "concurrent.futures", "ctypes", "dataclasses", "datetime", "decimal", "email.utils", "hashlib",
    "hmac", "ipaddress", "json", "locale", "logging", "platform", "requests", "requests.adapters", "requests.utils",
    "runpy", "secrets", "selectors", "shlex", "shutil", "ssl", "subprocess", "tempfile", "traceback", "typing",
    "urllib.parse", "urllib3.exceptions", "uuid", "zipfile", "zipimport",
)  # fmt: skip


def received(connection: socket.socket) -> tuple[list[int], str, dict[str, str]]:
    """Return the files, the folder and the environment of an interpreter."""
    files = array.array("i")
    head, ancillary, _flags, _address = connection.recvmsg(8, socket.CMSG_LEN(3 * files.itemsize))
    for _level, _kind, data in ancillary:
        files.frombytes(data)
    size, given = int.from_bytes(head, "big"), b""
    while len(given) < size:
        given += connection.recv(size - len(given))
    folder, environment = marshal.loads(given)
    return list(files), folder, environment


def become_an_interpreter(connection: socket.socket) -> None:
    """Make this process, just forked, the interpreter that was handed over, and run its program."""
    files, folder, environment = received(connection)
    with contextlib.suppress(BlockingIOError):
        # Nothing can be read but its end: whoever handed this over was killed before it began.
        connection.recv(1, socket.MSG_DONTWAIT)
        os._exit(1)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    gc.disable()
    sys.argv = [""]
    status = [1]
    # Registered before everything else, and so done last.
    atexit.register(lambda: connection.send(bytes(status)))
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    try:
        with open(0, "rb", closefd=False) as program:
            code = compile(program.read(), "<stdin>", "exec")
        exec(code, main.__dict__)
        status[0] = 0
    except SystemExit as end:
        status[0] = end.code & 255 if isinstance(end.code, int) else int(end.code is not None)
        raise


def serve(path: str) -> None:
    """Fork an interpreter for each that is handed over."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    for name in IMPORTED:
        __import__(name)
    # Otherwise the first collection of garbage in each process copies all that was imported.
    gc.collect()
    gc.freeze()
    os.write(1, b"\n")
    while True:
        connection, _address = listener.accept()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not os.fork():
            listener.close()
            become_an_interpreter(connection)
            return
        connection.close()
        os.write(1, b".")


if __name__ == "__main__":
    serve(sys.argv[1])
