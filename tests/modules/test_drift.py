# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes made by others: seen by check mode, shown in the diff, mended by the next run, and then nothing more.

Once the change is made by a request to the interface, once with the vendor's Python SDK, which also reads back every
field that the modules wrote.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bench import ENDPOINT, KEY, OTHER_KEY, Bench
from module_process import clean_environment, interpreter
from sandbox_process import ADMIN_KEY, ADMIN_SECRET

INTEGRATION, MODEL, GROUP = "hf-prod", "meta-llama/Llama-3.1-8B-Instruct", "people"
DECLARED: dict[str, dict[str, Any]] = {
    "hf_integration": {
        "name": INTEGRATION, "api_key": KEY, "namespace": "acme", "description": "declared", "enabled": True,
        "configuration": {"environment": "blue"}, "tags": {"team": "platform"},
    },
    "hf_model": {
        "integration": INTEGRATION, "name": MODEL, "endpoint": "https://endpoint.example", "description": "declared",
        "enabled": True, "configuration": {"version": "2"}, "tags": {"use": "chat"},
    },
    "conductor_group": {
        "name": GROUP, "description": "declared", "roles": ["USER", "METADATA_MANAGER"],
        "default_access": {"WORKFLOW_DEF": ["READ", "EXECUTE"]}, "members": ["ana@example.com"], "purge_members": True,
    },
    "conductor_group_permission": {
        "groups": [GROUP], "integrations": [INTEGRATION], "models": [f"{INTEGRATION}:{MODEL}"],
        "access": ["READ", "EXECUTE"], "exclusive": True,
    },
}  # fmt: skip


