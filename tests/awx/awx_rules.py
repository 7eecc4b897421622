# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX demands of credential types and surveys, and what it takes although it goes wrong later.

By itself it checks files: ``python awx_rules.py extensions/awx/*/*.yml``. It takes jinja2, jsonschema and PyYAML.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jsonschema import Draft7Validator

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ENCRYPTED = "$encrypted$"

#: Environment variables that AWX sets itself, and lets no credential set.
OWN_VARIABLES = frozenset(
    {
        "AD_HOC_COMMAND_ID",
        "AWX_HOST",
        "CACHE",
        "CALLBACK_CONNECTION",
        "CALLBACK_QUEUE",
        "INVENTORY_HOSTVARS",
        "INVENTORY_ID",
        "INVENTORY_SOURCE_ID",
        "INVENTORY_UPDATE_ID",
        "JOB_CALLBACK_DEBUG",
        "JOB_ID",
        "MAX_EVENT_RES",
        "PATH",
        "PROJECT_REVISION",
        "PYTHONPATH",
        "REST_API_TOKEN",
        "REST_API_URL",
        "SUPERVISOR_CONFIG_PATH",
        "VIRTUAL_ENV",
    }
)

#: Begin the names of variables that every job gets from AWX.
RESERVED_PREFIXES = ("awx_", "tower_")

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
KINDS = ["cloud", "net"]

CREDENTIAL_TYPE = {
    "type": "object",
    "required": ["name", "kind"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "description": TEXT,
        "kind": {"enum": KINDS},
        "inputs": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "required": {"type": "array", "items": TEXT},
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["id", "label"],
                        "additionalProperties": False,
                        "properties": {
                            "id": {"type": "string", "pattern": f"^{NAME.pattern}$"},
                            "label": TEXT,
                            "type": {"enum": ["string", "boolean"]},
                            "format": {"enum": ["ssh_private_key", "url"]},
                            "choices": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
                            "help_text": TEXT,
                            "multiline": FLAG,
                            "secret": FLAG,
                            "ask_at_runtime": FLAG,
                            "default": {},
                        },
                    },
                },
            },
        },
        "injectors": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "env": {
                    "type": "object",
                    "additionalProperties": False,
                    "patternProperties": {f"^{NAME.pattern}$": {"type": "string", "pattern": "^[\\x00-\\x7F]*$"}},
                },
                "extra_vars": {"type": "object", "additionalProperties": {"$ref": "#/definitions/texts"}},
                "file": {
                    "type": "object",
                    "additionalProperties": False,
                    "patternProperties": {rf"^template(\.{NAME.pattern})?$": TEXT},
                },
            },
        },
    },
    "definitions": {
        "texts": {
            "anyOf": [
                TEXT,
                {"type": "array", "items": {"$ref": "#/definitions/texts"}},
                {"type": "object", "additionalProperties": {"$ref": "#/definitions/texts"}},
            ]
        }
    },
}

#: The types of questions, and of what a default has to be.
QUESTIONS: dict[str, type] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}
WITH_CHOICES = ("multiplechoice", "multiselect")

SURVEY = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "spec": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["question_name", "type", "variable", "required"],
                "properties": {
                    "question_name": TEXT,
                    "type": {"enum": list(QUESTIONS)},
                    "variable": TEXT,
                    "required": FLAG,
                    "min": {"type": ["integer", "null"]},
                    "max": {"type": ["integer", "null"]},
                },
            },
        },
    },
}


def _shape_problems(schema: Mapping[str, Any], data: Any) -> list[str]:
    """Return what is wrong with the shape of some data."""
    problems = []
    for error in Draft7Validator(schema).iter_errors(data):
        place = ".".join(str(part) for part in error.absolute_path)
        problems.append(f"{place}: {error.message}" if place else error.message)
    return problems


# Credential types


def credential_type_problems(data: Any) -> list[str]:
    """Return why AWX refuses a credential type, nothing if it takes it."""
    problems = _shape_problems(CREDENTIAL_TYPE, data)
    if problems:
        return problems
    fields = data.get("inputs", {}).get("fields", [])
    identities = [field["id"] for field in fields]
    problems += [f"inputs: the id {name} is there twice" for name in _repeated(identities)]
    for field in fields:
        problems += [f"inputs, field {field['id']}: {problem}" for problem in _field_problems(field)]
    injectors = data.get("injectors", {})
    for name in injectors.get("env", {}):
        if name.startswith("ANSIBLE_") or name in OWN_VARIABLES:
            problems.append(f"injectors: no credential may set the environment variable {name}")
    files = list(injectors.get("file", {}))
    if "template" in files and len(files) > 1:
        problems.append("injectors: give either one file as template, or several as template.NAME")
    return problems + _template_problems(injectors, identities)


def _repeated(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return [name for name in dict.fromkeys(listed) if listed.count(name) > 1]


def _field_problems(field: Mapping[str, Any]) -> Iterator[str]:
    if field["id"] == "tower":
        yield "the id tower is AWX's own"
    kind = field.get("type", "string")
    if "default" in field and not isinstance(field["default"], bool if kind == "boolean" else str):
        yield f"its default is no {kind}"
    if kind != "string":
        for key in ("choices", "format", "multiline", "secret"):
            if key in field:
                yield f"{key} goes with texts alone"


class _Place:
    """Stands for ``tower``, and for ``tower.filename`` where several files have names: neither is a text itself."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)

    def __str__(self) -> str:
        """Refuse to be a text."""
        raise UndefinedError("tower and a file without a name are no texts")


def _template_problems(injectors: Mapping[str, Any], identities: Iterable[str]) -> list[str]:
    """Return which templates cannot be rendered with the ids of the fields."""
    files = injectors.get("file", {})
    named = {name.partition(".")[2]: "a file" for name in files if "." in name}
    known = {
        **dict.fromkeys(identities, "a value"),
        "tower": _Place(filename="a file" if "template" in files else _Place(**named)),
    }
    rendering = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    problems = []
    for place, template in _templates(injectors):
        try:
            rendering.from_string(template).render(known)
        except SecurityError as error:
            problems.append(f"injectors, {place}: not allowed in a template: {error}")
        except TemplateError as error:
            problems.append(f"injectors, {place}: {error}")
    return problems


def _templates(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Give every template, and where it stands; names of extra variables are templates too."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{place}.{key}" if place else str(key)
            if place.startswith("extra_vars"):
                yield where, str(key)
            yield from _templates(inner, where)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _templates(inner, f"{place}.{number}")


def credential_type_traps(data: Mapping[str, Any]) -> list[str]:
    """Return what AWX takes in a credential type, although it goes wrong when a job runs."""
    inputs, injectors = data.get("inputs", {}), data.get("injectors", {})
    fields = {field["id"]: field for field in inputs.get("fields", [])}
    traps = [
        f"inputs: {name} is required, and no field has this id: AWX ignores it"
        for name in inputs.get("required", [])
        if name not in fields
    ]
    traps += [
        f"inputs, field {name}: a boolean that is not filled in arrives as false, so it has to be false by default"
        for name, field in fields.items()
        if field.get("type") == "boolean" and field.get("default") is not False
    ]
    traps += [
        f"injectors: the extra variable {name} gets another type on its way to ansible-core 2.19, and an answer of a "
        "survey beats it: use env"
        for name in injectors.get("extra_vars", {})
    ]
    used = " ".join(template for _place, template in _templates(injectors))
    return traps + [
        f"inputs, field {name}: no injector uses it"
        for name in fields
        if not re.search(rf"\b{re.escape(name)}\b", used)
    ]


# Surveys


def survey_problems(data: Any) -> list[str]:
    """Return why AWX refuses a survey, nothing if it takes it."""
    problems = _shape_problems(SURVEY, data)
    if problems:
        return problems
    problems += [
        f"the variable {name} is asked for twice" for name in _repeated(one["variable"] for one in data["spec"])
    ]
    for question in data["spec"]:
        problems += [f"{question['variable']}: {problem}" for problem in _question_problems(question)]
    return problems


def _question_problems(question: Mapping[str, Any]) -> Iterator[str]:
    kind, default = question["type"], question.get("default", "")
    if default != "" and not isinstance(default, QUESTIONS[kind]):
        yield f"its default is no {QUESTIONS[kind].__name__}"
        return
    if isinstance(default, str) and default.startswith(ENCRYPTED):
        yield f"{ENCRYPTED} is AWX's own and no default"
    if kind not in WITH_CHOICES:
        return
    if "choices" not in question:
        yield "it has no choices"
        return
    chosen = [line for line in default.splitlines() if line.strip()]
    if kind == "multiplechoice" and len(chosen) > 1:
        yield "one choice can be the default, and it names several"
    # As AWX does it: within a text of choices any part of one passes. See survey_traps.
    yield from (f"its default {choice} is no choice" for choice in chosen if choice not in question["choices"])


def survey_traps(data: Mapping[str, Any]) -> list[str]:
    """Return what AWX takes in a survey, although it goes wrong when a job runs."""
    return [f"{question['variable']}: {trap}" for question in data["spec"] for trap in _question_traps(question)]


def _question_traps(question: Mapping[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(question["variable"]):
        yield "it is no name of a variable"
    if question["variable"].startswith(RESERVED_PREFIXES):
        yield "every job gets variables of this prefix from AWX"
    if question["type"] == "password":
        yield "an answer is an extra variable, in clear for the playbook: a secret belongs into a credential"
    if question["type"] in WITH_CHOICES:
        choices = question["choices"]
        if not isinstance(choices, list):
            yield "choices in one text are compared part by part: give a list"
        elif not choices or not all(isinstance(choice, str) and choice for choice in choices):
            yield "choices have to be texts that are not empty, and at least one: put yes and no in quotes"
        elif _repeated(choices):
            yield f"{', '.join(_repeated(choices))} can be chosen twice"
    elif question["type"] == "text" and question.get("default") == "":
        yield "an empty default reaches the play as an empty text: leave the default out"


# Files

CHECKS = {
    "credential_types": (credential_type_problems, credential_type_traps),
    "surveys": (survey_problems, survey_traps),
}


def file_problems(path: Path) -> list[str]:
    """Return what is wrong with a file, by the folder that it is in."""
    problems, traps = CHECKS[path.parent.name]
    data = yaml.safe_load(path.read_text())
    return problems(data) or traps(data)


def main(words: list[str]) -> int:
    """Check the files that are named."""
    files = [Path(word).resolve() for word in words]
    unknown = [path for path in files if path.parent.name not in CHECKS]
    found = [f"{path}: {problem}" for path in files if path not in unknown for problem in file_problems(path)]
    found += [f"{path}: it is in none of the folders {', '.join(CHECKS)}" for path in unknown]
    print("\n".join(found) or f"{len(files)} files are in order")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
