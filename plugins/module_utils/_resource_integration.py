# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integrations of type Hugging Face: from parameters to a plan, and from a plan to requests (floor 3).

An existing integration is only ever written whole and with its real key: what the server does with an omitted key, or
with a mask that is posted back, is not known.
"""

from __future__ import annotations

from typing import Any, Iterable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, name_problem
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan, changed_fields
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    fingerprint_tag,
    is_fingerprint_tag,
    make_fingerprint,
    secret_state,
)

TYPE = "huggingface"
CATEGORY = "AI_MODEL"

#: Configuration keys with options of their own.
RESERVED_CONFIGURATION = ("api_key", "namespace", "endpoint")

#: Words that mark a configuration key as a secret, which a server may show masked.
SECRET_WORDS = ("api_key", "credential", "password", "private_key", "secret", "token")

Pair = tuple[str, str]


def tag_pairs(current: dict[str, Any] | None) -> set[Pair]:
    """Return an object's tags as a set of (key, value), this collection's own included."""
    tags = (current or {}).get("tags") or []
    return {(str(tag.get("key")), str(tag.get("value"))) for tag in tags if isinstance(tag, dict)}


def shown_tags(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return tags for the diff: C({key: value}), a sorted list where a key has several values; none of our own."""
    shown: dict[str, list[str]] = {}
    for key, value in sorted(pairs):
        if not is_fingerprint_tag(key):
            shown.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in shown.items()}


def desired_tag_pairs(current: set[Pair], wanted: dict[str, Any] | None, purge: bool) -> set[Pair]:
    """Return the tags an object should have.

    Args:
        current: What it has.
        wanted: C({key: value}), or None when tags were not given and so stay as they are.
        purge: Whether keys that are not wanted go.
    """
    if wanted is None:
        return set(current)
    new = {(str(key), str(value)) for key, value in wanted.items()}
    own = {pair for pair in current if is_fingerprint_tag(pair[0])}
    others = set() if purge else {pair for pair in current if pair[0] not in wanted}
    return new | own | others


