# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that read a profile: what the cluster really does instead of the cautious way, and no stale profile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench import ENDPOINT, KEY, NAMESPACE, OTHER_KEY, Bench
from combinations import combinations, together
from probing import answers_of, probe
from test_switches import (
    ALONE,
    DEFAULTS,
    EACH,
    SLASHED,
    SWITCHES,
    end_everything,
    identifier,
    live_integration,
    live_models,
    live_other_secret,
    live_people,
)

UPDATED = ("integration", "hf", "update")
#: Switches whose answer changes what a module does.
USED = ["secrets", "omitted_key", "required_configuration", "tag_write_moves_update_time"]
#: Of each of these a life has one setting.
AREAS = [("raw_slash", "roles_listing"), ("model_write_moves_update_time", "repeated_tag_keys"), ("latency",)]
OF_AREAS = [(name, value) for name, value in EACH if any(name in area for area in AREAS)]


@pytest.fixture
def profiled(bench: Bench, tmp_path: Path):
    """Sets switches, and has every module read the profile of the sandbox with them; returns the answers."""

    def profile(**switches: Any) -> dict[str, Any]:
        bench.settings(**switches)
        document, left = probe(bench.sandbox)
        assert left == []
        path = tmp_path / "profile.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        bench.connection["CONDUCTOR_PROFILE_PATH"] = str(path)
        return answers_of(document)

    return profile


def keeps_secrets(answers: dict[str, Any]) -> bool:
    """Whether the cluster is known to keep the secrets of an integration that is saved without them."""
    return answers["omitted_key"] == "kept" or answers["secrets"] == "clear"


@pytest.mark.parametrize("values", combinations(SWITCHES, USED), ids=identifier)
def test_no_profile_loses_a_key(bench, profiled, values):
    answers = profiled(**dict(zip(USED, values, strict=True)))
    live_integration(bench, keeps_secrets(answers))
    live_other_secret(bench, keeps_secrets(answers))


@pytest.mark.parametrize("settings", together([*OF_AREAS, *ALONE], AREAS, ALONE), ids=identifier)
def test_the_whole_life_with_a_profile(bench, profiled, settings):
    answers = profiled(**settings)
    live_integration(bench, keeps_secrets(answers))
    if settings.get("encoded_slash") != "reject":
        live_models(bench)
        live_people(bench)
        end_everything(bench)
    live_other_secret(bench, keeps_secrets(answers))


def test_what_a_profile_says_of_slashes_is_not_asked_again(bench, profiled):
    profiled()
    bench.integration()
    model = {"integration": "hf", "name": SLASHED, "endpoint": ENDPOINT}
    asked = len(bench.requests())
    bench.done("hf_model", **model)
    bench.forget()
    bench.done("hf_model", **{**model, "state": "absent"})
    profile = bench.connection.pop("CONDUCTOR_PROFILE_PATH")
    bench.run("hf_model", **model)
    without = [request for request in bench.requests() if "probe" in request[1]]
    assert len(without) == 2, "nothing was asked, so nothing can be saved"
    bench.done("hf_model", **{**model, "state": "absent"})
    bench.connection["CONDUCTOR_PROFILE_PATH"] = profile
    bench.run("hf_model", **model)
    assert [request for request in bench.requests() if "probe" in request[1]] == []
    assert asked == 0


def test_where_the_key_is_kept_a_model_in_bulk_needs_none(bench, profiled):
    profiled(omitted_key="kept", encoded_slash="reject", raw_slash="not_found")
    bench.integration(secret_configuration={"password": OTHER_KEY})
    model = {"integration": "hf", "name": SLASHED, "endpoint": ENDPOINT}
    bench.converges("hf_model", ("model", f"hf:{SLASHED}", "create"), **model)
    bench.holds("hf")
    bench.holds("hf", OTHER_KEY, "password")


def test_where_values_are_shown_a_key_that_differs_has_changed_and_gets_no_fingerprint(bench, profiled):
    profiled(secrets="clear")
    bench.integration()
    run = bench.run("hf_integration", check=True, name="hf", api_key=OTHER_KEY)
    assert run.result["changes"][0]["fields"]["api_key"]["before"] == "changed"
    assert bench.admin().done("GET", "/integrations/provider/hf")["tags"] == []


# Fingerprints that record when the integration was written


def console_writes(bench: Bench, key: str, description: str = "") -> None:
    """Save the integration as the console does."""
    configuration = {"api_key": key, "namespace": NAMESPACE}
    body = {"type": "huggingface", "category": "AI_MODEL", "description": description, "enabled": True}
    bench.admin().done("POST", "/integrations/provider/hf", {**body, "configuration": configuration})


