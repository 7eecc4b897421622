# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of AWX, and each trap that it does not see, is shown to speak by something that breaks it."""

from __future__ import annotations

import copy
import subprocess
import sys

import awx_rules
import pytest
import yaml
from awx_rules import credential_type_problems, credential_type_traps, survey_problems, survey_traps

TYPE = {
    "name": "Cluster",
    "description": "",
    "kind": "cloud",
    "inputs": {
        "fields": [
            {"id": "url", "label": "URL", "type": "string", "format": "url", "help_text": "Where it is"},
            {"id": "secret", "label": "Secret", "secret": True, "multiline": True},
            {"id": "level", "label": "Level", "choices": ["low", "high"], "default": "low"},
            {"id": "insecure", "label": "Insecure", "type": "boolean", "default": False},
        ],
        "required": ["secret"],
    },
    "injectors": {
        "env": {
            "CLUSTER_URL": "{{ url }}",
            "CLUSTER_INSECURE": "{{ insecure | lower }}",
            "CLUSTER_LEVEL": "{{ level }}",
        },
        "file": {"template": "{{ secret }}"},
    },
}

FIELD = {"id": "url", "label": "URL"}


def changed(data, *path, **values):
    """A copy in which something is different; a value of ... takes it away."""
    whole = copy.deepcopy(data)
    place = whole
    for part in path:
        place = place[part]
    for name, value in values.items():
        if value is ...:
            del place[name]
        else:
            place[name] = value
    return whole


def one_field(**values):
    """A type with one field alone."""
    return {**TYPE, "inputs": {"fields": [{**FIELD, **values}]}, "injectors": {}}


def injecting(**injectors):
    return {**TYPE, "injectors": injectors}


REFUSED_TYPES = {
    "no name": (changed(TYPE, name=...), "'name' is a required property"),
    "an empty name": (changed(TYPE, name=""), "name"),
    "a kind of AWX's own": (changed(TYPE, kind="ssh"), "kind: 'ssh' is not one of"),
    "another key": (changed(TYPE, organization=1), "'organization' was unexpected"),
    "inputs that are a list": (changed(TYPE, inputs=[]), "inputs"),
    "another key of inputs": (changed(TYPE, "inputs", metadata=[]), "'metadata' was unexpected"),
    "dependencies": (changed(TYPE, "inputs", dependencies={}), "'dependencies' was unexpected"),
    "required as a text": (changed(TYPE, "inputs", required="secret"), "inputs.required"),
    "fields that are no list": (changed(TYPE, "inputs", fields={}), "inputs.fields"),
    "a field without an id": ({**TYPE, "inputs": {"fields": [{"label": "x"}]}}, "'id' is a required property"),
    "a field without a label": ({**TYPE, "inputs": {"fields": [{"id": "x"}]}}, "'label' is a required property"),
    "another key of a field": (one_field(placeholder="x"), "'placeholder' was unexpected"),
    "an id with a hyphen": (one_field(id="a-b"), "'a-b' does not match"),
    "an id that begins with a digit": (one_field(id="1st"), "'1st' does not match"),
    "an id of AWX's own": (one_field(id="tower"), "the id tower is AWX's own"),
    "an id twice": ({**TYPE, "inputs": {"fields": [FIELD, FIELD]}, "injectors": {}}, "the id url is there twice"),
    "another type": (one_field(type="integer"), "'integer' is not one of"),
    "another format": (one_field(format="email"), "'email' is not one of"),
    "no choices": (one_field(choices=[]), "choices"),
    "choices twice": (one_field(choices=["a", "a"]), "choices"),
    "choices that are no texts": (one_field(choices=[True]), "choices.0"),
    "secret as a text": (one_field(secret="yes"), "secret"),
    "a default of another type": (one_field(default=True), "its default is no string"),
    "a text as the default of a boolean": (one_field(type="boolean", default="false"), "its default is no boolean"),
    **{
        f"{key} of a boolean": (one_field(type="boolean", **{key: value}), f"{key} goes with texts alone")
        for key, value in {"secret": True, "multiline": True, "format": "url", "choices": ["a"]}.items()
    },
    "another injector": (injecting(environment={}), "'environment' was unexpected"),
    "a variable with a hyphen": (injecting(env={"A-B": ""}), "'A-B'"),
    "a value that is no text": (injecting(env={"A": True}), "injectors.env.A"),
    "a value beyond ASCII": (injecting(env={"A": "é"}), "injectors.env.A"),
    "a setting of Ansible": (injecting(env={"ANSIBLE_CONFIG": "x"}), "ANSIBLE_CONFIG"),
    **{name: (injecting(env={name: "x"}), f"variable {name}") for name in sorted(awx_rules.OWN_VARIABLES)},
    "a number as an extra variable": (injecting(extra_vars={"a": 5}), "injectors.extra_vars.a"),
    "a boolean within an extra variable": (injecting(extra_vars={"a": {"b": [True]}}), "injectors.extra_vars.a"),
    "an unknown file": (injecting(file={"content": "x"}), "'content'"),
    "two ways to name files": (injecting(file={"template": "x", "template.a": "y"}), "either one file"),
    "a misspelt id": (injecting(env={"A": "{{ urll }}"}), "'urll' is undefined"),
    "a misspelt id deep in an extra variable": (injecting(extra_vars={"a": ["{{ urll }}"]}), "'urll' is undefined"),
    "a misspelt id in a name": (injecting(extra_vars={"{{ urll }}": "x"}), "'urll' is undefined"),
    "a file that is not there": (injecting(env={"A": "{{ tower.filename }}"}), "no texts"),
    "a named file that is not there": (
        injecting(env={"A": "{{ tower.filename.b }}"}, file={"template.a": "x"}),
        "no attribute 'b'",
    ),
    "a file without its name": (injecting(env={"A": "{{ tower.filename }}"}, file={"template.a": "x"}), "no texts"),
    "tower itself": (injecting(env={"A": "{{ tower }}"}), "no texts"),
    "what the sandbox does not allow": (injecting(env={"A": "{{ url.__class__.__mro__ }}"}), "not allowed"),
    "a template that does not end": (injecting(env={"A": "{{ url"}), "injectors, env.A"),
}

