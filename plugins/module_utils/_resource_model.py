# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models of Hugging Face integrations: from parameters to a plan, and from a plan to requests (floor 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step
from ansible_collections.orkes.conductor.plugins.module_utils._caller import is_administrator
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    integration_name_problem,
    name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, one_line
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
from ansible_collections.orkes.conductor.plugins.module_utils._hosts import HOST
from ansible_collections.orkes.conductor.plugins.module_utils._http import is_loopback
from ansible_collections.orkes.conductor.plugins.module_utils._models import (
    ModelDeletion,
    model_body,
    model_deletion,
    model_title,
    registered_by_server,
    shown_model,
)
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, FieldChange, Plan, changed_fields
from ansible_collections.orkes.conductor.plugins.module_utils._references import INTEGRATION, UNKNOWN_URL
from ansible_collections.orkes.conductor.plugins.module_utils._resource import (
    Call,
    Pair,
    Resource,
    desired_tag_pairs,
    in_state,
    shown_tags,
    tag_pairs,
    tag_problems,
    tag_steps,
)
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    hidden_keys,
    holds_access_token,
    is_secret_key,
    is_secret_parameter,
    looks_masked,
)
from ansible_collections.orkes.conductor.plugins.module_utils._slash_routes import RAW, SlashRoutes

if TYPE_CHECKING:
    from ansible_collections.orkes.conductor.plugins.module_utils._bulk_write import BulkWrite

#: Configuration keys of a model that have an option of their own, or that belong to the integration.
RESERVED_CONFIGURATION = ("api_key", "namespace", "endpoint")


def model_problems(item: dict[str, Any], check_mode: bool = False) -> list[str]:
    """Return what is wrong with one desired model, without asking the server.

    Args:
        item: The options given for it.
        check_mode: Whether nothing will be written; then a URL may be one that is not known yet.
    """
    problems = [
        problem
        for problem in (
            integration_name_problem("integration", item.get("integration")),
            name_problem("name", item.get("name")),
        )
        if problem
    ]
    if problems:
        title = one_line(f"model {item.get('integration')}:{item.get('name')}")
        return [f"{title}: {problem}" for problem in problems]
    title = f"model {model_title(item['integration'], item['name'])}"
    if item.get("state") == "absent":
        return exclusive_subjects_problems(title, item)
    for key in item.get("configuration") or {}:
        if key in RESERVED_CONFIGURATION:
            where = "use the option endpoint" if key == "endpoint" else "it belongs to the integration (hf_integration)"
            problems.append(f"{title}: configuration holds {key}: {where}")
        elif is_secret_key(key):
            problems.append(
                f"{title}: configuration holds {key}, which looks like a secret: keep it in the integration"
            )
    if str(item.get("endpoint") or "").startswith(UNKNOWN_URL):
        if not check_mode:
            problems.append(
                f"{title}: the URL of its Inference Endpoint {item['endpoint'][len(UNKNOWN_URL) :]} is not known: the "
                "endpoint has to be created and to run first"
            )
    elif item.get("endpoint") is not None:
        problem = endpoint_problem(item["endpoint"])
        if problem:
            problems.append(f"{title}: {problem}")
    if item.get("api_key") is not None and looks_masked(item["api_key"]):
        problems.append(f"{title}: api_key is a mask or a placeholder and not a key: give the real one")
    return problems + tag_problems(title, item.get("tags")) + exclusive_subjects_problems(title, item)


def endpoint_problem(endpoint: str) -> str | None:
    """Return what is wrong with the URL of an Inference Endpoint, or None."""
    example = "write it like https://abc123.eu-west-1.aws.endpoints.huggingface.cloud"
    if not endpoint.strip():
        return "endpoint is empty: give the Inference Endpoint's URL or leave the option out"
    if any(ord(character) <= 32 or ord(character) == 127 for character in endpoint):
        return "endpoint holds white space or control characters: remove them"
    try:
        parts = urlsplit(endpoint)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        return f"endpoint is not a URL ({error}): {example}"
    if parts.username is not None or parts.password is not None:
        return "endpoint holds credentials: take them out"
    if parts.fragment or ";" in parts.path or "\\" in endpoint:
        return f"endpoint holds a backslash, a semicolon or a part behind #: {example}"
    if host and not HOST.fullmatch(host):
        # Programs do not agree where such a host ends, and tokens would go to the one or the other.
        return f"endpoint names the host {host!r}, and no host is called so: {example}"
    what = next((key for key, _value in parse_qsl(parts.query) if is_secret_parameter(key)), None)
    if what is None and holds_access_token(endpoint):
        what = "an access token of Hugging Face"
    if what is not None:
        return f"endpoint holds a secret, {what}: take it out, since everybody who may read the model can read it"
    if parts.scheme == "http" and host and is_loopback(host):
        # A sandbox serves its endpoints on this machine.
        return None
    if parts.scheme != "https" or not host:
        return f"endpoint {endpoint!r} is not an https URL: {example}"
    return None


