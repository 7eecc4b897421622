# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role does with one cluster: plan, apply, purge, subsets, and the way back."""

from __future__ import annotations

from stage import ESTATE, GROUP, INTEGRATION, TARGETS

MODELS = {"meta-llama/Llama-3.1-8B-Instruct": False, "plain": True}
USE = ["EXECUTE", "READ"]


def test_plan_apply_and_again(stage):
    planned = stage.site("--check", "--diff")
    assert stage.writes() == 0
    assert planned.changed == {"one": 4}
    assert planned.said()[:2] == [
        "integrations: 1 to create, 0 to update, 0 to delete, 0 unchanged",
        "models: 2 to create, 0 to update, 0 to delete, 0 unchanged",
    ]

    applied = stage.site("-vvvv", "--diff")
    assert applied.changed == planned.changed
    assert applied.said() == [
        "integrations: 1 created, 0 updated, 0 deleted, 0 unchanged",
        "models: 2 created, 0 updated, 0 deleted, 0 unchanged",
        "groups: 1 created, 0 updated, 0 deleted, 0 unchanged",
        "permissions: 3 created, 0 updated, 0 deleted, 0 unchanged",
    ]
    assert stage.models() == MODELS
    assert stage.groups() == ["users"]
    assert stage.grants() == dict.fromkeys(TARGETS, USE)

    written = stage.writes()
    assert stage.site().changed == {"one": 0}
    assert stage.writes() == written


def test_the_result_of_the_role(stage):
    playbook = stage.folder / "use.yml"
    playbook.write_text("""
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
          - hf_setup_result.lines | length == 4
""")
    run = stage.play({"one": stage.host()}, playbook=playbook)
    assert run.status == 0, run.output


def test_a_permission_may_be_on_the_integration_alone_and_exclusive(stage):
    stage.site()
    alone = {"integration": "hf", "access": ["READ"], "exclusive": True}
    stage.site(hf_setup_groups=[{"name": "users", "permissions": [alone]}])
    assert stage.grants() == {**dict.fromkeys(TARGETS, USE), "hf": ["READ"]}
    revoked = {"integration": "hf", "models": ["plain"], "access": ["READ", "EXECUTE"], "state": "absent"}
    stage.site(hf_setup_groups=[{"name": "users", "permissions": [revoked]}])
    assert stage.grants() == {"hf:meta-llama/Llama-3.1-8B-Instruct": USE}


def test_absent_takes_down_what_is_declared(stage):
    theirs = {"name": "sso", "create": "no", "permissions": GROUP["permissions"]}
    stage.admin().done("PUT", "/groups/sso", {"description": "from a single sign-on", "roles": ["USER"]})
    stage.admin().integration("other")
    estate = {"hf_setup_groups": [GROUP, theirs]}
    stage.site(**estate)
    assert stage.grants("sso") == dict.fromkeys(TARGETS, USE)

    written = stage.writes()
    planned = stage.site("--check", "--diff", hf_setup_state="absent", **estate)
    assert (planned.changed, stage.writes()) == ({"one": 4}, written)
    assert "permissions: 0 to create, 0 to update, 6 to delete, 0 unchanged" in planned.said()

    gone = stage.site(hf_setup_state="absent", **estate)
    assert gone.changed == {"one": 4}
    assert stage.integrations() == ["other"]
    assert stage.groups() == ["sso"]
    assert stage.grants("sso") == {}

    written = stage.writes()
    assert stage.site(hf_setup_state="absent", **estate).changed == {"one": 0}
    assert stage.writes() == written


def test_what_an_entry_declares_absent_goes(stage):
    stage.site()
    stage.site(hf_setup_integrations=[{**INTEGRATION, "models": [{"name": "plain", "state": "absent"}]}])
    assert list(stage.models()) == ["meta-llama/Llama-3.1-8B-Instruct"]
    stage.site(
        hf_setup_integrations=[{**INTEGRATION, "state": "absent"}],
        hf_setup_groups=[{"name": "users", "state": "absent", "permissions": GROUP["permissions"]}],
    )
    assert (stage.integrations(), stage.groups()) == ([], [])


