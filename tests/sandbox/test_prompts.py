# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prompts: saving, versions, tags, models, access, trying them out."""

from __future__ import annotations

from typing import Any

import pytest
from huggingface_client import MODEL, HuggingFaceClient
from sandbox_process import Client, SandboxProcess, model_path, segment
from workflow_client import usable

PROMPT = "/prompts/greeting"
NAMED = f"hf-prod:{MODEL}"


def save(client: Client, text: str = "Hello ${name}", path: str = PROMPT, method: str = "PUT", **query: Any) -> None:
    """Save a prompt, as the body is: raw text."""
    response = send(client, text, path, method, **query)
    assert response.status_code == 200 and response.content == b"", response.text


def send(client: Client, text: str = "Hello", path: str = PROMPT, method: str = "PUT", **query: Any) -> Any:
    """Send a prompt."""
    return client.send(
        method,
        path,
        params={"description": "d", **query},
        data=text.encode(),
        headers={"Content-Type": "application/json"},
    )


def test_life_of_a_prompt(admin: Client, sandbox: SandboxProcess) -> None:
    before = sandbox.control("GET", "/state")
    admin.integration()
    admin.model(name=MODEL)
    save(admin, '"Hello ${ name }, ${time} and ${name}"', models=[NAMED])
    read = admin.done("GET", PROMPT)
    assert (read["template"], read["variables"], read["integrations"], read["version"], read["tags"]) == (
        "Hello ${ name }, ${time} and ${name}",
        ["name", "time"],
        [NAMED],
        1,
        [],
    )
    assert read["description"] == "d" and read["createdBy"].startswith("app:")
    save(admin, "Bye", description="other")
    again = admin.done("GET", PROMPT)
    assert (again["template"], again["version"], again["integrations"]) == ("Bye", 1, [])
    assert again["createTime"] == read["createTime"] < again["updateTime"]
    assert admin.done("GET", "/prompts") == [again]
    admin.done("DELETE", PROMPT)
    assert "greeting" in admin.refused("GET", PROMPT, 404)["message"]
    admin.done("DELETE", "/integrations/provider/hf-prod")
    after = sandbox.control("GET", "/state")
    assert [entry for entry in after["grants"] if "PROMPT" in entry] == [] == after["prompts"]
    assert before["prompts"] == []


def test_versions(admin: Client) -> None:
    save(admin, "one", method="POST")
    first = admin.done("GET", PROMPT)
    save(admin, "two", method="POST", autoIncrement="true")
    save(admin, "five", method="POST", version=5)
    save(admin, "latest")
    found = {one["version"]: one["template"] for one in admin.done("GET", PROMPT + "/versions")}
    assert found == {1: "one", 2: "two", 5: "latest"}
    save(admin, "one anew", method="POST")
    anew = admin.done("GET", PROMPT + "?version=1")
    assert anew["template"] == "one anew" and anew["createTime"] > first["createTime"], "it forgets when it was made"
    save(admin, "two anew", version=2)
    assert admin.done("GET", PROMPT)["template"] == "latest"
    assert [one["version"] for one in admin.done("GET", "/prompts")] == [5]
    assert send(admin, version=0).status_code == 400
    admin.refused("GET", PROMPT + "?version=3", 404)
    admin.done("DELETE", PROMPT + "/versions/5")
    assert admin.done("GET", PROMPT)["version"] == 2
    admin.refused("DELETE", PROMPT + "/versions/5", 404)
    for version in (1, 2):
        admin.done("DELETE", f"{PROMPT}/versions/{version}")
    assert admin.done("GET", "/prompts") == []


def test_bad_prompts(admin: Client) -> None:
    admin.integration()
    admin.model(name="a:b")
    for response, status, told in (
        (send(admin, ""), 400, "text of the prompt"),
        (send(admin, '""'), 400, "text of the prompt"),
        (admin.send("PUT", PROMPT, data=b"text"), 400, "description"),
        (admin.send("PUT", PROMPT + "?description=d", data=b"\xff"), 400, "UTF-8"),
        (send(admin, models=["nosuch:model"]), 404, "nosuch:model"),
        (send(admin, models=["hf-prod:nosuch"]), 404, "hf-prod:nosuch"),
        (send(admin, models=["hf-prod"]), 404, "hf-prod"),
    ):
        assert response.status_code == status and told in response.json()["message"], response.text
    save(admin, models=["hf-prod:a:b"])
    assert admin.done("GET", PROMPT)["integrations"] == ["hf-prod:a:b"], "a model's name may have a colon"


