# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and Inference Endpoints of Hugging Face, on the sandbox."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from module_process import clean_environment, run_alone
from sandbox_process import HUGGING_FACE_TOKEN

OPTIONS = {
    "namespace": "acme",
    "name": "summarizer",
    "repository": "facebook/bart-large-cnn",
    "type": "private",
    "vendor": "aws",
    "region": "us-east-1",
    "accelerator": "cpu",
    "instance_type": "intel-icl",
    "instance_size": "x2",
    "min_replica": 0,
    "scale_to_zero_timeout": 60,
}
NAME = "acme/summarizer"
QUICK = {"wait_interval": 0.01, "wait_timeout": 5}
MANAGES = ["inference.endpoints.read", "inference.endpoints.write"]


@pytest.fixture
def service(bench):
    """A bench whose modules reach the sandbox's Hugging Face."""
    bench.connection.update(bench.sandbox.huggingface(), HF_TOKEN=HUGGING_FACE_TOKEN)
    return bench


def token(service, name="ours", **about):
    """Have modules use a token of their own."""
    own = f"hf_token_of_{name}_0123456789"
    service.sandbox.control("PUT", f"/huggingface/tokens/{name}", {"account": name, "token": own, **about})
    service.connection["HF_TOKEN"] = own


def endpoint(service):
    """The endpoint as the sandbox has it."""
    (found,) = service.sandbox.control("GET", "/huggingface/endpoints")
    return found["endpoint"]


def test_the_whole_life(service):
    made = service.converges("hf_endpoint", ("endpoint", NAME, "create"), **OPTIONS, **QUICK)
    (shown,) = made.result["endpoints"]
    assert shown["state"] == "running" and shown["url"].startswith("http://127.0.0.1:")
    service.converges("hf_endpoint", ("endpoint", NAME, "update"), **{**OPTIONS, "max_replica": 3}, **QUICK)
    for state, seen in (("paused", "paused"), ("running", "running"), ("scaled_to_zero", "scaledToZero")):
        run = service.converges(
            "hf_endpoint", ("endpoint", NAME, "update"), namespace="acme", name="summarizer", state=state, **QUICK
        )
        assert run.result["endpoints"][0]["state"] == seen == endpoint(service)["status"]["state"]
    # What rests is left alone, and not waited for.
    service.converges("hf_endpoint", **{**OPTIONS, "max_replica": 3}, **QUICK)
    gone = {"namespace": "acme", "name": "summarizer", "state": "absent"}
    service.converges("hf_endpoint", ("endpoint", NAME, "delete"), **gone)


@pytest.mark.parametrize("taken", [400, 409])
def test_of_two_runs_at_once_one_creates_it_and_the_other_takes_what_is_there(service, taken):
    service.settings(huggingface_taken_name_status=taken)
    # Each has looked before either has created it.
    service.fault(kind="latency", seconds=4, count=2, method="POST", path="*/v2/endpoint/acme")
    service.forget()
    options = [{**OPTIONS, "wait": False}, {**OPTIONS, "wait": False}]
    with ThreadPoolExecutor() as both:
        runs = list(
            both.map(lambda given: run_alone("hf_endpoint", given, clean_environment(**service.connection)), options)
        )
    assert [run.failed for run in runs] == [False, False], [run.message for run in runs]
    posts = sorted(status for method, _path, status in service.requests() if method == "POST")
    assert posts == [200, taken], "both have to be on their way at once"
    assert endpoint(service)["name"] == "summarizer"


