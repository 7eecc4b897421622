# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a token to a registered model: the role creates Inference Endpoints, waits, and registers their URLs."""

from __future__ import annotations

from sandbox_process import HUGGING_FACE_TOKEN

SERVED = {
    "name": "google-t5/t5-small",
    "hf_endpoint": {
        "name": "translator", "type": "private", "vendor": "aws", "region": "us-east-1", "accelerator": "cpu",
        "instance_type": "intel-spr", "instance_size": "x1",
    },
}  # fmt: skip
INTEGRATION = {"name": "hf", "api_key": HUGGING_FACE_TOKEN, "namespace": "acme", "models": [SERVED]}
MANAGED = {"hf_setup_manage": ["endpoints", "integrations", "models"], "hf_setup_groups": []}


def declared(stage, **more):
    """The variables of a cluster whose model brings its endpoint."""
    reached = stage.clusters[0].huggingface()
    return {
        "hf_setup_hub_url": reached["HF_ENDPOINT"],
        "hf_setup_endpoints_url": reached["HUGGINGFACE_ENDPOINTS_URL"],
        "hf_setup_hf_token": HUGGING_FACE_TOKEN,
        "hf_setup_endpoint_step": 0.02,
        "hf_setup_integrations": [INTEGRATION],
        **MANAGED,
        **more,
    }


def endpoints(stage):
    return {
        found["endpoint"]["name"]: found["endpoint"]["status"]
        for found in stage.clusters[0].control("GET", "/huggingface/endpoints")
    }


def test_an_endpoint_is_created_waited_for_and_registered(stage):
    stage.verify = True
    stage.clusters[0].settings(secrets="clear", huggingface_initializing_reads=12)
    variables = declared(stage, hf_setup_check_token=True, hf_setup_validate_models=True)
    planned = stage.site("--check", **variables)
    assert (planned.changed, endpoints(stage), stage.writes()) == ({"one": 2}, {}, 0)
    assert 'endpoint \\"hf_endpoint:acme/translator\\"' in planned.output

    applied = stage.site(**variables)
    assert applied.changed == {"one": 3}
    assert "acme/translator: initializing since" in applied.output, "a wait shows how far it is"
    status = endpoints(stage)["translator"]
    assert status["state"] == "running"
    (model,) = stage.admin().done("GET", "/integrations/provider/hf/integration?activeOnly=false")
    assert model["configuration"]["endpoint"].endswith(status["url"].rpartition("/")[2])

    written = stage.writes()
    # A namespace that is left out stays what it is: only a new integration gets that of the token's user.
    unnamed = {name: value for name, value in INTEGRATION.items() if name != "namespace"}
    assert stage.site(**{**variables, "hf_setup_integrations": [unnamed]}).changed == {"one": 0}
    assert stage.writes() == written
    # Somebody else may manage the endpoints; their URLs are known all the same.
    assert stage.site(**{**variables, "hf_setup_manage": ["models"]}).changed == {"one": 0}

    # A teardown leaves the endpoint, which other clusters may use, unless told otherwise.
    gone = ["-e", "hf_setup_confirm_teardown=true"]
    torn = stage.play({"one": stage.host(**variables)}, *gone, playbook="orkes.conductor.teardown")
    assert (torn.status, list(endpoints(stage))) == (0, ["translator"]), torn.output
    too = declared(stage, hf_setup_delete_endpoints=True)
    torn = stage.play({"one": stage.host(**too)}, *gone, playbook="orkes.conductor.teardown")
    assert (torn.status, endpoints(stage)) == (0, {}), torn.output


def test_an_endpoint_that_fails_stops_the_run_and_says_why(stage):
    failure = {"message": "no capacity in this region"}
    stage.clusters[0].control("PUT", "/huggingface/endpoints/acme/translator/failure", failure)
    run = stage.play({"one": stage.host(**declared(stage))})
    assert run.status != 0
    assert "acme/translator: failed since" in run.output and "no capacity in this region" in run.output
    assert "integrations: not tried, 1 change" in run.output
    assert stage.integrations() == []


ELSEWHERE = {
    **SERVED,
    "name": "facebook/bart-large-cnn",
    "hf_endpoint": {**SERVED["hf_endpoint"], "repository": "google-t5/t5-small"},
}

#: What is wrong with a cluster's variables, and what is said of it.
WRONG = {
    "namespace": (
        {
            "hf_setup_integrations": [{**INTEGRATION, "namespace": "umbrella", "state": "present"}],
            "hf_setup_check_token": True,
        },
        "the token cannot use the namespace umbrella; it can use sandbox-user, acme",
    ),
    "token": (
        {
            "hf_setup_integrations": [{**INTEGRATION, "api_key": "hf_of_nobody_0123456789"}],
            "hf_setup_check_token": True,
        },
        "Check token (HF_TOKEN): it is not valid",
    ),
    "both": (
        {"hf_setup_integrations": [{**INTEGRATION, "models": [{**SERVED, "endpoint": "https://a.example"}]}]},
        "endpoint and hf_endpoint exclude each other",
    ),
    "host": (
        {
            "hf_setup_integrations": [{**INTEGRATION, "models": [{"name": "m", "endpoint": "https://a.example"}]}],
            "hf_setup_endpoint_hosts": ["*.endpoints.huggingface.cloud"],
        },
        "its endpoint is at a.example, which hf_setup_endpoint_hosts does not allow",
    ),
    "billed": ({"hf_setup_endpoints_url": ""}, "endpoints_url is not given"),
    "unknown": (
        {
            "hf_setup_integrations": [
                {**INTEGRATION, "models": [{"name": "no/such", "endpoint": "https://a.example"}]}
            ],
            "hf_setup_validate_models": True,
        },
        "model no/such: the Hub has no such model that this token may see",
    ),
    "other": (
        {
            "hf_setup_integrations": [{**INTEGRATION, "models": [ELSEWHERE]}],
            "hf_setup_validate_models": True,
        },
        "its hf_endpoint serves google-t5/t5-small: call the model by that name",
    ),
    "unmanaged": ({"hf_setup_manage": ["integrations", "models"]}, "and hf_setup_manage leaves endpoints out"),
    "paused": (
        {
            "hf_setup_integrations": [
                {
                    **INTEGRATION,
                    "models": [
                        {**SERVED, "hf_endpoint": {**SERVED["hf_endpoint"], "name": "rests", "state": "paused"}}
                    ],
                }
            ]
        },
        "is to be paused and has no URL yet",
    ),
    "pattern": ({"hf_setup_endpoint_hosts": ["https://a.example"]}, "leave out scheme, port and path"),
}


def test_what_is_wrong_stops_the_run_before_anything_is_written(stage):
    shared = {"hf_setup_allow_shared_server": True}
    hosts = {name: stage.host(**declared(stage, **variables, **shared)) for name, (variables, _text) in WRONG.items()}
    run = stage.refuses(hosts)
    assert run.messages.keys() == WRONG.keys(), run.output
    for name, (_variables, text) in WRONG.items():
        told = [line for line in run.output.splitlines() if f"[{name}]" in line]
        assert any(text in line for line in told), run.output
    assert (stage.integrations(), endpoints(stage)) == ([], {})
