# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups, users, roles, applications and their keys."""

from __future__ import annotations

import pytest
from sandbox_process import Client, SandboxProcess, segment


def names(roles: list[dict[str, object]]) -> set[object]:
    """The names of roles as they are read."""
    return {role["name"] for role in roles}


def members(admin: Client, group: str = "ops") -> set[str]:
    """The ids of a group's members."""
    return {user["id"] for user in admin.done("GET", f"/groups/{group}/users")}


def test_a_group_is_created_read_changed_and_deleted(admin: Client) -> None:
    body = {"description": "d", "roles": ["ADMIN", "USER"], "defaultAccess": {"TASK_DEF": ["READ", "EXECUTE"]}}
    saved = admin.done("PUT", "/groups/ops", body)
    read = admin.done("GET", "/groups/ops")
    for group in (saved, read, admin.done("GET", "/groups")[0]):
        assert group["id"] == "ops" and group["description"] == "d" and group["contactInformation"] == {}
        assert names(group["roles"]) == {"ADMIN", "USER"}
        assert {"name": "CREATE_INTEGRATION"} in group["roles"][0]["permissions"]
        assert set(group["defaultAccess"]["TASK_DEF"]) == {"READ", "EXECUTE"}
    assert names(admin.done("PUT", "/groups/ops", {"description": "d", "roles": "USER"})["roles"]) == {"USER"}
    assert admin.done("PUT", "/groups/empty", {"description": "", "roles": []})["roles"] == []
    assert "ops" in admin.done("DELETE", "/groups/ops")["message"]
    for method in ("GET", "DELETE"):
        assert "ops" in admin.refused(method, "/groups/ops", 404)["message"]
    assert [group["id"] for group in admin.done("GET", "/groups")] == ["empty"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "description"),
        ({"description": None}, "description"),
        ({"description": "d", "roles": ["NOSUCH"]}, "roles"),
        ({"description": "d", "defaultAccess": {"INTEGRATION": ["READ"]}}, "defaultAccess"),
        ({"description": "d", "defaultAccess": {"TASK_DEF": ["NOSUCH"]}}, "defaultAccess.TASK_DEF"),
    ],
)
def test_wrong_groups_are_refused(admin: Client, body: dict[str, object], path: str) -> None:
    assert admin.refused("PUT", "/groups/ops", 400, body)["validationErrors"][0]["path"] == path
    admin.refused("GET", "/groups/ops", 404)


