# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit tells of a cluster: who may use which model and how, what drifts, and what is not readable."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser

import audit_sample as sample
import pytest

from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_access import with_access
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_cluster import cluster_audit, grant_reads
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_diff import (
    access_changes,
    audit_diff,
    document_at,
)
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_document import (
    Kept,
    audit_document,
    canonical,
    chain_problems,
    document_lines,
    next_name,
    parse_document,
)
from ansible_collections.orkes.conductor.plugins.plugin_utils._audit_page import audit_page

ANA, BEN, EVE, ZOE = (f"{name}@example.com" for name in ("ana", "ben", "eve", "zoe"))


def rows(cluster, model):
    """Who has access to a model of the sample's integration hf, by id."""
    for integration in with_access(cluster)["integrations"]:
        for one in integration["models"]:
            if f"{integration['name']}:{one['name']}" == model:
                return {row["id"]: row for row in one["access"]}
    raise AssertionError(f"there is no model {model}")


def ways(row):
    return sorted((way["by"], way.get("group"), way.get("role"), way.get("tag"), way["certain"]) for way in row["ways"])


# Who may use which model


def test_groups_are_expanded_and_every_way_is_told():
    found = rows(sample.cluster(), sample.LLAMA)
    assert set(found) == {ANA, BEN, EVE, sample.ROBOT, sample.SETUP}
    for name in (ANA, BEN):
        assert found[name]["use"] == "yes"
        assert [(way["by"], way["group"], way["certain"]) for way in found[name]["ways"]] == [
            ("direct", "data-science", True),
            ("integration", "data-science", False),
        ]
    assert (found[sample.ROBOT]["kind"], found[sample.ROBOT]["name"]) == ("application", "order-service")
    assert found[EVE]["access"] == ["DELETE", "EXECUTE", "READ"]
    assert [one["undeclared"] for one in (found[EVE], found[ANA], found[sample.ROBOT])] == [True, False, False]
    # The key that set everything up holds what its creator gets, and may do everything by its role.
    assert (found[sample.SETUP]["administrator"], found[sample.SETUP]["use"]) == (True, "yes")


@pytest.mark.parametrize(("reaches", "use"), [(True, "yes"), (None, "depends"), (False, None)])
def test_access_to_an_integration_reaches_its_models_as_far_as_that_is_known(reaches, use):
    found = rows(sample.cluster(integration_access_reaches_models=reaches), "hf:found/by-server")
    assert (found[ANA]["use"] if ANA in found else None) == use


def test_tags_roles_and_creators():
    found = rows(sample.cluster(), "hf:shadow/model")
    tagged = [way for way in found[ANA]["ways"] if way["by"] == "tag"]
    assert [(way["tag"], way["group"], way["certain"]) for way in tagged] == [("team:ml", "data-science", True)]
    by_role = [way for way in found[BEN]["ways"] if way.get("role")]
    assert [(way["by"], way["role"], way["undeclared"]) for way in by_role] == [("direct", "PROMPTER", True)]
    quiet = rows(sample.cluster(), "hf-other:quiet")
    assert [way["by"] for way in quiet[BEN]["ways"]] == ["creator"]
    assert not quiet[BEN]["undeclared"]


def test_a_roles_grant_on_a_tag_may_reach_a_model():
    reads = sample.reads()
    reads["permissions"]["permissions"].append(sample.grant(("ROLE", "PROMPTER"), ("TAG", "team:ml"), "EXECUTE"))
    by_tag = [way for way in rows(sample.cluster(reads=reads), "hf:shadow/model")[BEN]["ways"] if way["by"] == "tag"]
    assert {(way.get("role"), way["certain"]) for way in by_tag} >= {("PROMPTER", False)}


def test_administrators_are_told_with_the_group_that_makes_them_one():
    found = with_access(sample.cluster())["administrators"]
    assert [(one["id"], [way["group"] for way in one["ways"]]) for one in found] == [
        (ZOE, ["platform"]),
        (sample.SETUP, [None]),
    ]


def test_an_application_that_a_server_names_by_its_bare_id_is_the_same_one():
    reads = sample.reads()
    for permission in reads["permissions"]["permissions"]:
        if permission["subject"]["id"] == sample.ROBOT:
            permission["subject"]["id"] = sample.APPLICATION
    assert rows(sample.cluster(reads=reads), sample.LLAMA)[sample.ROBOT]["undeclared"] is False


