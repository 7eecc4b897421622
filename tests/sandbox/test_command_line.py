# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line and the process: options, files, signals, detaching."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, READY, SOURCE, TIMEOUT, Client, SandboxProcess, run

Start = Callable[..., SandboxProcess]
PROVIDER = "/integrations/provider/hf-prod"

#: Every switch, with a value that is not its default. A switch that is missing here fails a test.
OTHER = {
    "secrets": "clear",
    "omitted_key": "kept",
    "posted_mask": "ignored",
    "required_configuration": "enforced",
    "unknown_configuration_key": "accept",
    "omitted_fields": "kept",
    "enabled_when_omitted": True,
    "provider_post_response": "empty",
    "discovered_models": ["a/b", "c"],
    "discovered_created_by": "empty",
    "bulk_atomicity": "whole",
    "bulk_absent_models": "removed",
    "bulk_omitted_tags": "cleared",
    "encoded_slash": "reject",
    "raw_slash": "accept",
    "trailing_slash": "optional",
    "repeated_tag_keys": "replace",
    "delete_missing_tag": "not_found",
    "tag_target_existence": "checked",
    "tag_write_moves_update_time": False,
    "model_write_moves_update_time": True,
    "grants_by_subject": "served",
    "roles_listing": "not_found",
    "model_tag_grants": "ignored",
    "delete_cascade": "removed",
    "delete_provider_with_models": "rejected",
    "remove_non_member": "accept",
    "creator_access": "full",
    "grant_right": "admin",
    "unheld_access": "empty",
    "provider_access_implies_models": True,
    "unreadable_object": "not_found",
    "application_grant_subject": "both",
    "application_in_groups": "reject",
    "subject_existence": "unchecked",
    "authentication": "absent",
    "token_lifetime": 60,
    "invalid_token_status": 401,
    "bad_credentials_status": 403,
    "version_access": "open",
    "latency": 7,
    "version": "6.1.0",
    "organization": "other",
    "instance": "other",
    "admin_key": "other",
    "prompt_missing": "server_error",
    "prompt_delete_missing": "accept",
    "prompt_creation": "anybody",
    "prompt_omitted_models": "kept",
    "prompt_links_of_deleted_models": "removed",
    "prompt_association": "ignored",
    "prompt_task_access": "read",
    "prompt_test_failure_status": 400,
    "workflow_owner_email": "optional",
    "workflow_default_version": 1,
    "workflow_creator_access": "read_update_delete",
    "workflow_starter_reads": True,
    "workflow_remove_access": "execute",
    "workflow_unknown_status": 400,
    "workflow_running_reads": 2,
    "workflow_access_of": "creator",
    "workflow_model_access": "read",
    "workflow_integration_access": "ignored",
    "workflow_endpoint_namespace": "any",
    "workflow_endpoint_routes": "openai",
    "workflow_sleeping_endpoint": "waits",
    "workflow_remote_models": "answer",
    "huggingface_absent_token_text": "invalid_credentials",
    "huggingface_expired_token_status": 403,
    "huggingface_expired_token_text": "invalid_credentials",
    "huggingface_classic_tokens": "by_role",
    "huggingface_classic_token_calls": "accepted",
    "huggingface_authenticated_calls": "members",
    "huggingface_list_refusal_status": 401,
    "huggingface_gated_status": 401,
    "huggingface_taken_name_status": 400,
    "huggingface_name_edges": "accept",
    "huggingface_protected_type": "accept",
    "huggingface_unknown_framework": "accept",
    "huggingface_unknown_task": "accept",
    "huggingface_malformed_body_status": 400,
    "huggingface_unavailable_model": "fails",
    "huggingface_scale_to_zero_timeout": "minutes_60",
    "huggingface_branch_revision": "echoed",
    "huggingface_custom_image_env": "merged",
    "huggingface_unknown_image_fields": "kept",
    "huggingface_secrets": "masked",
    "huggingface_updated_maps": "merged",
    "huggingface_delete_status": 202,
    "huggingface_paused_pause": "accept",
    "huggingface_paused_scale_to_zero": "accept",
    "huggingface_sleeping_pause": "accept",
    "huggingface_sleeping_resume": "wake",
    "huggingface_update_at_rest": "starts",
    "huggingface_scale_to_zero_minimum": "any",
    "huggingface_pending_reads": 2,
    "huggingface_initializing_reads": 3,
    "huggingface_updating_reads": 4,
    "huggingface_default_image_routes": "served",
    "huggingface_management_rate_limit": "described",
}


