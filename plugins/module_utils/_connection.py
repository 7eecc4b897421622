# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options every module shares, and what they come to (floor 4, without AnsibleModule)."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleFallbackNotFound
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    Credentials,
    base_url_of,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import InvalidInput, bounded
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpSettings, check_url
from ansible_collections.orkes.conductor.plugins.module_utils._limits import (
    CONNECTION_LIMITS,
    LONGEST_LIFETIME,
    limit_problems,
)
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor
from ansible_collections.orkes.conductor.plugins.module_utils._tls import file_problems, path_problem

#: Seconds that a token is asked to last: long enough for one login a module call, and shorter than any token that the
#: vendor's own clients count on (45 minutes). A token is renewed when it ends earlier.
TOKEN_LIFETIME = 1800


def filled_environment(*names: str) -> str:
    """Return the first environment variable that is set and not empty: AWX sets empty fields to an empty text.

    Raises:
        AnsibleFallbackNotFound: There is none.
    """
    for name in names:
        value = os.environ.get(name, "").strip()
        if value:
            return value
    raise AnsibleFallbackNotFound


def negated_environment(*names: str) -> bool | str:
    """Return the opposite of a boolean environment variable, or what Ansible refuses in words that name the variable.

    Raises:
        AnsibleFallbackNotFound: It is unset, or empty.
    """
    value = filled_environment(*names)
    try:
        return not boolean(value)
    except TypeError:
        # Ansible repeats it, and says which words it takes.
        name = next(name for name in names if os.environ.get(name, "").strip())
        return f"not {name}={bounded(value)}"


def connection_argument_spec() -> dict[str, dict[str, Any]]:
    """Return the argument specification of the connection options."""
    return {
        "server_url": {"type": "str", "fallback": (filled_environment, ["CONDUCTOR_SERVER_URL"])},
        # An access key's id is no secret; masking it would mask half the output.
        "auth_key": {"type": "str", "no_log": False, "fallback": (filled_environment, ["CONDUCTOR_AUTH_KEY"])},
        "auth_secret": {"type": "str", "no_log": True, "fallback": (filled_environment, ["CONDUCTOR_AUTH_SECRET"])},
        "auth_token": {"type": "str", "no_log": True, "fallback": (filled_environment, ["CONDUCTOR_AUTH_TOKEN"])},
        "token_lifetime": {"type": "int", "no_log": False, "default": TOKEN_LIFETIME},
        "validate_certs": {
            "type": "bool",
            "default": True,
            "fallback": (negated_environment, ["CONDUCTOR_TLS_INSECURE"]),
        },
        "ca_path": {"type": "path", "fallback": (filled_environment, ["CONDUCTOR_TLS_CA_PATH"])},
        "client_cert": {"type": "path", "fallback": (filled_environment, ["CONDUCTOR_TLS_CERT_PATH"])},
        "client_key": {
            "type": "path",
            "no_log": False,
            "fallback": (filled_environment, ["CONDUCTOR_TLS_KEY_PATH"]),
        },
        "allow_plain_http": {"type": "bool", "default": False},
        "profile": {"type": "path", "fallback": (filled_environment, ["CONDUCTOR_PROFILE_PATH"])},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 4},
        "concurrency": {"type": "int", "default": 10},
    }


def choose_credentials(given: dict[str, Any], params: dict[str, Any]) -> Credentials:
    """Return who asks. A task option beats the environment; on one level a token beats a key pair.

    Args:
        given: What the task itself gave, before fallbacks.
        params: The options after fallbacks from the environment.

    Raises:
        InvalidInput: There are no complete credentials.
    """

    def filled(source: dict[str, Any], option: str) -> str | None:
        value = source.get(option)
        return str(value).strip() or None if value is not None else None

    pair = Credentials(
        key=filled(params, "auth_key"),
        secret=filled(params, "auth_secret"),
        lifetime=params.get("token_lifetime") or None,
    )
    if filled(given, "auth_token"):
        return Credentials(token=filled(given, "auth_token"))
    given_pair = filled(given, "auth_key") or filled(given, "auth_secret")
    if not given_pair and filled(params, "auth_token"):
        return Credentials(token=filled(params, "auth_token"))
    if pair.key and pair.secret:
        return pair
    missing = "auth_secret (CONDUCTOR_AUTH_SECRET)" if pair.key else "auth_key (CONDUCTOR_AUTH_KEY)"
    if not pair.key and not pair.secret:
        missing = "auth_key and auth_secret (CONDUCTOR_AUTH_KEY, CONDUCTOR_AUTH_SECRET), or auth_token"
    raise InvalidInput([f"no complete credentials: give {missing}"])


def connect_to_conductor(given: dict[str, Any], params: dict[str, Any], redactor: Redactor) -> ConductorClient:
    """Return the client.

    Args:
        given: What the task itself gave, before fallbacks.
        params: The options after fallbacks from the environment.
        redactor: Learns the secrets.

    Raises:
        InvalidInput: With every problem of the connection options.
    """
    url, credentials, settings = connection_settings(given, params)
    redactor.add(credentials.secret)
    redactor.add(credentials.token)
    return ConductorClient(HttpClient(settings, redactor), url, credentials, redactor)


def connection_settings(given: dict[str, Any], params: dict[str, Any]) -> tuple[str, Credentials, HttpSettings]:
    """Return base URL, credentials and HTTP settings.

    Raises:
        InvalidInput: With every problem of the connection options.
    """
    problems: list[str] = []
    url = ""
    credentials = Credentials()
    if params.get("server_url") is None:
        problems.append(
            "no server: give server_url (CONDUCTOR_SERVER_URL), for example https://conductor.example.com/api"
        )
    else:
        try:
            url = base_url_of(check_url("server_url", params["server_url"], bool(params.get("allow_plain_http"))))
        except InvalidInput as error:
            problems.extend(error.problems)
    try:
        credentials = choose_credentials(given, params)
    except InvalidInput as error:
        problems.extend(error.problems)
    for option, value in (
        ("auth_token", credentials.token),
        ("auth_key", credentials.key),
        ("auth_secret", credentials.secret),
    ):
        # A token goes into a header, which takes less than the body that a key's secret goes into.
        if value is not None and not (value.isprintable() and (option != "auth_token" or value.isascii())):
            problems.append(f"{option} holds line breaks or other characters that no key or token has: copy it again")
    unreadable = [
        problem
        for option in ("ca_path", "client_cert", "client_key")
        for problem in [path_problem(option, params.get(option), folder=option == "ca_path")]
        if problem
    ]
    if url.startswith("https:") and not unreadable:
        ca_path = params.get("ca_path") if params["validate_certs"] else None
        problems += file_problems(ca_path, params.get("client_cert"), params.get("client_key"))
    problems += unreadable
    if params.get("client_key") and not params.get("client_cert"):
        problems.append("client_key is given without client_cert: give both")
    problems += limit_problems(params, (("token_lifetime", 0, LONGEST_LIFETIME), *CONNECTION_LIMITS))
    if problems:
        raise InvalidInput(problems)
    settings = HttpSettings(
        timeout=params["timeout"],
        retries=params["retries"],
        concurrency=params["concurrency"],
        validate_certs=params["validate_certs"],
        ca_path=params.get("ca_path"),
        client_cert=params.get("client_cert"),
        client_key=params.get("client_key"),
    )
    return url, credentials, settings