def plan_model(
    item: dict[str, Any], current: dict[str, Any] | None, route: str | None = None
) -> tuple[Change | None, list[str]]:
    """Return the change that makes a model what it should be (None: it is), and what stands in the way.

    Args:
        item: The options given for it; what was not given is absent.
        current: What the server shows, or None.
        route: How its name goes into a path, or None where only the bulk route is left.
    """
    title = model_title(item["integration"], item["name"])
    settings: dict[str, Any] = dict(item.get("configuration") or {})
    if item.get("endpoint") is not None:
        settings["endpoint"] = item["endpoint"]
    for option, default in (("description", ""), ("enabled", True)):
        if item.get(option) is not None:
            settings[option] = item[option]
        elif current is None:
            settings[option] = default
    if current is None and item.get("endpoint") is None:
        return None, [f"model {title} does not exist yet: give endpoint to create it"]

    before = shown_model(current) if current else {}
    fields = changed_fields({key: value for key, value in before.items() if key != "tags"}, settings)
    hidden = hidden_keys((current or {}).get("configuration") or {}, {})
    if fields and hidden:
        return None, [
            f"model {title}: the server also keeps {', '.join(hidden)}, and what it shows may be a mask that must not "
            "be written back: change this model in the console"
        ]
    writes_settings = bool(fields)
    pairs = tag_pairs(current)
    wanted_pairs = desired_tag_pairs(pairs, item.get("tags"), bool(item.get("purge_tags")))
    if wanted_pairs != pairs:
        fields["tags"] = FieldChange(shown_tags(pairs), shown_tags(wanted_pairs))
    if not fields:
        return None, []
    payload = {
        "item": item,
        "current": current or {},
        "settings": settings,
        "writes_settings": writes_settings,
        "pairs": pairs,
        "wanted_pairs": wanted_pairs,
        "route": route,
    }
    after = {**before, **settings, "tags": shown_tags(wanted_pairs)}
    action = "update" if current else "create"
    return Change("model", title, action, fields, 1, payload, before, after), []


def model_steps(client: ConductorClient, change: Change) -> list[Step]:
    """Return the requests that make a change of a model."""
    payload = change.payload
    bulk: BulkWrite | None = payload.get("bulk")
    if bulk is not None:
        return [Step("settings, in bulk", lambda: bulk.run(client))]
    integration, model = payload["item"]["integration"], payload["item"]["name"]
    raw = payload["route"] == RAW
    steps = []
    if payload["writes_settings"]:
        steps.append(Step("settings", lambda: client.save_model(integration, model, model_body(change), raw)))
    if change.action == "create" and payload["item"].get("tags") is not None:
        return [*steps, Step("tags", lambda: _write_tags_of_new_model(client, change))]
    return steps + _tag_steps(client, change, payload["pairs"], payload["wanted_pairs"])


def _tag_steps(client: ConductorClient, change: Change, before: set[Pair], after: set[Pair]) -> list[Step]:
    integration, model = change.payload["item"]["integration"], change.payload["item"]["name"]
    raw = change.payload["route"] == RAW
    return tag_steps(
        before,
        after,
        lambda tags: client.delete_model_tags(integration, model, tags, raw),
        lambda tags: client.add_model_tags(integration, model, tags, raw),
    )


def _write_tags_of_new_model(client: ConductorClient, change: Change) -> None:
    """Write a new model's tags, after a look: those of one that was deleted may come back with its name."""
    item = change.payload["item"]
    found = client.get_model(item["integration"], item["name"], raw=change.payload["route"] == RAW)
    pairs = tag_pairs(found if isinstance(found, dict) else None)
    for step in _tag_steps(client, change, pairs, desired_tag_pairs(pairs, item["tags"], bool(item.get("purge_tags")))):
        step.run()


