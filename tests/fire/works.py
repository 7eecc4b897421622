# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estates, the calls that change them, and what has to be there in the end; all drawn by Hypothesis."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from hypothesis import strategies as st
from sandbox_process import HUGGING_FACE_TOKEN, TIMEOUT, Client, SandboxProcess, segment

#: How many cases are generated; with fewer than a thousand it is a sample.
CASES = int(os.environ.get("FIRE_CASES") or 42)
SEED = int(os.environ["FIRE_SEED"])

#: Made so that every encoding changes them.
KEYS = tuple(f'hf_Fire/Key{letter}+1?&=%"\\é~0123456789' for letter in "ABC")
#: What comes in the place of those that have leaked.
NEW_KEYS = tuple(key.replace("Key", "NewKey") for key in KEYS[:2])

INTEGRATIONS = ("hf", "hf two", "größe")
MODELS = ("plain", "meta-llama/Llama-3.1-8B", "ä b/ç")
GROUPS = ("people", "more people", "größte")
USERS = ("ana@example.com", "ben@example.com", "clara")
APPLICATIONS = ("service", "reports", "app é")
ROLES = ("USER", "WORKER", "METADATA_MANAGER")
ACCESS = ("CREATE", "READ", "UPDATE", "DELETE", "EXECUTE")
#: A model that registers itself, on some servers.
BY_ITSELF = "served/by-itself"
ENDPOINTS = ("https://a.example.com", "https://b.example.com/x")

texts = st.sampled_from(["", "text", "größer", "{{ 7 * 7 }}", "x" * 50])
tags = st.dictionaries(st.sampled_from(["team", "tier"]), st.sampled_from(["a", "b"]), max_size=2)


@dataclass(frozen=True)
class Estate:
    """What a cluster holds before a run.

    Attributes:
        integrations: Key, description, tags and models (endpoint by name) of each.
        groups: Roles and members of each.
        grants: Accesses by subject and target, each of a kind and a name.
        applications: Roles of each.
        people: Whether there are users, without groups too.
        roles: Roles of users.
        keys: Number of access keys of applications.
        endpoints: States of Inference Endpoints.
    """

    integrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: dict[tuple[tuple[str, str], tuple[str, str]], tuple[str, ...]] = field(default_factory=dict)
    applications: dict[str, tuple[str, ...]] = field(default_factory=dict)
    people: bool = False
    roles: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)

    def build(self, admin: Client) -> dict[str, str]:
        """Make it so, where it is not, and return the applications' ids."""
        there = {found["name"] for found in admin.done("GET", "/integrations/provider?activeOnly=false")}
        for name, about in self.integrations.items():
            if name not in there:
                configuration = {"api_key": about["key"], "namespace": "acme"}
                admin.integration(name, configuration=configuration, description=about["description"])
                if about["tags"]:
                    listed = [{"key": key, "value": value} for key, value in about["tags"].items()]
                    admin.done("PUT", f"/integrations/provider/{segment(name)}/tags", listed)
                for model, endpoint in about["models"].items():
                    admin.model(name, model, configuration={"endpoint": endpoint})
        for user in USERS if self.people or self.groups else ():
            admin.done("PUT", f"/users/{quote(user)}", {"name": user, "roles": self.roles.get(user, [])})
        there = {found["id"] for found in admin.done("GET", "/groups")}
        for name, about in self.groups.items():
            if name not in there:
                admin.done("PUT", f"/groups/{segment(name)}", {"description": "", "roles": about["roles"]})
                for user in about["members"]:
                    admin.done("POST", f"/groups/{segment(name)}/users/{quote(user)}")
        ids = {found["name"]: found["id"] for found in admin.done("GET", "/applications")}
        for name, roles in self.applications.items():
            if name not in ids:
                ids[name] = admin.done("POST", "/applications", {"name": name})["id"]
                for role in roles:
                    admin.done("POST", f"/applications/{ids[name]}/roles/{role}")
                for _number in range(self.keys.get(name, 0)):
                    admin.done("POST", f"/applications/{ids[name]}/accessKeys")
        for (subject, target), access in self.grants.items():
            kind, name = subject
            admin.grant((kind, f"app:{ids[name]}" if name in self.applications else name), target, *access)
        for name, state in self.endpoints.items():
            if ask_for_endpoint(admin.sandbox, "GET", name).status_code == 404:
                made = ask_for_endpoint(admin.sandbox, "POST", "", endpoint_body(name))
                assert made.status_code == 200, made.text
                admin.sandbox.control("PUT", f"/huggingface/endpoints/{NAMESPACE}/{name}/state", {"state": state})
        return ids


