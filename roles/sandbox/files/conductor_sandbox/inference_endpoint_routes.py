# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The management API of Inference Endpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from .huggingface_errors import MANAGEMENT, SERVED
from .huggingface_routing import OptionalCaller, Segment, body_of
from .inference_endpoints import InferenceEndpoints
from .store import Document

Words = Annotated[list[str] | None, Query()]
FIRST_PAGE = 20


def management_routes(endpoints: InferenceEndpoints) -> APIRouter:
    """The routes of the management API."""
    routes = APIRouter(prefix=MANAGEMENT)

    def url_of(request: Request, document: Document) -> str:
        # The host has been found to be loopback: so the address leads back to the sandbox, under whatever name.
        return f"http://{request.headers['host']}{SERVED}/{document['id']}"

    def answer(request: Request, document: Document) -> Response:
        return JSONResponse(endpoints.shown(document, url_of(request, document)))

    @routes.get("/provider")
    async def list_hardware(caller: OptionalCaller) -> Response:
        return JSONResponse(endpoints.providers(caller, None))

    @routes.get("/provider/{namespace}")
    async def list_hardware_and_quota(namespace: Segment, caller: OptionalCaller) -> Response:
        return JSONResponse(endpoints.providers(caller, namespace))

    @routes.get("/endpoint/{namespace}")
    async def list_endpoints(
        request: Request,
        namespace: Segment,
        caller: OptionalCaller,
        tags: Words = None,
        search: str = "",
        cursor: str | None = None,
        limit: int = FIRST_PAGE,
    ) -> Response:
        def url(document: Document) -> str:
            return url_of(request, document)

        return JSONResponse(endpoints.page(caller, namespace, url, tags or [], search, cursor, limit))

    @routes.post("/endpoint/{namespace}")
    async def create_endpoint(request: Request, namespace: Segment, caller: OptionalCaller) -> Response:
        return answer(request, endpoints.create(caller, namespace, await body_of(request)))

    @routes.get("/endpoint/{namespace}/{name}")
    async def read_endpoint(request: Request, namespace: Segment, name: Segment, caller: OptionalCaller) -> Response:
        return answer(request, endpoints.get(caller, namespace, name))

    @routes.put("/endpoint/{namespace}/{name}")
    async def update_endpoint(request: Request, namespace: Segment, name: Segment, caller: OptionalCaller) -> Response:
        return answer(request, endpoints.update(caller, namespace, name, await body_of(request)))

    @routes.delete("/endpoint/{namespace}/{name}")
    async def delete_endpoint(namespace: Segment, name: Segment, caller: OptionalCaller) -> Response:
        endpoints.delete(caller, namespace, name)
        status = endpoints.sandbox.settings.huggingface_delete_status
        return Response(status_code=status) if status == 204 else JSONResponse({}, status)

    @routes.post("/endpoint/{namespace}/{name}/pause")
    async def pause_endpoint(request: Request, namespace: Segment, name: Segment, caller: OptionalCaller) -> Response:
        return answer(request, endpoints.pause(caller, namespace, name))

    @routes.post("/endpoint/{namespace}/{name}/resume")
    async def resume_endpoint(request: Request, namespace: Segment, name: Segment, caller: OptionalCaller) -> Response:
        return answer(request, endpoints.resume(caller, namespace, name))

    @routes.post("/endpoint/{namespace}/{name}/scale-to-zero")
    async def scale_endpoint_to_zero(
        request: Request, namespace: Segment, name: Segment, caller: OptionalCaller
    ) -> Response:
        return answer(request, endpoints.scale_to_zero(caller, namespace, name))

    return routes
