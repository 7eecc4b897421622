# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in of AWX 24.6.1 for tests: as much of its API as the modules of awx.awx use, and jobs that really run.

It was made from the documented behaviour of AWX alone. Where AWX refuses something, so does it.
"""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import socket
from pathlib import Path
from typing import Any

import uvicorn
from awx_server_jobs import Jobs
from awx_server_rules import Refused
from awx_server_store import KINDS, SURVEYED, Object, Store
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

READY = "awx ready: "
USER, PASSWORD, TOKEN = "admin", "admin-password-of-the-stand-in", "token-of-the-stand-in"
PAGE = 25
VERSION = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
#: A job template has its project's organization, and nobody sets it.
ORGANIZED = (("organization", "job_templates"), ("organization", "unified_job_templates"))
LISTS = (*KINDS, "unified_job_templates", "unified_jobs")


class Api:
    """Answers requests."""

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self.store = store
        self.jobs = jobs
        self.tokens = {TOKEN: 0}
        #: Requests that may have changed something.
        self.writes: list[str] = []

    def allow(self, request: Request, *, basic: bool = False) -> None:
        """Refuse whoever is nobody."""
        kind, _space, value = request.headers.get("authorization", "").partition(" ")
        known = kind == "Bearer" and value in self.tokens
        if basic and kind == "Basic":
            known = base64.b64decode(value).decode() == f"{USER}:{PASSWORD}"
        if not known:
            raise Refused({"detail": "Authentication credentials were not provided."}, 401)

    def answer(self, request: Request, path: str, body: Object) -> tuple[Any, int]:
        """Return the answer to a request and its status."""
        method, parts = request.method, [part for part in path.split("/") if part]
        if parts[0] == "tokens":
            return self._tokens(request, parts[1:])
        self.allow(request)
        if method != "GET":
            self.writes.append(f"{method} {path}")
        kind = parts[0]
        if kind not in LISTS:
            raise Refused({"detail": "Not found."}, 404)
        if len(parts) == 1:
            if method == "POST" and kind in KINDS:
                return self.store.shown(kind, self.store.write(kind, body)), 201
            if method == "GET":
                answer = self._list(request, kind, self.store.all(kind))
                if kind == "inventories":
                    self.store.inventories_were_listed()
                return answer, 200
            raise Refused({"detail": f'Method "{method}" not allowed.'}, 405)
        one = self.store.by_path(kind, parts[1])
        if len(parts) == 2:
            return self._one(method, kind, one, body)
        if len(parts) == 3:
            return self._part(request, kind, one, parts[2], body)
        raise Refused({"detail": "Not found."}, 404)

    def _tokens(self, request: Request, parts: list[str]) -> tuple[Any, int]:
        self.allow(request, basic=True)
        if request.method == "POST" and not parts:
            token = secrets.token_hex(16)
            self.tokens[token] = len(self.tokens)
            return {"id": self.tokens[token], "token": token}, 201
        if request.method == "DELETE" and parts:
            self.tokens = {token: number for token, number in self.tokens.items() if str(number) != parts[0]}
            return None, 204
        raise Refused({"detail": "Not found."}, 404)

    def _one(self, method: str, kind: str, one: Object, body: Object) -> tuple[Any, int]:
        if method == "GET":
            return self.store.shown(kind, one), 200
        if method == "PATCH":
            return self.store.shown(kind, self.store.write(kind, body, one)), 200
        if method == "DELETE":
            return None, self.store.delete(kind, one)
        raise Refused({"detail": f'Method "{method}" not allowed.'}, 405)

    def _part(self, request: Request, kind: str, one: Object, part: str, body: Object) -> tuple[Any, int]:
        method, number = request.method, one["id"]
        if part == "survey_spec" and kind in SURVEYED:
            if method == "POST":
                self.store.set_survey(kind, number, body)
            elif method == "DELETE":
                self.store.surveys.pop((kind, number), None)
            return self.store.surveys.get((kind, number), {}) if method == "GET" else {}, 200
        if part in KINDS.get(kind, KINDS["hosts"]).related:
            if method == "POST":
                self.store.associate(kind, number, part, body)
                return None, 204
            target = KINDS[kind].related[part]
            linked = [self.store.get(target, other) for other in self.store.linked(kind, number, part)]
            return self._list(request, target, linked), 200
        if method == "GET" and (kind, part) == ("workflow_jobs", "workflow_nodes"):
            nodes = self.store.find("workflow_job_nodes", workflow_job=number)
            return self._list(request, "workflow_job_nodes", nodes), 200
        if method == "POST":
            return self._act(kind, one, part, body)
        raise Refused({"detail": "Not found."}, 404)

    def _act(self, kind: str, one: Object, part: str, body: Object) -> tuple[Any, int]:
        if (kind, part) == ("workflow_job_template_nodes", "create_approval_template"):
            return self.store.shown("workflow_approval_templates", self.store.create_approval(one, body)), 201
        if part == "launch" and kind in SURVEYED:
            launch = self.jobs.launch if kind == "job_templates" else self.jobs.launch_workflow
            job, ignored = launch(one, body)
            answer = {**self.store.shown("unified_jobs", job), job["type"]: job["id"], "ignored_fields": ignored}
            return answer, 201
        if part == "update" and kind == "projects":
            return self.store.shown("unified_jobs", self.jobs.update_project(one)), 202
        if part == "update" and kind == "inventory_sources":
            return self.store.shown("unified_jobs", self.jobs.update_inventory(one)), 202
        if part in ("approve", "deny") and kind == "workflow_approvals":
            self.jobs.resolve(one, part == "approve")
            return None, 204
        raise Refused({"detail": "Not found."}, 404)

    def _list(self, request: Request, kind: str, found: list[Object]) -> Object:
        any_of, page, size = [], 1, PAGE
        for name, text in request.query_params.items():
            if name in ("page", "page_size"):
                page, size = (int(text), size) if name == "page" else (page, int(text))
            elif name == "order_by":
                found = sorted(found, key=lambda one: one[text])
            elif name.startswith("or__"):
                any_of.append((name.removeprefix("or__"), text))
            elif name == "job__name":
                named = [one["id"] for one in self.store.find("unified_jobs", name=text)]
                found = [one for one in found if one["job"] in named]
            else:
                known = {*(KINDS[kind].fields if kind in KINDS else ("name",)), "id", "type"}
                if name not in known and (name, kind) not in ORGANIZED:
                    raise Refused({"detail": f"{kind} has no field named '{name}'"})
                found = [one for one in found if str(one.get(name)) == text]
        if any_of:
            found = [one for one in found if any(str(one.get(name)) == text for name, text in any_of)]
        shown = [self.store.shown(kind, one) for one in found[(page - 1) * size : page * size]]
        more = page * size < len(found)
        following = f"/api/v2/{kind}/?{request.url.include_query_params(page=page + 1).query}" if more else None
        return {"count": len(found), "next": following, "previous": None, "results": shown}


def application(folder: Path, galaxy: Path, job_variables: dict[str, str]) -> FastAPI:
    """Return the web application."""
    store = Store()
    api = Api(store, Jobs(store, folder, galaxy, job_variables))
    app = FastAPI(openapi_url=None)

    async def every(request: Request, path: str) -> Response:
        text = await request.body()
        try:
            body = json.loads(text) if text else {}
            with store.lock:
                answer, status = api.answer(request, path, body)
        except Refused as refused:
            return JSONResponse(refused.body, refused.status, headers=VERSION)
        if status in (202, 204) and answer is None:
            return Response(status_code=status, headers=VERSION)
        if isinstance(answer, str):
            return PlainTextResponse(answer, headers=VERSION)
        return JSONResponse(answer, status, headers=VERSION)

    def writes() -> list[str]:
        return list(api.writes)

    app.add_api_route("/control/writes", writes, methods=["GET"])
    app.add_api_route("/api/v2/{path:path}", every, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    return app


def main() -> None:
    """Serve on this machine alone until the end of standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where projects and jobs have their files")
    parser.add_argument("--galaxy", type=Path, required=True, help="folder that holds ansible_collections")
    parser.add_argument("--job-variables", type=json.loads, default={}, help="environment variables of jobs, as JSON")
    options = parser.parse_args()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    server = uvicorn.Server(uvicorn.Config(application(options.folder, options.galaxy, options.job_variables),
                                           log_level="warning"))  # fmt: skip
    print(f"{READY}http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
