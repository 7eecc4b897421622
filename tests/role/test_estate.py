# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role does with one cluster: plan, apply, purge, subsets, and the way back."""

from __future__ import annotations

from stage import ESTATE, GROUP, INTEGRATION, TARGETS

MODELS = {"meta-llama/Llama-3.1-8B-Instruct": False, "plain": True}
USE = ["EXECUTE", "READ"]
TEARDOWN = {"playbook": "orkes.conductor.teardown"}

USE_OF_THE_RESULT = """
- hosts: all
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    kinds: [integration, model, group, grant]
  tasks:
    - ansible.builtin.import_role: {name: orkes.conductor.hf_setup}
    - ansible.builtin.assert:
        that:
          - hf_setup_result.changed
          - hf_setup_result.summary.models.created == 2
          - hf_setup_result.summary.models.unchanged == 0
          - hf_setup_result.changes | map(attribute='kind') | unique | list == kinds
          - hf_setup_result.lines | length == 6
          - hf_setup_result.verification.verified == 7
          - hf_setup_result.verification.failed == []
"""


def test_plan_apply_and_again(stage):
    stage.verify = True
    planned = stage.site("--check", "--diff")
    assert stage.writes() == 0
    assert planned.changed == {"one": 1}, "one task plans all four kinds"
    assert planned.said()[:2] == [
        "integrations: 1 to create, 0 to update, 0 to delete, 0 unchanged",
        "models: 2 to create, 0 to update, 0 to delete, 0 unchanged",
    ]

    playbook = stage.folder / "use.yml"
    playbook.write_text(USE_OF_THE_RESULT)
    applied = stage.play({"one": stage.host()}, playbook=playbook)
    assert (applied.status, applied.changed) == (0, {"one": 4}), applied.output
    assert "+++ after" not in applied.output, "a difference is shown when it is asked for"
    assert applied.said() == [
        "integrations: 1 created, 0 updated, 0 deleted, 0 unchanged",
        "models: 2 created, 0 updated, 0 deleted, 0 unchanged",
        "groups: 1 created, 0 updated, 0 deleted, 0 unchanged",
        "permissions: 3 created, 0 updated, 0 deleted, 0 unchanged",
        "verified: 7 objects and accesses",
        "  cannot be verified: group users: no members are declared, so nobody's access can be tried",
    ]
    assert stage.models() == MODELS
    assert stage.groups() == ["users"]
    assert stage.grants() == dict.fromkeys(TARGETS, USE)

    written = stage.writes()
    assert stage.site("-vvvv", "--diff").changed == {"one": 0}
    assert stage.writes() == written


def test_a_failure_leaves_the_rest_untried_and_says_so(stage):
    stage.clusters[0].fault(kind="status", status=400, method="PUT", path="/api/groups/users", count=100)
    run = stage.play({"one": stage.host()})
    assert run.status != 0
    told = run.messages["one"].splitlines()
    assert told[0] == "integrations: 1 created, 0 updated, 0 deleted, 0 unchanged"
    assert told[2] == "groups: 0 created, 0 updated, 0 deleted, 0 unchanged"
    assert told[-1] == "permissions: not tried, 3 changes"
    assert (stage.integrations(), stage.groups()) == (["hf"], [])


def test_permissions_on_the_integration_alone_exclusive_and_revoked(stage):
    stage.build()
    permissions = [
        {"integration": "hf", "access": ["READ"], "exclusive": True},
        {"integration": "hf", "models": ["plain"], "access": ["READ"], "state": "absent"},
    ]
    # The second names the integration too, and one entry cannot grant what the other revokes.
    contradicting = {"hf_setup_manage": ["permissions"], "hf_setup_groups": [{**GROUP, "permissions": permissions}]}
    stage.refuses({"one": stage.host(**contradicting)}, "given as present and as absent")
    other = {"name": "other", "permissions": permissions[1:]}
    admin = stage.admin()
    admin.done("PUT", "/groups/other", {"description": "", "roles": ["USER"]})
    for kind, target in (("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:plain")):
        admin.grant(("GROUP", "other"), (kind, target), "READ", "EXECUTE")
    groups = [{"name": "users", "permissions": permissions[:1]}, other]
    stage.site(hf_setup_manage=["permissions"], hf_setup_groups=groups)
    assert stage.grants() == {**dict.fromkeys(TARGETS, USE), "hf": ["READ"]}
    assert stage.grants("other") == {"hf": ["EXECUTE"], "hf:plain": ["EXECUTE"]}


