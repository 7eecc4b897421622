# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of applications: from parameters to a plan, and from a plan to requests (floor 3).

A server tells a key's secret once, and gives no name to a key: what a key is for is known by the file that names it.
"""

from __future__ import annotations

import datetime
import os
import time
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._access_key_steps import KeyWork, is_active, key_steps
from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    base_url_of,
    name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._key_file import (
    NEW,
    PENDING,
    Asked,
    FileContent,
    Journal,
    StoredKey,
    file_problem,
    folder_problem,
    keys_in_folder,
    mode_of,
    read_file,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Resource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import find_application
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import looks_masked

#: Longest time between the journal's clock and the server's at which a new key is taken for the one that was asked for,
#: in milliseconds: a request's own time and a little for clocks that differ.
LONGEST_APART = 120_000


def title_of(item: dict[str, Any]) -> str:
    """Return how messages and plans call one item: its application and its file."""
    application = item.get("application") or f"with id {item.get('application_id')}"
    place = item.get("destination") or item.get("vault_file")
    return f"{application} in {place}" if place else str(application)


def access_key_problems(item: dict[str, Any], no_log: bool) -> list[str]:
    """Return what is wrong with one desired access key, without asking the server.

    Args:
        item: Its options.
        no_log: Whether Ansible keeps the result out of every output.
    """
    found = [
        name_problem(option, item[option])
        for option in ("application", "application_id", "rotation_id")
        if item.get(option) is not None
    ]
    destination, returned = item.get("destination"), bool(item.get("return_secret"))
    present = item.get("state", "present") == "present"
    if item.get("vault_file"):
        problems = _vault_problems(item, destination, returned)
        if problems:
            return [f"access key of {title_of(item)}: {problem}" for problem in problems]
    if bool(destination) is returned:
        found.append("give either destination, the file that gets the key, or vault_file, or return_secret: true")
    if destination:
        found.append(file_problem("destination", destination))
        if item.get("journal"):
            found.append("journal goes with return_secret: beside a destination the journal has its own place")
        if item.get("held_key") is not None:
            found.append("held_key goes with return_secret: a destination holds the key itself")
    if returned:
        found += _returned_problems(item, present, no_log)
    if present and destination:
        rotates = bool(item.get("rotate"))
        if rotates is not (item.get("rotation_id") is not None):
            found.append("rotate and rotation_id go together: a key is rotated when rotation_id is another text")
        if item.get("delete_rotated") and not rotates:
            found.append("delete_rotated without rotate does nothing: give both or none")
        if rotates and item.get("enabled") is False:
            found.append("rotate logs in with the new key, and so does not go with enabled: false")
    title = f"access key of {title_of(item)}"
    return [f"{title}: {problem}" for problem in found if problem]


def _vault_problems(item: dict[str, Any], destination: Any, returned: bool) -> list[str]:
    """Return what stands against a key in a vaulted file, which Ansible opens and writes on the controller."""
    if returned and item.get("held_key") is not None and not destination:
        return []
    if destination or returned or item.get("journal") or item.get("held_key") is not None:
        return ["vault_file goes with neither destination, return_secret, journal nor held_key: keep one way"]
    return [
        "vault_file takes Ansible itself, which opens the vault: name the module orkes.conductor.conductor_access_key"
    ]


def _returned_problems(item: dict[str, Any], present: bool, no_log: bool) -> list[str | None]:
    found: list[str | None] = []
    held = item.get("held_key") is not None
    if not no_log:
        found.append("return_secret needs no_log: true on the task, or the secret would be shown and logged")
    if not item.get("journal"):
        found.append("return_secret needs journal, a file that is kept while the key is created")
    else:
        found.append(file_problem("journal", item["journal"]))
    if item.get("held_key"):
        found.append(name_problem("held_key", item["held_key"]))
    if not present and not held:
        found.append("state: absent takes destination, the file that says which key is meant")
    if item.get("rotate") or item.get("rotation_id") is not None or item.get("delete_rotated"):
        found.append("rotation takes destination, the file that says which key is the old one")
    if item.get("enabled") is False and not held:
        found.append("enabled: false takes destination, the file that says which key is meant")
    return found


def journal_of(item: dict[str, Any]) -> str:
    """Return the path of an item's journal."""
    return f"{item['destination']}{PENDING}" if item.get("destination") else str(item["journal"])


