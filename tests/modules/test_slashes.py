# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model names that hold slashes, on servers that take them encoded, as they are, or not at all."""

from __future__ import annotations

import pytest
from bench import ENDPOINT, KEY, OTHER_KEY

NAME = "meta-llama/Llama-3.1-8B-Instruct"
ENCODED = "/api/integrations/provider/hf/integration/meta-llama%2FLlama-3.1-8B-Instruct"
RAW = "/api/integrations/provider/hf/integration/meta-llama/Llama-3.1-8B-Instruct"
BULK = "/api/integrations/"
CREATED, UPDATED, DELETED = (("model", f"hf:{NAME}", action) for action in ("create", "update", "delete"))


@pytest.mark.parametrize("known", [False, True], ids=["first model", "with another there"])
@pytest.mark.parametrize(
    ("encoded", "raw", "path"),
    [("decode", "not_found", ENCODED), ("decode", "accept", ENCODED), ("reject", "accept", RAW)],
)
def test_a_server_that_takes_a_slash(bench, encoded, raw, path, known):
    bench.integration()
    if known:
        bench.admin().model("hf", "acme/tiny-llm")
    bench.settings(encoded_slash=encoded, raw_slash=raw)
    model = {"integration": "hf", "name": NAME}
    bench.forget()
    bench.done("hf_model", **model, endpoint=ENDPOINT, tags={"use": "chat"})
    bench.converges("hf_model", **model, endpoint=ENDPOINT, tags={"use": "chat"})
    bench.converges("hf_model", UPDATED, **model, description="x", tags={"use": "other"}, again=False)
    assert bench.writes() == [f"POST {path}", f"DELETE {path}/tags", f"PUT {path}/tags"]
    bench.converges("hf_model", DELETED, **model, state="absent", again=False)
    assert bench.writes() == [f"DELETE {path}/tags", f"DELETE {path}"]
    bench.converges("hf_model", **model, state="absent")
    bench.holds("hf")


@pytest.mark.parametrize("word", ["tags", "metrics"])
def test_a_name_with_a_word_that_is_a_route_never_goes_raw(bench, word):
    bench.integration()
    bench.settings(encoded_slash="reject", raw_slash="accept")
    name = f"acme/{word}"
    bench.refuses("hf_model", f"hf:{name}", "give api_key", integration="hf", name=name, endpoint=ENDPOINT)
    bench.converges(
        "hf_model", ("model", f"hf:{name}", "create"), integration="hf", name=name, endpoint=ENDPOINT, api_key=KEY
    )
    assert set(bench.models()) == {name}


@pytest.fixture(params=["kept", "removed"])
def bulk(bench, request):
    """A server that refuses every slash, with another model, tags and a grant on what is there."""
    bench.integration(description="described", tags={"team": "platform"})
    admin = bench.admin()
    admin.model("hf", "acme/other", configuration={"endpoint": ENDPOINT, "version": "2"}, enabled=False)
    admin.done("PUT", "/integrations/provider/hf/integration/acme%2Fother/tags", [{"key": "use", "value": "embed"}])
    admin.model("hf", "plain")
    bench.settings(
        encoded_slash="reject", raw_slash="not_found", bulk_absent_models=request.param,
        bulk_omitted_tags="cleared" if request.param == "removed" else "kept",
    )  # fmt: skip
    bench.forget()
    return bench


def test_in_bulk_nothing_else_is_lost(bulk):
    before, provider = bulk.models(), bulk.admin().done("GET", "/integrations/provider/hf")
    bulk.converges("hf_model", CREATED, integration="hf", name=NAME, endpoint=ENDPOINT, api_key=KEY, description="new")
    after, found = bulk.models(), bulk.admin().done("GET", "/integrations/provider/hf")
    assert set(after) == {"acme/other", "plain", NAME}
    for name, model in before.items():
        for field in ("description", "enabled", "configuration", "tags"):
            assert after[name].get(field) == model.get(field), f"{field} of {name}"
    for field in ("description", "enabled", "configuration", "type", "category"):
        assert found[field] == provider[field]
    # The fingerprint is a new one, which the last line looks at.
    kept = [[tag for tag in one["tags"] if not tag["key"].startswith("ansible_")] for one in (found, provider)]
    assert kept[0] == kept[1] != []
    assert len(found["tags"]) == len(provider["tags"])
    assert after[NAME]["description"] == "new"
    bulk.holds("hf")
    bulk.converges("hf_integration", name="hf", api_key=KEY)


def test_several_go_in_one_bulk_write(bulk):
    models = [
        {"name": NAME, "endpoint": ENDPOINT},
        {"name": "acme/other", "enabled": True},
        {"name": "plain", "enabled": False},
    ]
    bulk.converges(
        "hf_model", CREATED, ("model", "hf:acme/other", "update"), ("model", "hf:plain", "update"),
        integration="hf", api_key=KEY, models=models, again=False,
    )  # fmt: skip
    # The key went along, so there is a new fingerprint of it.
    assert sorted(bulk.writes()) == [
        "DELETE /api/integrations/provider/hf/tags",
        f"POST {BULK}",
        "POST /api/integrations/provider/hf/integration/plain",
        "PUT /api/integrations/provider/hf/tags",
    ]
    bulk.converges("hf_model", integration="hf", api_key=KEY, models=models)
    bulk.holds("hf")