def test_teardown_takes_down_what_is_declared_once_confirmed(stage):
    admin = stage.build()
    admin.integration("other")
    admin.done("PUT", "/groups/sso", {"description": "from a single sign-on", "roles": ["USER"]})
    for target in TARGETS:
        admin.grant(("GROUP", "sso"), ("INTEGRATION" if ":" in target else "INTEGRATION_PROVIDER", target), *USE)
    theirs = {"name": "sso", "create": "no", "permissions": GROUP["permissions"]}
    hosts = {"one": stage.host(hf_setup_groups=[GROUP, theirs])}

    for options in ([], ["--tags", "hf_setup"]):
        stage.refuses(hosts, "confirm with -e hf_setup_confirm_teardown=true", options=options, **TEARDOWN)

    # Where no slash can be sent, models go with their integration.
    stage.clusters[0].settings(encoded_slash="reject")
    written = stage.writes()
    planned = stage.play(hosts, "--check", "--diff", **TEARDOWN)
    assert (planned.status, planned.changed, stage.writes()) == (0, {"one": 1}, written), planned.output
    assert "permissions: 0 to create, 0 to update, 6 to delete, 0 unchanged" in planned.said()

    confirmed = stage.play(hosts, "-e", "hf_setup_confirm_teardown=yes", **TEARDOWN)
    assert (confirmed.status, confirmed.changed) == (0, {"one": 3}), confirmed.output
    assert (stage.integrations(), stage.groups(), stage.grants("sso")) == (["other"], ["sso"], {})

    written = stage.writes()
    again = stage.play(hosts, "-e", "hf_setup_confirm_teardown=yes", **TEARDOWN)
    assert (again.status, again.changed, stage.writes()) == (0, {"one": 0}, written), again.output


def test_what_an_entry_declares_absent_goes(stage):
    admin = stage.build()
    admin.integration("gone")
    admin.model("gone", "its")
    stage.site(
        hf_setup_integrations=[
            {"name": "hf", "models": [{"name": "plain", "state": "absent"}]},
            {"name": "gone", "state": "absent", "models": [{"name": "its"}]},
        ],
        hf_setup_groups=[{"name": "users", "state": "absent", "permissions": GROUP["permissions"]}],
    )
    assert (stage.integrations(), stage.groups()) == (["hf"], [])
    assert list(stage.models()) == ["meta-llama/Llama-3.1-8B-Instruct"]


def test_a_purge_keeps_to_its_scope(stage):
    admin = stage.build()
    admin.integration("other")
    admin.model("other", "undeclared")
    admin.model("hf", "{{ 7 * 7 }}")
    admin.model("hf", "acme/by-the-server", configuration={})
    for target in ("other:undeclared", "hf:{{ 7 * 7 }}", "hf:acme/by-the-server"):
        admin.grant(("GROUP", "users"), ("INTEGRATION", target), "READ")
    admin.grant(("GROUP", "users"), ("WORKFLOW_DEF", "nightly"), "READ")
    # Nothing is declared for these two, and what they have goes too.
    admin.integration("bare")
    admin.model("bare", "undeclared")
    admin.done("PUT", "/groups/idle", {"description": "", "roles": ["USER"]})
    admin.grant(("GROUP", "idle"), ("INTEGRATION", "hf:plain"), "READ")
    purge = {
        "hf_setup_integrations": [INTEGRATION, {"name": "bare"}],
        "hf_setup_groups": [GROUP, {"name": "idle"}],
        "hf_setup_purge": True,
    }

    written = stage.writes()
    planned = stage.site("--check", "--diff", **purge)
    assert (planned.changed, stage.writes()) == ({"one": 1}, written)
    assert "models: 1 not declared and left alone" in planned.said()[-1]
    assert planned.said()[-1].endswith(": hf:acme/by-the-server")

    purged = stage.site("--diff", **purge)
    assert purged.changed == {"one": 2}
    assert "hf:{{ 7 * 7 }}" in purged.output, "a name that a server gives is no template"
    assert set(stage.models()) == {*MODELS, "acme/by-the-server"}
    assert stage.models(integration="bare") == {}
    assert set(stage.models(integration="other")) == {"undeclared"}
    assert set(stage.grants()) == {*TARGETS, "other:undeclared", "nightly"}
    assert stage.grants("idle") == {}

    stage.site(**purge, hf_setup_purge_discovered=True)
    assert stage.models() == MODELS


def test_the_brake_stops_a_purge_before_anything_is_written(stage):
    stage.build()
    fewer = {
        "hf_setup_integrations": [{"name": "hf", "description": "also a change", "api_key": INTEGRATION["api_key"]}],
        "hf_setup_groups": [{"name": "users"}],
        "hf_setup_purge": True,
        "hf_setup_purge_limit": 2,
    }
    stage.refuses({"one": stage.host(**fewer)}, "purge_limit")
    assert stage.models() == MODELS


def test_without_the_role_admin_the_rest_is_left_to_others(stage):
    stage.verify = True
    admin = stage.admin()
    application = admin.done("POST", "/applications", {"name": "deployment"})["id"]
    admin.done("POST", f"/applications/{application}/roles/METADATA_MANAGER")
    key = admin.done("POST", f"/applications/{application}/accessKeys")
    own = {"hf_setup_auth_key": key["id"], "hf_setup_auth_secret": key["secret"]}
    stage.refuses({"one": stage.host(**own)}, "ADMIN")

    part = stage.site(**own, hf_setup_manage=["integrations", "models"])
    assert part.changed == {"one": 2}
    assert part.said()[2:] == ["groups: not managed", "permissions: not managed", "verified: 3 objects and accesses"]
    assert (stage.models(), stage.groups()) == (MODELS, [])

    rest = stage.site(hf_setup_manage=["groups", "permissions"])
    assert rest.changed == {"one": 2}
    assert stage.grants() == dict.fromkeys(TARGETS, USE)