def option(name: str, value: Any) -> list[str]:
    """A switch as it is written on a command line."""
    text = ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    return [f"--{name.replace('_', '-')}", text]


def printed(*options: str, **extra: str) -> dict[str, Any]:
    """The settings that a command line amounts to."""
    ended = run(*options, "--print-settings", **extra)
    assert ended.returncode == 0 and ended.stderr == "", ended.stderr
    settings: dict[str, Any] = json.loads(ended.stdout)
    return settings


def test_every_switch_is_an_option() -> None:
    defaults = printed()
    assert set(defaults) == set(OTHER)
    assert not [name for name, value in OTHER.items() if defaults[name] == value]
    assert printed(*(word for name, value in OTHER.items() for word in option(name, value))) == OTHER


def test_repeated_lists_add_up() -> None:
    assert printed("--discovered-models", "a/b", "--discovered-models", "c,d")["discovered_models"] == ["a/b", "c", "d"]


def test_a_file_of_switches_and_options_that_beat_it(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"secrets": "reference", "latency": 9, "discovered_models": ["x"]}))
    settings = printed("--settings", str(file), "--latency", "3", "--discovered-models", "y")
    assert (settings["secrets"], settings["latency"], settings["discovered_models"]) == ("reference", 3, ["y"])


def test_the_secret_comes_from_the_environment_or_a_file(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"admin_secret": "from-file"}))
    probed = tmp_path / "profile.json"
    probed.write_text(json.dumps({**profile(), "admin_secret": "from-profile"}))
    for options, extra, secret in (
        (["--settings", str(file)], {}, "from-file"),
        (["--settings", str(probed)], {}, "from-profile"),
        (["--settings", str(file)], {"SANDBOX_ADMIN_SECRET": "from-env"}, "from-env"),
    ):
        assert secret not in json.dumps(printed(*options, **extra))
        sandbox = start(*options, **extra)
        sandbox.log_in(ADMIN_KEY, secret)
        body = {"keyId": ADMIN_KEY, "keySecret": ADMIN_SECRET}
        assert Client(sandbox, None).send("POST", "/token", body).status_code == 401
    assert "unrecognized arguments" in run("--admin-secret", "hunter2").stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--nosuch"], "unrecognized arguments: --nosuch"),
        (["--secrets", "nosuch"], "--secrets"),
        (["--secret", "clear"], "unrecognized"),
        (["--latency", "-1"], "latency"),
        (["--latency", "x"], "--latency"),
        (["--port", "70000"], "70000"),
        (["--port", "x"], "--port"),
        (["--host", "0.0.0.0"], "loopback"),
        (["--host", "sandbox.example"], "loopback"),
        (["--host", "192.0.2.1"], "loopback"),
        (["--version", " x"], "version"),
        (["--enabled-when-omitted", "perhaps"], "neither true nor false"),
        (["--settings", "/nosuch.json"], "/nosuch.json"),
        (["--database", "/nosuch/state"], "/nosuch/state"),
        (["--log-file", "/nosuch/log"], "/nosuch/log"),
    ],
)
def test_errors_take_one_line(options: list[str], told: str) -> None:
    ended = run(*(options if "--port" in options else ["--port", "0", *options]))
    assert ended.returncode == 1 and ended.stdout == ""
    assert ended.stderr.startswith("sandbox: ") and ended.stderr.count("\n") == 1 and told in ended.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "not JSON"), ("[]", "object"), ('{"nosuch": 1}', "nosuch"), ('{"admin_secret": 17}', "admin_secret")],
)
def test_a_wrong_file_of_switches(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(content)
    ended = run("--port", "0", "--settings", str(file))
    said = ended.stderr.replace(str(file), "")
    assert ended.returncode == 1 and told in said and said.count("\n") == 1 and "17" not in said


def profile(**answers: Any) -> dict[str, Any]:
    """A cluster's profile, as the collection's probe writes it."""
    entries = {name: {"value": value, "how": "looked"} for name, value in answers.items()}
    return {"profile": 1, "probed_at": "", "server": {"version": "v6.1-rc", "organization": None}, "answers": entries}


def test_a_profile_is_a_file_of_switches(tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(profile(secrets="clear", posted_mask=None, trailing_slash="optional")))
    settings = printed("--settings", str(file), "--secrets", "reference")
    defaults = printed()
    given = {"secrets": "reference", "trailing_slash": "optional", "version": "v6.1-rc"}
    assert settings == {**defaults, **given}, "what a profile does not know stays at its default"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({**profile(), "profile": 2}, "form 2"),
        ({"profile": 1}, "not a profile"),
        ({"profile": 1, "answers": {}, "server": "x"}, "not a profile"),
        (profile(nosuch=True), "answers what is no question: nosuch"),
        (profile(nosuch=None), "answers what is no question: nosuch"),
        (profile(latency=5, admin_secret="x"), "answers what is no question: admin_secret, latency"),
        (profile(version="5"), "answers what is no question: version"),
        ({**profile(), "server": {"version": "5.4\n"}}, "version"),
        (profile(secrets="x"), "secrets"),
    ],
)
def test_a_wrong_profile(tmp_path: Path, content: dict[str, Any], told: str) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(content))
    ended = run("--port", "0", "--settings", str(file))
    assert ended.returncode == 1 and told in ended.stderr and ended.stderr.count("\n") == 1


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("not a database " * 100)
    ended = run("--port", "0", "--database", str(file))
    assert ended.returncode == 1 and "database" in ended.stderr and ended.stderr.count("\n") == 1


