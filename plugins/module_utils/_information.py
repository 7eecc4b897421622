# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading: what is there, in the words and the form that the managing modules take (floor 3)."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Callable, Iterable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import read_each
from ansible_collections.orkes.conductor.plugins.module_utils._caller import names_of, role_names
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._grants import sorted_access, target_reference
from ansible_collections.orkes.conductor.plugins.module_utils._models import registered_by_server
from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    TYPE,
    Reference,
    untold_type,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource import shown_tags, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import is_fingerprint_tag, is_secret_key

#: Most integrations that one message names.
MOST_NAMED = 10


def _holds_secret(value: Any) -> bool:
    """Tell whether a value of a configuration has a secret key somewhere within."""
    if isinstance(value, dict):
        return any(is_secret_key(key) or _holds_secret(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_holds_secret(inner) for inner in value)


def _secret_keys(configuration: Any) -> list[str]:
    """Return the keys of a configuration that are secret, or hold a secret."""
    if not isinstance(configuration, dict):
        return []
    return sorted(str(key) for key, value in configuration.items() if is_secret_key(key) or _holds_secret(value))


def _plain(configuration: Any, *without: str) -> dict[str, Any]:
    """Return the keys of a configuration that are no secret."""
    if not isinstance(configuration, dict):
        return {}
    left_out = {*_secret_keys(configuration), *without}
    return {key: value for key, value in configuration.items() if key not in left_out}


def _times(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "created_by": found.get("createdBy"),
        "created_at": found.get("createTime"),
        "updated_by": found.get("updatedBy"),
        "updated_at": found.get("updateTime"),
    }


def model_information(model: dict[str, Any]) -> dict[str, Any]:
    """Return a model in the words of the module hf_model."""
    configuration = model.get("configuration") or {}
    return {
        "name": model["api"],
        "endpoint": configuration.get("endpoint"),
        "description": model.get("description") or "",
        "enabled": bool(model.get("enabled")),
        "tags": shown_tags(tag_pairs(model)),
        "configuration": _plain(configuration, "endpoint"),
        "secret_keys": _secret_keys(configuration),
        "discovered": registered_by_server(model),
        **_times(model),
    }


def key_mark(integration: dict[str, Any]) -> str | None:
    """Return a mark that is another one once this collection has written another key, or None without a fingerprint.

    It is made from the salted fingerprint and does not show it, so that nobody can try guessed keys on it.
    """
    marks = sorted([key, value] for key, value in tag_pairs(integration) if is_fingerprint_tag(key))
    return hashlib.sha256(json.dumps(["key-mark", marks]).encode("utf-8")).hexdigest()[:16] if marks else None


def integration_information(integration: dict[str, Any], models: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an integration in the words of the module hf_integration, with its models, sorted by name."""
    configuration = integration.get("configuration") or {}
    return {
        "name": integration.get("name"),
        "type": integration.get("type"),
        "category": integration.get("category"),
        "namespace": configuration.get("namespace"),
        "description": integration.get("description") or "",
        "enabled": bool(integration.get("enabled")),
        "tags": shown_tags(tag_pairs(integration)),
        "configuration": _plain(configuration, "namespace"),
        "secret_keys": _secret_keys(configuration),
        "key_mark": key_mark(integration),
        "models": sorted((model_information(model) for model in models), key=lambda model: str(model["name"])),
        **_times(integration),
    }


def read_integrations(client: ConductorClient, names: list[str] | None, concurrency: int) -> list[dict[str, Any]]:
    """Return these integrations, whatever their type, or all Hugging Face ones that the caller can see; with models.

    What does not exist is left out.

    Raises:
        CollectionError: Of some it cannot be told whether they are of Hugging Face.
    """
    if names is None:
        listed = client.list_integrations()
        reasons = {str(found.get("name")): untold_type(found.get("type")) for found in listed}
        untold = [f"integration {name}: {why}" for name, why in sorted(reasons.items()) if why]
        if untold:
            raise CollectionError(
                f"{'; '.join(untold[:MOST_NAMED])}, so that what is listed may not be all: check that server_url leads "
                "to the API and to nothing before it, or give the names of those that are meant"
            )
        names = sorted(str(found.get("name")) for found in listed if found.get("type") == TYPE)
    integrations = read_each(client.get_integration, names, concurrency)
    present = {name: found for name, found in integrations.items() if found is not None}
    models = read_each(client.list_models, present, concurrency)
    return [integration_information({**found, "name": name}, models[name] or []) for name, found in present.items()]


def read_groups(client: ConductorClient, names: list[str] | None, concurrency: int) -> list[dict[str, Any]]:
    """Return these groups, or all, with their members; what does not exist is left out."""
    if names is None:
        groups: dict[str, dict[str, Any] | None] = {str(found.get("id")): found for found in client.list_groups()}
        groups = dict(sorted(groups.items()))
    else:
        groups = read_each(client.get_group, names, concurrency)
    present = {name: found for name, found in groups.items() if found is not None}
    members = read_each(client.list_group_members, present, concurrency)
    return [
        {
            "name": name,
            "description": found.get("description") or "",
            "roles": role_names(found),
            "default_access": sorted_access(found.get("defaultAccess")),
            "members": sorted(str(user.get("id")) for user in members[name]),
        }
        for name, found in present.items()
    ]


def user_information(user: dict[str, Any]) -> dict[str, Any]:
    """Return a user, or the user of an application."""
    user_id = str(user.get("id"))
    return {
        "id": user_id,
        "name": user.get("name") or "",
        "application": bool(user.get("applicationUser")) or user_id.startswith("app:"),
        "roles": names_of(user.get("roles"), "name"),
        "groups": names_of(user.get("groups"), "id"),
    }


def read_users(client: ConductorClient, names: list[str] | None, concurrency: int) -> list[dict[str, Any]]:
    """Return these users, or all with those of applications; who does not exist is left out."""
    if names is None:
        listed = {str(found.get("id")): found for found in client.list_users()}
        return [user_information(listed[user_id]) for user_id in sorted(listed)]
    users = read_each(client.get_user, names, concurrency)
    return [user_information({**found, "id": name}) for name, found in users.items() if found is not None]


#: An application for which there is no user holds no roles.
NOBODY: dict[str, Any] = {"roles": []}


def _unless_refused(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a reading that gives None where the caller may not read."""

    def reading(item: str) -> Any:
        try:
            return read(item)
        except ApiError as error:
            if error.status != 403:
                raise
            return None

    return reading


def read_applications(
    client: ConductorClient, names: list[str] | None, access_keys: bool, concurrency: int
) -> list[dict[str, Any]]:
    """Return the applications with these names or ids, or all that the caller can see, sorted by name and id.

    What does not exist is left out. Roles and access keys that the caller may not read are None, and so are roles
    that the server does not tell.

    Args:
        client: Reads.
        names: Names or ids, or None for all.
        access_keys: Whether to read the access keys, too.
        concurrency: How many requests at a time.
    """
    listed = [
        found
        for found in client.list_applications()
        if names is None or found.get("name") in names or found.get("id") in names
    ]
    ids = [str(found.get("id")) for found in listed]
    users = read_each(_unless_refused(lambda own_id: client.get_user(f"app:{own_id}") or NOBODY), ids, concurrency)
    tags = read_each(_unless_refused(client.list_application_tags), ids, concurrency)
    keys = read_each(_unless_refused(client.list_access_keys), ids if access_keys else [], concurrency)
    applications = []
    for own_id, found in zip(ids, listed):
        application = {
            "id": own_id,
            "name": str(found.get("name")),
            "roles": None if (users[own_id] or {}).get("roles") is None else role_names(users[own_id]),
            "tags": None if tags[own_id] is None else shown_tags(tag_pairs({"tags": tags[own_id]})),
            **_times(found),
        }
        if access_keys:
            application["access_keys"] = None if keys[own_id] is None else _access_keys(keys[own_id])
        applications.append(application)
    return sorted(applications, key=lambda application: (application["name"], application["id"]))


def _access_keys(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shown = [{"id": key["id"], "created_at": key.get("createdAt"), "status": key.get("status")} for key in keys]
    return sorted(shown, key=lambda key: str(key["id"]))


def _permission(subject: Reference, target: Reference, access: Iterable[Any], tag: Any) -> dict[str, Any]:
    return {
        "subject": {"type": subject[0], "id": subject[1]},
        "target": {"type": target[0], "id": target[1]},
        "access": sorted({str(word).upper() for word in access}),
        "tag": None if tag is None else str(tag),
    }


def permissions_of_subject(subject: Reference, entries: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return what a subject holds; an entry with a tag is derived from a grant on that tag."""
    return [
        _permission(
            subject,
            target_reference(entry["target"].get("type"), entry["target"].get("id")),
            entry.get("access") or [],
            entry.get("tag"),
        )
        for entry in entries or []
        if isinstance(entry.get("target"), dict)
    ]


def permissions_on_target(target: Reference, grants: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return who holds what on a target."""
    held: dict[Reference, set[str]] = {}
    for access, subjects in grants.items():
        for subject in subjects:
            held.setdefault((str(subject.get("type")).upper(), str(subject.get("id"))), set()).add(access)
    return [_permission(subject, target, access, None) for subject, access in held.items()]


def read_grants_on(client: ConductorClient, target: Reference) -> dict[str, list[dict[str, Any]]]:
    """Return the grants on a target, whose id may hold slashes that a server takes encoded or as they are."""
    try:
        return client.list_grants_on(*target)
    except ApiError as error:
        if error.status not in (400, 404, 405) or "/" not in target[1]:
            raise
    try:
        return client.list_grants_on(*target, raw=True)
    except ApiError as error:
        if error.status not in (400, 404, 405):
            raise
        raise ApiError(
            error.method,
            error.path,
            error.status,
            "this server takes no slash in a path",
            f"Ask for the groups and users instead of {target[0]} {target[1]}.",
        ) from None


def _read_grants_of_role(client: ConductorClient, role: str) -> list[dict[str, Any]]:
    """Return what a role holds, which servers tell since version 5.4.2."""
    found = client.list_grants_of_subject("ROLE", role)
    if found is None:
        hint = "Ask for the integrations and models instead."
        path = f"/api/auth/subjects/ROLE/{role}/grants"
        raise ApiError("GET", path, 404, "this server does not list what roles hold", hint)
    return found


def read_permissions(
    client: ConductorClient,
    subjects: list[Reference],
    targets: list[Reference],
    concurrency: int,
    unreadable: list[dict[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Return what these subjects hold (GROUP, USER and ROLE), and who holds what on these targets, sorted.

    A subject that does not exist holds nothing.

    Args:
        client: Talks to the server.
        subjects: Whose grants are read.
        targets: On which grants are read.
        concurrency: Most requests at a time.
        unreadable: Takes in what the caller may not read, or what cannot be sent, as C(type), C(id) and C(reason).
            Without it that is an error.
    """

    def of_subject(subject: Reference) -> list[dict[str, Any]] | None:
        if subject[0] == "ROLE":
            return _read_grants_of_role(client, subject[1])
        read = client.list_grants_of_group if subject[0] == "GROUP" else client.list_grants_of_user
        return read(subject[1])

    def tolerant(read: Callable[[Reference], Any]) -> Callable[[Reference], Any]:
        def answer(reference: Reference) -> Any:
            try:
                return read(reference)
            except ApiError as error:
                untold = reference[0] == "ROLE" and error.not_found
                unsent = "/" in reference[1] and error.status in (400, 404, 405)
                if unreadable is None or not (error.forbidden or untold or unsent):
                    raise
                return error

        return answer

    found: list[dict[str, Any]] = []
    answers = read_each(tolerant(of_subject), subjects, concurrency)
    on_targets = read_each(tolerant(lambda target: read_grants_on(client, target)), targets, concurrency)
    for reference, answer in [*answers.items(), *on_targets.items()]:
        if isinstance(answer, ApiError) and unreadable is not None:
            unreadable.append({"type": reference[0], "id": reference[1], "reason": str(answer)})
    for subject, entries in answers.items():
        found += [] if isinstance(entries, ApiError) else permissions_of_subject(subject, entries)
    for target, grants in on_targets.items():
        found += [] if isinstance(grants, ApiError) else permissions_on_target(target, grants)
    unique = {str(sorted_permission(permission)): permission for permission in found}
    return [unique[key] for key in sorted(unique)]


def sorted_permission(permission: dict[str, Any]) -> tuple[str, ...]:
    """Return what permissions are sorted by, and told apart by."""
    subject, target = permission["subject"], permission["target"]
    return (
        subject["type"],
        subject["id"],
        target["type"],
        target["id"],
        str(permission["tag"]),
        str(permission["access"]),
    )


def read_effective_access(
    client: ConductorClient, users: list[str], targets: list[Reference], concurrency: int
) -> list[dict[str, Any]]:
    """Return what each user may do with each target by whatever way: own grants, groups, roles, tags.

    A user who does not exist may do nothing. Of one who exists it may still not be told.
    """
    pairs = [(user, target) for user in users for target in targets]
    answers = read_each(lambda pair: client.check_permissions(pair[0], *pair[1]), pairs, concurrency)
    # A server without this route answers like one without the user.
    untold = list(dict.fromkeys(user for user, target in pairs if answers[user, target] is None))
    found = read_each(client.get_user, untold, concurrency)
    return [
        {
            "user": user,
            "target": {"type": target[0], "id": target[1]},
            "access": sorted(
                word.upper() for word, allowed in (answers[user, target] or {}).items() if allowed is True
            ),
            "user_exists": user not in found or found[user] is not None,
            "told": answers[user, target] is not None,
        }
        for user, target in pairs
    ]


def model_problems(models: Iterable[str]) -> list[str]:
    """Return the models that are not given as C(integration:model)."""
    return [
        f"models: {model!r} is no model: give its integration too, as integration:model"
        for model in models
        if not all(model.partition(":"))
    ]


def model_targets(models: Iterable[str]) -> list[Reference]:
    """Return models, each C(integration:model), as targets."""
    return [(INTEGRATION, model) for model in models]