def test_a_purge_keeps_to_its_scope(stage):
    stage.clusters[0].settings(discovered_models=["acme/by-the-server"])
    stage.site()
    admin = stage.admin()
    admin.integration("other")
    for integration, model in (("hf", "{{ 7 * 7 }}"), ("other", "undeclared")):
        admin.model(integration, model)
        admin.grant(("GROUP", "users"), ("INTEGRATION", f"{integration}:{model}"), "READ")
    admin.grant(("GROUP", "users"), ("WORKFLOW_DEF", "nightly"), "READ")
    admin.grant(("GROUP", "users"), ("INTEGRATION", "hf:acme/by-the-server"), "READ")
    assert stage.site().changed == {"one": 0}, "without a purge everything else stays"

    written = stage.writes()
    planned = stage.site("--check", "--diff", hf_setup_purge=True)
    assert (planned.changed, stage.writes()) == ({"one": 2}, written)

    purged = stage.site("--diff", hf_setup_purge=True)
    assert purged.changed == {"one": 2}
    assert "hf:{{ 7 * 7 }}" in purged.output, "a name that a server gives is no template"
    assert set(stage.models()) == {*MODELS, "acme/by-the-server"}
    assert "undeclared" in stage.models(integration="other")
    assert set(stage.grants()) == {*TARGETS, "other:undeclared", "nightly"}

    stage.site(hf_setup_purge=True, hf_setup_purge_discovered=True)
    assert stage.models() == MODELS
    assert stage.site(hf_setup_purge=True, hf_setup_purge_discovered=True).changed == {"one": 0}


def test_a_purge_covers_what_has_nothing_declared(stage):
    stage.site()
    bare = {**INTEGRATION, "models": []}
    stage.site(hf_setup_purge=True, hf_setup_integrations=[bare], hf_setup_groups=[{"name": "users"}])
    assert (stage.models(), stage.grants()) == ({}, {})


def test_the_brake_stops_a_purge(stage):
    stage.site()
    fewer = {"hf_setup_integrations": [{**INTEGRATION, "models": []}], "hf_setup_purge": True}
    stage.refuses({"one": stage.host(**fewer, hf_setup_purge_limit=1)}, "purge_limit", "4 of 7 objects")
    assert stage.models() == MODELS
    few = {"hf_setup_groups": [{"name": "users"}], "hf_setup_purge": True, "hf_setup_purge_limit": "25%"}
    stage.refuses({"one": stage.host(**few)}, "purge_limit", "3 of 7 objects", options=["--check"])
    assert stage.grants() == dict.fromkeys(TARGETS, USE)
    assert stage.site(hf_setup_purge_limit=0).changed == {"one": 0}, "without a purge the brake means nothing"


def test_only_the_kinds_that_are_managed_are_touched(stage):
    run = stage.site(hf_setup_manage=["integrations", "models"])
    assert run.said()[2:] == ["groups: not managed", "permissions: not managed"]
    assert (stage.models(), stage.groups()) == (MODELS, [])
    stage.site(hf_setup_manage=["groups"])
    assert (stage.groups(), stage.grants()) == (["users"], {})
    stage.site(hf_setup_manage=["permissions"])
    assert set(stage.grants()) == set(TARGETS)
    stage.site(hf_setup_state="absent", hf_setup_manage=["groups"])
    assert (stage.groups(), stage.models()) == ([], MODELS)


def test_a_key_without_the_role_admin_does_its_part(stage):
    admin = stage.admin()
    application = admin.done("POST", "/applications", {"name": "deployment"})["id"]
    admin.done("POST", f"/applications/{application}/roles/METADATA_MANAGER")
    key = admin.done("POST", f"/applications/{application}/accessKeys")
    own = {"hf_setup_auth_key": key["id"], "hf_setup_auth_secret": key["secret"]}
    part = {**own, "hf_setup_manage": ["integrations", "models"]}
    assert stage.site(**part).changed == {"one": 2}
    assert stage.site(**part).changed == {"one": 0}
    assert stage.models() == MODELS
    run = stage.refuses({"one": stage.host(**own)}, "ADMIN")
    assert "Converge groups" in run.output


def test_the_tag_takes_the_checks_along(stage):
    doubled = {**ESTATE, "hf_setup_groups": [GROUP, GROUP]}
    stage.refuses({"one": stage.host(**doubled)}, "group users is listed 2 times", options=["--tags", "hf_setup"])
    assert stage.site("--skip-tags", "hf_setup").changed == {"one": 0}
    assert stage.writes() == 0
    assert stage.site("--tags", "hf_setup").changed == {"one": 4}


def test_a_teardown_has_to_be_confirmed(stage):
    stage.site()
    teardown = {"playbook": "orkes.conductor.teardown"}
    for options in ([], ["--tags", "hf_setup"], ["-e", "hf_setup_confirm_teardown=no"]):
        stage.refuses(
            {"one": stage.host()}, "confirm with -e hf_setup_confirm_teardown=true", options=options, **teardown
        )
    planned = stage.play({"one": stage.host()}, "--check", "--diff", **teardown)
    assert (planned.status, planned.changed) == (0, {"one": 4}), planned.output
    assert stage.models() == MODELS
    confirmed = stage.play({"one": stage.host()}, "-e", "hf_setup_confirm_teardown=yes", **teardown)
    assert (confirmed.status, confirmed.changed) == (0, {"one": 4}), confirmed.output
    assert (stage.integrations(), stage.groups()) == ([], [])