NAMESPACE = "acme"


def ask_for_endpoint(sandbox: SandboxProcess, method: str, name: str, body: Any = None) -> requests.Response:
    """Ask the sandbox's Inference Endpoints for something, as somebody else does."""
    url = f"{sandbox.root}/huggingface/v2/endpoint/{NAMESPACE}/{name}".rstrip("/")
    token = {"Authorization": f"Bearer {HUGGING_FACE_TOKEN}"}
    return sandbox.session.request(method, url, headers=token, json=body, timeout=TIMEOUT)


def endpoint_body(name: str) -> dict[str, Any]:
    """Return what makes an Inference Endpoint."""
    return {
        "name": name,
        "type": "private",
        "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {
            "accelerator": "cpu",
            "instanceType": "intel-icl",
            "instanceSize": "x2",
            "scaling": {"minReplica": 0, "maxReplica": 1},
        },
        "model": {
            "repository": "facebook/bart-large-cnn",
            "framework": "pytorch",
            "image": {"huggingface": {}},
            "env": {"MODE": "a", "OTHER": "kept"},
            "secrets": {"SECRET": KEYS[0]},
        },
        "tags": [],
    }


@dataclass(frozen=True)
class Task:
    """A call of a module.

    Attributes:
        module: The module.
        options: Its options.
        holds: Says what is missing in the end, given the sandbox and the folder of this case.
        untrue: Says what of a result is not so, beyond what every result says.
    """

    module: str
    options: dict[str, Any]
    holds: Callable[[SandboxProcess, Client, Path], list[str]] = field(repr=False, compare=False)
    untrue: Callable[[dict[str, Any], SandboxProcess, Client], list[str]] = field(
        default=lambda _result, _sandbox, _admin: [], repr=False, compare=False
    )


def some(values: tuple[str, ...], least: int = 0, most: int = 3) -> st.SearchStrategy[list[str]]:
    """Return a strategy for a few of these values, each once."""
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


@st.composite
def integrations(draw: st.DrawFn, least: int = 0) -> dict[str, dict[str, Any]]:
    """Draw integrations with their models."""
    return {
        name: {
            "key": draw(st.sampled_from(KEYS)),
            "description": draw(texts),
            "tags": draw(tags),
            "models": {model: draw(st.sampled_from(ENDPOINTS)) for model in draw(some(MODELS))},
        }
        for name in draw(some(INTEGRATIONS, least))
    }


@st.composite
def groups(draw: st.DrawFn, least: int = 0) -> dict[str, dict[str, Any]]:
    """Draw groups with roles and members."""
    return {
        name: {"roles": draw(some(ROLES, most=2)), "members": draw(some(USERS, most=2))}
        for name in draw(some(GROUPS, least))
    }


@st.composite
def applications(draw: st.DrawFn, least: int = 0) -> dict[str, tuple[str, ...]]:
    """Draw applications with roles."""
    return {name: tuple(draw(some(ROLES, most=2))) for name in draw(some(APPLICATIONS, least))}