def test_a_key_changed_in_the_console_is_noticed_where_tags_leave_the_update_time_alone(bench, profiled):
    profiled(tag_write_moves_update_time=False)
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE}
    bench.converges("hf_integration", ("integration", "hf", "create"), **full)
    bench.converges("hf_integration", UPDATED, **full, tags={"team": "a"})
    console_writes(bench, OTHER_KEY)
    run = bench.run("hf_integration", check=True, **full)
    assert run.result["changes"][0]["fields"] == {"api_key": {"before": "unverified", "after": "set"}}
    assert run.result["plan"] == ["~ integration hf: api_key unverified → set"]
    bench.converges("hf_integration", UPDATED, **full)
    bench.holds("hf")


def test_our_own_writes_do_not_make_a_key_unverified(bench, profiled):
    profiled(tag_write_moves_update_time=False)
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE}
    bench.converges("hf_integration", ("integration", "hf", "create"), **full)
    bench.converges("hf_integration", UPDATED, **full, description="ours")
    bench.converges("hf_integration", UPDATED, **full, tags={"team": "a"})
    bench.done("hf_model", integration="hf", name=SLASHED, endpoint=ENDPOINT)
    bench.converges("hf_integration", **full, description="ours")


def test_a_model_in_bulk_does_not_make_the_key_unverified(bench, profiled):
    profiled(tag_write_moves_update_time=False, encoded_slash="reject", raw_slash="not_found")
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE}
    bench.done("hf_integration", **full)
    bench.converges(
        "hf_model", ("model", f"hf:{SLASHED}", "create"), integration="hf", name=SLASHED, endpoint=ENDPOINT, api_key=KEY
    )
    bench.converges("hf_integration", **full)


def test_where_models_move_the_update_time_it_is_not_recorded(bench, profiled):
    profiled(tag_write_moves_update_time=False, model_write_moves_update_time=True)
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE}
    bench.done("hf_integration", **full)
    bench.done("hf_model", integration="hf", name=SLASHED, endpoint=ENDPOINT)
    bench.converges("hf_integration", **full)


def test_a_recorded_time_means_nothing_without_the_profile(bench, profiled):
    profiled(tag_write_moves_update_time=False)
    full = {"name": "hf", "api_key": KEY, "namespace": NAMESPACE}
    bench.done("hf_integration", **full)
    console_writes(bench, KEY)
    bench.connection.pop("CONDUCTOR_PROFILE_PATH")
    bench.converges("hf_integration", **full)


# Profiles that do not fit


def test_a_profile_of_another_version_is_not_used_and_holds_deletions_back(bench, profiled):
    profiled(omitted_key="kept")
    bench.integration()
    bench.done("hf_model", integration="hf", name="plain", endpoint=ENDPOINT)
    bench.settings(version="6.0.0")
    bench.refuses("hf_integration", "give api_key", name="hf", description="no key needed")
    for check in (True, False):
        run = bench.run("hf_integration", check=check, name="hf", state="absent")
        assert not run.failed, run.message
        assert (run.changed, run.changes) == (False, [])
        assert run.result["held_back"] == [
            {"kind": "model", "name": "hf:plain"},
            {"kind": "integration", "name": "hf"},
        ]
        warnings = str(run.result["warnings"])
        assert "taken of version 5.4.2, and the server has version 6.0.0" in warnings
        assert "held back until the cluster is probed again: the deletion of model hf:plain, integration hf" in warnings
    assert bench.writes() == []
    # What creates and changes goes on.
    bench.converges("hf_integration", UPDATED, name="hf", api_key=KEY, description="changed")
    profiled(omitted_key="kept")
    bench.converges(
        "hf_integration",
        ("model", "hf:plain", "delete"),
        ("integration", "hf", "delete"),
        name="hf",
        state="absent",
    )


def test_a_profile_of_another_cluster_is_not_used(bench, profiled):
    profiled(omitted_key="kept")
    bench.integration()
    bench.settings(organization="another-org", omitted_key="erased")
    run = bench.refuses("hf_integration", "give api_key", name="hf", description="the key would be lost")
    assert "taken of organization sandbox-org, and the server has organization another-org" in str(
        run.result["warnings"]
    )
    bench.holds("hf")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a profile"),
        ('{"profile": 2, "answers": {}}', "form 2"),
        ('{"profile": 1, "answers": {"secrets": {"value": "hidden"}}}', "answers secrets with 'hidden'"),
        ('{"profile": 1, "answers": {"colour": {"value": "red"}}}', "does not know: colour"),
        ('{"profile": 1, "answers": {"token_lifetime": {"value": true}}}', "no int"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(bench, tmp_path, content, text):
    path = tmp_path / "profile.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    bench.refuses("hf_integration", text, str(path), name="hf", api_key=KEY, namespace=NAMESPACE, profile=str(path))


def test_every_question_of_a_profile_has_a_default_in_the_sandbox(profiled):
    assert set(profiled()) - set(DEFAULTS) == set()
