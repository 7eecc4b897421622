# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor: what the server and the network take. Reads once, writes what differs, and does nothing else.

Usage: apply_bare.py URL ESTATE WORK CONCURRENCY, where WORK is apply, check or teardown.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

import aiohttp
from estates import NAMESPACE, Estate, Grant, estate_called

KEY, SECRET = "sandbox-admin", "sandbox-admin-secret"


class Bare:
    """One run.

    Args:
        session: Sends.
        url: Base URL of the API.
        concurrency: Most requests at a time.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, concurrency: int) -> None:
        self._session = session
        self._url = url
        self._places = asyncio.Semaphore(concurrency)

    async def send(self, method: str, *segments: str, body: Any = None, query: str = "") -> Any:
        """Send a request; what is not there is None."""
        path = "/".join(quote(segment, safe="") for segment in segments)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = None if body is None else json.dumps(body)
        async with (
            self._places,
            self._session.request(method, _whole(f"{self._url}/{path}{query}"), data=data, headers=headers) as answer,
        ):
            content = await answer.read()
            if answer.status == 404 and method == "GET":
                return None
            if answer.status != 200:
                raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
            return json.loads(content) if content else None

    async def log_in(self) -> None:
        """Get a token, which every request from now on carries."""
        found = await self.send("POST", "token", body={"keyId": KEY, "keySecret": SECRET})
        self._session.headers["X-Authorization"] = found["token"]


def _whole(url: str) -> Any:
    """Return a URL whose slashes in names stay encoded."""
    from yarl import URL

    return URL(url, encoded=True)


async def each(work: Callable[[Any], Awaitable[Any]], items: Iterable[Any]) -> list[Any]:
    """Return the answers in the order of the items."""
    return list(await asyncio.gather(*(work(item) for item in items)))


class Reading:
    """What is there: one list of each kind, and one read for each integration and each group."""

    def __init__(self) -> None:
        self.integrations: dict[str, dict[str, Any]] = {}
        self.models: dict[tuple[str, str], dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.grants: dict[tuple[str, str, str], set[str]] = {}


async def read(bare: Bare, estate: Estate) -> Reading:
    """Read the cluster."""
    found = Reading()
    integrations, groups = await asyncio.gather(
        bare.send("GET", "integrations", "provider", query="?activeOnly=false"), bare.send("GET", "groups")
    )
    found.integrations = {item["name"]: item for item in integrations}
    found.groups = {item["id"]: item for item in groups}

    async def models_of(name: str) -> None:
        for model in (
            await bare.send("GET", "integrations", "provider", name, "integration", query="?activeOnly=false") or []
        ):
            found.models[name, model["api"]] = model

    async def grants_of(group: str) -> None:
        for grant in (await bare.send("GET", "groups", group, "permissions") or {"grantedAccess": []})["grantedAccess"]:
            found.grants[group, grant["target"]["type"], grant["target"]["id"]] = set(grant["access"])

    await asyncio.gather(each(models_of, estate.integration_names()), each(grants_of, estate.group_names()))
    return found


def differing(estate: Estate, found: Reading) -> tuple[list[str], list[Any], list[str], list[Grant]]:
    """Return what differs: integrations, models, groups and grants."""
    integrations, models, groups = [], [], []
    for name in estate.integration_names():
        body, there = estate.integration_body(name), found.integrations.get(name)
        same = there and all(there[field] == body[field] for field in ("type", "description", "enabled"))
        if not same or (there or {})["configuration"].get("namespace") != NAMESPACE:
            integrations.append(name)
    for model in estate.all_models():
        body, there = estate.model_body(model), found.models.get((model.integration, model.name))
        if not there or any(there[field] != value for field, value in body.items()):
            models.append(model)
    for name in estate.group_names():
        body, there = estate.group_body(name), found.groups.get(name)
        if (
            not there
            or there["description"] != body["description"]
            or sorted(role["name"] for role in there["roles"]) != body["roles"]
        ):
            groups.append(name)
    grants = [
        grant
        for grant in estate.all_grants()
        if found.grants.get((grant.group, grant.kind, grant.target), set()) != set(grant.access)
    ]
    return integrations, models, groups, grants


def grant_body(grant: Grant, access: Iterable[str]) -> dict[str, Any]:
    """Return a grant as it is sent."""
    return {
        "subject": {"type": "GROUP", "id": grant.group},
        "target": {"type": grant.kind, "id": grant.target},
        "access": sorted(access),
    }


async def write(bare: Bare, estate: Estate, found: Reading) -> int:
    """Write what differs, each with one request."""
    integrations, models, groups, grants = differing(estate, found)
    provider = ("integrations", "provider")

    def lacking(grant: Grant) -> set[str]:
        return set(grant.access) - found.grants.get((grant.group, grant.kind, grant.target), set())

    await each(lambda name: bare.send("POST", *provider, name, body=estate.integration_body(name)), integrations)
    await each(
        lambda model: bare.send(
            "POST", *provider, model.integration, "integration", model.name, body=estate.model_body(model)
        ),
        models,
    )
    await each(lambda name: bare.send("PUT", "groups", name, body=estate.group_body(name)), groups)
    await each(lambda grant: bare.send("POST", "auth", "authorization", body=grant_body(grant, lacking(grant))), grants)
    return len(integrations) + len(models) + len(groups) + len(grants)


async def take_down(bare: Bare, estate: Estate, found: Reading) -> int:
    """Delete what the estate has, each with one request, grants first."""
    grants = [grant for grant in estate.all_grants() if (grant.group, grant.kind, grant.target) in found.grants]
    models = [model for model in estate.all_models() if (model.integration, model.name) in found.models]
    groups = [name for name in estate.group_names() if name in found.groups]
    integrations = [name for name in estate.integration_names() if name in found.integrations]
    provider = ("integrations", "provider")
    await each(
        lambda grant: bare.send(
            "DELETE",
            "auth",
            "authorization",
            body=grant_body(grant, found.grants[grant.group, grant.kind, grant.target]),
        ),
        grants,
    )
    await each(lambda name: bare.send("DELETE", "groups", name), groups)
    await each(
        lambda model: bare.send("DELETE", *provider, model.integration, "integration", model.name),
        models,
    )
    await each(lambda name: bare.send("DELETE", *provider, name), integrations)
    return len(grants) + len(models) + len(groups) + len(integrations)


async def main(url: str, estate: Estate, work: str, concurrency: int) -> None:
    """Do the work."""
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:
        bare = Bare(session, url, concurrency)
        await bare.log_in()
        found = await read(bare, estate)
        if work == "check":
            changes = sum(map(len, differing(estate, found)))
        else:
            changes = await (write if work == "apply" else take_down)(bare, estate, found)
    print(json.dumps({"changes": changes}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], estate_called(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
