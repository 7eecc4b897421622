# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applications and what they may do, where servers differ and requests fail."""

from __future__ import annotations

import json

import pytest
from bench import ENDPOINT
from probing import probe

CREATED = ("application", "svc", "create")
GRANT = ("grant", "APPLICATION svc on INTEGRATION_PROVIDER hf", "create")
GRANTED = {"application": "svc", "integrations": ["hf"], "access": ["READ"]}


def may_read(bench) -> bool:
    """Whether the application may read the integration, by the server's own word."""
    admin = bench.admin()
    own_id = next(found["id"] for found in admin.done("GET", "/applications") if found["name"] == "svc")
    return bool(admin.done("GET", f"/users/app:{own_id}/checkPermissions?type=INTEGRATION_PROVIDER&id=hf")["READ"])


@pytest.mark.parametrize("cascade", ["kept", "removed"])
def test_the_whole_life(bench, cascade):
    bench.settings(delete_cascade=cascade)
    bench.integration()
    bench.done("hf_model", integration="hf", name="plain", endpoint=ENDPOINT)
    run = bench.converges("conductor_application", CREATED, name="svc", roles=["WORKER"], tags={"team": "a"})
    assert run.result["applications"][0]["name"] == "svc"
    bench.converges("conductor_application_permission", GRANT, **GRANTED)
    assert may_read(bench)
    own_id = run.result["applications"][0]["id"]
    bench.converges("conductor_application_permission", application=own_id, integrations=["hf"], access=["READ"])
    bench.converges("conductor_application", ("application", "other", "update"), name="other", application_id=own_id)
    bench.converges(
        "conductor_application",
        ("grant", "APPLICATION other on INTEGRATION_PROVIDER hf", "delete"),
        ("application", "other", "delete"),
        name="other",
        state="absent",
    )


def test_several_of_one_name_are_an_error_that_lists_their_ids(bench):
    ids = sorted(bench.admin().done("POST", "/applications", {"name": "svc"})["id"] for _number in range(2))
    text = f"2 applications have this name: give the id of one: {', '.join(ids)}"
    bench.refuses("conductor_application", text, name="svc", roles=["USER"])
    bench.integration()
    bench.refuses("conductor_application_permission", text, **GRANTED)
    bench.converges(
        "conductor_application", ("application", "svc", "delete"), name="svc", application_id=ids[0], state="absent"
    )
    bench.converges("conductor_application", name="svc")


@pytest.mark.parametrize("form", ["prefixed", "both"])
def test_a_server_that_names_applications_as_users(bench, form):
    bench.settings(application_grant_subject=form)
    bench.integration()
    bench.done("conductor_application", name="svc")
    bench.converges("conductor_application_permission", GRANT, **GRANTED)
    assert may_read(bench)


def test_a_server_that_names_applications_by_their_bare_id_takes_a_profile(bench, tmp_path):
    bench.settings(application_grant_subject="bare")
    bench.integration()
    bench.done("conductor_application", name="svc")
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(probe(bench.sandbox)[0]), encoding="utf-8")
    bench.connection["CONDUCTOR_PROFILE_PATH"] = str(path)
    bench.converges("conductor_application_permission", GRANT, **GRANTED)
    assert may_read(bench)
    bench.converges(
        "conductor_application_permission",
        ("grant", GRANT[1], "delete"),
        application="svc",
        integrations=["hf"],
        state="absent",
    )
    assert not may_read(bench)


def test_a_server_of_bare_ids_that_lists_no_grants_by_subject_is_told_before_anything_is_written(bench, tmp_path):
    bench.settings(application_grant_subject="bare", grants_by_subject="not_found")
    bench.integration()
    bench.done("conductor_application", name="svc")
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(probe(bench.sandbox)[0]), encoding="utf-8")
    bench.connection["CONDUCTOR_PROFILE_PATH"] = str(path)
    bench.refuses("conductor_application_permission", "lists no grants by subject", **GRANTED)


@pytest.mark.parametrize("form", ["prefixed", "bare", "both"])
def test_whatever_the_server_calls_it_a_deleted_application_leaves_no_grant(bench, form):
    bench.settings(application_grant_subject=form, delete_cascade="kept")
    bench.integration()
    own_id = bench.run("conductor_application", name="svc").result["applications"][0]["id"]
    names = {"prefixed": [f"app:{own_id}"], "bare": [own_id], "both": [f"app:{own_id}", own_id]}[form]
    for name in names:
        bench.admin().grant(("USER", name), ("INTEGRATION_PROVIDER", "hf"), "READ")
    bench.done("conductor_application", name="svc", state="absent")
    left = bench.admin().done("GET", "/auth/authorization/INTEGRATION_PROVIDER/hf").get("READ", [])
    assert not [subject for subject in left if subject["id"] in names]


def test_no_second_application_where_the_answer_to_the_first_is_lost(bench):
    bench.fault(kind="drop", method="POST", path="/api/applications", when="after")
    run = bench.run("conductor_application", name="svc", roles=["WORKER"])
    assert run.failed
    assert "the server may have acted on it" in run.message
    bench.converges("conductor_application", ("application", "svc", "update"), name="svc", roles=["WORKER"])
    assert len([found for found in bench.admin().done("GET", "/applications") if found["name"] == "svc"]) == 1


def test_an_owner_keeps_applications_with_the_roles_it_may_give(bench):
    admin = bench.admin()
    own = admin.done("POST", "/applications", {"name": "owner"})["id"]
    admin.done("POST", f"/applications/{own}/roles/APPLICATION_CREATOR")
    key = admin.done("POST", f"/applications/{own}/accessKeys")
    bench.connection = bench.as_caller(key["id"], key["secret"])
    run = bench.run("conductor_application", name="svc", roles=["WORKER"])
    assert not run.failed, run.message
    refused = bench.run("conductor_application", name="third", roles=["METADATA_MANAGER"])
    assert refused.failed
    assert "take the role ADMIN" in refused.message