def test_a_group_that_is_gone_or_not_readable_is_told_as_such():
    reads = sample.reads()
    reads["permissions"]["permissions"].append(sample.grant(("GROUP", "gone"), sample.TO_LLAMA, "READ"))
    row = rows(sample.cluster(reads=reads), sample.LLAMA)["gone"]
    assert (row["kind"], row["ways"][0]["there"]) == ("group", False)
    reads["groups"], reads["users"] = sample.refused("groups"), sample.refused("users")
    found = rows(sample.cluster(reads=reads), sample.LLAMA)
    assert {found[name]["kind"] for name in ("gone", "data-science")} == {"group"}
    assert {found[name]["ways"][0]["there"] for name in ("gone", "data-science")} == {None}


# Drift


def undeclared(cluster, drift=True):
    return {(one["kind"], one["name"]) for one in cluster["drift"]["undeclared"] if one["drift"] is drift}


def test_what_is_undeclared_within_what_is_declared_is_drift_and_the_rest_is_marked_alone():
    cluster = sample.cluster()
    assert cluster["drift"]["found"]
    assert undeclared(cluster) == {
        ("member", f"{EVE} in group data-science"),
        ("model", "hf:shadow/model"),
        ("grant", f"USER {EVE} on INTEGRATION {sample.LLAMA}"),
        ("grant", "USER gone@example.com on INTEGRATION hf:retired"),
        ("grant", "ROLE PROMPTER on INTEGRATION hf:shadow/model"),
    }
    assert undeclared(cluster, drift=False) == {
        ("model", "hf:found/by-server"),
        ("model", "hf-other:quiet"),
        ("integration", "hf-other"),
        ("group", "platform"),
        ("application", "setup (setup)"),
    }
    assert sample.as_declared()["drift"] == {
        "found": False,
        "complete": True,
        "changes": [],
        "lines": [],
        "undeclared": sample.as_declared()["drift"]["undeclared"],
        "not_compared": [],
    }


def test_a_change_of_lists_is_drift():
    results = sample.results()
    change = {"kind": "integration", "name": "hf", "action": "update", "fields": {"tags": {"before": ["x"]}}}
    results["integrations"] = sample.compared(change)
    assert sample.cluster(results=results)["integrations"][0]["drift"]


def test_kinds_that_are_not_managed_do_not_drift():
    cluster = sample.cluster(manage=["integrations"])
    assert undeclared(cluster) == set()
    assert [change["kind"] for change in cluster["drift"]["changes"]] == ["integration"]


@pytest.mark.parametrize(
    ("told", "state", "drift"),
    [("changed", "changed", True), ("unknown", "unknown", False), ("unverified", "unverified", False)],
)
def test_a_key_that_cannot_be_told_is_no_drift(told, state, drift):
    results = sample.results()
    results["integrations"]["changes"][0]["fields"] = {"api_key": {"before": told, "after": "set"}}
    results["models"] = sample.compared()
    cluster = sample.cluster(results=results)
    assert cluster["integrations"][0]["key"]["state"] == state
    assert bool(cluster["drift"]["changes"]) is drift
    assert cluster["integrations"][0]["drift"] is drift


def test_keys_that_were_not_compared_are_not_called_the_same():
    results = {**sample.results(), "integrations": sample.compared()}

    def state(**more):
        return sample.cluster(results=results, **more)["integrations"][0]["key"]["state"]

    assert state() == "same"
    assert state(update_api_key="on_create") == "not compared"
    without = sample.estate()
    del without["integrations"][0]["api_key"]
    assert state(estate=without) == "not given"
    results["integrations"] = sample.refused("integrations")
    assert state() == "not compared"


@pytest.mark.parametrize(
    ("hosts", "allowed"),
    [([], [None, None, None]), (["*.example.com"], [True, None, False]), (["LLAMA.example.com"], [True, None, False])],
)
def test_hosts_outside_of_the_list_are_flagged(hosts, allowed):
    models = sample.cluster(endpoint_hosts=hosts)["integrations"][0]["models"]
    assert [model["endpoint_host_allowed"] for model in models] == allowed


