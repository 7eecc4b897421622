# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integrations, models and tags, with the default switches."""

from __future__ import annotations

import pytest
from sandbox_process import Client, SandboxProcess, model_path

PROVIDER = "/integrations/provider/hf-prod"
MODEL = model_path()


def test_an_integration_is_created_read_changed_and_deleted(admin: Client) -> None:
    me = admin.done("GET", "/token/userInfo")["id"]
    answer = admin.done(
        "POST",
        PROVIDER,
        {
            "type": "huggingface",
            "category": "AI_MODEL",
            "description": "d",
            "enabled": True,
            "configuration": {"api_key": "k", "namespace": "acme"},
        },
    )
    assert answer["name"] == "hf-prod" and "tags" not in answer
    first = admin.done("GET", PROVIDER)
    assert first["type"] == "huggingface" and first["category"] == "AI_MODEL" and first["description"] == "d"
    assert first["enabled"] is True and first["configuration"]["namespace"] == "acme" and first["tags"] == []
    assert first["modelsCount"] == 0 and first["createdBy"] == first["updatedBy"] == me
    admin.integration(description="other")
    second = admin.done("GET", PROVIDER)
    assert second["description"] == "other"
    assert second["createTime"] == first["createTime"] and second["updateTime"] > first["updateTime"]
    admin.integration(description="other")
    assert admin.done("GET", PROVIDER)["updateTime"] > second["updateTime"], "every save moves the update time"
    assert admin.done("DELETE", PROVIDER) is None
    for method in ("GET", "DELETE"):
        assert "hf-prod" in admin.refused(method, PROVIDER, 404)["message"]


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"category": "AI_MODEL"}, 400, "type"),
        ({"type": "huggingface", "category": "CLOUD"}, 400, "category"),
        ({"type": "huggingface", "enabled": "yes"}, 400, "enabled"),
        ({"type": "huggingface", "configuration": "text"}, 400, "configuration"),
        ({"type": "huggingface", "configuration": {"model": "m"}}, 400, "configuration.model"),
        ({"type": 1}, 400, "type"),
        ([], 400, "body"),
        ("text", 400, "body"),
    ],
)
def test_a_wrong_body_is_refused_and_the_field_named(admin: Client, body: object, status: int, path: str) -> None:
    error = admin.refused("POST", PROVIDER, status, body)
    assert error["validationErrors"][0]["path"] == path
    assert {"path", "message", "invalidValue"} == set(error["validationErrors"][0])
    admin.refused("GET", PROVIDER, 404)


def test_bodies_that_are_not_json_are_refused(admin: Client) -> None:
    json = {"Content-Type": "application/json"}
    admin.refused("POST", PROVIDER, 400, data=b"{", headers=json)
    admin.refused("POST", PROVIDER, 400, data=b"", headers=json)
    admin.refused("POST", PROVIDER, 415, data=b"{}", headers={"Content-Type": "text/plain"})


def test_the_type_is_known_and_never_changes(admin: Client) -> None:
    assert "nosuch" in admin.refused("POST", PROVIDER, 404, {"type": "nosuch"})["message"]
    admin.integration()
    admin.refused("POST", PROVIDER, 400, {"type": "openai"})
    assert admin.done("GET", PROVIDER)["type"] == "huggingface"


def test_a_refused_save_changes_nothing(admin: Client) -> None:
    admin.integration()
    before = admin.done("GET", PROVIDER)
    admin.refused("POST", PROVIDER, 400, {"type": "huggingface", "configuration": {"nosuch": "x"}})
    assert admin.done("GET", PROVIDER) == before


def test_disabled_objects_are_left_out_unless_asked_for(admin: Client) -> None:
    admin.integration("on")
    admin.integration("off", enabled=False)
    admin.model("on", "m/on")
    admin.model("on", "m/off", enabled=False)

    def names(path: str) -> set[str]:
        return {one["name"] for one in admin.done("GET", path)}

    for path in ("/integrations/provider", "/integrations/"):
        assert names(path) == names(f"{path}?activeOnly=true") == {"on"}
        assert names(f"{path}?activeOnly=false") == {"on", "off"}
    assert {one["api"] for one in admin.done("GET", "/integrations/provider/on/integration")} == {"m/on"}
    everything = admin.done("GET", "/integrations/provider/on/integration?activeOnly=false")
    assert {one["api"] for one in everything} == {"m/on", "m/off"}
    assert set(admin.done("GET", "/integrations/all")) == {"on:m/on"}
    assert set(admin.done("GET", "/integrations/all?activeOnly=false")) == {"on:m/on", "on:m/off", "off"}
    assert admin.done("GET", "/integrations/provider/off")["enabled"] is False, "a single read finds disabled ones"
    admin.refused("GET", "/integrations/provider?activeOnly=perhaps", 400)


