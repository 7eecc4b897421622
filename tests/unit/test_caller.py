# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of the server's answer on who the caller is."""

from __future__ import annotations

from ansible_collections.orkes.conductor.plugins.module_utils import _caller as caller


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