def test_no_secret_of_the_inventory_gets_into_the_document():
    assert "hf_key_of_the_sample" in json.dumps(sample.estate())
    assert "hf_key_of_the_sample" not in canonical(sample.document())


def test_what_is_not_readable_is_told_and_never_as_nobody():
    cluster = sample.partly()
    assert [one["what"] for one in cluster["unreadable"]] == [
        "groups",
        "users",
        "grants on models",
        "further integrations and models",
    ]
    assert cluster["drift"]["complete"] is False
    assert [one["kind"] for one in cluster["drift"]["not_compared"]] == ["groups", "permissions"]
    page = audit_page(sample.document(cluster), "audit.json", "0" * 64)
    assert "Nobody" not in page and "who may use one" not in page
    assert page.count("There may be more: not everything is readable with this key.") == 2
    assert page.count("Not readable with this key.") == 2
    assert "not readable with this key: groups" in "\n".join(document_lines(sample.document(cluster)))


SLASH = {"type": "INTEGRATION", "id": sample.LLAMA, "reason": "this server takes no slash in a path"}
ROLE = {"type": "ROLE", "id": "USER", "reason": "this server does not list what roles hold"}


@pytest.mark.parametrize(
    ("unreadable", "gaps", "complete"),
    [
        ([SLASH], [("grants on models", True)], True),
        ([ROLE], [], True),
        ([SLASH, ROLE], [("grants on models", False), ("grants of roles", False)], False),
    ],
)
def test_what_the_other_side_has_told_is_no_gap(unreadable, gaps, complete):
    reads = sample.reads()
    reads["permissions"]["unreadable"] = unreadable
    cluster = sample.cluster(reads=reads)
    assert {(one["what"], one["minor"]) for one in cluster["unreadable"]} == set(gaps)
    assert cluster["drift"]["complete"] is complete
    assert ("There may be more" in audit_page(sample.document(cluster), "audit.json", "0" * 64)) is not complete


def test_what_is_asked_for_is_everything_that_was_found():
    found = grant_reads(sample.reads())
    assert found["groups"] == ["data-science", "platform"]
    assert len(found["users"]) == 6 and len(found["models"]) == 4
    assert found["roles"] == ["ADMIN", "PROMPTER", "USER", "WORKER"]
    assert found["targets"] == [{"type": "TAG", "id": "team:ml"}]
    assert grant_reads({"integrations": sample.refused("integrations")})["models"] == []


def test_hundreds_of_objects_take_seconds():
    reads = sample.reads()
    people = [f"user-{number}@example.com" for number in range(100)]
    reads["groups"]["groups"][0]["members"] += people
    reads["users"]["users"] += [sample.user(name, name.title()) for name in people]
    names = [f"acme/model-{number}" for number in range(300)]
    reads["integrations"]["integrations"][0]["models"] += [sample.model(name) for name in names]
    reads["permissions"]["permissions"] += [
        sample.grant(sample.TEAM, ("INTEGRATION", f"hf:{name}"), *sample.USE) for name in names
    ]
    document = sample.document(sample.cluster(reads=reads))
    assert sum(len(model["access"]) for model in document["clusters"][0]["integrations"][0]["models"]) > 30000
    # What all models have in common is told once.
    page = audit_page(document, "audit.json", "0" * 64)
    assert names[-1] in page
    assert len(page) < 500000


# The document and its chain


def chain(number):
    """Documents that follow each other, a day apart."""
    kept = []
    for day in range(number):
        at = sample.AT + timedelta(days=day)
        name = next_name(kept, at)
        kept.append(Kept(f"{name}.json", canonical(audit_document([sample.cluster()], kept, at)).encode()))
    return kept


def test_each_document_names_the_one_before_it():
    kept = chain(3)
    assert [one.file for one in kept] == [f"audit-2026060{day}T083000Z.json" for day in (1, 2, 3)]
    assert kept[0].document()["previous"] is None
    assert kept[2].document()["previous"] == {"file": kept[1].file, "sha256": kept[1].sha256}
    assert chain_problems(kept) == []
    assert chain_problems([*kept, Kept("notes.json", b"")]) == []


