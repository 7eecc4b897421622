# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference Endpoints: creating, reading, changing and ending them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Any

from . import huggingface_hardware as hardware
from . import inference_endpoint_life as life
from .huggingface_accounts import READ, WRITE, Accounts, Caller
from .huggingface_errors import HuggingFaceError
from .huggingface_models import Models
from .inference_endpoint_life import NEXT, PAUSED, RUNNING, SLEEPING
from .inference_endpoint_specifications import Specifications, bad, machine_of
from .state import Sandbox
from .store import Document, join

TABLE = "huggingface_endpoints"
FAILURES = "huggingface_failures"
LONGEST_PAGE = 100

UrlOf = Callable[[Document], str]


class InferenceEndpoints:
    """All endpoints."""

    def __init__(self, sandbox: Sandbox, accounts: Accounts, models: Models) -> None:
        self.sandbox = sandbox
        self.accounts = accounts
        self.specifications = Specifications(models)

    # Finding

    def find(self, namespace: str, name: str) -> Document:
        """An endpoint.

        Raises:
            HuggingFaceError: There is none.
        """
        document = self.sandbox.store.get(TABLE, join(namespace, name))
        if document is None:
            raise HuggingFaceError(404, f"Endpoint {name} not found in {namespace}")
        return document

    def by_id(self, identifier: str) -> Document:
        """An endpoint by the id in its address."""
        found = self.sandbox.store.by(TABLE, "id", identifier)
        if not found:
            raise HuggingFaceError(404, "No endpoint is served here")
        return found[0]

    def put(self, document: Document) -> Document:
        """Keep an endpoint as it has become."""
        self.sandbox.store.put(TABLE, join(document["namespace"], document["spec"]["name"]), document)
        return document

    def shown(self, document: Document, url: str) -> dict[str, Any]:
        """What is told of an endpoint."""
        return {**self.specifications.shown(document["spec"]), "status": life.status(document, url)}

    def moved(self, document: Document) -> Document:
        """An endpoint after one more read."""
        failure = self.sandbox.store.get(FAILURES, join(document["namespace"], document["spec"]["name"]))
        reason = failure["message"] if failure else document["failure"]
        machine = machine_of(document["spec"])
        stuck = machine is None or machine.status != "available"
        after = life.read(document, self.sandbox.settings, reason, stuck)
        return document if after == document else self.put(after)

    def get(self, caller: Caller | None, namespace: str, name: str) -> Document:
        """An endpoint, for somebody who asks, on which it moves on."""
        self.accounts.demand_manager(caller, namespace, READ)
        return self.moved(self.find(namespace, name))

    def page(
        self,
        caller: Caller | None,
        namespace: str,
        url_of: UrlOf,
        tags: list[str],
        search: str,
        cursor: str | None,
        limit: int,
    ) -> dict[str, Any]:
        """A part of a namespace's endpoints; reading them so does not move them on."""
        self.accounts.demand_manager(caller, namespace, READ, listing=True)
        if not 1 <= limit <= LONGEST_PAGE:
            raise bad(f"limit: {limit} is not within 1 to {LONGEST_PAGE}")
        found = [
            document
            for document in self.sandbox.store.all(TABLE)
            if document["namespace"] == namespace
            and search in document["spec"]["name"]
            and set(tags) <= set(document["spec"]["tags"])
        ]
        start = self._start(cursor)
        answer: dict[str, Any] = {
            "items": [self.shown(document, url_of(document)) for document in found[start : start + limit]]
        }
        if start + limit < len(found):
            answer["nextCursor"] = self._cursor(start + limit)
        if start > 0:
            answer["prevCursor"] = self._cursor(max(0, start - limit))
        return answer

    @staticmethod
    def _cursor(start: int) -> str:
        return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()

    @staticmethod
    def _start(cursor: str | None) -> int:
        if cursor is None:
            return 0
        try:
            word, _colon, number = base64.urlsafe_b64decode(cursor).decode().partition(":")
            if word == "from" and number.isdecimal():
                return int(number)
        except ValueError:
            pass
        raise bad("cursor: it is none of this service")

    def providers(self, caller: Caller | None, namespace: str | None) -> dict[str, Any]:
        """The hardware; with a namespace, and what of it is in use."""
        if caller is None:
            raise self.accounts.absent()
        if namespace is None:
            return hardware.vendors()
        self.accounts.demand_manager(caller, namespace, READ)
        used: dict[str, int] = {}
        for document in self.sandbox.store.all(TABLE):
            machine = machine_of(document["spec"])
            if document["namespace"] == namespace and document["aim"] == RUNNING and machine:
                most = document["spec"]["compute"]["scaling"]["maxReplica"]
                used[machine.instance_type] = used.get(machine.instance_type, 0) + machine.accelerators * most
        return hardware.vendors(used)

    def called(self, document: Document) -> Document:
        """An endpoint that somebody calls, if it runs; one that sleeps is woken up by the call that is refused.

        Raises:
            HuggingFaceError: It does not run.
        """
        state = document["progress"]["state"]
        if state == PAUSED:
            raise bad("endpoint is paused")
        if state == SLEEPING:
            self.put(life.entered(document, "initializing"))
        elif state in ("pending", "initializing"):
            document = self.moved(document)
            state = document["progress"]["state"]
        if state not in (RUNNING, "updating"):
            raise HuggingFaceError(503, f"endpoint is {state}")
        return self.put({**document, "progress": {**document["progress"], "lastUsedAt": life.now()}})

    # Changing

    def create(self, caller: Caller | None, namespace: str, content: dict[str, Any]) -> Document:
        """A new endpoint."""
        caller = self.accounts.demand_manager(caller, namespace, WRITE)
        if not caller.can_pay_in(namespace):
            raise HuggingFaceError(403, f"Payment method required for namespace: {namespace}")
        spec, failure = self.specifications.created(content, caller)
        if self.sandbox.store.get(TABLE, join(namespace, spec["name"])) is not None:
            status = self.sandbox.settings.huggingface_taken_name_status
            raise HuggingFaceError(status, f"Endpoint {spec['name']} already exists in {namespace}")
        moment = life.now()
        document: Document = {
            "namespace": namespace,
            "id": secrets.token_hex(8),
            "spec": spec,
            "failure": failure,
            "createdBy": caller.user,
            "updatedBy": caller.user,
            "progress": {"createdAt": moment, "updatedAt": moment},
        }
        return self.put(life.entered(document, "pending"))

    def update(self, caller: Caller | None, namespace: str, name: str, content: dict[str, Any]) -> Document:
        """Change an endpoint, which then starts anew."""
        caller = self.accounts.demand_manager(caller, namespace, WRITE)
        document = self.find(namespace, name)
        spec, failure = self.specifications.updated(document["spec"], document["failure"], content, caller)
        document = life.changed({**document, "spec": spec, "failure": failure}, caller.user)
        rests = document["aim"] in (PAUSED, SLEEPING)
        if not rests or self.sandbox.settings.huggingface_update_at_rest == "starts":
            document = life.entered(document, "updating" if document["progress"].get("deployed") else "pending")
        return self.put(document)

    def delete(self, caller: Caller | None, namespace: str, name: str) -> None:
        """End an endpoint for good."""
        self.accounts.demand_manager(caller, namespace, WRITE)
        self.find(namespace, name)
        self.sandbox.store.delete(TABLE, join(namespace, name))

    def _enter(self, caller: Caller, document: Document, state: str) -> Document:
        return self.put(life.entered(life.changed(document, caller.user), state))

    def pause(self, caller: Caller | None, namespace: str, name: str) -> Document:
        """Stop an endpoint until it is resumed."""
        caller = self.accounts.demand_manager(caller, namespace, WRITE)
        document = self.find(namespace, name)
        settings, state = self.sandbox.settings, document["progress"]["state"]
        if state == PAUSED and settings.huggingface_paused_pause == "reject":
            raise bad("Endpoint is paused already")
        if state == SLEEPING and settings.huggingface_sleeping_pause == "reject":
            raise bad("Endpoint is scaled to zero")
        return self._enter(caller, document, PAUSED)

    def resume(self, caller: Caller | None, namespace: str, name: str) -> Document:
        """Start a paused endpoint."""
        caller = self.accounts.demand_manager(caller, namespace, WRITE)
        document = self.find(namespace, name)
        state = document["progress"]["state"]
        sleeping = self.sandbox.settings.huggingface_sleeping_resume
        if state in (RUNNING, "updateFailed", *NEXT) or (state == SLEEPING and sleeping == "already_running"):
            raise bad("Endpoint is already running")
        if state == SLEEPING and sleeping == "reject":
            raise bad("Endpoint is scaled to zero, not paused")
        if state == "failed":
            raise bad("Endpoint has failed, and is not paused")
        return self._enter(caller, document, "initializing" if state == SLEEPING else "pending")

    def scale_to_zero(self, caller: Caller | None, namespace: str, name: str) -> Document:
        """Stop an endpoint until it is called."""
        caller = self.accounts.demand_manager(caller, namespace, WRITE)
        document = self.find(namespace, name)
        settings, state = self.sandbox.settings, document["progress"]["state"]
        paused = state == PAUSED and settings.huggingface_paused_scale_to_zero == "accept"
        if state != RUNNING and not paused:
            raise bad(f"Endpoint cannot be scaled to zero while it is {state}")
        minimum = document["spec"]["compute"]["scaling"]["minReplica"]
        if minimum and settings.huggingface_scale_to_zero_minimum == "zero":
            raise bad(f"compute.scaling.minReplica: {minimum} does not let the endpoint scale to zero")
        return self._enter(caller, document, SLEEPING)