class ModelResource(Resource):
    """The models of one module call."""

    kind = "model"
    _routes: SlashRoutes
    _models: dict[str, list[dict[str, Any]] | None]

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._left_alone: list[str] = []
        self._by_name: dict[str, dict[str, dict[str, Any]]] = {}

    def title(self, item: dict[str, Any]) -> str:
        """Return C(integration:model)."""
        return model_title(str(item.get("integration")), str(item.get("name")))

    def scope(self, items: list[dict[str, Any]]) -> list[str]:
        """Return the integrations in which undeclared models are purged."""
        if not self.call.options.get("purge"):
            return []
        named = self.call.options.get("purge_integrations")
        if named is None:
            named = [item["integration"] for item in items]
            if not items and self.call.options.get("integration"):
                named = [self.call.options["integration"]]
        return list(dict.fromkeys(named))

    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server."""
        if item.get("integration") is None:
            return [f"model {item['name']}: integration is missing: give the integration that the model belongs to"]
        return model_problems(item, self.call.check_mode)

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the input and can be seen without a server."""
        problems = self.purge_limit_problems(items) + super().problems(items)
        keys: dict[str, set[str]] = {}
        for item in items:
            if item.get("api_key") is not None:
                keys.setdefault(str(item.get("integration")), set()).add(item["api_key"])
        problems += [
            f"integration {name}: its models are given with different values of api_key: an integration has one"
            for name, values in keys.items()
            if len(values) > 1
        ]
        for name in self.call.options.get("purge_integrations") or []:
            problem = integration_name_problem("purge_integrations", name)
            problems += [problem] if problem else []
        if self.call.options.get("purge_integrations") is not None and not self.call.options.get("purge"):
            problems.append("purge_integrations is given without purge: true, and so does nothing: give both or none")
        if self.call.options.get("purge_discovered") and not self.call.options.get("purge"):
            problems.append("purge_discovered is given without purge: true, and so does nothing: give both or none")
        return problems

    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way."""
        plan = Plan()
        problems: list[str] = []
        self._routes = SlashRoutes(client, self.call.profile)
        scope = self.scope(items)
        self._models = self.read_each(client.list_models, [*(item["integration"] for item in items), *scope])
        self._by_name = {}
        for item in in_state(items, "present"):
            self._plan_present(plan, problems, item)
        self._choose_routes(client, plan, problems)
        self._warn_of_unreadable_models(client, plan)
        doomed = self._doomed(plan, problems, items, scope)
        if doomed:
            # Only a deletion asks who uses what goes.
            from ansible_collections.orkes.conductor.plugins.module_utils._model_usage import ModelUsage

            usage = ModelUsage(client, bool(self.call.options.get("force")))
            usage.check(plan, problems, [(f"model {model_title(*key)}", *key) for key in sorted(doomed)])
        if doomed and not problems:
            targets = [(INTEGRATION, model_title(integration, model)) for integration, model in doomed]
            grants, warnings = GrantsOnTargets(self, client).find(targets)
            for warning in warnings:
                plan.warn(warning)
            for change in grant_removals(grants, stage=2):
                plan.add(change)
        # Sorted, since a server may list them in another order each time, and a plan reads the same each time.
        for (integration, name), model in sorted(doomed.items(), key=lambda item: item[0]):
            route = self._route(integration, name)
            if route is None:
                problems.append(
                    f"model {model_title(integration, name)} cannot be deleted: this server takes no slash in a path, "
                    "neither encoded nor as it is; delete it in the console"
                )
            else:
                plan.add(model_deletion(integration, model, route, stage=3))
        self._plan_exclusive_subjects(client, plan, problems, in_state(items, "present"))
        return plan, problems

    def _plan_exclusive_subjects(
        self, client: ConductorClient, plan: Plan, problems: list[str], items: list[dict[str, Any]]
    ) -> None:
        declared = []
        for item in items:
            if item.get("exclusive_subjects") is not None:
                title = model_title(item["integration"], item["name"])
                declared.append(Declared(f"model {title}", ((INTEGRATION, title),), item["exclusive_subjects"]))
        revoke_others(self, client, plan, problems, declared)

    def _existing(self, integration: str) -> dict[str, dict[str, Any]]:
        if integration not in self._by_name:
            self._by_name[integration] = {model["api"]: model for model in self._models.get(integration) or []}
        return self._by_name[integration]

    def _route(self, integration: str, model: str) -> str | None:
        return self._routes.for_model(integration, model, self._existing(integration))

    def _plan_present(self, plan: Plan, problems: list[str], item: dict[str, Any]) -> None:
        integration, name = item["integration"], item["name"]
        title = f"model {model_title(integration, name)}"
        if self.contradicts(problems, "integrations", integration, title):
            return
        if self._models[integration] is None:
            known = len(problems)
            self.missing(plan, problems, "integrations", integration, title)
            if len(problems) > known:
                return
        current = self._existing(integration).get(name)
        if current is None and item.get("endpoint") is None and self.is_pending("models", self.title(item)):
            # Its endpoint is an earlier task's, which is about to create it.
            return
        change, found = plan_model(item, current)
        problems += found
        served_by = (self.call.options.get("endpoint_names") or {}).get(item.get("endpoint"))
        if change and served_by and "endpoint" in change.fields:
            # The same plan as before the endpoint was there.
            change.fields["endpoint"] = replace(change.fields["endpoint"], known_as=f"{UNKNOWN_URL}{served_by}")
        if not found:
            plan.add(change)

    def _choose_routes(self, client: ConductorClient, plan: Plan, problems: list[str]) -> None:
        """Settle how each model's name is sent; what can only go in bulk is gathered by integration."""
        writes: dict[str, BulkWrite] = {}
        for change in plan.changes:
            item = change.payload["item"]
            integration = item["integration"]
            if self._models[integration] is None and "/" in item["name"]:
                # Check mode, and the integration is about to be created: only the apply can find out.
                continue
            change.payload["route"] = self._route(integration, item["name"])
            if change.payload["route"] is not None:
                continue
            title = f"model {change.name}"
            if change.payload["pairs"] != change.payload["wanted_pairs"]:
                problems.append(
                    f"{title}: its tags cannot be changed: this server takes no slash in a path, and tags have no "
                    "other way; leave tags out"
                )
                continue
            if integration not in writes:
                # Rarely needed, and all that it needs of integrations takes its time to load.
                from ansible_collections.orkes.conductor.plugins.module_utils._bulk_write import bulk_write

                write, problem = bulk_write(client, integration, item, self._models[integration] or [], self.call)
                if write is None:
                    problems.append(f"{title}: {problem}")
                    continue
                writes[integration] = write
            writes[integration].changes.append(change)
            change.payload["bulk"] = writes[integration]
            # It also carries the other models as they are, so what changes those by itself has to come after it.
            change.stage = 0

    def _warn_of_unreadable_models(self, client: ConductorClient, plan: Plan) -> None:
        """Warn of models that are planned as new and may exist: who may not read a model does not see it listed."""
        new = [
            change
            for change in plan.changes
            if change.action == "create"
            and self._models[change.payload["item"]["integration"]] is not None
            and change.payload["route"] is not None
        ]
        if not new or is_administrator(self.caller(client)):
            return

        def may_exist(change: Change) -> bool:
            item = change.payload["item"]
            try:
                found = client.get_model(item["integration"], item["name"], raw=change.payload["route"] == RAW)
            except ApiError as error:
                return error.status == 403
            return isinstance(found, dict) and found.get("api") == item["name"]

        answers = self.read_each(lambda number: may_exist(new[number]), range(len(new)))
        for number, answer in answers.items():
            if answer:
                plan.warn(
                    f"model {new[number].name} is planned as new, and yet it may exist: the server does not let this "
                    f"key read it. Grant READ on the model to see what would change"
                )

    def _doomed(
        self, plan: Plan, problems: list[str], items: list[dict[str, Any]], scope: list[str]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the models that go, by integration and name, and count those that are gone already."""
        doomed = {}
        for item in in_state(items, "absent"):
            found = self._existing(item["integration"]).get(item["name"])
            if found is None:
                plan.add(None)
            else:
                doomed[item["integration"], item["name"]] = found
        declared = {(item["integration"], item["name"]) for item in items}
        purged = 0
        in_scope = 0
        for integration in scope:
            if self._models[integration] is None:
                self.missing(plan, problems, "integrations", integration, "purge")
                continue
            for name, model in self._existing(integration).items():
                in_scope += 1
                if (integration, name) in declared:
                    continue
                if registered_by_server(model) and not self.call.options.get("purge_discovered"):
                    self._left_alone.append(model_title(integration, name))
                    continue
                purged += 1
                doomed[integration, name] = model
        problems += self.brake_problems(purged, in_scope, "models")
        return doomed

    def further_result(self) -> dict[str, Any]:
        """Return the undeclared models that a purge leaves alone."""
        return {"left_alone": sorted(self._left_alone)} if self.call.options.get("purge") else {}

    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""
        if change.kind == "grant":
            return grant_steps(client, change)
        if isinstance(change.payload, ModelDeletion):
            return change.payload.steps(client)
        return model_steps(client, change)
