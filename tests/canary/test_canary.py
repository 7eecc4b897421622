# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is left anywhere: not in output, results, logs, files or process arguments, however a run ends.

The one known exception is Ansible's own temporary folder of mode 0700, which is gone when the run is over.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from canaries import CANARIES, play_of, secret
from module_process import ROOT
from search import Processes, Search, forms

INTEGRATION: dict[str, Any] = {
    "name": "hf", "api_key": secret("api_key"), "namespace": "acme", "tags": {"team": "platform"},
    "secret_configuration": {"password": secret("secret_configuration")},
}  # fmt: skip
#: It has a further secret, so that its token is only looked for.
LEFT_OUT = ["hf"]
TASKS: dict[str, dict[str, Any]] = {
    "hf_integration": INTEGRATION,
    "hf_model": {
        "integration": "hf", "name": "acme/tiny-llm", "endpoint": "https://e.example", "api_key": secret("api_key"),
    },
    "conductor_application": {"name": "service", "roles": ["WORKER"]},
    # After the application that it is for.
    "conductor_access_key": {"application": "service", "destination": "{{ playbook_dir }}/key.json"},
    "conductor_application_permission": {
        "application": "service", "integrations": ["hf"], "access": ["READ"], "validate_targets": False,
    },
    "conductor_group": {"name": "people", "roles": ["USER"], "members": ["ana@example.com"]},
    "conductor_group_permission": {
        "group": "people", "integrations": ["hf"], "models": ["hf:acme/tiny-llm"], "access": ["READ"],
        "validate_targets": False,
    },
    # All of it is there by then, and whatever the others change is none of this.
    "hf_plan": {
        "objects": {
            "integrations": [{"name": "hf", "api_key": secret("api_key"), "namespace": "acme"}],
            "models": [{"integration": "hf", "name": "acme/tiny-llm", "api_key": secret("api_key")}],
            "groups": [{"name": "people"}],
        },
    },
    "conductor_server_info": {},
    "hf_integration_info": {},
    "conductor_group_info": {},
    "conductor_user_info": {},
    "conductor_application_info": {"access_keys": True},
    "conductor_probe": {"confirm": True, "pause": 0.01},
    "conductor_permission_info": {"group": "people", "integrations": ["hf"]},
    # As the very caller, whose secret is known; which key that is a test says where it has to be the right one.
    "hf_smoke_test": {
        "application_key": "key", "application_secret": secret("auth_secret"), "interval": 0.01,
        "models": [{"integration": "hf", "name": "acme/tiny-llm"}],
    },
    "hf_token_info": {"namespace": "acme"},
    "hf_hub_model_info": {"namespace": "acme", "models": [{"name": "a/b", "endpoint": "https://e.example"}]},
    "hf_endpoint": {
        "namespace": "acme", "name": "tiny", "repository": "google-t5/t5-small", "type": "private", "vendor": "aws",
        "region": "us-east-1", "accelerator": "cpu", "instance_type": "intel-spr", "instance_size": "x1",
        "secrets": {"PASSWORD": secret("secret_configuration")}, "wait_interval": 0.05,
    },
    "hf_endpoint_info": {"namespace": "acme"},
    "hf_token_rotation": {
        "leaked_token": secret("api_key"), "new_token": secret("hf_token"), "leave_out": LEFT_OUT,
    },
    "conductor_offboarding": {"kind": "user", "name": "ana@example.com"},
}  # fmt: skip

#: Has JSON as its value, in which the secret is spelt otherwise.
AS_A_TEXT = (
    "{{ {'integrations': [{'name': 'hf', 'namespace': 'acme', 'api_key': "
    + secret("api_key").strip("{} ")
    + "}]} | to_json }}"
)


def tasks(**more: Any) -> list[dict[str, Any]]:
    """One task a module."""
    return [
        {"name": f"{module}{more.get('suffix', '')}", f"orkes.conductor.{module}": {**options, **more.get(module, {})}}
        for module, options in TASKS.items()
    ]


def test_every_module_is_among_them():
    assert set(TASKS) == {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")} - {"__init__"}


# The search itself


@pytest.mark.parametrize("spelling", forms("x" * 20))
def test_a_planted_secret_is_found_in_every_spelling(tmp_path, spelling):
    search = Search(CANARIES)
    for name, value in CANARIES.items():
        text = f"before {forms(value)[spelling]} after"
        assert any(found.startswith(name) for found in search.text(text))
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / "file").write_text(text)
        assert any("deep/file" in found for found in search.folder(tmp_path))
    assert search.text("nothing of the kind") == []


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_planted_secret_is_found_inside_of_longer_base64(before):
    value = CANARIES["api_key"]
    assert Search(CANARIES).text(base64.b64encode(f"{before}{value}:and more".encode()))