def integration_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one desired integration, without asking the server."""
    name = item.get("name")
    problem = name_problem("name", name)
    if problem:
        return [problem]
    problems = []
    for option in ("configuration", "secret_configuration"):
        for key in item.get(option) or {}:
            if key in RESERVED_CONFIGURATION:
                problems.append(f"integration {name}: {option} holds {key}: use the option of that name instead")
    for key in set(item.get("configuration") or {}) & set(item.get("secret_configuration") or {}):
        problems.append(f"integration {name}: {key} is in configuration and in secret_configuration: keep one")
    for option in ("api_key", "namespace"):
        if item.get(option) is not None and not str(item[option]).strip():
            problems.append(f"integration {name}: {option} is empty: give its value or leave the option out")
    for key in item.get("tags") or {}:
        if is_fingerprint_tag(str(key)):
            problems.append(f"integration {name}: the tag {key} is kept by this collection: use another key")
    return problems


def plan_integration(item: dict[str, Any], current: dict[str, Any] | None) -> tuple[Change | None, list[str]]:
    """Return the change that makes an integration what it should be (None: it is), and what stands in the way.

    Args:
        item: The options given for it; what was not given is absent.
        current: What the server shows, or None.
    """
    name = item["name"]
    secrets = dict(item.get("secret_configuration") or {})
    if item.get("api_key") is not None:
        secrets["api_key"] = item["api_key"]
    plain = dict(item.get("configuration") or {})
    if item.get("namespace") is not None:
        plain["namespace"] = item["namespace"]

    if current is None:
        missing = [option for option in ("api_key", "namespace") if item.get(option) is None]
        if missing:
            return None, [f"integration {name} does not exist yet: give {' and '.join(missing)} to create it"]
        before: dict[str, Any] = {}
    else:
        if current.get("type") != TYPE:
            return None, [
                f"integration {name} exists with type {current.get('type')!r}, not {TYPE}: a type cannot be changed; "
                "use another name, or delete it first"
            ]
        configuration = current.get("configuration") or {}
        before = {"description": current.get("description") or "", "enabled": bool(current.get("enabled"))}
        before.update({key: value for key, value in configuration.items() if key not in secrets and key != "api_key"})
        before["tags"] = shown_tags(tag_pairs(current))

    settings: dict[str, Any] = dict(plain)
    for option, default in (("description", ""), ("enabled", True)):
        if item.get(option) is not None:
            settings[option] = item[option]
        elif current is None:
            settings[option] = default
    fields = changed_fields(before, settings)

    pairs = tag_pairs(current)
    wanted_pairs = desired_tag_pairs(pairs, item.get("tags"), bool(item.get("purge_tags")))
    states = _secret_states(name, secrets, current, pairs)
    if current is None or _secrets_alone_write(item, states):
        for key, state in states.items():
            if state != "same" or item.get("update_api_key") == "always":
                fields[key] = FieldChange(None if current is None else state, "set")

    writes_settings = bool(fields) or current is None
    if writes_settings and current is not None:
        if "api_key" not in secrets:
            return None, [
                f"integration {name}: {', '.join(sorted(fields))} would change, and a change sends the whole "
                "integration, whose key the server never gives back: give api_key"
            ]
        hidden = [key for key in before if key not in plain and any(word in key.lower() for word in SECRET_WORDS)]
        if hidden:
            return None, [
                f"integration {name}: the server also keeps {', '.join(sorted(hidden))}, and what it shows may be a mask "
                "that must not be written back: give the real values in secret_configuration"
            ]
    if wanted_pairs != pairs:
        fields["tags"] = FieldChange(shown_tags(pairs), shown_tags(wanted_pairs))
    if not fields:
        return None, []
    after = {**before, **settings, "tags": shown_tags(wanted_pairs)}
    payload = {
        "item": item,
        "current": current,
        "settings": settings,
        "secrets": secrets,
        "writes_settings": writes_settings,
        "pairs": pairs,
        "wanted_pairs": wanted_pairs,
    }
    action = "create" if current is None else "update"
    return Change("integration", name, action, fields, 0, payload, before, after), []


def _secret_states(
    name: str, secrets: dict[str, str], current: dict[str, Any] | None, pairs: set[Pair]
) -> dict[str, str]:
    configuration = (current or {}).get("configuration") or {}
    return {
        key: secret_state(
            value, configuration.get(key), [text for tag, text in pairs if tag == fingerprint_tag(key)], name, key
        )
        for key, value in secrets.items()
    }


def _secrets_alone_write(item: dict[str, Any], states: dict[str, str]) -> bool:
    """Tell whether the secrets by themselves cause a write."""
    policy = item.get("update_api_key", "on_change")
    if policy == "always":
        return bool(states)
    if policy == "on_create":
        return False
    return any(state != "same" for state in states.values())


def integration_body(change: Change) -> dict[str, Any]:
    """Return the whole integration as it is sent; fields that were not given carry their current values."""
    payload = change.payload
    current = payload["current"] or {}
    settings = payload["settings"]
    configuration = {key: value for key, value in (current.get("configuration") or {}).items() if key != "api_key"}
    configuration.update({key: value for key, value in settings.items() if key not in ("description", "enabled")})
    configuration.update(payload["secrets"])
    return {
        "type": TYPE,
        "category": current.get("category") or CATEGORY,
        "description": settings.get("description", current.get("description") or ""),
        "enabled": settings.get("enabled", bool(current.get("enabled", True))),
        "configuration": configuration,
    }


def integration_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that make a change: settings and key first, their fingerprint never before them."""
    payload = change.payload
    name = change.name
    steps = []
    if payload["writes_settings"]:
        body = integration_body(change)
        steps.append(Step("settings", lambda: client.save_integration(name, body)))
        if payload["secrets"]:
            steps.append(Step("fingerprint", lambda: _write_fingerprints(client, change)))
    gone = payload["pairs"] - payload["wanted_pairs"]
    new = payload["wanted_pairs"] - payload["pairs"]
    if gone:
        steps.append(Step("removal of tags", lambda: client.delete_integration_tags(name, as_tags(gone))))
    if new:
        steps.append(Step("tags", lambda: client.add_integration_tags(name, as_tags(new))))
    return steps


