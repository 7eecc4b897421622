# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of integrations, models, groups and grants on every switch of the sandbox at each of its settings.

Whatever the server does where its behaviour is not documented: no run leaves an integration without the key it had or
was given, a repetition writes nothing, and what cannot be done is refused before anything is written.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from typing import Any

import pytest
from bench import ENDPOINT, KEY, NAMESPACE, OTHER_KEY, Bench
from combinations import STRENGTH, combinations, covering, meetings, together
from module_process import interpreter
from sandbox_process import environment

PASSWORD = "a-password-of-some-length"
SLASHED = "acme/tiny-llm"
#: Settings of switches that take any value.
CHOSEN: dict[str, list[Any]] = {
    "discovered_models": [[], [SLASHED, "served/by-itself"]],
    "token_lifetime": [2, 2700],
    "latency": [0, 20],
    "version": ["5.3.0", "5.4.2"],
    "organization": ["sandbox-org", "acme"],
    "instance": ["sandbox-1", "another"],
}
#: Not switches of the server's behaviour.
CREDENTIALS = {"admin_key", "admin_secret"}
#: Settings that a test of their own looks at, since nothing can be done there at all.
ELSEWHERE = [("authentication", "absent")]
#: Beginnings of switches that are no matter of these modules: test_endpoints.py tries those of Hugging Face, and the
#: sandbox's own tests all.
OF_OTHERS = ("huggingface_", "prompt_", "workflow_")
#: Of the switches of one area a life has one setting: they answer the same question, or one may hide what another
#: shows. What stands at the same place of two areas meets, so their order matters: where a server shows no grants by
#: subject, or is of an older version, grants are read otherwise, and so neither meets what is about their reading;
#: grants that came alive again on a discovered model would not show where deleting removes them.
AREAS = [
    (
        "secrets",
        "omitted_key",
        "posted_mask",
        "required_configuration",
        "unknown_configuration_key",
        "omitted_fields",
        "enabled_when_omitted",
        "provider_post_response",
    ),
    (
        "repeated_tag_keys",
        "delete_missing_tag",
        "tag_target_existence",
        "tag_write_moves_update_time",
        "delete_cascade",
        "model_write_moves_update_time",
        "delete_provider_with_models",
        "remove_non_member",
    ),
    (
        "raw_slash",
        "trailing_slash",
        "bulk_atomicity",
        "bulk_absent_models",
        "bulk_omitted_tags",
        "discovered_models",
        "discovered_created_by",
        "grants_by_subject",
        "roles_listing",
    ),
    (
        "unheld_access",
        "application_grant_subject",
        "subject_existence",
        "provider_access_implies_models",
        "model_tag_grants",
        "creator_access",
        "grant_right",
        "unreadable_object",
        "application_in_groups",
    ),
    (
        "latency",
        "invalid_token_status",
        "bad_credentials_status",
        "token_lifetime",
        "version_access",
        "organization",
        "version",
        "instance",
    ),
]
#: A life ends early on it.
ALONE = [("encoded_slash", "reject")]
#: What a setting needs to make a difference.
NEEDED = {"discovered_created_by": {"discovered_models": CHOSEN["discovered_models"][1]}}
#: The same for callers who are no administrators, of the switches that matter to them: where only administrators see
#: grants, nobody sees how an application is named in them.
AREAS_FOR_OTHERS = [
    ("creator_access", "grant_right", "provider_access_implies_models", "unreadable_object"),
    ("unheld_access", "model_tag_grants", "application_grant_subject"),
    ("latency",),
]