def test_a_planted_secret_is_found_in_the_arguments_of_a_process():
    # Not one of those that tests beside this one look for.
    planted = "Planted/Key+6?&=%~0123456789"
    with Processes(Search({"planted": planted})) as watched:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.5)", planted], check=True)
        time.sleep(0.05)
    assert "planted (plain) in process arguments" in watched.found


@pytest.mark.parametrize("forked", [False, True])
def test_a_planted_secret_is_found_in_a_run(watch, playbooks, forked):
    watch.playbooks = playbooks if forked else None
    file = watch.play({"name": "Leak", "ansible.builtin.debug": {"msg": secret("api_key")}}, url="http://127.0.0.1:1")
    with pytest.raises(AssertionError, match=r"api_key \([^)]*\) in ansible\.log"):
        watch.run(file, status=0)


# Modules


# A reference is as little of a secret as a mask is.
@pytest.mark.parametrize("secrets", ["clear", "masked"])
def test_success(cluster, watch, playbooks, secrets):
    cluster.sandbox.settings(secrets=secrets, workflow_remote_models="answer")
    asks = {"hf_smoke_test": {"application_key": cluster.key}}
    changed = tasks(
        suffix=" changed", hf_integration={"description": "x", "tags": {"team": "other"}}, hf_model={"enabled": False},
        hf_endpoint={"max_replica": 2}, hf_plan={"objects": AS_A_TEXT},
        conductor_group={"description": "x"}, conductor_group_permission={"access": ["READ", "EXECUTE"]},
        conductor_application={"roles": ["USER"]}, conductor_access_key={"enabled": False},
        conductor_application_permission={"access": ["READ", "EXECUTE"]}, hf_smoke_test={"models": []},
    )  # fmt: skip
    gone = {"name": "gone", "orkes.conductor.hf_integration": {"name": "hf", "state": "absent"}}
    results: dict[str, Any] = {}
    # Each module is once started as ever, with files and arguments of processes: what the server shows is in neither.
    for given, forked in ((tasks(**asks), secrets == "masked"), ([*changed, gone], True)):
        watch.playbooks = playbooks if forked else None
        watch.run(watch.play(*given, url=cluster.sandbox.url, key=cluster.key), status=0)
        results |= watch.results()
    assert results["hf_smoke_test"]["models"][0]["answered"]
    for task in [*tasks(), *changed]:
        assert not results[task["name"]].get("failed"), results[task["name"]]
        readers = ("_info", "conductor_probe", "hf_plan", "hf_smoke_test", "hf_token_rotation")
        leaves_all = any(word in task["name"] for word in readers)
        assert results[task["name"]]["changed"] is not leaves_all


def test_the_secret_of_a_new_access_key_is_in_its_file_and_nowhere_else(cluster, watch):
    admin = cluster.sandbox.log_in()
    for name in ("service", "returned"):
        admin.done("POST", "/applications", {"name": name})
    own = TASKS["conductor_access_key"]
    rotated = {**own, "rotate": True, "rotation_id": "second"}
    returned = {"application": "returned", "return_secret": True, "journal": "{{ playbook_dir }}/journal"}
    play = [
        {"name": "made", "orkes.conductor.conductor_access_key": own},
        {
            "name": "copied", "no_log": True, "diff": False,
            "ansible.builtin.copy": {"src": "{{ playbook_dir }}/key.json", "dest": "{{ playbook_dir }}/first"},
        },
        {"name": "rotated", "orkes.conductor.conductor_access_key": rotated},
        {"name": "shown", "orkes.conductor.conductor_access_key": returned},
        {
            "name": "returned", "orkes.conductor.conductor_access_key": returned, "no_log": True, "register": "made",
        },
        {
            "name": "kept", "no_log": True, "diff": False,
            "ansible.builtin.copy": {
                "content": "{{ made.credentials[0] | to_json }}", "dest": "{{ playbook_dir }}/third",
            },
        },
    ]  # fmt: skip
    watch.run(watch.play(*play, url=cluster.sandbox.url, key=cluster.key), status=0)
    results = watch.results()
    assert "needs no_log: true" in results["shown"]["msg"]
    assert [name for name, result in results.items() if result["failed"]] == ["shown"]
    files = [watch.folder / name for name in ("key.json", "first", "third")]
    made = {path.name: json.loads(path.read_text())["auth_secret"] for path in files}
    assert len(set(made.values())) == len(made)
    for path in files:
        path.unlink()
    search = Search(made)
    assert search.text(watch.output) == []
    assert search.folder(watch.folder) == []


