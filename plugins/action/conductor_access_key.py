# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the module conductor_access_key that only the controller can do: files that Ansible Vault encrypts.

The module itself creates, pauses and deletes keys. Whatever has no C(vault_file) goes to it as it is.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
from typing import Any, Iterator

from ansible.plugins.action import ActionBase

from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._key_file import (
    PENDING,
    Journal,
    folder_problem,
    remove_file,
)
from ansible_collections.orkes.conductor.plugins.plugin_utils._key_vault import LOCK, KeyVault

#: Options that say by themselves where a key is kept.
OTHER_WAYS = ("destination", "return_secret", "journal", "held_key")


def application_of(item: dict[str, Any]) -> str:
    """Return the name under which an item's key is kept: that of its application, or else its id."""
    return str(item.get("application") or item.get("application_id") or "")


def journal_of(item: dict[str, Any]) -> str:
    """Return the journal of an item, which is one of many beside a file; the application's name need not be one."""
    mark = hashlib.sha256(application_of(item).encode("utf-8")).hexdigest()[:12]
    return f"{item['vault_file']}.{mark}{PENDING}"


class ActionModule(ActionBase):
    """Opens and writes the files, and has the module do the rest."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        entries = arguments.get("access_keys")
        items = entries if isinstance(entries, list) else [arguments]
        vaulted = [item for item in items if isinstance(item, dict) and item.get("vault_file")]
        if not vaulted:
            wrap_async = self._task.async_val and not getattr(self._connection, "has_native_async", False)
            result.update(self._execute_module(task_vars=task_vars, wrap_async=wrap_async))
            if not wrap_async:
                self._remove_tmp_path(self._connection._shell.tmpdir)
            return result
        try:
            done = self._with_vaults(arguments, vaulted, task_vars)
        except InvalidInput as error:
            done = _nothing("\n".join(error.problems))
        except CollectionError as error:
            done = _nothing(str(error))
        self._remove_tmp_path(self._connection._shell.tmpdir)
        return {**result, **done}

    def _with_vaults(
        self, arguments: dict[str, Any], vaulted: list[dict[str, Any]], task_vars: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Run the module, and keep what it has created."""
        if self._connection.transport != "local" or self._task.async_val:
            text = "vault_file is on the controller: run the task with connection: local, and without async"
            raise InvalidInput([text])
        inherited = {"state": arguments["state"]} if arguments.get("state") else {}
        filled = [{**inherited, **item, "vault_file": _whole(item["vault_file"])} for item in vaulted]
        clash = [item for item in filled if any(item.get(option) is not None for option in OTHER_WAYS)]
        if clash:
            raise InvalidInput(
                ["vault_file goes with neither destination, return_secret, journal nor held_key: keep one way"]
            )
        paths = sorted({item["vault_file"] for item in filled})
        with contextlib.ExitStack() as locks:
            if not self._task.check_mode:
                for path in paths:
                    missing = folder_problem("vault_file", path)
                    if missing:
                        raise InvalidInput([missing])
                    locks.enter_context(_locked(path))
            vaults = {path: KeyVault(path, self._loader._vault.secrets) for path in paths}
            for vault in vaults.values():
                vault.open()
                # Before anything is created, not after.
                vault.password()
            done = self._run_module(arguments, vaulted, filled, vaults, task_vars)
            made = {key["auth_key"]: key for key in done.pop("credentials", None) or []}
            if self._task.check_mode:
                _date(vaults, done)
            else:
                try:
                    done.update(_keep(vaults, filled, made, done))
                except CollectionError as error:
                    text = f"{error}. Keys that were created are in no file; a further run deletes them"
                    done.update({"failed": True, "msg": text})
            for kept in done.get("kept_before") or []:
                # Also where a later task fails.
                self._display.warning(
                    f"keys were replaced, and the file as it was before is kept as {kept}: remove it when nobody needs "
                    "the keys in it any more"
                )
        return done

    def _run_module(
        self,
        arguments: dict[str, Any],
        vaulted: list[dict[str, Any]],
        filled: list[dict[str, Any]],
        vaults: dict[str, KeyVault],
        task_vars: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """Run the module with what it has to know of the keys in the files; none of their secrets among it."""
        for item in filled:
            held = vaults[item["vault_file"]].keys.get(application_of(item), {})
            item.update(return_secret=True, journal=journal_of(item), held_key=held.get("auth_key", ""))
        if isinstance(arguments.get("access_keys"), list):
            changed = {id(item): replaced for item, replaced in zip(vaulted, filled)}
            arguments["access_keys"] = [changed.get(id(item), item) for item in arguments["access_keys"]]
        else:
            arguments = filled[0]
        # The module hands secrets to nobody but a task that Ansible keeps quiet about. They come no further than here.
        quiet = self._task.no_log
        self._task.no_log = True
        try:
            return dict(
                self._execute_module(
                    module_name="orkes.conductor.conductor_access_key", module_args=arguments, task_vars=task_vars
                )
            )
        finally:
            self._task.no_log = quiet


def _whole(path: Any) -> str:
    """Return a path as the module will have it."""
    return os.path.expanduser(os.path.expandvars(str(path)))


def _nothing(message: str) -> dict[str, Any]:
    """Return the result of a call that wrote nothing."""
    summary = dict.fromkeys(("created", "updated", "deleted", "unchanged", "failed", "skipped"), 0)
    return {
        "failed": True, "changed": False, "msg": message, "changes": [], "plan": [], "summary": summary,
        "failures": [], "not_attempted": [],
    }  # fmt: skip


@contextlib.contextmanager
def _locked(path: str) -> Iterator[None]:
    """Keep other runs away from a file, from before it is read until after it is written."""
    lock = Journal(f"{path}{LOCK}")
    lock.lock(None)
    try:
        yield
    finally:
        lock.remove()


def _date(vaults: dict[str, KeyVault], done: dict[str, Any]) -> None:
    """Add to what is told of each key when it was created."""
    for entry in done.get("access_keys") or []:
        if entry.get("vault_file") in vaults:
            kept = vaults[entry["vault_file"]].keys.get(application_of(entry), {})
            entry["created"] = kept.get("created")


def _keep(
    vaults: dict[str, KeyVault], items: list[dict[str, Any]], made: dict[str, dict[str, str]], done: dict[str, Any]
) -> dict[str, Any]:
    """Put created keys into their files, take deleted ones out, and end the journals; return what there is to tell."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    told = [entry for entry in done.get("access_keys") or [] if entry.get("vault_file")]
    kept_before: list[str | None] = []
    for path, vault in vaults.items():
        keys = dict(vault.keys)
        news = [entry for entry in told if entry["vault_file"] == path and entry["auth_key"] in made]
        for entry in news:
            key = made[entry["auth_key"]]
            fields = ("auth_key", "auth_secret", "application_id", "server_url")
            keys[application_of(entry)] = {**{name: str(key[name]) for name in fields}, "created": today}
        replaced = any(keys[name] != vault.keys[name] for name in vault.keys)
        gone = [
            application_of(item)
            for item in items
            if item["vault_file"] == path and item.get("state") == "absent" and not done.get("failed")
        ]
        keys = {name: entry for name, entry in keys.items() if name not in gone}
        if gone and not keys:
            vault.remove()
        elif keys != vault.keys:
            kept_before.append(vault.save(keys, keep_before=replaced))
        for entry in news:
            remove_file(journal_of(entry))
    _date(vaults, done)
    if any(vault.changed for vault in vaults.values()):
        # Also where the server had nothing left to delete.
        done["changed"] = True
    return {"kept_before": [path for path in kept_before if path]}
