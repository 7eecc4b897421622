# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference Endpoints that several clusters declare: who sees to each of them (pure).

The hosts of a play share no state but their facts, and slices of a job not even these. So each host plans all endpoints
that it declares, and of those hosts that declare one alike the first creates or changes it. The others use it.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from jinja2.exceptions import UndefinedError

from ansible_collections.orkes.conductor.plugins.module_utils._secrets import plan_mark
from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import Estate

Declared = Mapping[str, Any]
Result = Mapping[str, Any]

#: Fact in which a host keeps what it declares; without secrets.
FACT = "hf_setup__declared_endpoints"

#: Signs in front of a line of a plan, and the words for what is left to another host.
SIGNS = {"+": "created", "~": "changed", "-": "deleted"}

PUBLIC_SERVICE = "https://api.endpoints.huggingface.cloud/v2"

#: Parts of an endpoint that may hold secrets: kept as marks.
SECRET_PARTS = ("secrets", "image")


def declared_endpoints(endpoints: Iterable[Mapping[str, Any]], service: str, managed: bool) -> list[dict[str, Any]]:
    """Return what a host declares, in a form that holds no secret and can be compared.

    Args:
        endpoints: The list for hf_endpoint.
        service: URL of the management API, empty for the public one.
        managed: Whether the host's run manages endpoints.
    """
    found = []
    for endpoint in endpoints:
        title = f"{endpoint.get('namespace')}/{endpoint.get('name')}"
        options = {
            option: _marks(title, value) if option in SECRET_PARTS else value
            for option, value in endpoint.items()
            if value is not None and option not in ("namespace", "name")
        }
        found.append(
            {
                "name": title,
                "service": str(service or PUBLIC_SERVICE).rstrip("/"),
                "options": options,
                "managed": managed,
            }
        )
    return found


def _marks(title: str, value: Any, place: str = "") -> Any:
    """Return a value with a mark in place of each text that may be a secret."""
    if isinstance(value, Mapping):
        return {str(key): _marks(title, part, f"{place}.{key}") for key, part in value.items()}
    return plan_mark(str(value), title, place)


def _key(declared: Declared) -> tuple[str, str]:
    return str(declared["service"]), str(declared["name"])


def declared_by(hostvars: Mapping[str, Any], host: str) -> list[Any] | None:
    """Return what a host has said that it declares, or None if it has not come as far as that."""
    return list(hostvars[host][FACT]) if FACT in hostvars[host] else None


def foreseen(hostvars: Mapping[str, Any], host: str, own: str, state: str) -> list[dict[str, Any]]:
    """Return what the variables of a host declare that has not had its turn; what cannot be worked out is nothing.

    Args:
        hostvars: Variables of all hosts.
        host: The host.
        own: The host that asks; what both take from the environment is taken from its facts.
        state: C(present) or C(absent).
    """

    def variable(name: str, default: Any) -> Any:
        found = hostvars[host].get(name)
        return default if found is None else found

    try:
        estate = Estate(
            variable("hf_setup_integrations", []),
            [],
            state,
            delete_endpoints=bool(boolean(variable("hf_setup_delete_endpoints", False), strict=False)),
        )
        known = declared_by(hostvars, own) or []
        service = str(variable("hf_setup_endpoints_url", "") or (known[0]["service"] if known else ""))
        return declared_endpoints(estate.endpoints(), service, True)
    except (AnsibleError, UndefinedError, AttributeError, KeyError, TypeError, ValueError):
        # That host fails by itself in its turn.
        return []


def conflicts(
    own: str, hosts: Iterable[str], batch: Iterable[str], hostvars: Mapping[str, Any], state: str = "present"
) -> list[str]:
    """Return which endpoints other hosts of the play declare otherwise.

    Args:
        own: The host that asks.
        hosts: All hosts of the play.
        batch: The hosts of this batch; those of later ones are looked at in advance.
        hostvars: Their variables.
        state: Value of C(hf_setup_state).
    """
    mine = {_key(declared): declared for declared in declared_by(hostvars, own) or []}
    if not mine:
        return []
    problems = []
    now = set(batch)
    for host in hosts:
        theirs = declared_by(hostvars, host)
        if host == own or (theirs is None and host in now):
            continue
        for other in foreseen(hostvars, host, own, state) if theirs is None else theirs:
            declared = mine.get(_key(other))
            if declared is None or declared["options"] == other["options"]:
                continue
            options = sorted({*declared["options"], *other["options"]})
            differing = [name for name in options if declared["options"].get(name) != other["options"].get(name)]
            shown = ", ".join(
                name
                if name in SECRET_PARTS
                else f"{name} {_shown(declared, name)} here and {_shown(other, name)} there"
                for name in differing
            )
            problems.append(
                f"Inference Endpoint {declared['name']} is declared otherwise by {host}: {shown}. Clusters share it, "
                "so declare it alike, or give one of the two another name"
            )
    return problems


