# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host a URL names, and whether tokens and prompts may go there (floor 0, also for filters)."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any, Iterable
from urllib.parse import urlsplit

#: A host: a name in ASCII, or an address. Programs do not agree where anything else ends.
HOST = re.compile(r"[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?\.?|[0-9a-f:.]*:[0-9a-f:.]*")


def host_of(url: Any) -> str:
    """Return the host of a URL in lower case, or an empty text."""
    try:
        return (urlsplit(str(url)).hostname or "").rstrip(".") if url else ""
    except ValueError:
        return ""


def host_is_allowed(host: str, patterns: Iterable[str]) -> bool:
    """Tell whether one of these patterns lets a host in; what is no host, none does. Without patterns any is allowed.

    Args:
        host: As C(host_of) returns it.
        patterns: Patterns such as C(*.endpoints.huggingface.cloud).
    """
    listed = [str(pattern).lower() for pattern in patterns]
    return not listed or (bool(HOST.fullmatch(host)) and any(fnmatchcase(host, pattern) for pattern in listed))
