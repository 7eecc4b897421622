# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans, held against a model of a server: applied they give what was asked for, planned again they are empty."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step, apply_plan
from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS
from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan, digest_of
from ansible_collections.orkes.conductor.plugins.module_utils._resource import desired_tag_pairs, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import plan_application
from ansible_collections.orkes.conductor.plugins.module_utils._resource_endpoint import plan_endpoint, state_of
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import group_body, plan_group
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import (
    fingerprint_pairs,
    integration_body,
    plan_integration,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource_model import model_body, plan_model
from ansible_collections.orkes.conductor.plugins.module_utils._resource_permission import desired_grants
from ansible_collections.orkes.conductor.plugins.module_utils._resource_token_rotation import (
    find_token,
    plan_replacement,
)

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


def merged(current: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return an endpoint as Hugging Face has it after an update: what is sent is merged, but for maps and the image."""
    found = dict(current)
    for key, value in body.items():
        whole = key in ("image", "env") or not isinstance(value, dict)
        found[key] = value if whole else merged(found.get(key) or {}, value)
    return found


MACHINE = {"type": "private", "vendor": "aws", "region": "us-east-1", "accelerator": "cpu",
           "instance_type": "intel-icl", "instance_size": "x1", "repository": "acme/m"}  # fmt: skip
STATES = {
    "pause": "paused",
    "resume": "running",
    "scale_to_zero": "scaledToZero",
    "scale_to_zero_later": "scaledToZero",
}
#: The one list that is no set.
ARGUMENTS = ["--port", "80", "--port"]
endpoint_items = st.builds(
    lambda rest: {"namespace": "acme", "name": "e", **MACHINE, **rest},
    partly(min_replica=st.just(0), max_replica=st.integers(1, 3), tags=st.lists(names, unique=True),
           env=st.dictionaries(names, texts), args=st.just(ARGUMENTS), secrets=st.just({"KEY": KEYS[0]}),
           scale_to_zero_timeout=st.integers(15, 17),
           image=st.sampled_from([{"huggingface": {}}, {"custom": {"url": "u"}}]),
           state=st.sampled_from(["present", "running", "paused", "scaled_to_zero"])),
)  # fmt: skip


@PLANS
@given(endpoint_items, endpoint_items)
def test_endpoints(first, second):
    found: dict[str, Any] | None = None
    for item in (first, second):
        before = found
        change, problems, _warnings = plan_endpoint(item, found)
        if problems:
            # What is paused has to run before it sleeps.
            assert item["state"] == "scaled_to_zero" and found is not None and state_of(found) == "paused"
            return
        if change is not None:
            state = STATES.get(change.payload["action"], "running" if before is None else state_of(before))
            found = merged(before or {}, {**change.payload["body"], "status": {"state": state}})
        assert found is not None
        assert plan_endpoint(item, found)[:2] == (None, [])
        assert set(item.get("env", {}).items()) <= set(found["model"].get("env", {}).items())
        # What was not given stays, variables among it.
        if before is not None and "max_replica" not in item:
            assert found["compute"]["scaling"]["maxReplica"] == before["compute"]["scaling"]["maxReplica"]
        assert set(before["model"].get("env", {}) if before else {}) <= set(found["model"].get("env", {}))


@PLANS
@given(integration_items, st.booleans(), st.randoms())
def test_rotations(item, fingerprint, order):
    leaked, new = item["api_key"], next(key for key in KEYS if key != item["api_key"])
    current = saved_integration(item, None, order)
    assert current is not None
    rotation = {"leaked_token": leaked, "new_token": new, "fingerprint": fingerprint}
    finding = find_token(leaked, new, "hf", current, CAUTIOUS)
    assert finding.token == "leaked"
    change, problems = plan_replacement(rotation, "hf", current, finding, CAUTIOUS)
    assert (change is not None, problems) == (True, [])
    assert change is not None
    body = integration_body(change)
    assert body["configuration"]["api_key"] == new
    assert {**body, "configuration": {**body["configuration"], "api_key": "***"}} == {
        key: value for key, value in current.items() if key != "tags"
    }
    marks = fingerprint_pairs(change.payload["item"], current, change.payload["secrets"], CAUTIOUS)
    kept = {pair for pair in tag_pairs(current) if not pair[0].startswith("ansible_fingerprint")}
    after = {**current, "tags": as_listed(kept | marks, order)}
    assert find_token(leaked, new, "hf", after, CAUTIOUS).token == ("new" if fingerprint else "unknown")


def changes_of(planned: list[Any]) -> list[Change]:
    """Return what differs, of planners' answers."""
    found = [answer[0] if isinstance(answer, tuple) else answer for answer in planned]
    return [change for change in found if change is not None]


@pytest.mark.parametrize(
    ("items", "plan"),
    [
        (integration_items, lambda item: plan_integration(item, None)),
        (model_items, lambda item: plan_model(item, None)),
        (group_items, lambda item: plan_group(item, None, [])),
        (application_items, lambda item: plan_application(item, None, [], set())),
        (endpoint_items, lambda item: plan_endpoint(item, None)),
    ],
    ids=["integrations", "models", "groups", "applications", "endpoints"],
)
def test_the_order_of_what_is_asked_for_does_not_matter(items, plan):
    @PLANS
    @given(st.lists(items, min_size=1, max_size=4), st.randoms())
    def holds(found, order):
        named = [{**item, "name": f"a{number}"} for number, item in enumerate(found)]
        shuffled = list(named)
        order.shuffle(shuffled)
        # The options of each in another order, too, and what is in them.
        shuffled = [{option: turned(item[option]) for option in reversed(item)} for item in shuffled]
        first, second = (changes_of([plan(item) for item in given]) for given in (named, shuffled))
        assert digest_of(first) == digest_of(second)
        assert sorted(change.as_line() for change in first) == sorted(change.as_line() for change in second)

    holds()


def turned(value: Any) -> Any:
    """Return the same value with its entries in another order, where none matters."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return list(reversed(value)) if isinstance(value, list) and value != ARGUMENTS else value


grant_items = st.builds(
    lambda given, access: {**given, **access},
    st.fixed_dictionaries({"groups": st.lists(names, min_size=1, unique=True),
                           "integrations": st.lists(names, unique=True),
                           "exclusive": st.booleans(), "state": st.sampled_from(["present", "absent"])}),
    partly(access=st.lists(st.sampled_from(["READ", "EXECUTE", "UPDATE"]), unique=True)),
)  # fmt: skip


@PLANS
@given(st.lists(grant_items, max_size=5), st.randoms())
def test_the_order_of_grants_does_not_matter(items, order):
    shuffled = list(items)
    order.shuffle(shuffled)
    (first, problems), (second, others) = (desired_grants(given) for given in (items, shuffled))
    assert bool(problems) is bool(others)
    if not problems:
        assert first == second


changes = st.lists(st.tuples(st.integers(0, 2), st.lists(st.booleans(), min_size=1, max_size=3)), max_size=8)


@PLANS
@given(changes, st.sampled_from([1, 3]))
def test_what_was_planned_is_applied_or_failed_or_was_not_tried(drawn, concurrency):
    """Each once; and where nothing fails all of it is applied, in the order in which check mode tells it."""
    plan = Plan()
    for number, (stage, _steps) in enumerate(drawn):
        plan.add(Change("integration", str(number), "update", stage=stage))

    def steps_of(change: Change) -> list[Step]:
        def run(works: bool) -> None:
            if not works:
                raise CollectionError("it fails")

        return [Step("step", lambda works=works: run(works)) for works in drawn[int(change.name)][1]]

    outcome = apply_plan(plan, steps_of, concurrency)
    failed = [failure.change for failure in outcome.failures]
    told = [change.name for change in [*outcome.applied, *failed, *outcome.not_attempted]]
    assert sorted(told) == sorted(change.name for change in plan.changes)
    assert all(all(drawn[int(change.name)][1]) for change in outcome.applied)
    assert not any(all(drawn[int(change.name)][1]) for change in failed)
    assert outcome.wrote is any(drawn[int(change.name)][1][0] for change in [*outcome.applied, *failed])
    first = min((change.stage for change in failed), default=3)
    assert all(change.stage > first for change in outcome.not_attempted)
    if not failed:
        assert outcome.applied == plan.ordered()
