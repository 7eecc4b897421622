# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference Endpoints that several clusters declare are created once, as they were approved."""

from __future__ import annotations

import json

from test_endpoints import INTEGRATION, SERVED, declared, endpoints

SHARED = {"hf_setup_allow_shared_server": True}
KEYLESS = {"hf_setup_server_url": ..., "hf_setup_auth_key": ..., "hf_setup_auth_secret": ...}


def host(stage, number=0, integration="hf", **more):
    """A cluster that shares the endpoint, by an integration of its own name."""
    own = {"hf_setup_integrations": [{**INTEGRATION, "name": integration}], **SHARED}
    return stage.host(number, **declared(stage, **{**own, **more}))


def otherwise(**options):
    return [{**INTEGRATION, "models": [{**SERVED, "hf_endpoint": {**SERVED["hf_endpoint"], **options}}]}]


def creations(stage):
    """How creations of endpoints were answered."""
    log = stage.clusters[0].control("GET", "/log")
    return [entry["status"] for entry in log if (entry["method"], entry["path"][-14:]) == ("POST", "/endpoint/acme")]


def served_at(stage, number, integration="hf"):
    (model,) = stage.admin(number).done("GET", f"/integrations/provider/{integration}/integration?activeOnly=false")
    return model["configuration"]["endpoint"]


def test_an_approved_plan_holds_when_a_step_before_it_has_created_the_endpoint(stage):
    hosts = {"one": host(stage), "two": host(stage, 1)}
    planned = stage.play(hosts, "--check", "-e", "hf_setup_plan_folder=plans")
    assert (planned.status, planned.changed, creations(stage)) == (0, {"one": 2, "two": 1}, []), planned.output
    plans = {name: json.loads((stage.folder / "plans" / f"{name}.json").read_text()) for name in hosts}
    (made,) = [line for line in plans["one"]["lines"] if "translator" in line and line.startswith("+ endpoint")]
    assert f"= {made[2:]} (created once, by one)" in plans["two"]["lines"]
    assert [change["kind"] for change in plans["two"]["changes"]] == ["integration", "model"]
    assert planned.summary[1:] == [
        "one: planned, 3 to create, 0 to update, 0 to delete, 0 unchanged",
        "two: planned, 2 to create, 0 to update, 0 to delete, 1 unchanged",
    ]

    # Hugging Face's token alone does, and the endpoint is made once.
    alone = {name: {key: value for key, value in one.items() if key not in KEYLESS} for name, one in hosts.items()}
    first = stage.play(alone, playbook="orkes.conductor.endpoints")
    assert (first.status, first.changed, creations(stage)) == (0, {"one": 1, "two": 0}, [200]), first.output
    assert [stage.clusters[number].control("GET", "/log?kind=write") for number in (1,)] == [[]]

    # The plan is another one by now, and a part of the approved one: with its file, and with nothing but its digest.
    digest = {"hf_setup_expected_plan": plans["two"]["digest"]}
    hosts = {
        "one": {**hosts["one"], "hf_setup_expected_plan_file": "plans/{{ inventory_hostname }}.json"},
        "two": {**hosts["two"], **digest},
    }
    applied = stage.play(hosts, "-e", "hf_setup_serial=1")
    assert (applied.status, applied.changed, creations(stage)) == (0, {"one": 2, "two": 2}, [200]), applied.output
    assert served_at(stage, 0) == served_at(stage, 1)

    # The other way round it is no part of it: an endpoint that is gone is not created, and billed, unapproved.
    stage.play(hosts, "--check", "-e", "hf_setup_plan_folder=plans", "-e", '{"hf_setup_expected_plan_file": ""}')
    stage.clusters[0].control("POST", "/reset")
    run = stage.refuses({"one": hosts["one"]}, "is not the approved one", "New: + endpoint acme/translator")
    assert endpoints(stage) == {}, run.output


def test_when_the_one_that_sees_to_an_endpoint_fails_another_one_does(stage):
    stage.clusters[0].settings(huggingface_initializing_reads=6)
    hosts = {
        # First comes one without endpoints: the others' are made before their models nevertheless.
        "plain": host(stage, 1, hf_setup_integrations=[{**INTEGRATION, "name": "plain", "models": []}]),
        # It is planned to create the endpoint, and its plan is not the approved one.
        "refused": host(stage, hf_setup_expected_plan="0" * 64),
        # Then it is this one's, whose token may not.
        "powerless": host(stage, integration="hf2", hf_setup_hf_token="hf_of_nobody_0123456789"),
        "two": host(stage, 1),
        "three": host(stage, integration="hf3"),
    }
    stage.clusters[0].control(
        "PUT", "/huggingface/tokens/reader",
        {
            "account": "reader", "token": "hf_of_nobody_0123456789", "organizations": [{"name": "acme"}],
            "global_permissions": ["inference.endpoints.read"],
        },
    )  # fmt: skip
    run = stage.play(hosts)
    assert run.summary[0] == "5 clusters: 3 done, 2 failed, 0 not tried"
    assert creations(stage) == [403, 200]
    assert served_at(stage, 1) == served_at(stage, 0, "hf3")
    assert served_at(stage, 1).endswith(endpoints(stage)["translator"]["url"])


def test_clusters_that_declare_an_endpoint_otherwise_are_refused_before_anything_is_written(stage):
    hosts = {
        "one": host(stage),
        "apart": host(stage, 1, hf_setup_integrations=[]),
        "later": host(
            stage, hf_setup_integrations=otherwise(max_replica=3, secrets={"KEY": "a secret of twenty signs"})
        ),
    }
    run = stage.play(hosts, "-e", "hf_setup_serial=1")
    assert run.messages.keys() == {"one", "later"}, run.output
    told = "declared otherwise by later: max_replica not given here and 3 there, secrets. Clusters share it"
    assert f"Inference Endpoint acme/translator is {told}" in run.messages["one"]
    assert "declared otherwise by one: max_replica 3 here and not given there" in run.messages["later"]
    assert (endpoints(stage), stage.writes(0)) == ({}, 0)
    assert "a secret of twenty signs" not in run.output

    # Whoever takes it down is told who else of the inventory uses it, whether or not it is in the play.
    torn = stage.play(
        {"one": host(stage, hf_setup_delete_endpoints=True), "two": host(stage, 1)},
        "--check", "--limit", "one", playbook="orkes.conductor.teardown",
    )  # fmt: skip
    assert "acme/translator is about to be deleted, though the inventory also declares it for two" in torn.output
