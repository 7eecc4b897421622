# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the variables of the role hf_setup to the lists that the modules take, and back to one outcome (pure)."""

from __future__ import annotations

import ipaddress
import os
from collections import Counter
from functools import partial
from typing import Any, Callable, Iterable, Mapping
from urllib.parse import urlsplit

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from jinja2.exceptions import UndefinedError

from ansible_collections.orkes.conductor.plugins.module_utils._hosts import host_is_allowed, host_of
from ansible_collections.orkes.conductor.plugins.module_utils._references import UNKNOWN_URL

Entry = Mapping[str, Any]

DEFAULT_PORTS = {"http": 80, "https": 443}


def _without(entry: Entry, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


def _state(entry: Entry) -> str:
    return str(entry.get("state") or "present")


def _flag(entry: Entry, option: str, default: bool = False) -> bool:
    """Return a boolean option: a template or an extra variable may have made a text of it."""
    value = entry.get(option)
    return default if value is None else bool(boolean(value))


def _is_enabled(entry: Entry) -> bool:
    """Tell whether workflows should be able to use an integration or a model."""
    return _flag(entry, "enabled", True) and _flag(entry, "active", True)


def _twice(kind: str, names: Iterable[Any]) -> list[str]:
    listed = Counter(str(name) for name in names)
    return [f"{kind} {name} is listed {count} times: keep one" for name, count in listed.items() if count > 1]


def whole_path(path: Any) -> str:
    """Return the whole path of a file; a relative one starts where Ansible was started. No link is followed."""
    return os.path.abspath(os.path.expanduser(str(path)))


def application_subject(entry: Entry) -> str:
    """Return how an application is named in its grants: by its id, if the inventory gives that, since names repeat."""
    return str(entry.get("application_id") or entry["name"])


class Estate:
    """Everything an inventory declares for one cluster.

    Args:
        integrations: Value of C(hf_setup_integrations).
        groups: Value of C(hf_setup_groups).
        state: C(present) or C(absent), value of C(hf_setup_state).
        purge_models: Whether undeclared models of the declared integrations will be deleted.
        applications: Value of C(hf_setup_applications).
        endpoints: What is known of Inference Endpoints: C(namespace), C(name) and C(url) of each.
        accounts: Namespaces of integrations that name none: C(integration) and C(namespace) of each.
        endpoint_hosts: Patterns of the hosts that models may be served at; any host when there is none.
        delete_endpoints: Whether C(absent) also deletes the Inference Endpoints.
        exclusive_subjects: Whether only those may hold access on what is declared whom the inventory grants it.
        validate_models: Whether models have to be called by the names they have at the Hub.
        smoke_test: What a smoke test is to ask, or nothing: C(application), the name of the application as which it
            asks, if one is given; C(keyed), whether an access key is given for it; C(models), the models to be asked as
            C(integration:model), or nothing for all active ones.
    """

    def __init__(
        self,
        integrations: Iterable[Entry],
        groups: Iterable[Entry],
        state: str = "present",
        purge_models: bool = False,
        applications: Iterable[Entry] = (),
        endpoints: Iterable[Entry] = (),
        accounts: Iterable[Entry] = (),
        endpoint_hosts: Iterable[str] = (),
        delete_endpoints: bool = False,
        exclusive_subjects: bool = False,
        validate_models: bool = False,
        smoke_test: Mapping[str, Any] | None = None,
    ) -> None:
        self._integrations = list(integrations or [])
        self._groups = list(groups or [])
        self._applications = list(applications or [])
        self._absent = state == "absent"
        self._purge_models = purge_models
        self._urls = {
            (known["namespace"], known["name"]): known["url"] for known in endpoints or [] if known.get("url")
        }
        self._namespaces = {str(known["integration"]): known.get("namespace") for known in accounts or []}
        self._states = {(known["namespace"], known["name"]): known.get("state") for known in endpoints or []}
        self._smoke_test = smoke_test or {}
        self._endpoint_hosts = [str(pattern).lower() for pattern in endpoint_hosts or []]
        self._delete_endpoints = delete_endpoints
        self._exclusive_subjects = exclusive_subjects
        self._validate_models = validate_models
        # Worked out when they are first needed, once for all objects.
        self._named: dict[Any, Entry] | None = None
        self._by_integration: dict[str, dict[str, list[tuple[str, Entry]]]] | None = None
        self._reached: dict[int, frozenset[Any]] = {}
        self._states_of_models: dict[Any, dict[Any, str]] = {}

    def integrations(self) -> list[dict[str, Any]]:
        """Return the list for hf_integration."""
        if self._absent:
            return [{"name": entry["name"], "state": "absent"} for entry in self._integrations]
        return [self._integration(entry) for entry in self._integrations]

    def _integration(self, entry: Entry) -> dict[str, Any]:
        namespace = self._namespace(entry)
        known = {} if namespace is None else {"namespace": namespace}
        return {**_without(entry, "models", "exclusive_subjects"), **known}

    def _namespace(self, integration: Entry) -> Any:
        """Return an integration's namespace: the declared one, or that of its token's account."""
        return integration.get("namespace") or self._namespaces.get(str(integration["name"]))

    def endpoints(self) -> list[dict[str, Any]]:
        """Return the list for hf_endpoint; models that share an endpoint name it once."""
        if self._absent and not self._delete_endpoints:
            return []
        found: dict[tuple[Any, Any], dict[str, Any]] = {}
        for integration, model in self._served_models():
            endpoint = self._endpoint(integration, model)
            if self._absent:
                endpoint = {"namespace": endpoint["namespace"], "name": endpoint["name"], "state": "absent"}
            found.setdefault((endpoint["namespace"], endpoint["name"]), endpoint)
        return list(found.values())

    def _served_models(self) -> list[tuple[Entry, Entry]]:
        """Return the models that bring their own Inference Endpoint, each with its integration."""
        return [
            (integration, model)
            for integration in self._integrations
            for model in integration.get("models") or []
            if model.get("hf_endpoint") and (self._absent or _state(integration) == _state(model) == "present")
        ]

    def _endpoint(self, integration: Entry, model: Entry) -> dict[str, Any]:
        return {"namespace": self._namespace(integration), "repository": model["name"], **model["hf_endpoint"]}

    def _model(self, integration: Entry, model: Entry) -> dict[str, Any]:
        """Return a model with its endpoint's URL. One that is not known yet is named instead; check mode takes that."""
        if not model.get("hf_endpoint"):
            return _without(model, "exclusive_subjects", "task")
        endpoint = self._endpoint(integration, model)
        key = endpoint["namespace"], endpoint["name"]
        return {
            **_without(model, "hf_endpoint", "exclusive_subjects", "task"),
            "endpoint": self._urls.get(key) or f"{UNKNOWN_URL}{'/'.join(map(str, key))}",
        }

    def endpoint_names(self) -> list[dict[str, Any]]:
        """Return namespace and name of each declared Inference Endpoint."""
        return [{key: endpoint[key] for key in ("namespace", "name")} for endpoint in self.endpoints()]

    def endpoint_urls(self) -> dict[str, str]:
        """Return the names of the declared Inference Endpoints by their URLs, as far as these are known."""
        names = [(endpoint["namespace"], endpoint["name"]) for endpoint in self.endpoints()]
        return {str(self._urls[key]): "/".join(map(str, key)) for key in names if key in self._urls}

    def models(self) -> list[dict[str, Any]]:
        """Return the list for hf_model; the models of an integration that is declared absent go with it."""
        found = []
        for integration in self._integrations:
            for model in integration.get("models") or []:
                if self._absent:
                    found.append({"integration": integration["name"], "name": model["name"], "state": "absent"})
                elif _state(integration) == "present":
                    # Servers that take no slash in a path save such a model with its whole integration, key included.
                    key = {"api_key": integration["api_key"]} if integration.get("api_key") is not None else {}
                    found.append({"integration": integration["name"], **key, **self._model(integration, model)})
        return found

    def smoke_test(self) -> dict[str, Any]:
        """Return the options for hf_smoke_test: C(models), and whose key it asks with.

        That is C(key_file), or C(vault_file) and the C(application) whose key in it is meant; both files are None if an
        access key is given.
        """
        if self._absent or not self._smoke_test:
            return {}
        chosen = [str(name) for name in self._smoke_test.get("models") or []]
        models = [model for model in self._active_models() if not chosen or model["title"] in chosen]
        holder = None if self._smoke_test.get("keyed") else self._smoke_test_holder()[0]
        key = (holder or {}).get("access_key") or {}
        return {
            "models": [_without(model, "title") for model in models],
            "key_file": whole_path(key["destination"]) if key.get("destination") else None,
            "vault_file": whole_path(key["vault_file"]) if key.get("vault_file") else None,
            "application": "" if holder is None else application_subject(holder),
        }

    def _active_models(self) -> list[dict[str, Any]]:
        """Return the models that should be there and be usable, as hf_smoke_test takes them, each with its title."""
        found = []
        for integration in self._integrations:
            if _state(integration) != "present" or not _is_enabled(integration):
                continue
            for model in integration.get("models") or []:
                if _state(model) != "present" or not _is_enabled(model):
                    continue
                asked = {"title": f"{integration['name']}:{model['name']}", "integration": integration["name"]}
                asked.update({"name": model["name"], "task": model.get("task") or "chat"})
                if model.get("hf_endpoint"):
                    endpoint = self._endpoint(integration, model)
                    state = self._states.get((endpoint["namespace"], endpoint["name"]))
                    asked.update({} if state is None else {"endpoint_state": state})
                found.append(asked)
        return found

    def _smoke_test_holder(self) -> tuple[Entry | None, str | None]:
        """Return the application as which a smoke test asks, and what stands against it."""
        keyed = [
            entry
            for entry in self._applications
            if _state(entry) == "present" and entry.get("access_key") and _state(entry["access_key"]) == "present"
        ]
        names = [str(entry["name"]) for entry in keyed]
        wanted = str(self._smoke_test.get("application") or "")
        if wanted:
            holder = next((entry for entry in keyed if wanted in (application_subject(entry), entry["name"])), None)
            problem = (
                f"hf_setup_smoke_test_application is {wanted}, and no application with this name and an access_key is "
                f"declared; there are {', '.join(names) or 'none'}"
            )
            return holder, None if holder else problem
        if len(keyed) == 1:
            return keyed[0], None
        if keyed:
            return None, f"hf_setup_smoke_test_application has to say which application asks: {', '.join(names)}"
        return None, (
            "hf_setup_smoke_test needs an application as which models are asked: declare one with an access_key, or "
            "give hf_setup_smoke_test_auth_key and hf_setup_smoke_test_auth_secret"
        )

    def _smoke_test_problems(self) -> list[str]:
        if self._absent or not self._smoke_test:
            return []
        problem = None if self._smoke_test.get("keyed") else self._smoke_test_holder()[1]
        active = [model["title"] for model in self._active_models()]
        return ([problem] if problem else []) + [
            f"hf_setup_smoke_test_models: {name} is no active model that is declared; there are {', '.join(active)}"
            for name in self._smoke_test.get("models") or []
            if name not in active
        ]

    def groups(self) -> list[dict[str, Any]]:
        """Return the list for conductor_group; a group that this inventory may not create is not its own to delete."""
        if self._absent:
            return [
                {"name": entry["name"], "state": "absent"} for entry in self._groups if _flag(entry, "create", True)
            ]
        return [_without(entry, "permissions") for entry in self._groups]

    def applications(self) -> list[dict[str, Any]]:
        """Return the list for conductor_application."""
        if self._absent:
            return [
                {**{key: entry[key] for key in ("name", "application_id") if entry.get(key)}, "state": "absent"}
                for entry in self._applications
            ]
        return [_without(entry, "permissions", "access_key") for entry in self._applications]

    def access_keys(self) -> list[dict[str, Any]]:
        """Return the list for conductor_access_key; a key goes with its application, and its file with the key."""
        found = []
        for entry in self._applications:
            if not entry.get("access_key"):
                continue
            key = entry["access_key"]
            # By its id alone where that is given: the application may be about to get another name.
            by_id = bool(entry.get("application_id"))
            item = {"application_id": entry["application_id"]} if by_id else {"application": entry["name"]}
            for option in ("destination", "vault_file"):
                if key.get(option):
                    item[option] = whole_path(key[option])
            gone = self._absent or "absent" in (_state(entry), _state(key))
            found.append({**item, "state": "absent"} if gone else {**key, **item, "state": "present"})
        return found

    def key_files(self) -> list[str]:
        """Return the files that access keys are kept in, or were."""
        return self._files(self.access_keys())

    def key_folders(self) -> list[str]:
        """Return the folders of the files that access keys should be in."""
        files = self._files(key for key in self.access_keys() if key["state"] == "present")
        return list(dict.fromkeys(os.path.dirname(path) for path in files))

    @staticmethod
    def _files(keys: Iterable[Entry]) -> list[str]:
        # An entry that names neither is among the problems.
        files = [key.get("destination") or key.get("vault_file") for key in keys]
        return list(dict.fromkeys(str(path) for path in files if path))

    def grants(self) -> list[dict[str, Any]]:
        """Return the list for conductor_group_permission; the grants of a group that is declared absent go with it."""
        return self._grants("groups", ((group, group["name"]) for group in self._groups))

    def kept_groups_grants(self) -> list[dict[str, Any]]:
        """Return the same for those groups alone that a teardown leaves, since this inventory may not create them."""
        return self._grants("groups", ((group, group["name"]) for group in self._kept_groups()))

    def _kept_groups(self) -> list[Entry]:
        return [entry for entry in self._groups if not _flag(entry, "create", True)]

    def application_grants(self) -> list[dict[str, Any]]:
        """Return the list for conductor_application_permission."""
        return self._grants("applications", ((entry, application_subject(entry)) for entry in self._applications))

    def _grants(self, option: str, holders: Iterable[tuple[Entry, str]]) -> list[dict[str, Any]]:
        found = []
        for holder, subject in holders:
            if not self._absent and _state(holder) == "absent":
                continue
            for permission in holder.get("permissions") or []:
                integration = permission["integration"]
                models = [f"{integration}:{model}" for model in self._models_of(permission)]
                models_only = _flag(permission, "models_only")
                if models_only and not models:
                    # All models of an integration for which none are declared.
                    continue
                grant = {
                    option: [subject],
                    "integrations": [] if models_only else [integration],
                    "models": models,
                    **_without(permission, "integration", "models", "all_models", "models_only"),
                }
                found.append({**_without(grant, "exclusive"), "state": "absent"} if self._absent else grant)
        return found

    def hub_models(self) -> list[dict[str, Any]]:
        """Return what to ask the Hub: by integration, whose key is used, its namespace and its models."""
        if self._absent or not self._validate_models:
            return []
        found = []
        for integration in self._integrations:
            models = [
                {key: model[key] for key in ("name", "endpoint") if model.get(key) is not None}
                for model in integration.get("models") or []
                if _state(integration) == _state(model) == "present"
            ]
            if models:
                found.append(
                    {"integration": integration["name"], "namespace": self._namespace(integration), "models": models}
                )
        return found

    def exclusive_integrations(self) -> list[dict[str, Any]]:
        """Return the list for hf_integration with who alone may hold access, for those where that is declared."""
        return [
            {"name": entry["name"], "exclusive_subjects": self._subjects(entry, entry["name"], self._is_on)}
            for entry in self._integrations
            if not self._absent and _state(entry) == "present" and self._is_exclusive(entry)
        ]

    def exclusive_models(self) -> list[dict[str, Any]]:
        """Return the list for hf_model with who alone may hold access, for those where that is declared."""
        found = []
        for integration in [] if self._absent else self._integrations:
            for model in integration.get("models") or []:
                if _state(integration) == _state(model) == "present" and self._is_exclusive(model):
                    names = {"integration": integration["name"], "name": model["name"]}
                    subjects = self._subjects(model, names["integration"], partial(self._covers, names["name"]))
                    found.append({**names, "exclusive_subjects": subjects})
        return found

    def _is_exclusive(self, entry: Entry) -> bool:
        return self._exclusive_subjects or entry.get("exclusive_subjects") is not None

    @staticmethod
    def _is_on(permission: Entry) -> bool:
        return not _flag(permission, "models_only")

    def _covers(self, model: str, permission: Entry) -> bool:
        """Tell whether a permission on a model's integration reaches the model."""
        key = id(permission)
        if key not in self._reached:
            self._reached[key] = frozenset(self._models_of(permission))
        return model in self._reached[key]

    def _subjects(self, entry: Entry, integration: str, reached_by: Callable[[Entry], bool]) -> dict[str, list[str]]:
        """Return who may hold access on an entry: those whom permissions name, and those whom it names itself."""
        named = entry.get("exclusive_subjects") or {}
        subjects: dict[str, list[str]] = {
            kind: [name for name, permission in permissions.get(integration, []) if reached_by(permission)]
            for kind, permissions in self._permissions().items()
        }
        return {
            option: list(dict.fromkeys([*subjects.get(option, []), *map(str, named.get(option) or [])]))
            for option in ("applications", "groups", "roles", "users")
        }

    def _permissions(self) -> dict[str, dict[str, list[tuple[str, Entry]]]]:
        """Return the permissions that should be there, with their holders' names, by integration, by kind of holder."""
        if self._by_integration is None:
            self._by_integration = {"applications": {}, "groups": {}}
            for kind, holders, name_of in (
                ("applications", self._applications, application_subject),
                ("groups", self._groups, lambda group: str(group["name"])),
            ):
                for holder in holders:
                    for permission in (holder.get("permissions") or []) if _state(holder) == "present" else []:
                        if _state(permission) == "present":
                            found = self._by_integration[kind].setdefault(permission["integration"], [])
                            found.append((name_of(holder), permission))
        return self._by_integration

    def present_integrations(self) -> list[str]:
        """Return the names of the integrations that should exist."""
        return [] if self._absent else [entry["name"] for entry in self._integrations if _state(entry) == "present"]

    def present_models(self) -> list[str]:
        """Return the models that should exist, each as C(integration:model)."""
        return [
            f"{entry['name']}:{model['name']}"
            for entry in ([] if self._absent else self._integrations)
            for model in entry.get("models") or []
            if _state(entry) == _state(model) == "present"
        ]

    def present_groups(self) -> list[str]:
        """Return the names of the groups that should exist."""
        return [] if self._absent else [entry["name"] for entry in self._groups if _state(entry) == "present"]

    def present_applications(self) -> list[str]:
        """Return how the applications that should exist are named in their grants."""
        return (
            []
            if self._absent
            else [application_subject(entry) for entry in self._applications if _state(entry) == "present"]
        )

    def declares(self) -> dict[str, bool]:
        """Return what there is anything of: the role has few steps for what there is nothing of.

        C(endpoints) is whether any model has an Inference Endpoint of its own, C(exclusive_subjects) whether it is said
        of anything who alone may hold access, and C(access) whether there is anybody whose access could be read, be it
        members of groups or applications. C(kept_groups) is whether a teardown leaves any group.
        """
        return {
            "endpoints": any(
                "hf_endpoint" in model for entry in self._integrations for model in entry.get("models") or []
            ),
            "access_keys": any(entry.get("access_key") for entry in self._applications),
            "exclusive_subjects": bool(self.exclusive_integrations() or self.exclusive_models()),
            "access": bool(self._applications) or any(entry.get("members") for entry in self._groups),
            "kept_groups": bool(self._kept_groups()),
        }

    def problems(self) -> list[str]:
        """Return contradictions between the parts of the inventory."""
        problems = _twice("integration", (entry["name"] for entry in self._integrations))
        problems += _twice(
            "model",
            (f"{entry['name']}:{model['name']}" for entry in self._integrations for model in entry.get("models") or []),
        )
        problems += self._endpoint_problems()
        problems += self._smoke_test_problems()
        problems += _twice("group", (entry["name"] for entry in self._groups))
        problems += _twice("application", (application_subject(entry) for entry in self._applications))
        problems += [
            f"application {entry['name']}: its access_key takes either destination or vault_file"
            for entry in self._applications
            if entry.get("access_key")
            and bool(entry["access_key"].get("destination")) is bool(entry["access_key"].get("vault_file"))
        ]
        for word, holders in (("group", self._groups), ("application", self._applications)):
            for holder in holders:
                if self._absent or _state(holder) == "present":
                    for permission in holder.get("permissions") or []:
                        problems += self._permission_problems(f"{word} {holder['name']}", permission)
        return list(dict.fromkeys(problems))

    def served_problems(self) -> list[str]:
        """Return which models cannot be registered at their Inference Endpoints, by what is known of these by now."""
        problems = []
        for integration, model in [] if self._absent else self._served_models():
            endpoint = self._endpoint(integration, model)
            key = endpoint["namespace"], endpoint["name"]
            title, url = f"model {integration['name']}:{model['name']}", self._urls.get(key)
            host = host_of(url)
            if url and not host_is_allowed(host, self._endpoint_hosts):
                problems.append(
                    f"{title}: its Inference Endpoint {key[0]}/{key[1]} is at {host}, which hf_setup_endpoint_hosts "
                    "does not allow to get tokens and prompts"
                )
            if not url and endpoint.get("state") == "paused":
                problems.append(
                    f"{title}: its Inference Endpoint {key[0]}/{key[1]} is to be paused and has no URL yet, which it "
                    "gets when it runs: let it run first"
                )
        return problems

    def unserved_problems(self) -> list[str]:
        """Return which models have an Inference Endpoint whose URL is not known, where this run creates none."""
        problems = []
        for integration, model in [] if self._absent else self._served_models():
            endpoint = self._endpoint(integration, model)
            key = endpoint["namespace"], endpoint["name"]
            if key not in self._urls:
                problems.append(
                    f"model {integration['name']}:{model['name']}: its Inference Endpoint {key[0]}/{key[1]} is not "
                    "there or does not run yet, and hf_setup_manage leaves endpoints out"
                )
        return problems

    def sleeping_endpoints(self) -> list[dict[str, Any]]:
        """Return the Inference Endpoints that should sleep: they can be put to rest once they run."""
        return [
            {**{key: endpoint[key] for key in ("namespace", "name")}, "state": "scaled_to_zero"}
            for endpoint in ([] if self._absent else self.endpoints())
            if endpoint.get("state") == "scaled_to_zero"
        ]

    def kept_endpoints(self) -> list[str]:
        """Return the declared Inference Endpoints that are left when everything else is taken down."""
        if not self._absent or self._delete_endpoints:
            return []
        found = [self._endpoint(integration, model) for integration, model in self._served_models()]
        return list(dict.fromkeys(f"{endpoint['namespace']}/{endpoint['name']}" for endpoint in found))

    def _endpoint_problems(self) -> list[str]:
        problems = [
            f"hf_setup_endpoint_hosts: {pattern} is no pattern of a host: leave out scheme, port and path"
            for pattern in self._endpoint_hosts
            if "/" in pattern or ":" in pattern
        ]
        known: dict[tuple[Any, Any], dict[str, Any]] = {}
        for integration, model in self._served_models():
            title = f"model {integration['name']}:{model['name']}"
            endpoint = self._endpoint(integration, model)
            key = endpoint["namespace"], endpoint.get("name")
            if model.get("endpoint") is not None:
                problems.append(f"{title}: endpoint and hf_endpoint exclude each other: keep one")
            if not endpoint["namespace"]:
                problems.append(
                    f"{title}: its hf_endpoint has no namespace: give it there or to the integration, or set "
                    "hf_setup_check_token, which asks whose token it is"
                )
            elif self._validate_models and endpoint["repository"] != model["name"]:
                problems.append(
                    f"{title}: its hf_endpoint serves {endpoint['repository']}: call the model by that name "
                    "(hf_setup_validate_models)"
                )
            elif known.setdefault(key, endpoint) != endpoint:
                problems.append(f"{title}: another model declares the endpoint {key[0]}/{key[1]} with other options")
        for integration in self._integrations:
            for model in integration.get("models") or []:
                host = host_of(model.get("endpoint"))
                if host and not host_is_allowed(host, self._endpoint_hosts):
                    problems.append(
                        f"model {integration['name']}:{model['name']}: its endpoint is at {host}, which "
                        "hf_setup_endpoint_hosts does not allow to get tokens and prompts"
                    )
        return problems

    def _declared(self, integration: str) -> Entry | None:
        if self._named is None:
            # Of those that are listed twice, which is a problem of its own, the first.
            self._named = {entry["name"]: entry for entry in reversed(self._integrations)}
        return self._named.get(integration)

    def _models_of(self, permission: Entry) -> list[str]:
        if not _flag(permission, "all_models"):
            return list(permission.get("models") or [])
        declared = self._declared(permission["integration"]) or {}
        return [model["name"] for model in declared.get("models") or [] if self._absent or _state(model) == "present"]

    def _permission_problems(self, holder: str, permission: Entry) -> list[str]:
        name = permission["integration"]
        title = f"{holder}, permission on integration {name}"
        declared = self._declared(name)
        problems = []
        if _flag(permission, "all_models"):
            if permission.get("models") is not None:
                problems.append(f"{title}: models and all_models exclude each other: keep one")
            if declared is None:
                problems.append(
                    f"{title}: all_models means the models declared for it, and {name} is not in "
                    "hf_setup_integrations: name the models, or declare the integration"
                )
        elif _flag(permission, "models_only") and not permission.get("models"):
            problems.append(f"{title}: models_only without models grants nothing: name the models, or take it out")
        if declared is None or self._absent or _state(permission) == "absent":
            return problems
        if _state(declared) == "absent":
            return [*problems, f"{title}: this integration is declared absent: remove the permission, or set its state"]
        if name not in self._states_of_models:
            self._states_of_models[name] = {model["name"]: _state(model) for model in declared.get("models") or []}
        models = self._states_of_models[name]
        for model in permission.get("models") or []:
            if models.get(model) == "absent":
                problems.append(f"{title}: its model {model} is declared absent: remove it from the permission")
            elif model not in models and self._purge_models:
                problems.append(
                    f"{title}: its model {model} is not declared, and hf_setup_purge deletes undeclared models: "
                    "declare it among the integration's models"
                )
        return problems


def token_problems(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what stands against the keys of integrations, each problem with the integration it is about.

    Args:
        results: Results of hf_token_info in a loop over the integrations' names.
    """
    return [
        f"integration {result.get('hf_setup__name')}, api_key: {str(problem).rstrip('.')}"
        for result in results
        for problem in result.get("problems") or []
    ]


def _is_this_machine(host: str) -> bool:
    """Tell whether a host is loopback; names below C(localhost) are left out, since a proxy may tell them apart."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def cluster_of(url: str) -> str:
    """Return what a server URL leads to, in one spelling.

    It is without scheme, user, C(/api), trailing slashes, default port and capitals in the host. This machine has many
    names, which count as one.
    """
    text = str(url).strip().rstrip("/")
    if text.endswith("/api"):
        text = text[: -len("/api")].rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port
    except ValueError:
        return text.rpartition("@")[2]
    host = (parts.hostname or "").rstrip(".")
    if _is_this_machine(host):
        host = "127.0.0.1"
    elif ":" in host:
        host = f"[{host}]"
    if port is not None and port != DEFAULT_PORTS.get(parts.scheme.lower(), 443):
        host = f"{host}:{port}"
    return host + parts.path


def servers_of(hosts: Iterable[str], hostvars: Mapping[str, Any], own: str) -> dict[str, str | None]:
    """Return which server each host names: an empty text for none, and None where that is not known yet.

    A host's own fact C(hf_setup_named_server) tells, once it has come as far as that. Before, its variable
    C(hf_setup_server_url) does, unless the play gives the server in a way that other hosts' variables do not show: then
    each host has its say when its turn comes.

    Args:
        hosts: Names of the play's hosts.
        hostvars: Their variables.
        own: The host that asks.
    """

    def variable(host: str, name: str) -> str | None:
        try:
            return str(hostvars[host][name] or "").strip() if name in hostvars[host] else None
        except (AnsibleError, UndefinedError):
            if host == own:
                raise
            # Whoever's URL cannot be worked out fails by itself and reaches no cluster: that is nobody else's problem.
            return None

    own_server = variable(own, "hf_setup_named_server") or ""
    shown = not own_server or cluster_of(variable(own, "hf_setup_server_url") or "") == own_server
    servers: dict[str, str | None] = {}
    for host in hosts:
        said = variable(host, "hf_setup_named_server")
        if said is None:
            declared = variable(host, "hf_setup_server_url")
            untold = declared is None and "hf_setup_server_url" in hostvars[host]
            said = cluster_of(declared) if declared else ("" if shown and not untold else None)
        servers[str(host)] = said
    return servers


def shared_file_problems(files: Mapping[str, Iterable[str]], own: str) -> list[str]:
    """Return which hosts of a play would keep their access keys in one file with the host that asks.

    Args:
        files: Paths of the files of each host's access keys.
        own: The host that asks. Those that share a file without it are no problem of its own.
    """
    hosts_of: dict[str, list[str]] = {}
    for host, paths in files.items():
        for path in dict.fromkeys(paths):
            hosts_of.setdefault(str(path), []).append(str(host))
    return [
        f"{', '.join(hosts)} all keep an access key in {path}: give each its own file, such as "
        "keys/{{ inventory_hostname }}.json"
        for path, hosts in hosts_of.items()
        if len(hosts) > 1 and own in hosts
    ]


def files_of(hosts: Iterable[str], hostvars: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the files of each host's access keys, as far as hosts have told them.

    Args:
        hosts: Names of the play's hosts.
        hostvars: Their variables; the fact C(hf_setup__key_files) tells.
    """
    return {
        str(host): [str(path) for path in hostvars[host]["hf_setup__key_files"]]
        for host in hosts
        if "hf_setup__key_files" in hostvars[host]
    }


def cluster_problems(servers: Mapping[str, str | None], allow_shared: bool = False) -> list[str]:
    """Return why the hosts of a play might reach the wrong cluster.

    Args:
        servers: Which server each host names, in one spelling; an empty text where it names none, None where that is
            not known yet.
        allow_shared: Whether several hosts may name the same server.
    """
    if len(servers) < 2:
        return []
    problems = []
    nameless = [host for host, server in servers.items() if server == ""]
    if nameless:
        problems.append(
            f"{', '.join(nameless)}: hf_setup_server_url is not set. With several hosts in a play each names its own "
            "server, and none falls back to the environment: set it in host_vars"
        )
    hosts_of: dict[str, list[str]] = {}
    for host, server in servers.items():
        if server:
            hosts_of.setdefault(server, []).append(host)
    for server, hosts in hosts_of.items():
        if len(hosts) > 1 and not allow_shared:
            problems.append(
                f"{', '.join(hosts)} all name the server {server}: give each its own hf_setup_server_url, or set "
                "hf_setup_allow_shared_server if that is meant"
            )
    return problems
