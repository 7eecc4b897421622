# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integrations of type Hugging Face: from parameters to a plan, and from a plan to requests (floor 3).

An existing integration is only ever written whole and with its real key: what the server does with an omitted key, or
with a mask that is posted back, is not known. Only a profile can say that the key may stay away.
"""

from __future__ import annotations

from typing import Any, Iterable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS, Profile
from ansible_collections.orkes.conductor.plugins.module_utils._caller import creation_problem
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    integration_name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._exclusive_subjects import (
    Declared,
    exclusive_subjects_problems,
    revoke_others,
)
from ansible_collections.orkes.conductor.plugins.module_utils._grants import (
    GrantsOnTargets,
    grant_removals,
    grant_steps,
)
from ansible_collections.orkes.conductor.plugins.module_utils._models import ModelDeletion, model_deletion
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan, changed_fields
from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    TYPE,
    untold_type,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource import (
    Pair,
    Resource,
    as_tags,
    desired_tag_pairs,
    in_state,
    shown_tags,
    tag_pairs,
    tag_problems,
    tag_steps,
)
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    HIDDEN,
    SHORTEST_FINGERPRINTED,
    fingerprint_matches,
    fingerprint_tag,
    fingerprinted_field,
    hidden_keys,
    is_access_token,
    is_fingerprint_tag,
    is_secret_key,
    looks_masked,
    make_fingerprint,
    plan_mark,
    secret_state,
)
from ansible_collections.orkes.conductor.plugins.module_utils._slash_routes import SlashRoutes

CATEGORY = "AI_MODEL"

#: Configuration keys with options of their own.
RESERVED_CONFIGURATION = ("api_key", "namespace", "endpoint")

#: Why what a server shows for the key never travels back: a mask cannot be told from a key on every server.
KEY_NOT_KNOWN = "What the server shows for the key may be a mask, so it is never written back"


def integration_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one desired integration, without asking the server."""
    name = item.get("name")
    problem = integration_name_problem("name", name)
    if problem:
        return [f"integration: {problem}"]
    title = f"integration {name}"
    if item.get("state") == "absent":
        return exclusive_subjects_problems(title, item)
    configuration, secrets = item.get("configuration") or {}, item.get("secret_configuration") or {}
    problems = []
    for option, given in (("configuration", configuration), ("secret_configuration", secrets)):
        for key in given:
            if key in RESERVED_CONFIGURATION:
                where = (
                    "an endpoint belongs to a model (hf_model)" if key == "endpoint" else "use the option of that name"
                )
                problems.append(f"{title}: {option} holds {key}: {where}")
    for key in configuration:
        if is_secret_key(key) and key not in RESERVED_CONFIGURATION:
            problems.append(f"{title}: configuration holds {key}, which looks like a secret: use secret_configuration")
    for key in set(configuration) & set(secrets):
        problems.append(f"{title}: {key} is in configuration and in secret_configuration: keep one")
    for option in ("api_key", "namespace"):
        if item.get(option) is not None and not str(item[option]).strip():
            problems.append(f"{title}: {option} is empty: give its value or leave the option out")
    key = item.get("api_key")
    problems += [f"{title}: {problem}" for problem in key_shape_problems("api_key", key)]
    for option, value in [("api_key", key), *secrets.items()]:
        problems += [f"{title}: {problem}" for problem in mask_problems(option, value)]
    return problems + tag_problems(title, item.get("tags")) + exclusive_subjects_problems(title, item)


def key_shape_problems(option: str, key: Any) -> list[str]:
    """Return what a key holds that no key does; what is empty is left to others."""
    if key is not None and str(key).strip() and (key != key.strip() or not key.isprintable()):
        return [f"{option} has white space around it or control characters in it: copy it again"]
    return []


def mask_problems(option: str, value: Any) -> list[str]:
    """Return that a secret is none, where that is seen."""
    if isinstance(value, str) and looks_masked(value):
        return [f"{option} is a mask or a placeholder and not a key: give the real one"]
    return []


def given_secrets(item: dict[str, Any]) -> dict[str, str]:
    """Return the secrets a user gave for an integration, by configuration key."""
    secrets = {key: str(value) for key, value in (item.get("secret_configuration") or {}).items() if value is not None}
    if item.get("api_key") is not None:
        secrets["api_key"] = item["api_key"]
    return secrets


def keeps_secrets(profile: Profile) -> bool:
    """Tell whether an integration keeps its secrets when it is saved without them, or shows them as they are."""
    return profile.knows("omitted_key", "kept") or profile.knows("secrets", "clear")


