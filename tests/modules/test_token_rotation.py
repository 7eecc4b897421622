# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A leaked token is found wherever it is, replaced without losing anything, and also after a run that was killed."""

from __future__ import annotations

import json

import pytest
from bench import KEY, OTHER_KEY
from killed_runs import Victims
from probing import probe

MODULE = "hf_token_rotation"
THIRD_KEY = "hf_key_of_somebody_else_0123456789"
BOTH = {"leaked_token": KEY, "new_token": OTHER_KEY}


def tokens(run) -> dict[str, str]:
    """What a run tells of each integration."""
    return {entry["name"]: entry["token"] for entry in run.result["integrations"]}


def probed(bench, folder) -> str:
    """Probe the sandbox as it is now; returns the file of its profile."""
    path = folder / "profile.json"
    path.write_text(json.dumps(probe(bench.sandbox)[0]))
    return str(path)


def update(*names: str) -> list[tuple[str, str, str]]:
    return [("integration", name, "update") for name in names]


@pytest.mark.parametrize(
    ("secrets", "repeated"), [("masked", "multiple"), ("reference", "replace"), ("clear", "multiple")]
)
def test_found_and_replaced_by_fingerprint_or_by_value(bench, secrets, repeated):
    bench.settings(secrets=secrets, repeated_tag_keys=repeated)
    admin = bench.admin()
    bench.integration("declared", description="kept", enabled=False, tags={"team": "a"})
    bench.integration("another", key=THIRD_KEY)
    # Made in the console: there is no fingerprint.
    admin.integration("console", configuration={"api_key": KEY, "namespace": "acme"})
    admin.integration("mail", type="openai", configuration={"api_key": KEY})

    found = bench.run(MODULE, leaked_token=KEY)
    clear = secrets == "clear"
    # Keys in clear are known by being equal; that one is another key is only known of a fingerprint or a profile.
    expected = {"console": "leaked", "another": "unknown"} if clear else {"console": "unknown", "another": "other"}
    assert tokens(found) == {"declared": "leaked", **expected}
    assert (found.changed, found.result["gone"]) == (False, False)
    for told in (found.result.get("warnings"), found.result["lines"]):
        assert ("integration mail has type openai" in str(told)) is clear

    changed = update("console", "declared") if clear else update("declared")
    run = bench.converges(MODULE, *changed, **BOTH)
    assert tokens(run)["declared"] == "new"
    bench.holds("declared", OTHER_KEY)
    bench.holds("another", THIRD_KEY)
    kept = admin.done("GET", "/integrations/provider/declared")
    assert (kept["description"], kept["enabled"], kept["configuration"]["namespace"]) == ("kept", False, "acme")
    assert {"key": "team", "value": "a"} in kept["tags"]
    assert len([tag for tag in kept["tags"] if tag["key"].startswith("ansible_fingerprint-")]) == (0 if clear else 1)
    if not clear:
        assert run.result["gone"] is None
        bench.holds("console", KEY)
        run = bench.converges(MODULE, *update("console"), **BOTH, also=["console"])
        assert run.result["gone"] is True
        assert run.result["changes"][0]["fields"] == {"api_key": {"before": "unknown", "after": "set"}}
    bench.holds("console", OTHER_KEY)
    # What the modules made of it is what they find: a second tool with the new key has nothing to do.
    bench.converges("hf_integration", name="declared", api_key=OTHER_KEY)


def test_further_secrets_are_not_lost(bench, tmp_path):
    bench.integration("two", secret_configuration={"password": "a_password_of_twenty_and_more"})
    bench.integration("plain")
    refusal = bench.refuses(MODULE, "The server also keeps password", "leave_out: [two]", **BOTH, check=True)
    assert KEY not in refusal.message
    run = bench.converges(MODULE, *update("plain"), **BOTH, leave_out=["two"])
    assert (tokens(run), run.result["gone"]) == ({"plain": "new", "two": "leaked"}, False)
    bench.holds("two")
    bench.holds("two", "a_password_of_twenty_and_more", "password")

    # A cluster that keeps what is left out is known by its profile.
    bench.settings(omitted_key="kept")
    bench.converges(MODULE, *update("two"), **BOTH, profile=probed(bench, tmp_path))
    bench.holds("two", OTHER_KEY)
    bench.holds("two", "a_password_of_twenty_and_more", "password")

    # The leaked token itself may be the further secret.
    bench.integration("twice", secret_configuration={"password": KEY})
    run = bench.converges(MODULE, *update("twice"), **BOTH)
    assert set(run.result["changes"][0]["fields"]) == {"api_key", "password"}
    bench.holds("twice", OTHER_KEY)
    bench.holds("twice", OTHER_KEY, "password")


