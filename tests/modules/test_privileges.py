# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keys with fewer rights can do: the table in the role's README, tried out, and what errors say of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bench import ENDPOINT, KEY, NAMESPACE, Bench
from module_process import ROOT

KEYS = ("planner", "integration owner", "Admin")
#: One change of each kind.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "integrations": ("hf_integration", {"name": "hf", "api_key": KEY, "namespace": NAMESPACE, "description": "new"}),
    "models": ("hf_model", {"integration": "hf", "name": "m", "description": "new"}),
    "groups": ("conductor_group", {"name": "people", "description": "new"}),
    "applications": ("conductor_application", {"name": "service", "roles": ["WORKER"]}),
    "permissions": ("conductor_group_permission", {"groups": ["people"], "integrations": ["hf"], "access": ["READ"]}),
}
SMALLEST = "CREATE_INTEGRATION, and the smallest role that has it is USER"


def published() -> dict[tuple[str, str], str]:
    """The table of the README, by kind and key."""
    text = (ROOT / "roles" / "hf_setup" / "README.md").read_text(encoding="utf-8")
    header = "| kind | " + " | ".join(KEYS) + " |"
    assert header in text, "the table has other keys"
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text.split(header)[1].split("\n\n")[0], re.M)
    return {(kind, key): cell.strip() for kind, *cells in rows for key, cell in zip(KEYS, cells, strict=True)}


def become(bench: Bench, key: str) -> None:
    """Let modules call with one of the keys, on a cluster that has one of each kind."""
    if key == "Admin":
        pair = None
    else:
        roles = ("USER",) if key == "integration owner" else ()
        pair = credentials(bench, *roles)
    maker = bench.connection
    if key == "integration owner":
        bench.connection = bench.as_caller(pair["key"], pair["secret"])
    bench.integration()
    bench.done("hf_model", integration="hf", name="m", endpoint=ENDPOINT)
    bench.connection = maker
    bench.done("conductor_group", name="people")
    if key == "planner":
        for target in (("INTEGRATION_PROVIDER", "hf"), ("INTEGRATION", "hf:m")):
            bench.admin().grant(("USER", pair["user"]), target, "READ")
    if pair is not None:
        bench.connection = bench.as_caller(pair["key"], pair["secret"])


def credentials(bench: Bench, *roles: str) -> dict[str, str]:
    """An application with these roles: its user, and an access key."""
    admin = bench.admin()
    application = admin.done("POST", "/applications", {"name": "deployment"})["id"]
    for role in roles:
        admin.done("POST", f"/applications/{application}/roles/{role}")
    made = admin.done("POST", f"/applications/{application}/accessKeys")
    return {"user": f"app:{application}", "key": made["id"], "secret": made["secret"]}


def test_every_kind_and_key_is_in_the_table():
    assert set(published()) == {(kind, key) for kind in CHANGES for key in KEYS}


@pytest.mark.parametrize("key", KEYS)
def test_the_table_is_true(bench, key):
    become(bench, key)
    found = {}
    for kind, (module, options) in CHANGES.items():
        bench.forget()
        planned = bench.run(module, check=True, **options)
        assert bench.writes() == []
        applied = bench.run(module, **options)
        assert planned.failed or planned.changed, "there is something to do"
        for run in (planned, applied):
            assert not run.failed or "Missing permission: " in run.message, run.message
        can = [word for word, run in (("plan", planned), ("apply", applied)) if not run.failed]
        found[kind, key] = " and ".join(can) or "no"
    assert found == {cell: text for cell, text in published().items() if cell[1] == key}


def test_errors_name_the_permission_and_the_smallest_role(bench):
    become(bench, "planner")
    new = {"name": "another", "api_key": KEY, "namespace": NAMESPACE}
    for check in (True, False):
        run = bench.refuses("hf_integration", "it does not exist", "(no role) may not create it", check=check, **new)
        assert run.message.endswith(SMALLEST)
    run = bench.run("hf_integration", **CHANGES["integrations"][1])
    assert "UPDATE on integration hf" in run.message
    for kind in ("groups", "permissions"):
        module, options = CHANGES[kind]
        bench.refuses(module, "Missing permission: the role ADMIN", "no smaller one", "hf_setup_manage", **options)


@pytest.mark.parametrize("options", [{"name": "m"}, {"name": "meta/m"}, {"name": "truly-new"}], ids=str)
def test_a_model_that_the_caller_cannot_read_is_not_simply_new(bench, options):
    pair = credentials(bench)
    bench.integration()
    for name in ("m", "meta/m"):
        bench.done("hf_model", integration="hf", name=name, endpoint=ENDPOINT)
    bench.admin().grant(("USER", pair["user"]), ("INTEGRATION_PROVIDER", "hf"), "READ")
    wanted = {"integration": "hf", "endpoint": ENDPOINT, **options}
    exists = "truly" not in options["name"]
    assert bench.run("hf_model", check=True, **wanted).changed is not exists
    bench.connection = bench.as_caller(pair["key"], pair["secret"])
    run = bench.run("hf_model", check=True, **wanted)
    assert run.changes == [("model", f"hf:{options['name']}", "create")]
    warned = "planned as new, and yet it may exist" in str(run.result.get("warnings"))
    assert warned is exists
