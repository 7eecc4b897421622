# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference Endpoints: what is compared and what never is, and how a wait ends."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _resource_endpoint as resource
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call

COMMIT = "37f520fa929c961707657b28798b30c003dd100b"
ITEM = {
    "namespace": "acme",
    "name": "llama",
    "repository": "meta-llama/Llama-3.1-8B-Instruct",
    "type": "private",
    "vendor": "aws",
    "region": "us-east-1",
    "accelerator": "gpu",
    "instance_type": "nvidia-l4",
    "instance_size": "x1",
    "min_replica": 0,
    "max_replica": 2,
}
FOUND = {
    "name": "llama",
    "type": "private",
    "provider": {"vendor": "aws", "region": "us-east-1"},
    "compute": {
        "id": "aws-us-east-1-nvidia-l4-x1",
        "accelerator": "gpu",
        "instanceType": "nvidia-l4",
        "instanceSize": "x1",
        "scaling": {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15, "measure": {"hardwareUsage": None}},
    },
    "model": {
        "repository": "meta-llama/Llama-3.1-8B-Instruct",
        "framework": "pytorch",
        "revision": COMMIT,
        "task": "text-generation",
        "image": {"huggingface": {}},
        "env": {},
        "secrets": {},
    },
    "tags": ["by-the-server"],
    "healthRoute": "/health",
    "status": {"state": "running", "url": "https://a1.endpoints.huggingface.cloud", "message": "ready"},
}


def found(**changes):
    endpoint = copy.deepcopy(FOUND)
    for place, value in changes.items():
        resource.put(endpoint, tuple(place.split("__")), value)
    return endpoint


def planned(current, **options):
    return resource.plan_endpoint({**ITEM, **options}, current)


def test_what_the_server_fills_in_is_no_difference():
    assert planned(found()) == (None, [], [])
    only_named = {"namespace": "acme", "name": "llama"}
    assert resource.plan_endpoint(only_named, found()) == (None, [], [])


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({"max_replica": 3}, {"compute": {"scaling": {"maxReplica": 3}}}),
        ({"scale_to_zero_timeout": 60}, {"compute": {"scaling": {"scaleToZeroTimeout": 60}}}),
        ({"instance_size": "x2"}, {"compute": {"instanceSize": "x2"}}),
        ({"type": "public"}, {"type": "public"}),
        ({"env": {"MAX": 5}}, {"model": {"env": {"MAX": "5"}}}),
        ({"args": ["--x"]}, {"model": {"args": ["--x"]}}),
        ({"tags": ["a", "b"]}, {"tags": ["a", "b"]}),
        ({"revision": "a" * 40}, {"model": {"revision": "a" * 40}}),
        ({"image": {"custom": {"url": "x/y:1"}}}, {"model": {"image": {"custom": {"url": "x/y:1"}}}}),
        ({"secrets": {"KEY": "s" * 20}, "update_secrets": True}, {"model": {"secrets": {"KEY": "s" * 20}}}),
    ],
    ids=str,
)
def test_only_what_differs_is_sent(options, body):
    change, problems, warnings = planned(found(), **options)
    assert (problems, warnings) == ([], [])
    assert change.payload["body"] == body
    assert list(change.fields) == [next(iter(options))]
    assert "s" * 20 not in str((change.as_result(), change.as_diff(), change.as_line()))


@pytest.mark.parametrize(
    ("current", "options"),
    [
        ({"tags": ["b", "a"]}, {"tags": ["a", "b"]}),
        ({"model__revision": COMMIT}, {"revision": "main"}),
        ({"model__image": {"custom": {"url": "u", "port": 80}}}, {"image": {"custom": {"url": "u"}}}),
        (
            {"model__image": {"custom": {"url": "u", "credentials": {"username": "me", "password": "***"}}}},
            {"image": {"custom": {"url": "u", "credentials": {"username": "me", "password": "p"}}}},
        ),
        # A field that the server does not know, and drops.
        ({"model__image": {"vLLM": {"url": "u"}}}, {"image": {"vLLM": {"url": "u", "unheardOf": 1}}}),
        ({}, {"secrets": {"KEY": "s"}}),
        ({"model__args": None}, {"args": []}),
        ({"model__env": {"A": "1", "B": "2"}}, {"env": {"A": 1}}),
    ],
    ids=str,
)
def test_what_is_no_difference_is_not_rolled_out(current, options):
    assert planned(found(**current), **options) == (None, [], [])