def test_the_tag_takes_the_checks_along(stage):
    doubled = {**ESTATE, "hf_setup_groups": [GROUP, GROUP]}
    stage.refuses({"one": stage.host(**doubled)}, "group users is listed 2 times", options=["--tags", "hf_setup"])
    # Nothing of the play is without the tag, so that no host has a line in the end.
    assert stage.site("--skip-tags", "hf_setup").changed == {}
    assert stage.writes() == 0
    # Of groups alone nothing is purged, which is no error here: hf_setup_manage chooses for one run.
    small = stage.site("--tags", "hf_setup", hf_setup_manage=["groups"], hf_setup_purge=True)
    assert (small.changed, stage.groups()) == ({"one": 1}, ["users"])


def test_applications_with_their_permissions(stage):
    stage.build()
    stage.verify = True
    service = {"name": "summaries", "roles": ["WORKER"], "permissions": GROUP["permissions"]}
    declared = {"hf_setup_manage": ["applications", "permissions"], "hf_setup_applications": [service]}
    planned = stage.site("--check", **declared)
    assert planned.changed == {"one": 2}
    assert planned.said() == [
        "integrations: not managed",
        "models: not managed",
        "groups: not managed",
        "applications: 1 to create, 0 to update, 0 to delete, 0 unchanged",
        "permissions: 3 to create, 0 to update, 0 to delete, 3 unchanged",
    ]
    applied = stage.site(**declared)
    assert applied.changed == planned.changed
    assert applied.said()[-1].endswith("group users: no members are declared, so nobody's access can be tried")
    # An application, three grants to it, three to the group; and what the application may do with three targets.
    assert applied.said()[-2] == "verified: 10 objects and accesses"
    (found,) = [one for one in stage.admin().done("GET", "/applications") if one["name"] == "summaries"]
    held = stage.admin().done("GET", f"/users/app:{found['id']}/permissions")["grantedAccess"]
    assert {grant["target"]["id"]: sorted(grant["access"]) for grant in held} == dict.fromkeys(TARGETS, USE)

    stage.verify = False
    gone = {"hf_setup_manage": declared["hf_setup_manage"], "hf_setup_groups": [], "hf_setup_integrations": []}
    named = {**GROUP["permissions"][0], "models": ["plain"], "all_models": False}
    gone["hf_setup_applications"] = [{**service, "permissions": [named]}]
    host = {"one": stage.host(**gone)}
    torn = stage.play(host, "-e", "hf_setup_confirm_teardown=true", **TEARDOWN)
    assert torn.status == 0, torn.output
    assert torn.said()[:2] == [
        "permissions: 0 created, 0 updated, 3 deleted, 0 unchanged",
        "applications: 0 created, 0 updated, 1 deleted, 0 unchanged",
    ]
    assert "summaries" not in [one["name"] for one in stage.admin().done("GET", "/applications")]


def test_nobody_holds_access_but_those_whom_the_inventory_names(stage):
    admin = stage.build()
    admin.done("PUT", "/groups/others", {"description": "", "roles": []})
    admin.done("PUT", "/groups/guests", {"description": "", "roles": []})
    for target in TARGETS:
        kind = "INTEGRATION" if ":" in target else "INTEGRATION_PROVIDER"
        admin.grant(("GROUP", "others"), (kind, target), "READ")
    admin.grant(("GROUP", "guests"), ("INTEGRATION", "hf:plain"), "READ")
    models = [INTEGRATION["models"][0], {**INTEGRATION["models"][1], "exclusive_subjects": {"groups": ["guests"]}}]
    # A group that the same run creates, and one that exists.
    groups = [GROUP, {**GROUP, "name": "new"}]
    stage.verify = True
    estate = {
        "hf_setup_integrations": [{**INTEGRATION, "models": models}],
        "hf_setup_groups": groups,
        "hf_setup_exclusive_subjects": True,
    }
    limited = stage.refuses(
        {"one": stage.host(**estate, hf_setup_purge_limit=0)}, "the plan deletes 3 of 10 objects", options=["--check"]
    )
    assert "- grant GROUP others on INTEGRATION hf:plain" in limited.output
    run = stage.site(**estate)
    assert "permissions: 3 created, 0 updated, 3 deleted, 3 unchanged" in run.said()
    assert stage.grants("others") == {}
    assert stage.grants("guests") == {"hf:plain": ["READ"]}
    assert stage.grants("new") == stage.grants("users") == dict.fromkeys(TARGETS, USE)
    written = stage.writes()
    assert stage.site("--check", **estate).changed == {"one": 0}
    assert stage.writes() == written
