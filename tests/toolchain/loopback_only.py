# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loaded at the start of every interpreter of a test environment: no connection leaves this machine.

A host that is not loopback looks unreachable and a name other than ``localhost`` looks unknown, as on a machine
without a network. So a test or a demo inventory that names a real server cannot touch it.
"""

import os
import sys


def _is_local(host: object) -> bool:
    if host is None:
        return True
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if host in ("", "localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost"):
        return True
    import ipaddress

    try:
        address = ipaddress.ip_address(str(host).split("%", 1)[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_other_hosts(event: str, arguments: "tuple[object, ...]") -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and address and not _is_local(address[0]):
            import errno

            raise OSError(errno.ENETUNREACH, "Network is unreachable (only loopback is open to tests)")
    elif event == "socket.getaddrinfo" and not _is_local(arguments[0]):
        import socket

        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known (only loopback is open to tests)")


if os.environ.get("TOOLCHAIN_NETWORK") != "open":
    sys.addaudithook(_refuse_other_hosts)
