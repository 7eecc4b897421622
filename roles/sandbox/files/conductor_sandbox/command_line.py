# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line. The switches are those of the settings; nothing is said twice."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args, get_origin

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from .errors import StartError
from .huggingface_settings import HuggingFaceSettings
from .loopback import is_loopback
from .settings import Settings
from .workflow_settings import WorkflowSettings

if TYPE_CHECKING:
    from .server import Announce
    from .state import Sandbox

#: The form of profiles that can be read.
PROFILE_FORM = 1

#: Switches that are no answers of a profile, and why.
NO_ANSWERS = {
    "authentication": "a server without it cannot be probed",
    "latency": "a matter of the network and the moment",
    "version": "the profile says it of the server",
    "organization": "the profile says it of the server",
    "instance": "one of many in a cluster, and without effect",
    "admin_key": "the sandbox's own",
    "admin_secret": "the sandbox's own, and a secret",
    **dict.fromkeys(HuggingFaceSettings.model_fields, "of Hugging Face, which a probe of a cluster does not ask"),
    **dict.fromkeys(
        WorkflowSettings.model_fields, "of prompts and workflows, which a probe does not ask: it runs none"
    ),
}

SECRET_VARIABLE = "SANDBOX_ADMIN_SECRET"  # noqa: S105 (the name of a variable)


class Parser(argparse.ArgumentParser):
    """A parser whose errors take one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        raise StartError(f"{message} (--help lists the options)")


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _add_switch(parser: argparse._ArgumentGroup, name: str, field: FieldInfo) -> None:
    """Add one switch of the settings as an option."""
    kind = field.annotation
    default = field.get_default(call_default_factory=True)
    keywords: dict[str, Any] = {}
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        keywords = {"choices": choices, "type": type(choices[0])}
    elif kind is bool:
        keywords = {"type": _truth, "metavar": "{true,false}"}
    elif get_origin(kind) is list:
        keywords = {"type": _names, "action": "extend", "metavar": "A,B"}
    else:
        keywords = {"type": kind, "metavar": "NUMBER" if kind is int else "TEXT"}
    shown = {"True": "true", "False": "false", "[]": "none"}.get(str(default), str(default))
    parser.add_argument(
        f"--{name.replace('_', '-')}",
        dest=name,
        default=argparse.SUPPRESS,
        help=f"{field.description} (default: {shown})".replace("%", "%%"),
        **keywords,
    )


def parser() -> Parser:
    """All options."""
    options = Parser(
        prog="conductor_sandbox",
        allow_abbrev=False,
        description="A local stand-in for the REST API of Orkes Conductor.",
        epilog=f"The administrator's secret is never an option: set {SECRET_VARIABLE}, or admin_secret in --settings.",
    )
    options.add_argument("--port", type=int, default=8700, help="port to serve on; 0 takes a free one (default: 8700)")
    options.add_argument("--host", default="127.0.0.1", help="loopback address to serve on (default: 127.0.0.1)")
    options.add_argument(
        "--settings", type=Path, metavar="FILE", help="JSON file of switches, or a cluster's profile; options beat it"
    )
    options.add_argument("--database", type=Path, metavar="FILE", help="keep the state in this SQLite file")
    options.add_argument("--log-file", type=Path, metavar="FILE", help="write the server's log to this file")
    options.add_argument(
        "--ready-file", type=Path, metavar="FILE", help="JSON file that says where it serves, while it does"
    )
    options.add_argument("--detach", action="store_true", help="return once it serves, and leave it running")
    options.add_argument("--print-settings", action="store_true", help="print the switches as JSON, and end")
    switches = options.add_argument_group("switches")
    for name, field in Settings.model_fields.items():
        if field.annotation is not SecretStr:
            _add_switch(switches, name, field)
    return options


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    except ValueError:
        raise StartError(f"{path} is not JSON") from None
    if not isinstance(content, dict):
        raise StartError(f"{path} does not hold an object of switches")
    return from_profile(content, path) if "profile" in content else content


def from_profile(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """The switches of a cluster's profile; what it does not know stays at its default.

    Args:
        content: The profile, as the collection's probe writes it.
        path: Where it was read.
    """
    if content["profile"] != PROFILE_FORM:
        raise StartError(f"{path} is a profile of form {content['profile']!r}, and {PROFILE_FORM} is known")
    answers, server = content.get("answers"), content.get("server") or {}
    if not isinstance(answers, dict) or not isinstance(server, dict):
        raise StartError(f"{path} is not a profile of a cluster")
    values = {name: answer.get("value") if isinstance(answer, dict) else answer for name, answer in answers.items()}
    unknown = sorted(set(values) - (set(Settings.model_fields) - set(NO_ANSWERS)))
    if unknown:
        raise StartError(f"{path} answers what is no question: {', '.join(unknown)}")
    values.update({name: server.get(name) for name in ("version", "organization")})
    # A profile holds none; whoever writes the file for a start may add one.
    values["admin_secret"] = content.get("admin_secret")
    return {name: value for name, value in values.items() if value is not None}


def settings_from(arguments: argparse.Namespace) -> Settings:
    """The settings: defaults, then the file, then the environment's secret, then the options."""
    given = _read_settings(arguments.settings) if arguments.settings else {}
    if os.environ.get(SECRET_VARIABLE):
        given["admin_secret"] = os.environ[SECRET_VARIABLE]
    given.update({name: value for name, value in vars(arguments).items() if name in Settings.model_fields})
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(place) for place in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False)
        ]
        raise StartError("; ".join(problems)) from None


def _host_of(text: str) -> str:
    host = "127.0.0.1" if text.lower() == "localhost" else text.strip("[]")
    if not is_loopback(host):
        raise StartError(f"--host {text} is not a loopback address, and the sandbox serves no other")
    return host


def _sandbox(settings: Settings, database: Path | None) -> Sandbox:
    from .state import Sandbox

    try:
        return Sandbox(settings, database)
    except OSError as error:
        raise StartError(f"{database} cannot be opened: {os.strerror(error.errno or 0)}") from None
    except (sqlite3.Error, ValueError, KeyError) as error:
        raise StartError(f"{database} cannot be used as a database: {type(error).__name__}") from None


def _run(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    if arguments.print_settings:
        print(json.dumps(settings.public(), indent=2))
        return 0
    if not 0 <= arguments.port <= 65535:
        raise StartError(f"--port {arguments.port} is not a port")
    host = _host_of(arguments.host)
    # Only now, since it takes most of the time to start: a wrong option is told at once.
    from .server import detach, listen, log_to, private_file, serve

    listener = listen(host, arguments.port)
    log = private_file(arguments.log_file, os.O_APPEND) if arguments.log_file else None

    def run(announce: Announce) -> None:
        log_to(log)
        serve(_sandbox(settings, arguments.database), listener, arguments.ready_file, announce)

    if arguments.detach:
        return detach(run, log)
    run(lambda line: print(line, flush=True))
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the sandbox; returns the process's status."""
    try:
        return _run(parser().parse_args(words))
    except StartError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