def test_a_document_that_was_changed_taken_away_or_put_in_is_found():
    kept = chain(3)
    changed = Kept(kept[1].file, kept[1].content.replace(b"Ana", b"Eva"))
    assert chain_problems([kept[0], changed, kept[2]]) == [
        f"{changed.file} was changed after {kept[2].file} was written"
    ]
    assert chain_problems([kept[0], kept[2]]) == [
        f"{kept[1].file}, which {kept[2].file} names as the one before it, is gone"
    ]
    between = Kept("audit-20260602T090000Z.json", kept[1].content)
    assert "is not part of the chain" in chain_problems([*kept, between])[-1]
    broken = Kept(kept[1].file, b"\xff")
    assert any("is no document of an audit" in text for text in chain_problems([kept[0], broken, kept[2]]))
    first = Kept("audit-20260605T083000Z.json", kept[0].content)
    assert chain_problems([*kept, first]) == [f"{first.file} names no document before it, and there is {kept[2].file}"]


def test_no_document_takes_the_name_of_another_and_names_sort_as_they_were_made():
    kept = chain(1)
    for number in (2, 3):
        name = next_name(kept, sample.AT - timedelta(days=number))
        assert name == f"audit-20260601T083000Z-{number}"
        kept.append(Kept(f"{name}.json", canonical(audit_document([], kept, sample.AT)).encode()))
    assert chain_problems(kept) == []


def test_the_same_content_is_the_same_text_and_half_characters_do_no_harm():
    first, second = (canonical(sample.document()) for _time in range(2))
    assert first == second
    reads = sample.reads()
    reads["groups"]["groups"][0]["description"] = "half \ud800"
    document = sample.document(sample.cluster(reads=reads))
    canonical(document).encode("utf-8")
    audit_page(document, "audit.json", "0" * 64).encode("utf-8")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"[]", "is no document of an audit"),
        (b'{"schema": "orkes.conductor/audit", "schema_version": 2}', "has the form 2"),
        (b'{"schema": "orkes.conductor/audit", "schema_version": 1}', "no whole document"),
    ],
)
def test_what_is_no_document_is_refused(content, text):
    with pytest.raises(ValueError, match=f"x.json .*{text}"):
        parse_document(content, "x.json")


@pytest.mark.parametrize(
    ("date", "day"), [("2026-06-02", 1), ("2026-06-02T08:30:01Z", 2), ("2027", None), ("2026-05", 1), ("2026-07", 3)]
)
def test_a_date_stands_for_the_last_document_before_it(date, day):
    if day is None:
        with pytest.raises(ValueError, match="neither the name of a file that exists nor a date"):
            document_at(chain(3), date)
    else:
        assert document_at(chain(3), date).file == f"audit-2026060{day}T083000Z.json"


# What changed


@pytest.mark.parametrize(
    ("before", "after", "gained", "lost"),
    [
        ((["READ"], []), (["READ"], []), None, None),
        (([], ["READ"]), (["READ"], []), ["READ (for certain)"], []),
        ((["READ"], []), ([], ["READ"]), [], ["READ (it depends on the server now)"]),
        (([], []), ([], ["READ"]), ["READ (depends on the server)"], []),
        (([], ["READ"]), ([], []), [], ["READ (depended on the server)"]),
        ((["READ"], ["EXECUTE"]), (["EXECUTE"], []), ["EXECUTE (for certain)"], ["READ"]),
    ],
)
def test_what_becomes_certain_was_not_lost(before, after, gained, lost):
    def row(words):
        names = {"kind": "user", "id": "chen", "name": "chen", "ways": []}
        return {("model hf:m", "user chen"): {**names, "access": words[0], "possible": words[1]}}

    found = access_changes(row(before), row(after))
    assert [(one["gained"], one["lost"]) for one in found] == ([] if gained is None else [(gained, lost)])


def test_what_came_went_and_changed_and_who_gained_and_lost_what():
    before = sample.document({**sample.as_declared(), "host": "production"})
    found = audit_diff(before, sample.document(sample.cluster()))
    assert found["changed"]
    lines = found["lines"]
    for line in (
        "+ model hf:shadow/model",
        "+ integration hf-other",
        f"+ person {EVE}",
        "~ model hf:meta-llama/Llama-3.1-8B-Instruct: enabled true → false",
        "~ key of integration hf: its fingerprint came or went",
        "~ key of integration hf: same → changed",
        f"~ group data-science: members [{ANA}, {BEN}] → [{ANA}, {BEN}, {EVE}]",
    ):
        assert f"production: {line}" in lines, line
    gained = [one for one in found["clusters"][0]["access"] if (one["id"], one["on"]) == (EVE, f"model {sample.LLAMA}")]
    assert [one["gained"][:3] for one in gained] == [["DELETE", "EXECUTE", "READ"]]
    back = audit_diff(sample.document(sample.cluster()), before)
    assert any(one["lost"] and not one["gained"] for one in back["clusters"][0]["access"])
    assert {"kind": "model", "name": "hf:shadow/model"} in back["clusters"][0]["objects"]["gone"]
    assert audit_diff(before, before)["changed"] is False
    assert audit_diff(before, before)["lines"][1:] == ["production: no changes"]


