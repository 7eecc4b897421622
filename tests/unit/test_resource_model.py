# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a model's plan says, and what a bulk save carries."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _resource_model as resource
from ansible_collections.orkes.conductor.plugins.module_utils._bulk_write import BulkWrite
from ansible_collections.orkes.conductor.plugins.module_utils._bulk_write import bulk_write as bulk_write_of
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._models import registered_by_server
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call

ENDPOINT = "https://a.endpoints.huggingface.cloud"
ITEM = {"integration": "hf", "name": "acme/tiny", "endpoint": ENDPOINT}


def current(**changes):
    found = {
        "api": "acme/tiny",
        "description": "d",
        "enabled": True,
        "configuration": {"endpoint": ENDPOINT},
        "tags": [],
    }
    return {**found, **changes}


def test_create_needs_an_endpoint():
    change, problems = resource.plan_model({"integration": "hf", "name": "m"}, None)
    assert change is None
    assert "give endpoint" in problems[0]


def test_the_endpoint_travels_in_the_configuration():
    change, _problems = resource.plan_model(ITEM, None)
    assert resource.model_body(change) == {
        "description": "",
        "enabled": True,
        "configuration": {"endpoint": ENDPOINT},
    }


def test_what_was_not_given_is_sent_as_it_is():
    change, _problems = resource.plan_model({"integration": "hf", "name": "acme/tiny", "enabled": False}, current())
    assert list(change.fields) == ["enabled"]
    assert resource.model_body(change) == {
        "description": "d",
        "enabled": False,
        "configuration": {"endpoint": ENDPOINT},
    }


def test_an_empty_description_is_meant():
    change, _problems = resource.plan_model({**ITEM, "description": ""}, current())
    assert change.fields["description"].after == ""


def test_the_same_again_is_no_change():
    assert resource.plan_model(ITEM, current()) == (None, [])


def test_a_secret_in_a_models_configuration_is_never_written_back():
    found = current(configuration={"endpoint": ENDPOINT, "api_key": "****"})
    assert resource.plan_model(ITEM, found) == (None, [])
    assert "api_key" in resource.plan_model({**ITEM, "description": "new"}, found)[1][0]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        " ",
        "http://a.example",
        "a.example",
        "https://",
        "https://u:p@a.example",
        "https://a\n.example",
        "https://a.example/v1?x=1&token=abc",
        "https://a.example?api-key=abc",
        "https://a.example?sig=abc",
        "https://a.example?subscription-key=abc",
        "https://a.example/hf_abcdefghijklmnopqrstuvwx/v1",
        "https://a.example/#token=abc",
        "https://a.example/v1;token=abc",
        "https://evil.example\\.endpoints.huggingface.cloud",
        "https://evil.example%2f.endpoints.huggingface.cloud",
        "https://evil.example;.endpoints.huggingface.cloud",
        "https://.endpoints.huggingface.cloud",
        "https://b\u00fccher.example",
    ],
)
def test_bad_endpoints(endpoint):
    assert resource.endpoint_problem(endpoint)


@pytest.mark.parametrize("host", ["a.example", "A.Example.", "127.0.0.1", "[::1]:8080", "a-b.c1:443"])
def test_good_hosts(host):
    assert resource.endpoint_problem(f"https://{host}/v1") is None


def test_a_query_without_a_secret_is_fine():
    assert resource.endpoint_problem("https://a.example/v1?version=2&max_tokens=5") is None


def test_a_model_without_endpoint_or_creator_is_the_servers():
    assert registered_by_server({"configuration": {}, "createdBy": "ana"})
    assert registered_by_server({"configuration": {"endpoint": ENDPOINT}, "createdBy": ""})
    assert not registered_by_server({"configuration": {"endpoint": ENDPOINT}, "createdBy": "ana"})
    assert not registered_by_server({"configuration": {"endpoint": ENDPOINT}})


def test_models_of_one_integration_have_one_key():
    items = [{**ITEM, "api_key": "a" * 20}, {**ITEM, "name": "b", "api_key": "b" * 20}]
    problems = resource.ModelResource(Call({})).problems(items)
    assert "different values of api_key" in problems[0]
    assert "a" * 20 not in problems[0]


def test_purge_without_models_needs_a_scope():
    call = Call({"purge": True, "integration": "hf"})
    assert resource.ModelResource(call).scope([]) == ["hf"]
    call = Call({"purge": True, "purge_integrations": ["x", "x"]})
    assert resource.ModelResource(call).scope([ITEM]) == ["x"]
    assert resource.ModelResource(Call({"purge": False})).scope([ITEM]) == []


def test_a_brake_without_a_purge_is_refused():
    assert (
        "purge_limit is given without purge: true"
        in resource.ModelResource(Call({"purge_limit": "25%"})).problems([ITEM])[0]
    )
    assert resource.ModelResource(Call({"purge_limit": "25%", "purge": True})).problems([ITEM]) == []


class FailingClient:
    def __init__(self):
        self.calls = 0

    def save_integrations_in_bulk(self, _integrations):
        self.calls += 1
        raise ApiError("POST", "/api/integrations/", 403, "no")


def bulk_write():
    change, _problems = resource.plan_model(ITEM, None)
    other = current(api="b/c", tags=[{"key": "k", "value": "v"}])
    integration = {
        "name": "hf",
        "type": "huggingface",
        "category": "AI_MODEL",
        "description": "d",
        "enabled": True,
        "configuration": {"api_key": "****", "namespace": "acme"},
        "tags": [{"key": "team", "value": "ml"}],
    }
    return BulkWrite(integration, {"api_key": "real"}, [other], [change])


class ShowingClient:
    """A server that shows the key, as some do."""

    def get_integration(self, _name):
        return {"type": "huggingface", "configuration": {"api_key": "hf_shown_as_it_is_0123456789"}}


def test_a_bulk_save_without_the_key_says_why_on_a_server_that_shows_it():
    write, problem = bulk_write_of(ShowingClient(), "hf", ITEM, [], Call({}))
    assert write is None
    assert problem.endswith(
        "which resends the whole integration with its key. What the server shows for the key may be a mask, so it is "
        "never written back: give api_key"
    )


def test_a_bulk_save_mentions_everything_that_is_there():
    body = bulk_write().body()
    assert body["configuration"] == {"api_key": "real", "namespace": "acme"}
    assert body["tags"] == [{"key": "team", "value": "ml"}]
    assert [api["api"] for api in body["apis"]] == ["b/c", "acme/tiny"]
    assert body["apis"][0]["tags"] == [{"key": "k", "value": "v"}]
    assert all(api["integrationName"] == "hf" for api in body["apis"])


def test_changes_of_a_bulk_save_share_its_outcome():
    client, write = FailingClient(), bulk_write()
    for _change in range(2):
        with pytest.raises(ApiError):
            write.run(client)
    assert client.calls == 1
