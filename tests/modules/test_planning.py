# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning all kinds together comes to what the module of each kind does, and changes nothing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible.module_utils.common.parameters import PASS_VARS
from bench import ENDPOINT, KEY, NAMESPACE, OTHER_KEY

SLASHED = "meta-llama/Llama-3.1-8B-Instruct"
MODULES = {
    "integrations": "hf_integration",
    "models": "hf_model",
    "groups": "conductor_group",
    "grants": "conductor_group_permission",
}
OBJECTS: dict[str, list[dict[str, Any]]] = {
    "integrations": [{"name": "hf", "api_key": KEY, "namespace": NAMESPACE}],
    "models": [
        {"integration": "hf", "name": SLASHED, "endpoint": ENDPOINT, "api_key": KEY},
        {"integration": "hf", "name": "plain", "endpoint": ENDPOINT},
    ],
    "groups": [{"name": "users", "roles": ["USER"]}],
    "grants": [
        {"groups": ["users"], "integrations": ["hf"], "models": [f"hf:{SLASHED}", "hf:plain"], "access": ["READ"]}
    ],
}
NOTHING: dict[str, list[dict[str, Any]]] = {kind: [] for kind in OBJECTS}


def lines(plan):
    """The whole plan, for people."""
    return [line for found in plan["kinds"].values() for line in found["plan"]]


def planned(bench, objects, check=False, **options):
    """Plan, and claim that nothing was written."""
    bench.forget()
    run = bench.run("hf_plan", check, objects=copy.deepcopy(objects), **options)
    assert not run.failed, run.message
    assert bench.writes() == []
    assert run.changed is any(found["changes"] for found in run.result["kinds"].values())
    return run.result


def applied(bench, objects, **options):
    """What the modules themselves change, one after the other."""
    found = {}
    for kind, items in objects.items():
        run = bench.run(MODULES[kind], **{kind: copy.deepcopy(items)}, **options)
        assert not run.failed, run.message
        found[kind] = {part: run.result[part] for part in ("changed", "changes", "plan", "digest", "summary")}
    return found


@pytest.mark.parametrize("check", [False, True])
def test_what_is_planned_is_what_the_modules_then_change(bench, check):
    plan = planned(bench, OBJECTS, check)
    assert [line.split(":")[0] for line in lines(plan)][:2] == ["+ integration hf", "+ model hf"]
    assert plan["kinds"] == applied(bench, OBJECTS)
    assert len(plan["diff"]) == 7
    again = planned(bench, OBJECTS, check)
    assert (lines(again), again["diff"]) == ([], [])
    # What models and grants are about was read once, for the models.
    asked = [path.partition("?")[0] for _method, path, _status in bench.requests()]
    assert asked.count("/api/integrations/provider/hf/integration") == 1
    assert {kind: found["summary"]["unchanged"] for kind, found in again["kinds"].items()} == {
        "integrations": 1, "models": 2, "groups": 1, "grants": 3,
    }  # fmt: skip


def test_options_of_the_call_reach_their_kinds(bench):
    applied(bench, OBJECTS)
    bench.done("hf_model", integration="hf", name="undeclared", endpoint=ENDPOINT)
    bench.done("conductor_group_permission", groups=["users"], models=["hf:undeclared"], access=["READ"])
    found = lines(planned(bench, OBJECTS, purge=True, update_api_key="always"))
    assert [line.partition(":")[0] for line in found[:1]] == ["~ integration hf"]
    # With the model goes the grant on it, which is not planned a second time.
    assert found[1:] == ["- grant GROUP users on INTEGRATION hf:undeclared", "- model hf:undeclared"]
    assert lines(planned(bench, OBJECTS, purge=True, purge_integrations=[], purge_groups=[])) == []


@pytest.mark.parametrize(
    ("kinds", "options", "told"),
    [
        (["integrations", "groups"], {"purge": True}, {"purge": "models or grants"}),
        ([], {"purge": True}, {"purge": "models or grants"}),
        (["groups"], {"purge_integrations": []}, {"purge_integrations": "models or grants"}),
        (["grants"], {"purge": True, "purge_discovered": True}, {"purge_discovered": "models"}),
        (["models"], {"purge": True, "purge_groups": ["users"]}, {"purge_groups": "grants"}),
        (["grants"], {"purge_groups": ["users"], "purge_integrations": ["hf"]}, {
            "purge_groups": "purge: true", "purge_integrations": "purge: true",
        }),
        (["models"], {"purge_discovered": True}, {"purge_discovered": "purge: true"}),
    ],
)  # fmt: skip
def test_options_of_a_purge_that_would_do_nothing_are_refused(bench, kinds, options, told):
    run = bench.run("hf_plan", objects={kind: [] for kind in kinds}, **options)
    assert run.failed
    problems = [
        f"{option} is given without {lacking}{'' if ':' in lacking else ' in objects'}, and so does nothing: "
        "give both or none"
        for option, lacking in told.items()
    ]
    assert sorted(line.removeprefix("- ") for line in run.message.splitlines()[len(told) > 1 :]) == problems


