# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand in for the ``get-pip`` script that ansible-test downloads for its virtual environments.

It is stored in ansible-test's own cache, under the name that ansible-test looks for before it downloads anything. Pip
lies beside it, in the version that the name asks for and from the package index that pip is configured to use, and so
does what else is brought first. ansible-test makes some ten environments for each ansible-core, and installing pip
takes longer than all that is installed with it: so they share one.
"""

import os
import sys
import sysconfig


def main() -> None:
    """Bring pip, and what else is asked for."""
    script = os.environ.get("GET_PIP") or os.path.abspath(sys.argv[0])
    folder, name = os.path.split(script)
    beside = os.path.realpath(os.path.join(folder, os.path.splitext(name)[0].replace("get_pip_", "pip_", 1)))
    packages = sysconfig.get_path("purelib")
    for entry in os.listdir(beside):
        if entry != "bin" and not entry.startswith("."):
            os.symlink(os.path.join(beside, entry), os.path.join(packages, entry))
    asked_for = [word for word in sys.argv[1:] if not word.startswith("-")]
    missing = [
        word for word in asked_for if not os.path.isdir(os.path.join(packages, word.replace("==", "-") + ".dist-info"))
    ]
    if missing:
        sys.exit(f"{beside} has no {' '.join(missing)}")


if __name__ == "__main__":
    main()
