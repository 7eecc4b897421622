# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entry point: ``python3 -m tests.toolchain test|demo|sandbox|docs|format``.

This file alone must be understood by any Python 3, so that an old one gets a sentence instead of a syntax error.
"""

import sys

OLDEST = (3, 11)


def complaint() -> "str | None":
    """Return what is wrong with the interpreter that runs this, or nothing."""
    if sys.version_info[:2] < OLDEST:
        return (
            "Python {}.{} or newer is needed, and {} is {}.{}. "
            "Name another one: make PYTHON=/path/to/python3.12 ...".format(
                *OLDEST, sys.executable, *sys.version_info[:2]
            )
        )
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            return (
                f"{sys.executable} lacks the module '{module}', which some distributions ship as a package of its own "
                "(Debian, Ubuntu: apt install python3-venv). Install it, or name another Python: "
                "make PYTHON=/path/to/python3.12 ..."
            )
    return None


def main() -> int:
    """Check the interpreter, then do what the command line asks for."""
    problem = complaint()
    if problem:
        sys.stderr.write("error: " + problem + "\n")
        return 2
    from tests.toolchain.cli import main as command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