def test_options_of_a_purge_that_are_off_do_no_harm(bench):
    off = {"purge": False, "purge_discovered": False}
    assert lines(planned(bench, {"groups": []}, **off)) == []


def test_what_goes_is_planned_once_and_in_the_order_of_a_teardown(bench):
    applied(bench, OBJECTS)
    gone = {"groups": [{"name": "users"}], "integrations": [{"name": "hf"}]}
    plan = planned(bench, gone, state="absent")
    assert list(plan["kinds"]) == ["groups", "integrations"]
    assert lines(plan) == [
        f"- grant GROUP users on INTEGRATION hf:{SLASHED}",
        "- grant GROUP users on INTEGRATION hf:plain",
        "- grant GROUP users on INTEGRATION_PROVIDER hf",
        "- group users",
        f"- model hf:{SLASHED}",
        "- model hf:plain",
        "- integration hf",
    ]
    known = {"pending_deletions": {"groups": ["users"], "integrations": ["hf"]}}
    assert lines(planned(bench, gone, state="absent", **known)) == [
        line for line in lines(plan) if line not in ("- group users", "- integration hf")
    ]


def test_all_that_is_wrong_comes_in_one_message(bench):
    applied(bench, {"groups": [{"name": "users"}]})
    wrong = copy.deepcopy(OBJECTS)
    wrong["integrations"].append({"name": "lacks-all"})
    wrong["models"].append({"integration": "hf", "name": "m", "endpoint": "ftp://x"})
    wrong["groups"].append({"name": "users"})
    del wrong["grants"][0]["access"]
    bench.forget()
    run = bench.run("hf_plan", objects=wrong)
    assert (run.failed, run.changed, bench.writes()) == (True, False, [])
    for text in (
        "model hf:m: endpoint 'ftp://x' is not an https URL",
        "group users is given 2 times",
        "grant to users: access is missing",
        # What only the server can tell.
        "integration lacks-all does not exist yet: give api_key and namespace",
    ):
        assert text in run.message


def test_what_is_not_looked_at_is_not_missed(bench):
    masked = {**OBJECTS, "integrations": [{**OBJECTS["integrations"][0], "api_key": "****"}]}
    run = bench.run("hf_plan", objects=masked)
    assert run.failed
    assert "api_key is a mask" in run.message
    assert "does not exist" not in run.message, "with its key in order it is about to be created"


def test_what_a_later_kind_lacks_is_an_error(bench):
    without = {**NOTHING, "models": OBJECTS["models"]}
    run = bench.run("hf_plan", objects=without)
    assert run.failed
    assert "integration hf does not exist" in run.message
    run = bench.run("hf_plan", objects={"grants": OBJECTS["grants"]})
    assert run.failed
    assert "group users does not exist" in run.message
    assert "integration hf does not exist" in run.message


def test_no_key_is_told(bench):
    bench.integration()
    run = bench.run("hf_plan", objects={"integrations": [{"name": "hf", "api_key": OTHER_KEY, "description": "x"}]})
    assert run.changed
    assert OTHER_KEY not in run.output + run.errors


ABSENT = {"state": "absent"}
GOES = "is about to be deleted by the same plan; keep it, or take out what needs it"


