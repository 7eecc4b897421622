# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No cluster gets what is meant for another one, and nothing is written before that is sure."""

from __future__ import annotations

import pytest
from sandbox_process import ADMIN_KEY, ADMIN_SECRET
from stage import KEY, TARGETS

OTHER_GROUP = [{"name": "others", "permissions": [{"integration": "hf", "all_models": True, "access": ["READ"]}]}]


#: One kind shows as well as all.
SMALL = {"hf_setup_manage": ["groups"]}


def two(stage, first=None, second=None):
    return {"one": stage.host(0, **(first or {})), "two": stage.host(1, **(second or {}))}


def test_two_clusters_at_once(stage):
    hosts = two(stage, second={"hf_setup_groups": OTHER_GROUP})
    assert stage.play(hosts).changed == {"one": 4, "two": 4}
    assert (stage.groups(0), stage.groups(1)) == (["users"], ["others"])
    assert set(stage.grants("users", 0)) == set(stage.grants("others", 1)) == set(TARGETS)


def test_one_host_may_take_the_environments_server(stage):
    run = stage.play(
        {"one": stage.host(hf_setup_server_url="", hf_setup_auth_key="", hf_setup_auth_secret="", **SMALL)},
        environment={
            "CONDUCTOR_SERVER_URL": stage.clusters[1].url,
            "CONDUCTOR_AUTH_KEY": ADMIN_KEY,
            "CONDUCTOR_AUTH_SECRET": ADMIN_SECRET,
        },
    )
    assert (run.changed, stage.writes(0)) == ({"one": 1}, 0), run.output
    assert stage.groups(1) == ["users"]


@pytest.mark.parametrize(("nothing", "serial"), [(..., 0), ("", 1)])
def test_of_several_hosts_none_takes_the_environments_server(stage, nothing, serial):
    run = stage.refuses(
        two(stage, second={"hf_setup_server_url": nothing}),
        "Nothing was written. two: hf_setup_server_url is not set",
        "set it in host_vars",
        options=["-e", '{"hf_setup_allow_shared_server": true}'],
        environment={"CONDUCTOR_SERVER_URL": stage.clusters[1].url},
        playbook=use(stage, serial=serial),
    )
    assert run.messages.keys() == ({"one"} if serial else {"one", "two"}), "with serial, the first batch stops all"


def use(stage, serial=0, play_variables="", role_variables=""):
    """A play of one's own that uses the role."""
    playbook = stage.folder / "use.yml"
    playbook.write_text(f"""
- hosts: all
  connection: local
  gather_facts: false
  serial: {serial}
  vars:
    ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
    {play_variables}
  roles:
    - role: orkes.conductor.hf_setup
      vars: {{ {role_variables} }}
""")
    return playbook


def test_two_hosts_do_not_share_a_server(stage):
    spelling = stage.clusters[0].url.replace("http", "HTTP").removesuffix("/api") + "//"
    stage.refuses(
        two(stage, second={"hf_setup_server_url": spelling}),
        "one, two all name the server 127.0.0.1:",
        "hf_setup_allow_shared_server",
    )


def test_two_hosts_share_a_server_if_that_is_meant(stage):
    shared = {"hf_setup_server_url": stage.clusters[0].url, "hf_setup_groups": OTHER_GROUP, **SMALL}
    run = stage.play(two(stage, SMALL, shared), "-e", '{"hf_setup_allow_shared_server": true}', "--forks", "1")
    assert run.status == 0, run.output
    assert stage.groups(0) == ["others", "users"]


@pytest.mark.parametrize("where", ["play_variables", "role_variables"])
def test_the_play_may_give_each_host_its_server(stage, where):
    hosts = {name: {**host, "url": host.pop("hf_setup_server_url")} for name, host in two(stage, SMALL, SMALL).items()}
    variable = 'hf_setup_server_url: "{{ url }}"'
    run = stage.play(hosts, "--check", playbook=use(stage, serial=1, **{where: variable}))
    assert (run.status, run.changed) == (0, {"one": 1, "two": 1}), run.output


@pytest.mark.parametrize("where", ["play_variables", "role_variables"])
def test_a_play_that_gives_all_hosts_one_server_is_refused(stage, where):
    hosts = two(stage, *[{"hf_setup_server_url": ..., **SMALL}] * 2)
    variable = f'hf_setup_server_url: "{stage.clusters[0].url}"'
    stage.refuses(hosts, "one, two all name the server", playbook=use(stage, **{where: variable}))
    # One batch at a time nobody can know of the second host's server before its turn: then it stops.
    run = stage.play(hosts, "--check", playbook=use(stage, serial=1, **{where: variable}))
    assert run.changed["one"] == 1
    assert "one, two all name the server" in run.messages["two"]
    assert "one" not in run.messages


def test_no_credentials_of_a_url_are_printed(stage):
    url = f"http://somebody:{KEY}@127.0.0.1:1/api"
    # The stage looks for the key in all that is printed.
    run = stage.play(two(stage, {"hf_setup_server_url": url}, {"hf_setup_server_url": url}), "-vvvv")
    assert "one, two all name the server 127.0.0.1:1:" in run.output
    assert run.status != 0


def test_the_organization_has_to_be_the_expected_one(stage):
    stage.clusters[1].settings(organization="production-org")
    hosts = two(stage, {"hf_setup_expected_org": "sandbox-org"}, {"hf_setup_expected_org": "sandbox-org"})
    run = stage.play(hosts, "-e", '{"hf_setup_manage": ["groups"]}')
    assert run.messages.keys() == {"two"}, run.output
    for text in (
        "hf_setup_expected_org in the role hf_setup) is sandbox-org",
        "organization production-org",
        "the key",
    ):
        assert text in run.messages["two"]
    assert stage.writes(1) == 0
    assert stage.groups(0) == ["users"]


def test_relative_paths_start_where_ansible_was_started(stage):
    paths = {name: f"certificates/{name}.pem" for name in ("ca_path", "client_cert", "client_key")}
    given = {f"hf_setup_{name}": path for name, path in paths.items()}
    started = stage.folder.resolve()
    missing = [f"{name} {started / path} cannot be read" for name, path in paths.items()]
    stage.refuses({"one": stage.host(**SMALL, **given)}, *missing)

    (stage.folder / "certificates").mkdir()
    for path in paths.values():
        (stage.folder / path).touch()
    profile = {"hf_setup_profile": "profiles/one.json"}
    stage.refuses(
        {"one": stage.host(**SMALL, **given, **profile)}, f"profile {started}/profiles/one.json cannot be read"
    )