def test_doubtful_differences_are_warned_of():
    change, _problems, warnings = planned(found(type="protected"), type="authenticated")
    assert change is None and "protected" in warnings[0]
    change, _problems, warnings = planned(found(model__revision="main"), revision="v2")
    assert change is None and "give the commit" in warnings[0]


@pytest.mark.parametrize("option", ["vendor", "region"])
def test_what_cannot_be_changed(option):
    change, problems, _warnings = planned(found(), **{option: "elsewhere"})
    assert change is None
    assert f"{option} cannot be changed" in problems[0] and "create it anew" in problems[0]


def test_a_new_endpoint_needs_its_hardware_and_its_type():
    _change, problems, _warnings = resource.plan_endpoint({"namespace": "acme", "name": "a", "vendor": "aws"}, None)
    assert problems == [
        "endpoint acme/a does not exist yet: give type, region, accelerator, instance_type, instance_size, repository "
        "to create it"
    ]
    change, _problems, _warnings = planned(None, secrets={"KEY": "s" * 20})
    assert change.payload["body"]["model"]["framework"] == "pytorch"
    assert "task" not in change.payload["body"]["model"], "it is not nullable"
    assert change.fields["secrets"].after == "set"
    assert "s" * 20 not in str(change.as_diff())
    other, _problems, _warnings = planned(None, secrets={"KEY": "t" * 20})
    assert change.as_digest() != other.as_digest(), "another secret is another plan"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"name": "a" * 33}, "33 characters"),
        ({"name": "Llama"}, "lower-case"),
        ({"name": "a-"}, "hyphen"),
        ({"namespace": None}, "namespace"),
        ({"min_replica": 3}, "smaller"),
        ({"min_replica": -1}, "least is 0"),
        ({"scale_to_zero_timeout": 5}, "15 to 2880"),
        ({"image": {}}, "one key"),
        ({"image": {"a": {}, "b": {}}}, "one key"),
        ({"secrets": {"KEY": "****"}}, "placeholder"),
    ],
    ids=str,
)
def test_bad_input(options, word):
    problems = resource.endpoint_problems({**ITEM, **options})
    assert problems and word in problems[0]
    assert resource.endpoint_problems(ITEM) == []


@pytest.mark.parametrize(
    ("state", "now", "action"),
    [
        ("present", "paused", None),
        ("running", "paused", "resume"),
        ("running", "scaledToZero", None),
        ("scaled_to_zero", "initializing", "scale_to_zero_later"),
        ("running", "initializing", None),
        ("paused", "running", "pause"),
        ("paused", "paused", None),
        ("scaled_to_zero", "running", "scale_to_zero"),
    ],
)
def test_states(state, now, action):
    change, _problems, _warnings = planned(found(status__state=now), state=state)
    assert (change.payload["action"] if change else None) == action


class Service:
    """Answers reads with one state after another, and refuses a creation in the way that a test asks for."""

    def __init__(self, *endpoints, refusal=None):
        self.endpoints = list(endpoints)
        self.refusal = refusal

    def pause_endpoint(self, _namespace, _name):
        self.endpoints = [found(status={"state": "paused"})]

    def get_endpoint(self, _namespace, _name):
        return self.endpoints.pop(0) if len(self.endpoints) > 1 else self.endpoints[0]

    def create_endpoint(self, _namespace, _body):
        raise self.refusal


def wait_for(service, wanted="present", **options):
    seconds = iter(range(1000))
    call = Call({"wait": True, "wait_timeout": 60, "wait_interval": 5, **options})
    waiting = resource.EndpointResource(call, sleep=lambda _seconds: None, clock=lambda: float(next(seconds)))
    waiting._wanted = {("acme", "llama"): wanted}
    waiting.settle(service)
    return waiting.further_result()["endpoints"]


