# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped credential types and surveys: AWX takes them, and modules, role and plays read what they bring."""

from __future__ import annotations

import re

import pytest
import yaml
from argument_specifications import MODULES, ROOT, fallen_back, specification_of, variables_of, with_fallbacks
from awx_layout import injected
from awx_rules import credential_type_problems, credential_type_traps, survey_problems, survey_traps

AWX = ROOT / "extensions" / "awx"
TYPES = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((AWX / "credential_types").glob("*.yml"))}
SURVEYS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((AWX / "surveys").glob("*.yml"))}
SPECIFICATIONS = yaml.safe_load((ROOT / "roles/hf_setup/meta/argument_specs.yml").read_text())["argument_specs"]

#: What a survey is for: its play, and the entry point of the role that the play uses.
PLAYS = {
    "plan": ("site", "main"),
    "apply": ("site", "main"),
    "audit": ("audit", "audit"),
    "teardown": ("teardown", "main"),
}
#: Variables of a play that are none of the role.
OF_PLAYS = {"hf_setup_confirm_teardown": {"type": "bool"}}

#: What the questions of each type are for; AWX has none for booleans.
QUESTIONS = {
    "text": ("str",),
    "textarea": ("str",),
    "integer": ("int", "float"),
    "float": ("float",),
    "multiplechoice": ("str", "bool"),
    "multiselect": ("list",),
}
YES_OR_NO = ["yes", "no"]

#: What differs from cluster to cluster, or is a secret: an answer would hold for every host of a job.
OF_A_CLUSTER = re.compile(r"_(url|key|secret|token|certs|path|cert|profile|org|integrations|groups|applications)$")

