# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of every filter are run, and so is the inventory that the README shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox_process import ADMIN_KEY, ADMIN_SECRET
from test_examples import ROOT, ansible

NOTHING = dict.fromkeys(("created", "updated", "deleted", "unchanged", "failed", "skipped"), 0)
RESULT = {"changed": False, "changes": [], "plan": [], "summary": NOTHING}
PLAN = {"digest": "d", "organization": None, "totals": NOTHING, "changing": [], "lines": [], "counts": []}

#: Variables that the examples of a filter speak of. A filter without an entry fails the test.
VARIABLES: dict[str, dict[str, Any]] = {
    "hf_setup_access_reads": {"hf_setup_integrations": [], "hf_setup_groups": []},
    "hf_setup_audit": {},
    "hf_setup_audit_cluster": {},
    "hf_setup_audit_diff": {},
    "hf_setup_audit_reads": {"integrations_read": {"integrations": []}},
    "hf_setup_approval_problems": {"plan": {**PLAN, "digest": "0" * 64}},
    "hf_setup_cluster": {},
    "hf_setup_clusters": {},
    "hf_setup_declared_endpoints": {},
    "hf_setup_endpoint_owners": {},
    "hf_setup_endpoint_users": {},
    "hf_setup_failure": {},
    "hf_setup_left_endpoints": {"endpoints_result": RESULT},
    "hf_setup_own_endpoints": {"plan": PLAN},
    "hf_setup_cluster_problems": {},
    "hf_setup_estate": {"hf_setup_integrations": [], "hf_setup_groups": []},
    "hf_setup_offboarding_lines": {"hf_setup_groups": [], "offboarding": {"subjects": [], "lines": []}},
    "hf_setup_handover": {"hf_setup_integrations": [], "hf_setup_groups": []},
    "hf_setup_handover_problems": {},
    "access_key": {},
    "conductor_awx_problems": {},
    "hf_setup_export": {"found": {"integrations": []}, "server": {"caller": {}, "organization": None}},
    "hf_setup_outcome": {"plan": PLAN, "integrations_result": RESULT},
    "hf_setup_pending": {"integrations_result": RESULT},
    "hf_setup_plan": {"integrations_result": RESULT},
    "hf_setup_plan_problems": {"plan": PLAN},
    "hf_setup_retyped_problems": {},
    "hf_setup_token_problems": {"token_result": {"results": []}},
    "hf_setup_rotation_lines": {
        "hf_setup_integrations": [],
        "rotation": {"integrations": [], "lines": [], "gone": True},
    },
    "hf_setup_verification": {"hf_setup_integrations": [], "integrations_result": RESULT},
}

DOCUMENT = {
    "schema": "orkes.conductor/audit", "schema_version": 1, "created_at": "2026-06-01T00:00:00Z", "previous": None,
    "clusters": [],
}  # fmt: skip
#: Files that the examples of a filter read.
FILES = {"hf_setup_audit_diff": {"audit/audit-20260601T000000Z.json": DOCUMENT}}

FILTERS = sorted(path for kind in ("filter", "lookup") for path in (ROOT / "plugins" / kind).glob("*.py"))
INVENTORY = re.compile(r"^```yaml\n# (?P<path>inventory/[\w/.-]+)[^\n]*\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


def examples_of(path: Path) -> list[dict[str, Any]]:
    text = re.search(r'^EXAMPLES = r"""\n(.*?)^"""', path.read_text(), re.MULTILINE | re.DOTALL)
    assert text, f"{path.name} has no examples"
    found: list[dict[str, Any]] = yaml.safe_load(text.group(1))
    return found


@pytest.mark.parametrize("path", FILTERS, ids=lambda path: path.stem)
def test_filters(path, playbooks, sandbox, tmp_path):
    tasks = examples_of(path)
    assert any(f"orkes.conductor.{path.stem}" in str(task) for task in tasks)
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": VARIABLES[path.stem],
        "tasks": tasks,
    }
    file = tmp_path / "examples.yml"
    file.write_text(yaml.safe_dump([play], sort_keys=False))
    for name, content in FILES.get(path.stem, {}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    assert set(ansible(playbooks, sandbox, tmp_path, file)) == {task["name"] for task in tasks}


def test_the_inventory_of_the_readme(playbooks, sandbox, tmp_path):
    files = INVENTORY.findall((ROOT / "README.md").read_text())
    assert len(files) == 2
    for path, text in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    here = {
        "hf_setup_server_url": sandbox.url,
        "hf_setup_auth_key": ADMIN_KEY,
        "vault_conductor_auth_secret": ADMIN_SECRET,
        "vault_hf_token": "hf_exampleToken00000000000000000000000",
    }
    extra = tmp_path / "extra.yml"
    extra.write_text(yaml.safe_dump(here))
    site = ROOT / "playbooks" / "site.yml"
    options = ("-i", str(tmp_path / "inventory"), "--limit", "conductor-dev", "-e", f"@{extra}")
    ansible(playbooks, sandbox, tmp_path, site, *options, "--check", "--diff")
    assert sandbox.control("GET", "/log?kind=write") == [], "check mode wrote"
    ansible(playbooks, sandbox, tmp_path, site, *options)
    assert sandbox.control("POST", "/secrets/check", {"integration": "hf-dev", "value": here["vault_hf_token"]})[
        "equal"
    ]
    sandbox.control("DELETE", "/log")
    ansible(playbooks, sandbox, tmp_path, site, *options)
    assert sandbox.control("GET", "/log?kind=write") == [], "the second run wrote"
