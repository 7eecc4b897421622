# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the variables of the role for AWX.

Nothing here shows a value that may be a secret, nor a key of a mapping that holds secrets: a secret that was put in the
wrong place may stand there.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Iterator, Mapping

CLUSTERS, PREFIX, ORGANIZATION, SLICED = (
    f"conductor_awx_{name}" for name in ("clusters", "prefix", "organization", "sliced")
)
ORKES_CONDUCTOR, HUGGING_FACE = "Orkes Conductor", "Hugging Face"

#: Fields that a credential has to have, by its type: one of these sets.
NEEDED = {ORKES_CONDUCTOR: (("auth_key", "auth_secret"), ("auth_token",)), HUGGING_FACE: (("token",),)}

#: What AWX takes for a name, and what the longest names have beside those of the prefix and the cluster.
LONGEST = 512
WITH_PREFIX, WITHOUT_PREFIX = len("  Hugging Face"), len("Approve the plan of ")

NAME = re.compile(r"(?![0-9_]+\Z)[A-Za-z0-9][A-Za-z0-9._-]*\Z")
START = re.compile(r"DTSTART(?:;TZID=[^:;\s]+:[0-9]{8}T[0-9]{6}|:[0-9]{8}T[0-9]{6}Z)")
RULE = re.compile(r"(?:R|EX)RULE:[A-Z]+=[^;=\s]+(?:;[A-Z]+=[^;=\s]+)*;?")
FREQUENCY = re.compile(r"[:;]FREQ=(?:YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY)(?:;|\Z)")
INTERVAL = re.compile(r"[:;]INTERVAL=0*[1-9][0-9]*(?:;|\Z)")


def declaration_problems(variables: Mapping[str, Any], credential_types: Mapping[str, Any]) -> list[str]:
    """Return what is wrong, each with the variable that it is about.

    Args:
        variables: Those of the role that are given, by their names.
        credential_types: The fields of the credential types, by the types' names.
    """
    problems = list(_names(variables))
    clusters = variables.get(CLUSTERS)
    if not isinstance(clusters, (list, tuple)) or not all(isinstance(cluster, Mapping) for cluster in clusters):
        return [*problems, f"{CLUSTERS} has to be a list of mappings, each with a name"]
    problems += _clusters(variables, clusters)
    if variables.get("conductor_awx_state") == "absent":
        return problems
    if not clusters:
        problems.append(f"{CLUSTERS} is empty: name at least one cluster")
    problems += _credentials(variables, clusters, credential_types)
    schedule = variables.get("conductor_awx_audit_schedule")
    if schedule and not _is_schedule(schedule):
        problems.append(
            "conductor_awx_audit_schedule has to be a start and a rule that AWX takes, such as "
            "'DTSTART:20260105T060000Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO': a start in UTC (Z) or with a TZID, a "
            "FREQ that is not SECONDLY, and an INTERVAL. Empty for no schedule"
        )
    problems += _sliced(variables.get(SLICED))
    return problems


def _is_text(value: Any) -> bool:
    # What Ansible Vault has encrypted is a text, and not always a str.
    return value is not None and not isinstance(value, (bool, int, float, bytes, date, Mapping, list, tuple, set))


def _is_id(name: str) -> bool:
    try:
        int(name)
    except ValueError:
        return False
    return True


def _names(variables: Mapping[str, Any]) -> Iterator[str]:
    names = {name: variables[name] for name in (ORGANIZATION, PREFIX) if name in variables}
    for option in ("conductor_awx_project", "conductor_awx_execution_environment"):
        own = variables.get(option)
        if isinstance(own, Mapping) and own.get("name") is not None:
            names[f"{option}.name"] = own["name"]
    for option, name in names.items():
        if not _is_text(name) or _is_id(str(name)) or not str(name).strip():
            yield f"{option} has to be a text that is no number: the modules of awx.awx take digits for an id"


