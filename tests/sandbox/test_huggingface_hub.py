# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Hub of the Hugging Face part: tokens, who one is, models."""

from __future__ import annotations

import pytest
from huggingface_client import EVERYTHING, INVALID, MODEL, TOKEN, HuggingFaceClient, set_token
from sandbox_process import Client, SandboxProcess

WHO = "/api/whoami-v2"
GATED = "meta-llama/Llama-3.2-1B-Instruct"
PRIVATE = "acme/support-assistant"


def test_the_account_of_the_start(hugging: HuggingFaceClient) -> None:
    me = hugging.done("GET", WHO)
    assert (me["type"], me["name"], me["canPay"]) == ("user", "sandbox-user", True)
    assert [(one["type"], one["name"], one["roleInOrg"]) for one in me["orgs"]] == [("org", "acme", "admin")]
    token = me["auth"]["accessToken"]
    assert me["auth"]["type"] == "access_token" and token["role"] == "fineGrained" and token["displayName"] == "sandbox"
    assert {*EVERYTHING, "inference.serverless.write"} == set(token["fineGrained"]["global"])
    assert token["fineGrained"]["scoped"] == [] and TOKEN not in str(me)
    assert hugging.send("GET", WHO).headers["X-Request-Id"] != hugging.send("GET", WHO).headers["X-Request-Id"]


def test_an_organisation_has_no_organisations(sandbox: SandboxProcess) -> None:
    scope = {"type": "org", "name": "acme", "permissions": EVERYTHING}
    client = set_token(sandbox, account="acme", type="org", scoped_permissions=[scope], can_pay=False)
    me = client.done("GET", WHO)
    assert (me["type"], me["name"], me["canPay"]) == ("org", "acme", False) and "orgs" not in me
    entity = me["auth"]["accessToken"]["fineGrained"]["scoped"][0]["entity"]
    assert (entity["type"], entity["name"]) == ("org", "acme")
    assert client.done("GET", f"/api/models/{PRIVATE}")["private"] is True


def test_a_classic_token_has_no_permissions_of_its_own(sandbox: SandboxProcess) -> None:
    token = set_token(sandbox, role="write", global_permissions=[]).done("GET", WHO)["auth"]["accessToken"]
    assert token["role"] == "write" and "fineGrained" not in token


def test_wrong_tokens(sandbox: SandboxProcess) -> None:
    for token in ("hf_wrong", TOKEN.upper(), TOKEN + "x"):
        assert HuggingFaceClient(sandbox, token).refused_by_hub(WHO, 401) == INVALID
        assert HuggingFaceClient(sandbox, token).refused_by_hub(f"/api/models/{MODEL}", 401) == INVALID
    basic = HuggingFaceClient(sandbox, None).send("GET", WHO, headers={"Authorization": f"Basic {TOKEN}"})
    assert basic.status_code == 401
    assert HuggingFaceClient(sandbox, "hf_wrong").refused("GET", "/v2/endpoint/acme", 401) == "401 Unauthorized"
    assert HuggingFaceClient(sandbox, None).refused("GET", "/v2/endpoint/acme", 401) == "401 Unauthorized"


@pytest.mark.parametrize("text", ["other", "invalid_credentials"])
def test_huggingface_absent_token_text(sandbox: SandboxProcess, text: str) -> None:
    sandbox.settings(huggingface_absent_token_text=text)
    nobody = HuggingFaceClient(sandbox, None)
    for path in (WHO, "/api/models/nobody/nothing", f"/api/models/{PRIVATE}"):
        assert (nobody.refused_by_hub(path, 401) == INVALID) is (text == "invalid_credentials")


@pytest.mark.parametrize("text", ["other", "invalid_credentials"])
@pytest.mark.parametrize("status", [401, 403])
def test_expired_tokens(sandbox: SandboxProcess, text: str, status: int) -> None:
    sandbox.settings(huggingface_expired_token_text=text, huggingface_expired_token_status=status)
    client = set_token(sandbox, state="expired")
    assert (client.refused_by_hub(WHO, status) == INVALID) is (text == "invalid_credentials")
    client.refused("GET", "/v2/endpoint/ana", status)


