# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing of the caller's environment gets through to what runs the collection, and nothing reaches another host."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolchain import loopback_only
from tests.toolchain.package_index import parse_pip_configuration, pip_configuration_file, uv_settings
from tests.toolchain.processes import Processes
from tests.toolchain.project import Project
from tests.toolchain.scrub import environment_for_installing, environment_for_running, left_out
from tests.toolchain.steps_demo import HOSTILE_WORD, Listener, hostile_variables
from tests.toolchain.work import Work, Workshop

HOSTILE = hostile_variables(9)
GUARD = Path(loopback_only.__file__)


def test_hostile_variables_do_not_reach_a_step(tmp_path):
    """Through the very same function that runs every command of every step."""
    workshop = Workshop(Project(tmp_path), {**os.environ, **HOSTILE}, Processes(), print)
    work = Work("it", workshop)
    program = "import json, os; print(json.dumps(dict(os.environ)))"
    finished = work.run([sys.executable, "-c", program], folder=tmp_path)
    seen = json.loads(finished.output)
    assert seen["HOME"] == str(tmp_path / ".build" / "home" / "test" / "it")
    assert not set(HOSTILE) & set(seen)
    assert HOSTILE_WORD not in finished.output
    assert "127.0.0.1:9" not in finished.output


def test_a_step_sees_what_is_set_on_purpose(tmp_path):
    seen = environment_for_running(HOSTILE, tmp_path, [tmp_path], {"ANSIBLE_COLLECTIONS_PATH": "/x"})
    assert seen["ANSIBLE_COLLECTIONS_PATH"] == "/x"
    assert {name for name in seen if name.startswith("ANSIBLE_")} == {"ANSIBLE_COLLECTIONS_PATH"}


def test_installing_keeps_proxies_and_pip_but_no_secret():
    caller = {**HOSTILE, "PIP_INDEX_URL": "https://index.example/simple", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/y"}
    kept = environment_for_installing(caller)
    assert kept["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert kept["PIP_INDEX_URL"] == "https://index.example/simple"
    assert not any(name.startswith(("CONDUCTOR_", "HF_", "HUGGING", "ANSIBLE_", "PYTHON", "VIRTUAL")) for name in kept)


def test_the_reader_is_told_which_variables_were_left_out():
    assert left_out({**HOSTILE, "PATH": "/bin"}) == sorted(HOSTILE)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "169.254.169.254"])
def test_another_host_cannot_be_reached_from_a_test(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as it, pytest.raises(OSError, match="only loopback is open") as caught:
        it.connect((host, 443))
    assert caught.value.errno == errno.ENETUNREACH


@pytest.mark.parametrize("name", ["huggingface.co", "developer.orkescloud.com", b"example.com"])
def test_another_name_is_unknown_to_a_test(name):
    with pytest.raises(socket.gaierror, match="only loopback is open"):
        socket.getaddrinfo(name, 443)


def test_loopback_stays_open():
    listener = Listener()
    with socket.create_connection(("localhost", listener.port), timeout=10) as it:
        it.recv(1)
    listener.close()
    assert listener.visits == 1


@pytest.mark.parametrize(("network", "code"), [("", 1), ("open", 0)])
def test_it_is_this_guard_that_closes_the_network(network, code):
    """Asks what would happen, without a packet."""
    program = "import sys, loopback_only; sys.audit('socket.connect', None, ('192.0.2.1', 443))"
    variables = {"PYTHONPATH": str(GUARD.parent), "TOOLCHAIN_NETWORK": network}
    command = [sys.executable, "-S", "-c", program]
    assert subprocess.run(command, env=variables, capture_output=True, check=False).returncode == code


CONFIGURED = """\
:env:.cert='/etc/ssl/own.pem'
global.index-url='https://mirror.example/simple'
global.cert='/etc/ssl/other.pem'
global.extra-index-url='\\nfile:///no/such/folder\\nhttps://more.example/simple'
install.index-url='https://nearer.example/simple'
freeze.exclude='x'
nonsense
"""


def test_pip_configuration_is_read_with_the_right_precedence():
    found = parse_pip_configuration(CONFIGURED.splitlines())
    assert found["index-url"] == "https://nearer.example/simple"
    assert found["cert"] == "/etc/ssl/own.pem"
    assert "exclude" not in found


def test_uv_looks_where_pip_looks(tmp_path):
    certificate = tmp_path / "own.pem"
    certificate.touch()
    pip = {**parse_pip_configuration(CONFIGURED.splitlines()), "cert": str(certificate), "find-links": str(tmp_path)}
    settings = uv_settings(pip, {})
    assert settings["UV_DEFAULT_INDEX"] == "https://nearer.example/simple"
    assert settings["UV_INDEX"] == "https://more.example/simple"
    assert settings["UV_FIND_LINKS"] == str(tmp_path)
    assert settings["SSL_CERT_FILE"] == str(certificate)
    assert "UV_DEFAULT_INDEX" not in uv_settings(pip, {"UV_DEFAULT_INDEX": "https://own.example"})
    assert uv_settings({}, {}) == {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}


def test_a_pip_that_sees_no_variables_gets_the_proxy_in_its_file():
    text = pip_configuration_file({"index-url": "https://mirror.example/simple"}, {"https_proxy": "http://proxy:3128"})
    assert "\nindex-url = https://mirror.example/simple\n" in text
    assert "\nproxy = http://proxy:3128\n" in text


def test_a_home_folder_is_made_for_each_step(tmp_path):
    workshop = Workshop(Project(tmp_path), os.environ, Processes(), print)
    assert stat.S_ISDIR(workshop.home("one").stat().st_mode)
    assert workshop.home("one") != workshop.home("two")
