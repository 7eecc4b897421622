# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the role's variables to the modules' lists: what is handed on, what contradicts itself, which cluster it is."""

from __future__ import annotations

import copy

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.orkes.conductor.plugins.filter.hf_setup_cluster import hf_setup_cluster
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_cluster_problems import hf_setup_cluster_problems
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_estate import hf_setup_estate
from ansible_collections.orkes.conductor.plugins.plugin_utils._estate import (
    cluster_of,
    cluster_problems,
    servers_of,
    token_problems,
)

LLAMA = {"name": "meta-llama/Llama-3.1-8B-Instruct", "endpoint": "https://llama.example.com"}
PLAIN = {"name": "plain", "endpoint": "https://plain.example.com", "enabled": False}
HF = {"name": "hf", "api_key": "k", "namespace": "acme", "models": [LLAMA, PLAIN]}
USE = {"integration": "hf", "all_models": True, "access": ["READ", "EXECUTE"]}
USERS = {"name": "users", "roles": ["USER"], "members": ["ana@example.com"], "permissions": [USE]}
ALL_TARGETS = ["hf:meta-llama/Llama-3.1-8B-Instruct", "hf:plain"]


def permitted(*permissions, **more):
    """The groups of an inventory with one group."""
    return [{"name": "users", "permissions": list(permissions), **more}]


def problems(integrations, groups=(), **how):
    return hf_setup_estate(integrations, list(groups), **how)["problems"]


# What is handed on to the modules


def test_each_module_gets_its_part():
    estate = hf_setup_estate([HF], [USERS])
    assert estate == {
        "integrations": [{"name": "hf", "api_key": "k", "namespace": "acme"}],
        "models": [{"integration": "hf", "api_key": "k", **LLAMA}, {"integration": "hf", "api_key": "k", **PLAIN}],
        "groups": [{"name": "users", "roles": ["USER"], "members": ["ana@example.com"]}],
        "grants": [
            {"groups": ["users"], "integrations": ["hf"], "models": ALL_TARGETS, "access": ["READ", "EXECUTE"]},
        ],
        "present_integrations": ["hf"],
        "present_models": ALL_TARGETS,
        "present_groups": ["users"],
        "endpoints": [],
        "endpoint_names": [],
        "endpoint_urls": {},
        "applications": [],
        "access_keys": [],
        "key_files": [],
        "key_folders": [],
        "smoke_test": {},
        "kept_groups_grants": [],
        "application_grants": [],
        "present_applications": [],
        "exclusive_integrations": [],
        "exclusive_models": [],
        "hub_models": [],
        "served_problems": [],
        "unserved_problems": [],
        "sleeping_endpoints": [],
        "kept_endpoints": [],
        "declares": {
            "endpoints": False,
            "access_keys": False,
            "exclusive_subjects": False,
            "access": True,
            "kept_groups": False,
        },
        "problems": [],
    }


def test_those_parts_are_worked_out_that_are_asked_for():
    assert hf_setup_estate([HF], [USERS], parts=["present_groups", "groups"]) == {
        part: hf_setup_estate([HF], [USERS])[part] for part in ("groups", "present_groups")
    }
    with pytest.raises(AnsibleFilterError, match=r"has no part group$"):
        hf_setup_estate([HF], [USERS], parts=["group"])


@pytest.mark.parametrize(
    ("kind", "integrations", "groups", "applications"),
    [
        (
            "endpoints",
            [{"name": "hf", "models": [{"name": "m", "hf_endpoint": {"name": "e", "namespace": "n"}}]}],
            [],
            [],
        ),
        ("access_keys", [], [], [{"name": "bot", "access_key": {"destination": "bot.json"}}]),
        ("exclusive_subjects", [{"name": "hf", "exclusive_subjects": {}}], [], []),
        ("exclusive_subjects", [{"name": "hf", "models": [{"name": "m", "exclusive_subjects": {}}]}], [], []),
        ("access", [], [{"name": "users", "members": ["ana@example.com"]}], []),
        ("access", [], [], [{"name": "bot"}]),
        ("kept_groups", [], [{"name": "users", "create": False}], []),
    ],
)
def test_what_there_is_anything_of_is_said(kind, integrations, groups, applications):
    without = hf_setup_estate([{"name": "hf", "models": [{"name": "m"}]}], [{"name": "users"}])["declares"]
    assert not any(without.values())
    assert hf_setup_estate(integrations, groups, applications=applications)["declares"][kind] is True