def test_a_port_in_use(shared: SandboxProcess) -> None:
    port = shared.url.rsplit(":", 1)[1].removesuffix("/api")
    ended = run("--port", port)
    assert ended.returncode == 1 and ended.stderr == f"sandbox: port {port} on 127.0.0.1 is in use\n"


def test_the_other_loopback_addresses(start: Start) -> None:
    assert start("--host", "localhost").url.startswith("http://127.0.0.1:")
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists() and Path("/proc/net/if_inet6").read_text():
        sandbox = start("--host", "::1")
        assert sandbox.url.startswith("http://[::1]:")
        sandbox.log_in().done("GET", "/groups")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Start, number: signal.Signals) -> None:
    sandbox = start()
    sandbox.log_in()
    sandbox.process.send_signal(number)
    assert sandbox.process.wait(TIMEOUT) == 0
    assert sandbox.stop() == (0, "", "")


def test_a_signal_ends_it_in_the_middle_of_slow_requests(start: Start) -> None:
    sandbox = start()
    sandbox.fault(kind="latency", seconds=60)
    with pytest.raises(requests.Timeout):
        requests.get(f"{sandbox.root}/health", timeout=0.3)
    begun = time.monotonic()
    sandbox.process.terminate()
    assert sandbox.process.wait(TIMEOUT) == 0 and time.monotonic() - begun < 6


