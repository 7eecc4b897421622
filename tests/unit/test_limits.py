# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that no clock and no machine can take are an error of the input that names the option."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

from ansible_collections.orkes.conductor.plugins import modules
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_plan_problems import hf_setup_plan_problems
from ansible_collections.orkes.conductor.plugins.module_utils import _connection, _huggingface_connection
from ansible_collections.orkes.conductor.plugins.module_utils._errors import InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._limits import CONNECTION_LIMITS, limit_problems
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call
from ansible_collections.orkes.conductor.plugins.module_utils._resource_endpoint import EndpointResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import IntegrationResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_offboarding import OffboardingResource
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor
from ansible_collections.orkes.conductor.plugins.modules import (
    conductor_probe,
    conductor_server_info,
    hf_endpoint,
    hf_endpoint_info,
    hf_smoke_test,
)


def defaults(specification):
    return {option: about.get("default") for option, about in specification.items()}


def of_conductor(params):
    _connection.connection_settings({}, {"server_url": "https://c.example.com", "auth_token": "t", **params})


def of_huggingface(params):
    _huggingface_connection.connect_to_huggingface({}, {**params, "token": "hf_token_0123456789"}, Redactor())


def of_endpoints(params):
    return EndpointResource(Call(options=params)).problems([])


#: What holds the options, and what says what is wrong with them.
CHECKS = {
    "connection": (_connection.connection_argument_spec(), of_conductor),
    "huggingface": (_huggingface_connection.huggingface_argument_spec(), of_huggingface),
    "conductor_probe": (conductor_probe.OPTIONS, lambda params: conductor_probe.problems_of(params, False)),
    "conductor_server_info": (conductor_server_info.OPTIONS, conductor_server_info.problems_of),
    "hf_endpoint": (hf_endpoint.CALL_OPTIONS, of_endpoints),
    "hf_endpoint_info": (hf_endpoint_info.OPTIONS, hf_endpoint_info.problems),
    "hf_smoke_test": (hf_smoke_test.OPTIONS, hf_smoke_test.problems_of),
}
TIMES = [
    (name, option)
    for name, (specification, _check) in CHECKS.items()
    for option, about in specification.items()
    if about["type"] == "float" or option in ("wait_timeout", "token_lifetime")
]


def problems(name, option, value):
    specification, check = CHECKS[name]
    try:
        found = check({**defaults(specification), option: value}) or []
    except InvalidInput as error:
        found = error.problems
    return [problem for problem in found if problem.startswith(f"{option} is ")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e12, 10**400, -1.0])
@pytest.mark.parametrize(("name", "option"), TIMES)
def test_a_time_that_no_clock_can_count_is_named(name, option, value):
    assert len(problems(name, option, value)) == 1


@pytest.mark.parametrize(("name", "option"), TIMES)
def test_an_hour_is_no_problem(name, option):
    assert problems(name, option, 3600) == []


@pytest.mark.parametrize("name", ["connection", "huggingface"])
def test_a_thread_for_each_of_a_million_requests_is_refused(name):
    assert problems(name, "concurrency", 1000) == []
    for value in (0, 1001, 10**6, 10**12, 10**400):
        assert "concurrency is" in problems(name, "concurrency", value)[0]


@pytest.mark.parametrize("name", ["connection", "huggingface"])
def test_retries_for_ever_are_refused(name):
    assert problems(name, "retries", 0) == problems(name, "retries", 100) == []
    for value in (-1, 101, 10**12):
        assert "retries is" in problems(name, "retries", value)[0]


def test_a_limit_says_which():
    assert limit_problems({"timeout": 0.05, "retries": 3, "concurrency": 2000}, CONNECTION_LIMITS) == [
        "timeout is 0.05: the least is 0.1",
        "concurrency is 2000: the most is 1000",
    ]


@pytest.mark.parametrize("digits", [400, 5000])
def test_of_a_number_without_end_no_more_than_its_beginning_is_repeated(digits):
    for option, *_limits in CONNECTION_LIMITS:
        (problem,) = limit_problems({option: 10**digits}, CONNECTION_LIMITS)
        assert len(problem) < 150


@pytest.mark.parametrize(
    ("resource", "option"),
    [(IntegrationResource, "purge_limit"), (OffboardingResource, "limit"), (None, "hf_setup_purge_limit")],
)
def test_of_a_limit_without_end_no_more_than_its_beginning_is_repeated(resource, option):
    limit = "9" * 5000
    if resource is None:
        (problem,) = hf_setup_plan_problems(
            {"digest": "", "totals": dict.fromkeys(("updated", "deleted", "unchanged"), 1)}, limit, True
        )
    else:
        (problem,) = resource(Call(options={option: limit, "purge": True})).problems([])
    assert problem.startswith(f"{option} is '9999")
    assert "(5000 characters)" in problem
    assert len(problem) < 250


def test_no_option_of_this_kind_is_left_out():
    found = set()
    for about in pkgutil.iter_modules(modules.__path__):
        module = importlib.import_module(f"{modules.__name__}.{about.name}")
        options = {**getattr(module, "OPTIONS", {}), **getattr(module, "CALL_OPTIONS", {})}
        floats = [option for option, given in options.items() if given.get("type") == "float"]
        # An option that is in neither of them would be missed.
        assert ('"float"' in inspect.getsource(module)) == bool(floats), about.name
        found |= {(about.name, option) for option in floats}
    assert found
    assert found <= set(TIMES)