def test_who_may_do_what(admin: Client, sandbox: SandboxProcess) -> None:
    admin.integration()
    admin.model(name=MODEL)
    _me, stranger = admin.application("stranger", ("WORKER",))
    assert send(stranger).status_code == 403
    me, author = admin.application("author", ("USER",))
    save(author)
    assert send(author, models=[NAMED]).status_code == 403, "it may not read the model"
    admin.grant(("USER", me), ("INTEGRATION", NAMED), "READ")
    save(author, models=[NAMED])
    held = {
        entry["target"]["id"]: set(entry["access"])
        for entry in admin.done("GET", f"/users/{segment(me)}/permissions")["grantedAccess"]
    }
    assert held["greeting"] == {"CREATE", "READ", "EXECUTE", "UPDATE", "DELETE"}
    other, reader = admin.application("reader", ("USER",))
    assert reader.done("GET", "/prompts") == []
    reader.refused("GET", PROMPT, 403)
    author.done("PUT", PROMPT + "/tags", [{"key": "team", "value": "a"}])
    admin.grant(("USER", other), ("TAG", "team:a"), "READ")
    assert [one["name"] for one in reader.done("GET", "/prompts")] == ["greeting"], "by its tag"
    assert reader.done("GET", PROMPT)["tags"] == [{"key": "team", "value": "a"}]
    derived = admin.done("GET", f"/users/{segment(other)}/permissions")["grantedAccess"]
    assert {"target": {"type": "PROMPT", "id": "greeting"}, "access": ["READ"], "tag": "team:a"} in derived
    assert send(reader).status_code == 403
    reader.refused("DELETE", PROMPT, 403)
    author.grant(("USER", other), ("PROMPT", "greeting"), "UPDATE", "DELETE")
    save(reader, "changed by another")
    assert admin.done("GET", f"/users/{segment(other)}/checkPermissions?type=PROMPT&id=greeting") == {
        "CREATE": False,
        "READ": True,
        "EXECUTE": False,
        "UPDATE": True,
        "DELETE": True,
    }
    _manager, manager = admin.application("manager", ("PROMPT_MANAGER",))
    manager.done("DELETE", PROMPT)
    sandbox.settings(prompt_creation="anybody")
    save(stranger)


def test_bulk(admin: Client) -> None:
    admin.integration()
    admin.model(name=MODEL)
    save(admin, "kept")
    _me, author = admin.application("author", ("USER",))
    body = [
        {"name": "greeting", "template": "not mine"},
        {"name": "mine", "template": "${a}", "tags": [{"key": "k", "value": "v"}], "temperature": 0.1, "topP": 1.0},
    ]
    author.done("POST", "/prompts/", body)
    assert admin.done("GET", PROMPT)["template"] == "kept", "it was passed over in silence"
    mine = author.done("GET", "/prompts/mine")
    assert (mine["variables"], mine["tags"], mine["temperature"]) == (["a"], [{"key": "k", "value": "v"}], 0.1)
    missing = [
        {"name": "first", "template": "x", "integrations": [NAMED]},
        {"name": "second", "template": "x", "integrations": ["nosuch:model"]},
        {"name": "third", "template": "x"},
    ]
    assert "nosuch" in admin.refused("POST", "/prompts/", 404, missing)["message"]
    assert {one["name"] for one in admin.done("GET", "/prompts")} == {"greeting", "mine", "first"}
    admin.refused("POST", "/prompts/", 400, [{"template": "x"}])