@pytest.mark.parametrize("secrets", ["clear", "masked"])
def test_a_token_that_is_replaced_and_the_one_in_its_place(cluster, watch, playbooks, secrets):
    watch.playbooks = playbooks
    cluster.sandbox.settings(secrets=secrets)
    both = {"leaked_token": secret("api_key"), "new_token": secret("hf_token")}
    play = [
        {"name": "made", "orkes.conductor.hf_integration": {**INTEGRATION, "secret_configuration": {}}},
        {"name": "refused", "orkes.conductor.hf_token_rotation": {**both, "new_token": secret("api_key")}},
        {"name": "replaced", "orkes.conductor.hf_token_rotation": both},
        {"name": "left", "orkes.conductor.hf_token_rotation": {"rotations": [both]}},
    ]
    watch.run(watch.play(*play, url=cluster.sandbox.url, key=cluster.key), status=0)
    results = watch.results()
    assert [name for name, result in results.items() if result["failed"]] == ["refused"]
    assert (results["replaced"]["changed"], results["left"]["changed"]) == (True, False)
    assert results["left"]["gone"] is True
    held = cluster.sandbox.control("POST", "/secrets/check", {"integration": "hf", "value": CANARIES["hf_token"]})
    assert held["equal"]


def test_success_with_a_token(cluster, watch, playbooks):
    watch.playbooks = playbooks
    cluster.sandbox.settings(workflow_remote_models="answer")
    asks = {"hf_smoke_test": {"application_key": cluster.key}}
    watch.run(watch.play(*tasks(**asks), url=cluster.sandbox.url, token=True), status=0)
    assert not any(result.get("failed") for result in watch.results().values())


# A token's login is not refused, so reads have to be.
SERVERS: dict[bool, list[dict[str, Any]]] = {
    False: [{}, {"status": 500}, {"refuses_reads": True}, {"refuses_login": True, "status": 401}],
    True: [{}, {"status": 403, "plain": True}, {"refuses_reads": True, "refuses_login": True, "status": 401}],
}


@pytest.mark.parametrize("token", SERVERS, ids=["key", "token"])
def test_failure_on_a_server_that_says_everything_back(echo, echo_watch, playbooks, token):
    echo_watch.playbooks = playbooks
    plays = [
        play_of(*tasks(suffix=f" on {server}", conductor_group={"members": []}), url=echo(**server), token=token)
        for server in SERVERS[token]
    ]
    echo_watch.run(echo_watch.book(*plays), status=0)
    results = echo_watch.results()
    assert len(results) == len(TASKS) * len(SERVERS[token])
    for name, result in results.items():
        if result.get("valid") is False:
            # A token that is refused is an answer, and what the server said is told in it.
            assert "answered 401" in str(result["problems"])
            continue
        if name.startswith("hf_hub_model_info") and not result.get("failed"):
            # So is a model that is not there, or endpoints that cannot be listed.
            assert result["problems"] and "answered" in str(result["unverifiable"])
            continue
        assert result.get("failed"), (name, result)
        assert "answered" in result["msg"], "the server's answer is told"


def test_partial_failure(cluster, watch, playbooks):
    watch.playbooks = playbooks
    cluster.sandbox.fault(kind="status", status=403, method="POST", path="*/hf-2")
    entries = [{**INTEGRATION, "name": f"hf-{number}"} for number in range(4)]
    task = {"name": "partly", "orkes.conductor.hf_integration": {"integrations": entries}}
    watch.run(watch.play(task, url=cluster.sandbox.url, key=cluster.key), status=0)
    result = watch.results()["partly"]
    assert result["failed"]
    assert [failure["name"] for failure in result["failures"]] == ["hf-2"]


#: A module that manages, one that informs and one that writes a file: the others crash in the same ways.
CRASHING_AS_EVER = ("hf_integration", "hf_integration_info", "conductor_access_key")


def test_crash(cluster, watch, own_place, playbooks, broken_collection):
    watch.folder, watch.collection = own_place, broken_collection
    admin = cluster.sandbox.log_in()
    admin.integration("hf", configuration={"api_key": CANARIES["api_key"], "namespace": "other"})
    admin.done("PUT", "/groups/people", {"description": "people", "roles": []})
    admin.done("POST", "/applications", {"name": "service"})
    hardware = {"accelerator": "cpu", "instanceType": "intel-spr", "instanceSize": "x1"}
    body = {
        "name": "there", "type": "private", "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {**hardware, "scaling": {"minReplica": 1, "maxReplica": 1}},
        "model": {"repository": "google-t5/t5-small", "framework": "pytorch", "image": {"huggingface": {}}},
    }  # fmt: skip
    service = cluster.sandbox.huggingface()["HUGGINGFACE_ENDPOINTS_URL"]
    token = {"Authorization": f"Bearer {CANARIES['hf_token']}"}
    requests.post(f"{service}/endpoint/acme", json=body, headers=token, timeout=10).raise_for_status()
    asks = {"hf_smoke_test": {"application_key": cluster.key}}
    results: dict[str, Any] = {}
    for forked in (False, True):
        watch.playbooks = playbooks if forked else None
        given = [task for task in tasks(**asks) if (task["name"] not in CRASHING_AS_EVER) is forked]
        watch.run(watch.play(*given, url=cluster.sandbox.url, key=cluster.key), status=0)
        results |= watch.results()
    assert set(results) == set(TASKS)
    for module, result in results.items():
        assert result.get("failed"), module
        assert "RuntimeError" in result["msg"], (module, result["msg"])
    # A secret that was made a moment before is known too.
    assert "'auth_secret': 'VALUE_HIDDEN'" in results["conductor_access_key"]["msg"]


