# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was not seen in a plan is not deleted, whatever else the options say."""

from __future__ import annotations

import pytest
from bench import ENDPOINT, KEY

MODELS = {"purge": True, "purge_integrations": ["hf"], "models": []}
GRANTS = {"grants": [{"groups": ["users"], "integrations": ["hf"], "access": ["READ"], "exclusive": True}]}


@pytest.fixture
def full(bench):
    """An integration with two models, and two groups that may do something."""
    bench.integration()
    for name in ("seen", "new"):
        bench.done("hf_model", integration="hf", name=name, endpoint=ENDPOINT, api_key=KEY)
    bench.done("conductor_group", groups=[{"name": "users"}, {"name": "others"}])
    for access in ("READ", "EXECUTE"):
        bench.done("conductor_group_permission", groups=["users"], integrations=["hf"], access=[access])
    bench.forget()
    return bench


def test_a_purge_deletes_what_was_seen_alone(full):
    told = "would delete model hf:new, which allowed_deletions does not name"
    full.refuses("hf_model", told, allowed_deletions={"models": ["hf:seen"]}, **MODELS)
    full.refuses("hf_model", "would delete model hf:", allowed_deletions={}, **MODELS)
    # An object of another kind may have that name.
    full.refuses("hf_model", "would delete model hf:", allowed_deletions={"groups": ["hf:new", "hf:seen"]}, **MODELS)
    assert full.run("hf_model", allowed_deletions={"models": ["hf:seen", "hf:new", "hf:gone"]}, **MODELS).changed
    assert full.models() == {}


def test_whoever_is_declared_absent_takes_along_what_was_seen_alone(full):
    gone = {"name": "hf", "state": "absent"}
    seen = {"integrations": ["hf"], "models": ["hf:seen"], "grants": []}
    names = ("model hf:new", "grant GROUP users on INTEGRATION_PROVIDER hf")
    full.refuses("hf_integration", *names, allowed_deletions=seen, **gone)
    planned = full.run("hf_integration", check=True, **gone).result["changes"]
    everything = {
        f"{kind}s": [change["name"] for change in planned if change["kind"] == kind]
        for kind in ("integration", "model", "grant")
    }
    assert full.run("hf_integration", allowed_deletions=everything, **gone).changed
