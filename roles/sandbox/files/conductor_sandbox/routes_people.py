# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths below /api/token, /api/users, /api/groups and /api/roles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from . import access
from .errors import not_found
from .grants import Grants
from .people import People
from .routing import CLAIMS, Admin, Caller, Id, Name, answer, nothing
from .schemas import (
    ConductorUser,
    CreateOrUpdateRoleRequest,
    GenerateTokenRequest,
    GrantedAccessResponse,
    Group,
    Message,
    Permission,
    Role,
    Token,
    UpsertGroupRequest,
    UpsertUserRequest,
)
from .state import Sandbox


def token_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of tokens."""
    router = APIRouter(prefix="/api/token", tags=["token"])
    people = People(sandbox)

    @router.post("", response_model=Token)
    async def log_in(body: GenerateTokenRequest) -> Response:
        return answer({"token": sandbox.log_in(body.keyId, body.keySecret, body.expiration)})

    @router.get("/userInfo", response_model=dict[str, Any])
    async def user_info(request: Request, caller: Caller, claims: bool = False) -> Response:
        user = people.shown_user(people.user(caller.id))
        user.setdefault("uuid", caller.id.removeprefix(access.APPLICATION_PREFIX))
        return answer({"user": user, "claims": request.scope[CLAIMS]} if claims else user)

    return router


def user_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of users."""
    router = APIRouter(prefix="/api/users", tags=["users"])
    people, grants, store = People(sandbox), Grants(sandbox), sandbox.store

    @router.get("", response_model=list[ConductorUser])
    async def list_users(_admin: Admin, apps: bool = False) -> Response:
        return answer(sandbox.in_any_order([people.shown_user(user) for user in people.users(apps)]))

    @router.get("/{id}", response_model=ConductorUser)
    async def get_user(_admin: Admin, user_id: Id) -> Response:
        return answer(people.shown_user(people.user(user_id)))

    @router.put("/{id}", response_model=ConductorUser)
    async def save_user(_admin: Admin, user_id: Id, body: UpsertUserRequest) -> Response:
        with store.transaction():
            return answer(people.save_user(user_id, body))

    @router.delete("/{id}", response_model=Message)
    async def delete_user(_admin: Admin, user_id: Id) -> Response:
        with store.transaction():
            people.delete_user(user_id)
        return answer({"message": f"Deleted user '{user_id}'"})

    @router.get("/{userId}/permissions", response_model=GrantedAccessResponse)
    async def get_permissions(_admin: Admin, userId: Name) -> Response:
        people.user(userId)
        return answer(grants.granted_access("USER", userId))

    @router.get("/{userId}/checkPermissions", response_model=dict[str, bool])
    async def check_permissions(
        _admin: Admin,
        userId: Name,
        kind: Annotated[str, Query(alias="type")],
        target: Annotated[str, Query(alias="id")],
    ) -> Response:
        people.user(userId)
        return answer(grants.check(userId, kind, target))

    return router


def group_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of groups."""
    router = APIRouter(prefix="/api/groups", tags=["groups"])
    people, grants, store = People(sandbox), Grants(sandbox), sandbox.store

    @router.get("", response_model=list[Group])
    async def list_groups(_admin: Admin) -> Response:
        return answer(sandbox.in_any_order([people.shown_group(group) for group in store.all("groups")]))

    @router.get("/{id}", response_model=Group)
    async def get_group(_admin: Admin, group: Id) -> Response:
        return answer(people.shown_group(people.group(group)))

    @router.put("/{id}", response_model=Group)
    async def save_group(_admin: Admin, group: Id, body: UpsertGroupRequest) -> Response:
        with store.transaction():
            return answer(people.save_group(group, body))

    @router.delete("/{id}", response_model=Message)
    async def delete_group(_admin: Admin, group: Id) -> Response:
        with store.transaction():
            people.delete_group(group)
        return answer({"message": f"Deleted group '{group}'"})

    @router.get("/{groupId}/permissions", response_model=GrantedAccessResponse)
    async def get_permissions(_admin: Admin, groupId: Name) -> Response:
        people.group(groupId)
        return answer(grants.granted_access("GROUP", groupId))

    @router.get("/{id}/users", response_model=list[ConductorUser])
    async def list_members(_admin: Admin, group: Id) -> Response:
        return answer(sandbox.in_any_order([people.shown_user(user) for user in people.members(group)]))

    @router.post("/{groupId}/users")
    async def add_members(_admin: Admin, groupId: Name, body: list[str]) -> Response:
        with store.transaction():
            people.add_members(groupId, body)
        return nothing()

    @router.delete("/{groupId}/users")
    async def remove_members(_admin: Admin, groupId: Name, body: list[str]) -> Response:
        with store.transaction():
            people.remove_members(groupId, body, tolerant=False)
        return nothing()

    @router.post("/{groupId}/users/{userId}")
    async def add_member(_admin: Admin, groupId: Name, userId: Name) -> Response:
        with store.transaction():
            people.add_members(groupId, [userId])
        return answer({})

    @router.delete("/{groupId}/users/{userId}")
    async def remove_member(_admin: Admin, groupId: Name, userId: Name) -> Response:
        with store.transaction():
            people.remove_members(groupId, [userId], sandbox.settings.remove_non_member == "accept")
        return answer({})

    return router


def role_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of roles."""

    def served(request: Request) -> None:
        if sandbox.settings.roles_listing == "not_found":
            raise not_found(f"No such path {request.url.path}")

    router = APIRouter(prefix="/api/roles", tags=["roles"], dependencies=[Depends(served)])
    people, store = People(sandbox), sandbox.store

    @router.get("", response_model=list[Role])
    async def list_roles(_admin: Admin) -> Response:
        return answer(people.shown_roles([*access.SYSTEM_ROLES, *people.custom_roles()]))

    @router.get("/system", response_model=dict[str, Role])
    async def list_system_roles(_admin: Admin) -> Response:
        return answer({name: people.shown_role(name) for name in sandbox.in_any_order(list(access.SYSTEM_ROLES))})

    @router.get("/custom", response_model=list[Role])
    async def list_custom_roles(_admin: Admin) -> Response:
        return answer(people.shown_roles(people.custom_roles()))

    @router.get("/permissions", response_model=dict[str, Permission])
    async def list_permissions(_admin: Admin) -> Response:
        return answer({name: {"name": name} for name in sandbox.in_any_order(access.PERMISSIONS)})

    @router.post("", response_model=Role)
    async def create_role(_admin: Admin, body: CreateOrUpdateRoleRequest) -> Response:
        with store.transaction():
            return answer(people.save_role(body.name, body, create=True))

    @router.get("/{name}", response_model=Role)
    async def get_role(_admin: Admin, name: Name) -> Response:
        return answer(people.role(name))

    @router.put("/{name}", response_model=Role)
    async def update_role(_admin: Admin, name: Name, body: CreateOrUpdateRoleRequest) -> Response:
        with store.transaction():
            return answer(people.save_role(name, body, create=False))

    @router.delete("/{name}", response_model=Message)
    async def delete_role(_admin: Admin, name: Name) -> Response:
        with store.transaction():
            people.delete_role(name)
        return answer({"message": f"Deleted role '{name}'"})

    return router
