# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of access keys that Ansible Vault encrypts: what is in them, and how they are read and written.

Such a file is a file of variables with one variable, so that plays can name it in C(vars_files) and people can look
into it with C(ansible-vault view).
"""

from __future__ import annotations

import binascii
import datetime
from typing import Any, Iterable, Mapping

import yaml
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.parsing.vault import VaultLib, is_encrypted, match_encrypt_secret, parse_vaulttext_envelope

from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._key_file import (
    FileContent,
    file_problem,
    read_file,
    remove_file,
    write_private_file,
)
from ansible_collections.orkes.conductor.plugins.plugin_utils._inventory_text import Mapping as YamlMapping
from ansible_collections.orkes.conductor.plugins.plugin_utils._inventory_text import document

VARIABLE = "conductor_access_keys"
FIELDS = ("auth_key", "auth_secret", "application_id", "server_url", "created")
#: Those that a file needs to have for a key to be one.
NEEDED = FIELDS[:3]

#: Endings of the files that lie beside it while there is work on it, and of the one that it was before.
LOCK, BEFORE = ".lock", ".before"

#: What to do about a file that is damaged.
MEND = "put it back from a backup, or move it away, so that new keys are made"

#: How a file begins that Ansible Vault has encrypted.
HEADER = b"$ANSIBLE_VAULT;"

#: Lengths in a vaulted file, in bytes: of its check sum, and what its text comes in multiples of. A salt may be given.
SUM, BLOCK = 32, 16

Entry = Mapping[str, str]


class _Loader(yaml.SafeLoader):
    """Reads what C(document) writes: a text tagged C(!unsafe) is that text."""


_Loader.add_constructor("!unsafe", lambda loader, node: str(node.value))


def text_of(keys: Mapping[str, Entry]) -> str:
    """Return the text of a file.

    Args:
        keys: The access keys by the application that each is for.
    """
    entries = {name: {field: keys[name][field] for field in FIELDS if keys[name].get(field)} for name in sorted(keys)}
    variables = YamlMapping()
    variables.remark("Access keys of applications of Orkes Conductor. Written by orkes.conductor, and not by hand.")
    variables.add(VARIABLE, YamlMapping([(name, YamlMapping(list(entry.items()))) for name, entry in entries.items()]))
    return document(variables)


def keys_in(text: str | bytes) -> dict[str, dict[str, str]] | None:
    """Return the access keys that the text of a file holds, by application, or None if it is none of ours."""
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 (it is a SafeLoader)
    except (yaml.YAMLError, ValueError):
        return None
    if content is None:
        return {}
    if not isinstance(content, dict) or list(content) != [VARIABLE] or not isinstance(content[VARIABLE], dict):
        return None
    found: dict[str, dict[str, str]] = {}
    for name, entry in content[VARIABLE].items():
        if not isinstance(entry, dict) or not all(isinstance(entry.get(field), str) for field in NEEDED):
            return None
        found[str(name)] = {field: str(entry[field]) for field in FIELDS if entry.get(field) is not None}
    return found


def is_damaged(raw: bytes) -> bool:
    """Tell whether a file that Ansible Vault has encrypted is not whole, as far as that is seen without its password.

    Args:
        raw: What is in the file.
    """
    text = raw.strip()
    head, end, body = text.partition(b"\n")
    if not end and HEADER.startswith(head[: len(HEADER)]):
        # Also an empty one: nobody has put another thing into it.
        return True
    cipher = head.split(b";")[2:3]
    if not text.startswith(HEADER) or (cipher and cipher[0].strip() != b"AES256"):
        # Nothing is known of how another cipher lays out its text.
        return False
    try:
        salt, checksum, ciphertext = (
            binascii.unhexlify(part) for part in binascii.unhexlify(b"".join(body.split())).split(b"\n", 2)
        )
    except (binascii.Error, ValueError):
        return True
    return not salt or len(checksum) != SUM or not ciphertext or len(ciphertext) % BLOCK != 0


class KeyVault:
    """One file.

    Args:
        path: The file.
        secrets: The vault's passwords that the run was given, each with its id.
    """

    def __init__(self, path: str, secrets: Iterable[Any] | None) -> None:
        self.path = path
        self._secrets = list(secrets or [])
        self._before = FileContent()
        self._id: str | None = None
        #: Whether it was written or removed.
        self.changed = False
        self.keys: dict[str, dict[str, str]] = {}

    def open(self) -> None:
        """Read it. Without a file there are no keys.

        Raises:
            CollectionError: It cannot be read, or it holds something else.
        """
        problem = file_problem("vault_file", self.path)
        if problem:
            raise CollectionError(problem)
        self._before = read_file(self.path)
        self.keys = {} if self._before.raw is None else self._decrypted(self._before.raw)

    def _decrypted(self, raw: bytes) -> dict[str, dict[str, str]]:
        if is_damaged(raw):
            raise CollectionError(f"{self.path} is damaged, and not whole any more: {MEND}")
        if not is_encrypted(raw):
            raise CollectionError(
                f"{self.path} is not encrypted: have ansible-vault encrypt it, or name another file as vault_file"
            )
        if not self._secrets:
            raise CollectionError(f"{self.path} cannot be read without the vault's password: {self._advice()}")
        try:
            self._id = parse_vaulttext_envelope(raw)[3]
            text = VaultLib(self._secrets).decrypt(raw)
        except AnsibleError as error:
            raise CollectionError(
                f"{self.path} cannot be decrypted ({_reason(error)}): if the password is another one, "
                f"{self._advice()}; if it is right, the file is damaged: {MEND}"
            ) from None
        keys = keys_in(to_text(text, errors="surrogate_or_strict"))
        if keys is None:
            raise CollectionError(
                f"{self.path} holds something else than {VARIABLE}: name another file as vault_file, or move it away"
            )
        return keys

    @staticmethod
    def _advice() -> str:
        return "give it with --ask-vault-pass, --vault-password-file or --vault-id, or as a Vault credential in AWX"

    def password(self) -> tuple[str | None, Any]:
        """Return the password that the file is encrypted with, and its id: that of the file, or else the run's first.

        Raises:
            CollectionError: The run was given none.
        """
        known = [name for name, _secret in self._secrets]
        try:
            found: tuple[str | None, Any] | None = match_encrypt_secret(
                self._secrets, encrypt_vault_id=self._id if self._id in known else None
            )
        except AnsibleError:
            found = None
        if found is None:
            raise CollectionError(f"{self.path} cannot be encrypted without a vault's password: {self._advice()}")
        return found

    def save(self, keys: Mapping[str, Entry], keep_before: bool = False) -> str | None:
        """Write it, whole or not at all.

        Args:
            keys: The keys that it is to hold, by application.
            keep_before: Whether the file that was there is kept beside it.

        Returns:
            Path of the file that was there, if it was kept.

        Raises:
            CollectionError: It cannot be written; the file is as it was.
        """
        name, password = self.password()
        if read_file(self.path).raw != self._before.raw:
            raise CollectionError(f"{self.path} was changed since it was read: run again")
        kept = None
        if keep_before and self._before.raw is not None:
            moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
            kept = f"{self.path}.{moment}{BEFORE}"
            write_private_file(kept, to_text(self._before.raw), self._before.owner)
        # The id that everything has unless it is given another one is not written into the file.
        encrypted = VaultLib(self._secrets).encrypt(to_bytes(text_of(keys)), secret=password, vault_id=name)
        write_private_file(self.path, to_text(encrypted), self._before.owner)
        self._before = read_file(self.path)
        self.keys = {application: dict(entry) for application, entry in keys.items()}
        self.changed = True
        return kept

    def remove(self) -> None:
        """Remove it, if it is there.

        Raises:
            CollectionError: It cannot be removed.
        """
        self.changed = self._before.raw is not None
        remove_file(self.path)
        self._before, self.keys = FileContent(), {}


def _reason(error: AnsibleError) -> str:
    """Return the first line of what Ansible says."""
    return (str(error).splitlines() or [""])[0].strip().rstrip(".")
