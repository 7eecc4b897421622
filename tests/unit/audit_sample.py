# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with everything that an audit has to tell apart, in the words of the modules."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_cluster import cluster_audit, failed_audit
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import audit_document
from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import Estate

AT = datetime(2026, 6, 1, 8, 30, tzinfo=timezone.utc)
MANAGE = ["endpoints", "integrations", "models", "groups", "applications", "permissions"]
APPLICATION = "6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10"
ROBOT = f"app:{APPLICATION}"
SETUP = "app:setup"
LLAMA = "hf:meta-llama/Llama-3.1-8B-Instruct"
#: What a server may say to whoever reads the page.
HOSTILE = "<script>document.title='taken over'</script><img src=x onerror=\"document.title='taken over'\">"

INTEGRATIONS: list[dict[str, Any]] = [
    {
        "name": "hf",
        "api_key": "hf_key_of_the_sample_0123456789",
        "namespace": "acme",
        "models": [{"name": "meta-llama/Llama-3.1-8B-Instruct", "endpoint": "https://llama.example.com"}],
    }
]
GROUPS: list[dict[str, Any]] = [
    {
        "name": "data-science",
        "roles": ["USER"],
        "members": ["ana@example.com", "ben@example.com"],
        "permissions": [{"integration": "hf", "all_models": True, "access": ["READ", "EXECUTE"]}],
    }
]
APPLICATIONS: list[dict[str, Any]] = [
    {
        "name": "order-service",
        "permissions": [{"integration": "hf", "all_models": True, "access": ["READ", "EXECUTE"]}],
    }
]
ABOUT: dict[str, Any] = {
    "host": "production",
    "server": "conductor.example.com",
    "organization": "acme",
    "version": "5.4.2",
    "caller": {"id": SETUP, "name": "setup", "roles": ["ADMIN"]},
    "endpoint_hosts": ["*.example.com"],
    "update_api_key": "on_change",
    "integration_access_reaches_models": None,
}


def estate() -> dict[str, Any]:
    """What the filter hf_setup_estate returns for the sample."""
    found = Estate(INTEGRATIONS, GROUPS, applications=APPLICATIONS)
    return {
        name: getattr(found, name)()
        for name in (
            "integrations",
            "models",
            "groups",
            "applications",
            "grants",
            "application_grants",
            "present_integrations",
            "present_groups",
            "present_applications",
        )
    }


def compared(*changes: dict[str, Any]) -> dict[str, Any]:
    """The result of a managing module in check mode."""
    return {"summary": {}, "changes": list(changes), "plan": [f"~ {one['kind']} {one['name']}" for one in changes]}


def results() -> dict[str, Any]:
    """Results of all managing modules: a description, a model that was switched off, and a key that is another one."""
    fields = {
        "description": {"before": HOSTILE, "after": "Models"},
        "api_key": {"before": "changed", "after": "set"},
    }
    return {
        "integrations": compared({"kind": "integration", "name": "hf", "action": "update", "fields": fields}),
        "models": compared(
            {
                "kind": "model",
                "name": LLAMA,
                "action": "update",
                "fields": {"enabled": {"before": False, "after": True}},
            }
        ),
        "groups": compared(),
        "applications": {**compared(), "applications": [{"name": "order-service", "id": APPLICATION}]},
        "permissions": compared(),
        "application_permissions": compared(),
    }


def model(name: str, **more: Any) -> dict[str, Any]:
    """A model as the information module tells it."""
    found = {
        "name": name,
        "endpoint": "https://models.example.com",
        "description": "",
        "enabled": True,
        "tags": {},
        "discovered": False,
        "created_by": SETUP,
    }
    return {**found, **more}


