# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that probes clusters, and a site that makes use of their profiles."""

from __future__ import annotations

import json

PROBE = "orkes.conductor.probe"
PROFILE = "profiles/{{ inventory_hostname }}.json"


def test_two_clusters_are_probed_and_their_profiles_used(stage):
    stage.clusters[0].settings(omitted_key="kept")
    hosts = {
        name: stage.host(number, hf_setup_profile=PROFILE, hf_setup_confirm_probe=True)
        for number, name in enumerate(("one", "two"))
    }
    run = stage.play(hosts, playbook=PROBE)
    assert (run.status, run.changed) == (0, {"one": 1, "two": 1}), run.output
    assert "omitted_key: kept" in run.said("one")
    assert "omitted_key: erased" in run.said("two")
    answers = [json.loads((stage.folder / "profiles" / f"{name}.json").read_text())["answers"] for name in hosts]
    assert [answer["omitted_key"]["value"] for answer in answers] == ["kept", "erased"]
    for number in (0, 1):
        assert (stage.integrations(number), stage.groups(number)) == ([], [])

    # Only the first cluster keeps a key that a save leaves out, so only there a description changes without it.
    for number in (0, 1):
        stage.build(number)
    for variables in hosts.values():
        integration = variables["hf_setup_integrations"][0]
        integration["description"] = "changed without the key"
        del integration["api_key"]
    run = stage.play(hosts)
    assert list(run.messages) == ["two"], run.output
    assert "give api_key" in run.messages["two"]
    assert run.changed["one"] == 1
    # What the first one has not lost, a run with its key finds there.
    hosts["one"]["hf_setup_integrations"][0]["api_key"] = stage.host()["hf_setup_integrations"][0]["api_key"]
    assert stage.play({"one": hosts["one"]}).changed == {"one": 0}


def test_no_probe_without_a_yes_in_check_mode_of_the_wrong_cluster_or_without_a_place_for_the_profile(stage):
    host = stage.host(hf_setup_profile=PROFILE)
    yes = {"hf_setup_confirm_probe": True}
    stage.refuses({"one": {**host, **yes}}, "does not run in check mode", playbook=PROBE, options=["--check"])
    other = {"hf_setup_expected_org": "another"}
    stage.refuses({"one": {**host, **yes, **other}}, "hf_setup_expected_org is another", playbook=PROBE)
    hosts = {"unconfirmed": host, "placeless": stage.host(1, **yes)}
    run = stage.refuses(hosts, playbook=PROBE)
    assert "set confirm: true" in run.messages["unconfirmed"]
    assert "hf_setup_profile" in run.messages["placeless"]
    assert (stage.writes(0), stage.writes(1)) == (0, 0)


def test_a_site_whose_profile_is_stale_says_so_and_deletes_nothing(stage):
    hosts = {"one": stage.host(hf_setup_profile=PROFILE, hf_setup_confirm_probe=True)}
    assert stage.play(hosts, playbook=PROBE).status == 0
    stage.build()
    stage.clusters[0].settings(version="7.0.0")
    del hosts["one"]["hf_setup_integrations"][0]["models"][1]
    hosts["one"]["hf_setup_purge"] = True
    run = stage.play(hosts)
    assert run.status == 0, run.output
    assert "the server has version 7.0.0" in run.output
    assert "held back until the cluster is probed again: the deletion of grant" in run.output
    assert stage.models() == {"meta-llama/Llama-3.1-8B-Instruct": False, "plain": True}
