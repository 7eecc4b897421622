# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand in for the ``get-pip`` script that ansible-test downloads for its virtual environments.

It is stored in ansible-test's own cache, under the name that ansible-test looks for before it downloads anything. It
takes pip from the standard library's ``ensurepip`` and then installs the version that its file name asks for, from
the package index that pip is configured to use.
"""

import os
import re
import subprocess
import sys


def main() -> None:
    """Bring pip, then the version of it that is asked for."""
    script = os.environ.get("GET_PIP") or sys.argv[0]
    version = re.search(r"get_pip_(\d+(?:_\d+)*)\.py$", script)
    wanted = "pip==" + version.group(1).replace("_", ".") if version else "pip"
    options = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
    subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
    sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", wanted, *options]))


if __name__ == "__main__":
    main()