def switches() -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Every switch with the values to be tried, and the defaults, asked of the sandbox itself."""
    program = (
        "import json; from conductor_sandbox.settings import Settings; "
        "print(json.dumps([Settings.model_json_schema(), Settings().public()]))"
    )
    answer = subprocess.run(
        [interpreter("SANDBOX_PYTHON"), "-B", "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    schema, defaults = json.loads(answer.stdout)
    schema["properties"] = {
        name: about for name, about in schema["properties"].items() if not name.startswith(OF_OTHERS)
    }
    defaults = {name: value for name, value in defaults.items() if not name.startswith(OF_OTHERS)}
    found: dict[str, list[Any]] = {}
    for name, about in schema["properties"].items():
        if name in CHOSEN:
            found[name] = CHOSEN[name]
        elif name not in CREDENTIALS:
            found[name] = about.get("enum") or ([False, True] if about.get("type") == "boolean" else [])
    return found, defaults


SWITCHES, DEFAULTS = switches()
#: Each setting of each switch that is not the default.
EACH = [
    (name, value)
    for name, values in SWITCHES.items()
    for value in values
    if value != DEFAULTS[name] and (name, value) not in ELSEWHERE
]
LIVES = [
    {**life, **{needed: value for name in life for needed, value in NEEDED.get(name, {}).items()}}
    for life in together(EACH, AREAS, ALONE)
]
LIVES_OF_OTHERS = together(
    [(name, value) for name, value in EACH if any(name in area for area in AREAS_FOR_OTHERS)], AREAS_FOR_OTHERS
)


def identifier(value: Any) -> str:
    """A setting, or several, as a part of a test's name."""
    if isinstance(value, dict):
        return ",".join(f"{name}={identifier(setting)}" for name, setting in value.items()) or "defaults"
    return "+".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def test_every_switch_is_tried_with_every_value():
    lived = [setting for life in LIVES for setting in life.items()]
    tried = {(name, identifier(value)) for name, value in [*lived, *ELSEWHERE, *DEFAULTS.items()]}
    assert len(SWITCHES) > 25
    for name, values in SWITCHES.items():
        assert len(values) > 1, f"{name} has no second value"
        assert {(name, identifier(value)) for value in values} <= tried, f"{name} belongs into one of the areas"
    assert {} in LIVES


def live_integration(bench: Bench, keeps_secrets: bool = False) -> None:
    """Create an integration and change it in every way.

    Args:
        bench: Sandbox and modules.
        keeps_secrets: Whether a profile says that a change needs no key.
    """
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE, "description": "first", "tags": {"team": "a"}}
    created = ("integration", "hf", "create")
    updated = ("integration", "hf", "update")
    bench.converges("hf_integration", created, **full)
    bench.holds("hf")
    bench.converges("hf_integration", updated, **{**full, "description": "second"})
    bench.holds("hf")
    bench.converges("hf_integration", updated, name="hf", tags={"team": "b", "region": "eu"})
    bench.converges("hf_integration", updated, name="hf", tags={"region": "eu"}, purge_tags=True)
    bench.holds("hf")
    bench.converges("hf_integration", updated, name="hf", api_key=KEY, enabled=False)
    bench.holds("hf")
    found = bench.admin().done("GET", "/integrations/provider/hf")
    assert (found["description"], found["enabled"], found["configuration"]["namespace"]) == ("second", False, NAMESPACE)

    if keeps_secrets:
        bench.converges("hf_integration", updated, name="hf", description="3")
        bench.converges("hf_integration", updated, name="hf", enabled=True, tags={"team": "c"})
    else:
        bench.refuses(
            "hf_integration", "integration hf: description would change", "give api_key", name="hf", description="3"
        )
        bench.refuses("hf_integration", "give api_key", name="hf", enabled=True, tags={"team": "c"}, check=True)
    bench.holds("hf")

    bench.converges("hf_integration", updated, name="hf", api_key=OTHER_KEY)
    bench.holds("hf", OTHER_KEY)
    bench.converges("hf_integration", updated, name="hf", api_key=KEY, enabled=True, tags={"team": "d"})
    bench.holds("hf")
    bench.converges("hf_integration", name="hf", api_key=OTHER_KEY, update_api_key="on_create", enabled=True)
    bench.holds("hf")