def integration(name: str, *models: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An integration as the information module tells it."""
    found = {"name": name, "namespace": "acme", "description": "", "enabled": True, "tags": {}, "key_mark": None}
    return {**found, "created_by": SETUP, "models": list(models), **more}


def grant(subject: tuple[str, str], target: tuple[str, str], *access: str, tag: str | None = None) -> dict[str, Any]:
    """A grant as the information module tells it."""
    return {
        "subject": {"type": subject[0], "id": subject[1]},
        "target": {"type": target[0], "id": target[1]},
        "access": sorted(access),
        "tag": tag,
    }


def user(user_id: str, name: str = "", *roles: str, groups: tuple[str, ...] = ()) -> dict[str, Any]:
    """A user as the information module tells it."""
    return {
        "id": user_id,
        "name": name,
        "application": user_id.startswith("app:"),
        "roles": list(roles),
        "groups": list(groups),
    }


TEAM = ("GROUP", "data-science")
USE = ("READ", "EXECUTE")
ON = ("INTEGRATION_PROVIDER", "hf")
TO_LLAMA = ("INTEGRATION", LLAMA)


def reads() -> dict[str, Any]:
    """Results of the information modules."""
    return {
        "integrations": {
            "integrations": [
                integration(
                    "hf",
                    model(
                        "meta-llama/Llama-3.1-8B-Instruct",
                        enabled=False,
                        description="Chat",
                        endpoint="https://llama.example.com",
                    ),
                    model("found/by-server", endpoint=None, discovered=True, created_by=""),
                    model("shadow/model", endpoint="https://evil.test/x", description=HOSTILE, tags={"team": "ml"}),
                    description=HOSTILE,
                    key_mark="aa",
                ),
                integration("hf-other", model("quiet", created_by="ben@example.com"), enabled=False),
            ]
        },
        "groups": {
            "groups": [
                {
                    "name": "data-science",
                    "description": "Prompts",
                    "roles": ["USER"],
                    "members": ["ana@example.com", "ben@example.com", "eve@example.com"],
                },
                {"name": "platform", "description": "", "roles": ["ADMIN"], "members": ["zoe@example.com"]},
            ]
        },
        "users": {
            "users": [
                user("ana@example.com", "Ana", "USER", groups=("data-science",)),
                user(ROBOT, "order-service", "WORKER"),
                user(SETUP, "setup", "ADMIN"),
                user("ben@example.com", "Ben", "PROMPTER", groups=("data-science",)),
                user("eve@example.com", HOSTILE, groups=("data-science",)),
                user("zoe@example.com", "Zoe", groups=("platform",)),
            ]
        },
        "applications": {
            "applications": [
                {
                    "id": APPLICATION,
                    "name": "order-service",
                    "roles": ["WORKER"],
                    "tags": {},
                    "access_keys": [{"id": "key-1", "created_at": 1, "status": "ACTIVE"}],
                },
                {"id": "setup", "name": "setup", "roles": ["ADMIN"], "tags": {}, "access_keys": []},
            ]
        },
        "permissions": {
            "permissions": [
                grant(TEAM, ON, *USE),
                grant(TEAM, TO_LLAMA, *USE),
                grant(("USER", ROBOT), ON, *USE),
                grant(("USER", ROBOT), TO_LLAMA, *USE),
                grant(("USER", SETUP), ON, "READ", "UPDATE", "DELETE"),
                grant(("USER", "eve@example.com"), TO_LLAMA, "READ", "EXECUTE", "DELETE"),
                grant(("USER", "gone@example.com"), ("INTEGRATION", "hf:retired"), "READ"),
                grant(("USER", "ben@example.com"), ("INTEGRATION", "hf-other:quiet"), "READ", "DELETE"),
                grant(("ROLE", "PROMPTER"), ("INTEGRATION", "hf:shadow/model"), "READ"),
                grant(TEAM, ("TAG", "team:ml"), "READ"),
                grant(TEAM, ("INTEGRATION", "hf:shadow/model"), "READ", tag="team:ml"),
                grant(TEAM, ("WORKFLOW_DEF", "nightly"), "READ"),
            ],
            "unreadable": [],
        },
    }


def cluster(**changed: Any) -> dict[str, Any]:
    """The audit of the sample; what is given replaces estate, manage, results, reads or parts of about."""
    parts = {"estate": estate(), "manage": MANAGE, "results": results(), "reads": reads()}
    about = {**ABOUT, **{name: value for name, value in changed.items() if name not in parts}}
    parts.update({name: value for name, value in changed.items() if name in parts})
    return cluster_audit(parts["estate"], parts["manage"], parts["results"], parts["reads"], about)


def as_declared() -> dict[str, Any]:
    """The audit of a cluster on which everything is as it should be."""
    found = reads()
    found["integrations"]["integrations"] = [
        integration(
            "hf",
            model("meta-llama/Llama-3.1-8B-Instruct", endpoint="https://llama.example.com", description="Chat"),
            description="Models",
        )
    ]
    found["groups"]["groups"][0]["members"].remove("eve@example.com")
    found["users"]["users"] = [one for one in found["users"]["users"] if one["id"] != "eve@example.com"]
    found["permissions"]["permissions"] = found["permissions"]["permissions"][:5]
    quiet = {kind: {**result, "changes": [], "plan": []} for kind, result in results().items()}
    return cluster(reads=found, results=quiet, host="staging", server="staging.example.com")


def document(*clusters: dict[str, Any]) -> dict[str, Any]:
    """A document of these clusters, or of one that drifts, one that does not, and one that does not answer."""
    given = clusters or (cluster(), as_declared(), partly(), failed_audit("broken", "broken.example.com", "no answer"))
    return audit_document([copy.deepcopy(one) for one in given], [], AT)


def refused(what: str) -> dict[str, Any]:
    """The result of a module that the caller may not run."""
    return {"failed": True, "msg": f"GET /api/{what} answered 403: no. Missing permission: the role ADMIN ({what})"}


def partly() -> dict[str, Any]:
    """The audit of a cluster of which the key may not read everything."""
    found = reads()
    found["integrations"]["integrations"] = found["integrations"]["integrations"][1:]
    found["groups"], found["users"] = refused("groups"), refused("users")
    found["permissions"] = {
        "permissions": [],
        "unreadable": [{"type": "INTEGRATION", "id": "hf-other:quiet", "reason": "answered 403"}],
    }
    of_modules = {**results(), "groups": refused("groups"), "permissions": refused("groups")}
    of_modules = {
        kind: result if result.get("failed") else {**result, "changes": [], "plan": []}
        for kind, result in of_modules.items()
    }
    caller = {"id": "app:reader", "name": "reader", "roles": []}
    return cluster(reads=found, results=of_modules, host="development", server="dev.example.com", caller=caller)
