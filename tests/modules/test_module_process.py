# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that are forked behave as modules that are started."""

from __future__ import annotations

from module_process import clean_environment, run_alone


def test_a_forked_module_gives_the_result_of_a_started_one(bench):
    options = {"name": "hf", "api_key": "hf_some_key_of_some_length", "namespace": "acme"}
    forked = bench.run("hf_integration", check=True, **options)
    started = run_alone("hf_integration", options, clean_environment(**bench.connection), True)
    # What Ansible adds for the controller is the invocation, which both have.
    assert forked.result == started.result
    assert (forked.status, started.status) == (0, 0)
    assert bench.writes() == []


def test_a_failure_is_told_alike(bench):
    options = {"name": ""}
    forked = bench.run("hf_integration", **options)
    started = run_alone("hf_integration", options, clean_environment(**bench.connection))
    assert forked.failed
    assert forked.message == started.message
    assert forked.status == started.status == 1


def test_one_run_leaves_nothing_to_the_next(bench):
    bench.connection = {}
    without = bench.run("conductor_server_info")
    assert "no server" in without.message
    bench.connection = bench.as_caller("sandbox-admin", "sandbox-admin-secret")
    assert not bench.run("conductor_server_info").failed
    bench.connection = {}
    assert "no server" in bench.run("conductor_server_info").message