def contradictions():
    """Objects and options that exclude each other, with what is said of them."""
    model = {"integration": "hf", "name": "plain", "endpoint": ENDPOINT}
    other = {"integration": "hf", "name": "other", "endpoint": ENDPOINT}
    on_model, on_it, on_group = (
        {"groups": ["users"], "access": ["READ"], **targets}
        for targets in (
            {"models": ["hf:plain"]}, {"integrations": ["hf"]}, {"targets": [{"type": "GROUP", "id": "going"}]},
        )
    )  # fmt: skip
    grant = "grant GROUP users on INTEGRATION hf:plain"
    integration, group = [{"name": "hf", **ABSENT}], [{"name": "users", **ABSENT}]
    exclusive = {"name": "hf", "exclusive_subjects": {"groups": ["users"]}, "state": "present"}
    return {
        "a purged model": (
            {"models": [other], "grants": [on_model]}, {"purge": True}, f"{grant}: model hf:plain {GOES}"
        ),
        "a model that is absent": (
            {"models": [{**model, **ABSENT}], "grants": [on_model]}, {}, f"{grant}: model hf:plain {GOES}"
        ),
        "a model of what goes": (
            {"integrations": integration, "models": [other, {**model, **ABSENT}]}, {},
            f"model hf:other: integration hf {GOES}",
        ),
        "a grant on what goes": (
            {"integrations": integration, "grants": [on_it]}, {},
            f"grant GROUP users on INTEGRATION_PROVIDER hf: integration hf {GOES}",
        ),
        "a grant on a model of what goes": (
            {"integrations": integration, "grants": [on_model]}, {}, f"{grant}: integration hf {GOES}",
        ),
        "a grant to a group that goes": (
            {"groups": group, "grants": [on_it]}, {}, f"grants to group users: group users {GOES}"
        ),
        "a grant on a group that goes": (
            {"groups": [{"name": "going", **ABSENT}], "grants": [on_group]}, {},
            f"grant GROUP users on GROUP going: group going {GOES}",
        ),
        "the subject of a teardown": (
            {"groups": group, "integrations": [exclusive]}, ABSENT,
            f"integration hf, exclusive_subjects: group users {GOES}",
        ),
        "what an earlier task deletes": (
            {"grants": [on_model]}, {"pending_deletions": {"models": ["hf:plain"]}}, f"{grant}: model hf:plain {GOES}"
        ),
    }  # fmt: skip


def fill(bench):
    """What the contradictions are about."""
    applied(bench, {**OBJECTS, "models": OBJECTS["models"][1:], "grants": []})
    bench.done("conductor_group", name="going")


def test_what_excludes_each_other_is_refused(bench):
    fill(bench)
    for which, (objects, options, text) in contradictions().items():
        run = bench.run("hf_plan", objects=objects, **options)
        assert (run.failed, run.message) == (True, text), which
    assert bench.writes() == []


def test_what_is_revoked_or_made_anew_excludes_nothing(bench):
    fill(bench)
    bench.done("conductor_group_permission", **OBJECTS["grants"][0], validate_targets=False)
    gone = {"groups": ["users"], "integrations": ["hf"], "models": ["hf:plain"], **ABSENT}
    for kind, items in (
        ("integrations", [{"name": "hf", **ABSENT}]),
        ("models", [{"integration": "hf", "name": "plain", **ABSENT}]),
        ("groups", [{"name": "users", **ABSENT}]),
    ):
        planned(bench, {kind: items, "grants": [gone]})
    models = [{"integration": "hf", "name": "plain", **ABSENT}]
    planned(bench, {"integrations": [{"name": "hf", **ABSENT}], "models": models})
    # Each is deleted by an earlier task, and stays or comes again by this plan.
    deleted = {"groups": ["users"], "integrations": ["hf"], "models": ["hf:plain"]}
    again = {**OBJECTS, "grants": [{"groups": ["users"], "models": ["hf:plain"], "access": ["READ"]}]}
    planned(bench, again, pending_deletions=deleted)


def test_a_module_by_itself_says_it_too_if_it_knows(bench):
    fill(bench)
    options = {"groups": ["users"], "models": ["hf:plain"], "access": ["READ"]}
    known = {"pending_deletions": {"models": ["hf:plain"], "groups": ["users"]}}
    run = bench.refuses("conductor_group_permission", GOES, check=True, **options, **known)
    assert "grants to group users: group users" in run.message
    assert "grant GROUP users on INTEGRATION hf:plain: model hf:plain" in run.message
    model = {"integration": "hf", "name": "new", "endpoint": ENDPOINT}
    bench.refuses("hf_model", GOES, check=True, **model, pending_deletions={"integrations": ["hf"]})
    # Outside check mode it has no effect.
    bench.done("conductor_group_permission", **options, **known)
    anew = {"pending_parents": {"models": ["hf:plain"], "groups": ["users"], "integrations": []}}
    assert not bench.run("conductor_group_permission", True, **options, **known, **anew).failed


