# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options with which modules reach Hugging Face, and what they come to (floor 4, without AnsibleModule)."""

from __future__ import annotations

from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import Service
from ansible_collections.orkes.conductor.plugins.module_utils._connection import (
    filled_environment,
    negated_environment,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpSettings, check_url
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import (
    PUBLIC_ENDPOINTS,
    PUBLIC_HUB,
    HuggingFaceClient,
)
from ansible_collections.orkes.conductor.plugins.module_utils._limits import CONNECTION_LIMITS, limit_problems
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor, looks_masked
from ansible_collections.orkes.conductor.plugins.module_utils._tls import file_problems, path_problem


def huggingface_argument_spec() -> dict[str, dict[str, Any]]:
    """Return the argument specification of the options."""
    tokens = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]
    return {
        "token": {"type": "str", "no_log": True, "aliases": ["api_key"], "fallback": (filled_environment, tokens)},
        "hub_url": {"type": "str", "fallback": (filled_environment, ["HF_ENDPOINT"])},
        "endpoints_url": {"type": "str", "fallback": (filled_environment, ["HUGGINGFACE_ENDPOINTS_URL"])},
        "validate_certs": {
            "type": "bool",
            "default": True,
            "fallback": (negated_environment, ["HUGGINGFACE_TLS_INSECURE"]),
        },
        "ca_path": {"type": "path", "fallback": (filled_environment, ["HUGGINGFACE_TLS_CA_PATH"])},
        "allow_plain_http": {"type": "bool", "default": False},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 4},
        "concurrency": {"type": "int", "default": 5},
    }


def base_urls(params: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return the URLs of Hub and management API, and what is wrong with them.

    A Hub that was redirected never goes with the public management API: an endpoint that was meant for a test would be
    created, and billed, for real.
    """
    problems = []
    urls = {"hub_url": params.get("hub_url") or PUBLIC_HUB, "endpoints_url": params.get("endpoints_url") or ""}
    for option, url in urls.items():
        if url:
            try:
                example = PUBLIC_HUB if option == "hub_url" else PUBLIC_ENDPOINTS
                urls[option] = check_url(option, url, bool(params.get("allow_plain_http")), example)
            except InvalidInput as error:
                problems += error.problems
    if not urls["endpoints_url"]:
        if urls["hub_url"] != PUBLIC_HUB:
            problems.append(
                "hub_url (HF_ENDPOINT) is not the public Hub, and endpoints_url is not given: give it too "
                "(HUGGINGFACE_ENDPOINTS_URL), so that no endpoint is created, and billed, at the public service by "
                "mistake"
            )
        urls["endpoints_url"] = PUBLIC_ENDPOINTS
    return urls["hub_url"], urls["endpoints_url"], problems


def connect_to_huggingface(given: dict[str, Any], params: dict[str, Any], redactor: Redactor) -> HuggingFaceClient:
    """Return the client.

    Args:
        given: What the task itself gave; not needed here.
        params: The options after fallbacks from the environment.
        redactor: Learns the token.

    Raises:
        InvalidInput: With every problem of the options.
    """
    hub_url, endpoints_url, problems = base_urls(params)
    token = str(params.get("token") or "").strip()
    if not token:
        problems.append("no token: give token (HF_TOKEN), a user access token of Hugging Face")
    elif looks_masked(token):
        problems.append("token is a mask or a placeholder and not a token: give the real one")
    elif not (token.isprintable() and token.isascii()) or " " in token:
        problems.append("token holds white space or other characters that no token has: copy it again")
    unreadable = path_problem("ca_path", params.get("ca_path"), folder=True)
    if unreadable:
        problems.append(unreadable)
    elif params.get("ca_path") and params["validate_certs"] and hub_url.startswith("https:"):
        problems += file_problems(params["ca_path"], None, None)
    problems += limit_problems(params, CONNECTION_LIMITS)
    if problems:
        raise InvalidInput(problems)
    redactor.add(token)
    settings = HttpSettings(
        timeout=params["timeout"],
        retries=params["retries"],
        concurrency=params["concurrency"],
        validate_certs=params["validate_certs"],
        ca_path=params.get("ca_path"),
        url_option="hub_url and endpoints_url",
        ca_option="ca_path (HUGGINGFACE_TLS_CA_PATH)",
        client_option="",
    )
    return HuggingFaceClient(HttpClient(settings, redactor), hub_url, endpoints_url, token, redactor)


HUGGING_FACE = Service(huggingface_argument_spec, connect_to_huggingface, {})