TAKEN_TYPES = {
    "the type": TYPE,
    "a network type without anything": {"name": "Net", "kind": "net"},
    "several files": injecting(env={"A": "{{ tower.filename.a }}"}, file={"template.a": "x", "template.b": "y"}),
    "one file": injecting(env={"A": "{{ tower.filename }}"}, file={"template": "{{ secret }}"}),
    "nested extra variables": injecting(extra_vars={"{{ level }}": {"b": ["{{ url }}", {"c": "x"}]}}),
}

TYPE_TRAPS = {
    "a required id that no field has": (changed(TYPE, "inputs", required=["other"]), "no field has this id"),
    "a boolean that should be true": (changed(TYPE, "inputs", "fields", 3, default=True), "false by default"),
    "a boolean without a default": (changed(TYPE, "inputs", "fields", 3, default=...), "false by default"),
    "an extra variable": (changed(TYPE, "injectors", extra_vars={"level": "{{ level }}"}), "use env"),
    "a field for nothing": (changed(TYPE, "injectors", "env", CLUSTER_LEVEL=...), "field level: no injector uses it"),
}


@pytest.mark.parametrize("case", REFUSED_TYPES)
def test_a_credential_type_is_refused(case):
    data, text = REFUSED_TYPES[case]
    assert text in "\n".join(credential_type_problems(data))


@pytest.mark.parametrize("case", TAKEN_TYPES)
def test_a_credential_type_is_taken(case):
    assert credential_type_problems(TAKEN_TYPES[case]) == []


@pytest.mark.parametrize("case", TYPE_TRAPS)
def test_a_trap_of_a_credential_type(case):
    data, text = TYPE_TRAPS[case]
    assert credential_type_problems(data) == [], "AWX takes it"
    (trap,) = credential_type_traps(data)
    assert text in trap


def test_a_credential_type_without_traps():
    assert credential_type_traps(TYPE) == []


# Surveys

QUESTION = {
    "question_name": "How much?",
    "type": "integer",
    "variable": "much",
    "required": False,
    "min": 0,
    "max": None,
}
CHOICE = {
    "question_name": "Which?",
    "type": "multiplechoice",
    "variable": "which",
    "required": True,
    "choices": ["a", "b"],
}
SURVEY = {"name": "", "description": "", "spec": [QUESTION, CHOICE]}


def asking(base=None, **values):
    """A survey with one question alone."""
    question = {**(base or QUESTION), **values}
    return {**SURVEY, "spec": [{name: value for name, value in question.items() if value is not ...}]}


