# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of the server's answer on who the caller is."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _caller as caller
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError


def test_what_a_server_does_not_tell_of_roles_is_left_to_the_write():
    for answer, told in (
        ({"roles": [{"name": "CUSTOM"}]}, None),
        ({"roles": ["CUSTOM"]}, None),
        ({}, None),
        ({"roles": ["USER"]}, True),
        ({"roles": [{"name": "CUSTOM", "permissions": [{"name": "CREATE_INTEGRATION"}]}]}, True),
        ({"roles": [], "groups": [{"id": "g", "roles": [{"name": "ADMIN", "permissions": []}]}]}, True),
        ({"roles": [{"name": "CUSTOM", "permissions": []}]}, False),
        ({"roles": []}, False),
    ):
        assert caller.may_create_integrations(answer) is told, answer


def test_another_organization_is_a_problem_and_so_is_one_that_is_not_told():
    assert caller.organization_problem("", {}) == []
    assert caller.organization_problem("acme", {"namespace": "acme"}) == []
    (other,) = caller.organization_problem("acme", {"namespace": "ACME"})
    assert "is acme, and the server answers for organization ACME. Check server_url" in other
    (untold,) = caller.organization_problem("acme", {"id": "me"})
    assert "is acme, and the server does not tell for which organization it answers" in untold


class Server:
    """Fails in these ways, one after the other, and then answers."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.slept = []

    def get_user_info(self):
        if self.errors:
            raise self.errors.pop(0)
        return {}

    def sleep(self, seconds):
        self.slept.append(seconds)

    def clock(self):
        return sum(self.slept)

    def wait(self, seconds, interval=2.0):
        return caller.await_server(self, seconds, interval, self.sleep, self.clock)


def error(status=None, **more):
    return ApiError("POST", "/api/token", status, "so", **more)


STARTING = (
    error(), error(502), error(503), error(504), error(500), error(429), error(404), error(200, page=True),
    error(403, page=True),
)  # fmt: skip


def test_a_server_that_is_starting_is_waited_for():
    server = Server(*STARTING)
    assert server.wait(60) is None
    assert server.slept == [2.0] * len(STARTING)
    late = Server(*STARTING)
    assert late.wait(5) == "POST /api/token answered 504: so"
    assert late.slept == [2.0, 2.0, 1.0]
    assert Server(error()).wait(0) == "POST /api/token got no answer: so"


@pytest.mark.parametrize(
    "found", [error(400), error(401), error(403), error(302), error(302, page=True), error(lasting=True)]
)
def test_what_does_not_pass_is_told_at_once(found):
    server = Server(found)
    with pytest.raises(ApiError):
        server.wait(60)
    assert server.slept == []
