# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an inventory is said at once, and before anything is written."""

from __future__ import annotations

from stage import GROUP, INTEGRATION


def permission(**more):
    return {"integration": "hf", "access": ["READ"], **more}


def test_all_contradictions_come_in_one_message(stage):
    gone = {"name": "gone", "state": "absent", "models": [{"name": "m"}]}
    half = {**INTEGRATION, "models": [*INTEGRATION["models"], {"name": "old", "state": "absent"}, {"name": "plain"}]}
    permissions = [
        permission(models=["plain"], all_models=True),
        permission(models=["old"]),
        permission(integration="gone"),
        permission(integration="elsewhere", all_models=True),
        # These are fine.
        permission(integration="gone", state="absent"),
        permission(models=["old"], state="absent"),
        permission(models=["plain"], all_models=False),
    ]
    stage.refuses(
        {
            "one": stage.host(
                hf_setup_integrations=[half, gone, gone],
                hf_setup_groups=[{"name": "users", "permissions": permissions}, GROUP],
            )
        },
        "Nothing was written. "
        "integration gone is listed 2 times: keep one. "
        "model hf:plain is listed 2 times: keep one. "
        "model gone:m is listed 2 times: keep one. "
        "group users is listed 2 times: keep one. "
        "group users, permission on integration hf: models and all_models exclude each other: keep one. "
        "group users, permission on integration hf: its model old is declared absent: remove it from the permission. "
        "group users, permission on integration gone: this integration is declared absent: remove the permission, or "
        "set its state. "
        "group users, permission on integration elsewhere: all_models means the models declared for it, and elsewhere "
        "is not in hf_setup_integrations: name the models, or declare the integration.",
    )


def test_a_purge_would_take_the_model_away_that_a_permission_names(stage):
    named = {"hf_setup_groups": [{"name": "users", "permissions": [permission(models=["found"])]}]}
    stage.refuses({"one": stage.host(**named, hf_setup_purge=True)}, "model found is not declared", "hf_setup_purge")


def hosts_with(stage, cases):
    """A host for each of several variables: one play tells about all of them."""
    shared = {"hf_setup_allow_shared_server": True}
    return {name: stage.host(**variables, **shared) for name, (variables, _texts) in cases.items()}


def test_every_option_is_checked(stage):
    unknown = {"hf_setup_integrations": [{**INTEGRATION, "api_keys": "x"}]}
    access = {"hf_setup_groups": [{"name": "users", "permissions": [permission(access=["USE"])]}]}
    cases = {
        "unknown": (unknown, ["api_keys"]),
        "access": (access, ["USE"]),
        "manage": ({"hf_setup_manage": ["everything"]}, ["everything"]),
        "nameless": ({"hf_setup_groups": [{"members": []}]}, ["name"]),
    }
    run = stage.refuses(hosts_with(stage, cases), "alidation of arguments failed")
    for host, (_variables, texts) in cases.items():
        for text in texts:
            assert text in run.messages[host]


def test_what_nobody_is_about_to_create_is_missing_in_check_mode_too(stage):
    typos = [permission(models=["plian"]), permission(integration="x")]
    people = [{"name": "users", "members": ["nobody@example.com"]}, {"name": "sso", "create": False}]
    no_integration = "integration hf does not exist"
    cases = {
        "typos": (
            {"hf_setup_groups": [{**GROUP, "permissions": typos}]},
            ["model hf:plian does not exist", "integration x does not exist"],
        ),
        "people": ({"hf_setup_groups": people}, ["nobody@example.com", "group sso"]),
        "models": ({"hf_setup_manage": ["models"]}, [no_integration]),
        "nothing": ({"hf_setup_manage": []}, ["hf_setup_manage is empty"]),
        "endless": ({"hf_setup_endpoint_step": 0}, ["hf_setup_endpoint_step is 0: the least is 0.01"]),
        "permissions": ({"hf_setup_manage": ["permissions"]}, ["group users does not exist", no_integration]),
    }
    run = stage.refuses(hosts_with(stage, cases), options=["--check"])
    for host, (_variables, texts) in cases.items():
        for text in texts:
            assert text in run.messages[host]
