# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an empty cluster to a model that answers in a workflow, as the guide tells it."""

from __future__ import annotations

import json
import re
import textwrap

import requests
import yaml
from module_process import ROOT
from sandbox_process import ADMIN_SECRET, HUGGING_FACE_TOKEN

MODEL = "hf-dev:HuggingFaceTB/SmolLM2-135M-Instruct"
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "first_workflow.rst").read_text()
WORKFLOWS = ROOT / "examples" / "workflow"


def block(language):
    """The first block of code of a language in the guide."""
    found = re.search(rf"^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
    assert found, f"the guide has no {language}"
    return textwrap.dedent(found[1])


def guided(stage, **more):
    """The host of the guide, with what stands for its vault and its cluster here."""
    here = {
        "hf_setup_server_url": stage.clusters[0].url,
        "hf_setup_auth_key": "sandbox-admin",
        "vault_conductor_auth_secret": ADMIN_SECRET,
        "vault_hf_token": HUGGING_FACE_TOKEN,
        "hf_setup_hub_url": stage.clusters[0].huggingface()["HF_ENDPOINT"],
        "hf_setup_endpoints_url": stage.clusters[0].huggingface()["HUGGINGFACE_ENDPOINTS_URL"],
        "hf_setup_endpoint_step": 0.02,
        "hf_setup_smoke_test_interval": 0.02,
    }
    return {"one": {**yaml.safe_load(block("yaml")), **here, **more}}


def left(stage):
    """What of smoke tests is still on the cluster."""
    state = stage.clusters[0].control("GET", "/state")
    return [key for table, keys in state.items() for key in keys if "smoke-test" in key or table == "executions"]


def test_from_an_empty_cluster_to_the_first_workflow(stage):
    cluster = stage.clusters[0]
    stage.admin().done("PUT", "/users/ana@example.com", {"name": "Ana", "roles": ["USER"]})
    cluster.settings(secrets="clear")
    planned = stage.play(guided(stage), "--check", "--diff")
    assert planned.status == 0, planned.output
    assert "Models are not asked in check mode" in planned.output
    before = stage.writes()
    assert planned.changed == {"one": 5}

    # One run: token, endpoint, integration, model, group, member, application, access key, grants; it verifies, asks.
    applied = stage.play(guided(stage))
    assert (applied.status, applied.changed) == (0, {"one": 8}), applied.output
    *rest, verified, asked = applied.said()
    assert verified == "verified: 14 objects and accesses", "and nothing is left that could not be verified"
    assert re.fullmatch(rf"{MODEL} \(chat\) answered in \d+\.\d+ s, \d+ tokens: The sandbox speaks for .*", asked), (
        asked
    )
    assert "access_keys: 1 created, 0 updated, 0 deleted, 0 unchanged" in rest
    key = json.loads((stage.folder / "keys" / "one-support-desk.json").read_text())
    assert key["auth_secret"] not in applied.output
    assert left(stage) == []
    asking = [
        entry for entry in cluster.control("GET", "/log") if entry["path"].startswith("/api/workflow/ansible-smoke")
    ]
    assert {entry["caller"] for entry in asking} == {f"app:{key['application_id']}"}
    assert before < stage.writes()

    written = cluster.control("GET", "/state")
    again = stage.play(guided(stage))
    assert (again.status, again.changed) == (0, {"one": 0}), again.output
    assert f"{MODEL} (chat) answered" in again.said()[-1]
    assert cluster.control("GET", "/state") == written

    # The workflow of the guide is the one beside it, and runs.
    definition = json.loads((WORKFLOWS / "answer_ticket.json").read_text())
    (task,) = definition["tasks"]
    shown = json.loads(block("json"))
    shown["inputParameters"]["messages"][0]["message"] = task["inputParameters"]["messages"][0]["message"]
    assert {**shown["inputParameters"], "maxTokens": 200} == task["inputParameters"]
    integration, _colon, model = MODEL.partition(":")
    given = {
        "server_url": cluster.url, "key_file": "keys/one-support-desk.json", "integration": integration, "model": model,
        "ticket": "How do I leave?", "pause": 0.1,
    }  # fmt: skip
    run = stage.play(guided(stage), "-e", json.dumps(given), playbook=WORKFLOWS / "run.yml")
    assert run.status == 0, run.output
    assert "in two sentences: How do I leave?" in run.output

    # An endpoint that somebody pauses: the run says what to do.
    url = f"{cluster.huggingface()['HUGGINGFACE_ENDPOINTS_URL']}/endpoint/acme/assistant/pause"
    requests.post(url, headers={"Authorization": f"Bearer {HUGGING_FACE_TOKEN}"}, timeout=10).raise_for_status()
    silent = stage.play(guided(stage, hf_setup_verify=False, hf_setup_manage=["endpoints"]))
    assert silent.status != 0
    message = silent.messages["one"]
    assert message.startswith(
        f"1 of 1 models did not answer:\n- {MODEL} (chat) did not answer: the workflow ended as FAILED"
    )
    assert message.endswith("its Inference Endpoint is paused: have it run (state: running), or look at its logs")
    assert left(stage) != [], "only the execution of the guide's own workflow"
    assert not any("smoke-test" in key for key in left(stage))