def live_other_secret(bench: Bench, keeps_secrets: bool = False) -> None:
    """Give an integration a second secret, which no change of anything else may lose."""
    updated = ("integration", "hf", "update")
    bench.converges("hf_integration", updated, name="hf", api_key=KEY, secret_configuration={"password": PASSWORD})
    bench.holds("hf")
    bench.holds("hf", PASSWORD, "password")
    if keeps_secrets:
        bench.converges("hf_integration", updated, name="hf", api_key=KEY, description="3 and more")
        bench.converges("hf_integration", updated, name="hf", secret_configuration={"password": OTHER_KEY})
        bench.holds("hf", OTHER_KEY, "password")
    else:
        bench.refuses("hf_integration", "the server also keeps password", name="hf", api_key=KEY, description="4")
        bench.refuses("hf_integration", "give api_key", name="hf", secret_configuration={"password": OTHER_KEY})
    bench.converges(
        "hf_integration", updated, name="hf", api_key=KEY, secret_configuration={"password": PASSWORD}, description="4"
    )
    bench.holds("hf")
    bench.holds("hf", PASSWORD, "password")


def live_models(bench: Bench, discovered: bool = False) -> None:
    """Create models, change them and purge one."""
    first = ("model", f"hf:{SLASHED}", "update" if discovered else "create")
    bench.converges(
        "hf_model", first, ("model", "hf:plain", "create"), integration="hf",
        models=[{"name": SLASHED, "endpoint": ENDPOINT, "description": "one", "tags": {"use": "chat"}},
                {"name": "plain", "endpoint": ENDPOINT}],
    )  # fmt: skip
    bench.holds("hf")
    bench.converges(
        "hf_model",
        ("model", f"hf:{SLASHED}", "update"),
        integration="hf",
        name=SLASHED,
        enabled=False,
        tags={"use": "x"},
    )
    found = bench.models()[SLASHED]
    assert (found["description"], found["enabled"], found["configuration"]) == ("one", False, {"endpoint": ENDPOINT})
    bench.converges(
        "hf_model", ("model", "hf:plain", "delete"), integration="hf", models=[{"name": SLASHED}], purge=True
    )
    bench.holds("hf")


def live_people(bench: Bench) -> None:
    """Create a group with a member and grants, and change both."""
    admin = bench.admin()
    for user in ("ana@example.com", "ben@example.com"):
        admin.done("PUT", f"/users/{user}", {"name": user, "roles": ["USER"]})
    created, updated = ("group", "people", "create"), ("group", "people", "update")
    access = {"WORKFLOW_DEF": ["READ"]}
    bench.converges(
        "conductor_group", created, name="people", roles=["USER"], default_access=access,
        members=["ana@example.com", "ben@example.com"],
    )  # fmt: skip
    bench.converges("conductor_group", updated, name="people", description="changed")
    bench.converges("conductor_group", updated, name="people", members=["ana@example.com"], purge_members=True)
    group = admin.done("GET", "/groups/people")
    assert [role["name"] for role in group["roles"]] == ["USER"], "a change of the description lost the roles"
    assert group["defaultAccess"] == access
    assert group["description"] == "changed"
    title = "GROUP people on INTEGRATION"
    bench.converges(
        "conductor_group_permission",
        ("grant", f"{title}_PROVIDER hf", "create"), ("grant", f"{title} hf:{SLASHED}", "create"),
        groups=["people"], integrations=["hf"], models=[f"hf:{SLASHED}"], access=["READ", "EXECUTE"],
    )  # fmt: skip
    bench.converges(
        "conductor_group_permission", ("grant", f"{title}_PROVIDER hf", "update"),
        groups=["people"], integrations=["hf"], access=["EXECUTE"], exclusive=True,
    )  # fmt: skip


def end_everything(bench: Bench) -> None:
    """Delete integration and group, with what goes with them, and make sure that nothing comes alive again."""
    run = bench.run("hf_integration", check=True, name="hf", state="absent")
    deleted = [("model", f"hf:{name}", "delete") for name in sorted(bench.models())]
    grants = [change for change in run.changes if change[0] == "grant"]
    assert [name for _kind, name, _action in grants] == [
        f"GROUP people on INTEGRATION hf:{SLASHED}",
        "GROUP people on INTEGRATION_PROVIDER hf",
    ]
    bench.converges("hf_integration", *grants, *deleted, ("integration", "hf", "delete"), name="hf", state="absent")
    bench.converges("hf_integration", ("integration", "hf", "create"), name="hf", api_key=KEY, namespace=NAMESPACE)
    bench.holds("hf")
    granted = bench.admin().done("GET", "/groups/people/permissions")["grantedAccess"]
    assert granted == [], "a grant came alive again"
    bench.converges("conductor_group", ("group", "people", "delete"), name="people", state="absent")