def writable_configuration(current: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the configuration an integration has, as far as it may be written back.

    Where the server keeps what is left out, its secrets are; where it shows them as they are, they go back as they are.
    Otherwise the caller has to replace every one of them.
    """
    configuration = current.get("configuration") or {}
    if profile.knows("secrets", "clear") or not profile.knows("omitted_key", "kept"):
        return dict(configuration)
    return {key: value for key, value in configuration.items() if not is_secret_key(key)}


def records_update_time(profile: Profile) -> bool:
    """Tell whether an integration's update time moves when somebody else writes it, and only then."""
    return all(
        profile.knows(question, False) for question in ("tag_write_moves_update_time", "model_write_moves_update_time")
    )


def update_time_of(current: dict[str, Any], profile: Profile) -> int | None:
    """Return when an integration was last written, where that tells something; else None."""
    found = current.get("updateTime")
    return found if records_update_time(profile) and isinstance(found, int) and found >= 0 else None


def secret_states(item: dict[str, Any], current: dict[str, Any], profile: Profile = CAUTIOUS) -> dict[str, str]:
    """Return the state of each secret given for an existing integration: C(same), C(changed) and so on."""
    configuration = current.get("configuration") or {}
    pairs = tag_pairs(current) if item.get("fingerprint", True) else set()
    return {
        key: secret_state(
            value,
            configuration.get(key),
            [text for tag, text in pairs if fingerprinted_field(tag) == key],
            item["name"],
            key,
            profile.knows("secrets", "clear"),
            update_time_of(current, profile),
        )
        for key, value in given_secrets(item).items()
    }


def shown_integration(current: dict[str, Any]) -> dict[str, Any]:
    """Return an integration as a diff may show it."""
    configuration = current.get("configuration") or {}
    shown = {"description": current.get("description") or "", "enabled": bool(current.get("enabled"))}
    shown.update({key: HIDDEN if is_secret_key(key) else value for key, value in configuration.items()})
    shown["tags"] = shown_tags(tag_pairs(current))
    return shown


def other_type_problem(name: str, current: dict[str, Any], why: str) -> str:
    """Return that an integration is none of Hugging Face, or that the server does not tell.

    Args:
        name: The integration's name.
        current: What the server shows, with another type.
        why: Why it stays as it is, and what to do.
    """
    found = current.get("type")
    untold = untold_type(found)
    if untold:
        return (
            f"integration {name}: {untold}, so it is left alone: check that server_url leads to the API and to nothing "
            "before it, and run again"
        )
    return f"integration {name} exists with type {found!r}, not {TYPE}: {why}"


def plan_integration(
    item: dict[str, Any], current: dict[str, Any] | None, profile: Profile = CAUTIOUS
) -> tuple[Change | None, list[str]]:
    """Return the change that makes an integration what it should be (None: it is), and what stands in the way.

    Args:
        item: The options given for it; what was not given is absent.
        current: What the server shows, or None.
        profile: What is known of the cluster's behaviour.
    """
    name = item["name"]
    secrets = given_secrets(item)
    settings: dict[str, Any] = dict(item.get("configuration") or {})
    if item.get("namespace") is not None:
        settings["namespace"] = item["namespace"]
    for option, default in (("description", ""), ("enabled", True)):
        if item.get(option) is not None:
            settings[option] = item[option]
        elif current is None:
            settings[option] = default

    if current is None:
        missing = [option for option in ("api_key", "namespace") if item.get(option) is None]
        if missing:
            return None, [f"integration {name} does not exist yet: give {' and '.join(missing)} to create it"]
        return _creation(item, settings, secrets, profile), []

    if current.get("type") != TYPE:
        why = "a type cannot be changed; use another name, or delete it first"
        return None, [other_type_problem(name, current, why)]
    before = shown_integration(current)
    fields = changed_fields({key: value for key, value in before.items() if key != "tags"}, settings)
    states = secret_states(item, current, profile)
    if fields or _secrets_alone_write(item, states):
        # A write carries every given secret, so every one that is not known to be the same shows.
        always = item.get("update_api_key") == "always"
        fields.update(
            {
                key: FieldChange(state, "set", plan_mark(secrets[key], name, key))
                for key, state in states.items()
                if always or state != "same"
            }
        )
    writes_settings = bool(fields)
    if writes_settings and not keeps_secrets(profile):
        problem = _write_problem(name, fields, secrets, current)
        if problem:
            return None, [problem]
    pairs = tag_pairs(current)
    wanted_pairs = desired_tag_pairs(pairs, item.get("tags"), bool(item.get("purge_tags")))
    if wanted_pairs != pairs:
        fields["tags"] = FieldChange(shown_tags(pairs), shown_tags(wanted_pairs))
    if not fields:
        return None, []
    new_secrets = {key: secrets[key] for key, state in states.items() if state != "same" and key in fields}
    # A write carries every secret, and may undo what another run has written meanwhile: each leaves a new fingerprint,
    # by which the other one sees it.
    marked = secrets if writes_settings else new_secrets
    # It moves the update time that a fingerprint may hold.
    untrue = marked if records_update_time(profile) else new_secrets
    payload = {
        "profile": profile,
        "item": item,
        "current": current,
        "settings": settings,
        "secrets": secrets,
        "writes_settings": writes_settings,
        "marked_secrets": marked,
        "stale": fingerprints_of(pairs, untrue),
        "pairs": pairs,
        "wanted_pairs": wanted_pairs,
    }
    shown_secrets = dict.fromkeys(new_secrets, f"{HIDDEN} (new)")
    after = {**before, **settings, **shown_secrets, "tags": shown_tags(wanted_pairs)}
    return Change("integration", name, "update", fields, 0, payload, before, after), []


def _creation(item: dict[str, Any], settings: dict[str, Any], secrets: dict[str, str], profile: Profile) -> Change:
    wanted_pairs = desired_tag_pairs(set(), item.get("tags"), False)
    fields = changed_fields({}, settings)
    name = item["name"]
    fields.update({key: FieldChange(None, "set", plan_mark(value, name, key)) for key, value in secrets.items()})
    if wanted_pairs:
        fields["tags"] = FieldChange({}, shown_tags(wanted_pairs))
    payload = {
        "profile": profile,
        "item": item,
        "current": {},
        "settings": settings,
        "secrets": secrets,
        "writes_settings": True,
        "marked_secrets": secrets,
        "stale": set(),
        "pairs": set(),
        "wanted_pairs": wanted_pairs,
    }
    after = {**settings, **dict.fromkeys(secrets, HIDDEN), "tags": shown_tags(wanted_pairs)}
    return Change("integration", name, "create", fields, 0, payload, {}, after)


def _write_problem(
    name: str, fields: dict[str, FieldChange], secrets: dict[str, str], current: dict[str, Any]
) -> str | None:
    """Return why an existing integration cannot be written without losing a secret, or None."""
    if "api_key" not in secrets:
        return (
            f"integration {name}: {', '.join(sorted(fields))} would change, and a change sends the whole integration "
            f"with its key. {KEY_NOT_KNOWN}: give api_key"
        )
    hidden = hidden_keys(current.get("configuration") or {}, secrets)
    if hidden:
        return (
            f"integration {name}: the server also keeps {', '.join(hidden)}, and what it shows may be a mask that must "
            "not be written back: give the real values in secret_configuration"
        )
    return None


def _secrets_alone_write(item: dict[str, Any], states: dict[str, str]) -> bool:
    """Tell whether the secrets by themselves cause a write."""
    policy = item.get("update_api_key", "on_change")
    if policy == "always":
        return bool(states)
    return policy == "on_change" and any(state != "same" for state in states.values())


def integration_body(change: Change) -> dict[str, Any]:
    """Return the whole integration as it is sent; fields that were not given carry their current values."""
    payload = change.payload
    current, settings = payload["current"], payload["settings"]
    configuration = writable_configuration(current, payload["profile"])
    configuration.update({key: value for key, value in settings.items() if key not in ("description", "enabled")})
    # Every other secret that the server has is among the given ones, or the plan would have been refused.
    configuration.update(payload["secrets"])
    return {
        "type": TYPE,
        "category": current.get("category") or CATEGORY,
        "description": settings.get("description", current.get("description") or ""),
        "enabled": settings.get("enabled", bool(current.get("enabled", True))),
        "configuration": configuration,
    }


def integration_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that make a change: settings and key first, their fingerprint never before them.

    A fingerprint that will no longer be true goes before the key does: left over by a broken-off run, it would vouch
    for a key that is gone.
    """
    payload, profile = change.payload, change.payload["profile"]
    name = change.name
    before: dict[str, Any] = dict(payload["current"])
    stale = payload["stale"]

    def look() -> None:
        before["updateTime"] = written_integration(client, name).get("updateTime")

    steps = []
    if stale:
        steps.append(
            Step("removal of the old fingerprint", lambda: client.delete_integration_tags(name, as_tags(stale)))
        )
        if before.get("updateTime") and not profile.knows("tag_write_moves_update_time", False):
            # The removal may have moved the time by which a write that got lost is told.
            steps.append(Step("look at the update time", look))
    if payload["writes_settings"]:
        body = integration_body(change)
        steps.append(Step("settings", lambda: client.save_integration(name, body)))
    if payload["marked_secrets"]:
        arguments = (name, payload["item"], payload["marked_secrets"], profile, before)
        known = payload["pairs"] - stale if before else None
        return [*steps, Step("fingerprint and tags", lambda: write_tags(client, *arguments, known=known))]
    return steps + tag_steps(
        payload["pairs"],
        payload["wanted_pairs"],
        lambda tags: client.delete_integration_tags(name, tags),
        lambda tags: client.add_integration_tags(name, tags),
    )


def written_integration(client: ConductorClient, name: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an integration that was just written.

    Some servers take tags for what is not there. A fingerprint that is left for an integration that is gone would then
    vouch for whatever key somebody gives a new one of that name. One that is left after a write that got lost would
    vouch for a key that is not there: every write moves the update time, so the same one tells that nobody wrote.

    Args:
        client: Talks to the server.
        name: The integration's name.
        before: What the server showed before the write, where that is known.

    Raises:
        ApiError: It is gone, or was not written, or the server refused.
    """
    path = f"/api/integrations/provider/{name}"
    current = client.get_integration(name)
    if current is None:
        hint = "Somebody has deleted it meanwhile: run again."
        raise ApiError("GET", path, 404, f"integration {name} is gone since it was written", hint)
    moment = (before or {}).get("updateTime")
    if isinstance(moment, int) and moment > 0 and current.get("updateTime") == moment:
        said = f"integration {name} has the update time that it had before it was written, so the write got lost"
        hint = "Check that server_url leads to the API and to nothing before it, and run again."
        raise ApiError("GET", path, 200, said, hint)
    return current


def write_tags(
    client: ConductorClient,
    name: str,
    item: dict[str, Any],
    secrets: dict[str, str],
    profile: Profile,
    before: dict[str, Any] | None = None,
    known: set[Pair] | None = None,
) -> None:
    """Leave a fingerprint of each secret just written, unless the server shows the secret itself, and the user's tags.

    The tags are read again first: those of an integration that was deleted may come back with its name.

    Of two runs that write at the same time, each leaves its fingerprint and looks afterwards, so at least one of them
    sees the other's. Neither takes the other's away: those of two keys vouch for none, and a further run writes again.

    Args:
        client: Talks to the server.
        name: The integration's name.
        item: The options given for it.
        secrets: The secrets just written, by configuration key.
        profile: What is known of the cluster's behaviour.
        before: What the server showed before the write, where that is known.
        known: The tags that it had when the write was planned, or None when it was not there.

    Raises:
        ApiError: The integration is gone, or was not written, or somebody else writes it, or the server refused.
    """
    current = written_integration(client, name, before)
    marks = fingerprint_pairs(item, current, secrets, profile)
    pairs = tag_pairs(current)
    found = fingerprints_of(pairs, secrets)
    foreign = others_of(found, secrets, name) - (_left_over(found, current) if known is None else known)
    # Where this run leaves none, another one's would be alone.
    stale = found - fingerprints_of(foreign, fields_of(marks))
    wanted = desired_tag_pairs(pairs - stale, item.get("tags"), bool(item.get("purge_tags"))) | marks
    for step in tag_steps(
        pairs,
        wanted,
        lambda tags: client.delete_integration_tags(name, tags),
        lambda tags: client.add_integration_tags(name, tags),
    ):
        step.run()
    if marks and not profile.knows("tag_target_existence", "checked"):
        try:
            current = written_integration(client, name)
        except ApiError as error:
            if error.not_found:
                client.delete_integration_tags(name, as_tags(marks))
            raise
        foreign |= others_of(fingerprints_of(tag_pairs(current), secrets), secrets, name) - found - (known or set())
    if foreign or shows_others(current, secrets, profile):
        raise somebody_else_writes(name)


def fingerprints_of(pairs: Iterable[Pair], fields: Iterable[str]) -> set[Pair]:
    """Return the tags that hold fingerprints of these configuration keys."""
    wanted = set(fields)
    return {pair for pair in pairs if fingerprinted_field(pair[0]) in wanted}


def fields_of(marks: Iterable[Pair]) -> set[str]:
    """Return the configuration keys of which tags hold fingerprints."""
    return {field for key, _value in marks for field in [fingerprinted_field(key)] if field is not None}


def others_of(marks: set[Pair], secrets: dict[str, str], name: str) -> set[Pair]:
    """Return the fingerprints that are of other secrets than the ones just written."""
    return {
        (key, mark)
        for key, mark in marks
        for field in [fingerprinted_field(key)]
        if field is not None and not fingerprint_matches(mark, secrets[field], name, field)
    }


def _left_over(found: set[Pair], current: dict[str, Any]) -> set[Pair]:
    """Return the fingerprints of an earlier integration of this name: of one that is new, and saved once, all."""
    created, updated = current.get("createTime"), current.get("updateTime")
    return found if created == updated or not (isinstance(created, int) and isinstance(updated, int)) else set()


def shows_others(current: dict[str, Any], secrets: dict[str, str], profile: Profile) -> bool:
    """Tell whether an integration plainly shows another secret than the one that was just written."""
    shown = current.get("configuration") or {}
    return any(_is_another(shown.get(key), value, profile) for key, value in secrets.items())


def _is_another(shown: Any, value: str, profile: Profile) -> bool:
    return shown != value and (profile.knows("secrets", "clear") or is_access_token(shown))


def somebody_else_writes(name: str) -> ApiError:
    """Return that somebody else has written an integration since this run planned to."""
    said = f"somebody else has written integration {name} at the same time, so which key it has now is not certain"
    hint = "Run again when no other run is at work on this server: it writes the key again."
    return ApiError("GET", f"/api/integrations/provider/{name}", 200, said, hint, uncertain=True)


def fingerprint_pairs(
    item: dict[str, Any], current: dict[str, Any], secrets: dict[str, str], profile: Profile
) -> set[Pair]:
    """Return the tags that hold the fingerprints of secrets just written; one that the server shows needs none.

    Args:
        item: The options given for the integration.
        current: The integration as the server shows it after the write.
        secrets: The secrets just written, by configuration key.
        profile: What is known of the cluster's behaviour.
    """
    shown = current.get("configuration") or {}
    marks: set[Pair] = set()
    for key, value in secrets.items():
        needed = shown.get(key) != value and not _is_another(shown.get(key), value, profile)
        if needed and item.get("fingerprint", True):
            mark = make_fingerprint(value, item["name"], key, update_time=update_time_of(current, profile))
            marks |= {(fingerprint_tag(key, mark), mark)} if mark else set()
    return marks


def deletion_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that delete an integration; its tags go first, for they could come back with its name.

    So could a fingerprint that another run has left since this one was planned, and it would vouch for whatever key
    the next integration of that name is given: it goes afterwards.
    """
    name, pairs = change.name, change.payload["pairs"]

    def forget_others() -> None:
        left = {pair for pair in client.left_integration_tags(name) if is_fingerprint_tag(pair[0])}
        if left:
            client.delete_integration_tags(name, as_tags(left))

    steps = []
    if pairs:
        steps.append(Step("removal of tags", lambda: client.delete_integration_tags(name, as_tags(pairs))))
    steps.append(Step("deletion", lambda: client.delete_integration(name)))
    return [*steps, Step("removal of fingerprints that came meanwhile", forget_others)]


class IntegrationResource(Resource):
    """The integrations of one module call."""

    kind = "integration"
    _routes: SlashRoutes

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server."""
        return integration_problems(item)

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the input and can be seen without a server."""
        return self.purge_limit_problems(items) + super().problems(items)

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        self._routes = SlashRoutes(client, self.call.profile)
        current = self._read(client, items)
        for item in in_state(items, "present"):
            if current[item["name"]] is None and self._is_left_to_an_earlier_task(item):
                continue
            change, found = plan_integration(item, current[item["name"]], self.call.profile)
            problems.extend(found)
            if not found:
                plan.add(change)
                self._warn_of_short_secrets(plan, item)
        created = [change.name for change in plan.changes if change.action == "create"]
        problems += creation_problem(self.caller(client), created) if created else []
        self._plan_deletions(client, plan, problems, [item["name"] for item in in_state(items, "absent")], current)
        declared = [
            Declared(
                f"integration {item['name']}",
                # The console may name an integration either way.
                ((INTEGRATION_PROVIDER, item["name"]), (INTEGRATION, item["name"])),
                item["exclusive_subjects"],
            )
            for item in in_state(items, "present")
            if item.get("exclusive_subjects") is not None
        ]
        revoke_others(self, client, plan, problems, declared)
        return plan, problems

    def _read(self, client: ConductorClient, items: list[dict[str, Any]]) -> dict[str, dict[str, Any] | None]:
        """Return the integrations as they are."""
        by_name = {item["name"]: item for item in items}

        def suffices(name: str, found: dict[str, Any] | None) -> bool:
            item = by_name[name]
            absent = item.get("state", "present") == "absent"
            if found is not None and not isinstance(found.get("configuration"), dict):
                return False
            if found is None or absent:
                # Nothing is written in check mode, nor if it is gone as it should be.
                return self.call.check_mode or (absent and found is None)
            change, problems = plan_integration(item, found, self.call.profile)
            return change is None and not problems

        return self.read_unless_listed(
            client,
            by_name,
            client.get_integration,
            client.list_integrations,
            lambda found: found.get("name"),
            ("type", "description", "enabled", "configuration", "tags"),
            suffices,
        )

    def _is_left_to_an_earlier_task(self, item: dict[str, Any]) -> bool:
        """Tell whether an integration that does not exist is none of this task's making: check mode, no key given."""
        return item.get("api_key") is None and self.is_pending("integrations", item["name"])

    @staticmethod
    def _warn_of_short_secrets(plan: Plan, item: dict[str, Any]) -> None:
        if item.get("update_api_key", "on_change") != "on_change" or not item.get("fingerprint", True):
            return
        for key, value in sorted(given_secrets(item).items()):
            if len(value) < SHORTEST_FINGERPRINTED:
                plan.warn(
                    f"integration {item['name']}: {key} has fewer than {SHORTEST_FINGERPRINTED} characters and gets no "
                    "fingerprint, so unless the server shows its value it is sent on every run; update_api_key: "
                    "on_create stops that"
                )

    def _plan_deletions(
        self,
        client: ConductorClient,
        plan: Plan,
        problems: list[str],
        names: list[str],
        current: dict[str, dict[str, Any] | None],
    ) -> None:
        doomed = {}
        for name in names:
            found = current[name]
            if found is None:
                plan.add(None)
            elif found.get("type") != TYPE:
                problems.append(
                    other_type_problem(name, found, "this module does not delete it; delete it in the console")
                )
            else:
                doomed[name] = found
        if doomed:
            # Only a deletion asks who uses what goes.
            from ansible_collections.orkes.conductor.plugins.module_utils._model_usage import ModelUsage

            usage = ModelUsage(client, bool(self.call.options.get("force")))
            usage.check(plan, problems, [(f"integration {name}", name, None) for name in doomed])
        models = {name: listed or [] for name, listed in self.read_each(client.list_models, doomed).items()}
        targets = [(kind, name) for name in doomed for kind in (INTEGRATION_PROVIDER, INTEGRATION)]
        targets += [(INTEGRATION, f"{name}:{model['api']}") for name, listed in models.items() for model in listed]
        grants, warnings = GrantsOnTargets(self, client).find(targets)
        for warning in warnings:
            plan.warn(warning)
        # Grants go first, then models, then the integration, each stage only when the one before it is done.
        for change in grant_removals(grants, stage=1):
            plan.add(change)
        for name, found in doomed.items():
            for model in sorted(models[name], key=lambda found: str(found["api"])):
                route = self._route(plan, name, models[name], model["api"])
                if route is not None:
                    plan.add(model_deletion(name, model, route, stage=2))
            payload = {"pairs": tag_pairs(found)}
            # Models that cannot be deleted by themselves have no change of their own, and still go with it.
            before = {**shown_integration(found), "models": sorted(str(model["api"]) for model in models[name])}
            plan.add(Change("integration", name, "delete", {}, 3, payload, before))

    def _route(self, plan: Plan, integration: str, models: list[dict[str, Any]], model: str) -> str | None:
        route = self._routes.for_model(integration, model, [found["api"] for found in models])
        if route is None:
            plan.warn(
                f"model {integration}:{model}: this server takes no slash in a path, so the model cannot be deleted by "
                "itself and is left to the deletion of its integration"
            )
        return route

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        if change.kind == "grant":
            return grant_steps(client, change)
        if isinstance(change.payload, ModelDeletion):
            return change.payload.steps(client)
        if change.action == "delete":
            return deletion_steps(client, change)
        return integration_steps(client, change)