def left_behind(
    asked: Asked | None, keys: list[dict[str, Any]], known: set[str], journal: str
) -> tuple[str | None, str | None]:
    """Return the key that a run which was broken off has left, or None, and what stands against saying so.

    Args:
        asked: What the run's journal says, or None when it had asked for nothing.
        keys: The application's keys as they are now.
        known: Ids of keys of which it is known whose they are.
        journal: Path of the journal, for the message.
    """
    if asked is None:
        return None, None
    others = {*asked.existing, *known}
    candidates = [key for key in keys if key["id"] not in others]
    if not candidates:
        return None, None
    listed = ", ".join(f"{key['id']} (created {_moment(key.get('createdAt'))})" for key in candidates)
    advice = f"delete in the console those of them that nobody uses, and then remove {journal}"
    if len(candidates) > 1:
        return None, (
            f"a run was broken off while it created a key, and {len(candidates)} keys are there that were not there "
            f"before it, of which at most one is its own: {listed}; {advice}"
        )
    created = candidates[0].get("createdAt")
    if isinstance(created, (int, float)) and abs(created - asked.asked_at) > LONGEST_APART:
        return None, (
            f"a run was broken off at {_moment(asked.asked_at)} while it created a key, and there is one that was not "
            f"there before it, but of another time, so that it may be somebody else's: {listed}; {advice}"
        )
    return str(candidates[0]["id"]), None


def _moment(milliseconds: Any) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    except (TypeError, ValueError, OverflowError, OSError):
        return "at an unknown time"
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Found:
    """What is there for one item.

    Attributes:
        item: The options given for it; what was not given is absent.
        application_id: Id of its application, or None when that is not there.
        file: Its file as it is.
        stored: The key in the file, or None.
        journal: Its journal as it is.
        keys: The application's keys as the server lists them, by id, without an orphan.
        orphan: Id of a key that a run which was broken off has left, or None.
    """

    item: dict[str, Any]
    application_id: str | None = None
    file: FileContent = field(default_factory=FileContent)
    stored: StoredKey | None = None
    journal: FileContent = field(default_factory=FileContent)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    orphan: str | None = None

    @property
    def own(self) -> dict[str, Any] | None:
        """The key in the file as the server lists it, or None when it is not among the application's."""
        return None if self.stored is None else self.keys.get(self.stored.auth_key)

    @property
    def present(self) -> bool:
        """Whether a key should be there."""
        return bool(self.item.get("state", "present") == "present")

    def shown(self) -> dict[str, Any]:
        """Return it for the diff."""
        if self.stored is None:
            return {}
        return {
            "auth_key": self.stored.auth_key,
            "enabled": None if self.own is None else is_active(self.own),
            "mode": f"{self.file.mode:04o}",
            "previous_keys": sorted(self.stored.previous_keys),
            "rotation_id": self.stored.rotation_id,
        }

    def traces(self) -> dict[str, FieldChange]:
        """Return what a run that was broken off has left, each to be removed."""
        fields = {}
        if self.orphan:
            # Named in what comes after, too: a plan shows no more of what is created.
            fields["left_behind"] = FieldChange([self.orphan], f"{self.orphan} deleted")
        if self.journal.raw is not None:
            fields["journal"] = FieldChange("left by a run that was broken off", "removed")
        return fields

    def work(self, **what: Any) -> KeyWork:
        """Return what is to be done for it."""
        return KeyWork(
            application_id=self.application_id or "",
            destination=str(self.item.get("destination") or ""),
            journal=Journal(journal_of(self.item)),
            file=self.file,
            journal_content=self.journal.raw,
            stored=self.stored,
            orphan=self.orphan,
            keeps_journal=self.item.get("held_key") is not None,
            **what,
        )

    def change(self, action: str, fields: dict[str, FieldChange], work: KeyWork, stage: int) -> Change:
        """Return the change that does this work; what was left behind goes with it."""
        fields = {**self.traces(), **fields}
        before, after = self.shown(), dict(self.shown())
        if action != "create":
            before.update({name: found.before for name, found in self.traces().items()})
        after.update({name: found.after for name, found in fields.items()})
        if action == "create":
            before = {}
        if action == "delete":
            fields, after = {}, {}
        return Change("access_key", title_of(self.item), action, fields, stage, work, before, after)


