# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference Endpoints of Hugging Face: from parameters to a plan, to requests, and to a wait (floor 3).

Every update is rolled out anew, which takes time and money. So only what was given is compared, never what the server
fills in, and a doubtful difference is a warning and no change.
"""

from __future__ import annotations

import re
import time
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError, one_line
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_account import namespace_problems
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import HuggingFaceClient
from ansible_collections.orkes.conductor.plugins.module_utils._limits import LONGEST_WAIT, limit_problems
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan, digest_of_change
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call, Resource, in_state
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import looks_masked, plan_mark

#: Longest name that Hugging Face takes, in characters.
LONGEST_NAME = 32
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
COMMIT = re.compile(r"[0-9a-f]{40}")

#: Where each option goes in the body of a request. Those of FURTHER_PLACES are not compared by their plain value.
PLACES: dict[str, tuple[str, ...]] = {
    "type": ("type",),
    "vendor": ("provider", "vendor"),
    "region": ("provider", "region"),
    "accelerator": ("compute", "accelerator"),
    "instance_type": ("compute", "instanceType"),
    "instance_size": ("compute", "instanceSize"),
    "min_replica": ("compute", "scaling", "minReplica"),
    "max_replica": ("compute", "scaling", "maxReplica"),
    "scale_to_zero_timeout": ("compute", "scaling", "scaleToZeroTimeout"),
    "repository": ("model", "repository"),
    "framework": ("model", "framework"),
    "task": ("model", "task"),
    "command": ("model", "command"),
    "args": ("model", "args"),
    "env": ("model", "env"),
}
FURTHER_PLACES: dict[str, tuple[str, ...]] = {
    "revision": ("model", "revision"),
    "image": ("model", "image"),
    "secrets": ("model", "secrets"),
    "tags": ("tags",),
}

#: What a new endpoint needs, and what it gets when that is not given.
NEEDED = ("type", "vendor", "region", "accelerator", "instance_type", "instance_size", "repository")
DEFAULTS: dict[str, Any] = {"framework": "pytorch", "min_replica": 1, "max_replica": 1, "image": {"huggingface": {}}}

#: What cannot be changed of an endpoint that exists.
FIXED = ("vendor", "region")

#: Parts of an image that the server does not give back in full.
HIDDEN_IN_IMAGE = ("credentials",)

MOVING = frozenset({"pending", "initializing", "updating"})
BROKEN = frozenset({"failed", "updateFailed"})
RESTING = frozenset({"paused", "scaledToZero"})

#: The state in which an endpoint should be, and how the server calls it.
RESTING_STATES = {"paused": "paused", "scaled_to_zero": "scaledToZero"}

#: Kinds of messages with which a server says that a name is taken.
TAKEN = "exist"


def value_at(body: dict[str, Any] | None, place: tuple[str, ...]) -> Any:
    """Return the value at a place in nested dictionaries, or None."""
    found: Any = body
    for key in place:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def put(body: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Set the value at a place in nested dictionaries."""
    for key in place[:-1]:
        body = body.setdefault(key, {})
    body[place[-1]] = value


def state_of(endpoint: dict[str, Any]) -> str:
    """Return the state in the server's words."""
    return str(value_at(endpoint, ("status", "state")) or "unknown")


def shown_endpoint(namespace: str, endpoint: dict[str, Any]) -> dict[str, Any]:
    """Return what results tell of an endpoint."""
    status: Any = endpoint.get("status")
    status = status if isinstance(status, dict) else {}
    return {
        "namespace": namespace,
        "name": endpoint.get("name"),
        "state": state_of(endpoint),
        "url": status.get("url"),
        "message": status.get("message"),
        "since": status.get("updatedAt"),
        "type": endpoint.get("type"),
        "repository": value_at(endpoint, ("model", "repository")),
        "revision": value_at(endpoint, ("model", "revision")),
        "vendor": value_at(endpoint, ("provider", "vendor")),
        "region": value_at(endpoint, ("provider", "region")),
    }


