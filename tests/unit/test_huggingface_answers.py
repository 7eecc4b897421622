# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of Hugging Face that are not what they should be: they are told, and never misread."""

from __future__ import annotations

import json

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpResponse
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_account import read_account
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import (
    ACCOUNT,
    EACH,
    ENDPOINT,
    HuggingFaceClient,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource_endpoint import plan_endpoint, shown_endpoint
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

WRONG = [True, 0, 1e308, "x", [], {}, [None], {"": None}]
FINE = {"global": ["a"], "scoped": [{"entity": {"name": "ana", "type": "user"}, "permissions": ["b"]}]}
WHOLE = {"type": "user", "name": "ana", "auth": {"accessToken": {"fineGrained": FINE}}, "orgs": [{"name": "acme"}]}
ITEM = {
    "namespace": "acme",
    "name": "e",
    "env": {"A": "b"},
    "args": ["x"],
    "command": ["y"],
    "tags": ["t"],
    "image": {"huggingface": {}},
    "revision": "main",
}


class Server:
    """Answers whatever is asked with the same."""

    def __init__(self, answer):
        self.answer = answer

    def request(self, *_arguments, **_options):
        return HttpResponse(200, "application/json", json.dumps(self.answer).encode())


def client(answer):
    hub, endpoints = "https://hub.example.com", "https://endpoints.example.com"
    return HuggingFaceClient(Server(answer), hub, endpoints, "t", Redactor())


def spoilt(whole, place, value):
    """Return a copy in which one thing is another, whatever it is in being made for it."""
    if not place:
        return value
    if place[0] == EACH:
        return [spoilt(whole[0] if isinstance(whole, list) and whole else {}, place[1:], value)]
    return {**whole, place[0]: spoilt(whole.get(place[0]) or {}, place[1:], value)}


#: What the entries of lists have to be, and an entry of an object that has none of its fields.
ENTRIES = {
    place[:-1]: wanted for shape in (ACCOUNT, ENDPOINT) for place, wanted in shape.items() if place[-1:] == (EACH,)
}


def is_right(place, value, shape):
    """Whether a value may be at a place, by what is documented of it."""
    if place not in shape:
        return True
    if value is None:
        return place != () and place[-1] != EACH and place != ("orgs", EACH, "name")
    if place == ("orgs", EACH):
        return False  # None of the values has a name.
    entry = ENTRIES.get(place)
    return isinstance(value, shape[place]) and (entry is None or all(isinstance(found, entry) for found in value))


def survives(read):
    """Whether an answer is taken; one that is not is told, with what to do."""
    try:
        read()
    except ApiError as error:
        told = str(error)
    else:
        return True
    refusals = ("instead of", "without the account's name", "is not that endpoint", "is no model")
    assert any(words in told for words in refusals)
    assert "Check hub_url and endpoints_url" in told
    return False


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("place", [*ACCOUNT, ("auth", "accessToken", "role")], ids=".".join)
def test_an_account_is_never_misread(place, value):
    answer = spoilt(WHOLE, place, value)
    taken = survives(lambda: read_account(client(answer), None, ["b"]))
    # An object that is none in place of the answer itself has no name.
    assert taken == (place != () and is_right(place, value, ACCOUNT))


@pytest.mark.parametrize("inner", ["entity", "permissions"])
def test_a_scope_that_says_less_permits_nothing(inner):
    """Of what has no name it is not known which it is."""
    for scope in ({**FINE["scoped"][0], inner: None}, {**FINE["scoped"][0], inner: type(FINE["scoped"][0][inner])()}):
        answer = spoilt(WHOLE, ("auth", "accessToken", "fineGrained", "scoped"), [scope])
        assert read_account(client(answer), None, ["b"])["missing_permissions"] == ["b"]


@pytest.mark.parametrize("value", [*WRONG, None], ids=repr)
@pytest.mark.parametrize("place", [*ENDPOINT, ("status", "state"), ("model", "image", "huggingface")])
def test_an_endpoint_is_never_misread(place, value):
    answer = spoilt({"name": "e", "status": {}}, place, value)

    def read():
        found = client(answer).get_endpoint("acme", "e")
        plan_endpoint(ITEM, found)
        shown_endpoint("acme", found)

    # An object in place of the answer has another name, and an endpoint has a status.
    told = place == () or (place == ("status",) and value is None)
    assert survives(read) == (not told and is_right(place, value, ENDPOINT))


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_what_is_no_page_of_endpoints_is_not_taken_for_an_empty_one(value):
    assert not survives(lambda: list(client(value).list_endpoints("acme")))
    assert survives(lambda: list(client({"items": value}).list_endpoints("acme"))) == (value == [])
    assert not survives(lambda: list(client({"items": [{"name": "e"}, value]}).list_endpoints("acme")))
    assert not survives(lambda: list(client({"items": [{"name": value}]}).list_endpoints("acme"))) or value == "x"


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_what_is_no_repository_is_not_found(value):
    assert not survives(lambda: client(value).get_model_repository("acme/m"))
    for name in ("id", "modelId"):
        # A model that was renamed, or is called without its owner, has another one.
        taken = survives(lambda name=name: client({name: value}).get_model_repository("acme/m"))
        assert taken == (value == "x")
