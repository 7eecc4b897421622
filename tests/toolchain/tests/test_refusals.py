# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the demo and the package refuse."""

from __future__ import annotations

import io
import tarfile

import pytest

from tests.toolchain.demo import is_loopback, objects, parse_servers, recap, refuse_other_hosts
from tests.toolchain.outcomes import StepFailure
from tests.toolchain.steps_package import WANTED, contents_problems


@pytest.mark.parametrize("url", ["http://127.0.0.1:8700/api", "http://localhost:1", "http://[::1]:8700/api"])
def test_servers_of_this_machine_are_fine(url):
    assert is_loopback(url)
    refuse_other_hosts({"staging": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://developer.orkescloud.com/api",
        "http://127.0.0.1@conductor.example/api",
        "http://localhost.conductor.example/api",
        "http://127.0.0.1.conductor.example/api",
        "http://10.0.0.1/api",
        "http://[::1/api",
        "127.0.0.1:8700",
        "{{ demo_staging_url }}",
        "",
    ],
)
def test_any_other_server_is_refused_by_the_name_of_its_host(url):
    assert not is_loopback(url)
    with pytest.raises(StepFailure, match="another server: production"):
        refuse_other_hosts({"staging": "http://127.0.0.1:1/api", "production": url})


def test_an_inventory_without_hosts_is_refused():
    with pytest.raises(StepFailure, match="no hosts"):
        refuse_other_hosts({})


def test_servers_are_read_and_a_host_that_does_not_answer_has_none():
    output = (
        'staging | SUCCESS => {\n    "hf_setup_server_url": "http://127.0.0.1:1/api"\n}\n'
        'production | FAILED! => {\n    "msg": "undefined"\n}\n'
        'third | SUCCESS => {\n    "hf_setup_server_url": "VARIABLE IS NOT DEFINED!"\n}\n'
    )
    servers = parse_servers(output)
    assert servers == {"staging": "http://127.0.0.1:1/api", "production": "", "third": "VARIABLE IS NOT DEFINED!"}
    with pytest.raises(StepFailure, match="production, third"):
        refuse_other_hosts(servers)


def test_the_recap_is_read():
    line = "production : ok=14   changed=4    unreachable=0    failed=0    skipped=2    rescued=0    ignored=0\n"
    assert recap(f"PLAY RECAP *****\n{line}") == {"production": {"ok": 14, "changed": 4, "unreachable": 0, "failed": 0}}


def test_what_is_said_of_clusters_is_read():
    told = """
    "staging: planned, 25 to create, 1 to update, 0 to delete, 2 unchanged",
    "production: done, 24 created, 0 updated, 3 deleted, 0 unchanged"
    "other: failed"
    """
    assert objects(told) == {"staging": (25, 1, 0, 2), "production": (24, 0, 3, 0)}


@pytest.fixture
def archive(tmp_path):
    def make(more):
        path = tmp_path / "built.tar.gz"
        with tarfile.open(path, "w:gz") as opened:
            for name, text in {**dict.fromkeys(WANTED, b"x"), **more}.items():
                member = tarfile.TarInfo(name.rstrip("/"))
                member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
                member.size = len(text)
                opened.addfile(member, io.BytesIO(text))
        return path

    return make


def test_a_clean_package_has_no_problems(archive):
    assert contents_problems(archive({"tests/": b"", "tests/config.yml": b"x"})) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (".ci/run", b"x", "should not be in it"),
        (".build/logs/x.log", b"x", "should not be in it"),
        ("plugins/modules/__pycache__/a.pyc", b"x", "should not be in it"),
        ("roles/sandbox/.venv/pyvenv.cfg", b"x", "should not be in it"),
        ("tests/output/x", b"x", "tests that are for a checkout"),
        ("tests/role/test_x.py", b"x", "tests that are for a checkout"),
        ("tests/units.py", b"x", "tests that are for a checkout"),
        ("orkes-conductor-0.1.0.tar.gz", b"x", "should not be in it"),
        ("plugins/action/", b"", "an empty folder"),
        ("README.md", b"hf_" + b"a" * 34, "a Hugging Face token"),
        ("roles/x/files/key.pem", b"-----BEGIN " + b"PRIVATE KEY-----", "a private key"),
    ],
)
def test_what_does_not_belong_into_a_package_is_found(archive, name, text, problem):
    assert any(problem in found for found in contents_problems(archive({name: text})))


def test_what_is_missing_from_a_package_is_found(archive, monkeypatch):
    path = archive({})
    monkeypatch.setattr("tests.toolchain.steps_package.WANTED", (*WANTED, "plugins/modules/other.py"))
    assert contents_problems(path) == ["is missing: plugins/modules/other.py"]
