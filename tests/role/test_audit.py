# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that audits clusters: drift made on purpose, and what a key may not read."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import stat
from html import unescape

import pytest
from stage import GROUP, INTEGRATION, KEY

from ansible_collections.orkes.conductor.plugins.module_utils._secrets import make_fingerprint

AUDIT = "orkes.conductor.audit"
DIFF = "orkes.conductor.audit_diff"
ANA, BEN, EVE = "ana@example.com", "ben@example.com", "eve@example.com"
ANOTHER = "hf_another_key_of_nobody_0123456789"
LLAMA = "hf:meta-llama/Llama-3.1-8B-Instruct"
#: Texts that a server could hold, and that must stay texts.
MARKUP = "<script>document.title='taken over'</script>"
TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'touch injected') }}"

GROUPS = [{**GROUP, "members": [ANA]}]
APPLICATIONS = [
    {
        "name": "order-service",
        "permissions": [{"integration": "hf", "models": ["plain"], "access": ["READ", "EXECUTE"]}],
    }
]


def declared(stage, number=0, **more):
    """The variables of a host."""
    integration = copy.deepcopy(INTEGRATION)
    integration["models"][1]["description"] = "Plain"
    given = {
        "hf_setup_integrations": [integration],
        "hf_setup_groups": GROUPS,
        "hf_setup_applications": APPLICATIONS,
        "hf_setup_endpoint_hosts": ["*.example.com"],
    }
    return stage.host(number, **{**given, **more})


def fingerprint(admin, method, key):
    """Leave the fingerprint of a key, or take it away, as a run does that has written it."""
    value = make_fingerprint(key, "hf", "api_key", salt="0" * 16)
    admin.done(method, "/integrations/provider/hf/tags", [{"key": "ansible_fingerprint", "value": value}])


@pytest.fixture
def built(stage):
    """Two clusters as they are declared."""
    for number in (0, 1):
        admin = stage.build(number, members=(ANA,))
        for user in (BEN, EVE):
            admin.done("PUT", f"/users/{user}", {"name": user.partition("@")[0], "roles": ["USER"]})
        admin.model("hf", "plain", description="Plain", configuration={"endpoint": "https://plain.example.com"})
        stage.clusters[number].settings(secrets="masked")
        fingerprint(admin, "PUT", KEY)
        own_id = admin.done("POST", "/applications", {"name": "order-service"})["id"]
        for target in (("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:plain")):
            admin.grant(("USER", f"app:{own_id}"), target, "READ", "EXECUTE")
    return stage


def drift(admin):
    """Let somebody change a cluster by hand, in every way that an audit has to see."""
    admin.done("POST", f"/groups/users/users/{EVE}")
    admin.grant(("USER", BEN), ("INTEGRATION", LLAMA), "READ", "EXECUTE")
    admin.model("hf", "shadow", description=MARKUP, configuration={"endpoint": "https://evil.test"})
    fields = {"description": TEMPLATE, "configuration": {"endpoint": "https://plain.example.com"}}
    admin.model("hf", "plain", enabled=False, **fields)
    admin.done("PUT", "/groups/ops", {"description": "", "roles": ["ADMIN"]})
    admin.done("POST", f"/groups/ops/users/{BEN}")
    admin.done("PUT", "/integrations/provider/hf/integration/shadow/tags", [{"key": "team", "value": "ml"}])
    admin.grant(("GROUP", "users"), ("TAG", "team:ml"), "READ")
    admin.integration("hf", configuration={"api_key": ANOTHER, "namespace": "acme"})
    fingerprint(admin, "DELETE", KEY)
    fingerprint(admin, "PUT", ANOTHER)


def documents(stage, ending="json"):
    """What is in the folder, by name, the oldest first."""
    return sorted((stage.folder / "audit").glob(f"*.{ending}"), key=lambda path: json_order(path.stem))


def json_order(name):
    match = re.fullmatch(r"audit-(\d{8}T\d{6}Z)(?:-(\d+))?", name)
    return match[1], int(match[2] or 1)


def said(run):
    """All that a run printed as messages, in one text."""
    messages = re.findall(r'"msg": (\[.*?\n    \])', run.output, re.DOTALL)
    return "\n".join(line for lines in messages for line in json.loads(lines))