def test_models_of_a_prompt(admin: Client, sandbox: SandboxProcess) -> None:
    admin.integration()
    admin.model(name=MODEL)
    path = model_path(name=MODEL) + "/prompt"
    admin.refused("POST", path + "/greeting", 404)
    save(admin)
    admin.refused("POST", model_path(name="nosuch") + "/prompt/greeting", 404)
    assert admin.done("GET", path) == []
    admin.done("POST", path + "/greeting")
    assert [one["name"] for one in admin.done("GET", path)] == ["greeting"]
    assert admin.done("GET", PROMPT)["integrations"] == [NAMED]
    me, other = admin.application()
    other.refused("GET", path, 403)
    admin.grant(("USER", me), ("INTEGRATION", NAMED), "READ")
    assert other.done("GET", path) == [], "it may not read the prompt"
    admin.grant(("USER", me), ("PROMPT", "greeting"), "READ")
    assert len(other.done("GET", path)) == 1
    other.refused("POST", path + "/greeting", 403)
    sandbox.settings(prompt_omitted_models="kept")
    save(admin, "anew")
    assert admin.done("GET", PROMPT)["integrations"] == [NAMED]
    sandbox.settings(raw_slash="accept")
    raw = "/integrations/provider/hf-prod/integration/" + MODEL
    assert len(admin.done("GET", raw + "/prompt")) == 1
    admin.done("POST", raw + "/prompt/greeting")
    sandbox.settings(raw_slash="not_found", prompt_links_of_deleted_models="kept")
    admin.done("DELETE", model_path(name=MODEL))
    assert admin.done("GET", PROMPT)["integrations"] == [NAMED]
    admin.model(name=MODEL)
    sandbox.settings(prompt_links_of_deleted_models="removed")
    admin.done("DELETE", model_path(name=MODEL))
    assert admin.done("GET", PROMPT)["integrations"] == []


def test_tags(admin: Client, sandbox: SandboxProcess) -> None:
    save(admin)
    tags = [{"key": "team", "value": "a"}, {"key": "env", "value": "b"}]
    admin.done("PUT", PROMPT + "/tags", tags)
    admin.done("DELETE", PROMPT + "/tags", tags[:1])
    assert admin.done("GET", PROMPT + "/tags") == tags[1:]
    assert admin.done("GET", "/prompts/nosuch/tags") == []
    sandbox.settings(tag_target_existence="checked", delete_missing_tag="not_found")
    admin.refused("GET", "/prompts/nosuch/tags", 404)
    admin.refused("DELETE", PROMPT + "/tags", 404, tags[:1])
    admin.done("DELETE", PROMPT)
    save(admin)
    assert admin.done("GET", PROMPT)["tags"] == [], "tags go with the prompt"


@pytest.mark.parametrize(("answer", "status"), [("not_found", 404), ("server_error", 500), ("empty", 200)])
def test_a_prompt_that_is_missing(admin: Client, sandbox: SandboxProcess, answer: str, status: int) -> None:
    sandbox.settings(prompt_missing=answer)
    response = admin.send("GET", PROMPT)
    assert response.status_code == status
    assert response.json() is None if answer == "empty" else "greeting" in response.json()["message"]
    admin.refused("DELETE", PROMPT, 404)
    sandbox.settings(prompt_delete_missing="accept")
    admin.done("DELETE", PROMPT)
    admin.done("DELETE", PROMPT + "/versions/1")


def test_trying_out(admin: Client, sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    usable(admin, hugging)
    body = {
        "llmProvider": "hf-prod",
        "model": MODEL,
        "prompt": "Hello ${name}${nobody}!",
        "promptVariables": {"name": "Ana"},
        "temperature": 0.1,
        "topP": 0.9,
    }
    told = admin.done("POST", "/prompts/test", body)
    assert told == f"The sandbox speaks for {MODEL} and was told: Hello Ana!"
    assert admin.done("POST", "/prompts/test", {**body, "maxTokens": 2}) == "The sandbox"
    me, other = admin.application()
    assert "READ" in other.refused("POST", "/prompts/test", 403, body)["message"]
    admin.grant(("USER", me), ("INTEGRATION", NAMED), "READ")
    assert other.done("POST", "/prompts/test", body) == told
    admin.refused("POST", "/prompts/test", 404, {**body, "model": "nosuch"})
    assert "prompt is missing" in admin.refused("POST", "/prompts/test", 400, {**body, "prompt": ""})["message"]
    hugging.done("POST", "/v2/endpoint/acme/tiny/pause")
    assert "paused" in admin.refused("POST", "/prompts/test", 500, body)["message"]
    sandbox.settings(prompt_test_failure_status=400)
    admin.refused("POST", "/prompts/test", 400, body)
