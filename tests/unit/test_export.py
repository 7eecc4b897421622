# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that describe a cluster: what stands in them, and that Ansible finds nothing to evaluate in them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from hypothesis import given, settings
from hypothesis import strategies as some

from ansible_collections.orkes.conductor.plugins.filter.hf_setup_export import hf_setup_export
from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import Estate
from ansible_collections.orkes.conductor.plugins.plugin_utils._export import permissions_for
from ansible_collections.orkes.conductor.plugins.plugin_utils._inventory_text import (
    Mapping,
    can_be_written,
    document,
)

EVIL = "{{ lookup('pipe', 'id') }}"


class Unsafe(str):
    """A text with the tag !unsafe."""


class Loader(yaml.SafeLoader):
    """Tells the texts that Ansible may evaluate from those that it may not."""


Loader.add_constructor("!unsafe", lambda loader, node: Unsafe(loader.construct_scalar(node)))


def texts(value: Any) -> list[str]:
    """All texts in a value, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for inner in pair for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []


def written(value: Any) -> str:
    variables = Mapping()
    variables.remark("{{ 1 }}\nevil: true")
    variables.add("variable", value)
    return document(variables)


#: Characters that mean something to YAML or to a template.
TEXT = some.text() | some.text(
    some.sampled_from("{}%#!&*~<>=0123noyeul-+.:_ \t\n\r\"'\\?|[],@`\0\x85\u2028$"), max_size=9
)
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: some.lists(inner) | some.dictionaries(TEXT, inner),
)


@settings(deadline=None, max_examples=150)
@given(ANYTHING.filter(can_be_written))
def test_whatever_a_server_says_is_read_back_and_never_evaluated(value):
    text = written(value)
    found = yaml.load(text, Loader)
    assert found == DataLoader().load(text) == {"variable": value}
    for one in texts(found["variable"]):
        assert isinstance(one, Unsafe) or not set(one) & set("{}%#"), one


@pytest.mark.parametrize(
    "value",
    ["no", "0123", "null", "~", "y", "1e3", "1_000", "2026-01-01", "0x1f", "1:30", "=", "<<", "true", "", " a ", "- a",
     "!unsafe a", "%a", "@a", "&a", "*a", "!", "&", "*", "-", "?", "|", ">", "`a`", "a: b", "a #b", "multi\nline\n",
     "\ttab", "quote\" and 'quote'", "\\x41", "\x85\u2028\u2029\ufeff", "\U0001f917 ümläut", "\0", EVIL, "{# x #}",
     "{% raw %}", "#jinja2: variable_start_string: '[['", "k" * 3000, EVIL * 100, ["a, b", "]"], 1e16, 1e-7, -0.5,
     10**30, {"no": {"0123": [{}, [], {"a": []}]}}, {EVIL * 100: {EVIL: [EVIL, {EVIL: 1}]}}, [[["a"], {"b": [1]}]],
     [{"a": 1, "b": {"c": 2}}], "0\n", {"no\n": "null\n"}, "2026-01-01\t10:00:00", "$ANSIBLE_VAULT;1.1;AES256\n61"],
)  # fmt: skip
def test_special_values_are_read_back_by_ansible_itself(value):
    assert DataLoader().load(written(value)) == {"variable": value}
    assert yaml.load(written(value), Loader) == {"variable": value}
    assert can_be_written(value)


@pytest.mark.parametrize("value", ["\ud800", ["\udfff"], {"\ud83d": 1}, float("nan"), {"a": float("inf")}])
def test_what_no_file_carries_is_known(value):
    assert not can_be_written(value)


def test_numbers_and_texts_stay_what_they_are():
    lines = document(
        Mapping([("a", 1.0), ("b", True), ("c", None), ("d", "plain text"), ("e", "a.b/c@d")])
    ).splitlines()
    assert [line for line in lines if line] == [
        "---", "a: 1.0", "b: true", "c: null", "d: plain text", "e: a.b/c@d",
    ]  # fmt: skip


# Permissions

PROVIDER = ("INTEGRATION_PROVIDER", "hf")
MODELS = {"hf": ["a", "b", "c"]}


def granted(permissions: list[dict[str, Any]]) -> dict[tuple[str, str], set[str]]:
    """What the role grants for these permissions."""
    integrations = [{"name": name, "models": [{"name": model} for model in models]} for name, models in MODELS.items()]
    estate = Estate(integrations, [{"name": "g", "permissions": permissions}])
    assert estate.problems() == []
    found: dict[tuple[str, str], set[str]] = {}
    for grant in estate.grants():
        targets = [("INTEGRATION_PROVIDER", name) for name in grant["integrations"]]
        for target in targets + [("INTEGRATION", name) for name in grant["models"]]:
            found.setdefault(target, set()).update(grant["access"])
    return found


@settings(deadline=None, max_examples=60)
@given(
    some.dictionaries(
        some.sampled_from([PROVIDER, *(("INTEGRATION", f"hf:{model}") for model in "abc")]),
        some.sets(some.sampled_from(["CREATE", "READ", "UPDATE", "DELETE", "EXECUTE"]), min_size=1),
    )
)
def test_permissions_grant_exactly_what_is_held_whatever_that_is(held):
    assert granted(permissions_for(held, MODELS)) == held


def test_a_permission_names_its_models_and_unites_those_alike():
    read, use = {"READ"}, {"EXECUTE", "READ"}
    held = {PROVIDER: use, **{("INTEGRATION", f"hf:{model}"): use for model in "ab"}, ("INTEGRATION", "hf:c"): read}
    assert permissions_for(held, MODELS) == [
        {"integration": "hf", "models": ["a", "b"], "access": ["READ", "EXECUTE"]},
        {"integration": "hf", "models": ["c"], "models_only": True, "access": ["READ"]},
    ]


# The whole

SERVER = {"caller": {"id": "app:1", "roles": ["ADMIN"]}, "organization": "acme"}
MODEL = {"name": "m", "endpoint": "https://m.example.com", "description": "", "enabled": True, "tags": {},
         "configuration": {}, "secret_keys": []}  # fmt: skip
INTEGRATION = {"name": "hf", "type": "huggingface", "namespace": "acme", "description": "", "enabled": True, "tags": {},
               "configuration": {}, "secret_keys": ["api_key"], "models": [MODEL]}  # fmt: skip
GROUP = {"name": "g", "description": "", "roles": [], "default_access": {}, "members": []}
APPLICATION = {"id": "1", "name": "a", "roles": [], "tags": {}}


def permission(subject, target, *access, tag=None):
    pairs = [dict(zip(("type", "id"), reference)) for reference in (subject, target)]
    return {"subject": pairs[0], "target": pairs[1], "access": list(access), "tag": tag}


def exported(integrations=(), groups=(), applications=(), held=(), granted=(), **how):
    """The export of a cluster that was read whole."""
    reads = {
        "integrations": {"integrations": list(integrations)},
        "groups": {"groups": list(groups)},
        "applications": {"applications": list(applications)},
        "held": {"permissions": list(held)},
        "granted": {"permissions": list(granted)},
    }
    return hf_setup_export({**reads, **how.pop("reads", {})}, SERVER, "conductor.example.com", **how)


def variables(export) -> dict[str, Any]:
    return yaml.load(export["text"], Loader)


def test_an_empty_cluster():
    export = exported()
    assert variables(export) == {"hf_setup_integrations": [], "hf_setup_groups": [], "hf_setup_applications": []}
    assert export["notes"] == export["problems"] == export["left_out"] == []


def test_what_the_role_does_not_take_is_left_out_and_told():
    model = {**MODEL, "endpoint": "http://m.example.com", "tags": {"k": ["1", "2"], "": "x"}, "secret_keys": ["token"]}
    integration = {**INTEGRATION, "namespace": 7, "models": [model], "configuration": {"endpoint": "x", "region": "eu"},
                   "description": "the key is VALUE_HIDDEN", "tags": {"VALUE_HIDDEN": "x"}}  # fmt: skip
    group = {**GROUP, "default_access": {"OTHER": ["READ"]}, "members": ["ana", "control\x07"], "description": "\ud800"}
    export = exported([integration, {**INTEGRATION, "name": "a:b"}], [group, {**GROUP, "name": "VALUE_HIDDEN"}])
    found = variables(export)
    assert found["hf_setup_update_api_key"] == "on_create"
    assert found["hf_setup_integrations"] == [
        {"name": "hf", "enabled": True, "configuration": {"region": "eu"},
         "models": [{"name": "m", "description": "", "enabled": True}]}
    ]  # fmt: skip
    assert found["hf_setup_groups"] == [{"name": "g", "roles": [], "members": ["ana"]}]
    text = export["text"]
    for told in (
        "# not exported, as no secret is: token", "# endpoint is left out: model hf:m: endpoint 'http://m.example.com'",
        '# tags: "k" is left out: it has 2 values', "# namespace is left out: it is no text", "holds a secret",
        "# description is left out: holds characters that cannot be written", "default_access has OTHER",
        '# configuration: "endpoint" is left out', "# members: one is left out",
    ):  # fmt: skip
        assert told in text, told
    assert "VALUE_HIDDEN" not in text
    assert len(export["left_out"]) == 2
    assert [one for one in export["left_out"] if one in text] == export["left_out"]


def test_grants_without_a_form_are_told_once_each():
    group, application, bare = ("GROUP", "g"), ("USER", "app:1"), ("USER", "1")
    provider, model = ("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:m")
    held = [
        permission(group, provider, "READ", "FLY"), permission(group, model, "READ", tag="team:ml"),
        permission(group, model, "READ"), permission(group, ("INTEGRATION", "hf:gone"), "READ"),
        permission(group, ("INTEGRATION", "hf"), "READ"), permission(application, model, "EXECUTE"),
        permission(application, ("APPLICATION", "x"), "READ"), permission(application, ("APPLICATION", "w"), "READ"),
    ]  # fmt: skip
    on_them = [
        permission(group, provider, "FLY", "READ"), permission(group, model, "READ"),
        permission(("ROLE", f"r\n{EVIL}"), provider, "READ"), permission(application, model, "EXECUTE"),
        permission(bare, model, "READ"),
    ]  # fmt: skip
    export = exported([INTEGRATION], [GROUP], [APPLICATION], held, on_them)
    found = variables(export)
    both = {"integration": "hf", "models": ["m"], "access": ["READ"]}
    assert found["hf_setup_groups"][0]["permissions"] == [both]
    assert found["hf_setup_applications"][0]["permissions"] == [
        {"integration": "hf", "models": ["m"], "models_only": True, "access": ["EXECUTE"]}
    ]
    assert [line for line in export["text"].splitlines() if line.startswith("# - ")] == [
        '# - GROUP "g": FLY on INTEGRATION_PROVIDER "hf"',
        '# - GROUP "g": READ on INTEGRATION "hf", "hf:gone"',
        '# - GROUP "g": READ on INTEGRATION "hf:m", derived from the tag "team:ml"',
        f'# - ROLE "r\\n{EVIL}": READ on INTEGRATION_PROVIDER "hf"',
        '# - application "a" (USER "1"): READ on INTEGRATION "hf:m"',
        '# - application "a" (USER "app:1"): READ on APPLICATION "w", "x"',
    ]


def test_applications_go_by_their_ids_where_their_names_do_not_settle_it():
    listed = [("1", "a"), ("2", "a"), ("3", "b"), ("b", "c")]
    found = variables(exported(applications=[{**APPLICATION, "id": key, "name": name} for key, name in listed]))
    assert [entry.get("application_id") for entry in found["hf_setup_applications"]] == ["1", "2", "3", None]
    # Of one that was asked for by its id it is not known whether another has its name.
    for asked_for, expected in (["1"], "1"), (["a"], None):
        found = variables(exported(applications=[APPLICATION], chosen={"applications": asked_for}))
        assert found["hf_setup_applications"][0].get("application_id") == expected


def test_the_order_of_the_servers_lists_does_not_matter():
    groups = [{**GROUP, "name": name} for name in "abc"]
    integrations = [{**INTEGRATION, "models": [{**MODEL, "name": name} for name in "xyz"]}]
    held = [permission(("GROUP", name), ("INTEGRATION", "hf:x"), "READ") for name in "abc"]
    other = [{**INTEGRATION, "models": integrations[0]["models"][::-1]}]
    assert (
        exported(integrations, groups, held=held)["text"]
        == exported(other, groups[::-1], held=held[::-1], granted=held)["text"]
    )


def test_what_could_not_be_read_is_said_and_not_declared_empty():
    refused = {"msg": "GET /api/groups answered 403"}
    reads = {"groups": refused, "held": refused, "granted": refused}
    server = {**SERVER, "caller": {"roles": ["USER"]}}
    application = {**APPLICATION, "roles": None}
    given = {"integrations": {"integrations": [INTEGRATION]}, "applications": {"applications": [application]}, **reads}
    export = hf_setup_export(given, server, "x")
    found = variables(export)
    assert "hf_setup_groups" not in found
    assert found["hf_setup_applications"] == [{"name": "a"}]
    assert len(export["notes"]) == 5
    head = export["text"].partition("hf_setup_update_api_key")[0]
    assert all(f"# - {note}" in head for note in export["notes"])


def test_names_that_were_asked_for_have_to_be_there():
    chosen = {"integrations": ["hf", "typo"], "groups": [], "applications": ["1", "a", "b"]}
    problems = exported([{**INTEGRATION, "type": "openai"}], applications=[APPLICATION], chosen=chosen)["problems"]
    assert [problem.split(",")[0] for problem in problems] == [
        "hf_setup_export_integrations has typo", "hf_setup_export_applications has b",
        "hf_setup_export_integrations has hf",
    ]  # fmt: skip


def test_names_may_come_from_the_command_line():
    chosen = {"groups": "g,h"}
    assert len(exported(groups=[GROUP], chosen=chosen)["problems"]) == 1


def test_no_results_are_an_error():
    with pytest.raises(AnsibleFilterError):
        hf_setup_export([], SERVER, "x")