def test_a_teardown_revokes_one_by_one_what_groups_hold_that_it_leaves():
    groups = [{**USERS, "name": "own"}, {**USERS, "name": "of-somebody", "create": False}]
    gone = hf_setup_estate([HF], groups, "absent")
    assert [group["name"] for group in gone["groups"]] == ["own"]
    assert [grant["groups"] for grant in gone["grants"]] == [["own"], ["of-somebody"]]
    assert [grant["groups"] for grant in gone["kept_groups_grants"]] == [["of-somebody"]]


BRINGS = {"name": "m/n", "hf_endpoint": {"name": "e", "type": "private"}}


def served(**options):
    """An integration whose model brings an Inference Endpoint with these options."""
    return {**HF, "models": [{**BRINGS, "hf_endpoint": {**BRINGS["hf_endpoint"], **options}}]}


def known(url):
    return [{"namespace": "acme", "name": "e", "url": url}]


def test_an_inference_endpoint_keeps_to_the_allowed_hosts():
    allowed = {"endpoint_hosts": ["*.example.com"]}
    assert hf_setup_estate([served()], [], **allowed, endpoints=known("https://a.example.com"))["served_problems"] == []
    assert hf_setup_estate([served()], [], **allowed)["served_problems"] == []
    (found,) = hf_setup_estate([served()], [], **allowed, endpoints=known("https://evil.org"))["served_problems"]
    assert "acme/e is at evil.org, which hf_setup_endpoint_hosts does not allow" in found
    assert "leave out scheme" in problems([HF], endpoint_hosts=["https://a.example.com"])[0]


def test_an_inference_endpoint_without_a_url_cannot_be_registered():
    (found,) = hf_setup_estate([served(state="paused")], [])["served_problems"]
    assert "is to be paused and has no URL yet" in found
    # One that was paused keeps its URL.
    assert hf_setup_estate([served(state="paused")], [], endpoints=known("https://a.example"))["served_problems"] == []
    (found,) = hf_setup_estate([served()], [])["unserved_problems"]
    assert "hf_setup_manage leaves endpoints out" in found
    assert hf_setup_estate([served()], [], endpoints=known("https://a.example"))["unserved_problems"] == []


def test_endpoints_that_sleep_and_endpoints_that_stay():
    estate = hf_setup_estate([served(state="scaled_to_zero")], [])
    assert estate["sleeping_endpoints"] == [{"namespace": "acme", "name": "e", "state": "scaled_to_zero"}]
    assert hf_setup_estate([served()], [])["sleeping_endpoints"] == []
    assert hf_setup_estate([served()], [], "absent")["kept_endpoints"] == ["acme/e"]
    assert hf_setup_estate([served()], [], "absent", delete_endpoints=True)["kept_endpoints"] == []
    assert hf_setup_estate([served()], [])["kept_endpoints"] == []


def test_models_are_asked_for_at_the_hub_and_called_by_what_their_endpoint_serves():
    integration = {**HF, "models": [LLAMA, {**PLAIN, "state": "absent"}]}
    (asked,) = hf_setup_estate([integration], [], validate_models=True)["hub_models"]
    assert asked == {"integration": "hf", "namespace": "acme", "models": [
        {key: LLAMA[key] for key in ("name", "endpoint") if key in LLAMA}
    ]}  # fmt: skip
    assert hf_setup_estate([integration], [])["hub_models"] == []
    other = served(repository="another/one")
    assert problems([other]) == []
    assert "serves another/one: call the model by that name" in problems([other], validate_models=True)[0]


def test_each_problem_of_a_token_names_its_integration():
    results = [{"hf_setup__name": "hf", "problems": ["no.", "worse"]}, {"hf_setup__name": "ok", "problems": []}, {}]
    assert token_problems(results) == ["integration hf, api_key: no", "integration hf, api_key: worse"]


