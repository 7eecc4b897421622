# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an integration's plan says, and that no write goes without the key."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _resource_integration as resource
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._profile import Profile
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import (
    fingerprint_tag,
    fingerprinted_field,
    make_fingerprint,
)

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
    [(key, mark)] = server.tags
    assert key == f"ansible_fingerprint-{mark.split(':')[1][:8]}"


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


def test_a_write_that_got_lost_after_the_removal_of_a_fingerprint_is_told_too():
    """The removal moves the update time on some servers, so it is read again; where it never does, it is not."""
    change, _problems = plan({**ITEM, "api_key": f"{KEY}_new"}, current(updateTime=1000))
    titles = [step.title for step in resource.integration_steps(None, change)]
    assert titles == ["removal of the old fingerprint", "look at the update time", "settings", "fingerprint and tags"]
    shows = Answering(current(updateTime=1001, tags=[]))
    _removal, look, _save, tags = resource.integration_steps(shows, change)
    look.run()
    with pytest.raises(ApiError, match="the write got lost"):
        tags.run()
    profile = Profile(answers={"tag_write_moves_update_time": False})
    change, _problems = resource.plan_integration({**ITEM, "api_key": f"{KEY}_new"}, current(updateTime=1000), profile)
    assert "look at the update time" not in [step.title for step in resource.integration_steps(None, change)]


@pytest.mark.parametrize(
    ("fingerprints", "state"),
    [([KEY, KEY], "same"), ([KEY, f"{KEY}_new"], "unknown"), ([f"{KEY}_a", f"{KEY}_b"], "unknown"), ([], "unknown")],
)
def test_several_fingerprints_vouch_for_a_key_if_all_are_of_it(fingerprints, state):
    marks = [make_fingerprint(key, "hf-prod", "api_key") for key in fingerprints]
    tags = [{"key": fingerprint_tag("api_key", mark), "value": mark} for mark in marks]
    assert resource.secret_states(ITEM, current(tags=tags)) == {"api_key": state}


def test_another_token_in_full_is_another_key_whatever_a_fingerprint_says():
    configuration = {**current()["configuration"], "api_key": f"hf_{'A' * 34}"}
    assert resource.secret_states(ITEM, current(configuration=configuration)) == {"api_key": "changed"}
    assert resource.shows_others(current(configuration=configuration), {"api_key": KEY}, resource.CAUTIOUS)
    assert not resource.shows_others(current(), {"api_key": KEY}, resource.CAUTIOUS)


@pytest.mark.parametrize("field", ["api_key", "password", "pass_word-x"])
def test_a_fingerprints_tag_tells_the_field(field):
    key = fingerprint_tag(field, make_fingerprint(KEY, "hf-prod", field))
    assert fingerprinted_field(key) == field
    assert resource.tag_problems("x", {key: "v"})
    assert fingerprinted_field("team") is None
