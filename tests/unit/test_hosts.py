# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts may get tokens and prompts, for the role and for an audit alike."""

from __future__ import annotations

import audit_sample as sample
import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._hosts import host_is_allowed, host_of

PATTERNS = ["*.endpoints.huggingface.cloud", "127.0.0.1"]
LET_IN = [
    "https://a.endpoints.huggingface.cloud/v1",
    "https://A.Endpoints.HuggingFace.cloud.:443",
    "http://127.0.0.1:8",
]
#: Programs do not agree which host the first three name.
KEPT_OUT = [
    "https://evil.example\\.endpoints.huggingface.cloud",
    "https://evil.example%2f.endpoints.huggingface.cloud",
    "https://evil.example;.endpoints.huggingface.cloud",
    "https://evil.example/.endpoints.huggingface.cloud",
    "https://a.endpoints.huggingface.cloud@evil.example",
    "https://endpoints.huggingface.cloud",
]


@pytest.mark.parametrize("url", LET_IN)
def test_hosts_that_are_let_in(url):
    assert host_is_allowed(host_of(url), PATTERNS)


@pytest.mark.parametrize("url", KEPT_OUT)
def test_hosts_that_are_kept_out(url):
    assert not host_is_allowed(host_of(url), PATTERNS)
    assert host_is_allowed(host_of(url), [])


@pytest.mark.parametrize(("url", "allowed"), [*((url, True) for url in LET_IN), *((url, False) for url in KEPT_OUT)])
def test_an_audit_flags_them_alike(url, allowed):
    reads = sample.reads()
    model = reads["integrations"]["integrations"][0]["models"][0]
    model["endpoint"] = url
    found = sample.cluster(reads=reads, endpoint_hosts=PATTERNS)["integrations"][0]["models"]
    (shown,) = [one for one in found if one["name"] == model["name"]]
    assert shown["endpoint_host_allowed"] is allowed