FALLBACKS = {(module, name): option for module in MODULES for name, option in with_fallbacks(specification_of(module))}
VARIABLES = {variable for option in FALLBACKS.values() for variable in variables_of(option)}
EMPTY = ("", " ", "\n")
#: Values that YAML would make something else of.
TEXTS = ("00123", "on", "null", "12345678", "1e5", "~", "yes", "0x1F", "2026-11-26", "[a]", "{b: c}")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    """No variable of the developer's own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


# Credential types


def test_both_are_there():
    assert {name: data["name"] for name, data in TYPES.items()} == {
        "orkes_conductor": "Orkes Conductor",
        "hugging_face": "Hugging Face",
    }


@pytest.mark.parametrize("name", TYPES)
def test_awx_takes_the_credential_type(name):
    data = TYPES[name]
    assert list(data) == ["name", "description", "kind", "inputs", "injectors"]
    assert data["kind"] == "cloud"
    assert credential_type_problems(data) == []
    assert credential_type_traps(data) == []


@pytest.mark.parametrize("name", TYPES)
def test_only_environment_variables_that_modules_read_are_injected(name):
    assert list(TYPES[name]["injectors"]) == ["env"]
    assert set(TYPES[name]["injectors"]["env"]) - VARIABLES == set()


@pytest.mark.parametrize("name", TYPES)
def test_what_no_log_hides_is_secret(name):
    secret = {field["id"] for field in TYPES[name]["inputs"]["fields"] if field.get("secret")}
    for variable, template in TYPES[name]["injectors"]["env"].items():
        hidden = {bool(option.get("no_log")) for option in FALLBACKS.values() if variable in variables_of(option)}
        assert hidden == {template.strip("{} ") in secret}, variable


@pytest.mark.parametrize("name", TYPES)
def test_certificates_are_checked_unless_a_boolean_that_is_false_by_default_says_otherwise(name, monkeypatch):
    fields = TYPES[name]["inputs"]["fields"]
    assert [(field["id"], field["default"]) for field in fields if field.get("type") == "boolean"] == [
        ("skip_tls_verify", False)
    ]
    checked = [option for (_module, place), option in FALLBACKS.items() if place == "validate_certs"]
    for values, expected in (({}, True), ({"skip_tls_verify": False}, True), ({"skip_tls_verify": True}, False)):
        for variable, value in injected(TYPES[name], values).items():
            monkeypatch.setenv(variable, value)
        own = [option for option in checked if set(variables_of(option)) & set(TYPES[name]["injectors"]["env"])]
        assert own and {fallen_back("validate_certs", option) for option in own} == {expected}


# Environment variables


def test_every_module_has_fallbacks():
    assert {module for module, _name in FALLBACKS} == set(MODULES)


@pytest.mark.parametrize("value", EMPTY)
def test_an_empty_variable_counts_as_none(value, monkeypatch):
    unset = {place: fallen_back(place[1], option) for place, option in FALLBACKS.items()}
    for name in VARIABLES:
        monkeypatch.setenv(name, value)
    assert {place: fallen_back(place[1], option) for place, option in FALLBACKS.items()} == unset


def test_a_second_variable_is_used_where_the_first_is_empty(monkeypatch):
    several = {place: option for place, option in FALLBACKS.items() if len(variables_of(option)) > 1}
    assert several
    for (_module, name), option in several.items():
        first, *_others, last = variables_of(option)
        monkeypatch.setenv(first, "")
        monkeypatch.setenv(last, "value")
        assert fallen_back(name, option) == "value"


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text(text, monkeypatch):
    for name in VARIABLES:
        monkeypatch.setenv(name, text)
    found = {place: fallen_back(place[1], option) for place, option in FALLBACKS.items() if option.get("type") == "str"}
    assert found and set(found.values()) == {text}


def test_a_boolean_that_is_none_leaves_certificates_checked(monkeypatch):
    for text in TEXTS:
        for name in VARIABLES:
            monkeypatch.setenv(name, text)
        options = [(place[1], option) for place, option in FALLBACKS.items() if place[1] == "validate_certs"]
        assert options
        for option in options:
            if text in ("on", "yes"):
                assert fallen_back(*option) is False
            else:
                with pytest.raises(AssertionError, match=rf"not \w+_TLS_INSECURE={re.escape(text)}"):
                    fallen_back(*option)


# Surveys


def test_there_is_a_survey_for_each_play():
    assert set(SURVEYS) == set(PLAYS)


def questions():
    return [(name, question["variable"]) for name, survey in SURVEYS.items() for question in survey["spec"]]


def question_of(name, variable):
    return next(question for question in SURVEYS[name]["spec"] if question["variable"] == variable)


def option_of(name, variable):
    """The option of the role, or of the play, that a question is about."""
    entry_points = {"main", PLAYS[name][1]}
    found = [
        SPECIFICATIONS[entry]["options"][variable]
        for entry in entry_points
        if variable in SPECIFICATIONS[entry]["options"]
    ]
    return found[0] if found else OF_PLAYS[variable]


@pytest.mark.parametrize("name", SURVEYS)
def test_awx_takes_the_survey(name):
    assert list(SURVEYS[name]) == ["name", "description", "spec"]
    assert survey_problems(SURVEYS[name]) == []
    assert survey_traps(SURVEYS[name]) == []


@pytest.mark.parametrize(("name", "variable"), questions())
def test_a_question_is_as_the_option(name, variable):
    question, option = question_of(name, variable), option_of(name, variable)
    assert option.get("type", "str") in QUESTIONS[question["type"]]
    if option.get("type") == "bool":
        assert question["choices"] == YES_OR_NO
    else:
        assert question.get("choices") == option.get("choices")
    assert not option.get("no_log")
    assert option.get("choices") or not OF_A_CLUSTER.search(variable)


@pytest.mark.parametrize(("name", "variable"), questions())
def test_an_answer_may_be_left_out_where_the_inventory_can_say_it(name, variable):
    """A default of a survey would beat what the inventory says for each cluster."""
    question = question_of(name, variable)
    assert "default" not in question
    assert question["required"] == (variable in OF_PLAYS)


def read_by(playbook, entry):
    """Everything that a play reads: its own text, the role's task files that it leads to, and the role's variables."""
    texts = [(ROOT / "playbooks" / f"{playbook}.yml").read_text(), (ROOT / "roles/hf_setup/vars/main.yml").read_text()]
    # Which of these is included, a template says.
    tasks, seen = [entry, "present", "absent", "present_core", "absent_core", "plan_core"], set()
    while tasks:
        name = tasks.pop()
        if name not in seen:
            seen.add(name)
            text = (ROOT / "roles" / "hf_setup" / "tasks" / f"{name}.yml").read_text()
            texts.append(text)
            tasks += re.findall(r"(?:import_tasks|include_tasks|file): (\w+)\.yml", text)
    # Comments and messages name variables, and read none.
    return re.sub(r"#.*|_msg: (?:>-\n(?: {8,}.*\n)+|.*\n)", "", "\n".join(texts))


@pytest.mark.parametrize(("name", "variable"), questions())
def test_an_answer_is_read_by_the_play(name, variable):
    assert re.search(rf"\b{variable}\b", read_by(*PLAYS[name]))


def test_what_nobody_reads_is_noticed():
    assert not re.search(r"\bhf_setup_smoke_test_wake\b", read_by("audit", "audit"))
    assert not re.search(r"\bhf_setup_audit_fail_on_drift\b", read_by("site", "main"))


def test_texts_that_are_asked_for_may_be_numbers():
    """ansible-core 2.19 and newer makes a number of an answer such as 10."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._retyped import NUMBERS_ALLOWED

    texts = [variable for name, variable in questions() if question_of(name, variable)["type"] == "text"]
    assert texts and set(texts) <= NUMBERS_ALLOWED