def plan_present(found: Found, stage: int = 0) -> Change | None:
    """Return the change that makes an access key what it should be, or None: it is."""
    item, stored, own = found.item, found.stored, found.own
    enabled = bool(item.get("enabled", True))
    rotation_id = item.get("rotation_id") if item.get("rotate") else None
    if item.get("return_secret") and item.get("held_key") is None:
        if not found.keys:
            return found.change("create", {"enabled": FieldChange(None, True)}, found.work(creates=True), stage)
        return found.change("update", {}, found.work(), stage) if found.traces() else None
    fields: dict[str, FieldChange] = {}
    if stored is None:
        if rotation_id is not None:
            fields["rotation_id"] = FieldChange(None, rotation_id)
        fields["enabled"] = FieldChange(None, enabled)
        work = found.work(creates=True, enabled=None if enabled else False, rotation_id=rotation_id)
        return found.change("create", fields, work, stage)
    work = found.work(previous=stored.previous_keys)
    if found.file.open_to_others and item.get("destination"):
        work.rewrites = True
    elif found.file.open_to_others:
        work.closes = str(item["vault_file"])
    if found.file.open_to_others:
        fields["mode"] = FieldChange(f"{found.file.mode:04o}", "0600")
    work.creates = own is None or (rotation_id is not None and stored.rotation_id != rotation_id)
    work.rotation_id = stored.rotation_id if rotation_id is None else rotation_id
    if work.creates:
        fields["auth_key"] = FieldChange(stored.auth_key, "a new one")
        if work.rotation_id != stored.rotation_id:
            fields["rotation_id"] = FieldChange(stored.rotation_id, rotation_id)
    active = True if work.creates else own is not None and is_active(own)
    if active is not enabled:
        fields["enabled"] = FieldChange(None if own is None else is_active(own), enabled)
        work.enabled = enabled
    if rotation_id is not None:
        _plan_previous(found, stored, work, fields)
    if not fields and not found.traces():
        return None
    return found.change("update", fields, work, stage)


def _plan_previous(found: Found, stored: StoredKey, work: KeyWork, fields: dict[str, FieldChange]) -> None:
    """Plan what becomes of the keys before the one that is in the file, or will be."""
    older = [*stored.previous_keys, *([stored.auth_key] if work.creates and found.own else [])]
    there = [key for key in dict.fromkeys(older) if key in found.keys]
    remembered = there if work.creates else [*stored.previous_keys]
    work.previous = tuple(remembered)
    work.deactivates = [key for key in there if is_active(found.keys[key])]
    if found.item.get("delete_rotated"):
        work.deletes, work.forgets, remembered = there, older, []
    if work.deactivates:
        fields["deactivated"] = FieldChange([], sorted(work.deactivates))
    if work.deletes:
        fields["deleted"] = FieldChange([], sorted(work.deletes))
    if sorted(remembered) != sorted(stored.previous_keys):
        fields["previous_keys"] = FieldChange(sorted(stored.previous_keys), sorted(remembered))
    # Also after a run that was killed: it may have handed the key over and not yet seen it work.
    work.rotates = work.creates or bool(work.deactivates or work.deletes)


def plan_absent(found: Found, stage: int = 0) -> Change | None:
    """Return the change that deletes an access key with its file, or None: there is neither."""
    if found.stored is None:
        return found.change("delete", {}, found.work(), stage) if found.traces() else None
    named = [*found.stored.previous_keys, found.stored.auth_key] if found.own else [*found.stored.previous_keys]
    there = [key for key in dict.fromkeys(named) if key in found.keys]
    kept = bool(found.item.get("destination"))
    if not (kept or there or found.traces()):
        return None
    work = found.work(deletes=there, removes_file=kept)
    return found.change("delete", {}, work, stage)


