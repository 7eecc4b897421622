# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loaded at the start of interpreters that a test's playbook starts: hands modules over to module_starter.py.

A module that Ansible pipes is an interpreter without arguments that reads its program from standard input. It is handed
over before anything is imported, with files, folder and environment, and this process ends as the other one does.
"""

import os
import sys


def hand_over(path: str) -> None:
    """Have this interpreter's program run by a process that has imported what modules import."""
    import _socket
    import marshal

    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(path)
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    given = marshal.dumps((os.getcwd(), dict(os.environ)))
    connection.sendmsg([len(given).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    while given:
        given = given[connection.send(given) :]
    status = connection.recv(1)
    # Nothing is said by one that was killed.
    os._exit(status[0] if status else 137)


if len(sys.orig_argv) == 1 and "MODULE_STARTER" in os.environ:
    hand_over(os.environ["MODULE_STARTER"])