def test_members_come_and_go(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    for user in ("a@b.example", "u2", "u3"):
        admin.done("PUT", f"/users/{segment(user)}", {"name": user})
    assert members(admin) == set()
    admin.done("POST", f"/groups/ops/users/{segment('a@b.example')}")
    admin.done("POST", f"/groups/ops/users/{segment('a@b.example')}", {})
    admin.done("POST", "/groups/ops/users", ["u2", "u3"])
    assert members(admin) == {"a@b.example", "u2", "u3"}
    user = admin.done("GET", "/users/u2")
    assert [group["id"] for group in user["groups"]] == ["ops"] and user["groups"][0]["description"] == "d"
    admin.done("PUT", "/groups/ops", {"description": "e"})
    assert members(admin) == {"a@b.example", "u2", "u3"}, "a save leaves the members"
    admin.done("DELETE", "/groups/ops/users/u2")
    assert "u2" in admin.refused("DELETE", "/groups/ops/users", 404, ["u3", "u2"])["message"]
    assert members(admin) == {"a@b.example", "u3"}, "all or none"
    admin.done("DELETE", "/groups/ops/users", ["u3"])
    admin.done("DELETE", "/users/a%40b.example")
    assert members(admin) == set()


def test_members_have_to_be_there(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("PUT", "/users/u", {"name": "U"})
    for method in ("POST", "DELETE"):
        assert "ghost" in admin.refused(method, "/groups/ops/users/ghost", 404)["message"]
        assert "nosuch" in admin.refused(method, "/groups/nosuch/users/u", 404)["message"]
        assert "ghost" in admin.refused(method, "/groups/ops/users", 404, ["ghost"])["message"]
        admin.refused(method, "/groups/ops/users", 400, {"users": ["u"]})
    admin.refused("POST", "/groups/ops/users", 404, ["u", "ghost"])
    assert members(admin) == set(), "all or none"
    for path in ("/users", "/permissions"):
        assert "nosuch" in admin.refused("GET", f"/groups/nosuch{path}", 404)["message"]


@pytest.mark.parametrize("mode", ["accept", "not_found"])
def test_remove_non_member(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(remove_non_member=mode)
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("PUT", "/users/u", {"name": "U"})
    assert admin.send("DELETE", "/groups/ops/users/u").status_code == (200 if mode == "accept" else 404)


@pytest.mark.parametrize("mode", ["accept", "reject"])
def test_application_in_groups(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(application_in_groups=mode)
    admin.done("PUT", "/groups/ops", {"description": "d"})
    me, _client = admin.application()
    assert admin.send("POST", f"/groups/ops/users/{segment(me)}").status_code == (200 if mode == "accept" else 400)
    assert members(admin) == ({me} if mode == "accept" else set())


def test_a_user_is_created_read_changed_and_deleted(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    saved = admin.done("PUT", "/users/u", {"name": "U", "roles": ["USER"], "groups": ["ops"]})
    read = admin.done("GET", "/users/u")
    for user in (saved, read, admin.done("GET", "/users")[0]):
        assert user["id"] == "u" and user["name"] == "U" and names(user["roles"]) == {"USER"}
        assert [group["id"] for group in user["groups"]] == ["ops"] and user["applicationUser"] is False
    changed = admin.done("PUT", "/users/u", {"name": "V", "roles": "WORKER", "groups": []})
    assert changed["uuid"] == read["uuid"] and names(changed["roles"]) == {"WORKER"} and changed["groups"] == []
    assert admin.done("PUT", "/users/v", {"name": "V", "roles": []})["roles"] == []
    assert "u" in admin.done("DELETE", "/users/u")["message"]
    for method in ("GET", "DELETE"):
        assert admin.refused(method, "/users/u", 404)["message"].endswith(" u")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/users/u", {}, 400),
        ("/users/u", {"name": "U", "roles": ["NOSUCH"]}, 400),
        ("/users/u", {"name": "U", "groups": ["nosuch"]}, 404),
        ("/users/app%3Au", {"name": "U"}, 400),
        ("/users/u", {"name": "U", "roles": ["USER_READ_ONLY", "USER"]}, 400),
        ("/users/u", {"name": "U", "roles": ["USER_READ_ONLY"], "groups": ["ops"]}, 400),
    ],
)
def test_wrong_users_are_refused(admin: Client, path: str, body: dict[str, object], status: int) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.refused("PUT", path, status, body)
    admin.refused("GET", path, 404)


def test_read_only_users_stay_out_of_groups(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("PUT", "/users/u", {"name": "U", "roles": ["USER_READ_ONLY"]})
    admin.refused("POST", "/groups/ops/users/u", 400)


def test_applications_have_users(admin: Client) -> None:
    me, client = admin.application("svc", roles=("WORKER",))
    assert me not in {user["id"] for user in admin.done("GET", "/users")}
    assert me in {user["id"] for user in admin.done("GET", "/users?apps=true")}
    user = admin.done("GET", f"/users/{segment(me)}")
    assert user["applicationUser"] is True and user["name"] == "svc" and names(user["roles"]) == {"WORKER"}
    assert "uuid" not in user
    info = client.done("GET", "/token/userInfo")
    assert info["id"] == me and names(info["roles"]) == {"WORKER"} and info["namespace"] == "sandbox-org"
    both = client.done("GET", "/token/userInfo?claims=true")
    assert both["user"]["id"] == both["claims"]["sub"] == me
    admin.refused("DELETE", f"/users/{segment(me)}", 400)


def test_an_application_is_created_read_changed_and_deleted(admin: Client) -> None:
    me = admin.done("GET", "/token/userInfo")["id"]
    one, two = (admin.done("POST", "/applications", {"name": "svc"}) for _attempt in range(2))
    assert one["id"] != two["id"] and one["name"] == two["name"] == "svc" and "tags" not in one
    assert one["createdBy"] == me and admin.done("GET", f"/applications/{one['id']}") == one
    listed = {application["id"]: application for application in admin.done("GET", "/applications")}
    assert {one["id"], two["id"]} <= set(listed) and listed[one["id"]]["tags"] == []
    renamed = admin.done("PUT", f"/applications/{one['id']}", {"name": "other"})
    assert renamed["name"] == "other" and renamed["updateTime"] > one["updateTime"]
    assert one["id"] in admin.done("DELETE", f"/applications/{one['id']}")["message"]
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", {"name": "n"}),
        ("DELETE", "", None),
        ("POST", "/accessKeys", None),
        ("GET", "/accessKeys", None),
        ("POST", "/roles/WORKER", None),
    ):
        error = admin.refused(method, f"/applications/{one['id']}{path}", 404, body)
        assert one["id"] in error["message"]
    for method, path in (("POST", "/applications"), ("PUT", f"/applications/{two['id']}")):
        for wrong in ({}, {"name": ""}, {"name": 1}):
            admin.refused(method, path, 400, wrong)


def test_access_keys_are_made_paused_and_deleted(sandbox: SandboxProcess, admin: Client) -> None:
    application = admin.done("POST", "/applications", {"name": "svc"})["id"]
    path = f"/applications/{application}/accessKeys"
    key = admin.done("POST", path)
    assert set(key) == {"id", "secret"}
    client = sandbox.log_in(key["id"], key["secret"])
    [listed] = admin.done("GET", path)
    assert set(listed) == {"id", "createdAt", "status"} and listed["status"] == "ACTIVE"
    assert admin.done("GET", f"/applications/key/{key['id']}")["id"] == application
    toggle = f"{path}/{key['id']}/status"
    assert admin.done("POST", toggle)["status"] == "INACTIVE"
    assert client.send("GET", "/token/userInfo").json()["error"] == "INVALID_TOKEN"
    refused = admin.send("POST", "/token", {"keyId": key["id"], "keySecret": key["secret"]})
    assert refused.status_code == 401 and key["secret"] not in refused.text
    assert admin.done("POST", toggle, {})["status"] == "ACTIVE"
    client.done("GET", "/token/userInfo")
    assert admin.done("DELETE", f"{path}/{key['id']}")["message"]
    assert client.send("GET", "/token/userInfo").json()["error"] == "INVALID_TOKEN"
    for method, missing in (
        ("POST", toggle),
        ("DELETE", f"{path}/{key['id']}"),
        ("GET", f"/applications/key/{key['id']}"),
    ):
        assert key["id"] in admin.refused(method, missing, 404)["message"]


def test_roles_of_applications(admin: Client) -> None:
    _user, owner = admin.application(roles=("APPLICATION_CREATOR",))
    mine = owner.done("POST", "/applications", {"name": "mine"})["id"]
    for role in ("WORKER", "METADATA_API", "APPLICATION_CREATOR"):
        owner.done("POST", f"/applications/{mine}/roles/{role}")
    for role in ("ADMIN", "USER", "METADATA_MANAGER"):
        owner.refused("POST", f"/applications/{mine}/roles/{role}", 403)
        admin.done("POST", f"/applications/{mine}/roles/{role}")
    admin.done("DELETE", f"/applications/{mine}/roles/WORKER")
    admin.done("DELETE", f"/applications/{mine}/roles/WORKER")
    roles = names(admin.done("GET", f"/users/app%3A{mine}")["roles"])
    assert roles == {"METADATA_API", "APPLICATION_CREATOR", "ADMIN", "USER", "METADATA_MANAGER"}
    admin.refused("POST", f"/applications/{mine}/roles/NOSUCH", 404)
    assert {application["id"] for application in owner.done("GET", "/applications")} == {mine}


def test_application_tags_need_no_application(admin: Client) -> None:
    tag = {"key": "team", "value": "a"}
    assert admin.done("GET", "/applications/nosuch/tags") == []
    admin.done("PUT", "/applications/nosuch/tags", [tag])
    assert admin.done("GET", "/applications/nosuch/tags") == [tag]
    admin.done("DELETE", "/applications/nosuch/tags", [tag, {"key": "absent", "value": "x"}])
    assert admin.done("GET", "/applications/nosuch/tags") == []


def test_roles(admin: Client) -> None:
    system = admin.done("GET", "/roles/system")
    assert {"USER", "ADMIN", "METADATA_MANAGER", "WORKFLOW_MANAGER", "WORKER"} <= set(system)
    assert all(role["name"] == name for name, role in system.items())
    permissions = admin.done("GET", "/roles/permissions")
    assert "READ_WORKFLOW_DEF" in permissions
    assert admin.done("GET", "/roles/custom") == []
    created = admin.done("POST", "/roles", {"name": "R", "permissions": ["CREATE_INTEGRATION"]})
    assert created == admin.done("GET", "/roles/R") == {"name": "R", "permissions": [{"name": "CREATE_INTEGRATION"}]}
    assert names(admin.done("GET", "/roles/custom")) == {"R"}
    assert names(admin.done("GET", "/roles")) == {*system, "R"}
    _user, client = admin.application(roles=("R",))
    client.integration()
    assert admin.done("PUT", "/roles/R", {"permissions": []})["permissions"] == []
    client.refused("POST", "/integrations/provider/other", 403, {"type": "huggingface"})
    admin.refused("POST", "/roles", 409, {"name": "R", "permissions": []})
    admin.refused("POST", "/roles", 400, {"name": "S", "permissions": ["NOSUCH"]})
    admin.refused("POST", "/roles", 400, {"permissions": []})
    admin.refused("PUT", "/roles/ADMIN", 400, {"permissions": []})
    admin.refused("DELETE", "/roles/ADMIN", 400)
    assert admin.done("DELETE", "/roles/R")["message"]
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"permissions": []})):
        assert "R" in admin.refused(method, "/roles/R", 404, body)["message"]