def test_listings_are_filtered_by_category(admin: Client) -> None:
    admin.integration("hf")
    admin.integration("mail", type="sendgrid", category="EMAIL", configuration={"api_key": "k"})
    for path in ("/integrations/provider?category=EMAIL", "/integrations/?category=EMAIL"):
        assert [one["name"] for one in admin.done("GET", path)] == ["mail"]
    assert admin.done("GET", "/integrations/all?type=EMAIL") == ["mail"]
    assert set(admin.done("GET", "/integrations/all?category=EMAIL")) == {"mail", "hf"}, "the parameter is called type"
    assert len(admin.done("GET", "/integrations/provider?type=EMAIL")) == 2, "the parameter is called category"
    admin.refused("GET", "/integrations/provider?category=NOSUCH", 400)


def test_a_model_is_created_read_changed_and_deleted(admin: Client) -> None:
    admin.integration()
    assert (
        admin.done(
            "POST",
            MODEL,
            {
                "description": "d",
                "enabled": True,
                "maxTokens": 5,
                "frequency": "daily",
                "configuration": {"endpoint": "https://e.example"},
            },
        )
        is None
    )
    first = admin.done("GET", MODEL)
    assert first["integrationName"] == "hf-prod" and first["api"] == "acme/tiny-llm" and "name" not in first
    assert first["configuration"] == {"endpoint": "https://e.example"} and first["tags"] == []
    assert admin.done("GET", PROVIDER)["modelsCount"] == 1
    listed = admin.done("GET", PROVIDER + "/integration")
    assert listed == [first]
    embedded = admin.done("GET", "/integrations/")[0]["apis"][0]
    assert "tags" not in embedded and embedded["api"] == "acme/tiny-llm"
    admin.model(description="other")
    second = admin.done("GET", MODEL)
    assert second["description"] == "other" and second["updateTime"] > first["updateTime"]
    assert admin.done("DELETE", MODEL) is None
    for method in ("GET", "DELETE"):
        assert "acme/tiny-llm" in admin.refused(method, MODEL, 404)["message"]


def test_models_need_their_integration(admin: Client) -> None:
    body = {"description": "d", "enabled": True}
    for method, path in (
        ("POST", MODEL),
        ("GET", MODEL),
        ("GET", PROVIDER + "/integration"),
        ("GET", PROVIDER + "/integration/all"),
    ):
        message = admin.refused(method, path, 404, body if method == "POST" else None)["message"]
        assert "No such integration hf-prod" in message


def test_a_model_called_all_can_be_written_but_not_read(admin: Client) -> None:
    admin.integration()
    admin.model(name="all")
    assert "acme/tiny-llm" in admin.done("GET", PROVIDER + "/integration/all"), "that is the list of what is on offer"
    assert admin.done("GET", PROVIDER + "/integration")[0]["api"] == "all"
    admin.done("DELETE", PROVIDER + "/integration/all")
    assert admin.done("GET", PROVIDER + "/integration") == []


@pytest.mark.parametrize("route", ["provider", "model"])
def test_tags_are_added_and_taken_away_exactly(admin: Client, route: str) -> None:
    admin.integration()
    admin.model()
    path = PROVIDER if route == "provider" else MODEL
    one, two = {"key": "team", "value": "a"}, {"key": "env", "value": "prod", "type": "METADATA"}
    assert admin.done("GET", path + "/tags") == []
    before = admin.done("GET", path)["updateTime"]
    assert admin.done("PUT", path + "/tags", [one]) is None
    admin.done("PUT", path + "/tags", [two])
    tags = admin.done("GET", path + "/tags")
    assert sorted(tags, key=lambda tag: str(tag["key"])) == [two, one]
    assert sorted(admin.done("GET", path)["tags"], key=lambda tag: str(tag["key"])) == [two, one]
    assert admin.done("GET", path)["updateTime"] > before
    admin.done("DELETE", path + "/tags", [{"key": "team", "value": "other"}])
    assert len(admin.done("GET", path + "/tags")) == 2, "another value is another tag"
    admin.done("DELETE", path + "/tags", [one])
    assert admin.done("GET", path + "/tags") == [two]
    for body in ({"key": "team"}, [{"value": "a"}], [{"key": ""}], None):
        admin.refused("PUT", path + "/tags", 400, body)


