# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX says to the values of credentials, to answers of a survey, and to schedules (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml
from dateutil import rrule as recurrence

ENCRYPTED = "$encrypted$"

#: Credential types that are there from the start: kind and the ids of their fields, the secret ones marked.
MANAGED_TYPES: dict[str, tuple[str, dict[str, bool]]] = {
    "Machine": ("ssh", {"username": False, "password": True}),
    "Source Control": ("scm", {"username": False, "password": True, "ssh_key_data": True}),
    "Vault": ("vault", {"vault_password": True, "vault_id": False}),
    "Ansible Galaxy/Automation Hub API Token": ("galaxy", {"url": False, "auth_url": False, "token": True}),
    "Container Registry": ("registry", {"host": False, "username": False, "password": True}),
}


class Refused(Exception):
    """A request that AWX answers with an error."""

    def __init__(self, body: Any, status: int = 400) -> None:
        super().__init__(json.dumps(body))
        self.body = body
        self.status = status


def variables_of(text: Any, field: str) -> dict[str, Any]:
    """Return the variables that a text holds as JSON or YAML."""
    if isinstance(text, dict):
        return text
    try:
        found = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise Refused({field: [f"Cannot parse as JSON or YAML: {error}"]}) from error
    if not isinstance(found, dict):
        raise Refused({field: ["Variables have to be a mapping."]})
    return found


def check_inputs(fields: Iterable[Mapping[str, Any]], inputs: Any) -> None:
    """Refuse values that a credential may not have."""
    known = {field["id"]: field for field in fields}
    if not isinstance(inputs, dict):
        raise Refused({"inputs": ["Inputs have to be an object."]})
    unknown = sorted(set(inputs) - set(known))
    if unknown:
        raise Refused({"inputs": [f"Additional properties are not allowed ({', '.join(unknown)})"]})
    for name, value in inputs.items():
        field = known[name]
        if field.get("type", "string") == "boolean":
            if not isinstance(value, bool):
                raise Refused({"inputs": {name: [f"{value!r} is not of type 'boolean'"]}})
        elif not isinstance(value, str):
            raise Refused({"inputs": {name: [f"{value!r} is not of type 'string'"]}})
        elif field.get("choices") and value not in field["choices"]:
            raise Refused({"inputs": {name: [f"{value!r} is not one of {field['choices']}"]}})
        elif field.get("format") == "url" and value and not urlsplit(value).scheme:
            raise Refused({"inputs": {name: [f"{value!r} is not a URL"]}})


def survey_problems(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the answers to a survey, by variable."""
    problems = {}
    for question in spec.get("spec", []):
        name, kind = question["variable"], question["type"]
        if name not in answers:
            if question["required"]:
                problems[name] = f"'{name}' value missing"
            continue
        problem = _answer_problem(question, kind, answers[name])
        if problem:
            problems[name] = f"Value {answers[name]} for '{name}' {problem}"
    return problems


def _answer_problem(question: Mapping[str, Any], kind: str, value: Any) -> str | None:
    choices = question.get("choices") or []
    choices = choices.split("\n") if isinstance(choices, str) else choices
    if kind == "multiplechoice":
        return None if value in choices else f"expected to be one of {choices}."
    if kind == "multiselect":
        fits = isinstance(value, list) and all(entry in choices for entry in value)
        return None if fits else f"expected to be a list out of {choices}."
    if kind in ("text", "textarea", "password"):
        wanted: tuple[type, ...] = (str,)
    else:
        wanted = (int,) if kind == "integer" else (int, float)
    if not isinstance(value, wanted) or isinstance(value, bool):
        return "is of the wrong type."
    size = len(value) if isinstance(value, str) else value
    if question.get("min") not in ("", None) and size < question["min"]:
        return f"must be at least {question['min']}."
    if question.get("max") not in ("", None) and size > question["max"]:
        return f"must be no more than {question['max']}."
    return None


def check_schedule(text: Any) -> None:
    """Refuse a text that is no recurrence as AWX takes it."""
    if not isinstance(text, str) or not text:
        raise Refused({"rrule": ["This field may not be blank."]})
    starts = re.findall(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?", text)
    rules = re.findall(r"RULE:(\S*)", text)
    problems = []
    if len(starts) != 1:
        problems.append("Valid DTSTART required in rrule." if not starts else "Multiple DTSTART is not supported.")
    if re.search(r"DTSTART:[0-9]+T[0-9]+(\s|$)", text):
        problems.append("DTSTART cannot be a naive datetime.")
    if not rules:
        problems.append("One or more rule required in rrule.")
    if re.search(r"(EXDATE|RDATE)[:;]", text, re.IGNORECASE):
        problems.append("EXDATE and RDATE are not allowed in rrule.")
    for rule in rules:
        count = re.search(r"COUNT=([0-9]+)", rule)
        if "INTERVAL" not in rule.upper():
            problems.append("INTERVAL required in rrule.")
        if "SECONDLY" in rule.upper():
            problems.append("SECONDLY is not supported.")
        if re.search(r"BYDAY[:=][0-9]+[a-zA-Z]{2}", rule):
            problems.append("BYDAY with numeric prefix not supported.")
        if count and "UNTIL" in rule:
            problems.append("RRULE may not contain both COUNT and UNTIL.")
        if count and int(count.group(1)) > 999:
            problems.append("COUNT > 999 is unsupported.")
    if not problems:
        try:
            recurrence.rrulestr(re.sub(r"\s+", "\n", text.strip()))
        except (ValueError, TypeError) as error:
            problems.append(f"rrule parsing failed validation: {error}")
    if problems:
        raise Refused({"rrule": problems})