@pytest.mark.parametrize("state", ["pending", "revoked"])
def test_an_organisation_that_does_not_let_a_token_in(sandbox: SandboxProcess, state: str) -> None:
    client = set_token(sandbox, state=state, organizations=[{"name": "acme"}])
    assert client.done("GET", WHO)["name"] == "ana"
    client.refused_by_hub(f"/api/models/{PRIVATE}", 403)
    assert "not approved" in client.refused("GET", "/v2/endpoint/acme", 403)
    assert client.done("GET", "/v2/endpoint/ana") == {"items": []}


def test_the_control_path_keeps_tokens(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    client = set_token(sandbox, organizations=[{"name": "acme", "can_pay": False, "role": "read"}])
    told = sandbox.control("GET", "/huggingface/tokens")
    assert set(told) == {"sandbox", "other"} and "secret" not in told["other"]
    assert str(client.token) not in str(told) and TOKEN not in str(told)
    assert client.done("GET", WHO)["orgs"][0]["canPay"] is False
    sandbox.control("PUT", "/huggingface/tokens/other", {"account": "ana", "state": "expired"})
    client.refused_by_hub(WHO, 401)
    sandbox.control("PUT", "/huggingface/tokens/third", {"account": "ben"}, status=400)
    same = {"account": "ben", "token": client.token}
    assert str(client.token) not in str(sandbox.control("PUT", "/huggingface/tokens/third", same, status=409))
    for wrong in ({}, {"account": "ana", "token": "short"}, {"account": "a b"}, {"account": "ana", "state": "new"}):
        answer = sandbox.control("PUT", "/huggingface/tokens/other", wrong, status=400)
        assert "short" not in str(answer)
    sandbox.control("DELETE", "/huggingface/tokens/other")
    assert client.refused_by_hub(WHO, 401) == INVALID
    sandbox.control("DELETE", "/huggingface/tokens/other", status=404)
    sandbox.control("PUT", "/huggingface/tokens/sandbox", {"account": "sandbox-user", "state": "expired"})
    hugging.refused_by_hub(WHO, 401)
    sandbox.control("POST", "/reset", ["state"])
    assert hugging.done("GET", WHO)["orgs"]


def test_a_public_model(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    model = hugging.done("GET", f"/api/models/{MODEL}")
    assert model["id"] == model["modelId"] == MODEL and model["author"] == "HuggingFaceTB"
    assert len(model["sha"]) == 40 and model["pipeline_tag"] == "text-generation"
    assert (model["private"], model["gated"], model["disabled"]) == (False, False, False)
    assert HuggingFaceClient(sandbox, None).done("GET", f"/api/models/{MODEL}") == model
    names = ("facebook/bart-large-cnn", "google-t5/t5-small")
    tags = [hugging.done("GET", f"/api/models/{name}")["pipeline_tag"] for name in names]
    assert tags == ["summarization", "translation"]
    assert hugging.done("GET", f"/api/models/{MODEL}/auth-check") == {}


def test_expand_narrows_the_answer(hugging: HuggingFaceClient) -> None:
    path = f"/api/models/{MODEL}"
    assert set(hugging.done("GET", f"{path}?expand=gated&expand=sha")) == {"_id", "id", "gated", "sha"}
    assert hugging.done("GET", f"{path}?expand[]=inference")["inference"] == "warm"
    assert "inference" not in hugging.done("GET", "/api/models/openai-community/gpt2?expand=inference")
    assert "nosuch" in hugging.refused_by_hub(f"{path}?expand=nosuch", 400)


def test_revisions(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    path = f"/api/models/{MODEL}/revision"
    commit = hugging.done("GET", f"{path}/main")["sha"]
    assert hugging.done("GET", f"{path}/{commit}")["sha"] == commit
    hugging.refused_by_hub(f"{path}/{'0' * 40}", 404, "RevisionNotFound")
    hugging.refused_by_hub(f"{path}/refs%2Fpr%2F1", 404, "RevisionNotFound")
    other = "1" * 40
    sandbox.control("PUT", f"/huggingface/models/{MODEL}", {"revisions": {"refs/pr/1": other}})
    assert hugging.done("GET", f"{path}/refs%2Fpr%2F1")["sha"] == other
    hugging.refused_by_hub("/api/models/nobody/nothing/revision/main", 404, "RepoNotFound")


def test_a_private_model_looks_as_if_it_were_not_there(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    assert hugging.done("GET", f"/api/models/{PRIVATE}")["private"] is True
    stranger, nobody = set_token(sandbox), HuggingFaceClient(sandbox, None)
    for more in ("", "/auth-check", "/revision/main"):
        texts = [stranger.refused_by_hub(f"/api/models/{one}{more}", 404, "RepoNotFound") for one in (PRIVATE, "x/y")]
        assert texts[0] == texts[1]
        assert len({nobody.refused_by_hub(f"/api/models/{one}{more}", 401) for one in (PRIVATE, "x/y")}) == 1


@pytest.mark.parametrize("status", [403, 401])
def test_a_gated_model(sandbox: SandboxProcess, hugging: HuggingFaceClient, status: int) -> None:
    sandbox.settings(huggingface_gated_status=status)
    assert hugging.done("GET", f"/api/models/{GATED}")["gated"] == "manual", "gating protects files alone"
    hugging.refused_by_hub(f"/api/models/{GATED}/auth-check", status, "GatedRepo")
    HuggingFaceClient(sandbox, None).refused_by_hub(f"/api/models/{GATED}/auth-check", 401)
    granted = set_token(sandbox, gated_models=[GATED])
    granted.done("GET", f"/api/models/{GATED}/auth-check")
    unfit = set_token(sandbox, "unfit", gated_models=[GATED], can_read_gated_repos=False)
    unfit.refused_by_hub(f"/api/models/{GATED}/auth-check", status, "GatedRepo")


def test_models_through_the_control_path(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    hugging.refused_by_hub("/api/models/gpt2", 404, "RepoNotFound")
    sandbox.control("PUT", "/huggingface/models/gpt2", {"pipeline_tag": None, "library_name": None})
    model = hugging.done("GET", "/api/models/gpt2")
    assert model["id"] == "gpt2" and "pipeline_tag" not in model and "author" not in model
    hugging.done("GET", "/api/models/gpt2/auth-check")
    hugging.done("GET", "/api/models/gpt2/revision/main")
    sandbox.control("PUT", f"/huggingface/models/{MODEL}", {"disabled": True})
    assert hugging.refused_by_hub(f"/api/models/{MODEL}", 403) == "Access to this resource is disabled."
    assert set(sandbox.control("GET", "/huggingface/models")) >= {"gpt2", MODEL, GATED, PRIVATE}
    sandbox.control("PUT", "/huggingface/models/gpt2", {"gated": "perhaps"}, status=400)
    sandbox.control("DELETE", "/huggingface/models/gpt2")
    sandbox.control("DELETE", "/huggingface/models/gpt2", status=404)
    hugging.refused_by_hub("/api/models/gpt2", 404, "RepoNotFound")


def test_paths_that_are_not_served(sandbox: SandboxProcess, hugging: HuggingFaceClient) -> None:
    hugging.refused_by_hub("/api/nosuch", 404)
    hugging.refused("GET", "/v2/nosuch", 404)
    hugging.refused("PATCH", "/v2/endpoint/acme/x", 405, {})
    assert sandbox.raw("GET", "/huggingface/api/models/%zz/x")[0] == 400
    assert sandbox.raw("GET", f"/huggingface{WHO}", {"Host": "huggingface.co"})[0] == 421


def test_the_two_parts_do_not_mix(sandbox: SandboxProcess, hugging: HuggingFaceClient, admin: Client) -> None:
    crossed = {"X-Authorization": str(admin.token)}
    assert HuggingFaceClient(sandbox, None).send("GET", WHO, headers=crossed).status_code == 401
    assert Client(sandbox, None).send("GET", "/users", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401
    sandbox.settings(authentication="absent", encoded_slash="reject")
    hugging.done("GET", WHO)
    hugging.refused_by_hub(f"/api/models/{MODEL}/revision/refs%2Fpr%2F1", 404, "RevisionNotFound")