def test_tags_survive_a_save(admin: Client) -> None:
    admin.integration()
    admin.done("PUT", PROVIDER + "/tags", [{"key": "team", "value": "a"}])
    admin.integration(description="other")
    assert admin.done("GET", PROVIDER)["tags"] == [{"key": "team", "value": "a"}]


def test_kinds_of_integration_are_described(admin: Client) -> None:
    kinds = {kind["name"]: kind for kind in admin.done("GET", "/integrations/def")}
    assert {"huggingface", "openai", "sendgrid"} <= set(kinds)
    kind = admin.done("GET", "/integrations/def/huggingface")
    fields = {field["fieldName"]: field for field in kind["configuration"]}
    assert fields["api_key"]["fieldType"] == "PASSWORD" and fields["namespace"]["fieldType"] == "TEXT"
    assert not any(field["optional"] for field in fields.values())
    assert "nosuch" in admin.refused("GET", "/integrations/def/nosuch", 404)["message"]


BULK = {
    "name": "hf-prod",
    "type": "huggingface",
    "category": "AI_MODEL",
    "description": "d",
    "enabled": True,
    "configuration": {"api_key": "k", "namespace": "acme"},
    "tags": [{"key": "a", "value": "1"}],
    "apis": [
        {
            "integrationName": "hf-prod",
            "api": "acme/one",
            "description": "m",
            "enabled": True,
            "configuration": {"endpoint": "https://e.example"},
            "tags": [{"key": "b", "value": "2"}],
        }
    ],
}


def test_bulk_saves_whole_integrations(admin: Client) -> None:
    assert admin.done("POST", "/integrations/", [BULK, {**BULK, "name": "other", "apis": []}]) is None
    assert {one["name"] for one in admin.done("GET", "/integrations/provider")} == {"hf-prod", "other"}
    model = admin.done("GET", model_path(name="acme/one"))
    assert model["configuration"] == {"endpoint": "https://e.example"} and model["tags"] == [{"key": "b", "value": "2"}]
    assert admin.done("GET", PROVIDER)["tags"] == [{"key": "a", "value": "1"}]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": None}, "[0].name"),
        ({"apis": [{"integrationName": "other", "api": "m"}]}, "[0].apis[0].integrationName"),
        ({"apis": [{"integrationName": "hf-prod"}]}, "[0].apis[0].api"),
        ({"type": None}, "type"),
    ],
)
def test_wrong_bulk_entries_are_refused(admin: Client, change: dict[str, object], path: str) -> None:
    error = admin.refused("POST", "/integrations/", 400, [{**BULK, **change}])
    assert error["validationErrors"][0]["path"] == path
    assert admin.done("GET", "/integrations/provider?activeOnly=false") == []


def test_bulk_takes_a_list_only(admin: Client) -> None:
    admin.refused("POST", "/integrations/", 400, BULK)


def test_names_that_differ_in_case_differ(admin: Client) -> None:
    admin.integration("HF")
    admin.refused("GET", "/integrations/provider/hf", 404)
    admin.integration("hf")
    assert {one["name"] for one in admin.done("GET", "/integrations/provider")} == {"HF", "hf"}
    admin.model("hf", "A/b")
    admin.refused("GET", model_path("hf", "a/b"), 404)


def test_sets_come_in_an_order_that_changes(admin: Client, sandbox: SandboxProcess) -> None:
    names = [f"n{number}" for number in range(8)]
    for name in names:
        admin.integration(name)
    orders = {tuple(one["name"] for one in admin.done("GET", "/integrations/provider")) for _attempt in range(6)}
    assert len(orders) > 3 and tuple(names) not in orders
    admin.done("PUT", "/integrations/provider/n0/tags", [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    for _attempt in range(8):
        tags = admin.done("GET", "/integrations/provider/n0/tags")
        assert [tag["key"] for tag in tags] == ["b", "a"], "even two are never in the order in which they were written"
