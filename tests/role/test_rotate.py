# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that replaces a leaked token on all clusters, and what it says is left to do."""

from __future__ import annotations

import importlib

import pytest
import stage as stage_module
from sandbox_process import HUGGING_FACE_TOKEN
from stage import INTEGRATION, KEY

ROTATE = "orkes.conductor.rotate"
NEW = HUGGING_FACE_TOKEN
PERSONAL = "hf_token_of_ana_alone_0123456789"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    """No run may print the new tokens either."""
    monkeypatch.setattr(stage_module, "SECRETS", (*stage_module.SECRETS, NEW, PERSONAL))


def key_of(stage, number: int, integration: str, key: str) -> bool:
    """Whether an integration holds this key."""
    body = {"integration": integration, "value": key}
    return stage.clusters[number].control("POST", "/secrets/check", body) == {"stored": True, "equal": True}


def make_fingerprint(*what: str) -> str:
    """What the modules leave of a key."""
    secrets = importlib.import_module("ansible_collections.orkes.conductor.plugins.module_utils._secrets")
    return str(secrets.make_fingerprint(*what))


def test_a_leaked_token_is_found_and_replaced_on_two_clusters(stage):
    # Both as the role leaves them, and on the second one what the inventory does not have.
    for number, secrets in enumerate(("masked", "reference")):
        admin = stage.build(number)
        stage.clusters[number].settings(secrets=secrets)
        mark = make_fingerprint(KEY, "hf", "api_key")
        admin.done("PUT", "/integrations/provider/hf/tags", [{"key": "ansible_fingerprint", "value": mark}])
    configuration = {"api_key": KEY, "namespace": "acme"}
    admin.integration("undeclared", configuration=configuration)
    admin.integration("other", configuration={"api_key": "hf_another_0123456789", "namespace": "acme"})
    reach = {
        "hf_setup_hub_url": stage.clusters[0].huggingface()["HF_ENDPOINT"],
        "hf_setup_endpoints_url": stage.clusters[0].huggingface()["HUGGINGFACE_ENDPOINTS_URL"],
        "hf_setup_leaked_token": KEY,
    }
    hosts = {name: stage.host(number, **reach) for number, name in enumerate(("one", "two"))}
    before = [stage.writes(number) for number in (0, 1)]

    # Without a new one it only looks.
    run = stage.play(hosts, playbook=ROTATE)
    assert (run.status, run.changed) == (0, {"one": 0, "two": 0}), run.output
    assert "integration hf carries the leaked token in api_key: its fingerprint says so" in run.said("one")
    assert "nothing was written: give hf_setup_new_token to replace the leaked token" in run.said("one")
    unknown = "cannot be told: the server does not show the key, and there is no fingerprint"
    assert {f"integration {name} {unknown}" for name in ("other", "undeclared")} <= set(run.said("two"))

    # The new one has to be of use: ana's may not use acme.
    stage.clusters[0].control("PUT", "/huggingface/tokens/ana", {"token": PERSONAL, "account": "ana"})
    stage.clusters[0].control(
        "PUT", "/huggingface/tokens/leaked", {"token": KEY, "account": "ana", "organizations": [{"name": "acme"}]}
    )
    for variables in hosts.values():
        variables.update(hf_setup_new_token=PERSONAL, hf_setup_check_token=True)
    hosts["two"]["hf_setup_rotate_also"] = ["undeclared"]
    stage.refuses(hosts, "Nothing was written", "the token cannot use the namespace acme", playbook=ROTATE)

    for variables in hosts.values():
        variables["hf_setup_new_token"] = NEW
    run = stage.play(hosts, "--check", playbook=ROTATE)
    assert (run.status, run.changed) == (0, {"one": 1, "two": 1}), run.output
    assert "~ integration undeclared: api_key unknown → set" in run.output
    assert [stage.writes(number) for number in (0, 1)] == before

    run = stage.play(hosts, playbook=ROTATE)
    assert (run.status, run.changed) == (0, {"one": 1, "two": 1}), run.output
    for number, name in ((0, "hf"), (1, "hf"), (1, "undeclared")):
        assert key_of(stage, number, name, NEW), name
    assert key_of(stage, 1, "other", "hf_another_0123456789")
    said = run.said("one")
    assert "integration hf carries the new token: its fingerprint says so" in said
    assert any("the inventory still gives the leaked token to hf" in line for line in said)
    assert "revoke the leaked token at Hugging Face as soon as no other cluster carries it" in said[-1]
    assert "(fineGrained, created" in said[-1] and "of ana" in said[-1]
    assert "look at what cannot be told" in run.said("two")[-1]
    assert f"integration other {unknown}" in run.said("two")

    # With the new key in the inventory the site has nothing to do.
    before = [stage.writes(number) for number in (0, 1)]
    for variables in hosts.values():
        variables["hf_setup_integrations"] = [{**INTEGRATION, "api_key": NEW}]
    run = stage.play(hosts, playbook="orkes.conductor.site")
    assert (run.status, run.changed) == (0, {"one": 0, "two": 0}), run.output
    assert [stage.writes(number) for number in (0, 1)] == before


def test_what_stands_in_the_way_is_told_before_anything_is_written(stage):
    stage.build()
    stage.clusters[0].settings(secrets="masked")
    host = stage.host(hf_setup_leaked_token=KEY, hf_setup_new_token=KEY)
    stage.refuses({"one": host}, "leaked_token and new_token are the same", playbook=ROTATE)
    other = {**host, "hf_setup_new_token": NEW, "hf_setup_expected_org": "another"}
    stage.refuses({"one": other}, "hf_setup_expected_org is another", playbook=ROTATE)
