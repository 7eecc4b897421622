# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans, held against a model of a server: applied they give what was asked for, planned again they are empty."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS
from ansible_collections.orkes.conductor.plugins.module_utils._plan import digest_of
from ansible_collections.orkes.conductor.plugins.module_utils._resource import desired_tag_pairs, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import plan_application
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import group_body, plan_group
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import (
    fingerprint_pairs,
    integration_body,
    plan_integration,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource_model import model_body, plan_model

#: Machines may be slow, and the same plans are looked at each time.
PLANS = settings(deadline=None, derandomize=True, database=None)

KEYS = ("hf_first_key_0123456789", "hf_second_key_0123456789")
texts = st.sampled_from(["", "a", "größer", "{{ x }}"])
names = st.sampled_from(["a", "b", "c"])
tags = st.dictionaries(names, texts, max_size=3)
roles = st.lists(st.sampled_from(["USER", "ADMIN", "WORKER"]), unique=True)


def partly(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return options of which each may be left out."""
    return st.fixed_dictionaries({}, optional=options)


def as_listed(pairs: set[tuple[str, str]], order: random.Random) -> list[dict[str, str]]:
    """Return tags as a server lists them: in any order."""
    found = [{"key": key, "value": value} for key, value in sorted(pairs)]
    order.shuffle(found)
    return found


integration_items = st.builds(
    lambda key, rest: {"name": "hf", "api_key": key, "namespace": "acme", **rest},
    st.sampled_from(KEYS),
    partly(description=texts, enabled=st.booleans(), tags=tags, purge_tags=st.booleans(),
           configuration=st.dictionaries(st.just("queueName"), texts)),
)  # fmt: skip


def saved_integration(
    item: dict[str, Any], current: dict[str, Any] | None, order: random.Random
) -> dict[str, Any] | None:
    """Return what a server that masks keys has after the plan was carried out."""
    change, problems = plan_integration(item, current)
    assert problems == []
    if change is None:
        return current
    body = integration_body(change) if change.payload["writes_settings"] else dict(current or {})
    assert body["configuration"].get("api_key") == item["api_key"] or not change.payload["writes_settings"]
    shown = {**body, "configuration": {**body["configuration"], "api_key": "***"}}
    pairs = tag_pairs(current)
    secrets = change.payload["marked_secrets"]
    pairs = {pair for pair in pairs if not (secrets and pair[0].startswith("ansible_fingerprint"))}
    wanted = desired_tag_pairs(pairs, item.get("tags"), bool(item.get("purge_tags")))
    return {**shown, "tags": as_listed(wanted | fingerprint_pairs(item, shown, secrets, CAUTIOUS), order)}


@PLANS
@given(integration_items, integration_items, st.randoms())
def test_integrations(first, second, order):
    found = None
    for item in (first, second):
        found = saved_integration(item, found, order)
        assert found is not None
        assert plan_integration(item, found) == (None, [])
        assert found["description"] == item.get("description", found["description"])
        assert found["enabled"] is item.get("enabled", found["enabled"])
        assert set((item.get("tags") or {}).items()) <= tag_pairs(found)
    # What was not given stays as it was.
    if "description" not in second:
        assert found["description"] == first.get("description", "")


model_items = st.builds(
    lambda endpoint, rest: {"integration": "hf", "name": "m", "endpoint": endpoint, **rest},
    st.sampled_from(["https://a.example.com", "https://b.example.com"]),
    partly(description=texts, enabled=st.booleans(), tags=tags, purge_tags=st.booleans(),
           configuration=st.dictionaries(st.just("temperature"), st.integers())),
)  # fmt: skip


@PLANS
@given(model_items, model_items, st.randoms())
def test_models(first, second, order):
    found: dict[str, Any] | None = None
    for item in (first, second):
        change, problems = plan_model(item, found)
        assert problems == []
        if change is not None:
            body = model_body(change) if change.payload["writes_settings"] else found or {}
            found = {**body, "tags": as_listed(change.payload["wanted_pairs"], order)}
        assert found is not None
        assert plan_model(item, found) == (None, [])
        assert found["configuration"]["endpoint"] == item["endpoint"]
    temperature = {**first.get("configuration", {}), **second.get("configuration", {})}
    assert {key: value for key, value in found["configuration"].items() if key != "endpoint"} == temperature


group_items = st.builds(
    lambda rest: {"name": "people", **rest},
    partly(description=texts, roles=roles, members=st.lists(names, unique=True), purge_members=st.booleans(),
           default_access=st.dictionaries(st.just("TASK_DEF"), st.lists(st.sampled_from(["READ", "EXECUTE"])))),
)  # fmt: skip


@PLANS
@given(group_items, group_items, st.randoms())
def test_groups(first, second, order):
    found: dict[str, Any] | None = None
    members: list[str] = []
    for item in (first, second):
        if item.get("purge_members") and "members" not in item:
            continue
        change, _warnings = plan_group(item, found, members)
        if change is not None:
            if change.payload["writes_settings"]:
                body = group_body(change)
                listed = [{"name": role} for role in body["roles"]]
                order.shuffle(listed)
                found = {**body, "roles": listed}
            members = [*set(members) - set(change.payload["remove"]), *change.payload["add"]]
            order.shuffle(members)
        assert found is not None
        assert plan_group(item, found, members) == (None, [])
        if "roles" in item:
            assert {role["name"] for role in found["roles"]} == set(item["roles"])
        assert set(item.get("members", ())) <= set(members)
        if item.get("purge_members"):
            assert set(item["members"]) == set(members)


application_items = st.builds(
    lambda rest: {"name": "svc", **rest}, partly(roles=roles, tags=tags, purge_tags=st.booleans())
)


@PLANS
@given(application_items, application_items)
def test_applications(first, second):
    found: dict[str, Any] | None = None
    held: list[str] = []
    pairs: set[tuple[str, str]] = set()
    for item in (first, second):
        change = plan_application(item, found, held, pairs)
        if change is not None:
            found = {"id": "1", "name": "svc"}
            held = [*set(held) - set(change.payload["remove_roles"]), *change.payload["add_roles"]]
            pairs = change.payload["wanted_pairs"]
        assert plan_application(item, found, held, pairs) is None
        assert sorted(held) == sorted(item.get("roles", held))
        assert set(item.get("tags", {}).items()) <= pairs


@PLANS
@given(st.lists(integration_items, min_size=1, max_size=4), st.randoms())
def test_the_order_of_what_is_asked_for_does_not_matter(items, order):
    named = [{**item, "name": f"hf-{number}"} for number, item in enumerate(items)]
    shuffled = list(named)
    order.shuffle(shuffled)
    # The tags and settings of each in another order, too.
    shuffled = [dict(reversed(list(item.items()))) for item in shuffled]
    first, second = (
        [change for item in given if (change := plan_integration(item, None)[0])] for given in (named, shuffled)
    )
    assert digest_of(first) == digest_of(second)
