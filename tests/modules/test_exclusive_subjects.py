# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only the declared subjects hold access on an integration or a model, whatever a server takes in a path."""

from __future__ import annotations

import pytest
from bench import ENDPOINT

SLASHED = "meta-llama/Llama-3.1-8B-Instruct"
PROVIDER = ("INTEGRATION_PROVIDER", "hf")
BARE = ("INTEGRATION", "hf")
MODEL = ("INTEGRATION", f"hf:{SLASHED}")


def revoked(subject: str, target: tuple[str, str]) -> tuple[str, str, str]:
    """The revocation of one grant, as results name it."""
    return "grant", f"{subject} on {' '.join(target)}", "delete"


@pytest.fixture
def estate(bench):
    """An integration with a model, on which everybody holds something; returns the application's id."""
    admin = bench.admin()
    bench.integration()
    bench.done("hf_model", integration="hf", name=SLASHED, endpoint=ENDPOINT)
    for user in ("ana@example.com", "ben@example.com"):
        admin.done("PUT", f"/users/{user}", {"name": user, "roles": ["USER"]})
    for group in ("kept", "other"):
        admin.done("PUT", f"/groups/{group}", {"description": "", "roles": []})
    own_id = admin.done("POST", "/applications", {"name": "svc"})["id"]
    subjects = [("GROUP", "kept"), ("GROUP", "other"), ("USER", "ana@example.com"), ("USER", "ben@example.com")]
    for target in (PROVIDER, BARE, MODEL):
        for subject in [*subjects, ("USER", f"app:{own_id}"), ("ROLE", "USER_READ_ONLY")]:
            admin.grant(subject, target, "READ", "EXECUTE")
    # What others hold elsewhere is none of this.
    admin.grant(("GROUP", "other"), ("INTEGRATION_PROVIDER", "elsewhere"), "READ")
    bench.forget()
    return own_id


DECLARED = {"groups": ["kept"], "users": ["ana@example.com"], "applications": ["svc"], "roles": ["USER_READ_ONLY"]}


def test_others_lose_what_they_hold_and_nobody_gains(bench, estate):
    bench.converges(
        "hf_integration",
        *(revoked(subject, BARE) for subject in ("GROUP other", "USER ben@example.com")),
        *(revoked(subject, PROVIDER) for subject in ("GROUP other", "USER ben@example.com")),
        name="hf",
        exclusive_subjects=DECLARED,
    )
    assert len(bench.admin().done("GET", "/groups/other/permissions")["grantedAccess"]) == 2, "the model, and elsewhere"
    bench.converges(
        "hf_model",
        revoked("GROUP other", MODEL),
        revoked("USER ben@example.com", MODEL),
        integration="hf",
        name=SLASHED,
        exclusive_subjects={**DECLARED, "applications": [estate]},
    )
    bench.converges(
        "hf_model",
        revoked("GROUP kept", MODEL),
        revoked("ROLE USER_READ_ONLY", MODEL),
        revoked("USER ana@example.com", MODEL),
        revoked(f"USER app:{estate}", MODEL),
        integration="hf",
        name=SLASHED,
        exclusive_subjects={},
    )


@pytest.mark.parametrize("by_subject", ["served", "not_found"])
def test_a_server_that_takes_no_slash_is_asked_by_subject(bench, estate, by_subject):
    bench.settings(encoded_slash="reject", raw_slash="not_found", grants_by_subject=by_subject)
    declared = {**DECLARED, "roles": []}
    roles = [revoked("ROLE USER_READ_ONLY", MODEL)] if by_subject == "served" else []
    run = bench.converges(
        "hf_model",
        revoked("GROUP other", MODEL),
        *roles,
        revoked("USER ben@example.com", MODEL),
        integration="hf",
        name=SLASHED,
        exclusive_subjects=declared,
    )
    assert ("does not tell what roles hold" in run.output) is (not roles), "what cannot be seen there has to be said"


def test_a_wrong_name_takes_nobodys_access(bench, estate):
    wrong = {"groups": ["kpet"], "users": ["nobody@example.com"], "applications": ["svcc"], "roles": ["NO_SUCH_ROLE"]}
    bench.refuses(
        "hf_integration",
        "integration hf, exclusive_subjects: group kpet does not exist",
        "user nobody@example.com does not exist",
        "application svcc does not exist",
        "NO_SUCH_ROLE does not exist",
        name="hf",
        exclusive_subjects=wrong,
    )
    bench.admin().done("POST", "/applications", {"name": "svc"})
    bench.refuses("hf_integration", "2 applications have this name", name="hf", exclusive_subjects=DECLARED)
    bench.refuses("hf_integration", "state present", name="hf", exclusive_subjects={}, state="absent")


def test_the_brake_holds(bench, estate):
    text = "exclusive_subjects would revoke 4 of 12 grants, and purge_limit is 3"
    bench.refuses("hf_integration", text, name="hf", exclusive_subjects=DECLARED, purge_limit="3")
    bench.refuses("hf_integration", "purge_limit is given without", name="hf", purge_limit="3")


def test_who_may_not_list_the_grants_is_told(bench, estate):
    key = bench.admin().done("POST", f"/applications/{estate}/accessKeys")
    bench.connection = bench.as_caller(key["id"], key["secret"])
    bench.refuses("hf_integration", "403", name="hf", exclusive_subjects={"applications": ["svc"]})


def test_a_grant_that_outlived_its_integration_does_not_come_alive_again(bench):
    admin = bench.admin()
    admin.done("PUT", "/groups/old", {"description": "", "roles": []})
    admin.grant(("GROUP", "old"), PROVIDER, "READ")
    bench.converges(
        "hf_integration",
        ("integration", "hf", "create"),
        revoked("GROUP old", PROVIDER),
        name="hf",
        api_key="hf_key_that_was_there_at_first",
        namespace="acme",
        exclusive_subjects={},
    )
