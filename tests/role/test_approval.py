# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is kept for somebody to approve, and nothing but the approved plan is applied."""

from __future__ import annotations

import json
import re

from stage import ADMIN_SECRET, ESTATE, INTEGRATION, KEY, meddling

SMALL = {"hf_setup_manage": ["integrations", "groups"]}
FILE = '{"hf_setup_expected_plan_file": "plans/{{ inventory_hostname }}.json"}'


def test_only_the_approved_plan_is_applied(stage):
    planned = stage.site("--check", "-e", "hf_setup_plan_folder=plans", **SMALL)
    assert stage.writes() == 0
    # The folder lies where Ansible was started, not with the playbook.
    kept = stage.folder / "plans"
    assert sorted(path.name for path in kept.iterdir()) == ["one.json", "one.md"]
    for path in kept.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert not [secret for secret in (KEY, ADMIN_SECRET) if secret in path.read_text()]
    plan = json.loads((kept / "one.json").read_text())
    assert [change["kind"] for change in plan["changes"]] == ["integration", "group"]
    assert f"digest: {plan['digest']}" in planned.output

    more = {"hf_setup_groups": [{"name": "users", "roles": ["USER"], "description": "more"}]}
    other = {"one": stage.host(**SMALL, **more)}
    stage.refuses(other, "not the approved one", "New: ", "No longer: ", "group users", options=["-e", FILE])
    digest = ["-e", f"hf_setup_expected_plan={plan['digest']}"]
    stage.refuses(other, "not the approved one", "It would now: ", options=digest)

    assert planned.changed == {"one": 1}
    assert stage.site("-e", FILE, *digest, **SMALL).changed == {"one": 2}
    assert (stage.integrations(), stage.groups()) == (["hf"], ["users"])
    # What is done cannot be done again: the approval was for that plan, from that state.
    stage.refuses({"one": stage.host(**SMALL)}, "It would now: change nothing", options=digest)


def test_an_approved_plan_is_not_overwritten_by_the_one_that_is_held_against_it(stage):
    keep = ["-e", "hf_setup_plan_folder=plans"]
    stage.site("--check", *keep, **SMALL)
    approved = {path.name: path.read_bytes() for path in (stage.folder / "plans").iterdir()}
    other = [{**ESTATE["hf_setup_integrations"][0], "description": "not approved"}]
    for _time in range(2):
        stage.refuses(
            {"one": stage.host(**SMALL, hf_setup_integrations=other)},
            "not the approved one",
            options=[*keep, "-e", FILE],
        )
        assert {path.name: path.read_bytes() for path in (stage.folder / "plans").iterdir()} == approved
    assert stage.site(*keep, "-e", FILE, **SMALL).changed == {"one": 2}


def test_what_is_no_approval_stops_the_run(stage):
    (stage.folder / "plans").mkdir()
    (stage.folder / "plans" / "one.json").write_text("{}")
    file = "plans/{{ inventory_hostname }}.json"
    cases = {
        "one": ({"hf_setup_expected_plan_file": file}, "plans/one.json is not a plan"),
        "absent": ({"hf_setup_expected_plan_file": file}, "plans/absent.json"),
        "unreadable": ({"hf_setup_expected_plan_file": False}, "cannot be read"),
        "nonsense": ({"hf_setup_expected_plan": False}, "is no digest of a plan"),
    }
    shared = {**SMALL, "hf_setup_allow_shared_server": True}
    run = stage.refuses({name: stage.host(**shared, **variables) for name, (variables, _text) in cases.items()})
    assert run.messages.keys() == cases.keys(), run.output
    for name, (_variables, text) in cases.items():
        assert text in run.messages[name]


def test_a_plan_is_for_one_cluster(stage):
    stage.clusters[1].settings(organization="production-org")
    stage.site("--check", "-e", "hf_setup_plan_folder=plans", **SMALL)
    (stage.folder / "plans" / "two.json").write_bytes((stage.folder / "plans" / "one.json").read_bytes())
    stage.refuses(
        {"two": stage.host(1, **SMALL)},
        "approved for organization sandbox-org, not production-org",
        options=["-e", FILE],
    )


def test_the_plans_of_all_hosts_are_handed_on_in_check_mode(stage):
    hosts = {
        name: stage.host(number, **SMALL, hf_setup_publish_plan=True) for number, name in enumerate(("one", "00123"))
    }
    run = stage.play(hosts, "--check", environment={"ANSIBLE_SHOW_CUSTOM_STATS": "true"})
    assert run.status == 0, run.output
    (statistics,) = re.findall(r"^\s*RUN: (\{.*\})$", run.output, re.MULTILINE)
    published = json.loads(statistics)["hf_setup_expected_plan"]
    shown = [line.removeprefix("digest: ") for line in run.output.split('"') if line.startswith("digest: ")]
    assert {text.partition(" ")[2] for text in published} == {"one", "00123"}
    assert sorted(text.partition(" ")[0] for text in published) == sorted(f"sha256:{digest}" for digest in shown)


UNSEEN = (
    "/integrations/provider/hf/integration/unseen",
    {"enabled": True, "configuration": {"endpoint": "https://u.eu"}},
)


def test_what_comes_after_the_approval_is_not_deleted(stage):
    stage.build()
    changed = {"hf_setup_integrations": [{**INTEGRATION, "models": INTEGRATION["models"][1:]}]}
    how = {"hf_setup_purge": True, "hf_setup_manage": ["integrations", "models"], "hf_setup_groups": [], **changed}
    gone = INTEGRATION["models"][0]["name"]
    for limit in ({"hf_setup_purge_limit": "2"}, {}):
        somebody = meddling(stage, "Converge models", 1, "POST", *UNSEEN)
        run = stage.play({"one": stage.host(**how, **limit)}, environment=somebody)
        if limit:
            assert "would delete model hf:unseen, which allowed_deletions does not name" in run.output, run.output
            assert set(stage.models()) == {"unseen", *(model["name"] for model in INTEGRATION["models"])}
            stage.admin().done("DELETE", UNSEEN[0])
        else:
            # Nobody has seen a plan: what the inventory does not declare goes.
            assert run.status == 0, run.output
            assert not {"unseen", gone} & set(stage.models())


def test_what_comes_after_the_approval_of_a_teardown_stays(stage):
    stage.build()
    down = ("-e", "hf_setup_confirm_teardown=true", "-e", "hf_setup_plan_folder=plans")
    host = {"one": stage.host(**SMALL)}
    teardown = "orkes.conductor.teardown"
    assert stage.play(host, *down, "--check", playbook=teardown).status == 0
    somebody = meddling(stage, "Delete integrations", 1, "POST", *UNSEEN)
    run = stage.play(host, *down, "-e", FILE, playbook=teardown, environment=somebody)
    assert "would delete model hf:unseen, which allowed_deletions does not name" in run.output, run.output
    assert (stage.groups(), stage.integrations()) == ([], ["hf"])
    assert len(stage.models()) == len(INTEGRATION["models"]) + 1
    stage.admin().done("DELETE", UNSEEN[0])
    assert stage.play(host, *down[:2], playbook=teardown).status == 0
    assert stage.integrations() == []