def targets_of(found: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what can be granted access on."""
    return [
        *(("INTEGRATION_PROVIDER", name) for name in found),
        *(("INTEGRATION", f"{name}:{model}") for name, about in found.items() for model in about["models"]),
    ]


@st.composite
def estates(draw: st.DrawFn, **least: int) -> Estate:
    """Draw an estate."""
    first = draw(integrations(least.get("integrations", 0)))
    second = draw(groups(least.get("groups", 0)))
    third = draw(applications(least.get("applications", 0)))
    subjects = [*(("GROUP", name) for name in second), *(("USER", name) for name in third)]
    places = [(subject, target) for subject in subjects for target in targets_of(first)]
    chosen = draw(st.lists(st.sampled_from(places), max_size=4, unique=True)) if places else []
    return Estate(
        first,
        second,
        {place: tuple(sorted(draw(some(ACCESS, 1)))) for place in chosen},
        third,
        bool(least.get("people")),
    )


# What is asked for


def listed_integrations(admin: Client) -> dict[str, dict[str, Any]]:
    """Return all integrations by name."""
    return {found["name"]: found for found in admin.done("GET", "/integrations/provider?activeOnly=false")}


def holds_key(sandbox: SandboxProcess, integration: str, value: str) -> bool:
    """Tell whether an integration has this key."""
    body = {"integration": integration, "key": "api_key", "value": value}
    return bool(sandbox.control("POST", "/secrets/check", body) == {"stored": True, "equal": True})


@st.composite
def integration_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw integrations that should be there, or not."""
    wanted = {}
    for name in draw(some(INTEGRATIONS, 1)):
        if draw(st.integers(0, 4)) == 0:
            wanted[name] = {"name": name, "state": "absent"}
            continue
        wanted[name] = {"name": name, "api_key": draw(st.sampled_from(KEYS)), "namespace": "acme"}
        if draw(st.booleans()):
            wanted[name]["description"] = draw(texts)
        if draw(st.booleans()):
            wanted[name] |= {"tags": draw(tags), "purge_tags": draw(st.booleans())}

    def holds(sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
        found = listed_integrations(admin)
        missing = []
        for name, item in wanted.items():
            if "state" in item:
                missing += [f"{name} is there"] if name in found else []
            elif name not in found or not holds_key(sandbox, name, item["api_key"]):
                missing.append(f"{name} or its key is not there")
            else:
                if found[name]["description"] != item.get("description", found[name]["description"]):
                    missing.append(f"{name} has another description")
                pairs = {(tag["key"], tag["value"]) for tag in found[name].get("tags") or []}
                if not set(item.get("tags", {}).items()) <= pairs:
                    missing.append(f"{name} has other tags: {pairs}")
        return missing

    return Task("hf_integration", {"integrations": list(wanted.values())}, holds)


@st.composite
def model_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw models that should be there, or not, and nothing else with a purge."""
    wanted = []
    for integration in draw(some(tuple(estate.integrations), 1)):
        for name in draw(some(MODELS, 1)):
            item = {"integration": integration, "name": name}
            if draw(st.integers(0, 4)) == 0:
                wanted.append({**item, "state": "absent"})
            else:
                more = {"tags": draw(tags)} if draw(st.integers(0, 2)) == 0 else {}
                wanted.append({**item, "endpoint": draw(st.sampled_from(ENDPOINTS)), "description": "m", **more})
    purge = draw(st.booleans())

    def holds(_sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
        missing = []
        for integration in {item["integration"] for item in wanted}:
            path = f"/integrations/provider/{segment(integration)}/integration?activeOnly=false"
            listed = [model for model in admin.done("GET", path) if model["api"] != BY_ITSELF]
            found = {model["api"]: model["configuration"].get("endpoint") for model in listed}
            own = [item for item in wanted if item["integration"] == integration]
            should = {item["name"]: item["endpoint"] for item in own if "state" not in item}
            if purge and found != should:
                missing.append(f"{integration} has {found} in place of {should}")
            missing += [f"{integration}:{name} differs" for name, value in should.items() if found.get(name) != value]
            missing += [f"{item['name']} is there" for item in own if "state" in item and item["name"] in found]
        return missing

    return Task("hf_model", {"models": wanted, "purge": purge}, holds)


@st.composite
def group_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw groups that should be there, or not."""
    wanted = []
    for name in draw(some(GROUPS, 1)):
        if draw(st.integers(0, 4)) == 0:
            wanted.append({"name": name, "state": "absent"})
        else:
            item = {"name": name, "roles": draw(some(ROLES, most=2)), "members": draw(some(USERS))}
            wanted.append({**item, "purge_members": draw(st.booleans())})

    def holds(_sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
        found = {group["id"]: group for group in admin.done("GET", "/groups")}
        missing = []
        for item in wanted:
            if "state" in item:
                missing += [f"{item['name']} is there"] if item["name"] in found else []
                continue
            if item["name"] not in found:
                missing.append(f"{item['name']} is not there")
                continue
            roles = {role["name"] for role in found[item["name"]]["roles"]}
            members = {user["id"] for user in admin.done("GET", f"/groups/{segment(item['name'])}/users")}
            right = members == set(item["members"]) if item["purge_members"] else members >= set(item["members"])
            if roles != set(item["roles"]) or not right:
                missing.append(f"{item['name']} has {roles} {members}")
        return missing

    return Task("conductor_group", {"groups": wanted}, holds)


def grant_tasks(kind: str) -> Callable[[Estate], st.SearchStrategy[Task]]:
    """Return a strategy for what groups, or applications, may do."""

    @st.composite
    def tasks(draw: st.DrawFn, estate: Estate) -> Task:
        subjects = tuple(estate.groups if kind == "group" else estate.applications)
        wanted = []
        for subject in draw(some(subjects, 1)):
            chosen = draw(
                st.lists(st.sampled_from(targets_of(estate.integrations)), min_size=1, max_size=3, unique=True)
            )
            item: dict[str, Any] = {kind: subject, "access": sorted(draw(some(ACCESS, 1)))}
            item["integrations"] = [name for type_, name in chosen if type_ == "INTEGRATION_PROVIDER"]
            item["models"] = [name for type_, name in chosen if type_ == "INTEGRATION"]
            state = draw(st.sampled_from(["add", "add", "exclusive", "absent"]))
            wanted.append({**item, **{"exclusive": {"exclusive": True}, "absent": {"state": "absent"}}.get(state, {})})
        purge = draw(st.booleans())

        def holds(_sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
            ids = {found["name"]: found["id"] for found in admin.done("GET", "/applications")}
            missing = []
            for item in wanted:
                who = f"groups/{segment(item[kind])}" if kind == "group" else f"users/app:{ids[item[kind]]}"
                granted = admin.done("GET", f"/{who}/permissions")["grantedAccess"]
                held = {entry["target"]["id"]: set(entry["access"]) for entry in granted}
                for target in [*item["integrations"], *item["models"]]:
                    now, access = held.get(target, set()), set(item["access"])
                    if item.get("state") == "absent":
                        right = not now & access
                    else:
                        right = now == access if item.get("exclusive") else now >= access
                    missing += [] if right else [f"{item[kind]} holds {now} on {target} and not {item}"]
            return missing

        return Task(f"conductor_{kind}_permission", {"grants": wanted, "purge": purge}, holds)

    return tasks


@st.composite
def application_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw applications that should be there, or not."""
    wanted: list[dict[str, Any]] = []
    for name in draw(some(APPLICATIONS, 1)):
        if draw(st.integers(0, 4)) == 0:
            wanted.append({"name": name, "state": "absent"})
        else:
            wanted.append({"name": name, "roles": draw(some(ROLES, most=2)), "tags": draw(tags)})
    return applications_there(wanted)


def applications_there(wanted: list[dict[str, Any]]) -> Task:
    """Return a task that brings applications about."""

    def holds(_sandbox: SandboxProcess, admin: Client, _folder: Path) -> list[str]:
        found: dict[str, list[str]] = {}
        for application in admin.done("GET", "/applications"):
            found.setdefault(application["name"], []).append(application["id"])
        missing = []
        for item in wanted:
            ids = found.get(item["name"], [])
            if len(ids) != ("state" not in item):
                missing.append(f"there are {len(ids)} of {item['name']}")
            elif ids:
                roles = {role["name"] for role in admin.done("GET", f"/users/app:{ids[0]}")["roles"]}
                missing += [] if roles == set(item["roles"]) else [f"{item['name']} has the roles {roles}"]
        return missing

    return Task("conductor_application", {"applications": wanted}, holds)


@st.composite
def access_key_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw access keys in files; the folder is put in later."""
    wanted: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(tuple(estate.applications)), min_size=1, max_size=3)):
        number = sum(item["application"] == name for item in wanted)
        place = f"FOLDER/{APPLICATIONS.index(name)}-{number}.json"
        wanted.append({"application": name, "destination": place, "enabled": draw(st.booleans())})
    return access_keys(wanted)


def access_keys(wanted: list[dict[str, Any]], returned: bool = False) -> Task:
    """Return a task that makes access keys, each in a file.

    Args:
        wanted: The keys.
        returned: Whether the module gives the keys back, and the caller keeps them in the files.
    """
    options: dict[str, Any] = {"access_keys": wanted}
    if returned:
        journals = [item["destination"].replace(".json", ".journal") for item in wanted]
        given = [
            {**item, "return_secret": True, "journal": journal} for item, journal in zip(wanted, journals, strict=True)
        ]
        options = {"access_keys": given, "_ansible_no_log": True}

    def holds(sandbox: SandboxProcess, admin: Client, folder: Path) -> list[str]:
        missing = []
        ids = {found["name"]: found["id"] for found in admin.done("GET", "/applications")}
        for item in wanted:
            key = json.loads(Path(item["destination"].replace("FOLDER", str(folder))).read_text())
            if item["enabled"]:
                sandbox.log_in(key["auth_key"], key["auth_secret"])
        # Another run may have left files, too: a key belongs to a file, or should not be there.
        stored = [json.loads(path.read_text()) for path in folder.glob("*.json")]
        for name in {item["application"] for item in wanted}:
            found = {key["id"] for key in admin.done("GET", f"/applications/{ids[name]}/accessKeys")}
            keys = {key["auth_key"] for key in stored if key["application_id"] == ids[name]}
            missing += [] if found == keys else [f"{name} has the keys {found}, and the files {keys}"]
        missing += [f"{path.name} is left" for path in folder.iterdir() if path.suffix != ".json"]
        return missing

    return Task("conductor_access_key", options, holds)


def tell_held_keys(options: dict[str, Any]) -> dict[str, Any]:
    """Return a call's options with the ids of the keys that the caller keeps, where the module gives keys back."""
    items = []
    for item in options.get("access_keys", []):
        if item.get("return_secret"):
            place = Path(item["destination"])
            held = json.loads(place.read_text())["auth_key"] if place.exists() else ""
            item = {**{name: value for name, value in item.items() if name != "destination"}, "held_key": held}
        items.append(item)
    return {**options, "access_keys": items} if items else options


def keep_given_keys(options: dict[str, Any], output: str) -> str:
    """Keep the keys that the module gave back, end their journals, and return what it says beside the keys.

    So does the action plugin that keeps keys in a vault.
    """
    result = json.loads(output) if '"credentials"' in output else {}
    given = {key["auth_key"]: key for key in result.pop("credentials", None) or []}
    if not result:
        return output
    for item, told in zip(options["access_keys"], result["access_keys"], strict=True):
        if told["auth_key"] in given:
            Path(item["destination"]).write_text(json.dumps(given[told["auth_key"]]))
            Path(item["journal"]).unlink()
    return json.dumps(result)


#: Switches that concern what is done here, with the values that they may have.
SWITCHES: dict[str, list[Any]] = {
    "secrets": ["masked", "clear", "reference"],
    "omitted_key": ["erased", "kept"],
    "omitted_fields": ["cleared", "kept"],
    "posted_mask": ["stored", "ignored"],
    "provider_post_response": ["object", "empty"],
    "encoded_slash": ["decode", "decode", "reject"],
    "raw_slash": ["not_found", "accept"],
    "repeated_tag_keys": ["multiple", "replace"],
    "delete_missing_tag": ["accept", "not_found"],
    "tag_target_existence": ["unchecked", "checked"],
    "tag_write_moves_update_time": [True, False],
    "delete_cascade": ["kept", "removed"],
    "delete_provider_with_models": ["removed", "kept", "rejected"],
    "remove_non_member": ["not_found", "accept"],
    "creator_access": ["read_update_delete", "full"],
    "unheld_access": ["absent", "empty"],
    "application_grant_subject": ["prefixed", "both"],
    "grants_by_subject": ["by_version", "not_found"],
    "roles_listing": ["served", "not_found"],
    "invalid_token_status": [403, 401],
    "bad_credentials_status": [401, 403],
    "version_access": ["authenticated", "open"],
    "discovered_models": [[], [BY_ITSELF]],
}