def test_exclusive_subjects_are_those_whom_permissions_name_and_those_who_are_let_in():
    integration = {**HF, "models": [LLAMA, {**PLAIN, "exclusive_subjects": {"users": ["ana@example.com"]}}]}
    on_one = {"integration": "hf", "models": ["plain"], "access": ["READ"]}
    groups = [
        {"name": "all", "permissions": [USE]},
        {"name": "elsewhere", "permissions": [{**USE, "integration": "other", "all_models": False}]},
        {"name": "gone", "state": "absent", "permissions": [USE]},
        {"name": "revoked", "permissions": [{**USE, "state": "absent"}]},
    ]
    applications = [{"name": "svc", "application_id": "7", "permissions": [on_one]}]
    estate = hf_setup_estate([integration], groups, applications=applications)
    nobody = {"applications": [], "groups": [], "roles": [], "users": []}
    plain = {**nobody, "applications": ["7"], "groups": ["all"], "users": ["ana@example.com"]}
    assert estate["exclusive_integrations"] == []
    assert estate["exclusive_models"] == [{"integration": "hf", "name": "plain", "exclusive_subjects": plain}]
    assert all("exclusive_subjects" not in entry for entry in estate["integrations"] + estate["models"])
    estate = hf_setup_estate([integration], groups, applications=applications, exclusive_subjects=True)
    both = {**nobody, "applications": ["7"], "groups": ["all"]}
    assert estate["exclusive_integrations"] == [{"name": "hf", "exclusive_subjects": both}]
    assert [found["exclusive_subjects"] for found in estate["exclusive_models"]] == [
        {**nobody, "groups": ["all"]},
        plain,
    ]
    gone = hf_setup_estate([integration], groups, "absent", applications=applications, exclusive_subjects=True)
    assert gone["exclusive_integrations"] == gone["exclusive_models"] == []


def test_access_to_models_alone_or_to_the_integration_alone():
    both = {"integration": "hf", "access": ["READ"]}
    alone = [
        {**both, "models": ["plain"], "models_only": True},
        {**both, "all_models": True, "models_only": "yes"},
        both,
    ]
    grants = hf_setup_estate([HF], permitted(*alone))["grants"]
    assert [(grant["integrations"], grant["models"]) for grant in grants] == [
        ([], ["hf:plain"]), ([], ALL_TARGETS), (["hf"], []),
    ]  # fmt: skip
    assert not any("models_only" in grant for grant in grants)
    gone = hf_setup_estate([HF], permitted(*alone), "absent")["grants"]
    assert [(grant["integrations"], grant["state"]) for grant in gone] == [([], "absent")] * 2 + [(["hf"], "absent")]
    # Of an integration without models there is nothing to grant.
    assert hf_setup_estate([{**HF, "models": []}], permitted(alone[1]))["grants"] == []
    assert "models_only without models grants nothing" in str(problems([HF], permitted({**both, "models_only": True})))


def test_applications_are_named_in_grants_by_their_id_if_it_is_given():
    applications = [
        {"name": "a", "roles": ["WORKER"], "permissions": USERS["permissions"]},
        {"name": "b", "application_id": "7", "permissions": USERS["permissions"]},
        {"name": "b", "application_id": "8", "state": "absent", "permissions": USERS["permissions"]},
    ]
    estate = hf_setup_estate([HF], [], applications=applications)
    assert estate["applications"][0] == {"name": "a", "roles": ["WORKER"]}
    assert [grant["applications"] for grant in estate["application_grants"]] == [["a"], ["7"]]
    assert estate["present_applications"] == ["a", "7"]
    assert estate["problems"] == []
    gone = hf_setup_estate([HF], [], "absent", applications=applications)
    assert gone["applications"][1] == {"name": "b", "application_id": "7", "state": "absent"}
    assert [grant["state"] for grant in gone["application_grants"]] == ["absent"] * 3
    twice = hf_setup_estate([HF], [], applications=[{"name": "a"}, {"name": "a"}])
    assert twice["problems"] == ["application a is listed 2 times: keep one"]