@pytest.mark.parametrize("settings", LIVES, ids=identifier)
def test_the_whole_life_with_switches(bench, settings):
    bench.settings(**settings)
    live_integration(bench)
    if settings.get("encoded_slash") != "reject":
        live_models(bench, discovered=bool(settings.get("discovered_models")))
        live_people(bench)
        end_everything(bench)
    live_other_secret(bench)


def test_what_somebody_else_deleted_and_whose_tags_are_still_there_is_made_anew(bench):
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE, "tags": {"team": "a"}, "purge_tags": True}
    bench.done("hf_integration", **{**full, "tags": {"team": "b", "region": "eu"}})
    bench.admin().done("DELETE", "/integrations/provider/hf")
    assert bench.admin().done("GET", "/integrations/provider/hf/tags"), "this server keeps no tags"
    bench.done("hf_integration", **{**full, "api_key": OTHER_KEY})
    bench.holds("hf", OTHER_KEY)
    bench.run("hf_integration", **{**full, "api_key": OTHER_KEY})
    bench.converges("hf_integration", **{**full, "api_key": OTHER_KEY})
    bench.holds("hf", OTHER_KEY)
    bench.converges("hf_integration", ("integration", "hf", "update"), **full)
    bench.holds("hf")


KEY_SWITCHES = ["secrets", "omitted_key", "posted_mask", "omitted_fields", "repeated_tag_keys"]


def test_whatever_three_settings_there_are_meet_in_the_combinations():
    values = [SWITCHES[name] for name in KEY_SWITCHES]
    chosen = covering(values)
    met = set().union(*map(meetings, chosen))
    for places in itertools.combinations(range(len(values)), STRENGTH):
        for settings in itertools.product(*(values[place] for place in places)):
            assert tuple(zip(places, settings, strict=True)) in met
    assert len(chosen) == len(set(chosen)) < len(list(itertools.product(*values))) / 2


@pytest.mark.parametrize("values", combinations(SWITCHES, KEY_SWITCHES), ids=identifier)
def test_no_combination_loses_a_key(bench, values):
    bench.settings(**dict(zip(KEY_SWITCHES, values, strict=True)))
    live_integration(bench)
    live_other_secret(bench)


@pytest.mark.parametrize("settings", LIVES_OF_OTHERS, ids=identifier)
def test_the_life_of_an_integration_in_the_hands_of_somebody_who_is_no_administrator(bench, settings):
    bench.settings(**settings)
    application = bench.admin().done("POST", "/applications", {"name": "deployment"})["id"]
    bench.admin().done("POST", f"/applications/{application}/roles/USER")
    key = bench.admin().done("POST", f"/applications/{application}/accessKeys")
    bench.connection = bench.as_caller(key["id"], key["secret"])
    live_integration(bench)
    live_models(bench)
    bench.converges(
        "hf_integration",
        ("model", f"hf:{SLASHED}", "delete"),
        ("integration", "hf", "delete"),
        name="hf",
        state="absent",
    )


def test_a_server_without_these_interfaces_is_told_before_anything_is_written(bench):
    bench.settings(authentication="absent")
    for module, options in {
        "hf_integration": {"name": "hf", "api_key": KEY, "namespace": NAMESPACE},
        "hf_model": {"integration": "hf", "name": "m", "endpoint": ENDPOINT},
        "conductor_group": {"name": "people"},
        "conductor_group_permission": {"groups": ["people"], "integrations": ["hf"], "access": ["READ"]},
    }.items():
        bench.refuses(module, "POST /api/token answered 404", "not an Orkes Conductor API", **options)
    run = bench.run("conductor_server_info")
    assert "POST /api/token answered 404" in run.message