REFUSED_SURVEYS = {
    "no name": (changed(SURVEY, name=...), "'name' is a required property"),
    "no description": (changed(SURVEY, description=...), "'description' is a required property"),
    "a name that is no text": (changed(SURVEY, name=5), "name"),
    "no questions": (changed(SURVEY, spec=...), "'spec' is a required property"),
    "an empty list of questions": (changed(SURVEY, spec=[]), "spec"),
    "questions that are no list": (changed(SURVEY, spec={}), "spec"),
    "a question that is a text": (changed(SURVEY, spec=["Which?"]), "spec.0"),
    **{
        f"a question without {key}": (asking(**{key: ...}), f"'{key}' is a required property")
        for key in ("question_name", "type", "variable", "required")
    },
    "a variable that is no text": (asking(variable=5), "spec.0.variable"),
    "required as a text": (asking(required="no"), "spec.0.required"),
    "another type": (asking(type="boolean"), "'boolean' is not one of"),
    "a variable twice": (changed(SURVEY, spec=[QUESTION, QUESTION]), "much is asked for twice"),
    "a number as a text": (asking(default="5"), "its default is no int"),
    "a whole number as a fraction": (asking(type="float", default=5), "its default is no float"),
    "a number for a text": (asking(type="text", default=5), "its default is no str"),
    "a list as the default": (asking(CHOICE, type="multiselect", default=["a"]), "its default is no str"),
    "a text as the least": (asking(min="0"), "spec.0.min"),
    "a text as the most": (asking(max="5"), "spec.0.max"),
    "no choices": (asking(CHOICE, choices=...), "it has no choices"),
    "no choices of several": (asking(CHOICE, type="multiselect", choices=...), "it has no choices"),
    "a default that is no choice": (asking(CHOICE, default="c"), "its default c is no choice"),
    "one default of several that is no choice": (asking(CHOICE, type="multiselect", default="a\nc"), "c is no choice"),
    "two defaults of one choice": (asking(CHOICE, default="a\nb"), "names several"),
    "a reserved default": (asking(type="text", default="$encrypted$"), "AWX's own"),
}

TAKEN_SURVEYS = {
    "the survey": SURVEY,
    "defaults": {
        **SURVEY,
        "spec": [{**QUESTION, "default": 5}, {**CHOICE, "type": "multiselect", "default": "a\nb"}],
    },
    "a fraction": asking(type="float", default=0.5),
    "an empty default": asking(default=""),
    "further keys": asking(new_question=True),
}

SURVEY_TRAPS = {
    "no name of a variable": (asking(variable="my var"), "no name of a variable"),
    "a variable of AWX": (asking(variable="awx_limit"), "of this prefix"),
    "a variable of Tower": (asking(variable="tower_limit"), "of this prefix"),
    "a password": (asking(type="password"), "belongs into a credential"),
    "choices in a text": (asking(CHOICE, choices="aa\nbb", default="a"), "give a list"),
    "choices that YAML has changed": (asking(CHOICE, choices=[True, False]), "put yes and no in quotes"),
    "no choice at all": (asking(CHOICE, choices=[]), "at least one"),
    "a choice twice": (asking(CHOICE, choices=["a", "a"]), "a can be chosen twice"),
    "an empty default of a text": (asking(type="text", default=""), "leave the default out"),
}


@pytest.mark.parametrize("case", REFUSED_SURVEYS)
def test_a_survey_is_refused(case):
    data, text = REFUSED_SURVEYS[case]
    assert text in "\n".join(survey_problems(data))


@pytest.mark.parametrize("case", TAKEN_SURVEYS)
def test_a_survey_is_taken(case):
    assert survey_problems(TAKEN_SURVEYS[case]) == []


@pytest.mark.parametrize("case", SURVEY_TRAPS)
def test_a_trap_of_a_survey(case):
    data, text = SURVEY_TRAPS[case]
    assert survey_problems(data) == [], "AWX takes it"
    (trap,) = survey_traps(data)
    assert text in trap


def test_a_survey_without_traps():
    assert survey_traps(SURVEY) == []


def test_the_command_line(tmp_path):
    for folder, data in (("credential_types", TYPE), ("surveys", SURVEY), ("surveys", asking(required="no"))):
        (tmp_path / folder).mkdir(exist_ok=True)
        number = len(list((tmp_path / folder).iterdir()))
        (tmp_path / folder / f"{number}.yml").write_text(yaml.safe_dump(data))

    def check(*names):
        command = [sys.executable, awx_rules.__file__, *names]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    good = check("credential_types/0.yml", "surveys/0.yml")
    assert (good.returncode, good.stdout) == (0, "2 files are in order\n")
    bad = check("surveys/0.yml", "surveys/1.yml")
    assert bad.returncode == 1
    assert "1.yml: spec.0.required: 'no' is not of type 'boolean'" in bad.stdout
    elsewhere = check("1.yml")
    assert elsewhere.returncode == 1 and "none of the folders" in elsewhere.stdout
    assert check().returncode == 1
