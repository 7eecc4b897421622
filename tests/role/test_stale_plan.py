# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster or an inventory that changes between plan and apply, in every kind of object: nothing is written then."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from sandbox_process import Client, model_path
from stage import ESTATE, INTEGRATION, KEY, Stage

PLAIN = {"configuration": {"endpoint": "https://plain.example.com"}}
PROVIDER = {"configuration": {"api_key": KEY, "namespace": "acme"}}
ON_PROVIDER = ("INTEGRATION_PROVIDER", "hf")
USERS = ("GROUP", "users")

#: By what changes: how it is changed behind the plan's back, and how that is taken back.
MEDDLING: dict[str, tuple[Callable[[Client], Any], Callable[[Client], Any]]] = {
    "~ integration hf": (
        lambda admin: admin.integration("hf", **{**PROVIDER, "description": "theirs"}),
        lambda admin: admin.integration("hf", **PROVIDER),
    ),
    "~ integration hf: api_key": (
        lambda admin: admin.integration("hf", configuration={"api_key": "hf_of_the_console_123", "namespace": "acme"}),
        lambda admin: admin.integration("hf", **PROVIDER),
    ),
    "~ model hf:plain": (
        lambda admin: admin.model("hf", "plain", configuration={"endpoint": "https://theirs.example.com"}),
        lambda admin: admin.model("hf", "plain", **PLAIN),
    ),
    "- model hf:theirs": (
        lambda admin: admin.model("hf", "theirs", configuration={"endpoint": "https://theirs.example.com"}),
        lambda admin: admin.done("DELETE", model_path("hf", "theirs")),
    ),
    "~ group users": (
        lambda admin: admin.done("PUT", "/groups/users", {"description": "", "roles": ["METADATA_MANAGER"]}),
        lambda admin: admin.done("PUT", "/groups/users", {"description": "", "roles": ["USER"]}),
    ),
    "+ group new": (
        lambda admin: admin.done("PUT", "/groups/new", {"description": "new", "roles": []}),
        lambda admin: admin.done("DELETE", "/groups/new"),
    ),
    "~ group users: members": (
        lambda admin: admin.done("POST", "/groups/users/users/ben@example.com"),
        lambda admin: admin.done("DELETE", "/groups/users/users/ben@example.com"),
    ),
    "~ grant GROUP users on INTEGRATION_PROVIDER hf": (
        lambda admin: admin.grant(USERS, ON_PROVIDER, "DELETE"),
        lambda admin: revoke(admin, "DELETE"),
    ),
    "+ grant GROUP users on INTEGRATION_PROVIDER hf": (
        lambda admin: revoke(admin, "READ", "EXECUTE"),
        lambda admin: admin.grant(USERS, ON_PROVIDER, "READ", "EXECUTE"),
    ),
}


def revoke(admin: Client, *access: str) -> None:
    """Take access to the integration away from the group."""
    body = {
        "subject": dict(zip(("type", "id"), USERS, strict=True)),
        "target": dict(zip(("type", "id"), ON_PROVIDER, strict=True)),
        "access": list(access),
    }
    admin.done("DELETE", "/auth/authorization", body)


def wanted() -> dict[str, Any]:
    """An inventory that has something to do in every kind."""
    estate = copy.deepcopy(ESTATE)
    integration = {**copy.deepcopy(INTEGRATION), "tags": {"team": "ours"}, "description": ""}
    integration["models"][0]["description"] = "ours"
    groups = [
        {**estate["hf_setup_groups"][0], "members": ["ana@example.com"], "purge_members": True},
        {"name": "new", "permissions": [{"integration": "hf", "models": ["plain"], "access": ["READ"]}]},
    ]
    return {"hf_setup_integrations": [integration], "hf_setup_groups": groups, "hf_setup_purge": True}


def built(stage: Stage) -> Client:
    """A cluster with two users."""
    admin = stage.build()
    for user in ("ana@example.com", "ben@example.com"):
        admin.done("PUT", f"/users/{user}", {"name": user, "roles": ["USER"]})
    return admin


#: What changes at once; nothing in one set touches what another one of it does.
AT_ONCE = (
    ("~ integration hf", "- model hf:theirs", "~ group users", "~ grant GROUP users on INTEGRATION_PROVIDER hf"),
    (
        "~ integration hf: api_key",
        "~ model hf:plain",
        "+ group new",
        "+ grant GROUP users on INTEGRATION_PROVIDER hf",
        "~ group users: members",
    ),
)


def test_whatever_changes_between_plan_and_apply_the_plan_is_stale(stage):
    assert sorted(name for names in AT_ONCE for name in names) == sorted(MEDDLING)
    admin = built(stage)
    stage.site("--check", "-e", "hf_setup_plan_folder=plans", **wanted())
    plan = json.loads((stage.folder / "plans" / "one.json").read_text())
    assert {change["kind"] for change in plan["changes"]} == {"integration", "model", "group", "grant"}
    approved = ["-e", "hf_setup_expected_plan_file=plans/one.json"]
    for names in AT_ONCE:
        for name in names:
            MEDDLING[name][0](admin)
        refused = stage.refuses({"one": stage.host(**wanted())}, "not the approved one", options=approved)
        # Each of them is among what is different, so each alone makes the plan another one.
        for name in names:
            assert name.partition(": ")[0].lstrip("+~- ") in refused.messages["one"], (name, refused.messages["one"])
            MEDDLING[name][1](admin)
    another_key, fewer = wanted(), wanted()
    another_key["hf_setup_integrations"][0]["api_key"] = "hf_another_key_0123456789"
    del fewer["hf_setup_groups"][1]
    shared = {"hf_setup_allow_shared_server": True}
    hosts = {"another-key": stage.host(**another_key, **shared), "fewer": stage.host(**fewer, **shared)}
    assert stage.refuses(hosts, "not the approved one", options=approved).messages.keys() == hosts.keys()
    # With everything as it was, the approved plan applies, and just as it was approved.
    applied = stage.site(*approved, **wanted())
    assert applied.changed == {"one": 4}
    assert stage.grants("new") == {"hf": ["READ"], "hf:plain": ["READ"]}
