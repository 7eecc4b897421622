# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what was read of a cluster to the variables of the role hf_setup that declare exactly this (pure).

What these variables have no form for is not lost but told in comments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._grants import direct_grants, target_reference
from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    TYPE,
    Reference,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource import ACCESS
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import application_problems
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import group_problems
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import integration_problems
from ansible_collections.orkes.conductor.plugins.module_utils._resource_model import model_problems
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import HIDDEN
from ansible_collections.orkes.conductor.plugins.plugin_utils import _inventory_text as text

Entry = Mapping[str, Any]
#: Who holds what: (subject, target).
Grant = tuple[Reference, Reference]

SCRUBBED = "holds a secret"
KEYS = (
    "Keys are not written here, and the cluster keeps the ones that it has: with on_create a key is used only for an",
    "integration that does not exist yet. To manage a key, give it from a vault as api_key and take this line out.",
)
NOT_EXPRESSED = "What follows is on the cluster too. The role has no form for it and leaves it as it is."


def _holds_hidden(value: Any) -> bool:
    """Tell whether something was scrubbed out of a value: then it is not the value any more."""
    if isinstance(value, str):
        return HIDDEN in value
    if isinstance(value, dict):
        return any(_holds_hidden(key) or _holds_hidden(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_holds_hidden, value))


def _obstacle(value: Any) -> str | None:
    """Return why a value cannot stand in a file, or None."""
    if _holds_hidden(value):
        return SCRUBBED
    return None if text.can_be_written(value) else "holds characters that cannot be written"


def _sorted_access(access: Iterable[str]) -> list[str]:
    return sorted(access, key=lambda word: (ACCESS.index(word) if word in ACCESS else len(ACCESS), word))


class _Object:
    """One entry of a list of the role: each option goes in if the role takes it, and a comment says why it does not.

    Args:
        identity: The options that name the object.
        problems: Says what is wrong with an entry, as the module does that takes it.
        further: Options that C(problems) needs and that are not written.
    """

    def __init__(
        self, identity: Entry, problems: Callable[[dict[str, Any]], list[str]], further: Entry | None = None
    ) -> None:
        self._identity = {**(further or {}), **identity}
        self._problems = problems
        self.entry = text.Mapping()
        for option, value in identity.items():
            self.entry.add(option, value)

    def problem(self) -> str | None:
        """Return why the object cannot be declared at all, or None."""
        obstacle = _obstacle(self._identity)
        return f"its name {obstacle}" if obstacle else next(iter(self._problems(self._identity)), None)

    def _problem_of(self, option: str, value: Any) -> str | None:
        return _obstacle(value) or next(iter(self._problems({**self._identity, option: value})), None)

    def add(self, option: str, value: Any) -> None:
        """Add an option, or say why it is left out."""
        problem = self._problem_of(option, value)
        if problem:
            self.entry.remark(f"{option} is left out: {problem}")
        else:
            self.entry.add(option, value)

    def add_text(self, option: str, value: Any) -> None:
        """Add an option that has to be a text, unless the server has nothing there."""
        if isinstance(value, str):
            self.add(option, value)
        elif value is not None:
            self.entry.remark(f"{option} is left out: it is no text on the server")

    def add_some(self, option: str, values: list[Any]) -> None:
        """Add an option that is a list to which the role only adds, without those entries that it does not take."""
        good = []
        for value in values:
            problem = self._problem_of(option, [value])
            if problem:
                self.entry.remark(f"{option}: one is left out: {problem}")
            else:
                good.append(value)
        self.entry.add(option, good)

    def add_each(self, option: str, values: Entry) -> None:
        """Add an option that is a dictionary, without those keys of it that the role does not take."""
        good = {}
        for key, value in sorted(values.items()):
            problem = self._problem_of(option, {key: value})
            if problem:
                shown = "a key" if _obstacle(key) else text.quoted(key)
                self.entry.remark(f"{option}: {shown} is left out: {problem}")
            else:
                good[key] = value
        if good:
            self.entry.add(option, good)

    def add_tags(self, tags: Entry) -> None:
        """Add tags; a key with several values has no form, and stays as it is."""
        for key, value in sorted(tags.items()):
            if isinstance(value, list):
                shown = text.quoted(key) if not _obstacle([key, value]) else "one"
                self.entry.remark(f"tags: {shown} is left out: it has {len(value)} values, which stay as they are")
        self.add_each("tags", {key: value for key, value in tags.items() if not isinstance(value, list)})


@dataclass
class Reading:
    """What was read of a cluster; None where the caller may not read it.

    Attributes:
        integrations: As hf_integration_info returns them.
        groups: As conductor_group_info returns them.
        applications: As conductor_application_info returns them.
        held: What groups and applications hold, as conductor_permission_info returns it.
        granted: Who holds what on the integrations and their models, as conductor_permission_info returns it.
    """

    integrations: list[dict[str, Any]]
    groups: list[dict[str, Any]] | None
    applications: list[dict[str, Any]] | None
    held: list[dict[str, Any]] | None
    granted: list[dict[str, Any]] | None