def test_what_starts_or_is_updated_sleeps_as_soon_as_it_runs(service):
    asleep = {**OPTIONS, "state": "scaled_to_zero"}
    run = service.converges("hf_endpoint", ("endpoint", NAME, "create"), **asleep, **QUICK)
    assert run.result["endpoints"][0]["state"] == "scaledToZero"
    service.done("hf_endpoint", namespace="acme", name="summarizer", state="present")
    run = service.converges("hf_endpoint", ("endpoint", NAME, "update"), **{**asleep, "max_replica": 2}, **QUICK)
    assert run.result["endpoints"][0]["state"] == "scaledToZero"
    # What sleeps wakes by a request and not by a module; that is no difference that comes back on each run.
    run = service.converges("hf_endpoint", namespace="acme", name="summarizer", state="running", **QUICK)
    assert "the next request to it wakes it" in run.output
    service.done("hf_endpoint", **{**OPTIONS, "name": "other"}, wait=False)
    later = service.run("hf_endpoint", namespace="acme", name="other", state="scaled_to_zero", wait=False)
    assert not later.failed and "run again then" in later.output
    service.done("hf_endpoint", namespace="acme", name="other", state="paused", **QUICK)
    service.refuses("hf_endpoint", "resume it first", namespace="acme", name="other", state="scaled_to_zero")


def test_a_pause_without_an_answer_is_not_sent_again(service):
    service.done("hf_endpoint", **OPTIONS, **QUICK)
    service.fault(kind="drop", when="after", method="POST", path="*/pause", count=1)
    run = service.run("hf_endpoint", namespace="acme", name="summarizer", state="paused", **QUICK)
    assert run.failed and "a further run finds out" in run.message
    service.converges("hf_endpoint", namespace="acme", name="summarizer", state="paused", **QUICK)


#: Every switch that changes what the modules see, at its other settings.
SWITCHES = [
    ("taken_name_status", 400), ("branch_revision", "echoed"), ("unknown_image_fields", "kept"),
    ("secrets", "masked"), ("secrets", "absent"), ("updated_maps", "merged"), ("delete_status", 200),
    ("delete_status", 202), ("update_at_rest", "starts"), ("scale_to_zero_minimum", "any"), ("pending_reads", 3),
    ("scale_to_zero_timeout", "minutes_60"), ("scale_to_zero_timeout", "absent"), ("protected_type", "accept"),
    ("unavailable_model", "fails"), ("malformed_body_status", 400), ("custom_image_env", "merged"),
]  # fmt: skip


@pytest.mark.parametrize("lost", [0, 1])
def test_a_creation_that_went_through_behind_a_failed_gateway_is_seen(service, lost):
    """What is created costs money: it is looked for, and where that fails, too, the run says that it may be there."""
    place = "/huggingface/v2/endpoint/acme"
    service.fault(kind="status", status=504, when="after", method="POST", path=place)
    if lost:
        service.fault(kind="status", status=403, method="GET", path=f"{place}/summarizer", skip=1)
    run = service.run("hf_endpoint", **OPTIONS, **QUICK)
    assert run.failed is bool(lost), run.message
    assert run.changed
    assert ("may have acted" in run.message) is bool(lost)
    service.sandbox.control("DELETE", "/faults")
    assert not service.run("hf_endpoint", **OPTIONS, **QUICK).changes


@pytest.mark.parametrize(("switch", "setting"), SWITCHES, ids=str)
def test_a_life_with_a_switch(service, switch, setting):
    service.settings(**{f"huggingface_{switch}": setting})
    image = {"custom": {"url": "registry.example/engine:1", "port": 8080, "env": {"A": "1"}, "unheard_of": "x"}}
    options = {
        **OPTIONS, "revision": "main", "image": image, "framework": "custom", "env": {"B": "2"},
        "secrets": {"KEY": "a_secret_of_the_container"}, "tags": ["b", "a"],
    }  # fmt: skip
    service.converges("hf_endpoint", ("endpoint", NAME, "create"), **options, **QUICK)
    options["env"] = {"C": "3"}
    service.converges("hf_endpoint", ("endpoint", NAME, "update"), **options, **QUICK)
    assert endpoint(service)["model"]["env"].items() >= {"B": "2", "C": "3"}.items()
    stored = {"namespace": "acme", "name": "summarizer", "key": "KEY", "value": "a_secret_of_the_container"}
    assert service.sandbox.control("POST", "/huggingface/secrets/check", stored) == {"stored": True, "equal": True}
    resting = {"state": "paused", "max_replica": 2}
    service.converges("hf_endpoint", ("endpoint", NAME, "update"), **{**options, **resting}, **QUICK)
    resting["max_replica"] = 4
    service.converges("hf_endpoint", ("endpoint", NAME, "update"), **{**options, **resting}, **QUICK)
    assert endpoint(service)["status"]["state"] == "paused"
    service.converges("hf_endpoint", ("endpoint", NAME, "delete"), namespace="acme", name="summarizer", state="absent")


