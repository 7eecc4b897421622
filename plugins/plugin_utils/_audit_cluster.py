# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit tells of one cluster: what is there, what of it is declared, and where it drifts (pure).

Nothing here can hold a secret: of the inventory only names are taken, and the modules' results have none.
"""

from __future__ import annotations

from typing import Any, Container, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._hosts import host_is_allowed, host_of
from ansible_collections.orkes.conductor.plugins.module_utils._references import (
    INTEGRATION,
    INTEGRATION_PROVIDER,
    Reference,
)
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_access import ADMINISTRATOR, TAG, tags_of
from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import kind_of
from ansible_collections.orkes.conductor.plugins.plugin_utils._verification import (
    application_users,
    changes_what_does_not_show,
    expected_access,
    secrets_of,
)

Result = Mapping[str, Any]

#: What is read of a cluster, in the words of the modules' results.
READ = ("integrations", "groups", "users", "applications", "permissions")

#: What an entry of C(unreadable) is about, by the type that conductor_permission_info gives.
GRANTS_OF = {
    "GROUP": "grants of groups",
    "USER": "grants of users",
    "ROLE": "grants of roles",
    INTEGRATION_PROVIDER: "grants on integrations",
    INTEGRATION: "grants on models",
    TAG: "grants on tags",
}


def _list_of(reads: Mapping[str, Result], kind: str) -> list[dict[str, Any]] | None:
    """Return what was read of a kind, or None if it was not."""
    result = reads.get(kind) or {}
    found = result.get(kind)
    return found if isinstance(found, list) and not result.get("failed") else None


def grant_reads(reads: Mapping[str, Result]) -> dict[str, Any]:
    """Return what conductor_permission_info is to be asked for, out of what was read before.

    Grants are asked for from both sides: subjects tell what a tag's grants come to, and targets tell who is gone, and
    what roles hold where the server does not tell it by role. A server may take no slash in a target.

    Args:
        reads: Results of the information modules by kind; what could not be read has no list.
    """
    integrations = _list_of(reads, "integrations") or []
    models = [(entry, model) for entry in integrations for model in entry["models"]]
    tags = {tag for entry in [*integrations, *(model for _entry, model in models)] for tag in tags_of(entry)}
    holders = [*(_list_of(reads, "groups") or []), *(_list_of(reads, "users") or [])]
    return {
        "roles": sorted({role for holder in holders for role in holder["roles"]}),
        "groups": [group["name"] for group in _list_of(reads, "groups") or []],
        "users": [user["id"] for user in _list_of(reads, "users") or []],
        "integrations": [entry["name"] for entry in integrations],
        "models": [f"{entry['name']}:{model['name']}" for entry, model in models],
        "targets": [{"type": TAG, "id": tag} for tag in sorted(tags)],
    }


class _Declared:
    """What the inventory declares.

    Args:
        estate: What the filter hf_setup_estate returns.
        results: Results of the managing modules in check mode.
        applications: What was read of applications, or None.
    """

    def __init__(
        self, estate: Mapping[str, Any], results: Mapping[str, Result], applications: list[dict[str, Any]] | None
    ) -> None:
        self.integrations = {str(name) for name in estate.get("present_integrations") or []}
        self.groups = {str(name) for name in estate.get("present_groups") or []}
        self.models = {
            f"{model['integration']}:{model['name']}"
            for model in estate.get("models") or []
            if (model.get("state") or "present") == "present"
        }
        self.with_models = {str(model["integration"]) for model in estate.get("models") or []}
        self.members = {
            str(group["name"]): {str(member) for member in group["members"]}
            for group in estate.get("groups") or []
            if isinstance(group.get("members"), list)
        }
        users = application_users(estate, results)
        named = [str(one["name"]) for one in applications or []]
        users.update(
            {
                str(one["name"]): f"app:{one['id']}"
                for one in applications or []
                if str(one["name"]) not in users and named.count(str(one["name"])) == 1
            }
        )
        present = {str(name) for name in estate.get("present_applications") or []}
        self.applications = {users[name] for name in present if name in users}
        self.grants: dict[tuple[Reference, Reference], set[str]] = {}
        for group, targets in expected_access(estate).items():
            for target, access in targets.items():
                self.grants[("GROUP", group), target] = access
        for name, targets in expected_access(estate, "application_grants", "applications").items():
            for target, access in targets.items():
                self.grants[("USER", users.get(name, name)), target] = access


class _Audit:
    """Puts together what was read, what is declared and what the modules would change.

    Args:
        estate: What the filter hf_setup_estate returns.
        manage: The kinds that are managed.
        results: Results of the managing modules in check mode, by kind.
        reads: Results of the information modules by kind.
        about: What else is known: C(host), C(server), C(organization), C(version), C(caller), C(endpoint_hosts),
            C(update_api_key), and C(integration_access_reaches_models), which is None unless a profile tells.
    """

    def __init__(
        self,
        estate: Mapping[str, Any],
        manage: Container[str],
        results: Mapping[str, Result],
        reads: Mapping[str, Result],
        about: Mapping[str, Any],
    ) -> None:
        self._estate = estate
        self._manage = manage
        self._results = {call: result for call, result in results.items() if kind_of(call) in manage}
        self._reads = reads
        self._about = about
        self._read = {kind: _list_of(reads, kind) for kind in READ}
        self._declared = _Declared(estate, results, self._read["applications"])
        self._secrets = secrets_of(estate)
        self._undeclared: list[dict[str, Any]] = []
        self._changes = {
            (str(change["kind"]), str(change["name"])): change
            for result in self._results.values()
            for change in result.get("changes") or []
        }

    def document(self) -> dict[str, Any]:
        """Return the cluster."""
        integrations = self._integrations()
        groups = self._groups()
        applications = self._applications()
        grants = self._grants()
        lines = [line for result in self._compared().values() for line in result.get("plan") or []]
        changes = [change for result in self._compared().values() for change in result.get("changes") or []]
        told = [
            (change, line)
            for change, line in zip(changes, lines)
            if not changes_what_does_not_show(change, self._secrets)
        ]
        not_compared = [
            {"kind": call, "reason": str(result.get("msg") or "it was not compared")}
            for call, result in self._results.items()
            if call not in self._compared()
        ]
        unreadable = self._unreadable()
        return {
            **{name: self._about.get(name) for name in ("host", "server", "organization", "version", "caller")},
            "problem": None,
            "drift": {
                "found": bool(told) or any(one["drift"] for one in self._undeclared),
                "complete": not not_compared and all(gap["minor"] for gap in unreadable),
                "changes": [change for change, _line in told],
                "lines": [line for _change, line in told],
                "undeclared": sorted(self._undeclared, key=lambda one: (not one["drift"], one["kind"], one["name"])),
                "not_compared": not_compared,
            },
            "unreadable": unreadable,
            "endpoint_hosts": [str(pattern) for pattern in self._about.get("endpoint_hosts") or []],
            "integration_access_reaches_models": self._about.get("integration_access_reaches_models"),
            "integrations": integrations,
            "groups": groups,
            "people": self._people(),
            "applications": applications,
            "grants": grants,
        }

    def _compared(self) -> dict[str, Result]:
        return {
            call: result
            for call, result in self._results.items()
            if isinstance(result.get("summary"), Mapping) and not result.get("failed")
        }

    def _unreadable(self) -> list[dict[str, Any]]:
        """Return what could not be read, and why, so that nothing missing is taken for not being there.

        A gap is C(minor) if nobody who is there can have access that is not known for it.
        """
        found = []
        for kind in READ:
            if self._read[kind] is None:
                reason = (self._reads.get(kind) or {}).get("msg") or "it was not read"
                found.append({"what": kind, "names": [], "reason": str(reason), "minor": False})
        listed = (self._reads.get("permissions") or {}).get("unreadable") or []
        types = {one["type"] for one in listed}
        subjects_told = not types & {"GROUP", "USER", "ROLE"} and None not in (
            self._read["groups"],
            self._read["users"],
        )
        by_type: dict[str, dict[str, Any]] = {}
        for one in listed:
            if one["type"] == "ROLE" and types == {"ROLE"}:
                # The targets have told what roles hold.
                continue
            what = GRANTS_OF.get(one["type"], f"grants on {one['type']}")
            entry = {"what": what, "names": [], "reason": one["reason"], "minor": subjects_told}
            by_type.setdefault(what, entry)["names"].append(one["id"])
        found += [by_type[what] for what in sorted(by_type)]
        caller = self._about.get("caller") or {}
        if self._read["users"] is None and ADMINISTRATOR not in (caller.get("roles") or []):
            found.append(
                {
                    "what": "further integrations and models",
                    "names": [],
                    "reason": "without the role ADMIN a server lists only what this key may read",
                    "minor": False,
                }
            )
        return found

    def _note(self, kind: str, name: str, drift: bool, what: str = "") -> None:
        self._undeclared.append({"kind": kind, "name": name, "what": what, "drift": drift})

    # What is there

    def _integrations(self) -> list[dict[str, Any]] | None:
        found = self._read["integrations"]
        if found is None:
            return None
        return [self._integration(entry) for entry in found]

    def _integration(self, entry: dict[str, Any]) -> dict[str, Any]:
        name = str(entry["name"])
        declared = name in self._declared.integrations
        if not declared:
            self._note("integration", name, False)
        return {
            **{key: entry.get(key) for key in ("name", "namespace", "description", "enabled", "tags", "created_by")},
            "declared": declared,
            "drift": ("integration", name) in self._changes
            and not changes_what_does_not_show(self._changes["integration", name], self._secrets),
            "key": {"state": self._key_state(name), "mark": entry.get("key_mark")},
            "models": [self._model(name, model) for model in entry["models"]],
        }

    def _key_state(self, name: str) -> str:
        """Return what the plan tells of an integration's key against the inventory's."""
        entry = next((one for one in self._estate.get("integrations") or [] if one["name"] == name), None)
        if entry is None or name not in self._declared.integrations:
            return "undeclared"
        if entry.get("api_key") is None:
            return "not given"
        if "integrations" not in self._compared():
            return "not compared"
        field = (self._changes.get(("integration", name), {}).get("fields") or {}).get("api_key")
        if field is not None:
            return str(field.get("before") or "unknown")
        policy = entry.get("update_api_key") or self._about.get("update_api_key")
        return "not compared" if policy == "on_create" else "same"

    def _model(self, integration: str, model: dict[str, Any]) -> dict[str, Any]:
        title = f"{integration}:{model['name']}"
        declared = title in self._declared.models
        discovered = bool(model.get("discovered"))
        if not declared:
            drift = integration in self._declared.with_models and "models" in self._manage and not discovered
            self._note("model", title, drift, "registered by the server, it seems" if discovered else "")
        host = host_of(model.get("endpoint"))
        patterns = self._about.get("endpoint_hosts") or []
        return {
            **{key: model.get(key) for key in ("name", "endpoint", "description", "enabled", "tags", "created_by")},
            "endpoint_host": host,
            "endpoint_host_allowed": host_is_allowed(host, patterns) if patterns and host else None,
            "declared": declared,
            "discovered": discovered,
            "drift": ("model", title) in self._changes,
        }

    def _groups(self) -> list[dict[str, Any]] | None:
        found = self._read["groups"]
        if found is None:
            return None
        groups = []
        for group in found:
            name = str(group["name"])
            declared = name in self._declared.groups
            if not declared:
                self._note("group", name, False)
            expected = self._declared.members.get(name) if declared else None
            others = sorted(set(group["members"]) - expected) if expected is not None else []
            for member in others:
                self._note("member", f"{member} in group {name}", "groups" in self._manage)
            groups.append(
                {
                    **{key: group.get(key) for key in ("name", "description", "roles", "members")},
                    "declared": declared,
                    "drift": ("group", name) in self._changes,
                    "undeclared_members": others,
                }
            )
        return groups

    def _people(self) -> list[dict[str, Any]] | None:
        if self._read["users"] is None:
            return None
        keys = ("id", "name", "roles", "groups")
        return [{key: user[key] for key in keys} for user in self._read["users"] if not user["application"]]

    def _applications(self) -> list[dict[str, Any]] | None:
        found, users = self._read["applications"], self._read["users"]
        if found is None and users is None:
            return None
        by_id = {user["id"][len("app:") :]: user for user in users or [] if user["application"]}
        listed = {str(one["id"]): one for one in found or []}
        applications = []
        for own_id in sorted({*by_id, *listed}, key=lambda one: (str((listed.get(one) or by_id[one])["name"]), one)):
            one, user = listed.get(own_id, {}), by_id.get(own_id, {})
            name = str(one.get("name") or user.get("name") or "")
            declared = f"app:{own_id}" in self._declared.applications
            if not declared:
                self._note("application", f"{name} ({own_id})", False)
            keys = one.get("access_keys")
            applications.append(
                {
                    "id": own_id,
                    "name": name,
                    "roles": sorted(user["roles"]) if user else one.get("roles"),
                    "groups": user.get("groups", []),
                    "tags": one.get("tags") or {},
                    "access_keys": sorted(keys, key=lambda key: str(key.get("id"))) if isinstance(keys, list) else None,
                    "declared": declared,
                    "drift": ("application", name) in self._changes,
                }
            )
        return applications

    # Grants

    def _grants(self) -> list[dict[str, Any]] | None:
        if self._read["permissions"] is None:
            return None
        bare = {str(one["id"]) for one in self._read["applications"] or []}
        bare |= {user["id"][len("app:") :] for user in self._read["users"] or [] if user["application"]}
        creators, tags = self._creators(), self._tags()
        caller = str((self._about.get("caller") or {}).get("id"))
        found: dict[str, dict[str, Any]] = {}
        for permission in self._read["permissions"]:
            target = permission["target"]["type"], permission["target"]["id"]
            if not self._concerns(target, tags):
                continue
            kind, name = permission["subject"]["type"], permission["subject"]["id"]
            # A server may name an application by its bare id.
            name = f"app:{name}" if kind == "USER" and name in bare else name
            grant = self._grant((kind, name), target, permission, creators, caller)
            found[str([kind, name, target, grant["access"], grant["tag"]])] = grant
        return [found[key] for key in sorted(found)]

    def _grant(
        self,
        subject: Reference,
        target: Reference,
        permission: Mapping[str, Any],
        creators: Mapping[Reference, str],
        caller: str,
    ) -> dict[str, Any]:
        access = {str(word) for word in permission["access"]}
        expected = self._declared.grants.get((subject, target), set())
        creator = subject[0] == "USER" and subject[1] == creators.get(target)
        tag = permission.get("tag")
        # A server grants creators, such as the key with which the setup was made, some access by itself.
        exempt = creator or subject == ("USER", caller) or tag is not None or target[0] == TAG
        undeclared = [] if exempt else sorted(access - expected)
        grant = {
            "subject": {"type": subject[0], "id": subject[1]},
            "target": {"type": target[0], "id": target[1]},
            "access": sorted(access),
            "tag": tag,
            "creator": creator and not expected,
            "declared": bool(expected & access),
            "undeclared_access": undeclared,
            "target_exists": target[0] == TAG or target in creators,
        }
        if undeclared:
            title = f"{subject[0]} {subject[1]} on {target[0]} {target[1]}"
            what = ", ".join(undeclared) + ("" if grant["target_exists"] else ", on what is not there")
            self._note("grant", title, self._in_scope(target) and "permissions" in self._manage, what)
        return grant

    def _in_scope(self, target: Reference) -> bool:
        """Tell whether the inventory declares what a grant is on."""
        return target[1].partition(":")[0] in self._declared.integrations

    def _creators(self) -> dict[Reference, str]:
        """Return who created what is there: integrations and models."""
        found: dict[Reference, str] = {}
        for entry in self._read["integrations"] or []:
            found[INTEGRATION_PROVIDER, str(entry["name"])] = str(entry.get("created_by"))
            for model in entry["models"]:
                found[INTEGRATION, f"{entry['name']}:{model['name']}"] = str(model.get("created_by"))
        return found

    def _tags(self) -> set[str]:
        entries: Iterable[Mapping[str, Any]] = self._read["integrations"] or []
        return {tag for entry in entries for one in (entry, *entry["models"]) for tag in tags_of(one)}

    def _concerns(self, target: Reference, tags: set[str]) -> bool:
        """Tell whether a grant is about a Hugging Face integration, one of its models, or a tag of these."""
        if target[0] == TAG:
            return target[1] in tags
        names = {str(entry["name"]) for entry in self._read["integrations"] or []} | self._declared.integrations
        return target[0] in (INTEGRATION_PROVIDER, INTEGRATION) and target[1].partition(":")[0] in names


def cluster_audit(
    estate: Mapping[str, Any],
    manage: Container[str],
    results: Mapping[str, Result],
    reads: Mapping[str, Result],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what an audit tells of one cluster.

    Args:
        estate: What the filter hf_setup_estate returns.
        manage: The kinds that are managed.
        results: Results of the managing modules in check mode, by kind.
        reads: Results of the information modules by kind: C(integrations), C(groups), C(users), C(applications) and
            C(permissions).
        about: What else is known of the cluster; see C(_Audit).
    """
    return _Audit(estate, manage, results, reads, about).document()


def failed_audit(host: str, server: Any, reason: str) -> dict[str, Any]:
    """Return what an audit tells of a cluster of which nothing could be read."""
    return {
        "host": host,
        "server": server,
        "organization": None,
        "version": None,
        "caller": None,
        "problem": reason,
        "drift": {
            "found": False,
            "complete": False,
            "changes": [],
            "lines": [],
            "undeclared": [],
            "not_compared": [{"kind": "everything", "reason": reason}],
        },
        "unreadable": [{"what": "everything", "names": [], "reason": reason, "minor": False}],
        "endpoint_hosts": [],
        "integration_access_reaches_models": None,
        "integrations": None,
        "groups": None,
        "people": None,
        "applications": None,
        "grants": None,
    }