def endpoint_problems(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one desired endpoint, without asking the server."""
    name = str(item.get("name"))
    title = one_line(f"endpoint {item.get('namespace')}/{name}")
    problems = []
    if len(name) > LONGEST_NAME:
        problems.append(f"its name has {len(name)} characters: Hugging Face takes {LONGEST_NAME} at most")
    if not NAME.fullmatch(name):
        problems.append(
            "its name may hold lower-case letters, digits and hyphens only, and neither begin nor end with a hyphen"
        )
    namespace = item.get("namespace")
    if not namespace or "/" in str(namespace) or not str(namespace).isprintable():
        problems.append("namespace is missing or no name: give the user or organization at Hugging Face")
    least, most = item.get("min_replica"), item.get("max_replica")
    if least is not None and least < 0:
        problems.append(f"min_replica is {least}: the least is 0")
    if most is not None and most < 1:
        problems.append(f"max_replica is {most}: the least is 1")
    if least is not None and most is not None and least > most:
        problems.append(f"min_replica is {least} and max_replica {most}: the first is the smaller one")
    timeout = item.get("scale_to_zero_timeout")
    if timeout is not None and not 15 <= timeout <= 2880:
        problems.append(f"scale_to_zero_timeout is {timeout}: Hugging Face takes 15 to 2880 minutes")
    image = item.get("image")
    if image is not None and (len(image) != 1 or not isinstance(next(iter(image.values())) or {}, dict)):
        problems.append("image has to be a dictionary with one key, such as {huggingface: {}} or {custom: {url: ...}}")
    for option in ("env", "secrets"):
        for key, value in (item.get(option) or {}).items():
            if isinstance(value, (bool, dict, list)):
                problems.append(f"{option}: {key} is no text: put its value in quotes")
    for key, value in (item.get("secrets") or {}).items():
        if value is None or looks_masked(str(value)):
            problems.append(f"secrets: {key} is empty, a mask or a placeholder: give the real value")
    for parts in (image or {}).values():
        credentials = parts.get("credentials") if isinstance(parts, dict) else None
        for key, value in credentials.items() if isinstance(credentials, dict) else ():
            if looks_masked(str(value)):
                problems.append(f"image: {key} of its credentials is a mask or a placeholder: give the real value")
    return [f"{title}: {problem}" for problem in problems]


def desired_options(item: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an item that say what the endpoint is like, in a form fit to compare."""
    found = {option: item[option] for option in (*PLACES, *FURTHER_PLACES) if item.get(option) is not None}
    for option in ("env", "secrets"):
        if option in found:
            found[option] = {str(key): str(value) for key, value in found[option].items()}
    if "tags" in found:
        # A set: in whatever order they are given, the plan is the same.
        found["tags"] = sorted(set(found["tags"]))
    return found


def image_differs(wanted: dict[str, Any], current: Any) -> bool:
    """Tell whether an image differs in its kind, or in what was given of it and the server gives back."""
    current = current if isinstance(current, dict) else {}
    kind, given = next(iter(wanted.items()))
    if kind not in current:
        return True
    there = current[kind] if isinstance(current[kind], dict) else {}
    # What a server drops without a word is no difference, or each run would roll out anew.
    return any(
        key in there and there[key] != value for key, value in (given or {}).items() if key not in HIDDEN_IN_IMAGE
    )


def plan_endpoint(item: dict[str, Any], current: dict[str, Any] | None) -> tuple[Change | None, list[str], list[str]]:
    """Return the change that makes an endpoint what it should be (None: it is), what stands in the way, and warnings.

    Args:
        item: The options given for it; what was not given is absent.
        current: What the server shows, or None.
    """
    title = f"{item['namespace']}/{item['name']}"
    options = desired_options(item)
    if current is None:
        missing = [option for option in NEEDED if option not in options]
        if missing:
            return None, [f"endpoint {title} does not exist yet: give {', '.join(missing)} to create it"], []
        return _creation(item, title, {**DEFAULTS, **options}), [], []
    problems, warnings = [], []
    fields: dict[str, FieldChange] = {}
    body: dict[str, Any] = {}
    for option, place in PLACES.items():
        if option not in options:
            continue
        before, after = value_at(current, place), options[option]
        if _same(option, before, after):
            continue
        if option in FIXED:
            problems.append(
                f"endpoint {title}: {option} cannot be changed from {before} to {after}: delete the endpoint "
                "(state: absent) and create it anew"
            )
        elif option == "type" and before == "protected":
            warnings.append(
                f"endpoint {title} has the older type protected; that is left alone, since it is not known whether it "
                f"is the same as {after}. Change it at Hugging Face"
            )
        else:
            if option == "env":
                after = {**{str(key): str(value) for key, value in (before or {}).items()}, **after}
            fields[option] = FieldChange(before, after)
            put(body, place, after)
    _plan_further(item, title, options, current, fields, body, warnings)
    if problems:
        return None, problems, warnings
    state = state_of(current)
    if item.get("state") == "running" and state == "scaledToZero":
        warnings.append(f"endpoint {title} sleeps, which is left alone: the next request to it wakes it")
    action = _state_action(item.get("state", "present"), state)
    if action == "scale_to_zero" and state == "paused":
        problems.append(
            f"endpoint {title} is paused, and only one that runs can be scaled to zero: resume it first (state: "
            "running)"
        )
        return None, problems, warnings
    if action == "scale_to_zero" and (body or state != "running"):
        # Only what runs can be scaled to zero; the wait does it then.
        action = "scale_to_zero_later"
    if action:
        fields["state"] = FieldChange(state, item["state"])
    if not fields:
        return None, [], warnings
    payload = {"item": item, "body": body, "action": action}
    before_shown = {name: field.before for name, field in fields.items()}
    after_shown = {name: field.after for name, field in fields.items()}
    return Change("endpoint", title, "update", fields, 0, payload, before_shown, after_shown), [], warnings


def _same(option: str, before: Any, after: Any) -> bool:
    if option == "env":
        # Whether a server takes away what an update leaves out is not known, so nothing is ever left out.
        return all(str((before or {}).get(key)) == value for key, value in after.items())
    if option in ("command", "args"):
        return [str(part) for part in before or []] == [str(part) for part in after]
    return bool(before == after)


def _plan_further(
    item: dict[str, Any],
    title: str,
    options: dict[str, Any],
    current: dict[str, Any],
    fields: dict[str, FieldChange],
    body: dict[str, Any],
    warnings: list[str],
) -> None:
    """Plan what is not compared by its plain value."""
    tags = {str(tag) for tag in current.get("tags") or []}
    if "tags" in options and set(options["tags"]) != tags:
        fields["tags"] = FieldChange(sorted(tags), sorted(options["tags"]))
        put(body, FURTHER_PLACES["tags"], sorted(options["tags"]))
    image = value_at(current, FURTHER_PLACES["image"])
    if "image" in options and image_differs(options["image"], image):
        fields["image"] = FieldChange(_shown_image(image), _shown_image(options["image"]))
        put(body, FURTHER_PLACES["image"], options["image"])
    revision = value_at(current, FURTHER_PLACES["revision"])
    if "revision" in options and options["revision"] != revision:
        if COMMIT.fullmatch(options["revision"]):
            fields["revision"] = FieldChange(revision, options["revision"])
            put(body, FURTHER_PLACES["revision"], options["revision"])
        elif not COMMIT.fullmatch(str(revision)):
            warnings.append(
                f"endpoint {title}: revision is {revision}, and {options['revision']} was given. A branch or a tag "
                "cannot be compared, so nothing is changed: give the commit"
            )
    if "secrets" in options and item.get("update_secrets"):
        fields["secrets"] = FieldChange("unknown", "set", _secrets_mark(title, options["secrets"]))
        put(body, FURTHER_PLACES["secrets"], options["secrets"])


def _secrets_mark(title: str, secrets: dict[str, str]) -> str:
    """Return the mark of secret variables for the digest of a plan."""
    return ",".join(f"{key}={plan_mark(value, title, key)}" for key, value in sorted(secrets.items()))


def _shown_image(image: Any) -> Any:
    """Return an image without its credentials."""
    if not isinstance(image, dict):
        return image
    return {
        kind: {key: value for key, value in (parts or {}).items() if key not in HIDDEN_IN_IMAGE}
        if isinstance(parts, dict) or parts is None
        else parts
        for kind, parts in image.items()
    }


def _creation(item: dict[str, Any], title: str, options: dict[str, Any]) -> Change:
    body: dict[str, Any] = {"name": item["name"]}
    for option, place in {**PLACES, **FURTHER_PLACES}.items():
        if option in options:
            put(body, place, options[option])
    fields = {option: FieldChange(None, value) for option, value in options.items() if option != "secrets"}
    fields["image"] = FieldChange(None, _shown_image(options["image"]))
    if "secrets" in options:
        fields["secrets"] = FieldChange(None, "set", _secrets_mark(title, options["secrets"]))
    state = item.get("state", "present")
    if state in RESTING_STATES:
        fields["state"] = FieldChange(None, state)
    after = {name: field.after for name, field in fields.items()}
    action = "scale_to_zero_later" if state == "scaled_to_zero" else _state_action(state, "running")
    payload = {"item": item, "body": body, "action": action}
    return Change("endpoint", title, "create", fields, 0, payload, {}, after)


def digest_entries(item: dict[str, Any], current: dict[str, Any] | None, change: Change | None) -> dict[str, Any]:
    """Return what the digest of a cluster's plan takes in of one endpoint.

    An endpoint may be shared, so somebody else may have created it since a plan was approved. Then less is left to be
    done than was approved, which the approval covers as well. Never the other way round.

    Args:
        item: The options given for it.
        current: What the server shows, or None.
        change: What is to be done, or None.

    Returns:
        The C(name), what it is C(now), and C(also) what it may have been in an approved plan that this one is part of.
    """
    title = f"{item['namespace']}/{item['name']}"
    url = value_at(current, ("status", "url"))
    now: list[Any]
    also: list[list[Any]] = []
    if item.get("state") == "absent":
        now, also = (["gone"], [["delete"]]) if current is None else (["delete"], [])
        return {"name": title, "now": now, "also": also}
    if current is None:
        return {"name": title, "now": ["create", digest_of_change(change) if change else None], "also": []}
    now = ["update", digest_of_change(change), url] if change else ["there", url]
    if url:
        also.append([*now[:-1], None])
    creation = _creation_that_led_to(item, current)
    if creation is not None:
        also.append(["create", digest_of_change(creation)])
    return {"name": title, "now": now, "also": also}


def _creation_that_led_to(item: dict[str, Any], current: dict[str, Any]) -> Change | None:
    """Return the creation of an endpoint if the one that is there is what it makes, in what can be compared.

    What was not given counts here, too: a creation would have given it the default.
    """
    options = {**DEFAULTS, **desired_options(item)}
    if any(option not in options for option in NEEDED) or options["type"] != current.get("type"):
        return None
    change, problems, _warnings = plan_endpoint({**item, **options, "update_secrets": False}, current)
    rest = set(change.fields) if change else set()
    if item.get("state") in RESTING_STATES:
        # That it is put to rest is a part of its creation.
        rest -= {"state"}
    return None if problems or rest else _creation(item, f"{item['namespace']}/{item['name']}", options)


def _state_action(wanted: str, state: str) -> str | None:
    """Return how an endpoint gets into the state that is wanted: C(pause), C(resume), C(scale_to_zero), or None."""
    if wanted == "running":
        return "resume" if state == "paused" else None
    if wanted not in RESTING_STATES or state == RESTING_STATES[wanted]:
        return None
    return "pause" if wanted == "paused" else "scale_to_zero"


class EndpointResource(Resource):
    """The Inference Endpoints of one module call.

    Args:
        call: The module call.
        sleep: Replaced in tests.
        clock: Replaced in tests; seconds that only move forward.
    """

    kind = "endpoint"

    def __init__(
        self,
        call: Call,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(call)
        self._sleep = sleep
        self._clock = clock
        self._current: dict[tuple[str, str], dict[str, Any] | None] = {}
        self._wanted: dict[tuple[str, str], str] = {}
        self._digests: list[dict[str, Any]] = []

    def title(self, item: dict[str, Any]) -> str:
        """Return C(namespace/name)."""
        return f"{item.get('namespace')}/{item['name']}"

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server."""
        return endpoint_problems(item)

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the input and can be seen without a server."""
        problems = super().problems(items)
        limits = (("wait_timeout", 1, LONGEST_WAIT), ("wait_interval", 0, LONGEST_WAIT))
        return problems + limit_problems(self.call.options, limits)

    def plan(self, client: Any, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        keys = [(item["namespace"], item["name"]) for item in items]
        try:
            self._current = self.read_each(lambda key: client.get_endpoint(*key), keys)
        except ApiError as error:
            if not error.forbidden:
                raise
            return plan, [str(error), *namespace_problems(client, [namespace for namespace, _name in keys])]
        for item in items:
            key = item["namespace"], item["name"]
            current = self._current[key]
            if item in in_state(items, "absent"):
                change = None
                if current is not None:
                    shown = shown_endpoint(item["namespace"], current)
                    change = Change("endpoint", "/".join(key), "delete", {}, 1, {"item": item}, shown)
                plan.add(change)
                self._digests.append(digest_entries(item, current, change))
                continue
            self._wanted[key] = item.get("state", "present")
            change, found, warnings = plan_endpoint(item, current)
            problems += found
            if change and change.payload["action"] == "scale_to_zero_later" and not self.call.options.get("wait"):
                warnings.append(f"endpoint {'/'.join(key)} can be scaled to zero once it runs: run again then")
            if state_of(current or {}) in BROKEN:
                warnings.append(f"endpoint {'/'.join(key)} is {state_of(current or {})}: look at its logs")
            for warning in warnings:
                plan.warn(warning)
            if not found:
                plan.add(change)
                self._digests.append(digest_entries(item, current, change))
        return plan, problems

    def steps(self, client: Any, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        item = change.payload["item"]
        namespace, name = item["namespace"], item["name"]
        if change.action == "delete":
            return [Step("deletion", lambda: client.delete_endpoint(namespace, name))]
        body, steps = change.payload["body"], []
        if change.action == "create":
            steps.append(Step("creation", lambda: self._create(client, item, body)))
        elif body:
            steps.append(Step("settings", lambda: client.update_endpoint(namespace, name, body)))
        act = change.payload["action"]
        if act == "pause":
            steps.append(Step("pause", lambda: client.pause_endpoint(namespace, name)))
        elif act == "resume":
            steps.append(Step("resumption", lambda: client.resume_endpoint(namespace, name)))
        elif act == "scale_to_zero":
            steps.append(Step("scaling to zero", lambda: client.scale_endpoint_to_zero(namespace, name)))
        return steps

    def _create(self, client: HuggingFaceClient, item: dict[str, Any], body: dict[str, Any]) -> None:
        """Create an endpoint; somebody may have been faster, or an earlier request may have come through."""
        namespace, name = item["namespace"], item["name"]
        try:
            client.create_endpoint(namespace, body)
        except ApiError as error:
            taken = error.status == 409 or (error.status == 400 and TAKEN in error.server_message.lower())
            if not taken and not error.uncertain:
                raise
            try:
                found = client.get_endpoint(namespace, name)
            except ApiError:
                found = None
            if found is None:
                raise
            self._same_or_raise(item, found, error)

    @staticmethod
    def _same_or_raise(item: dict[str, Any], found: dict[str, Any], error: ApiError) -> None:
        """Take what is there if it is what was wanted; what cannot be compared, such as secrets, is no difference."""
        change, problems, _warnings = plan_endpoint({**item, "update_secrets": False, "state": "present"}, found)
        differing = sorted(change.fields) if change else []
        if problems or differing:
            why = f"its {', '.join(differing)} is another" if differing else "; ".join(problems)
            raise CollectionError(
                f"endpoint {item['namespace']}/{item['name']} came into being meanwhile, and {why}: "
                f"run again to see what would change ({error})"
            ) from None

    # Waiting

    def settle(self, client: Any) -> None:
        """Wait until the endpoints have come to rest, if that was asked for; read them once in any case.

        Raises:
            CollectionError: One has failed, rests while it should run, or takes too long.
        """
        wait = self.call.options.get("wait")
        deadline = self._clock() + float(self.call.options.get("wait_timeout") or 0)
        pending = dict(self._wanted)
        while True:
            for namespace, name in list(pending):
                found = client.get_endpoint(namespace, name)
                self._current[namespace, name] = found
                if self._has_settled(client, namespace, name, found, pending[namespace, name]) or not wait:
                    del pending[namespace, name]
            if not pending:
                return
            if self._clock() >= deadline:
                raise CollectionError(self._too_long(list(pending)))
            self._sleep(float(self.call.options.get("wait_interval") or 0))

    def _has_settled(
        self, client: HuggingFaceClient, namespace: str, name: str, found: dict[str, Any] | None, wanted: str
    ) -> bool:
        wait = self.call.options.get("wait")
        if found is None:
            raise CollectionError(
                f"endpoint {namespace}/{name} is gone while it should come up: somebody deleted it; run again to "
                "create it"
            )
        state, message = state_of(found), value_at(found, ("status", "message"))
        if state in BROKEN and wait:
            raise CollectionError(
                f"endpoint {namespace}/{name} has the state {state}: {message or 'Hugging Face gives no reason'}. Look "
                "at its logs at Hugging Face, mend its options, and run again"
            )
        if wanted == "running" and state == "paused" and wait:
            raise CollectionError(
                f"endpoint {namespace}/{name} should run and is {state}: somebody put it to rest; run again to resume "
                "it"
            )
        if state in RESTING:
            return True
        if state == "running" and wanted in RESTING_STATES and wait:
            # An update may wake an endpoint that rested.
            act = client.pause_endpoint if wanted == "paused" else client.scale_endpoint_to_zero
            act(namespace, name)
            return False
        return state == "running" and wanted not in RESTING_STATES and bool(value_at(found, ("status", "url")))

    def _too_long(self, pending: list[tuple[str, str]]) -> str:
        told = []
        for key in pending:
            status = value_at(self._current[key], ("status",)) or {}
            message = f": {status['message']}" if status.get("message") else ""
            told.append(f"{'/'.join(key)} is {status.get('state')} since {status.get('updatedAt')}{message}")
        return (
            f"after {self.call.options.get('wait_timeout')} s not all endpoints run; {'; '.join(told)}. It goes on at "
            "Hugging Face: run again, with a longer wait_timeout if the hardware takes its time"
        )

    def further_result(self) -> dict[str, Any]:
        """Return the endpoints that are there now; check mode knows no new ones."""
        found = [
            shown_endpoint(namespace, endpoint)
            for (namespace, name), endpoint in self._current.items()
            if endpoint is not None and (namespace, name) in self._wanted
        ]
        return {"endpoints": found, "digests": self._digests}
