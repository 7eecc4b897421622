# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Hugging Face's client makes of the sandbox: every call that the two versions have in common."""

from __future__ import annotations

import pytest
from conftest import NOWHERE, VERSION, create
from huggingface_client import MODEL, TOKEN
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    BadRequestError,
    GatedRepoError,
    HfHubHTTPError,
    InferenceEndpointError,
    InferenceEndpointTimeoutError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from sandbox_process import SandboxProcess

OFTEN = 0.01


def status_of(error):
    return error.value.response.status_code


def test_the_client_is_a_known_one_and_knows_loopback_alone(sandbox: SandboxProcess):
    assert VERSION in ("2.4.0", "0.36.2")
    for address in (constants.ENDPOINT, constants.INFERENCE_ENDPOINTS_ENDPOINT):
        assert address.startswith("http://127.0.0.1:") and not address.startswith(NOWHERE)


def test_who_am_i(api, sandbox):
    me = api.whoami()
    assert me["name"] == "sandbox-user" and [one["name"] for one in me["orgs"]] == ["acme"]
    assert me["auth"]["accessToken"]["role"] == "fineGrained"
    with pytest.raises(OSError, match=r"Invalid user token|Invalid credentials") as error:
        HfApi(endpoint=api.endpoint, token="hf_wrong").whoami()
    assert status_of(error) == 401


def test_models(api):
    model = api.model_info(MODEL)
    assert model.id == MODEL and model.pipeline_tag == "text-generation" and len(model.sha) == 40
    assert api.model_info(MODEL, revision=model.sha).sha == model.sha and model.created_at.year == 2026
    assert api.model_info("acme/support-assistant").private is True
    gated = api.model_info("meta-llama/Llama-3.2-1B-Instruct")
    assert gated.gated == "manual"
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("nobody/nothing")
    with pytest.raises(RevisionNotFoundError):
        api.model_info(MODEL, revision="refs/pr/1")
    api.auth_check(MODEL)
    with pytest.raises(GatedRepoError):
        api.auth_check(gated.id)


def test_create_and_wait(api, made):
    assert (made.name, made.namespace, made.status, made.url) == ("tiny", "acme", "pending", None)
    assert made.repository == MODEL and made.task == "text-generation" and made.type == "authenticated"
    assert made.created_at.tzinfo is not None and made.revision == api.model_info(MODEL).sha
    assert made.wait(timeout=10, refresh_every=OFTEN) is made
    assert made.status == "running" and made.url.startswith("http://127.0.0.1:") and made.client is not None


def test_waiting_ends(api, made, sandbox):
    sandbox.settings(huggingface_pending_reads=1_000_000)
    with pytest.raises(InferenceEndpointTimeoutError):
        made.wait(timeout=0.1, refresh_every=OFTEN)
    sandbox.settings(huggingface_pending_reads=1)
    sandbox.control("PUT", "/huggingface/endpoints/acme/tiny/failure", {"message": "Out of memory"})
    with pytest.raises(InferenceEndpointError, match="failed"):
        made.wait(timeout=10, refresh_every=OFTEN)


def test_get_and_list(api, made, monkeypatch):
    assert api.get_inference_endpoint("tiny", namespace="acme").raw["name"] == "tiny"
    create(api, "other", namespace="sandbox-user")
    assert [one.name for one in api.list_inference_endpoints(namespace="acme")] == ["tiny"]
    assert [one.name for one in api.list_inference_endpoints()] == ["other"], "its own namespace is the caller's name"
    # For all namespaces the client forgets the token that it was given, in one of its calls.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert {one.name for one in api.list_inference_endpoints(namespace="*")} == {"tiny", "other"}
    with pytest.raises(HfHubHTTPError) as error:
        api.get_inference_endpoint("nosuch", namespace="acme")
    assert status_of(error) == 404


def test_update(api, made):
    made.wait(timeout=10, refresh_every=OFTEN)
    made.update(max_replica=3, scale_to_zero_timeout=30)
    assert made.status == "updating"
    scaling = made.raw["compute"]["scaling"]
    assert (scaling["minReplica"], scaling["maxReplica"], scaling["scaleToZeroTimeout"]) == (0, 3, 30)
    changes = {"env": {"A": "1"}, "tags": ["team-a"], "token": TOKEN}
    raw = api.update_inference_endpoint("tiny", namespace="acme", **changes).raw
    assert raw["model"]["env"] == {"A": "1"} and raw["tags"] == ["team-a"]
    made.update(repository="google-t5/t5-small", task="translation", framework="custom")
    assert (made.repository, made.task, made.framework) == ("google-t5/t5-small", "translation", "custom")
    assert made.wait(timeout=10, refresh_every=OFTEN).status == "running"


def test_pause_resume_scale_to_zero_delete(api, made):
    url = made.wait(timeout=10, refresh_every=OFTEN).url
    assert made.pause().status == "paused" and made.url == url
    assert made.resume().status == "pending"
    made.wait(timeout=10, refresh_every=OFTEN)
    assert made.resume().status == "running", "the client takes 'already running' for a success"
    with pytest.raises(BadRequestError):
        made.resume(running_ok=False)
    assert made.scale_to_zero().status == "scaledToZero" and made.url == url
    made.delete()
    assert api.list_inference_endpoints(namespace="acme") == []
    with pytest.raises(HfHubHTTPError) as error:
        made.fetch()
    assert status_of(error) == 404


@pytest.mark.parametrize("status", [200, 202])
def test_other_answers_to_a_deletion(made, sandbox, status):
    sandbox.settings(huggingface_delete_status=status)
    made.delete()


def test_images_and_secrets(api):
    image = {"url": "registry.example/a:1", "healthRoute": "/ready", "env": {"B": "2"}}
    made = create(api, custom_image=image, secrets={"KEY": "hidden-secret"})
    assert made.raw["model"]["image"] == {"custom": image} and made.health_route == "/ready"
    assert "hidden" not in str(made.raw) and made.wait(timeout=10, refresh_every=OFTEN).status == "running"


def test_refusals(api, made, sandbox):
    with pytest.raises(HfHubHTTPError) as error:
        create(api)
    assert status_of(error) == 409
    with pytest.raises(BadRequestError, match=r"'Gpu' - 'nosuch' - 'x1' in 'aws' - 'us-east-1' not found"):
        create(api, "other", instance_type="nosuch")
    with pytest.raises(HfHubHTTPError, match="You have no access to the namespace") as error:
        create(api, "other", namespace="elsewhere")
    assert status_of(error) == 403
    sandbox.control(
        "PUT", "/huggingface/tokens/sandbox", {"account": "sandbox-user", "can_pay": False, "role": "write"}
    )
    sandbox.settings(huggingface_classic_tokens="by_role")
    with pytest.raises(HfHubHTTPError, match="Payment method required for namespace: sandbox-user"):
        create(api, "other", namespace="sandbox-user")
    sandbox.fault(kind="status", status=429, path="/huggingface/v2/*")
    with pytest.raises(HfHubHTTPError) as error:
        api.list_inference_endpoints(namespace="sandbox-user")
    assert status_of(error) == 429


def test_no_token_is_in_the_request_log(api, made, sandbox):
    entries = sandbox.control("GET", "/log")
    assert entries and TOKEN not in str(entries)
    assert {one["path"].split("/")[1] for one in entries} == {"huggingface"}