def test_an_access_key_is_of_its_application_and_goes_with_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    applications = [
        {"name": "a", "access_key": {"destination": "keys/../a.json", "rotate": True, "rotation_id": "1"}},
        {"name": "renamed", "application_id": "7", "access_key": {"destination": "~/b.json", "enabled": False}},
        {"name": "c", "state": "absent", "access_key": {"destination": "/c.json", "enabled": True}},
        {"name": "d", "access_key": {"destination": "/d.json", "state": "absent"}},
        {"name": "e"},
    ]
    estate = hf_setup_estate([], [], applications=applications)
    assert estate["applications"][0] == {"name": "a"}
    gone = [
        {"application": "c", "destination": "/c.json", "state": "absent"},
        {"application": "d", "destination": "/d.json", "state": "absent"},
    ]
    assert estate["access_keys"] == [
        {"application": "a", "destination": f"{tmp_path}/a.json", "state": "present", "rotate": True,
         "rotation_id": "1"},
        {"application_id": "7", "destination": "/home/ana/b.json", "state": "present", "enabled": False},
        *gone,
    ]  # fmt: skip
    assert hf_setup_estate([], [], "absent", applications=applications)["access_keys"] == [
        {"application": "a", "destination": f"{tmp_path}/a.json", "state": "absent"},
        {"application_id": "7", "destination": "/home/ana/b.json", "state": "absent"},
        *gone,
    ]


KEYED = {"name": "service", "access_key": {"destination": "/keys/service.json"}}
SERVED = {"name": "t5", "task": "translation", "hf_endpoint": {"name": "translator"}}


def smoke(integrations=(HF,), applications=(KEYED,), test=None, **how):
    """What a smoke test is to ask, and what stands against it."""
    given = {"application": "", "keyed": False, "models": [], **(test or {})}
    estate = hf_setup_estate(list(integrations), [], applications=list(applications), smoke_test=given, **how)
    return estate["smoke_test"], estate["problems"]


def test_a_smoke_test_asks_every_active_model_by_what_it_is_for():
    off = {"name": "off", "enabled": False, "models": [{"name": "a"}]}
    gone = {"name": "gone", "state": "absent", "models": [{"name": "a"}]}
    more = {**HF, "models": [LLAMA, PLAIN, SERVED, {"name": "old", "state": "absent"}, {"name": "x", "active": "no"}]}
    known = [{"namespace": "acme", "name": "translator", "url": "https://t", "state": "scaledToZero"}]
    asked, problems = smoke([more, off, gone], endpoints=known)
    assert problems == []
    assert asked == {
        "key_file": "/keys/service.json",
        "vault_file": None,
        "application": "service",
        "models": [
            {"integration": "hf", "name": LLAMA["name"], "task": "chat"},
            {"integration": "hf", "name": "t5", "task": "translation", "endpoint_state": "scaledToZero"},
        ],
    }
    assert "endpoint_state" not in smoke([more])[0]["models"][1], "it is not known before the endpoint is there"
    some = smoke([more], test={"models": ["hf:t5"]})[0]["models"]
    assert [model["name"] for model in some] == ["t5"]
    for absent in (hf_setup_estate([more], [], smoke_test={}), hf_setup_estate([more], [], "absent")):
        assert absent["smoke_test"] == {}
    models = hf_setup_estate([more], [])["models"]
    assert not any("task" in model for model in models), "no module but the smoke test knows what a model is for"


def test_who_asks_in_a_smoke_test():
    other = {"name": "other", "application_id": "7", "access_key": {"destination": "/keys/other.json"}}
    closed = {"name": "closed", "access_key": {"destination": "/keys/closed.json", "state": "absent"}}
    assert smoke(applications=[KEYED, closed])[1] == []
    for name in ("other", "7"):
        asked, problems = smoke(applications=[KEYED, other], test={"application": name})
        assert (asked["key_file"], problems) == ("/keys/other.json", [])
    assert smoke(applications=[], test={"keyed": True})[0]["key_file"] is None
    assert smoke(applications=[], test={"keyed": True})[1] == []
    for applications, test, words in (
        ([KEYED, other], {}, "has to say which application asks: service, other"),
        ([], {}, "declare one with an access_key"),
        ([closed], {}, "declare one with an access_key"),
        ([KEYED, closed], {"application": "closed"}, "there are service"),
        (
            [KEYED],
            {"models": ["hf:plain"]},
            f"hf:plain is no active model that is declared; there are hf:{LLAMA['name']}",
        ),
    ):
        (problem,) = smoke(applications=applications, test=test)[1]
        assert words in problem
        assert smoke(applications=applications, test=test, state="absent")[1] == []