def test_wrong_arguments(cluster, watch, playbooks):
    watch.playbooks = playbooks
    wrong: list[dict[str, Any]] = [
        {"unknown_option": True},
        {"update_api_key": "sometimes"},
        {"secret_configuration": [secret("secret_configuration")]},
        {"secret_configuration": {"api_key": secret("api_key")}},
        {"enabled": True, "active": False},
        {"timeout": "soon"},
        {"integrations": [INTEGRATION]},
        {"name": ""},
    ]
    given = [
        {"name": f"wrong {number}", "orkes.conductor.hf_integration": {**INTEGRATION, **options}}
        for number, options in enumerate(wrong)
    ]
    given.append({"name": "wrong model", "orkes.conductor.hf_model": {**TASKS["hf_model"], "endpoint": "http://x"}})
    cluster.sandbox.control("DELETE", "/log")
    watch.run(watch.play(*given, url=cluster.sandbox.url, key=cluster.key), status=0)
    results = watch.results()
    assert len(results) == len(given)
    for name, result in results.items():
        assert result.get("failed"), name
    assert cluster.sandbox.control("GET", "/log/summary")["writes"] == 0


# The role


def inventory(folder: Path, url: str, key: str) -> str:
    """Write an inventory of one cluster; secrets come from the environment."""
    variables = {
        "hf_setup_server_url": url,
        "hf_setup_auth_key": key,
        "hf_setup_confirm_teardown": True,
        "hf_setup_export_folder": str(folder / "exported"),
        "hf_setup_auth_secret": secret("auth_secret"),
        "hf_setup_integrations": [
            {**INTEGRATION, "models": [{"name": "acme/tiny-llm", "endpoint": "https://e.example"}]}
        ],
        "hf_setup_groups": [
            {
                "name": "people", "roles": ["USER"], "members": ["ana@example.com"],
                "permissions": [{"integration": "hf", "all_models": True, "access": ["READ", "EXECUTE"]}],
            }
        ],
    }  # fmt: skip
    file = folder / "inventory.yml"
    file.write_text(yaml.safe_dump({"all": {"hosts": {"production": variables}}}, sort_keys=False))
    return str(file)


SITE, EXPORT, TEARDOWN = (ROOT / "playbooks" / f"{name}.yml" for name in ("site", "export", "teardown"))


def test_site_export_and_teardown(cluster, watch, playbooks):
    hosts = inventory(watch.folder, cluster.sandbox.url, cluster.key)
    # As ever once; then what the server shows is in question.
    watch.run(SITE, hosts, status=0)
    watch.playbooks = playbooks
    assert cluster.sandbox.log_in().done("GET", "/integrations/provider/hf")["modelsCount"] == 1
    watch.run(SITE, hosts, status=0)
    # A server that shows keys as they are is the one that could give them away.
    cluster.sandbox.settings(secrets="clear")
    watch.run(EXPORT, hosts, status=0)
    assert "acme/tiny-llm" in (watch.folder / "exported" / "production" / "hf_setup.yml").read_text()
    watch.run(TEARDOWN, hosts, status=0)


def test_site_on_a_server_that_says_everything_back(echo, echo_watch, playbooks):
    echo_watch.playbooks = playbooks
    hosts = inventory(echo_watch.folder, echo(), "key")
    output = echo_watch.run(SITE, hosts, status=2)
    assert "answered 400" in output


def test_site_with_a_failure_in_the_middle(cluster, watch, playbooks):
    watch.playbooks = playbooks
    cluster.sandbox.fault(kind="status", status=403, method="POST", path="*/integration/*")
    hosts = inventory(watch.folder, cluster.sandbox.url, cluster.key)
    output = watch.run(SITE, hosts, status=2)
    assert "answered 403" in output


def test_site_with_wrong_variables(cluster, watch, playbooks):
    watch.playbooks = playbooks
    hosts = inventory(watch.folder, cluster.sandbox.url, cluster.key)
    data = yaml.safe_load(Path(hosts).read_text())
    data["all"]["hosts"]["production"]["hf_setup_integrations"][0]["no_such_option"] = True
    data["all"]["hosts"]["production"]["hf_setup_integrations"][0]["enabled"] = "perhaps"
    Path(hosts).write_text(yaml.safe_dump(data))
    watch.run(SITE, hosts, status=2)