def _shown(declared: Declared, option: str) -> str:
    return str(declared["options"][option]) if option in declared["options"] else "not given"


def owners(own: str, hosts: Iterable[str], hostvars: Mapping[str, Any], stages: Iterable[str]) -> dict[str, str]:
    """Return which host sees to each endpoint of one host.

    Args:
        own: The host that asks.
        hosts: Hosts that are still in the play, in its order.
        hostvars: Their variables.
        stages: Stages of the role in which a host has to be.
    """
    found: dict[str, str] = {}
    wanted = set(stages)
    mine = {_key(declared): declared["options"] for declared in declared_by(hostvars, own) or []}
    for host in hosts:
        variables = hostvars[host]
        stage = variables.get("hf_setup__stage") or ""
        ended = variables.get("hf_setup__ended") or {}
        if stage not in wanted or ended.get("status") == "failed":
            continue
        for declared in declared_by(hostvars, host) or []:
            # Whoever declares it otherwise is no help.
            if declared["managed"] and mine.get(_key(declared)) == declared["options"]:
                found.setdefault(str(declared["name"]), str(host))
    return found


def left_to_others(result: Result, owner_of: Mapping[str, str], own: str) -> dict[str, Any]:
    """Return a result of hf_endpoint without the changes that another host makes.

    What is left to another one counts as unchanged. Its line stays, so that whoever approves sees what will be used.

    Args:
        result: The module's result in check mode.
        owner_of: Which host sees to each endpoint.
        own: The host whose result it is.
    """
    changes = list(result.get("changes") or [])
    others = [change for change in changes if owner_of.get(str(change["name"]), own) != own]
    if not others:
        return dict(result)
    words = {"create": "created", "update": "updated", "delete": "deleted"}
    summary = dict(result["summary"])
    for change in others:
        summary[words[change["action"]]] -= 1
        summary["unchanged"] += 1
    kept = [change for change in changes if change not in others]
    lines = []
    for change, line in zip(changes, result.get("plan") or []):
        if change in others:
            line = f"= {line[2:]} ({SIGNS[line[0]]} once, by {owner_of[str(change['name'])]})"
        lines.append(line)
    return {**result, "changed": bool(kept), "changes": kept, "plan": lines, "summary": summary}


def together(result: Result, more: Result) -> dict[str, Any]:
    """Return two results of hf_endpoint as one; a task that was skipped has no summary."""
    if "summary" not in more or "summary" not in result:
        return dict(more if "summary" in more else result)
    lists = ("changes", "plan", "failures", "not_attempted", "endpoints", "digests")
    return {
        **result,
        "changed": bool(result.get("changed")) or bool(more.get("changed")),
        "summary": {word: number + more["summary"].get(word, 0) for word, number in result["summary"].items()},
        **{name: [*(result.get(name) or []), *(more.get(name) or [])] for name in lists},
    }


def to_be_made(
    endpoints: Iterable[Mapping[str, Any]],
    entries: Mapping[str, list[Any]],
    owner_of: Mapping[str, str],
    own: str,
    also_of: Iterable[str] = (),
) -> list[Mapping[str, Any]]:
    """Return the endpoints for hf_endpoint that one host sees to in an apply.

    Args:
        endpoints: The list for hf_endpoint.
        entries: What the plan says of each: the first word tells what is to be done.
        owner_of: Which host sees to each endpoint.
        own: The host.
        also_of: Hosts that have failed: what they were to see to, and nothing else.
    """
    failed = set(also_of)
    found = []
    for endpoint in endpoints:
        name = f"{endpoint['namespace']}/{endpoint['name']}"
        changes = entries.get(name, ["create"])[0] in ("create", "update", "delete")
        owner = owner_of.get(name, own)
        if (changes and owner in failed) if failed else (not changes or owner == own):
            found.append(endpoint)
    return found


def used_elsewhere(
    own: str, hosts: Iterable[str], going: Iterable[str], hostvars: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return which other hosts of the inventory declare each endpoint of one host that is about to be deleted.

    Args:
        own: The host.
        hosts: All hosts of the inventory.
        going: Hosts that are taken down as well.
        hostvars: Their variables.
    """
    mine = {_key(declared) for declared in declared_by(hostvars, own) or []}
    found: dict[str, list[str]] = {}
    leaving = {own, *going}
    for host in hosts if mine else []:
        if host not in leaving:
            for other in foreseen(hostvars, host, own, "present"):
                if _key(other) in mine:
                    found.setdefault(str(other["name"]), []).append(str(host))
    return found
