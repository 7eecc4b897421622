# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts modules as forking_server.py does, with pauses and bodies cut short, so that a thousand cases take minutes.

What is shorter is the pause before a request is sent again, and the largest answer that is read. All else is as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "modules"))

from forking_server import PACKAGE, import_modules, serve_for_ever

SHORTER = {
    "FIRST_PAUSE": 0.02,
    "LONGEST_BACKOFF": 0.1,
    "LONGEST_PAUSE": 0.15,
    "LARGEST_BODY": 2 * 1024 * 1024,
}


if __name__ == "__main__":
    import_modules()
    http = sys.modules[f"{PACKAGE.replace('.modules', '.module_utils')}._http"]
    for name, value in SHORTER.items():
        if not hasattr(http, name):
            raise SystemExit(f"there is no {name} any more")
        setattr(http, name, value)
    serve_for_ever()
