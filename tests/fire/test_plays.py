# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole playbooks: killed at any request, two at a time with the same inventory, and two that contradict each other."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from hostile_proxy import HostileProxy
from playbook_process import Playbooks
from sandbox_process import ADMIN_KEY, ADMIN_SECRET
from stage import ESTATE, GROUP, INTEGRATION, KEY, SECONDS, SECRETS, Stage
from works import CASES, SEED, holds_key

OTHER_KEY = "hf_canary_of_somebody_else_9876543210"
ROUNDS = max(1, CASES // 350)
OTHER = {
    "hf_setup_integrations": [
        {
            **INTEGRATION,
            "api_key": OTHER_KEY,
            "description": "other",
            "models": [{"name": "another", "endpoint": "https://another.example.com"}],
        }
    ],
    "hf_setup_groups": [{**GROUP, "roles": ["WORKER"]}],
}
#: Requests of a fresh apply, about.
REQUESTS = 35


class Behind:
    """What a stage knows of a cluster, with the proxy's address in place of its own."""

    def __init__(self, sandbox, url):
        self.sandbox, self.url = sandbox, url

    def __getattr__(self, name):
        return getattr(self.sandbox, name)


@pytest.fixture
def proxy(sandbox):
    sandbox.control("POST", "/reset")
    started = HostileProxy(sandbox.url)
    started.latency = 0.01
    yield started
    started.stop()


@pytest.fixture(scope="module")
def playbooks():
    started = Playbooks()
    yield started
    started.stop()


@pytest.fixture
def stage(proxy, sandbox, tmp_path, playbooks):
    cluster = Behind(sandbox, proxy.url)
    return Stage((cluster, cluster), tmp_path, playbooks)


def inventory(stage, **variables):
    more = {"hf_setup_purge": True, "hf_setup_auth_key": ADMIN_KEY, "hf_setup_auth_secret": ADMIN_SECRET}
    return {"one": stage.host(**{**ESTATE, **more, **variables})}


def kill_after(play, proxy, requests):
    """Kill a playbook with all its processes when so many requests have come, or let it end; tells which it was."""
    until = time.monotonic() + SECONDS
    while len(proxy.seen) < requests and play.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    killed = play.poll() is None
    if killed:
        os.killpg(play.pid, signal.SIGKILL)
    output, _nothing = play.communicate()
    assert not [secret for secret in (*SECRETS, OTHER_KEY) if secret in output], "a secret was printed"
    return killed


def keeps_key(sandbox):
    """Whatever happened, the integration has one of the keys that it was given."""
    names = [item["name"] for item in sandbox.log_in().done("GET", "/integrations/provider?activeOnly=false")]
    assert all(holds_key(sandbox, name, KEY) or holds_key(sandbox, name, OTHER_KEY) for name in names)
    return names


def mended(stage, sandbox, **variables):
    """One run mends everything, and a further one changes nothing."""
    run = stage.play(inventory(stage, **variables))
    assert run.status == 0, run.output
    assert holds_key(sandbox, "hf", KEY)
    assert stage.models() == {"meta-llama/Llama-3.1-8B-Instruct": False, "plain": True}
    again = stage.play(inventory(stage, **variables))
    assert (again.status, again.changed) == (0, {"one": 0}), again.output


def told(run):
    """A run ends well, or says why not."""
    assert OTHER_KEY not in run.output
    assert "Traceback" not in run.output
    assert "fault of the collection" not in run.output
    assert run.status == 0 or run.messages, run.output


def killed_beside_another(stage, proxy, choice):
    one = stage.start(inventory(stage), inventory="one")
    other = stage.start(inventory(stage, **OTHER), inventory="other")
    killed = kill_after(other, proxy, choice.randrange(1, 2 * REQUESTS))
    told(stage.ended(one))
    return "killed" if killed else "not met"


def killed_alone(stage, proxy, choice):
    killed = kill_after(stage.start(inventory(stage)), proxy, choice.randrange(1, REQUESTS))
    return "killed" if killed else "not met"


def two_the_same(stage, _proxy, _choice):
    return two(stage)


def two_opposed(stage, _proxy, _choice):
    return two(stage, **OTHER)


def two(stage, **variables):
    plays = [
        stage.start(inventory(stage), inventory="one"),
        stage.start(inventory(stage, **variables), inventory="other"),
    ]
    runs = [stage.ended(play) for play in plays]
    for run in runs:
        told(run)
    return "told" if any(run.status for run in runs) else "survived"


#: The first is what a sample takes.
SCENES = (killed_beside_another, killed_alone, two_the_same, two_opposed)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("scene", SCENES if CASES >= 1000 else SCENES[:1])
def test_playbooks(scene, number, stage, proxy, sandbox, counted):
    outcome = scene(stage, proxy, random.Random(f"{SEED} {scene.__name__} {number}"))
    keeps_key(sandbox)
    mended(stage, sandbox)
    counted.count(f"playbooks, {scene.__name__}", outcome)
