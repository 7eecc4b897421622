# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the Hub that is served: who one is, and what it says of a model."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from .huggingface_accounts import Accounts
from .huggingface_errors import HUB, request_id
from .huggingface_models import Models
from .huggingface_routing import OptionalCaller, Segment
from .huggingface_whoami import whoami

Expand = Annotated[list[str] | None, Query()]
ExpandBrackets = Annotated[list[str] | None, Query(alias="expand[]")]


def _answer(content: object) -> Response:
    return JSONResponse(content, headers=request_id())


def hub_routes(accounts: Accounts, models: Models) -> APIRouter:
    """The routes of the Hub."""
    routes = APIRouter(prefix=HUB)

    @routes.get("/whoami-v2")
    async def who_am_i(caller: OptionalCaller) -> Response:
        if caller is None:
            raise accounts.absent()
        return _answer(whoami(caller))

    def check(name: str, caller: OptionalCaller) -> Response:
        models.readable(name, caller)
        return _answer({})

    def show(name: str, revision: str | None, caller: OptionalCaller, expand: list[str]) -> Response:
        model = models.visible(name, caller)
        return _answer(models.shown(name, model, models.commit(name, model, revision), expand))

    @routes.get("/models/{owner}/{name}/auth-check")
    async def check_access(owner: Segment, name: Segment, caller: OptionalCaller) -> Response:
        return check(f"{owner}/{name}", caller)

    @routes.get("/models/{name}/auth-check")
    async def check_access_of_bare_name(name: Segment, caller: OptionalCaller) -> Response:
        return check(name, caller)

    @routes.get("/models/{owner}/{name}/revision/{revision}")
    async def read_revision(
        owner: Segment,
        name: Segment,
        revision: Segment,
        caller: OptionalCaller,
        expand: Expand = None,
        brackets: ExpandBrackets = None,
    ) -> Response:
        return show(f"{owner}/{name}", revision, caller, [*(expand or []), *(brackets or [])])

    @routes.get("/models/{name}/revision/{revision}")
    async def read_revision_of_bare_name(
        name: Segment, revision: Segment, caller: OptionalCaller, expand: Expand = None, brackets: ExpandBrackets = None
    ) -> Response:
        return show(name, revision, caller, [*(expand or []), *(brackets or [])])

    @routes.get("/models/{owner}/{name}")
    async def read_model(
        owner: Segment, name: Segment, caller: OptionalCaller, expand: Expand = None, brackets: ExpandBrackets = None
    ) -> Response:
        return show(f"{owner}/{name}", None, caller, [*(expand or []), *(brackets or [])])

    @routes.get("/models/{name}")
    async def read_model_of_bare_name(
        name: Segment, caller: OptionalCaller, expand: Expand = None, brackets: ExpandBrackets = None
    ) -> Response:
        return show(name, None, caller, [*(expand or []), *(brackets or [])])

    return routes
