# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's Python SDK against the sandbox: groups, users, applications, roles, grants."""

from __future__ import annotations

from typing import Any

import pytest
from conductor.client.configuration.configuration import Configuration
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings
from conductor.client.http.models.create_or_update_application_request import CreateOrUpdateApplicationRequest
from conductor.client.http.models.create_or_update_role_request import CreateOrUpdateRoleRequest
from conductor.client.http.models.subject_ref import SubjectRef
from conductor.client.http.models.target_ref import TargetRef, TargetType
from conductor.client.http.models.upsert_group_request import UpsertGroupRequest
from conductor.client.http.models.upsert_user_request import UpsertUserRequest
from conductor.client.http.rest import ApiException, AuthorizationException
from conductor.client.orkes.models.access_key import AccessKeyStatus
from conductor.client.orkes.models.access_type import AccessType
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes.orkes_authorization_client import OrkesAuthorizationClient
from sandbox_process import SandboxProcess

Client = OrkesAuthorizationClient


def names(roles: list[Any]) -> set[str]:
    """The names of roles."""
    return {role["name"] if isinstance(role, dict) else role.name for role in roles}


def group(authorization: Client, name: str = "ops", **fields: Any) -> Any:
    """Save a group."""
    return authorization.upsert_group(UpsertGroupRequest(**{"description": "d", "roles": ["USER"], **fields}), name)


def user(authorization: Client, name: str = "u@example.test", **fields: Any) -> Any:
    """Save a user."""
    return authorization.upsert_user(UpsertUserRequest(**{"name": "U", "roles": ["USER"], **fields}), name)


def application(authorization: Client, name: str = "svc") -> str:
    """Create an application; returns its id."""
    identity: str = authorization.create_application(CreateOrUpdateApplicationRequest(name)).id
    return identity


def test_groups(authorization: Client) -> None:
    saved = group(authorization, roles=["ADMIN", "USER"], default_access={"TASK_DEF": ["READ", "EXECUTE"]})
    for read in (saved, authorization.get_group("ops"), authorization.list_groups()[0]):
        assert (read.id, read.description) == ("ops", "d") and names(read.roles) == {"ADMIN", "USER"}
        assert set(read.default_access["TASK_DEF"]) == {"READ", "EXECUTE"}
    assert names(group(authorization, roles=[]).roles) == set()
    authorization.delete_group("ops")
    with pytest.raises(ApiException) as missing:
        authorization.get_group("ops")
    assert missing.value.is_not_found() and "ops" in str(missing.value)


def test_members(authorization: Client) -> None:
    group(authorization)
    for name in ("u@example.test", "v", "w"):
        user(authorization, name)
    authorization.add_user_to_group("ops", "u@example.test")
    authorization.add_users_to_group("ops", ["v", "w"])
    assert {one.id for one in authorization.get_users_in_group("ops")} == {"u@example.test", "v", "w"}
    authorization.remove_user_from_group("ops", "u@example.test")
    authorization.remove_users_from_group("ops", ["w"])
    [member] = authorization.get_users_in_group("ops")
    assert (member.id, member.name) == ("v", "U") and names(member.roles) == {"USER"}
    with pytest.raises(ApiException) as missing:
        authorization.add_user_to_group("ops", "ghost")
    assert missing.value.is_not_found() and "ghost" in str(missing.value)


def test_users(authorization: Client) -> None:
    group(authorization)
    saved = user(authorization, groups=["ops"])
    for read in (saved, authorization.get_user("u@example.test"), authorization.list_users()[0]):
        assert (read.id, read.name, read.application_user) == ("u@example.test", "U", False)
        assert names(read.roles) == {"USER"} and [one.id for one in read.groups] == ["ops"]
    assert user(authorization, roles=[], groups=[]).groups == []
    authorization.delete_user("u@example.test")
    with pytest.raises(ApiException) as missing:
        authorization.get_user("u@example.test")
    assert missing.value.is_not_found() and "u@example.test" in str(missing.value)


def test_applications(authorization: Client) -> None:
    one, two = application(authorization), application(authorization)
    assert one != two
    read = authorization.get_application(one)
    assert (read.id, read.name) == (one, "svc")
    assert {one, two} <= {each.id for each in authorization.list_applications()}
    renamed = authorization.update_application(CreateOrUpdateApplicationRequest("other"), one)
    assert renamed.name == authorization.get_application(one).name == "other"
    authorization.add_role_to_application_user(one, "WORKER")
    authorization.add_role_to_application_user(one, "USER")
    authorization.remove_role_from_application_user(one, "USER")
    read = authorization.get_user(f"app:{one}")
    assert names(read.roles) == {"WORKER"} and read.application_user is True
    assert f"app:{one}" in {each.id for each in authorization.list_users(apps=True)}
    tag = MetadataTag("team", "a")
    authorization.set_application_tags([tag], one)
    assert [(each.key, each.value) for each in authorization.get_application_tags(one)] == [("team", "a")]
    authorization.delete_application_tags([tag], one)
    assert authorization.get_application_tags(one) == []
    authorization.delete_application(one)
    with pytest.raises(ApiException) as missing:
        authorization.get_application(one)
    assert missing.value.is_not_found() and one in str(missing.value)