def test_a_failure_while_waiting_says_what_was_done_and_a_later_run_mends_it(service):
    service.sandbox.control("PUT", "/huggingface/endpoints/acme/summarizer/failure", {"message": "out of memory"})
    run = service.run("hf_endpoint", **OPTIONS, **QUICK)
    assert run.failed and run.changed
    assert "acme/summarizer has the state failed: out of memory" in run.message
    assert run.changes == [("endpoint", NAME, "create")]
    service.sandbox.control("DELETE", "/huggingface/endpoints/acme/summarizer/failure")
    mended = service.run("hf_endpoint", **{**OPTIONS, "max_replica": 2}, **QUICK)
    assert not mended.failed, mended.message
    assert mended.result["endpoints"][0]["state"] == "running"


def test_a_wait_that_takes_too_long(service):
    service.settings(huggingface_pending_reads=1000)
    run = service.run("hf_endpoint", **OPTIONS, wait_interval=0.05, wait_timeout=1)
    assert run.failed and "after 1 s not all endpoints run; acme/summarizer is pending since" in run.message
    unwaited = service.run("hf_endpoint", **OPTIONS, wait=False)
    assert (unwaited.failed, unwaited.changed) == (False, False)
    told = service.run("hf_endpoint_info", namespace="acme", settle_seconds=0.2, interval=0.05)
    assert told.result["moving"] == [NAME]
    assert told.result["lines"][0].startswith("acme/summarizer: pending since ")


@pytest.mark.parametrize(
    ("about", "options", "texts"),
    [
        ({"organizations": [{"name": "acme", "can_pay": False}]}, {}, ["403", "Payment", "Add a payment method"]),
        ({"global_permissions": MANAGES[:1]}, {}, ["403", "missing permissions", "inference.endpoints.write in acme"]),
        ({}, {"instance_size": "x99"}, ["400", "not found", "Choose accelerator, instance_type"]),
        ({"state": "expired"}, {}, ["401", "Check token (HF_TOKEN)"]),
        ({"organizations": []}, {}, ["403", "the token cannot use the namespace acme; it can use ours"]),
        ({}, {"repository": "no/such-model"}, ["400", "Check repository"]),
    ],
    ids=str,
)
def test_what_the_service_refuses(service, about, options, texts):
    token(service, **{"organizations": [{"name": "acme"}], "global_permissions": MANAGES, **about})
    run = service.run("hf_endpoint", **{**OPTIONS, **options}, **QUICK)
    assert run.failed
    for text in texts:
        assert text in run.message
    assert service.sandbox.control("GET", "/huggingface/endpoints") == []


def test_bad_input_is_told_before_any_request(service):
    wrong = {"name": "Summarizer_1", "scale_to_zero_timeout": 5, "secrets": {"read_only": "****"}}
    wrong["env"] = {"A": ["x"], "B": True}
    wrong["image"] = {"custom": {"url": "r.example/i:1", "credentials": {"username": "u", "password": "hf_abc...xyz"}}}
    texts = [
        "lower-case letters",
        "15 to 2880",
        "read_only",
        "env: A is no text",
        "env: B is no text",
        "its credentials",
    ]
    run = service.refuses("hf_endpoint", *texts, **{**OPTIONS, **wrong})
    assert run.message.startswith("6 problems")