def test_hosts_do_not_keep_their_access_keys_in_one_file():
    hostvars = {
        "one": {"hf_setup_named_server": "a", "hf_setup__key_files": ["/keys/x", "/keys/x"]},
        "two": {"hf_setup_named_server": "b", "hf_setup__key_files": ["/keys/y", "/keys/x"]},
        "three": {"hf_setup_named_server": "c"},
    }
    (problem,) = hf_setup_cluster_problems(list(hostvars), hostvars, "one")
    assert problem.startswith("one, two all keep an access key in /keys/x: give each its own file")
    assert hf_setup_cluster_problems(["one", "three"], hostvars, "one") == []


def test_the_inventory_is_not_changed():
    integrations, groups = copy.deepcopy([HF]), copy.deepcopy([USERS])
    for state in ("present", "absent"):
        hf_setup_estate(integrations, groups, state)
    assert (integrations, groups) == ([HF], [USERS])


def test_an_empty_inventory_gives_empty_lists():
    estate = hf_setup_estate([], [])
    assert not any(estate.pop("declares").values())
    assert not any(estate.values())


def test_a_model_gets_no_key_where_the_integration_has_none():
    assert "api_key" not in hf_setup_estate([{"name": "hf", "models": [PLAIN]}], [])["models"][0]


def test_what_goes_with_its_parent_is_not_named_by_itself():
    estate = hf_setup_estate([{**HF, "state": "absent"}], [{**USERS, "state": "absent"}])
    assert (estate["models"], estate["grants"], estate["problems"]) == ([], [], [])
    assert (estate["present_integrations"], estate["present_groups"]) == ([], [])
    assert estate["integrations"][0]["state"] == estate["groups"][0]["state"] == "absent"


def test_a_permission_may_name_models_of_what_is_not_declared():
    named = {"integration": "elsewhere", "models": ["m"], "access": ["READ"], "exclusive": True}
    estate = hf_setup_estate([], permitted(named))
    assert estate["problems"] == []
    assert estate["grants"] == [
        {
            "groups": ["users"],
            "integrations": ["elsewhere"],
            "models": ["elsewhere:m"],
            "access": ["READ"],
            "exclusive": True,
        }
    ]


def test_all_models_leaves_out_those_that_are_declared_absent():
    gone = {**HF, "models": [LLAMA, {**PLAIN, "state": "absent"}]}
    assert hf_setup_estate([gone], [USERS])["grants"][0]["models"] == ALL_TARGETS[:1]


@pytest.mark.parametrize(("text", "expected"), [("yes", ALL_TARGETS), ("no", []), (None, [])])
def test_all_models_may_be_a_text(text, expected):
    groups = permitted({**USE, "all_models": text})
    assert hf_setup_estate([HF], groups)["grants"][0]["models"] == expected


# The way back


def test_absent_names_everything_and_nothing_but_names():
    sso = {"name": "sso", "create": False, "permissions": [{**USE, "exclusive": True}]}
    estate = hf_setup_estate([HF], [USERS, sso], "absent")
    assert estate["integrations"] == [{"name": "hf", "state": "absent"}]
    assert estate["models"] == [
        {"integration": "hf", "name": name, "state": "absent"} for name in (LLAMA["name"], "plain")
    ]
    assert estate["groups"] == [{"name": "users", "state": "absent"}], "sso is not this inventory's own"
    assert estate["grants"] == [
        {
            "groups": [group],
            "integrations": ["hf"],
            "models": ALL_TARGETS,
            "access": ["READ", "EXECUTE"],
            "state": "absent",
        }
        for group in ("users", "sso")
    ]
    assert (estate["present_integrations"], estate["present_groups"]) == ([], [])


