# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an integration's plan says, and that no write goes without the key."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _resource_integration as resource
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._profile import Profile
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import make_fingerprint

KEY = "hf_canary0123456789012345678901234567"
ITEM = {"name": "hf-prod", "api_key": KEY, "namespace": "acme", "description": "d"}


def current(**changes):
    configuration = {"api_key": "****", "namespace": "acme"}
    tags = [{"key": "ansible_fingerprint", "value": make_fingerprint(KEY, "hf-prod", "api_key")}]
    found = {"type": "huggingface", "description": "d", "enabled": True, "configuration": configuration, "tags": tags}
    return {**found, **changes}


def plan(item, found):
    return resource.plan_integration(item, found)


def test_create_needs_key_and_namespace():
    change, problems = plan({"name": "hf-prod"}, None)
    assert change is None
    assert "api_key and namespace" in problems[0]


def test_create_shows_everything_but_the_key():
    change, problems = plan(ITEM, None)
    assert not problems
    assert change.action == "create"
    assert KEY not in str(change.as_result()) + str(change.as_diff()) + repr(change)
    assert resource.integration_body(change)["configuration"] == {"api_key": KEY, "namespace": "acme"}


def test_the_same_again_is_no_change():
    assert plan(ITEM, current()) == (None, [])


def test_a_field_that_differs_is_sent_with_the_key_and_the_other_fields():
    change, _problems = plan({"name": "hf-prod", "api_key": KEY, "description": "new"}, current(enabled=False))
    assert list(change.fields) == ["description"]
    body = resource.integration_body(change)
    assert body["configuration"] == {"api_key": KEY, "namespace": "acme"}
    assert body["enabled"] is False


@pytest.mark.parametrize("shown", [{"api_key": KEY}, {"api_key": "****"}, {}], ids=["clear", "masked", "nothing"])
def test_no_write_without_the_key_and_the_reason_is_true_on_every_server(shown):
    found = current(configuration={"namespace": "acme", **shown})
    change, problems = plan({"name": "hf-prod", "description": "new"}, found)
    assert change is None
    assert problems == [
        "integration hf-prod: description would change, and a change sends the whole integration with its key. "
        "What the server shows for the key may be a mask, so it is never written back: give api_key"
    ]


def test_no_write_sends_back_another_secrets_mask():
    found = current(configuration={"api_key": "****", "namespace": "acme", "password": "****"})
    item = {**ITEM, "description": "new"}
    assert "password" in plan(item, found)[1][0]
    change, problems = plan({**item, "secret_configuration": {"password": "real"}}, found)
    assert not problems
    assert resource.integration_body(change)["configuration"]["password"] == "real"


def test_tags_alone_need_no_key():
    change, problems = plan({"name": "hf-prod", "tags": {"team": "ml"}}, current())
    assert not problems
    assert change.fields["tags"].after == {"team": "ml"}
    assert not change.payload["writes_settings"]


def test_key_states():
    other = "hf_other99999999999999999999999999999"
    changed, _problems = plan({**ITEM, "api_key": other}, current())
    assert (changed.fields["api_key"].before, changed.fields["api_key"].after) == ("changed", "set")
    unknown, _problems = plan(ITEM, current(tags=[]))
    assert unknown.fields["api_key"].before == "unknown"
    assert plan({**ITEM, "update_api_key": "on_create"}, current(tags=[])) == (None, [])
    assert plan({**ITEM, "update_api_key": "always"}, current())[0] is not None


def test_another_type_is_never_recreated():
    assert "type" in plan(ITEM, current(type="openai"))[1][0]


@pytest.mark.parametrize(
    ("found", "told"),
    [(None, "does not tell its type"), ("", "does not tell its type"), ("HuggingFace", "may or may not")],
)
def test_an_answer_without_a_type_is_not_taken_for_another_type(found, told):
    change, (problem,) = plan(ITEM, current(type=found))
    assert change is None
    assert told in problem
    assert "check that server_url" in problem


def test_purge_of_tags_leaves_the_fingerprint():
    found = current()
    found["tags"].append({"key": "old", "value": "1"})
    change, _problems = plan({"name": "hf-prod", "tags": {}, "purge_tags": True}, found)
    assert change.fields["tags"].before == {"old": "1"}
    assert {key for key, _value in change.payload["wanted_pairs"]} == {"ansible_fingerprint"}


def test_bad_items_are_named():
    problems = resource.integration_problems(
        {"name": "x", "api_key": " ", "configuration": {"endpoint": "e"}, "tags": {"ansible_fingerprint": "v"}}
    )
    assert len(problems) == 3


class Tagged:
    """An integration that is gone from some reading on, and its tags, which are taken all the same and stay."""

    def __init__(self, readings):
        self.readings = readings
        self.tags = set()

    def get_integration(self, name):
        self.readings -= 1
        return {"name": name, "tags": resource.as_tags(self.tags)} if self.readings >= 0 else None

    def add_integration_tags(self, name, tags):
        self.tags |= resource.tag_pairs({"tags": tags})

    def delete_integration_tags(self, name, tags):
        self.tags -= resource.tag_pairs({"tags": tags})


@pytest.mark.parametrize("readings", [0, 1])
def test_no_fingerprint_is_left_for_an_integration_that_somebody_deletes_meanwhile(readings):
    server = Tagged(readings)
    with pytest.raises(ApiError, match=r"integration hf is gone.*run again"):
        resource.write_tags(server, "hf", {"name": "hf"}, {"api_key": KEY}, resource.CAUTIOUS)
    assert server.tags == set()


def test_a_fingerprint_is_left_for_an_integration_that_is_there():
    server = Tagged(2)
    resource.write_tags(server, "hf", {"name": "hf"}, {"api_key": KEY}, resource.CAUTIOUS)
    assert [key for key, _value in server.tags] == ["ansible_fingerprint"]


def test_where_tags_need_an_integration_nothing_is_read_again():
    server = Tagged(1)
    profile = Profile(answers={"tag_target_existence": "checked"})
    resource.write_tags(server, "hf", {"name": "hf"}, {"api_key": KEY}, profile)
    assert server.tags


class Answering:
    """Shows one integration, whatever was written."""

    def __init__(self, found):
        self.found = found

    def get_integration(self, _name):
        return self.found


def test_a_write_that_got_lost_is_told_by_the_update_time():
    before = current(updateTime=1000)
    with pytest.raises(ApiError, match=r"update time that it had before it was written.* run again"):
        resource.written_integration(Answering(current(updateTime=1000)), "hf-prod", before)


@pytest.mark.parametrize("moments", [(1000, 1001), (None, None), (0, 0), (1000, None)])
def test_nothing_is_told_of_a_write_where_the_update_time_does_not_say(moments):
    before, after = (current(updateTime=moment) for moment in moments)
    assert resource.written_integration(Answering(after), "hf-prod", before) == after
    assert resource.written_integration(Answering(after), "hf-prod") == after
