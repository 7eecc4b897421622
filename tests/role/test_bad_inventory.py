# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an inventory is said at once, and before anything is written."""

from __future__ import annotations

import pytest
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


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"hf_setup_integrations": [{**INTEGRATION, "api_keys": "x"}]}, "api_keys"),
        ({"hf_setup_groups": [{"name": "users", "permissions": [permission(access=["USE"])]}]}, "USE"),
        ({"hf_setup_manage": ["everything"]}, "everything"),
    ],
)
def test_every_option_is_checked(stage, variables, text):
    run = stage.refuses({"one": stage.host(**variables)}, "alidation of arguments failed")
    assert text in run.output


@pytest.mark.parametrize(
    ("variables", "texts"),
    [
        (
            {
                "hf_setup_groups": [
                    {**GROUP, "permissions": [permission(models=["plian"]), permission(integration="x")]}
                ]
            },
            ["model hf:plian does not exist", "integration x does not exist"],
        ),
        (
            {
                "hf_setup_groups": [
                    {"name": "users", "members": ["nobody@example.com"]},
                    {"name": "sso", "create": False},
                ]
            },
            ["nobody@example.com", "group sso"],
        ),
        ({"hf_setup_manage": ["models"]}, ["integration hf does not exist"]),
        ({"hf_setup_manage": ["permissions"]}, ["group users does not exist", "integration hf does not exist"]),
    ],
)
def test_what_nobody_is_about_to_create_is_missing_in_check_mode_too(stage, variables, texts):
    stage.refuses({"one": stage.host(**variables)}, *texts, options=["--check"])
