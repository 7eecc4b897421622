# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests and the demo get to see of the caller's environment: almost nothing.

For what runs the collection, the environment is built from a short list of harmless variables, so that no variable
that names a server, a token, a proxy, a configuration file or a Python path gets through, whatever it is called.
Installing packages is another matter: there proxies, package indexes and certificates are needed and kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

PASSED_ON = ("CI", "LD_LIBRARY_PATH", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ", "USER")

NOT_FOR_INSTALLING_PREFIXES = (
    "ANSIBLE_",
    "CONDUCTOR_",
    "GIT_DIR",
    "GIT_INDEX",
    "GIT_WORK",
    "HF_",
    "HUGGINGFACE_",
    "HUGGING_FACE_",
)
NOT_FOR_INSTALLING = (
    "MAKEFLAGS",
    "MAKELEVEL",
    "MAKEOVERRIDES",
    "MFLAGS",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)


def environment_for_installing(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment without secrets and without what would misdirect an installation."""
    return {
        name: value
        for name, value in environ.items()
        if name not in NOT_FOR_INSTALLING and not name.startswith(NOT_FOR_INSTALLING_PREFIXES)
    }


def environment_for_running(
    environ: Mapping[str, str], home: Path, path: Iterable[Path], own: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return an environment of our making, with an own home folder; ``own`` are variables set on purpose."""
    clean = {name: environ[name] for name in PASSED_ON if name in environ}
    clean["HOME"] = str(home)
    clean["LC_ALL"] = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    clean["NO_COLOR"] = "1"
    clean["PATH"] = os.pathsep.join(str(folder) for folder in path)
    clean.update(own or {})
    return clean


def left_out(environ: Mapping[str, str]) -> list[str]:
    """Return the names of variables that would have mattered and do not get through, to tell the reader."""
    prefixes = ("ANSIBLE_", "CONDUCTOR_", "HF_", "HUGGINGFACE_", "HUGGING_FACE_")
    proxies = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")
    return sorted(name for name in environ if name.startswith(prefixes) or name.lower() in proxies)