def test_administrators_and_access_keys():
    reads = sample.reads()
    reads["users"]["users"][0]["roles"] = ["ADMIN"]
    reads["applications"]["applications"][0]["access_keys"] = [
        {"id": "key-1", "created_at": 1, "status": "INACTIVE"},
        {"id": "key-2", "created_at": 2, "status": "ACTIVE"},
    ]
    lines = audit_diff(sample.document(sample.cluster()), sample.document(sample.cluster(reads=reads)))["lines"]
    assert f"production: + {ANA} may do everything now, by the role ADMIN" in lines
    assert "production: + access key key-2 of application order-service" in lines
    assert "production: ~ access key key-1 of application order-service: ACTIVE → INACTIVE" in lines


def test_what_only_one_audit_could_read_is_not_taken_for_lost():
    before = sample.document(sample.cluster())
    after = sample.document({**sample.partly(), "host": "production"})
    found = audit_diff(before, after)["clusters"][0]
    assert found["access"] == [] and found["administrators"] == {"gained": [], "lost": []}
    assert not any(one["kind"] in ("group", "person") for one in found["objects"]["gone"])
    assert any(text.startswith("groups: one of the two audits") for text in found["not_compared"])


def test_clusters_that_only_one_of_the_audits_has():
    found = audit_diff(sample.document(sample.cluster()), sample.document(sample.as_declared()))
    assert (found["came"], found["gone"], found["changed"]) == (["staging"], ["production"], True)


def test_no_name_forges_a_line_or_ends_the_fence():
    reads = sample.reads()
    reads["groups"]["groups"].append(
        {"name": "a\n+ forged", "description": "", "roles": [], "members": ["````\n# forged"]}
    )
    found = audit_diff(sample.document(sample.cluster()), sample.document(sample.cluster(reads=reads)))
    assert not any("\n" in line for line in found["lines"])
    assert "\n+ forged" not in found["markdown"] and "\n# forged" not in found["markdown"]


# The page


class Outline(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.ids, self.links = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]


def test_no_text_of_a_server_is_markup_and_nothing_is_fetched():
    page = audit_page(sample.document(), "audit.json", "0" * 64)
    assert sample.HOSTILE not in page
    assert page.count("&lt;script&gt;document.title=") > 4
    outline = Outline(page)
    assert (outline.tags.count("script"), outline.tags.count("style"), outline.tags.count("img")) == (1, 1, 0)
    assert all(link.startswith("#") for link in outline.links)
    assert len(set(outline.ids)) == len(outline.ids)
    assert all(link[1:] in outline.ids for link in outline.links)
    assert not any(name.startswith("on") or name == "style" for _tag, name, _value in outline.attributes)
    policy = next(value for _tag, name, value in outline.attributes if name == "content" and "default-src" in value)
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_the_page_says_what_it_shows_and_what_not():
    page = audit_page(sample.document(), "audit-20260601T083000Z.json", "ab" * 32)
    for text in (
        "2026-06-01 08:30:00 UTC",
        "does not tell what anybody did",
        "another key than in the inventory",
        "host is not allowed",
        "registered by the server",
        "This cluster could not be audited.",
        "ab" * 32,
        "audit-20260601T083000Z.json",
    ):
        assert text in page, text


def test_an_empty_cluster():
    empty = {kind: {kind: []} for kind in ("integrations", "groups", "users", "applications")}
    nothing = cluster_audit({}, [], {}, {**empty, "permissions": {"permissions": []}}, sample.ABOUT)
    assert nothing["drift"]["found"] is False
    assert "None." in audit_page(sample.document(nothing), "audit.json", "0" * 64)