class AccessKeyResource(Resource):
    """The access keys of one module call."""

    kind = "access_key"
    _changes: list[tuple[Found, Change | None]]

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server, its files included."""
        problems = access_key_problems(item, self.call.no_log)
        if problems:
            return problems
        title = f"access key of {title_of(item)}"
        option = "destination" if item.get("destination") else "journal"
        missing = None if self.call.check_mode else folder_problem(option, item[option])
        if missing:
            return [f"{title}: {missing}"]
        try:
            file = read_file(item["destination"]) if item.get("destination") else FileContent()
            journal = read_file(journal_of(item))
        except InvalidInput as error:
            return [f"{title}: {problem}" for problem in error.problems]
        if file.raw is not None and StoredKey.parse(file.raw) is None:
            problems.append(f"{title}: the file holds no access key: name another one, or move it away")
        stored = None if file.raw is None else StoredKey.parse(file.raw)
        if stored is not None and looks_masked(stored.auth_secret):
            problems.append(
                f"{title}: the file's secret is a mask or a placeholder: put the real one back, or remove it"
            )
        if journal.raw and Asked.parse(journal.raw) is None:
            problems.append(f"{title}: {journal_of(item)} is no journal of this module: look at it, and remove it")
        return problems

    def title(self, item: dict[str, Any]) -> str:
        """Return the name that tells an item from every other one."""
        return title_of(item)

    def duplicate_problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return items that are listed more than once, or that would use each other's files."""
        users: dict[str, list[str]] = {}
        for item in items:
            destination = item.get("destination")
            paths = (
                [f"{destination}{ending}" for ending in ("", PENDING, NEW)] if destination else [item.get("journal")]
            )
            for path in paths:
                if path:
                    users.setdefault(os.path.realpath(path), []).append(title_of(item))
        shared = [
            f"access keys of {' and '.join(dict.fromkeys(titles))} would use the same file {path}: give each its own"
            for path, titles in users.items()
            if len(set(titles)) > 1 and not path.endswith((PENDING, NEW))
        ]
        return super().duplicate_problems(items) + shared

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way. Touches no file."""
        plan = Plan()
        problems: list[str] = []
        self._changes = []
        founds = [self._read_files(client, plan, item) for item in items]
        self._look_at_vaults(plan, founds)
        listed = client.list_applications()
        for found in founds:
            self._find_application(plan, problems, found, listed)
        ids = [found.application_id for found in founds if found.application_id]
        keys = self.read_each(client.list_access_keys, ids)
        known = {client.own_key or ""}
        for found in founds:
            if found.stored is not None:
                known |= {found.stored.auth_key, *found.stored.previous_keys}
        for found in founds:
            self._find_keys(client, plan, problems, found, keys.get(found.application_id or "", []), known)
            self._warn(client, plan, found, known)
        if problems:
            return plan, problems
        stages: dict[str, int] = {}
        for found in founds:
            # One application's keys one after the other: what a killed run leaves has to be one key at most.
            stage = stages.get(found.application_id or "", 0)
            stages[found.application_id or ""] = stage + 1
            change = (plan_present if found.present else plan_absent)(found, stage)
            problems += self._own_key_problems(client, found, change)
            plan.add(change)
            self._changes.append((found, change))
        return plan, problems

    def _read_files(self, client: ConductorClient, plan: Plan, item: dict[str, Any]) -> Found:
        destination = item.get("destination")
        file = read_file(destination) if destination else FileContent()
        stored = None if file.raw is None else StoredKey.parse(file.raw)
        if stored is not None:
            client.learn_secret(stored.auth_secret)
        if file.open_to_others and item.get("state", "present") == "present":
            plan.warn(
                f"{destination} had the permissions {file.mode:04o}, so that others than its owner may have read the "
                "secret: it gets 0600, and the key should be rotated"
            )
        held = item.get("held_key")
        if held:
            # Its secret is where the caller keeps it, and nothing here needs it.
            stored = StoredKey(str(held), "")
        option = next(option for option in ("destination", "vault_file", "journal") if item.get(option))
        missing = folder_problem(option, item[option])
        # Whoever plans ahead of its own tasks has one that makes the folders.
        if missing and self.call.options.get("pending_parents") is None:
            plan.warn(f"{missing}, or let an earlier task do it")
        return Found(item, None, file, stored, read_file(journal_of(item)))

    @staticmethod
    def _look_at_vaults(plan: Plan, founds: list[Found]) -> None:
        """Note of each vaulted file that others may read it. It is closed with the first of the keys in it."""
        seen: set[str] = set()
        for found in sorted(founds, key=lambda one: one.stored is None):
            path = found.item.get("vault_file")
            if not path or path in seen or not found.present:
                continue
            seen.add(path)
            file = mode_of(path)
            if file.open_to_others:
                found.file = file
                plan.warn(
                    f"{path} had the permissions {file.mode:04o}, so that others than its owner may have read it: it "
                    "gets 0600. Whoever has it and the vault's password has its keys"
                )

    def _find_application(self, plan: Plan, problems: list[str], found: Found, listed: list[dict[str, Any]]) -> None:
        name, own_id = found.item.get("application"), found.item.get("application_id")
        title = f"access key of {title_of(found.item)}"
        application, problem = find_application(listed, str(name), own_id)
        if found.present and self.contradicts(problems, "applications", str(name), title):
            return
        if problem:
            problems.append(f"{title}: {problem}")
        elif application is not None:
            found.application_id = str(application.get("id"))
            if name is not None and application.get("name") != name:
                problems.append(
                    f"{title}: the application with id {own_id} has the name {application.get('name')}: check which of "
                    "the two is meant, and give it alone"
                )
        elif found.present and own_id is not None:
            problems.append(f"{title}: there is no application with id {own_id}: check the id")
        elif found.present:
            self.missing(plan, problems, "applications", str(name), title)

    def _find_keys(
        self,
        client: ConductorClient,
        plan: Plan,
        problems: list[str],
        found: Found,
        keys: list[dict[str, Any]],
        known: set[str],
    ) -> None:
        title, journal = f"access key of {title_of(found.item)}", journal_of(found.item)
        asked = Asked.parse(found.journal.raw) if found.journal.raw else None
        if asked is not None and asked.application_id != found.application_id:
            if client.get_application(asked.application_id) is not None:
                problems.append(
                    f"{title}: a run was broken off while it created a key for the application with id "
                    f"{asked.application_id}: run it for that one first, or look through its keys and remove {journal}"
                )
            asked = None
        if asked is not None and any(key["id"] not in {*asked.existing, *known} for key in keys):
            known = known | keys_in_folder(os.path.dirname(journal))
        found.orphan, problem = left_behind(asked, keys, known, journal)
        problems += [f"{title}: {problem}"] if problem else []
        found.keys = {key["id"]: key for key in keys if key["id"] != found.orphan}
        if found.stored is not None and found.own is None:
            problem = self._lost(client, found, found.stored)
            problems += [f"{title}: {problem}"] if problem else []
            stays = None if problem or not found.present else self._stays(client, found.stored)
            if stays:
                plan.warn(f"{title}: {stays}")

    @staticmethod
    def _warn(client: ConductorClient, plan: Plan, found: Found, known: set[str]) -> None:
        """Warn of what cannot be set right here."""
        title, destination = f"access key of {title_of(found.item)}", found.item.get("destination")
        asked = Asked.parse(found.journal.raw) if found.journal.raw else None
        arrived = asked is not None and found.own is not None and found.own["id"] not in asked.existing
        waiting = asked is not None and found.orphan is None and not arrived
        if asked is not None and waiting and time.time() * 1000 - asked.asked_at < LONGEST_APART:
            plan.warn(
                f"{title}: a run was broken off at {_moment(asked.asked_at)} while it asked for a key, and there is "
                "none (yet). If the request is still on its way its key will be in no file: look through the "
                "application's keys in a few minutes"
            )
        kept_url = "" if found.stored is None else found.stored.server_url
        if kept_url and base_url_of(kept_url) != client.base_url:
            plan.warn(
                f"{title}: the file says that its key is for {kept_url}, and this is {client.base_url}: whoever reads "
                "the file goes there"
            )
        if found.stored is None and found.present and destination and found.keys:
            others = set(found.keys) - known - keys_in_folder(os.path.dirname(destination))
            if others:
                plan.warn(
                    f"{title}: the application also has the keys {', '.join(sorted(others))}, which are in no file in "
                    "that folder: if this file was lost, delete in the console those that nobody uses"
                )
        if found.stored is None and found.present and found.item.get("held_key") is not None:
            others = set(found.keys) - known
            if others:
                plan.warn(
                    f"{title}: the application also has the keys {', '.join(sorted(others))}, which are not kept "
                    "there: delete in the console those that nobody uses"
                )

    @staticmethod
    def _lost(client: ConductorClient, found: Found, stored: StoredKey) -> str | None:
        """Return what stands against going on with a file whose key is not among the application's."""
        if found.present and found.item.get("replace_lost"):
            return None
        if not found.item.get("destination"):
            return AccessKeyResource._lost_elsewhere(client, found, stored)
        what = "give the file of this application's key"
        try:
            holder = client.get_application_of_key(stored.auth_key)
        except ApiError as error:
            if not error.forbidden:
                raise
            return f"the file's key {stored.auth_key} belongs to an application that the caller may not read: {what}"
        if holder is not None:
            name = f"{holder.get('name')} (id {holder.get('id')})"
            if not found.present:
                return f"the file's key {stored.auth_key} belongs to application {name}, and so stays: {what}"
            return (
                f"the file's key {stored.auth_key} belongs to application {name}: {what}, or set replace_lost: true to "
                "put a new key into it; the other one stays on the server"
            )
        if not found.present:
            return None
        return (
            f"the file's key {stored.auth_key} is not on the server any more: set replace_lost: true to put a new one "
            "into the file, or remove the file, or check server_url"
        )

    @staticmethod
    def _lost_elsewhere(client: ConductorClient, found: Found, stored: StoredKey) -> str | None:
        """Return what stands against going on with a key that is kept elsewhere and is not among the application's."""
        if not found.present:
            return None
        stays = AccessKeyResource._stays(client, stored)
        return (
            f"the key {stored.auth_key} that is kept for it is not among the application's keys any more: set "
            f"replace_lost: true to have a new one, or check server_url{f'. Note that {stays}' if stays else ''}"
        )

    @staticmethod
    def _stays(client: ConductorClient, stored: StoredKey) -> str | None:
        """Return that a key which gives its place to a new one is still on the server, or None: it is not."""
        advice = (
            "if that application was renamed, give it its name back before this is applied, or else delete the key in "
            "the console when nobody uses it any more"
        )
        try:
            holder = client.get_application_of_key(stored.auth_key)
            if holder is None:
                return None
            keys = client.list_access_keys(str(holder.get("id")))
        except ApiError as error:
            # A server need not say of an unknown key that it is unknown, and a rebuilt cluster knows none of them.
            return (
                f"it cannot be seen whether the key {stored.auth_key}, which is kept for it, is still on the server "
                f"({error.status or 'no answer'}): look for it in the console, and {advice}"
            )
        active = any(key["id"] == stored.auth_key and is_active(key) for key in keys)
        return (
            f"the key {stored.auth_key}, which is kept for it, belongs to the application with id {holder.get('id')}, "
            f"which has the name {holder.get('name')} now, and {'still lets in whoever has it' if active else 'stays'}"
            f": {advice}"
        )

    @staticmethod
    def _own_key_problems(client: ConductorClient, found: Found, change: Change | None) -> list[str]:
        """Return what would leave the caller without the key that it logs in with."""
        if change is None or found.stored is None or found.stored.auth_key != client.own_key:
            return []
        if change.action == "delete" or change.payload.enabled is False:
            word = "delete" if change.action == "delete" else "deactivate"
            return [
                f"access key of {title_of(found.item)} is the one that the caller logs in with: {word} it by another"
            ]
        return []

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the steps that make one change of this resource's plan."""
        return key_steps(client, change.payload)

    def further_result(self) -> dict[str, Any]:
        """Return what each key that is there now is, without its secret; check mode knows no id of a new one."""
        return {"access_keys": [self._told(found, change) for found, change in self._changes if found.present]}

    def _told(self, found: Found, change: Change | None) -> dict[str, Any]:
        work: KeyWork | None = None if change is None else change.payload
        stored = found.stored if work is None else work.stored
        if work is not None and work.creates and self.call.check_mode:
            stored = None
        return {
            "application": found.item.get("application"),
            "application_id": found.application_id,
            "auth_key": None if stored is None else stored.auth_key,
            "destination": found.item.get("destination"),
            "vault_file": found.item.get("vault_file"),
            "rotation_id": None if stored is None else stored.rotation_id,
            "previous_keys": [] if stored is None else sorted(stored.previous_keys),
        }

    def revealed_result(self) -> dict[str, Any]:
        """Return the new keys with their secrets, for those items that ask for that."""
        asked_for = [change for found, change in self._changes if found.item.get("return_secret")]
        if not asked_for:
            return {}
        made = [change.payload.stored for change in asked_for if change is not None]
        names = ("auth_key", "auth_secret", "application_id", "server_url")
        # One that was there before stands without its secret, and is none that was made.
        made = [key for key in made if key is not None and key.auth_secret]
        return {"credentials": [{name: getattr(key, name) for name in names} for key in made]}
