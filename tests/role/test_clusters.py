# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of many clusters one that fails stops no other, and in the end one summary tells of all."""

from __future__ import annotations

import json

SMALL = {"hf_setup_manage": ["groups"], "hf_setup_allow_shared_server": True}
#: Clusters that fail, each in another way, and what is said of it.
FAILING = {
    "typo": (
        {"hf_setup_groups": [{"name": "users"}, {"nmae": "x"}]},
        ": ", "hf_setup_groups[1]: there is no nmae, did you mean name?; hf_setup_groups[1]: name is missing",
    ),
    "infinite": ({"hf_setup_retries": "inf"}, ": ", "hf_setup_retries is inf: give a whole number"),
    "undefined": ({"hf_setup_server_url": "{{ vault_of_nobody }}"}, ": ", "vault_of_nobody' is undefined"),
    "down": (
        {"hf_setup_server_url": "http://127.0.0.1:9/api", "hf_setup_retries": 0}, " in the plan: ", "127.0.0.1:9"
    ),
    "refused": ({"hf_setup_auth_secret": "not-of-the-sandbox"}, " in the plan: ", "answered 401"),
    "wrong": (
        {"hf_setup_groups": [{"name": "users", "members": ["nobody@example.com"]}]},
        " in the plan: ", "nobody@example.com",
    ),
    "half": ({"hf_setup_groups": [{"name": "fine"}, {"name": "broken"}]}, " in the apply: ", "1 of 2 changes failed"),
}  # fmt: skip


def test_one_that_fails_stops_no_other_and_the_summary_tells_of_all(stage):
    stage.clusters[0].fault(kind="status", status=403, method="PUT", path="*/groups/broken")
    failing = {name: stage.host(**SMALL, **variables) for name, (variables, _where, _why) in FAILING.items()}
    run = stage.play({"first": stage.host(**SMALL), **failing, "last": stage.host(1, **SMALL)})
    assert run.status == 2, run.output
    assert run.changed.keys() == {"first", "last", *FAILING}
    told = dict(line.split(": ", 1) for line in run.summary)
    assert told.pop("9 clusters") == "2 done, 7 failed, 0 not tried"
    assert list(told) == ["first", *FAILING, "last"]
    assert told["first"] == told["last"] == "done, 1 created, 0 updated, 0 deleted, 0 unchanged"
    for name, (_variables, where, why) in FAILING.items():
        assert told[name].startswith(f"failed{where}") and why in told[name], told[name]
        assert name in run.messages
    assert (stage.groups(0), stage.groups(1)) == (["fine", "users"], ["users"])


def test_a_batch_that_fails_stops_no_later_one_unless_so_many_have_failed(stage):
    hosts = {
        "typo": stage.host(**SMALL, **FAILING["typo"][0]),
        "fine": stage.host(**SMALL),
        "undefined": stage.host(**SMALL, **FAILING["undefined"][0]),
        "last": stage.host(1, **SMALL),
    }
    limits = '{"hf_setup_serial": 1, "hf_setup_stop_after_failures": "2"}'
    run = stage.play(hosts, "--forks", "1", "-e", limits, environment={"ANSIBLE_SHOW_CUSTOM_STATS": "true"})
    assert run.status == 2, run.output
    assert run.summary[0] == "4 clusters: 1 done, 2 failed, 1 not tried"
    assert run.summary[-1] == "last: not tried"
    assert (stage.groups(0), stage.writes(1)) == (["users"], 0)
    # As data, too, for the next node of a workflow.
    stats = run.output.rpartition("CUSTOM STATS")[2]
    kept = json.loads(stats[stats.index("{") : stats.rindex("}") + 1])["hf_setup_last_run"]["clusters"]
    assert {name: ended["status"] for name, ended in kept.items()} == {
        "typo": "failed", "fine": "done", "undefined": "failed", "last": "not_tried"
    }  # fmt: skip
    assert (kept["fine"]["counts"]["created"], len(kept["fine"]["digest"])) == (1, 64)


def test_a_limit_of_failures_that_is_none_is_refused_and_0_is_no_limit(stage):
    wrong = {name: stage.host(1, **SMALL, hf_setup_stop_after_failures=name) for name in ("x", "-1", "1.5")}
    fine = {
        name: stage.host(**SMALL, hf_setup_stop_after_failures=limit)
        for name, limit in (("text", "0"), ("number", 0), ("more", "7"))
    }
    run = stage.play({**wrong, **fine})
    assert run.status == 2, run.output
    assert run.summary[0] == "6 clusters: 3 done, 3 failed, 0 not tried"
    assert run.messages == {
        name: f"Nothing was written. hf_setup_stop_after_failures is {name}: give a whole number of clusters, or 0 for "
        "no limit."
        for name in wrong
    }
    assert (stage.groups(0), stage.writes(1)) == (["users"], 0)