def test_an_access_key_of_an_application_that_goes(bench):
    bench.done("conductor_application", name="service")
    known = {"pending_deletions": {"applications": ["service"]}}
    text = f"application service {GOES}"
    where = {"application": "service", "destination": "/nowhere/at/all"}
    bench.refuses("conductor_access_key", text, check=True, **where, **known)
    grant = {"application": "service", "integrations": ["hf"], "access": ["READ"], "validate_targets": False}
    said = f"grants to application service: {text}"
    bench.refuses("conductor_application_permission", said, check=True, **grant, **known)


def told(run):
    """All that a run has printed, as people and programs read it."""
    return run.output + run.errors + json.dumps(run.result, ensure_ascii=False) + repr(run.result)


#: JSON and Python spell it otherwise.
ODD_KEY = 'hf_"canary"\\of\u00e9t\u00e9'


#: Has ansible-core 2.19 and newer tell the options, as older ones always do.
INVOCATION = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


@pytest.mark.parametrize("inner", [False, True])
def test_objects_may_be_a_text_of_json(bench, inner):
    objects = {**OBJECTS, "integrations": [{"name": "hf", "api_key": ODD_KEY, "namespace": NAMESPACE}]}
    objects["models"] = [{"integration": "hf", "name": "plain", "endpoint": ENDPOINT}]
    objects["grants"] = [{"groups": ["users"], "models": ["hf:plain"], "access": ["READ"]}]
    wrong = {**objects, "groups": [{"name": "users", "id": "others"}, {"name": "users"}]}
    plan, refused = (
        bench.run(
            "hf_plan",
            objects={kind: json.dumps(items) for kind, items in given.items()} if inner else f"\n{json.dumps(given)}",
            **INVOCATION,
        )
        for given in (objects, wrong)
    )
    assert not plan.failed, plan.message
    assert plan.result["kinds"] == planned(bench, objects)["kinds"]
    assert refused.failed
    assert "groups, item 1: name and id are the same option with different values: give one" in refused.message
    for run in (plan, refused):
        assert "objects" in run.result["invocation"]["module_args"]
        assert "canary" not in told(run)


@pytest.mark.parametrize(
    ("module", "options", "place"),
    [
        ("hf_plan", {"objects": '{"integrations": [{"name": "hf", "api_key": "hf_canary"}'}, "objects is"),
        ("hf_plan", {"objects": {"integrations": '[{"api_key": "hf_canary"}'}}, "objects: integrations is"),
        ("hf_plan", {"objects": {"integrations": '{"api_key": "hf_canary"'}}, "objects: integrations is"),
        ("hf_plan", {"objects": {"integrations": "api_key=hf_canary, hf"}}, "objects: integrations is"),
        ("hf_plan", {"objects": {"models": ['{"api_key": "hf_canary"']}}, "objects: models, item 1 is"),
        ("hf_integration", {"integrations": '[{"name": "hf", "api_key": "hf_canary"}'}, "integrations is"),
    ],
)
def test_of_a_text_that_cannot_be_read_only_the_place_is_told(bench, module, options, place):
    run = bench.run(module, **options, **INVOCATION)
    assert run.failed
    assert run.message.startswith(place)
    assert "give one, in YAML or as JSON" in run.message
    assert set(options) <= set(run.result["invocation"]["module_args"])
    assert "canary" not in told(run)


SERVER = ("caller", "administrator", "organization", "version", "health")


def test_which_server_it_is_is_told_with_one_login(bench):
    told = bench.run("conductor_server_info").result
    plan = planned(bench, OBJECTS, server_info=True, expected_organization="sandbox-org")
    assert plan["server"] == {name: told[name] for name in SERVER}
    asked = [path for _method, path, _status in bench.requests()]
    assert [asked.count(path) for path in ("/api/token", "/api/token/userInfo")] == [1, 1]
    # Nobody is asked what nobody wants to know.
    assert "server" not in planned(bench, OBJECTS)
    assert "/api/version" not in [path for _method, path, _status in bench.requests()]


def test_of_another_organization_nothing_more_is_asked(bench):
    bench.settings(organization="production-org")
    wrong = {**OBJECTS, "groups": [{"name": "users"}, {"name": "users"}]}
    bench.forget()
    run = bench.run("hf_plan", objects=wrong, expected_organization="staging-org")
    assert run.failed
    for text in (
        "is staging-org, and the server answers for organization production-org. Check server_url and the key",
        "group users is given 2 times",
    ):
        assert text in run.message
    assert [path for _method, path, _status in bench.requests()] == ["/api/token", "/api/token/userInfo"]
