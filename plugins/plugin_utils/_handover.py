# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page with which a new environment is handed over to those who use and run it (pure, but for a look at its path).

It is Markdown, says nothing that changes from one run to the next unless the environment does, and holds no secret: of
the variables only names, addresses and accesses are read. Whatever a server or an inventory says is in code spans.
"""

from __future__ import annotations

import datetime
import os
import re
from dataclasses import dataclass
from itertools import product
from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._hosts import host_of

Entry = Mapping[str, Any]

#: What stands where there is nothing to say.
NOTHING = "-"

#: How long an access key is used, in days, unless somebody says otherwise.
KEY_DAYS = 90


def code(value: Any) -> str:
    """Return a text as a code span on one line, in which nothing is markup."""
    if value is None or not str(value).strip():
        return NOTHING
    text = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in str(value))
    fence = "`" * (max(len(run) for run in ["", *re.findall("`+", text)]) + 1)
    space = " " if "`" in (text[0], text[-1]) or text != text.strip() else ""
    # A table would take a bar for the end of a cell, also within a code span.
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def listed(values: Iterable[Any]) -> str:
    """Return texts as code spans, one after the other."""
    return ", ".join(code(value) for value in values) or NOTHING


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Return the lines of a table whose cells are Markdown already."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _present(entry: Entry) -> bool:
    return (entry.get("state") or "present") == "present"


def application_of(key: Entry) -> Any:
    """Return the application that a key is for, by its name, or else by its id."""
    return key.get("application") or key.get("application_id")


def day_after(created: Any, days: int) -> str | None:
    """Return the day that comes so many days after another one, or None if that is none."""
    try:
        return str(datetime.date.fromisoformat(str(created)) + datetime.timedelta(days=days))
    except (OverflowError, ValueError):
        return None


def page_problems(page: str) -> list[str]:
    """Return why a page cannot be written where it is to go. Nothing is made to find that out.

    Args:
        page: Its whole path; folders that are missing will be made.
    """
    place = os.path.dirname(page)
    while not os.path.lexists(place) and place != os.path.dirname(place):
        place = os.path.dirname(place)
    where = f"hf_setup_handover_folder leads to {os.path.dirname(page)}"
    if not os.path.isdir(place):
        return [f"{where}, and {place} is no folder: name another one, or move that away"]
    if not os.access(place, os.W_OK | os.X_OK):
        return [f"{where}, and nothing can be written into {place}: check its permissions, or name another folder"]
    if os.path.isdir(page):
        return [f"{where}, and {page} in it, where the page goes, is a folder: name another one, or move that away"]
    return []


@dataclass(frozen=True)
class Holding:
    """What one subject may do with one target.

    Attributes:
        target: The integration, or C(integration:model).
        subject: The group or application, and what it is.
        access: What it may do.
    """

    target: str
    subject: tuple[str, str]
    access: tuple[str, ...]


def holdings(estate: Entry) -> list[Holding]:
    """Return who is granted what on models, and on integrations where it is not about their models."""
    found: dict[tuple[str, tuple[str, str]], set[str]] = {}
    for option, kind, grants in (("groups", "group", "grants"), ("applications", "application", "application_grants")):
        for grant in estate.get(grants) or []:
            if not _present(grant):
                continue
            access = map(str, grant.get("access") or [])
            pairs = product(grant.get("models") or grant.get("integrations") or [], grant.get(option) or [])
            for (target, name), one in product(pairs, access):
                found.setdefault((str(target), (kind, str(name))), set()).add(one)
    return [Holding(target, subject, tuple(sorted(access))) for (target, subject), access in sorted(found.items())]


@dataclass(frozen=True)
class Handover:
    """What a page is about.

    Attributes:
        about: C(host), C(server), C(organization), C(version), C(auth_application).
        estate: What the filter hf_setup_estate returns.
        groups: The declared groups.
        keys: The access keys as the module conductor_access_key returns them.
        applications: The applications as the module conductor_application returns them, with their ids.
        days: How long an access key is used.
    """

    about: Entry
    estate: Entry
    groups: list[Entry]
    keys: list[Entry]
    applications: list[Entry]
    days: int = KEY_DAYS

    def page(self) -> str:
        """Return the page."""
        parts = [
            f"# Hand-over of {code(self.about.get('host'))}",
            "",
            "Written by `orkes.conductor.bootstrap`, which writes it anew on each run. No secret is in it.",
            "",
            *self._environment(),
            *self._objects(),
            *self._access(),
            *self._keys(),
            *self._next(),
            *self._rebuilt(),
        ]
        return "\n".join(parts).rstrip() + "\n"

    def _environment(self) -> list[str]:
        rows = [
            ["server", code(self.about.get("server"))],
            ["organization", code(self.about.get("organization"))],
            ["version", code(self.about.get("version"))],
            ["host in the inventory", code(self.about.get("host"))],
        ]
        return ["## The environment", "", *table(["what", "value"], rows)]

    def _objects(self) -> list[str]:
        integrations = [
            [code(entry["name"]), code(entry.get("namespace"))]
            for entry in self.estate.get("integrations") or []
            if _present(entry)
        ]
        models = [
            [code(f"{entry['integration']}:{entry['name']}"), code(host_of(entry.get("endpoint")))]
            for entry in self.estate.get("models") or []
            if _present(entry)
        ]
        groups = [
            [code(entry["name"]), listed(entry.get("roles") or []), listed(entry.get("members") or [])]
            for entry in self.groups
            if _present(entry)
        ]
        ids = {entry.get("name"): entry.get("id") for entry in self.applications}
        applications = [
            [code(entry["name"]), listed(entry.get("roles") or []), code(ids.get(entry["name"]))]
            for entry in self.estate.get("applications") or []
            if _present(entry)
        ]
        parts = [
            "## What is there",
            "",
            "As the inventory declares it. Other things on the cluster are not listed.",
            "",
        ]
        for head, rows in (
            (["integration", "namespace at Hugging Face"], integrations),
            (["model", "served at"], models),
            (["group", "roles", "declared members"], groups),
            (["application", "roles", "id"], applications),
        ):
            parts += table(head, rows) if rows else []
        return parts

    def _access(self) -> list[str]:
        members = {str(entry["name"]): entry.get("members") for entry in self.groups if _present(entry)}
        rows = []
        for held in holdings(self.estate):
            kind, name = held.subject
            people = "itself"
            if kind == "group":
                people = "its members" if members.get(name) is None else listed(members[name] or [])
            rows.append([code(held.target), f"{kind} {code(name)}", ", ".join(held.access), people])
        text = (
            "Beside them whoever has the role `ADMIN` may use everything. `orkes.conductor.audit` tells who may use a "
            "model by whatever way."
        )
        if not rows:
            return ["## Who may use which model", "", f"The inventory grants nothing. {text}", ""]
        head = ["model", "who", "access", "these are"]
        return ["## Who may use which model", "", *table(head, rows), text, ""]

    def _keys(self) -> list[str]:
        rows = [
            [
                code(application_of(key)),
                code(key.get("auth_key")),
                code(key.get("vault_file") or key.get("destination")),
                "Ansible Vault" if key.get("vault_file") else "its owner alone may read it",
                code(key.get("created")),
                code(day_after(key.get("created"), self.days)),
            ]
            for key in self.keys
        ]
        if not rows:
            return ["## Where the keys are", "", "No access key was made.", ""]
        head = ["application", "access key", "kept in", "protected by", "made on", "rotate by"]
        return [
            "## Where the keys are",
            "",
            "Paths are on the machine that ran Ansible. A server tells a secret once, so keep a copy of these files, "
            "and of the vault's password in another place.",
            "",
            *table(head, rows),
            f"An access key is to be rotated after {self.days} days, and at once when somebody leaves who could read "
            "it. Keys in files of their own are rotated with `rotation_id` in their `access_key`. For one in a vaulted "
            "file declare a second application, have the programs use its key, and then declare the first one absent. "
            "The keys of Hugging Face are changed in the inventory's vault; `orkes.conductor.rotate` replaces one that "
            "has leaked.",
            "",
        ]

    def _next(self) -> list[str]:
        own = self.about.get("auth_application")
        if own:
            first = (
                "The access key that was made by hand in the console is not needed any more: runs log in as "
                f"{code(own)}. Delete its application in the console, or with `orkes.conductor.offboard`, and take its "
                "key out of the inventory. Only a rebuild takes such a key again."
            )
        else:
            first = (
                "Runs log in with the access key that was made by hand. Keep its secret in a vault alone. With "
                "`hf_setup_auth_application` a declared application takes its place."
            )
        steps = [
            first,
            "Hand each application's key to its program, out of its file; never by mail or chat.",
            "Change the inventory, and not the console: `orkes.conductor.site` with `--check --diff` shows the plan.",
            "Have `orkes.conductor.audit` run regularly. It tells who may use which model, and what has drifted.",
            "After an upgrade of the server have `orkes.conductor.probe` look at it again, if you use a profile.",
        ]
        return ["## What to do next", "", *(f"{number}. {step}" for number, step in enumerate(steps, start=1)), ""]

    def _rebuilt(self) -> list[str]:
        ids = [
            f"- the application {code(entry.get('name'))} with the id {code(entry.get('id'))}"
            for entry in self.applications
        ]
        keys = [f"- the access key {code(key.get('auth_key'))} of {code(application_of(key))}" for key in self.keys]
        return [
            "## If the cluster has to be rebuilt",
            "",
            "Make an access key by hand as for the first time, and run `orkes.conductor.bootstrap` again. It finds "
            "that the keys in the files are not on the new cluster and makes new ones; a vaulted file is kept beside "
            "the new one as it was. Integrations, models, groups, applications and permissions come back as declared.",
            "",
            "What cannot come back, since the server makes it up:",
            "",
            *(ids + keys or ["- the ids of applications, and access keys"]),
            "",
            "Programs need their new keys, and whatever names an application by its id needs the new id. What the "
            "inventory does not declare is gone: workflows, prompts, executions, and people whom no single sign-on "
            "brings back. Inference Endpoints at Hugging Face are not part of the cluster and stay.",
            "",
        ]