def test_absent_takes_along_what_was_declared_absent_before():
    gone = {**HF, "models": [LLAMA, {**PLAIN, "state": "absent"}]}
    assert hf_setup_estate([gone], [USERS], "absent")["grants"][0]["models"] == ALL_TARGETS


@pytest.mark.parametrize("no", [False, "false", "no"])
def test_a_group_that_may_not_be_created_is_not_deleted_either(no):
    assert hf_setup_estate([], [{"name": "sso", "create": no}], "absent")["groups"] == []


# Contradictions


def test_what_is_listed_twice():
    doubled = {**HF, "models": [LLAMA, PLAIN, LLAMA]}
    assert problems([doubled, {"name": "other"}, {"name": "other"}], [USERS, {"name": "users"}]) == [
        "integration other is listed 2 times: keep one",
        "model hf:meta-llama/Llama-3.1-8B-Instruct is listed 2 times: keep one",
        "group users is listed 2 times: keep one",
    ]
    assert problems([HF, {"name": "other", "models": [PLAIN]}]) == [], "two integrations may have models of one name"


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        ({**USE, "models": ["plain"]}, "models and all_models exclude each other"),
        ({**USE, "models": []}, "models and all_models exclude each other"),
        ({**USE, "integration": "other"}, "other is not in hf_setup_integrations"),
        ({"integration": "gone", "access": ["READ"]}, "this integration is declared absent"),
        ({"integration": "hf", "models": ["old"], "access": ["READ"]}, "its model old is declared absent"),
    ],
)
def test_a_permission_that_contradicts_the_rest(permission, words):
    integrations = [{**HF, "models": [PLAIN, {"name": "old", "state": "absent"}]}, {"name": "gone", "state": "absent"}]
    (problem,) = problems(integrations, permitted(permission))
    assert words in problem
    assert problem.startswith(f"group users, permission on integration {permission['integration']}: ")
    assert problems(integrations, permitted(permission, state="absent")) == [], "no permissions of a group that goes"


def test_a_permission_that_is_declared_absent_contradicts_nothing():
    integrations = [{**HF, "models": [{"name": "old", "state": "absent"}]}, {"name": "gone", "state": "absent"}]
    revoked = [
        {"integration": "gone", "access": ["READ"], "state": "absent"},
        {"integration": "hf", "models": ["old"], "access": ["READ"], "state": "absent"},
    ]
    assert problems(integrations, permitted(*revoked)) == []


def test_a_purge_contradicts_a_permission_on_what_is_not_declared():
    named = permitted({"integration": "hf", "models": ["found"], "access": ["READ"]})
    assert problems([HF], named) == []
    (problem,) = problems([HF], named, purge_models=True)
    assert "its model found is not declared, and hf_setup_purge deletes undeclared models" in problem
    other = permitted({"integration": "elsewhere", "models": ["found"], "access": ["READ"]})
    assert problems([HF], other, purge_models=True) == [], "other integrations are out of the purge's scope"


def test_the_same_problem_is_said_once():
    twice = permitted({**USE, "integration": "other"}, {**USE, "integration": "other"})
    assert len(problems([HF], twice)) == 1


@pytest.mark.parametrize(
    "arguments",
    [("no list", []), ([], "no list"), ([{"namespace": "acme"}], []), ([], permitted({"access": ["READ"]}))],
)
def test_what_is_no_inventory_at_all(arguments):
    with pytest.raises(AnsibleFilterError, match=r"hf_setup_(integrations|groups)"):
        hf_setup_estate(*arguments)


# Which cluster


@pytest.mark.parametrize(
    "spelling",
    [
        "https://conductor.example.com",
        "https://conductor.example.com/",
        "https://conductor.example.com/api",
        "https://conductor.example.com/api/",
        "https://conductor.example.com//api//",
        "https://conductor.example.com:443/api",
        "http://conductor.example.com:80/api",
        "http://conductor.example.com/api",
        "HTTPS://Conductor.Example.COM./api",
        "  https://conductor.example.com/api  ",
        "conductor.example.com",
        "https://user:password@conductor.example.com/api",
    ],
)
def test_one_cluster_in_many_spellings(spelling):
    assert cluster_of(spelling) == "conductor.example.com"


