# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options: precedence of credentials, empty environment variables, every problem at once."""

from __future__ import annotations

import os

import pytest
from ansible.module_utils.basic import AnsibleFallbackNotFound
from ansible.module_utils.common.validation import check_type_bool

from ansible_collections.orkes.conductor.plugins.module_utils import _connection as connection
from ansible_collections.orkes.conductor.plugins.module_utils._errors import InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_connection import connect_to_huggingface
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

PARAMS = {
    "server_url": "https://c.example.com",
    "auth_key": "k",
    "auth_secret": "s",
    "token_lifetime": 1800,
    "validate_certs": True,
    "timeout": 30.0,
    "retries": 4,
    "concurrency": 10,
}


def test_a_tasks_key_beats_the_environments_token():
    chosen = connection.choose_credentials({"auth_key": "k"}, {**PARAMS, "auth_token": "from-environment"})
    assert (chosen.token, chosen.key) == (None, "k")


def test_a_token_beats_a_key_pair_on_the_same_level():
    assert connection.choose_credentials({}, {**PARAMS, "auth_token": "t"}).token == "t"
    both = {"auth_key": "k", "auth_secret": "s", "auth_token": "t"}
    assert connection.choose_credentials(both, both).token == "t"


def test_a_tasks_token_beats_the_environments_key():
    assert connection.choose_credentials({"auth_token": "t"}, {**PARAMS, "auth_token": "t"}).token == "t"


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_counts_as_unset(monkeypatch, value):
    monkeypatch.setenv("CONDUCTOR_AUTH_KEY", value)
    with pytest.raises(AnsibleFallbackNotFound):
        connection.filled_environment("CONDUCTOR_AUTH_KEY")


@pytest.mark.parametrize(("value", "expected"), [("true", False), ("0", True)])
def test_tls_insecure_is_negated(monkeypatch, value, expected):
    monkeypatch.setenv("CONDUCTOR_TLS_INSECURE", value)
    assert connection.negated_environment("CONDUCTOR_TLS_INSECURE") is expected


def test_a_variable_that_is_no_boolean_is_named(monkeypatch):
    monkeypatch.setenv("CONDUCTOR_TLS_INSECURE", "maybe")
    refused = connection.negated_environment("CONDUCTOR_TLS_INSECURE")
    with pytest.raises(TypeError, match="'not CONDUCTOR_TLS_INSECURE=maybe' is not a valid boolean"):
        check_type_bool(refused)


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
@pytest.mark.parametrize(("path", "told"), [(" ", "is blank"), ("pipe", "is no regular file"), ("none", "be read")])
def test_a_path_that_leads_to_no_file_is_told_and_not_waited_for(tmp_path, option, path, told):
    os.mkfifo(tmp_path / "pipe")
    given = {"client_cert": None, option: path if path == " " else str(tmp_path / path)}
    with pytest.raises(InvalidInput, match=f"{option} .*{told}"):
        connection.connection_settings({}, {**PARAMS, **given})
    if option == "ca_path":
        with pytest.raises(InvalidInput, match=f"{option} .*{told}"):
            connect_to_huggingface({}, {**PARAMS, **given, "token": "hf_token_0123456789"}, Redactor())


def test_every_problem_is_named_at_once():
    with pytest.raises(InvalidInput) as caught:
        connection.connection_settings({}, {**PARAMS, "server_url": None, "auth_secret": None, "ca_path": "/none"})
    assert len(caught.value.problems) == 3


def test_good_options():
    url, credentials, settings = connection.connection_settings({}, PARAMS)
    assert (url, credentials.key, settings.concurrency) == ("https://c.example.com/api", "k", 10)


@pytest.mark.parametrize(("asked", "lifetime"), [(60, 60), (0, None)])
def test_a_token_without_a_lifetime_is_as_the_server_likes(asked, lifetime):
    _url, credentials, _settings = connection.connection_settings({}, {**PARAMS, "token_lifetime": asked})
    assert credentials.lifetime == lifetime


def test_a_lifetime_is_not_negative():
    with pytest.raises(InvalidInput, match="token_lifetime is -1: the least is 0"):
        connection.connection_settings({}, {**PARAMS, "token_lifetime": -1})