def _clusters(variables: Mapping[str, Any], clusters: Any) -> Iterator[str]:
    names = [cluster.get("name") for cluster in clusters]
    known = [str(name) for name in names if _is_text(name)]
    if (
        len(known) < len(names)
        or len(known) > len(set(known))
        or {"all", "ungrouped"} & set(known)
        or not all(NAME.match(name) for name in known)
    ):
        told = ", ".join("a mapping or list" if isinstance(name, (Mapping, list)) else str(name)[:60] for name in names)
        yield (
            f"the names of {CLUSTERS} are {told}: each has to be there once, and to be a host's name, a text of "
            "letters, digits, '.', '_' and '-' that is no number and neither all nor ungrouped. Put true, null and "
            "numbers in quotes if they are meant as names"
        )
    room = min(LONGEST - WITH_PREFIX - len(str(variables.get(PREFIX, ""))), LONGEST - WITHOUT_PREFIX)
    if any(len(name) > room for name in known):
        yield (
            f"{CLUSTERS}: a name is too long. AWX takes names of {LONGEST} characters, which leaves {max(room, 0)} "
            f"beside {PREFIX} and what the name is of"
        )
    path = variables.get("conductor_awx_inventory_path")
    twice = [
        str(cluster.get("name"))
        for cluster in clusters
        if cluster.get("server_url") is not None or cluster.get("variables") is not None
    ]
    if path and twice:
        yield (
            f"the project's {path} declares the hosts, so that server_url and variables of {', '.join(twice)} belong "
            "there. With an empty conductor_awx_inventory_path they are declared here"
        )


def _credentials(variables: Mapping[str, Any], clusters: Any, credential_types: Mapping[str, Any]) -> Iterator[str]:
    shared = "conductor_awx_huggingface"
    if shared in variables:
        yield from _credential(shared, HUGGING_FACE, variables[shared], credential_types)
    for number, cluster in enumerate(clusters):
        if cluster.get("state") == "absent":
            continue
        for option, kind in (("credential", ORKES_CONDUCTOR), ("huggingface", HUGGING_FACE)):
            if option in cluster:
                yield from _credential(f"{CLUSTERS}[{number}].{option}", kind, cluster[option], credential_types)


def _credential(option: str, kind: str, values: Any, credential_types: Mapping[str, Any]) -> Iterator[str]:
    fields = {field["id"]: field for field in credential_types[kind]}
    if not isinstance(values, Mapping):
        yield f"{option} has to be a mapping with some of {', '.join(fields)}"
        return
    if not set(values) <= set(fields):
        yield f"{option} has a field that credentials of type {kind} do not have: theirs are {', '.join(fields)}"
    for name, field in fields.items():
        if name not in values:
            continue
        if field.get("type") == "boolean":
            if not isinstance(values[name], bool):
                yield f"{option}.{name} has to be true or false"
        elif not _is_text(values[name]):
            yield f"{option}.{name} has to be a text: put it in quotes"
    given = {name for name in fields if _is_text(values.get(name)) and str(values[name]).strip()}
    if not any(given.issuperset(needed) for needed in NEEDED[kind]):
        needed = ", or ".join(" and ".join(names) for names in NEEDED[kind])
        yield f"{option} lacks what jobs need: give {needed}. Leave {option} out for jobs without such a credential"


def _sliced(sliced: Any) -> Iterator[str]:
    if sliced is None:
        return
    options = ("slices", "vault_password", "vault_id")
    if not isinstance(sliced, Mapping):
        yield f"{SLICED} has to be a mapping with {', '.join(options)}"
        return
    if not set(sliced) <= set(options):
        yield f"{SLICED} has an option that there is not: there are {', '.join(options)}"
    slices = sliced.get("slices")
    if isinstance(slices, bool) or not re.fullmatch("0*[1-9][0-9]*", str(slices)):
        yield f"{SLICED}.slices has to be a whole number that is at least 1"
    if not _is_text(sliced.get("vault_password")) or not str(sliced["vault_password"]):
        yield f"{SLICED}.vault_password has to be a text that is not empty"
    if sliced.get("vault_id") is not None and not _is_text(sliced["vault_id"]):
        yield f"{SLICED}.vault_id has to be a text"


def _is_schedule(schedule: Any) -> bool:
    if not _is_text(schedule):
        return False
    starts = [part for part in str(schedule).split() if part.startswith("DTSTART")]
    rules = [part for part in str(schedule).split() if not part.startswith("DTSTART")]
    return (
        len(starts) == 1
        and bool(START.fullmatch(starts[0]))
        and any(rule.startswith("RRULE:") for rule in rules)
        and all(
            RULE.fullmatch(rule)
            and FREQUENCY.search(rule)
            and INTERVAL.search(rule)
            and not re.search("BYDAY=[0-9]", rule)
            and not ("COUNT=" in rule and "UNTIL=" in rule)
            and not re.search("COUNT=0*[1-9][0-9]{3}", rule)
            for rule in rules
        )
    )
