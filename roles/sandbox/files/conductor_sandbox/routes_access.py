# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths below /api/applications and /api/auth."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from .access import Principal
from .applications import APPLICATION, Applications
from .errors import forbidden, not_found
from .grants import Grants
from .people import demand_admin
from .routing import Caller, Id, Name, Type, answer, nothing
from .schemas import (
    AccessKey,
    AuthorizationRequest,
    CreatedAccessKey,
    CreateOrUpdateApplicationRequest,
    ExtendedConductorApplication,
    GrantedAccess,
    Message,
    Tag,
)
from .state import Sandbox
from .tags import add_tags, delete_tags, shown_tags

FIRST_WITH_GRANTS_BY_SUBJECT = (5, 4, 2)


def application_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of applications."""
    router = APIRouter(prefix="/api/applications", tags=["applications"])
    applications, store = Applications(sandbox), sandbox.store

    @router.get("", response_model=list[ExtendedConductorApplication])
    async def list_applications(caller: Caller) -> Response:
        return answer(
            sandbox.in_any_order(
                [applications.shown(application, tags=True) for application in applications.listed(caller)]
            )
        )

    @router.post("", response_model=ExtendedConductorApplication)
    async def create_application(caller: Caller, body: CreateOrUpdateApplicationRequest) -> Response:
        with store.transaction():
            return answer(applications.shown(applications.create(caller, body.name)))

    @router.get("/key/{accessKeyId}", response_model=ExtendedConductorApplication)
    async def get_application_of_key(caller: Caller, accessKeyId: Name) -> Response:
        return answer(applications.shown(applications.by_key(caller, accessKeyId)))

    @router.get("/{id}", response_model=ExtendedConductorApplication)
    async def get_application(caller: Caller, application: Id) -> Response:
        return answer(applications.shown(applications.find(caller, application)))

    @router.put("/{id}", response_model=ExtendedConductorApplication)
    async def rename_application(caller: Caller, application: Id, body: CreateOrUpdateApplicationRequest) -> Response:
        with store.transaction():
            return answer(applications.shown(applications.rename(caller, application, body.name)))

    @router.delete("/{id}", response_model=Message)
    async def delete_application(caller: Caller, application: Id) -> Response:
        with store.transaction():
            applications.delete(caller, application)
        return answer({"message": f"Deleted Application '{application}'"})

    @router.get("/{id}/accessKeys", response_model=list[AccessKey])
    async def list_keys(caller: Caller, application: Id) -> Response:
        return answer(
            sandbox.in_any_order([applications.shown_key(key) for key in applications.keys(caller, application)])
        )

    @router.post("/{id}/accessKeys", response_model=CreatedAccessKey)
    async def create_key(caller: Caller, application: Id) -> Response:
        with store.transaction():
            return answer(applications.create_key(caller, application))

    @router.post("/{applicationId}/accessKeys/{keyId}/status", response_model=AccessKey)
    async def toggle_key(caller: Caller, applicationId: Name, keyId: Name) -> Response:
        with store.transaction():
            return answer(applications.shown_key(applications.toggle_key(caller, applicationId, keyId)))

    @router.delete("/{applicationId}/accessKeys/{keyId}", response_model=Message)
    async def delete_key(caller: Caller, applicationId: Name, keyId: Name) -> Response:
        with store.transaction():
            applications.delete_key(caller, applicationId, keyId)
        return answer({"message": f"Deleted access key '{keyId}'"})

    @router.post("/{applicationId}/roles/{role}", response_model=dict[str, Any])
    async def add_role(caller: Caller, applicationId: Name, role: Name) -> Response:
        with store.transaction():
            applications.set_role(caller, applicationId, role, held=True)
        return answer({})

    @router.delete("/{applicationId}/roles/{role}", response_model=dict[str, Any])
    async def remove_role(caller: Caller, applicationId: Name, role: Name) -> Response:
        with store.transaction():
            applications.set_role(caller, applicationId, role, held=False)
        return answer({})

    # The tag calls don't ask whether there is such an application.

    def demand(caller: Principal, wanted: str, application: str) -> None:
        if not caller.manages_applications:
            sandbox.demand(caller, wanted, APPLICATION, application)

    @router.get("/{id}/tags", response_model=list[Tag])
    async def get_tags(caller: Caller, application: Id) -> Response:
        demand(caller, "READ", application)
        return answer(shown_tags(sandbox, APPLICATION, application))

    @router.put("/{id}/tags")
    async def put_tags(caller: Caller, application: Id, body: list[Tag]) -> Response:
        demand(caller, "UPDATE", application)
        with store.transaction():
            add_tags(sandbox, body, APPLICATION, application)
        return nothing()

    @router.delete("/{id}/tags")
    async def remove_tags(caller: Caller, application: Id, body: list[Tag]) -> Response:
        demand(caller, "UPDATE", application)
        with store.transaction():
            delete_tags(sandbox, body, True, APPLICATION, application)
        return nothing()

    return router


def grant_routes(sandbox: Sandbox) -> APIRouter:
    """The routes of grants."""
    router = APIRouter(prefix="/api/auth", tags=["authorization"])
    grants, store = Grants(sandbox), sandbox.store

    @router.post("/authorization", response_model=Message)
    async def grant(caller: Caller, body: AuthorizationRequest) -> Response:
        with store.transaction():
            grants.add(caller, body)
        return answer({"message": "Granted permission"})

    @router.delete("/authorization", response_model=Message)
    async def revoke(caller: Caller, body: AuthorizationRequest) -> Response:
        with store.transaction():
            grants.remove(caller, body)
        return answer({"message": "Removed permission"})

    @router.get("/authorization/{type}/{id}", response_model=dict[str, Any])
    async def get_by_target(
        caller: Caller, kind: Type, name: Id, group_by: Annotated[str, Query(alias="groupBy")] = "access"
    ) -> Response:
        return answer(grants.by_target(caller, kind, name, group_by))

    def subject(kind: str, name: str) -> str:
        served = sandbox.settings.grants_by_subject
        if served == "by_version":
            served = "served" if sandbox.settings.at_least(*FIRST_WITH_GRANTS_BY_SUBJECT) else "not_found"
        if served == "not_found":
            raise not_found(f"No such path: grants of {kind} {name}")
        return grants.subject_type(kind)

    @router.get("/subjects/{type}/{id}/grants", response_model=list[GrantedAccess])
    async def get_by_subject(
        caller: Caller, kind: Type, name: Id, resource_type: Annotated[str | None, Query(alias="resourceType")] = None
    ) -> Response:
        kind = subject(kind, name)
        if not caller.is_admin and (kind, name) != ("USER", caller.id):
            raise forbidden(f"{caller.id} may not read the grants of {kind} {name}")
        return answer(grants.by_subject(kind, name, resource_type))

    @router.delete("/subjects/{type}/{id}/grants", response_model=Message)
    async def revoke_by_subject(
        caller: Caller, kind: Type, name: Id, resource_type: Annotated[str | None, Query(alias="resourceType")] = None
    ) -> Response:
        kind = subject(kind, name)
        demand_admin(caller)
        with store.transaction():
            grants.remove_all(kind, name, resource_type)
        return answer({"message": "Revoked grants"})

    return router
