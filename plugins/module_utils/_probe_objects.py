# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that a probe makes, and their removal, also of those that a broken-off probe left (floor 3)."""

from __future__ import annotations

import secrets as random_source
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._information import read_grants_on
from ansible_collections.orkes.conductor.plugins.module_utils._references import INTEGRATION, INTEGRATION_PROVIDER
from ansible_collections.orkes.conductor.plugins.module_utils._resource import ACCESS, as_tags, tag_pairs

#: What the names of all objects of every probe begin with.
PREFIX = "ansible-probe-"

#: What the name of an object that must not exist ends in.
ABSENT = "-none"

MODEL = "probe-model"
OTHER_MODEL = "probe-other-model"


def probe_tag(name: str) -> tuple[str, str]:
    """Return key and value of the tag that a probe grants access by."""
    return name, "1"


def revoke_everything(
    client: ConductorClient, target_type: str, target_id: str, grants: dict[str, list[dict[str, Any]]]
) -> None:
    """Take away all that anybody holds on a target that a probe made."""
    held: dict[tuple[str, str], list[str]] = {}
    for access, subjects in grants.items():
        for subject in subjects:
            held.setdefault((str(subject.get("type")), str(subject.get("id"))), []).append(access)
    for (subject_type, subject_id), accesses in sorted(held.items()):
        client.revoke({"type": subject_type, "id": subject_id}, {"type": target_type, "id": target_id}, accesses)


