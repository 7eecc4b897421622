# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let uv use the package index, mirror and certificates that pip is configured for, which it does not read itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit


def parse_pip_configuration(lines: Iterable[str]) -> dict[str, str]:
    """Read the output of ``pip config list``; an environment variable beats a section, the command's beats global."""
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in lines:
        key, equals, literal = line.strip().partition("=")
        section, dot, name = key.partition(".")
        if not (equals and dot and section in ranks):
            continue
        try:
            value = ast.literal_eval(literal)
        except (SyntaxError, ValueError):
            continue
        if name not in found or ranks[section] >= found[name][0]:
            found[name] = (ranks[section], str(value))
    return {name: value for name, (_rank, value) in found.items()}


def _reachable(locations: str) -> list[str]:
    """Split a list of locations and leave out folders that do not exist: pip passes over them, uv fails."""
    kept = []
    for location in locations.split():
        parts = urlsplit(location)
        is_path = not parts.scheme or parts.scheme == "file"
        if not is_path or Path(unquote(parts.path)).exists():
            kept.append(location)
    return kept


def uv_settings(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make uv look where pip looks; those that the caller set for uv himself win."""
    settings: dict[str, str] = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    if "index-url" in pip:
        settings["UV_DEFAULT_INDEX"] = pip["index-url"]
    more = _reachable(pip.get("extra-index-url", ""))
    if more:
        settings["UV_INDEX"] = " ".join(more)
    if more or "index-url" in pip:
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    places = _reachable(pip.get("find-links", ""))
    if places:
        settings["UV_FIND_LINKS"] = " ".join(places)
    constraints = _reachable(pip.get("constraint", ""))
    if constraints:
        settings["UV_CONSTRAINT"] = " ".join(constraints)
    if "cert" in pip and Path(pip["cert"]).exists():
        settings["SSL_CERT_FILE"] = pip["cert"]
    if "trusted-host" in pip:
        settings["UV_INSECURE_HOST"] = pip["trusted-host"]
    return {name: value for name, value in settings.items() if name not in environ}


PASSED_ON_TO_PIP = (
    "cert",
    "constraint",
    "extra-index-url",
    "find-links",
    "index-url",
    "no-index",
    "timeout",
    "trusted-host",
)


def pip_configuration_file(pip: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return a configuration file with the same settings and proxy, for a pip that sees neither of the caller's."""
    settings = {name: pip[name] for name in PASSED_ON_TO_PIP if name in pip}
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"):
        if environ.get(name):
            settings.setdefault("proxy", environ[name])
    lines = [f"{name} = {' '.join(value.split())}" for name, value in sorted(settings.items())]
    return "\n".join(["[global]", "disable-pip-version-check = true", *lines]) + "\n"
