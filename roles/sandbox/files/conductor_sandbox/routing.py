# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the routes share: the caller, names in paths, answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator

from .access import Principal
from .errors import bad_request
from .paths import name_of
from .people import demand_admin

PRINCIPAL = "sandbox.principal"
CLAIMS = "sandbox.claims"


def _name(segment: str) -> str:
    name = name_of(segment)
    if not name.strip():
        raise bad_request("A name in the path is empty", "path", name)
    return name


def caller_of(request: Request) -> Principal:
    """Who asks; the gate has found out before."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal


def admin_of(request: Request) -> Principal:
    """Who asks, if it is an administrator."""
    principal = caller_of(request)
    demand_admin(principal)
    return principal


Caller = Annotated[Principal, Depends(caller_of)]
Admin = Annotated[Principal, Depends(admin_of)]

Name = Annotated[str, Path(), AfterValidator(_name)]
Id = Annotated[str, Path(alias="id"), AfterValidator(_name)]
Type = Annotated[str, Path(alias="type"), AfterValidator(_name)]
ActiveOnly = Annotated[bool, Query(alias="activeOnly")]
Category = Annotated[str | None, Query()]


def answer(content: Any) -> Response:
    """200 with JSON."""
    return JSONResponse(content)


def nothing() -> Response:
    """200 without a body."""
    return Response(status_code=200)