def test_a_slow_bulk_write_does_not_take_back_what_is_written_beside_it(bulk):
    bulk.fault(kind="latency", method="POST", path=BULK, seconds=0.5)
    models = [{"name": NAME, "endpoint": ENDPOINT}, {"name": "plain", "enabled": False}]
    bulk.done("hf_model", integration="hf", api_key=KEY, models=models)
    assert bulk.models()["plain"]["enabled"] is False


def test_without_the_key_it_is_refused(bulk):
    bulk.refuses(
        "hf_model",
        f"model hf:{NAME}",
        "takes no slash in a path",
        "give api_key",
        integration="hf",
        name=NAME,
        endpoint=ENDPOINT,
    )
    bulk.refuses("hf_model", "give api_key", integration="hf", name="acme/other", enabled=True, check=True)
    bulk.holds("hf")


def test_another_key_than_the_one_that_is_there_is_refused(bulk):
    bulk.refuses(
        "hf_model", f"model hf:{NAME}", "api_key is not the key that integration hf has", integration="hf", name=NAME,
        endpoint=ENDPOINT, api_key=OTHER_KEY,
    )  # fmt: skip
    bulk.holds("hf")


def test_a_key_that_cannot_be_compared_is_never_replaced_unseen(bench):
    """Without a fingerprint nobody can tell whether the given key is the one that is there."""
    bench.integration(fingerprint=False)
    bench.settings(encoded_slash="reject", raw_slash="not_found")
    run = bench.run("hf_model", integration="hf", name=NAME, endpoint=ENDPOINT, api_key=KEY)
    bench.holds("hf")
    if run.failed:
        assert bench.writes() == []


def test_another_secret_of_the_integration_is_not_lost(bench):
    bench.integration(secret_configuration={"password": "a-password-of-some-length"})
    bench.settings(encoded_slash="reject", raw_slash="not_found")
    bench.refuses("hf_model", "password", integration="hf", name=NAME, endpoint=ENDPOINT, api_key=KEY)
    bench.holds("hf", "a-password-of-some-length", "password")


def test_tags_have_no_way_there(bulk):
    bulk.refuses(
        "hf_model", f"model hf:{NAME}", "its tags cannot be changed", integration="hf", name=NAME, endpoint=ENDPOINT,
        api_key=KEY, tags={"use": "chat"},
    )  # fmt: skip
    bulk.refuses(
        "hf_model", "its tags cannot be changed", integration="hf", name="acme/other", tags={"use": "x"}, api_key=KEY
    )


def test_deleting_has_no_way_there(bulk):
    bulk.refuses(
        "hf_model",
        "model hf:acme/other cannot be deleted",
        "console",
        integration="hf",
        name="acme/other",
        state="absent",
    )
    bulk.refuses(
        "hf_model", "model hf:acme/other cannot be deleted", integration="hf", models=[{"name": "plain"}], purge=True
    )


def test_deleting_the_integration_takes_them_along(bulk):
    run = bulk.converges(
        "hf_integration", ("model", "hf:plain", "delete"), ("integration", "hf", "delete"), name="hf", state="absent"
    )
    assert any("acme/other" in str(warning) for warning in run.result["warnings"])


def test_grants_on_what_has_a_slash_are_found_and_given(bulk):
    bulk.admin().done("PUT", "/groups/people", {"description": "people", "roles": []})
    title = "GROUP people on INTEGRATION hf:acme/other"
    grant = {"groups": ["people"], "models": ["hf:acme/other"], "access": ["READ"]}
    bulk.converges("conductor_group_permission", ("grant", title, "create"), **grant)
    bulk.converges(
        "hf_integration", ("grant", title, "delete"), ("model", "hf:plain", "delete"), ("integration", "hf", "delete"),
        name="hf", state="absent",
    )  # fmt: skip
    assert bulk.admin().done("GET", "/groups/people/permissions")["grantedAccess"] == []


def test_a_name_with_everything_that_has_to_be_encoded(bench):
    integration, model = "hf %2F?#ü", "org/näme %25#?&+ x"
    bench.converges(
        "hf_integration", ("integration", integration, "create"), name=integration, api_key=KEY, namespace="n"
    )
    bench.converges(
        "hf_model", ("model", f"{integration}:{model}", "create"), integration=integration, name=model,
        endpoint=ENDPOINT,
        tags={"a b": "c/d"},
    )  # fmt: skip
    bench.holds(integration)
    bench.converges(
        "hf_integration", ("model", f"{integration}:{model}", "delete"), ("integration", integration, "delete"),
        name=integration, state="absent",
    )  # fmt: skip
