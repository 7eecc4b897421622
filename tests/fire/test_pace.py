# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server is not overrun: requests in flight are bounded, and a pause that it asks for holds everybody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from faults import answering, error_body
from hostile_proxy import HostileProxy
from module_process import ModuleServer, clean_environment
from sandbox_process import ADMIN_KEY, ADMIN_SECRET

KEY = "hf_key_that_is_long_enough"
OPTIONS = {"integrations": [{"name": f"hf-{number}", "api_key": KEY, "namespace": "acme"} for number in range(12)]}
#: What comes within this time, in seconds, had left the client before it heard of the pause.
ON_ITS_WAY = 1.0


@pytest.fixture(scope="module")
def patient():
    """Starts modules as they are, with pauses as long as they are."""
    server = ModuleServer()
    yield server
    server.stop()


@pytest.fixture
def proxy(sandbox):
    sandbox.control("POST", "/reset")
    started = HostileProxy(sandbox.url)
    started.latency = 0.02
    yield started
    started.stop()


def environment(proxy):
    return clean_environment(
        CONDUCTOR_SERVER_URL=proxy.url, CONDUCTOR_AUTH_KEY=ADMIN_KEY, CONDUCTOR_AUTH_SECRET=ADMIN_SECRET
    )


@pytest.mark.parametrize("concurrency", [1, 3, 10])
def test_no_more_requests_are_in_flight_than_concurrency_says(concurrency, proxy, modules):
    run = modules.run("hf_integration", {**OPTIONS, "concurrency": concurrency}, environment(proxy))
    assert not run.failed, run.message
    # Fewer than ten may be on their way at any time where the machine has much else to do.
    assert min(concurrency, 3) <= proxy.most_in_flight <= concurrency


def test_a_pause_that_the_server_asks_for_holds_every_worker(proxy, patient):
    asked = []

    def meets(seen):
        if seen.number == 20:
            asked.append(seen.began)
        return seen.number == 20

    proxy.begin("429", answering(429, error_body(429, "Slow down"), "Retry-After: 2"), meets)
    run = patient.run("hf_integration", OPTIONS, environment(proxy))
    assert not run.failed, run.message
    later = sorted(seen.began - asked[0] for seen in proxy.seen if seen.began > asked[0])
    assert len(later) > 10, "there was nothing left to hold"
    assert [moment for moment in later if ON_ITS_WAY < moment < 2] == [], "somebody did not wait"


def test_two_runs_at_a_limited_server_both_come_to_their_end(proxy, sandbox, patient, modules):
    """Of ten requests in a row the server refuses four, whoever sends them."""
    numbers = count()
    refuse = answering(429, error_body(429, "Slow down"), "Retry-After: 0")
    proxy.begin("429", refuse, lambda _seen: next(numbers) % 10 > 5)
    with ThreadPoolExecutor(2) as pool:
        halves = ({"integrations": OPTIONS["integrations"][:8]}, {"integrations": OPTIONS["integrations"][4:]})
        runs = [
            pool.submit(server.run, "hf_integration", {**half, "retries": 20, "concurrency": 4}, environment(proxy))
            for server, half in zip((patient, modules), halves, strict=True)
        ]
        for run in runs:
            assert not run.result().failed, run.result().message
    assert any(seen.fault for seen in proxy.seen)
    found = {item["name"] for item in sandbox.log_in().done("GET", "/integrations/provider?activeOnly=false")}
    assert found == {item["name"] for item in OPTIONS["integrations"]}