@dataclass
class Export:
    """The variables for one cluster.

    Args:
        reading: What was read.
        about: Lines that head the file.
        notes: What the reading could not see.
        asked_for: Names and ids of the applications that were asked for, if not for all.
    """

    reading: Reading
    about: list[str]
    notes: list[str]
    asked_for: list[str] = field(default_factory=list)
    #: Objects that cannot be declared, each with the reason.
    left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._models: dict[str, list[str]] = {}
        self._told: dict[Grant, set[str]] = {}
        self.counts = {"integrations": 0, "models": 0, "groups": 0, "applications": 0, "permissions": 0}

    def document(self) -> str:
        """Return the file's text; the same cluster gives the same text."""
        integrations = [
            entry for found in self._sorted(self.reading.integrations) for entry in self._integration(found)
        ]
        groups = [entry for found in self._sorted(self.reading.groups) for entry in self._group(found)]
        applications = self._applications()
        grants = self._other_grants()
        variables = text.Mapping()
        for line in self.about:
            variables.remark(line)
        if self.notes:
            variables.remark("Not everything could be seen:")
            for note in self.notes:
                variables.remark(f"- {note}")
        variables.remark("")
        if integrations:
            for line in KEYS:
                variables.remark(line)
            variables.add("hf_setup_update_api_key", "on_create")
        variables.add("hf_setup_integrations", integrations)
        if self.reading.groups is not None:
            variables.add("hf_setup_groups", groups)
        if self.reading.applications is not None:
            variables.add("hf_setup_applications", applications)
        if self.left_out or grants:
            variables.remark("")
            variables.remark(NOT_EXPRESSED)
            for line in [*self.left_out, *grants]:
                variables.remark(f"- {line}")
        return text.document(variables)

    @staticmethod
    def _sorted(found: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
        return sorted(found or [], key=lambda entry: (str(entry.get("name")), str(entry.get("id"))))

    def _give_up(self, title: str, item: _Object) -> bool:
        problem = item.problem()
        if problem:
            self.left_out.append(f"{title}: {problem}")
        return problem is not None

    def _integration(self, found: Entry) -> list[text.Mapping]:
        name = str(found["name"])
        item = _Object({"name": name}, integration_problems)
        if self._give_up(f"integration {self._name(name)}", item):
            return []
        secrets = ", ".join(key for key in found.get("secret_keys") or [] if not _obstacle(key))
        item.entry.remark(f"not exported, as no secret is: {secrets or 'api_key'}")
        item.add_text("namespace", found.get("namespace"))
        item.add_text("description", found.get("description"))
        item.add("enabled", bool(found.get("enabled")))
        item.add_tags(found.get("tags") or {})
        item.add_each("configuration", found.get("configuration") or {})
        models = [entry for model in self._sorted(found.get("models")) for entry in self._model(name, model)]
        item.entry.add("models", models)
        self._models.setdefault(name, [])
        self.counts["integrations"] += 1
        return [item.entry]

    def _model(self, integration: str, found: Entry) -> list[text.Mapping]:
        name = str(found["name"])
        item = _Object({"name": name}, model_problems, {"integration": integration})
        if self._give_up(f"model {self._name(f'{integration}:{name}')}", item):
            return []
        if found.get("secret_keys"):
            secrets = ", ".join(key for key in found["secret_keys"] if not _obstacle(key))
            item.entry.remark(f"not exported, as no secret is: {secrets}")
        if found.get("endpoint") is None:
            item.entry.remark("it has no endpoint: the server may have registered it by itself")
        item.add_text("endpoint", found.get("endpoint"))
        item.add_text("description", found.get("description"))
        item.add("enabled", bool(found.get("enabled")))
        item.add_tags(found.get("tags") or {})
        item.add_each("configuration", found.get("configuration") or {})
        self._models.setdefault(integration, []).append(name)
        self.counts["models"] += 1
        return [item.entry]

    def _group(self, found: Entry) -> list[text.Mapping]:
        name = str(found["name"])
        item = _Object({"name": name}, group_problems)
        if self._give_up(f"group {self._name(name)}", item):
            return []
        item.add_text("description", found.get("description"))
        item.add("roles", list(found.get("roles") or []))
        item.add("default_access", dict(found.get("default_access") or {}))
        item.add_some("members", list(found.get("members") or []))
        self._permissions(item, ("GROUP", name))
        self.counts["groups"] += 1
        return [item.entry]

    def _applications(self) -> list[text.Mapping]:
        listed = self._sorted(self.reading.applications)
        names = [str(found["name"]) for found in listed]
        ids = {str(found["id"]) for found in listed}
        entries = []
        for found in listed:
            name, own_id = str(found["name"]), str(found["id"])
            # A name that is not unique, or reads like an id, does not settle which one is meant. Of one that was asked
            # for by its id it is not known whether another has its name, which was not read then.
            unique = names.count(name) == 1 and name not in ids and own_id not in self.asked_for
            settled = {} if unique else {"application_id": own_id}
            item = _Object({"name": name, **settled}, application_problems)
            if self._give_up(f"application {self._name(name)}", item):
                continue
            if found.get("roles") is None:
                item.entry.remark("its roles could not be read")
            else:
                item.add("roles", list(found["roles"]))
            if found.get("tags") is None:
                item.entry.remark("its tags could not be read")
            else:
                item.add_tags(found["tags"])
            self._permissions(item, ("USER", f"app:{own_id}"))
            self.counts["applications"] += 1
            entries.append(item.entry)
        return entries

    def _permissions(self, item: _Object, subject: Reference) -> None:
        """Add what a subject holds, as far as permissions of the role are a form for it, and note what they tell."""
        if self.reading.held is None:
            return
        entries = [entry for entry in self.reading.held if _reference(entry["subject"]) == subject]
        known = {target: access & set(ACCESS) for target, access in direct_grants(entries).items()}
        permissions = permissions_for(known, self._models)
        for permission in permissions:
            name = permission["integration"]
            targets = [] if permission.get("models_only") else [(INTEGRATION_PROVIDER, name)]
            targets += [(INTEGRATION, f"{name}:{model}") for model in permission.get("models") or []]
            for target in targets:
                self._told.setdefault((subject, target), set()).update(permission["access"])
        if permissions:
            item.entry.add("permissions", [text.Mapping(list(permission.items())) for permission in permissions])
        self.counts["permissions"] += len(permissions)

    def _other_grants(self) -> list[str]:
        """Return the grants that no permission tells, as sentences."""
        lines: dict[tuple[str, str, str, str], list[str]] = {}
        held = self.reading.held or []
        # What is derived from a tag, and what a target says of its own, may say the same again.
        in_order = [entry for entry in held if not entry.get("tag")] + [entry for entry in held if entry.get("tag")]
        for entry in [*in_order, *(self.reading.granted or [])]:
            subject, target = _reference(entry["subject"]), target_reference(*_reference(entry["target"]))
            tag = entry.get("tag")
            told = self._told.setdefault((subject, target), set())
            access = set(entry["access"]) - (set() if tag else told)
            told.update(access)
            if access:
                key = self._holder(subject), ", ".join(_sorted_access(access)), target[0], str(tag or "")
                lines.setdefault(key, []).append(self._name(target[1]))
        return [
            f"{holder}: {access} on {kind} {', '.join(sorted(targets))}"
            + (f", derived from the tag {self._name(tag)}" if tag else "")
            for (holder, access, kind, tag), targets in sorted(lines.items())
        ]

    def _holder(self, subject: Reference) -> str:
        kind, name = subject
        if kind == "USER":
            for found in self.reading.applications or []:
                if name in (found["id"], f"app:{found['id']}"):
                    return f"application {self._name(str(found['name']))} ({kind} {self._name(name)})"
        return f"{kind} {self._name(name)}"

    @staticmethod
    def _name(name: str) -> str:
        return "(a name that holds a secret)" if _holds_hidden(name) else text.quoted(name)


def _reference(entry: Entry) -> Reference:
    return str(entry["type"]), str(entry["id"])


def permissions_for(held: Mapping[Reference, set[str]], models_of: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Return the permissions of the role that grant exactly what a subject holds on these integrations and models.

    Models are named, even where it is all of them, so that one that comes later is not granted by itself.

    Args:
        held: Accesses by target.
        models_of: Models by integration.
    """
    permissions: list[dict[str, Any]] = []
    for integration, models in sorted(models_of.items()):
        by_access: dict[tuple[str, ...], list[str]] = {}
        for model in sorted(models):
            access = held.get((INTEGRATION, f"{integration}:{model}"))
            if access:
                by_access.setdefault(tuple(_sorted_access(access)), []).append(model)
        own = tuple(_sorted_access(held.get((INTEGRATION_PROVIDER, integration)) or ()))
        if own:
            alike = by_access.pop(own, [])
            named = {"models": alike} if alike else {}
            permissions.append({"integration": integration, **named, "access": list(own)})
        permissions += [
            {"integration": integration, "models": alike, "models_only": True, "access": list(access)}
            for access, alike in sorted(by_access.items())
        ]
    return permissions


def selection_problems(reading: Reading, chosen: Mapping[str, Iterable[str] | None]) -> list[str]:
    """Return what was asked for by name and cannot be exported.

    Args:
        reading: What was read.
        chosen: Names by kind (C(integrations), C(groups), C(applications)), or None for all.
    """
    problems = []
    for kind in ("integrations", "groups", "applications"):
        found = getattr(reading, kind)
        if chosen.get(kind) is None or found is None:
            continue
        named = {str(entry.get(key)) for entry in found for key in ("name", "id")}
        problems += [
            f"hf_setup_export_{kind} has {name}, which is not there, or which this key may not read: check the name"
            for name in map(str, chosen[kind] or [])
            if name not in named
        ]
    problems += [
        f"hf_setup_export_integrations has {entry['name']}, which has type {entry.get('type')} and not {TYPE}: this "
        "role does not manage it, so take it out"
        for entry in reading.integrations
        if entry.get("type") != TYPE
    ]
    return problems