def _write_fingerprints(client: ConductorClient, change: Change) -> None:
    """Leave a fingerprint of each secret just written, unless the server shows the secret itself."""
    name = change.name
    payload = change.payload
    shown = (client.get_integration(name) or {}).get("configuration") or {}
    keys = payload["secrets"]
    old = {pair for pair in payload["pairs"] if pair[0] in {fingerprint_tag(key) for key in keys}}
    new = set()
    if payload["item"].get("fingerprint", True):
        for key, value in keys.items():
            mark = None if shown.get(key) == value else make_fingerprint(value, name, key)
            if mark:
                new.add((fingerprint_tag(key), mark))
    if old:
        client.delete_integration_tags(name, as_tags(old))
    if new:
        client.add_integration_tags(name, as_tags(new))


def as_tags(pairs: Iterable[Pair]) -> list[dict[str, str]]:
    """Return tags in the API's form, sorted."""
    return [{"key": key, "value": value} for key, value in sorted(pairs)]


def plan_integrations(
    items: list[dict[str, Any]], current: dict[str, dict[str, Any] | None]
) -> tuple[Plan, list[str]]:
    """Return the plan for integrations that should be present, and everything that stands in the way.

    Args:
        items: One dictionary of given options an integration.
        current: What the server shows, by name.
    """
    plan = Plan()
    problems: list[str] = []
    for item in items:
        change, found = plan_integration(item, current.get(item["name"]))
        problems.extend(found)
        if not found:
            plan.add(change)
    return plan, problems


def granted_subjects(
    grants: dict[str, list[dict[str, Any]]], caller: str
) -> dict[tuple[str, str], list[str]]:
    """Return the accesses of each subject (type, id) on a target; the caller's own are left out.

    Args:
        grants: Subjects by access, as the server lists them.
        caller: Id of the calling user, which needs its access until the object is gone.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for access, subjects in sorted(grants.items()):
        for subject in subjects:
            key = (str(subject.get("type")), str(subject.get("id")))
            if key != ("USER", caller):
                found.setdefault(key, []).append(access)
    return found


def plan_deletion(
    name: str,
    current: dict[str, Any],
    models: list[str],
    grants: dict[tuple[str, str], dict[tuple[str, str], list[str]]],
) -> list[Change]:
    """Return everything that goes with an integration: grants first, then models, then the integration itself.

    Args:
        name: Name of the integration.
        current: What the server shows.
        models: Names of its models.
        grants: Accesses by target (type, id) and subject (type, id).
    """
    changes = []
    for (target_type, target_id), subjects in sorted(grants.items()):
        for (subject_type, subject_id), access in sorted(subjects.items()):
            before = {"access": sorted(access)}
            payload = {
                "subject": {"type": subject_type, "id": subject_id},
                "target": {"type": target_type, "id": target_id},
                "access": sorted(access),
            }
            title = f"{subject_type} {subject_id} on {target_type} {target_id}"
            fields = {"access": FieldChange(sorted(access), [])}
            changes.append(Change("grant", title, "delete", fields, 0, payload, before))
    for model in sorted(models):
        payload = {"integration": name, "model": model}
        changes.append(Change("model", f"{name}:{model}", "delete", {}, 1, payload, {"name": model}))
    configuration = current.get("configuration") or {}
    before = {
        "description": current.get("description") or "",
        "enabled": bool(current.get("enabled")),
        "namespace": configuration.get("namespace"),
        "tags": shown_tags(tag_pairs(current)),
    }
    changes.append(Change("integration", name, "delete", {}, 2, {"item": {"name": name}}, before))
    return changes