class ProbeObjects:
    """The integration, the group and the application of one probe: all of one random name.

    Args:
        client: Talks to the cluster, as an administrator.
    """

    def __init__(self, client: ConductorClient) -> None:
        self._client = client
        self.name = PREFIX + random_source.token_hex(6)
        self.absent_name = self.name + ABSENT
        #: Whether the models of an integration are known to outlive it.
        self.keeps_models = False
        self._left: list[str] = []

    # Making

    def make_application(self) -> str:
        """Make the application, and return its id."""
        answer = self._client.call(
            "POST",
            "applications",
            body={"name": self.name},
            needs="the role ADMIN (applications)",
            replay_safe=False,
            expected=dict,
        )
        return str(answer.get("id"))

    def make_group(self) -> None:
        """Make the group: without roles and members it gives nobody anything."""
        self._client.save_group(self.name, {"description": "probe", "roles": []})

    # Removing

    def clean(self) -> list[str]:
        """Remove everything whose name begins with the prefix, whichever probe made it.

        What hangs on an object goes before it, and applications last: by their names the rest is found again when the
        removal itself is broken off.

        Returns:
            What could not be removed, and why.
        """
        self._left = []
        applications = {
            str(found.get("id")): str(found.get("name"))
            for found in self._client.list_applications()
            if str(found.get("name")).startswith(PREFIX)
        }
        groups = self._listed(self._client.list_groups(), "id")
        integrations = self._listed(self._client.list_integrations(), "name")
        names = {*applications.values(), *groups, *integrations, *self._names_in_own_grants()}
        for name in sorted({name[: -len(ABSENT)] if name.endswith(ABSENT) else name for name in names}):
            self._remove_integration(name, integrations)
            if name + ABSENT in integrations:
                self._try(f"integration {name}{ABSENT}", self._client.delete_integration, name + ABSENT)
            self._remove_grants("TAG", ":".join(probe_tag(name)))
            self._remove_grants(INTEGRATION_PROVIDER, name + ABSENT)
        for name in groups:
            self._try(f"group {name}", self._remove_group, name)
        for application in applications:
            self._remove_grants("APPLICATION", application)
            self._try(f"application {application}", self._remove_application, application)
        return self._left

    @staticmethod
    def _listed(objects: list[dict[str, Any]], key: str) -> list[str]:
        return [str(found.get(key)) for found in objects if str(found.get(key)).startswith(PREFIX)]

    def _names_in_own_grants(self) -> set[str]:
        """Return the probes' names in the caller's own grants, which may outlive what they were given for."""
        caller = str(self._client.get_user_info().get("id"))
        targets = [entry.get("target") or {} for entry in self._client.list_grants_of_user(caller) or []]
        kinds = (INTEGRATION_PROVIDER, INTEGRATION, "TAG")
        ids = [str(target.get("id")) for target in targets if target.get("type") in kinds]
        return {found.split(":")[0] for found in ids if found.startswith(PREFIX)}

    def _try(self, what: str, remove: Callable[..., Any], *arguments: Any) -> bool:
        try:
            remove(*arguments)
        except ApiError as error:
            if error.concerns_connection:
                raise
            self._left.append(f"{what}: {error}")
            return False
        return True

    def remove_grants_on(self, target_type: str, target_id: str) -> None:
        """Take away all that anybody holds on one of the probe's own targets."""
        revoke_everything(self._client, target_type, target_id, read_grants_on(self._client, (target_type, target_id)))

    def _remove_grants(self, target_type: str, target_id: str) -> None:
        try:
            self.remove_grants_on(target_type, target_id)
        except ApiError as error:
            if error.concerns_connection or "/" not in target_id:
                raise
            # A slash that the server takes in no path: the caller's own access is all that a probe can have made.
            caller = {"type": "USER", "id": str(self._client.get_user_info().get("id"))}
            self._client.revoke(caller, {"type": target_type, "id": target_id}, list(ACCESS))

    def _remove_integration(self, name: str, existing: list[str]) -> None:
        if name not in existing:
            # Models may have stayed behind when their integration went, and are only reached through it.
            configuration = {"api_key": random_source.token_urlsafe(24), "namespace": "ansible-probe"}
            body = {"type": "huggingface", "category": "AI_MODEL", "description": "probe", "enabled": False}
            self._client.save_integration(name, {**body, "configuration": configuration})
        models_left = self.remove_models(name)
        found = self._client.get_integration(name)
        pairs = tag_pairs(found)
        if pairs:
            self._client.delete_integration_tags(name, as_tags(pairs))
        gone = self._try(f"integration {name}", self._client.delete_integration, name)
        if not gone or self.keeps_models:
            # Otherwise a model that no path leads to has gone with its integration.
            self._left += models_left
        # The one who made it has access as long as it is there, and sometimes longer.
        for model in (MODEL, OTHER_MODEL):
            self._remove_grants(INTEGRATION, f"{name}:{model}")
        self._remove_grants(INTEGRATION_PROVIDER, name)

    def remove_models(self, name: str) -> list[str]:
        """Remove the models of a probe's integration, their tags and grants first; return what could not be removed."""
        left = []
        for model in self._client.list_models(name) or []:
            title = model["api"]
            self._remove_grants(INTEGRATION, f"{name}:{title}")
            try:
                self._remove_model(name, model)
            except CollectionError as error:
                left.append(f"model {name}:{title}: {error}")
        return left

    def _remove_model(self, name: str, model: dict[str, Any]) -> None:
        title, pairs = model["api"], tag_pairs(model)
        for raw in (False, True):
            try:
                if pairs:
                    self._client.delete_model_tags(name, title, as_tags(pairs), raw)
                self._client.delete_model(name, title, raw)
                return
            except ApiError as error:
                if raw or "/" not in title or error.concerns_connection:
                    raise

    def _remove_group(self, name: str) -> None:
        subject = {"type": "GROUP", "id": name}
        for entry in self._client.list_grants_of_group(name) or []:
            if entry.get("target") and not entry.get("tag"):
                self._client.revoke(subject, entry["target"], list(entry.get("access") or []))
        for member in self._client.list_group_members(name):
            self._client.remove_group_member(name, str(member.get("id")))
        self._client.delete_group(name)

    def _remove_application(self, application: str) -> None:
        user = f"app:{application}"
        for entry in self._client.list_grants_of_user(user) or []:
            if entry.get("target") and not entry.get("tag"):
                for subject in (user, application):
                    self._client.revoke(
                        {"type": "USER", "id": subject}, entry["target"], list(entry.get("access") or [])
                    )
        self._client.call("DELETE", "applications", application, needs="the role ADMIN (applications)")