@pytest.mark.parametrize("host", ["localhost", "LocalHost.", "127.0.0.1", "127.1.2.3", "[::1]", "[0:0:0:0:0:0:0:1]"])
def test_this_machine_is_one_host_by_whatever_name(host):
    assert cluster_of(f"http://{host}:8701/api") == "127.0.0.1:8701"
    (shared,) = cluster_problems({"one": cluster_of("http://127.0.0.1:8701"), "two": cluster_of(f"http://{host}:8701")})
    assert "one, two all name the server 127.0.0.1:8701" in shared


@pytest.mark.parametrize("host", ["127.example.com", "one.localhost", "128.0.0.1", "[::2]"])
def test_hosts_that_only_look_like_this_machine(host):
    assert cluster_of(f"http://{host}:8701") == f"{host}:8701"


def test_other_clusters_stay_others():
    urls = [
        "https://a.example.com/api",
        "https://b.example.com/api",
        "https://a.example.com:8443/api",
        "https://a.example.com/staging/api",
        "https://a.example.com/Staging/api",
        "http://127.0.0.1:8701/api",
        "http://127.0.0.1:8702/api",
        "http://[fe80::1]:8701/api",
    ]
    assert len({cluster_of(url) for url in urls}) == len(urls)


@pytest.mark.parametrize("url", ["https://user:password@host:port/api", "https://user:password@[::1/api"])
def test_credentials_are_left_out_of_what_is_no_url_either(url):
    assert "password" not in cluster_of(url)


def test_no_url_leads_nowhere():
    assert hf_setup_cluster(None) == hf_setup_cluster("") == ""
    assert hf_setup_cluster("https://A/api") == "a"


def test_one_host_has_no_problems():
    assert cluster_problems({"one": ""}) == cluster_problems({"one": "a"}) == cluster_problems({}) == []


def test_every_host_names_a_server_of_its_own():
    assert cluster_problems({"one": "a", "two": "b"}) == []
    assert cluster_problems({"one": "a", "two": None}) == [], "who is not known yet is asked in his turn"
    (nameless,) = cluster_problems({"one": "a", "two": "", "three": ""}, allow_shared=True)
    assert nameless.startswith("two, three: hf_setup_server_url is not set")
    (shared,) = cluster_problems({"one": "a", "two": "b", "three": "a"})
    assert shared.startswith("one, three all name the server a:")
    assert cluster_problems({"one": "a", "two": "a"}, allow_shared=True) == []
    assert len(cluster_problems({"one": "a", "two": "a", "three": ""})) == 2


def test_the_inventory_shows_the_servers_of_later_batches():
    hostvars = {
        "one": {"hf_setup_named_server": "a", "hf_setup_server_url": "https://a/api"},
        "two": {"hf_setup_server_url": "https://B:443/"},
        "three": {},
    }
    assert servers_of(list(hostvars), hostvars, "one") == {"one": "a", "two": "b", "three": ""}
    # A host without a server of its own still sees what the others say.
    assert servers_of(["three", "two"], {**hostvars, "three": {"hf_setup_named_server": ""}}, "three") == {
        "three": "",
        "two": "b",
    }


def test_a_plays_own_servers_are_known_when_their_turn_comes():
    hostvars = {"one": {"hf_setup_named_server": "a"}, "two": {}}
    assert servers_of(list(hostvars), hostvars, "one") == {"one": "a", "two": None}
    assert hf_setup_cluster_problems(list(hostvars), hostvars, "one") == []
    hostvars["two"] = {"hf_setup_named_server": "a"}
    (problem,) = hf_setup_cluster_problems(list(hostvars), hostvars, "two")
    assert "one, two all name the server a" in problem
    assert hf_setup_cluster_problems(list(hostvars), hostvars, "two", True) == []
    with pytest.raises(AnsibleFilterError, match="list of hosts"):
        hf_setup_cluster_problems("one", hostvars, "one")