def mode(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_database_keeps_the_state(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.touch(0o644)
    first = start("--database", str(file))
    admin = first.log_in()
    me = admin.done("GET", "/token/userInfo")["id"]
    admin.integration()
    admin.model()
    admin.done("PUT", PROVIDER + "/tags", [{"key": "a", "value": "1"}])
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.grant(("GROUP", "ops"), ("INTEGRATION", "hf-prod:acme/tiny-llm"), "READ")
    read = admin.done("GET", PROVIDER)
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
    assert first.stop()[0] == 0
    assert mode(file) == 0o600
    second = start("--database", str(file), "--secrets", "clear")
    assert Client(second, admin.token).send("GET", "/groups").json()["error"] == "INVALID_TOKEN", "tokens end with it"
    again = second.log_in()
    assert again.done("GET", "/token/userInfo")["id"] == me
    after = again.done("GET", PROVIDER)
    assert after["configuration"]["api_key"] == "hf_first_key"
    assert {**after, "configuration": None} == {**read, "configuration": None}
    assert len(again.done("GET", "/groups/ops/permissions")["grantedAccess"]) == 1
    again.done("DELETE", PROVIDER)
    second.stop()
    start("--database", str(file)).log_in().refused("GET", PROVIDER, 404)


def test_no_access_key_is_in_the_database(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "state"
    sandbox = start("--database", str(file))
    application = sandbox.log_in().done("POST", "/applications", {"name": "a"})["id"]
    secret = sandbox.log_in().done("POST", f"/applications/{application}/accessKeys")["secret"]
    sandbox.stop()
    rows = sqlite3.connect(file).execute("SELECT body FROM documents").fetchall()
    assert rows and secret not in str(rows) and ADMIN_SECRET not in str(rows)


def test_the_administrators_secret_may_change_between_runs(start: Start, tmp_path: Path) -> None:
    options = ["--database", str(tmp_path / "state")]
    start(*options).stop()
    sandbox = start(*options, SANDBOX_ADMIN_SECRET="second")
    sandbox.log_in(secret="second").done("GET", "/groups")
    body = {"keyId": ADMIN_KEY, "keySecret": ADMIN_SECRET}
    assert Client(sandbox, None).send("POST", "/token", body).status_code == 401


def test_no_secret_gets_into_the_log_file(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    sandbox = start("--log-file", str(log))
    admin = sandbox.log_in()
    admin.integration()
    admin.refused("POST", PROVIDER, 400, {"configuration": "hf_secret_value"})
    sandbox.raw("GET", "/api/groups/%zz", {"X-Authorization": "hf_secret_value"})
    sandbox.fault(kind="drop")
    with pytest.raises(requests.ConnectionError):
        admin.done("GET", "/groups")
    status, output, errors = sandbox.stop()
    assert (status, output, errors, log.read_text()) == (0, "", "", "")
    assert mode(log) == 0o600


def test_detached_it_runs_on_and_can_be_found_and_stopped(tmp_path: Path) -> None:
    ready, log = tmp_path / "ready.json", tmp_path / "log"
    ended = run("--port", "0", "--detach", "--ready-file", str(ready), "--log-file", str(log))
    facts = json.loads(ready.read_text())
    root, headers = facts["url"].removesuffix("/api"), {"X-Sandbox-Control": "1"}
    try:
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{READY}{facts['url']}\n", "")
        assert mode(ready) == mode(log) == 0o600
        status = requests.get(f"{root}/sandbox-control", headers=headers, timeout=5).json()
        assert (status["process"], status["instance_id"]) == (facts["process"], facts["instance_id"])
        assert os.getsid(facts["process"]) != os.getsid(0), "a session of its own: no terminal ends it"
        assert "sandbox" in Path(f"/proc/{facts['process']}/cmdline").read_text()
    finally:
        assert requests.post(f"{root}/sandbox-control/stop", headers=headers, timeout=5).status_code == 200
    end = time.monotonic() + TIMEOUT
    while ready.exists():
        assert time.monotonic() < end, "it did not stop"
        time.sleep(0.05)
    assert log.read_text() == ""


def test_detached_errors_are_told(shared: SandboxProcess, tmp_path: Path) -> None:
    bad = tmp_path / "state"
    bad.write_text("not a database " * 100)
    port = shared.url.rsplit(":", 1)[1].removesuffix("/api")
    for options, told in ((["--port", port], "in use"), (["--port", "0", "--database", str(bad)], "database")):
        ended = run("--detach", *options)
        assert ended.returncode == 1 and ended.stdout == "" and told in ended.stderr and ended.stderr.count("\n") == 1


def test_the_readme_lists_every_switch_with_its_default_first() -> None:
    rows: dict[str, str] = {}
    for line in (SOURCE.parent / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            for name in cells[0].replace("`", "").split(", "):
                rows[name] = cells[1].replace("`", "")
    defaults = printed()
    assert set(rows) == set(defaults)
    for name, value in defaults.items():
        text = "none" if value == [] else str(value).lower() if isinstance(value, bool) else str(value)
        if rows[name] != "text":
            assert rows[name].split(",")[0].split(" or ")[0] == text, name
            other = OTHER[name]
            if isinstance(other, (bool, str)) and not isinstance(value, int) and name not in ("version", "admin_key"):
                assert str(other).lower() in rows[name], name