def test_access_keys(sandbox: SandboxProcess, authorization: Client) -> None:
    identity = application(authorization)
    key = authorization.create_access_key(identity)
    settings = AuthenticationSettings(key.id, key.secret)
    own = OrkesAuthorizationClient(Configuration(server_api_url=sandbox.url, authentication_settings=settings))
    assert own.get_user_info_from_token()["id"] == f"app:{identity}"
    with pytest.raises(AuthorizationException) as refused:
        own.list_groups()
    assert refused.value.status == 403
    [listed] = authorization.get_access_keys(identity)
    assert (listed.id, listed.status) == (key.id, AccessKeyStatus.ACTIVE)
    assert authorization.get_app_by_access_key_id(key.id)["id"] == identity
    assert authorization.toggle_access_key_status(identity, key.id).status == AccessKeyStatus.INACTIVE
    assert authorization.toggle_access_key_status(identity, key.id).status == AccessKeyStatus.ACTIVE
    authorization.delete_access_key(identity, key.id)
    assert authorization.get_access_keys(identity) == []


def test_grants(authorization: Client) -> None:
    group(authorization)
    identity = application(authorization)
    target = TargetRef(TargetType.TASK_DEF, "no-such-task")
    for kind, name in (("GROUP", "ops"), ("USER", f"app:{identity}"), ("ROLE", "USER")):
        authorization.grant_permissions(SubjectRef(kind, name), target, [AccessType.READ, AccessType.EXECUTE])
    authorization.grant_permissions(SubjectRef("GROUP", "ops"), target, [AccessType.UPDATE])
    held = authorization.get_permissions(target)
    assert set(held) == {"READ", "EXECUTE", "UPDATE"}
    assert {(one.type, one.id) for one in held["READ"]} == {
        ("GROUP", "ops"),
        ("USER", f"app:{identity}"),
        ("ROLE", "USER"),
    }
    assert [(one.type, one.id) for one in held["UPDATE"]] == [("GROUP", "ops")]
    [granted] = authorization.get_granted_permissions_for_group("ops")
    assert (granted.target.type, granted.target.id) == ("TASK_DEF", "no-such-task")
    assert set(granted.access) == {"READ", "EXECUTE", "UPDATE"}
    own = [
        one
        for one in authorization.get_granted_permissions_for_user(f"app:{identity}")
        if one.target.id == "no-such-task"
    ]
    assert [set(one.access) for one in own] == [{"READ", "EXECUTE"}]
    assert authorization.check_permissions(f"app:{identity}", "TASK_DEF", "no-such-task") == {
        "READ": True,
        "EXECUTE": True,
        "UPDATE": False,
        "CREATE": False,
        "DELETE": False,
    }
    authorization.remove_permissions(SubjectRef("GROUP", "ops"), target, [AccessType.READ, AccessType.UPDATE])
    [granted] = authorization.get_granted_permissions_for_group("ops")
    assert granted.access == ["EXECUTE"]


@pytest.mark.parametrize(
    ("kind", "name"), [("INTEGRATION_PROVIDER", "hf-prod"), ("INTEGRATION", "hf-prod:acme/tiny-llm")]
)
def test_grants_on_integrations(authorization: Client, kind: str, name: str) -> None:
    """The SDK's lists of target types lack those of integrations, so the kind is given as text."""
    group(authorization)
    target = {"type": kind, "id": name}
    body = {"subject": {"type": "GROUP", "id": "ops"}, "target": target, "access": ["READ", "EXECUTE"]}
    authorization.authorizationResourceApi.grant_permissions(body)
    held = authorization.authorizationResourceApi.get_permissions(kind, name)
    assert held == {"READ": [{"type": "GROUP", "id": "ops"}], "EXECUTE": [{"type": "GROUP", "id": "ops"}]}
    [granted] = authorization.groupResourceApi.get_granted_permissions1("ops")["grantedAccess"]
    assert granted["target"] == target and set(granted["access"]) == {"READ", "EXECUTE"}
    authorization.authorizationResourceApi.remove_permissions(body)
    assert authorization.authorizationResourceApi.get_permissions(kind, name) == {}


def test_roles(authorization: Client) -> None:
    system = authorization.list_system_roles()
    assert {"USER", "ADMIN", "METADATA_MANAGER", "WORKFLOW_MANAGER", "WORKER"} <= set(system)
    permission = next(iter(authorization.list_available_permissions()))
    authorization.create_role(CreateOrUpdateRoleRequest("R", [permission]))
    assert authorization.get_role("R") == {"name": "R", "permissions": [{"name": permission}]}
    assert names(authorization.list_custom_roles()) == {"R"}
    assert names(authorization.list_all_roles()) == {*system, "R"}
    authorization.update_role("R", CreateOrUpdateRoleRequest("R", []))
    assert authorization.get_role("R")["permissions"] == []
    authorization.delete_role("R")
    with pytest.raises(ApiException) as missing:
        authorization.get_role("R")
    assert missing.value.is_not_found()


def test_tokens(authorization: Client) -> None:
    assert authorization.generate_token("sandbox-admin", "sandbox-admin-secret")["token"].count(".") == 2
    me = authorization.get_user_info_from_token()
    assert names(me["roles"]) == {"ADMIN"} and me["namespace"] == "sandbox-org"