def states(*names):
    return [found(status={"state": name, "message": f"it is {name}"}) for name in names]


def test_a_wait_ends_when_the_endpoint_runs_and_has_its_url():
    service = Service(*states("pending", "initializing", "running"), found())
    assert wait_for(service)[0]["url"] == "https://a1.endpoints.huggingface.cloud"


@pytest.mark.parametrize("state", ["failed", "updateFailed"])
def test_a_wait_ends_when_the_endpoint_fails(state):
    with pytest.raises(CollectionError, match=f"has the state {state}: it is {state}"):
        wait_for(Service(*states("pending", state)))


@pytest.mark.parametrize("state", ["paused", "scaledToZero"])
def test_a_wait_ends_when_the_endpoint_rests(state):
    assert wait_for(Service(*states("updating", state)))[0]["state"] == state
    if state == "paused":
        with pytest.raises(CollectionError, match="somebody put it to rest"):
            wait_for(Service(*states("updating", state)), "running")
    else:
        assert wait_for(Service(*states("updating", state)), "running")[0]["state"] == state


def test_an_endpoint_that_an_update_wakes_is_put_to_rest_again():
    assert wait_for(Service(*states("updating", "running")), "paused")[0]["state"] == "paused"


def test_a_wait_ends_when_the_time_is_over():
    with pytest.raises(CollectionError, match="after 60 s not all endpoints run; acme/llama is initializing since"):
        wait_for(Service(*states("initializing")))


def test_a_wait_ends_when_the_endpoint_is_gone():
    with pytest.raises(CollectionError, match="somebody deleted it"):
        wait_for(Service(*states("initializing"), None))


def test_without_wait_it_is_read_once():
    assert wait_for(Service(*states("pending", "failed")), wait=False)[0]["state"] == "pending"


@pytest.mark.parametrize(
    "refusal",
    [
        ApiError("POST", "/", 409, "conflict"),
        ApiError("POST", "/", 400, "Bad Request: it already exists"),
        ApiError("POST", "/", None, "broke off", uncertain=True),
    ],
    ids=str,
)
def test_a_lost_race_is_no_error_if_the_endpoint_is_the_same(refusal):
    change, _problems, _warnings = planned(None)
    same = resource.EndpointResource(Call({}))
    same.steps(Service(found(), refusal=refusal), change)[0].run()
    with pytest.raises(CollectionError, match="its max_replica is another"):
        same.steps(Service(found(compute__scaling__maxReplica=9), refusal=refusal), change)[0].run()
    with pytest.raises(ApiError):
        same.steps(Service(None, refusal=refusal), change)[0].run()


def test_what_is_there_counts_as_created_only_if_a_creation_makes_the_same():
    def entries(endpoint, **options):
        item = {**ITEM, **options}
        return resource.digest_entries(item, endpoint, resource.plan_endpoint(item, endpoint)[0])

    creation = entries(None)["now"]
    there = entries(found())
    assert creation[0] == "create" and there["now"] == ["there", FOUND["status"]["url"]]
    assert there["also"] == [["there", None], creation]
    # What was not given counts, too: it was to get the default, and somebody else's image is not that.
    assert creation not in entries(found(model__image={"custom": {"url": "elsewhere"}}))["also"]
    assert creation not in entries(found(compute__scaling__maxReplica=3))["also"]
    assert entries(found(compute__scaling__maxReplica=3))["now"][0] == "update"
    # To be put to rest is a part of the creation.
    asleep = entries(None, state="paused")["now"]
    assert asleep != creation and asleep in entries(found(), state="paused")["also"]
    assert entries(found(), state="absent")["now"] == ["delete"]
    assert entries(None, state="absent") == {"name": "acme/llama", "now": ["gone"], "also": [["delete"]]}


def test_another_refusal_is_an_error():
    change, _problems, _warnings = planned(None)
    refusal = ApiError("POST", "/", 403, "Forbidden: Payment method required for namespace: acme")
    with pytest.raises(ApiError, match="Payment"):
        resource.EndpointResource(Call({})).steps(Service(found(), refusal=refusal), change)[0].run()