def test_a_redirected_hub_never_goes_with_the_public_service(service):
    del service.connection["HUGGINGFACE_ENDPOINTS_URL"]
    for module, options in (("hf_endpoint", OPTIONS), ("hf_endpoint_info", {"namespace": "acme"})):
        run = service.run(module, **options)
        assert run.failed and "endpoints_url is not given" in run.message
    assert service.requests() == []


def test_what_a_token_is_and_may_do(service):
    run = service.run("hf_token_info")
    assert (run.result["valid"], run.result["namespace"], run.result["problems"]) == (True, "sandbox-user", [])
    assert [found["name"] for found in run.result["namespaces"]] == ["sandbox-user", "acme"]
    other = service.run("hf_token_info", namespace="umbrella")
    assert other.result["problems"] == ["the token cannot use the namespace umbrella; it can use sandbox-user, acme"]

    scoped = [{"type": "org", "name": "acme", "permissions": MANAGES[:1]}]
    token(service, organizations=[{"name": "acme"}], scoped_permissions=scoped)
    run = service.run("hf_token_info", namespace="acme")
    assert run.result["missing_permissions"] == MANAGES[1:]
    assert "lacks inference.endpoints.write in acme" in run.result["problems"][0]
    token(service, "classic", role="write", organizations=[{"name": "acme"}])
    assert service.run("hf_token_info", namespace="acme").result["missing_permissions"] is None
    token(service, "umbrella", type="org")
    assert "which is no user, so namespace has to be given" in service.run("hf_token_info").result["problems"][0]
    token(service, "gone", state="expired")
    gone = service.run("hf_token_info")
    assert (gone.failed, gone.result["valid"]) == (False, False)
    assert "answered 401" in gone.result["problems"][0]


def test_models_are_what_they_are_called_at_the_hub_and_at_their_endpoints(service):
    made = service.done("hf_endpoint", **OPTIONS, **QUICK).result["endpoints"][0]["url"]
    models = [
        {"name": "facebook/bart-large-cnn", "endpoint": f"{made}/"},
        {"name": "google-t5/t5-small", "endpoint": made},
        {"name": "nobody/has-this", "endpoint": "https://elsewhere.example"},
    ]
    told = service.run("hf_hub_model_info", namespace="acme", models=models).result
    assert [(one["found"], one["endpoint_repository"]) for one in told["models"]] == [
        (True, "facebook/bart-large-cnn"), (True, "facebook/bart-large-cnn"), (False, None),
    ]  # fmt: skip
    assert ["serves facebook/bart-large-cnn" in one for one in told["problems"]] == [True, False]
    assert "the Hub has no such model" in told["problems"][1]
    assert "acme has no Inference Endpoint at that URL" in told["unverifiable"][0]
    # A key that can only call endpoints may not list them: nothing is claimed then.
    scoped = [{"type": "org", "name": "acme", "permissions": ["inference.endpoints.infer.write"]}]
    token(service, organizations=[{"name": "acme"}], scoped_permissions=scoped)
    told = service.run("hf_hub_model_info", namespace="acme", models=models[:2]).result
    assert (told["problems"], len(told["unverifiable"])) == ([], 2)
    assert "answered 403" in told["unverifiable"][0]
    wrong = service.run("hf_hub_model_info", models=[{"name": "\u200bx"}])
    assert wrong.failed and "models, item 1" in wrong.message
    service.connection["HF_TOKEN"] = "hf_of_nobody_0123456789"
    assert "not valid" in service.run("hf_hub_model_info", models=models[:1]).message


def test_all_pages_are_read(service):
    for number in range(25):
        made = service.run("hf_endpoint", **{**OPTIONS, "name": f"e{number}"}, wait=False)
        assert not made.failed, made.message
    found = service.run("hf_endpoint_info", namespace="acme").result["endpoints"]
    assert len(found) == 25
    one = service.run("hf_endpoint_info", namespace="acme", name="e7")
    assert [known["name"] for known in one.result["endpoints"]] == ["e7"]