def test_somebody_else_wrote_it_since(bench, tmp_path):
    bench.settings(tag_write_moves_update_time=False)
    profile = probed(bench, tmp_path)
    bench.integration("leaked", profile=profile)
    bench.integration("other", key=THIRD_KEY, profile=profile)
    admin = bench.admin()
    assert tokens(bench.run(MODULE, leaked_token=KEY, profile=profile)) == {"leaked": "leaked", "other": "other"}
    # Each might hold the leaked token now, and each another one.
    for name, key in (("leaked", THIRD_KEY), ("other", KEY)):
        admin.integration(name, configuration={"api_key": key, "namespace": "acme"})
    run = bench.run(MODULE, **BOTH, profile=profile)
    assert tokens(run) == {"leaked": "unknown", "other": "unknown"}
    assert (run.changed, run.result["gone"]) == (False, None)


def test_two_tokens_at_once_and_a_caller_who_does_not_see_everything(bench):
    bench.integration("one")
    bench.integration("two", key=THIRD_KEY)
    bench.integration("hidden")
    user, application = bench.admin().application("rotator", ("USER",))
    for access in ("READ", "UPDATE"):
        bench.admin().grant(("USER", user), ("INTEGRATION_PROVIDER", "one"), access)
    key = bench.admin().done("POST", f"/applications/{user.removeprefix('app:')}/accessKeys")
    administrator, bench.connection = bench.connection, bench.as_caller(key["id"], key["secret"])
    run = bench.converges(MODULE, *update("one"), **BOTH)
    assert "has not the role ADMIN" in str(run.result["warnings"])
    assert (tokens(run), run.result["gone"], run.result["sees_all"]) == ({"one": "new"}, None, False)
    bench.connection = administrator
    run = bench.converges(
        MODULE, *update("hidden", "two"), new_token="hf_one_token_for_all_of_them_01234",
        rotations=[{"leaked_token": KEY}, {"leaked_token": THIRD_KEY}],
    )  # fmt: skip
    assert run.result["gone"] is run.result["sees_all"] is True
    assert application.send("GET", "/integrations/provider/hidden").status_code == 403


def test_bad_input(bench):
    bench.integration("hf")
    bench.integration("other", key=THIRD_KEY)
    bench.refuses(MODULE, "leaked_token and new_token are the same", leaked_token=KEY, new_token=KEY)
    bench.refuses(
        MODULE, "leaked_token has fewer than 20 characters", "new_token is a mask or a placeholder",
        "also and leave_out both name hf", leaked_token="hf_short", new_token="hf_xxxxxxxxxxxxxxxx",
        also=["hf"], leave_out=["hf"],
    )  # fmt: skip
    bench.refuses(MODULE, "new_token is empty", "leaked_token has white space", leaked_token=f"{KEY} ", new_token="")
    bench.refuses(MODULE, "also is given without new_token", leaked_token=KEY, also=["hf"])
    bench.refuses(MODULE, "also names nowhere, and there is no such integration", **BOTH, also=["nowhere"])
    bench.refuses(MODULE, "also names integration other, and that holds neither token", **BOTH, also=["other"])
    bench.refuses(
        MODULE, "a leaked_token is given more than once", "rotation 2: its new_token is a leaked_token",
        rotations=[BOTH, {"leaked_token": KEY, "new_token": THIRD_KEY}, {"leaked_token": THIRD_KEY}],
    )  # fmt: skip


def test_a_run_that_was_killed_is_gone_on_with(bench):
    victims = Victims(MODULE, bench.connection)
    moments = []
    try:
        while True:
            bench.sandbox.control("POST", "/reset")
            bench.integration("hf")
            moment = victims.killed_at(len(moments) + 1, **BOTH)
            run = bench.run(MODULE, **BOTH)
            assert not run.failed, (moment, run.message)
            assert (tokens(run), run.result["gone"]) == ({"hf": "new"}, True), moment
            bench.holds("hf", OTHER_KEY)
            tags = bench.admin().done("GET", "/integrations/provider/hf/tags")
            assert [tag["key"].partition("-")[0] for tag in tags] == ["ansible_fingerprint"], moment
            if moment is None:
                break
            moments.append(moment)
    finally:
        victims.stop()
    assert len(moments) > 15, moments