def test_an_audit_shows_a_drift_writes_to_no_cluster_and_two_audits_are_compared(built):
    hosts = {"one": declared(built), "two": declared(built, 1)}
    before = [built.writes(number) for number in (0, 1)]
    run = built.play({"one": hosts["one"]}, "-e", "hf_setup_audit_fail_on_drift=true", playbook=AUDIT)
    assert (run.status, run.changed) == (0, {"one": 0}), run.output
    assert "one: no drift" in said(run)
    assert [built.writes(number) for number in (0, 1)] == before

    drift(built.admin())
    before = [built.writes(number) for number in (0, 1)]
    run = built.play(hosts, "-e", "hf_setup_audit_fail_on_drift=true", playbook=AUDIT)
    assert [built.writes(number) for number in (0, 1)] == before
    assert list(run.messages) == ["one"], run.output
    assert "It differs from the inventory" in run.messages["one"]
    assert run.changed == {"one": 0, "two": 0}
    for text in (
        f"undeclared member {EVE} in group users",
        f"undeclared grant USER {BEN} on INTEGRATION {LLAMA}: EXECUTE, READ",
        "undeclared model hf:shadow",
        "~ model hf:plain: description",
        "integration hf: key changed",
        "endpoints at evil.test, outside of hf_setup_endpoint_hosts",
        "beside the inventory, and no drift: group ops",
        "two: no drift",
    ):
        assert text in said(run), text
    assert not list(built.folder.rglob("injected")), "a text of a server was taken for a template"

    first, second = documents(built)
    found = json.loads(second.read_text())
    assert (found["schema"], found["schema_version"]) == ("orkes.conductor/audit", 1)
    assert found["previous"] == {"file": first.name, "sha256": hashlib.sha256(first.read_bytes()).hexdigest()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (built.folder / "audit").iterdir()} == {0o600}
    assert f"SHA-256 {hashlib.sha256(second.read_bytes()).hexdigest()}" in said(run)
    one = found["clusters"][0]
    integration = one["integrations"][0]
    assert integration["key"]["state"] == "changed"
    access = {model["name"]: {row["id"]: row for row in model["access"]} for model in integration["models"]}
    llama = access["meta-llama/Llama-3.1-8B-Instruct"]
    assert (llama[ANA]["use"], llama[EVE]["use"], llama[BEN]["use"]) == ("yes", "yes", "yes")
    assert [way["group"] for way in llama[EVE]["ways"]] == ["users", "users"]
    assert llama[BEN]["undeclared"] and not llama[ANA]["undeclared"]
    assert any(way["by"] == "tag" and way["tag"] == "team:ml" for way in access["shadow"][ANA]["ways"])
    assert access["shadow"][ANA]["use"] == "depends"
    assert any(row["kind"] == "application" and row["name"] == "order-service" for row in access["plain"].values())
    assert {way["group"] for who in one["administrators"] if who["id"] == BEN for way in who["ways"]} == {"ops"}
    page = documents(built, "html")[1].read_text()
    assert MARKUP not in page and MARKUP in unescape(page)
    assert TEMPLATE in unescape(page)
    for path in (built.folder / "audit").iterdir():
        assert KEY not in path.read_text() and ANOTHER not in path.read_text()
        assert "ansible_fingerprint" not in path.read_text()

    options = {"hf_setup_audit_before": "2026-01", "hf_setup_audit_diff_files": ["diff.md", "diff.json"]}
    run = built.play(hosts, "-e", json.dumps(options), playbook=DIFF)
    assert run.status == 0, run.output
    lines = said(run)
    for text in (
        f"one: + eve ({EVE}) gained EXECUTE, READ on model {LLAMA} (by group users",
        f"one: + {BEN} may do everything now, by the role ADMIN",
        "one: + model hf:shadow",
        "one: ~ model hf:plain: description",
        f"one: ~ group users: members [{ANA}] → [{ANA}, {EVE}]",
        "one: ~ key of integration hf: another key was written",
        "one: ~ key of integration hf: same → changed",
        "two: ! only the later audit has this cluster",
    ):
        assert text in lines, (text, lines)
    changed = json.loads((built.folder / "diff.json").read_text())
    assert changed["changed"] and changed["came"] == ["two"]
    assert "```diff" in (built.folder / "diff.md").read_text()

    # Whoever changes an old document is found out by the next audit.
    first.write_text(first.read_text().replace(ANA, BEN))
    run = built.play({"two": {**hosts["two"], "hf_setup_manage": []}}, "--check", playbook=AUDIT)
    assert run.status == 0, run.output
    assert f"the chain of documents is broken: {first.name} was changed after {second.name} was written" in said(run)
    assert "The chain of documents is broken" in documents(built, "html")[2].read_text()


def test_what_a_key_may_not_read_is_told_and_a_cluster_that_does_not_answer_keeps_nobody_from_the_page(built):
    admin = built.admin()
    own_id = admin.done("POST", "/applications", {"name": "reader"})["id"]
    for target in (("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:plain")):
        admin.grant(("USER", f"app:{own_id}"), target, "READ")
    key = admin.done("POST", f"/applications/{own_id}/accessKeys")
    reading = {"hf_setup_auth_key": key["id"], "hf_setup_auth_secret": key["secret"]}
    hosts = {
        "one": declared(built, hf_setup_manage=["integrations", "groups"], **reading),
        "two": declared(built, 1, hf_setup_auth_secret="wrong-secret-of-nobody"),
    }
    before = built.writes()
    run = built.play(hosts, playbook=AUDIT)
    assert built.writes() == before
    assert key["secret"] not in run.output
    assert "Check auth_key and auth_secret" in run.messages["two"]
    assert "one: no drift" not in said(run).splitlines()
    for text in ("not readable with this key: groups", "this key: users", "groups could not be compared"):
        assert text in said(run), (text, run.output)
    found = json.loads(documents(built)[0].read_text())
    one, two = found["clusters"]
    assert (one["groups"], one["people"], one["administrators"]) == (None, None, None)
    assert [model["name"] for model in one["integrations"][0]["models"]] == ["plain"]
    assert not one["drift"]["complete"]
    assert two["problem"]
    page = documents(built, "html")[0].read_text()
    assert "Nobody" not in page
    assert "There may be more: not everything is readable with this key." in page
    assert "This cluster could not be audited." in page
