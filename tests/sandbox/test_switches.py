# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every switch that is not about paths, tokens or access, at each of its settings."""

from __future__ import annotations

import time

import pytest
from sandbox_process import Client, SandboxProcess, model_path

PROVIDER = "/integrations/provider/hf-prod"
KEY = "hf_first_key"


def key_is(sandbox: SandboxProcess, value: str, **where: str) -> bool:
    """Whether the stored key is this one."""
    answer = sandbox.control("POST", "/secrets/check", {"integration": "hf-prod", "value": value, **where})
    return bool(answer["equal"])


def key_is_stored(sandbox: SandboxProcess) -> bool:
    """Whether there is a key at all."""
    answer = sandbox.control("POST", "/secrets/check", {"integration": "hf-prod", "value": ""})
    return bool(answer["stored"])


def shown_key(admin: Client) -> str | None:
    """What a read gives for the key."""
    value: str | None = admin.done("GET", PROVIDER)["configuration"].get("api_key")
    return value


@pytest.mark.parametrize("mode", ["clear", "masked", "reference"])
def test_secrets(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(secrets=mode)
    admin.integration()
    admin.done("POST", model_path(), {"configuration": {"password": KEY, "endpoint": "https://e.example"}})
    shown = {
        "single": admin.done("GET", PROVIDER)["configuration"]["api_key"],
        "list": admin.done("GET", "/integrations/provider")[0]["configuration"]["api_key"],
        "everything": admin.done("GET", "/integrations/")[0]["configuration"]["api_key"],
    }
    assert len(set(shown.values())) == 1
    assert (admin.done("GET", model_path())["configuration"]["password"] == KEY) == (mode == "clear")
    assert (shown["single"] == KEY) == (mode == "clear")
    assert ("hf-prod" in shown["single"]) == (mode == "reference")
    assert admin.done("GET", PROVIDER)["configuration"]["namespace"] == "acme", "only secrets are hidden"
    assert key_is(sandbox, KEY) and not key_is(sandbox, "other") and not key_is(sandbox, shown["single"] + "x")
    if mode != "clear":
        everything = admin.send("GET", "/integrations/?activeOnly=false").text + admin.send("GET", model_path()).text
        assert KEY not in everything


@pytest.mark.parametrize("mode", ["kept", "erased"])
@pytest.mark.parametrize(
    "body", [{"configuration": {"namespace": "acme"}}, {"configuration": {"api_key": None}}, {"configuration": {}}, {}]
)
@pytest.mark.parametrize("fields", ["kept", "cleared"])
def test_omitted_key(sandbox: SandboxProcess, admin: Client, mode: str, body: dict[str, object], fields: str) -> None:
    sandbox.settings(omitted_key=mode, omitted_fields=fields)
    admin.integration()
    admin.done("POST", PROVIDER, {"type": "huggingface", **body})
    assert key_is(sandbox, KEY) is key_is_stored(sandbox) is (mode == "kept")
    assert (shown_key(admin) is not None) is (mode == "kept")


@pytest.mark.parametrize("mode", ["kept", "erased"])
def test_omitted_key_in_a_bulk_save(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(omitted_key=mode)
    admin.integration()
    admin.done(
        "POST", "/integrations/", [{"name": "hf-prod", "type": "huggingface", "configuration": {"namespace": "acme"}}]
    )
    assert key_is(sandbox, KEY) is (mode == "kept")


@pytest.mark.parametrize("secrets", ["clear", "masked", "reference"])
@pytest.mark.parametrize("mode", ["ignored", "stored"])
def test_posted_mask(sandbox: SandboxProcess, admin: Client, secrets: str, mode: str) -> None:
    sandbox.settings(secrets=secrets, posted_mask=mode)
    admin.integration()
    mask = admin.done("GET", PROVIDER)["configuration"]["api_key"]
    admin.integration(configuration={"api_key": mask, "namespace": "acme"})
    assert key_is(sandbox, KEY) is (mode == "ignored" or secrets == "clear")
    assert key_is(sandbox, mask) is (mode == "stored" or secrets == "clear")
    admin.integration(configuration={"api_key": "hf_second_key", "namespace": "acme"})
    assert key_is(sandbox, "hf_second_key"), "a real key is always taken"


@pytest.mark.parametrize("mode", ["enforced", "loose"])
def test_required_configuration(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(required_configuration=mode)
    body = {"type": "huggingface", "configuration": {"api_key": "k"}}
    if mode == "enforced":
        assert "namespace" in admin.refused("POST", PROVIDER, 400, body)["message"]
    else:
        admin.done("POST", PROVIDER, body)


@pytest.mark.parametrize("mode", ["accept", "reject"])
def test_unknown_configuration_key(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(unknown_configuration_key=mode)
    admin.integration("parent")
    body = {"type": "huggingface", "configuration": {"model": "m"}}
    for path in (PROVIDER, model_path("parent")):
        if mode == "reject":
            assert "model" in admin.refused("POST", path, 400, body)["message"]
        else:
            admin.done("POST", path, body)
            assert admin.done("GET", path + "?activeOnly=false")["configuration"] == {"model": "m"}


@pytest.mark.parametrize("mode", ["kept", "cleared"])
def test_omitted_fields(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(omitted_fields=mode)
    kept = mode == "kept"
    admin.integration()
    admin.model()
    admin.done("POST", PROVIDER, {"type": "huggingface"})
    integration = admin.done("GET", PROVIDER)
    assert (integration["description"] == "models") is kept
    assert integration["enabled"] is kept
    assert (integration["configuration"].get("namespace") == "acme") is kept
    admin.done("POST", model_path(), {})
    model = admin.done("GET", model_path())
    assert (model["description"] == "a model") is model["enabled"] is (model["configuration"] != {}) is kept
    admin.model()
    admin.done(
        "POST",
        "/integrations/",
        [{"name": "hf-prod", "type": "huggingface", "apis": [{"integrationName": "hf-prod", "api": "acme/tiny-llm"}]}],
    )
    assert (admin.done("GET", model_path())["description"] == "a model") is kept
    admin.done("PUT", "/groups/ops", {"description": "d", "roles": ["USER"], "defaultAccess": {"TASK_DEF": ["READ"]}})
    group = admin.done("PUT", "/groups/ops", {"description": "e"})
    assert group["description"] == "e"
    assert bool(group["roles"]) is bool(group["defaultAccess"]) is kept
    admin.done("PUT", "/users/u", {"name": "U", "roles": ["USER"], "groups": ["ops"]})
    user = admin.done("PUT", "/users/u", {"name": "V"})
    assert user["name"] == "V" and bool(user["roles"]) is bool(user["groups"]) is kept


def test_given_fields_are_taken_whatever_the_switch(sandbox: SandboxProcess, admin: Client) -> None:
    for mode in ("kept", "cleared"):
        sandbox.settings(omitted_fields=mode)
        admin.integration()
        admin.integration(description="", enabled=False, configuration={"api_key": "k"})
        after = admin.done("GET", PROVIDER)
        assert after["description"] == "" and after["enabled"] is False and "namespace" not in after["configuration"]
        admin.done("PUT", "/groups/ops", {"description": "d", "roles": ["USER"]})
        assert admin.done("PUT", "/groups/ops", {"description": "d", "roles": []})["roles"] == []


@pytest.mark.parametrize("value", [True, False])
def test_enabled_when_omitted(sandbox: SandboxProcess, admin: Client, value: bool) -> None:
    sandbox.settings(enabled_when_omitted=value)
    admin.done("POST", PROVIDER, {"type": "huggingface"})
    admin.done("POST", model_path(), {})
    assert admin.done("GET", PROVIDER)["enabled"] is admin.done("GET", model_path())["enabled"] is value


@pytest.mark.parametrize("mode", ["object", "empty"])
def test_provider_post_response(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(provider_post_response=mode)
    response = admin.send("POST", PROVIDER, {"type": "huggingface", "configuration": {"api_key": KEY}})
    assert response.status_code == 200 and bool(response.content) is (mode == "object")
    assert KEY not in response.text


@pytest.mark.parametrize("names", [[], ["auto/one", "auto/two"]])
def test_discovered_models(sandbox: SandboxProcess, admin: Client, names: list[str]) -> None:
    sandbox.settings(discovered_models=names)
    admin.integration()
    admin.integration("mail", type="sendgrid", category="EMAIL", configuration={"api_key": "k"})
    assert {one["api"] for one in admin.done("GET", PROVIDER + "/integration")} == set(names)
    assert admin.done("GET", "/integrations/provider/mail/integration") == []
    assert set(names) <= set(admin.done("GET", PROVIDER + "/integration/all"))
    if names:
        admin.done("DELETE", model_path(name="auto/one"))
        admin.model(name="auto/two", description="mine")
        admin.integration()
        assert admin.done("GET", model_path(name="auto/one"))["description"] == "auto/one", "it comes back"
        assert admin.done("GET", model_path(name="auto/two"))["description"] == "mine", "what is there stays"


@pytest.mark.parametrize("mode", ["caller", "empty"])
def test_discovered_created_by(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(discovered_models=["auto/one"], discovered_created_by=mode)
    me, client = admin.application(roles=("USER",))
    client.integration()
    model = admin.done("GET", model_path(name="auto/one"))
    assert model["createdBy"] == model["ownerApp"] == (me if mode == "caller" else "")
    seen = client.done("GET", PROVIDER + "/integration")
    assert len(seen) == client.done("GET", PROVIDER)["modelsCount"] == (1 if mode == "caller" else 0)


@pytest.mark.parametrize("mode", ["kept", "removed"])
def test_bulk_absent_models(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(bulk_absent_models=mode)
    admin.integration()
    admin.model(name="old")
    admin.done(
        "POST",
        "/integrations/",
        [
            {
                "name": "hf-prod",
                "type": "huggingface",
                "apis": [{"integrationName": "hf-prod", "api": "new", "enabled": True}],
            }
        ],
    )
    names = {one["api"] for one in admin.done("GET", PROVIDER + "/integration?activeOnly=false")}
    assert names == ({"old", "new"} if mode == "kept" else {"new"})


@pytest.mark.parametrize("mode", ["kept", "cleared"])
def test_bulk_omitted_tags(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(bulk_omitted_tags=mode)
    admin.integration()
    admin.model()
    entry = {"name": "hf-prod", "type": "huggingface", "apis": [{"integrationName": "hf-prod", "api": "acme/tiny-llm"}]}
    for path in (PROVIDER, model_path()):
        admin.done("PUT", path + "/tags", [{"key": "a", "value": "1"}])
    admin.done("POST", "/integrations/", [entry])
    for path in (PROVIDER, model_path()):
        assert bool(admin.done("GET", path + "/tags")) is (mode == "kept")
    admin.done("POST", "/integrations/", [{**entry, "tags": [{"key": "b", "value": "2"}]}])
    assert admin.done("GET", PROVIDER + "/tags") == [{"key": "b", "value": "2"}], "given tags replace"


@pytest.mark.parametrize("mode", ["whole", "entry"])
def test_bulk_atomicity(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(bulk_atomicity=mode)
    entries = [
        {"name": "one", "type": "huggingface", "enabled": True},
        {"name": "two", "type": "nosuch"},
        {
            "name": "three",
            "type": "huggingface",
            "enabled": True,
            "apis": [{"integrationName": "three", "api": "m", "configuration": {"nosuch": "x"}}],
        },
    ]
    admin.refused("POST", "/integrations/", 404, entries)
    names = {one["name"] for one in admin.done("GET", "/integrations/provider")}
    assert names == (set() if mode == "whole" else {"one"}), "an entry is saved whole or not at all"


@pytest.mark.parametrize("mode", ["replace", "multiple"])
def test_repeated_tag_keys(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(repeated_tag_keys=mode)
    admin.integration()
    admin.done("PUT", PROVIDER + "/tags", [{"key": "team", "value": "a"}])
    admin.done("PUT", PROVIDER + "/tags", [{"key": "team", "value": "b"}])
    admin.done("PUT", PROVIDER + "/tags", [{"key": "team", "value": "b"}])
    values = sorted(tag["value"] for tag in admin.done("GET", PROVIDER + "/tags"))
    assert values == (["b"] if mode == "replace" else ["a", "b"])


@pytest.mark.parametrize("mode", ["accept", "not_found"])
def test_delete_missing_tag(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(delete_missing_tag=mode)
    admin.integration()
    admin.model()
    for path in (PROVIDER, model_path()):
        admin.done("PUT", path + "/tags", [{"key": "a", "value": "1"}])
        body = [{"key": "a", "value": "1"}, {"key": "nosuch", "value": "x"}]
        if mode == "accept":
            admin.done("DELETE", path + "/tags", body)
        else:
            assert "nosuch" in admin.refused("DELETE", path + "/tags", 404, body)["message"]
        assert bool(admin.done("GET", path + "/tags")) is (mode == "not_found")


@pytest.mark.parametrize("mode", ["checked", "unchecked"])
def test_tag_target_existence(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(tag_target_existence=mode)
    for path in (PROVIDER + "/tags", model_path() + "/tags"):
        for method, body in (("GET", None), ("PUT", [{"key": "a", "value": "1"}]), ("DELETE", [])):
            if mode == "checked":
                assert "hf-prod" in admin.refused(method, path, 404, body)["message"]
            else:
                admin.done(method, path, body)


@pytest.mark.parametrize("value", [True, False])
def test_tag_write_moves_update_time(sandbox: SandboxProcess, admin: Client, value: bool) -> None:
    sandbox.settings(tag_write_moves_update_time=value)
    admin.integration()
    before = admin.done("GET", PROVIDER)["updateTime"]
    admin.done("PUT", PROVIDER + "/tags", [{"key": "a", "value": "1"}])
    assert (admin.done("GET", PROVIDER)["updateTime"] > before) is value


@pytest.mark.parametrize("value", [True, False])
def test_model_write_moves_update_time(sandbox: SandboxProcess, admin: Client, value: bool) -> None:
    sandbox.settings(model_write_moves_update_time=value)
    admin.integration()
    before = admin.done("GET", PROVIDER)["updateTime"]
    admin.model()
    created = admin.done("GET", PROVIDER)["updateTime"]
    admin.done("DELETE", model_path())
    deleted = admin.done("GET", PROVIDER)["updateTime"]
    assert (created > before, deleted > created) == (value, value)


@pytest.mark.parametrize(
    ("mode", "version", "served"),
    [
        ("by_version", "5.4.2", True),
        ("by_version", "v5.4.2-rc1", True),
        ("by_version", "V5.4.2+build.7", True),
        ("by_version", "5.4.2rc1 (night)", True),
        ("by_version", "5.10", True),
        ("by_version", "5.4.1", False),
        ("by_version", "5.4", False),
        ("by_version", "nightly", False),
        ("served", "5.0", True),
        ("not_found", "6.0", False),
    ],
)
def test_grants_by_subject(sandbox: SandboxProcess, admin: Client, mode: str, version: str, served: bool) -> None:
    sandbox.settings(grants_by_subject=mode, version=version)
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.grant(("GROUP", "ops"), ("TASK_DEF", "t"), "READ")
    path = "/auth/subjects/GROUP/ops/grants"
    if served:
        assert len(admin.done("GET", path)) == 1
        admin.done("DELETE", path)
    else:
        admin.refused("GET", path, 404)
        admin.refused("DELETE", path, 404)
    assert len(admin.done("GET", "/groups/ops/permissions")["grantedAccess"]) == (0 if served else 1)


@pytest.mark.parametrize("version", ["", " ", " 5.4.2", "5.4.2\n", "5.4.2\u00e9", "x" * 101])
def test_what_is_no_version(sandbox: SandboxProcess, version: str) -> None:
    told = sandbox.control("PATCH", "/settings", {"version": version}, status=400)
    assert "version" in told["error"]
    assert sandbox.control("GET", "/settings")["version"] == "5.4.2"


@pytest.mark.parametrize("mode", ["served", "not_found"])
def test_roles_listing(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(roles_listing=mode)
    for path in ("/roles", "/roles/system", "/roles/custom", "/roles/permissions", "/roles/ADMIN"):
        if mode == "served":
            admin.done("GET", path)
        else:
            admin.refused("GET", path, 404)
    role = {"name": "reader", "permissions": ["READ_WORKFLOW_DEF"]}
    for method, path in (("POST", "/roles"), ("PUT", "/roles/reader"), ("DELETE", "/roles/reader")):
        if mode == "served":
            admin.done(method, path, role)
        else:
            admin.refused(method, path, 404, role)
    assert sandbox.control("GET", "/state")["roles"] == []


def test_the_state_shows_what_is_there_and_no_secret(sandbox: SandboxProcess, admin: Client) -> None:
    empty = sandbox.control("GET", "/state")
    admin.integration(configuration={"api_key": "hf_canary_of_the_state", "namespace": "acme"})
    first = sandbox.control("GET", "/state")
    assert [entry.split()[0] for entry in first["providers"]] == ["hf-prod"]
    assert {table for table in empty if empty[table] != first[table]} == {"providers", "grants"}
    admin.integration(configuration={"api_key": "hf_canary_of_the_state", "namespace": "acme"})
    assert sandbox.control("GET", "/state") == first, "a time alone is no difference"
    admin.integration(configuration={"api_key": "another", "namespace": "acme"})
    assert sandbox.control("GET", "/state")["providers"] != first["providers"]
    assert "canary" not in str(first)
    admin.done("DELETE", PROVIDER)
    left = sandbox.control("GET", "/state")
    assert (left["providers"], len(left["grants"])) == ([], len(empty["grants"]) + 1)


@pytest.mark.parametrize("mode", ["kept", "removed"])
def test_delete_cascade(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(delete_cascade=mode)
    admin.integration()
    admin.model()
    admin.done("PUT", "/groups/ops", {"description": "d"})
    for kind, name in (("INTEGRATION_PROVIDER", "hf-prod"), ("INTEGRATION", "hf-prod:acme/tiny-llm")):
        admin.grant(("GROUP", "ops"), (kind, name), "READ")
    admin.done("PUT", PROVIDER + "/tags", [{"key": "a", "value": "1"}])
    admin.done("DELETE", PROVIDER)
    assert len(admin.done("GET", "/groups/ops/permissions")["grantedAccess"]) == (2 if mode == "kept" else 0)
    admin.integration()
    assert bool(admin.done("GET", PROVIDER)["tags"]) is (mode == "kept"), "a successor of the same name inherits"
    admin.grant(("GROUP", "ops"), ("TASK_DEF", "t"), "READ")
    admin.done("DELETE", "/groups/ops")
    admin.done("PUT", "/groups/ops", {"description": "d"})
    assert bool(admin.done("GET", "/groups/ops/permissions")["grantedAccess"]) is (mode == "kept")


@pytest.mark.parametrize("mode", ["kept", "removed"])
@pytest.mark.parametrize("form", ["prefixed", "bare", "both"])
def test_only_the_switch_leaves_something_behind(sandbox: SandboxProcess, admin: Client, form: str, mode: str) -> None:
    sandbox.settings(delete_cascade=mode, application_grant_subject=form)
    before = sandbox.control("GET", "/state")
    admin.integration()
    admin.model()
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("PUT", "/users/ann@example.com", {"name": "Ann", "groups": ["ops"]})
    application = admin.done("POST", "/applications", {"name": "a"})["id"]
    admin.done("POST", f"/applications/{application}/accessKeys")
    admin.done("POST", f"/groups/ops/users/app:{application}")
    subjects = [("GROUP", "ops"), ("USER", "ann@example.com")]
    subjects += [("USER", f"app:{application}")] if form != "bare" else []
    subjects += [("USER", application)] if form != "prefixed" else []
    for subject in subjects:
        for target in (
            ("INTEGRATION_PROVIDER", "hf-prod"),
            ("INTEGRATION", "hf-prod:acme/tiny-llm"),
            ("TASK_DEF", "t"),
        ):
            admin.grant(subject, target, "READ")
    for path in (PROVIDER, model_path(), f"/applications/{application}"):
        admin.done("PUT", path + "/tags", [{"key": "a", "value": "1"}])
    # The switch may change while grants of the other form are there.
    sandbox.settings(application_grant_subject="prefixed")
    for path in (PROVIDER, "/groups/ops", "/users/ann%40example.com", f"/applications/{application}"):
        admin.done("DELETE", path)
    after = sandbox.control("GET", "/state")
    left = {table for table in after if after[table] != before[table]}
    assert left == ({"grants", "tags"} if mode == "kept" else set())


@pytest.mark.parametrize("mode", ["kept", "removed"])
def test_a_deleted_role_and_its_holders(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(delete_cascade=mode)
    role = {"name": "reader", "permissions": ["READ_WORKFLOW_DEF"]}
    admin.done("POST", "/roles", role)
    admin.done("PUT", "/groups/ops", {"description": "d", "roles": ["reader", "USER"]})
    admin.done("DELETE", "/roles/reader")
    admin.done("POST", "/roles", role)
    held = {one["name"] for one in admin.done("GET", "/groups/ops")["roles"]}
    assert held == ({"reader", "USER"} if mode == "kept" else {"USER"})


@pytest.mark.parametrize("mode", ["removed", "kept", "rejected"])
def test_delete_provider_with_models(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(delete_provider_with_models=mode)
    admin.integration()
    admin.model()
    if mode == "rejected":
        admin.refused("DELETE", PROVIDER, 409)
        admin.done("DELETE", model_path())
    admin.done("DELETE", PROVIDER)
    admin.refused("GET", model_path(), 404)
    admin.integration()
    assert len(admin.done("GET", PROVIDER + "/integration")) == (1 if mode == "kept" else 0)


@pytest.mark.parametrize("latency", [0, 150])
def test_latency(sandbox: SandboxProcess, admin: Client, latency: int) -> None:
    sandbox.settings(latency=latency)
    begun = time.monotonic()
    admin.done("GET", "/groups")
    took = time.monotonic() - begun
    assert took >= 0.15 if latency else took < 0.1


@pytest.mark.parametrize("version", ["5.4.1", "5.4.2", "6.0"])
def test_version(sandbox: SandboxProcess, admin: Client, version: str) -> None:
    sandbox.settings(version=version)
    response = admin.send("GET", "/version")
    assert response.text == version and response.headers["Content-Type"].startswith("text/plain")
    admin.done("PUT", "/groups/ops", {"description": "d"})
    path = "/auth/subjects/GROUP/ops/grants"
    if version == "5.4.1":
        admin.refused("GET", path, 404)
        admin.refused("DELETE", path, 404)
    else:
        assert admin.done("GET", path) == []


def test_organization_and_instance(sandbox: SandboxProcess, admin: Client) -> None:
    sandbox.settings(organization="acme", instance="node-7")
    assert admin.done("GET", "/token/userInfo")["namespace"] == "acme"
    assert admin.refused("GET", "/groups/nosuch", 404)["instance"] == "node-7"