def sdk(bench: Bench, action: str) -> Any:
    """Have the vendor's SDK do something."""
    finished = subprocess.run(
        # With byte code: the SDK is large.
        [interpreter("SDK_PYTHON"), str(Path(__file__).with_name("sdk_client.py"))],
        input=json.dumps({"url": bench.sandbox.url, "key": ADMIN_KEY, "secret": ADMIN_SECRET, "do": action}),
        env=clean_environment(CONDUCTOR_HTTP2_ENABLED="false"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.fixture
def declared(bench):
    """A sandbox that holds what is declared."""
    for user in ("ana@example.com", "ben@example.com"):
        bench.admin().done("PUT", f"/users/{user}", {"name": user, "roles": ["USER"]})
    for module, options in DECLARED.items():
        assert bench.done(module, **options).changed
    return bench


def mended(bench: Bench, module: str, kind: str, name: str, action: str, fields: dict[str, Any]) -> None:
    """Claim that a drift is seen, shown, mended, and gone."""
    bench.forget()
    seen = bench.run(module, check=True, **DECLARED[module])
    assert not seen.failed, seen.message
    assert bench.writes() == []
    assert seen.changed
    [change] = seen.result["changes"]
    assert (change["kind"], change["name"], change["action"]) == (kind, name, action)
    assert change["fields"] == fields
    [shown] = seen.result["diff"]
    for field, values in fields.items():
        if action == "update":
            assert shown["before"].get(field) == values["before"]
        assert shown["after"][field] == values["after"]
    bench.converges(module, (kind, name, action), **DECLARED[module])
    bench.holds(INTEGRATION)


def drift(**fields: tuple[Any, Any]) -> dict[str, Any]:
    """Fields of a change, each from what others made of it to what is declared."""
    return {name: {"before": before, "after": after} for name, (before, after) in fields.items()}


def test_the_sdk_reads_back_every_field_that_the_modules_wrote(declared):
    found = sdk(declared, "read")
    tags = found["integration"]["tags"]
    [mark] = [tags.pop(key) for key in list(tags) if key.startswith("ansible_fingerprint-")]
    assert mark.startswith("v1:")
    assert found["integration"] == {
        "name": INTEGRATION, "type": "huggingface", "category": "AI_MODEL", "description": "declared", "enabled": True,
        "configuration": {"namespace": "acme", "environment": "blue"}, "tags": {"team": "platform"},
    }  # fmt: skip
    assert found["model"] == {
        "integration": INTEGRATION, "name": MODEL, "description": "declared", "enabled": True,
        "configuration": {"endpoint": "https://endpoint.example", "version": "2"}, "tags": {"use": "chat"},
    }  # fmt: skip
    assert found["group"] == {
        "name": GROUP, "description": "declared", "roles": ["METADATA_MANAGER", "USER"],
        "default_access": {"WORKFLOW_DEF": ["EXECUTE", "READ"]}, "members": ["ana@example.com"],
    }  # fmt: skip
    assert found["grants"] == [
        ["INTEGRATION", f"{INTEGRATION}:{MODEL}", ["EXECUTE", "READ"]],
        ["INTEGRATION_PROVIDER", INTEGRATION, ["EXECUTE", "READ"]],
    ]
    declared.holds(INTEGRATION)


def test_a_change_of_the_integration_with_the_sdk(declared):
    sdk(declared, "change_integration")
    fields = drift(
        description=("by hand", "declared"), enabled=(False, True), namespace=("elsewhere", "acme"),
        environment=(None, "blue"), tags=({"team": "other"}, {"team": "platform"}),
    )  # fmt: skip
    declared.forget()
    seen = declared.run("hf_integration", check=True, **DECLARED["hf_integration"])
    [change] = seen.result["changes"]
    assert change["fields"] == fields
    assert seen.result["diff"][0]["before"]["namespace"] == "elsewhere"
    assert seen.result["diff"][0]["after"]["namespace"] == "acme"
    assert declared.writes() == []
    declared.converges("hf_integration", ("integration", INTEGRATION, "update"), **DECLARED["hf_integration"])
    declared.holds(INTEGRATION)
    found = sdk(declared, "read")["integration"]
    assert (found["description"], found["enabled"], found["configuration"]["namespace"]) == ("declared", True, "acme")


def test_a_change_of_the_model_with_the_sdk(declared):
    sdk(declared, "change_model")
    mended(
        declared, "hf_model", "model", f"{INTEGRATION}:{MODEL}", "update",
        drift(
            description=("by hand", "declared"), enabled=(False, True), tags=({}, {"use": "chat"}), version=(None, "2"),
            endpoint=("https://elsewhere.example", "https://endpoint.example"),
        ),
    )  # fmt: skip
    assert sdk(declared, "read")["model"]["enabled"] is True


def test_a_model_that_was_deleted_with_the_sdk(declared):
    sdk(declared, "delete_model")
    seen = declared.run("hf_model", check=True, **DECLARED["hf_model"])
    assert seen.changes == [("model", f"{INTEGRATION}:{MODEL}", "create")]
    declared.converges("hf_model", ("model", f"{INTEGRATION}:{MODEL}", "create"), **DECLARED["hf_model"])
    assert sdk(declared, "read")["model"]["description"] == "declared"


def test_a_change_of_the_group_with_the_sdk(declared):
    sdk(declared, "change_group")
    mended(
        declared, "conductor_group", "group", GROUP, "update",
        drift(
            description=("by hand", "declared"), roles=(["WORKER"], ["METADATA_MANAGER", "USER"]),
            default_access=({"TASK_DEF": ["DELETE"]}, {"WORKFLOW_DEF": ["EXECUTE", "READ"]}),
            members=([], ["ana@example.com"]),
        ),
    )  # fmt: skip
    assert sdk(declared, "read")["group"]["members"] == ["ana@example.com"]


def test_a_change_of_a_grant_with_the_sdk(declared):
    sdk(declared, "change_grants")
    mended(
        declared, "conductor_group_permission", "grant", f"GROUP {GROUP} on INTEGRATION_PROVIDER {INTEGRATION}",
        "update",
        drift(access=(["DELETE", "EXECUTE"], ["EXECUTE", "READ"])),
    )  # fmt: skip
    assert sdk(declared, "read")["grants"][1] == ["INTEGRATION_PROVIDER", INTEGRATION, ["EXECUTE", "READ"]]


def test_a_change_by_a_request_to_the_interface(declared):
    declared.admin().model(INTEGRATION, MODEL, enabled=False, description="declared", configuration={
        "endpoint": "https://endpoint.example", "version": "2"})  # fmt: skip
    mended(declared, "hf_model", "model", f"{INTEGRATION}:{MODEL}", "update", drift(enabled=(False, True)))
    declared.admin().done("POST", f"/groups/{GROUP}/users/ben@example.com")
    members = (["ana@example.com", "ben@example.com"], ["ana@example.com"])
    mended(declared, "conductor_group", "group", GROUP, "update", drift(members=members))


@pytest.mark.parametrize("secrets", ["clear", "masked", "reference"])
def test_a_key_that_others_replaced_is_mended_where_it_can_be_seen(bench, secrets):
    """Where the server hides the key, that of somebody else stays unseen, as documented, until it is sent anyway."""
    bench.settings(secrets=secrets)
    declared = bench
    declared.done("hf_integration", **DECLARED["hf_integration"])
    declared.admin().integration(
        INTEGRATION, description="declared",
        configuration={"api_key": OTHER_KEY, "namespace": "acme", "environment": "blue"},
    )  # fmt: skip
    seen = declared.run("hf_integration", check=True, **DECLARED["hf_integration"])
    assert seen.changed is (secrets == "clear")
    if secrets == "clear":
        assert seen.result["changes"][0]["fields"]["api_key"] == {"before": "unknown", "after": "set"}
        assert OTHER_KEY not in seen.output
    options = {**DECLARED["hf_integration"], "update_api_key": "always"}
    assert declared.run("hf_integration", **options).changed
    declared.holds(INTEGRATION)


@pytest.mark.parametrize(
    "endpoint", ["https://e.example/v1?token=canary_in_an_endpoint", "https://me:canary_in_an_endpoint@e.example"]
)
def test_a_secret_that_somebody_put_into_an_endpoint_is_not_shown(bench, endpoint):
    bench.integration()
    bench.admin().model("hf", "m", configuration={"endpoint": endpoint})
    for module, options in (
        ("hf_model", {"integration": "hf", "name": "m", "endpoint": ENDPOINT}),
        ("hf_integration_info", {"names": ["hf"]}),
    ):
        run = bench.run(module, check=True, **options)
        assert not run.failed, run.message
        assert "e.example" in run.output
        assert "canary_in_an_endpoint" not in run.output
