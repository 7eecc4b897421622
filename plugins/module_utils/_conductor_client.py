# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orkes Conductor's REST API: authentication, one method an endpoint, errors (floor 1).

The API is described at https://orkes.io/content/reference-docs/api. Nothing here decides what should be written.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any, Callable, Iterator, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.orkes.conductor.plugins.module_utils._answer_shapes import (
    CHECKED_ANSWERS,
    entries_problem,
    identity_problem,
    lists_problem,
    misshapen,
    roles_problem,
    type_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError, one_line
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpResponse
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor, is_secret_key, secrets_in_url

#: Error codes with which the server asks for a new token; any other refusal is about permissions.
TOKEN_ERRORS = frozenset({"EXPIRED_TOKEN", "INVALID_TOKEN"})

#: What a missing permission is called in an error: what the request takes, and the smallest role that has it.
ADMIN_FOR_GROUPS = (
    "the role ADMIN (groups); no smaller one may read or write groups and what they hold. "
    "The role hf_setup leaves kinds out by hf_setup_manage"
)
ADMIN_FOR_USERS = (
    "the role ADMIN (users); no smaller one may read users and what they hold. "
    "The role hf_setup leaves kinds out by hf_setup_manage"
)
FOR_APPLICATIONS = "access to applications: their own holders have it, and the roles APPLICATION_MANAGER and ADMIN"
CREATE_INTEGRATION = "CREATE_INTEGRATION"
TO_CREATE_INTEGRATIONS = f"{CREATE_INTEGRATION}, and the smallest role that has it is USER"

#: Shortest value of a secret key that is learnt from a server; a shorter one would blank out ordinary words.
SHORTEST_LEARNT = 6

CHECK_SERVER = "Check that server_url is an Orkes Conductor API of a supported version."

SPEAKS_HTTPS = "https is spoken there, and server_url says http: write https."

#: What may have been answered from a store of somebody in between, or by a server that was just starting.
CHECK_ANSWER = f"{CHECK_SERVER} If it is, look at what stands before it, and run again."

#: What writes answer, where anything: an object, or a text. An empty answer is as good.
ANSWERS_OF_WRITES = (dict, str)

#: Longest name that is taken, in characters.
LONGEST_NAME = 255

#: Longest part of a server's message that is repeated in an error.
LONGEST_MESSAGE = 500


def is_one_word(value: Any) -> bool:
    """Tell whether this is a text without white space and control characters."""
    return isinstance(value, str) and value.isprintable() and value.split() == [value]


class Credentials(NamedTuple):
    """Who asks: a ready-made token, or a key pair from which tokens are made.

    Attributes:
        token: A JSON web token, or None.
        key: Id of an access key, or None.
        secret: The key's secret, or None.
        lifetime: Seconds that a token made from the pair should last, or None for as long as the server likes.
    """

    token: str | None = None
    key: str | None = None
    secret: str | None = None
    lifetime: int | None = None


def base_url_of(server_url: str) -> str:
    """Return the API's base URL, ending in C(/api), for a server URL with or without it."""
    server_url = server_url.rstrip("/")
    return server_url if server_url.endswith("/api") else server_url + "/api"


def name_problem(what: str, name: Any) -> str | None:
    """Return what is wrong with a name that will be part of a URL, or None.

    A segment C(.) or C(..) would be resolved by HTTP libraries, and the request would reach another object. What is not
    printable, such as a mark that reverses the text after it, makes a name look like another one.
    """
    if not isinstance(name, str) or not name.strip():
        return f"{what} is empty: give a name"
    if len(name) > LONGEST_NAME:
        return f"{what} {name[:40]!r}... has {len(name)} characters: give a name of {LONGEST_NAME} at most"
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        return f"{what} {name!r} holds control characters: remove them"
    if name != name.strip():
        return f"{what} {name!r} begins or ends with white space: remove it"
    hidden = sorted({f"U+{ord(character):04X}" for character in name if not character.isprintable()})
    if hidden:
        return f"{what} {name!r} holds characters that cannot be seen ({', '.join(hidden)}): remove them"
    if any(segment in (".", "..") for segment in name.split("/")):
        return f"{what} {name!r} has a part that is '.' or '..', which cannot be sent in a URL: use another name"
    return None


def integration_name_problem(option: str, name: Any) -> str | None:
    """Return what is wrong with the name of an integration, or None."""
    problem = name_problem(option, name)
    if problem is None and ":" in name:
        problem = f"{option} {name!r} holds a colon, which separates integration and model in permissions: take it out"
    return problem


class ConductorClient:
    """Talks to one Conductor server as one caller. Safe to use from several threads.

    Args:
        http: Sends the requests.
        base_url: Base URL that ends in C(/api).
        credentials: Who asks.
        redactor: Learns the tokens, and scrubs what the server says.
    """

    def __init__(self, http: HttpClient, base_url: str, credentials: Credentials, redactor: Redactor) -> None:
        self._http = http
        self.base_url = base_url
        self._credentials = credentials
        self._redactor = redactor
        self._token = credentials.token
        self._accepted: str | None = None
        self._lifetime = credentials.lifetime
        self._login_lock = threading.Lock()

    # Requests

    def call(
        self,
        method: str,
        *segments: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        needs: str = "",
        replay_safe: bool = True,
        trailing_slash: bool = False,
        raw_segment: int | None = None,
        expected: type | None = None,
        answers: tuple[type, ...] = ANSWERS_OF_WRITES,
    ) -> Any:
        """Send an authenticated request and return the parsed answer, or None for an empty one.

        Args:
            method: HTTP method.
            segments: Parts of the path after C(/api); each is encoded whole, slashes included.
            query: Query parameters.
            body: Sent as JSON.
            needs: The permission the request takes, for the error.
            replay_safe: False when doing it twice does harm.
            trailing_slash: Whether the path ends in a slash, which some routes insist on.
            raw_segment: Number of the segment whose slashes are left as they are.
            expected: Type the answer must have; a listing that is none must not be taken for an empty one.
            answers: Types that the answer to a write may have if there is one. Another one does not come from this
                route, and says nothing on whether it acted.

        Raises:
            ApiError: The server refused, did not answer, or answered with something else than expected.
        """
        url = self._url(segments, query, trailing_slash, raw_segment)
        token = self._current_token()
        response = self._send(method, url, token, body, replay_safe)
        if self._asks_for_new_token(response):
            if self._credentials.key is None:
                raise self._error(method, url, response, "The token has ended: give a fresh auth_token, or a key pair.")
            response = self._send(method, url, self._current_token(instead_of=token), body, replay_safe)
        if not 200 <= response.status < 300:
            raise self._error(method, url, response, self._hint(response, needs))
        answer = self._parse(method, url, response)
        problem = misshapen(answer) if segments[0] in CHECKED_ANSWERS else None
        of_wrong_type = type_problem(answer, expected) if expected is not None else None
        if of_wrong_type:
            problem = of_wrong_type
        elif method != "GET" and answer is not None and not isinstance(answer, answers):
            problem = f"an answer of type {type(answer).__name__}, which such a request never has"
        elif method != "GET" and response.is_broken:
            problem = "an answer that is no JSON, though it begins so"
        if problem:
            path = self._redactor.scrub(urlsplit(url).path)
            uncertain = method != "GET"
            raise ApiError(method, path, response.status, problem, CHECK_SERVER, uncertain=uncertain, from_api=False)
        return answer

    def attempt(
        self,
        method: str,
        *segments: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        replay_safe: bool = True,
        trailing_slash: bool = False,
        raw_segment: int | None = None,
        token: str | None = None,
    ) -> HttpResponse:
        """Send a request and return the answer whatever its status, for finding out how a server behaves.

        Args:
            method: HTTP method.
            segments: Parts of the path after C(/api); each is encoded whole, slashes included.
            query: Query parameters.
            body: Sent as JSON.
            replay_safe: False when doing it twice does harm.
            trailing_slash: Whether the path ends in a slash.
            raw_segment: Number of the segment whose slashes are left as they are.
            token: Token to send instead of the caller's; an empty one sends none.

        Raises:
            ApiError: There was no answer, or one that says nothing on the request (rate limit, server away).
        """
        url = self._url(segments, query, trailing_slash, raw_segment)
        if token is not None:
            return self._http.request(method, url, {"X-Authorization": token} if token else {}, body, replay_safe)
        own = self._current_token()
        response = self._send(method, url, own, body, replay_safe)
        if self._asks_for_new_token(response) and self._credentials.key is not None:
            response = self._send(method, url, self._current_token(instead_of=own), body, replay_safe)
        if response.status in (429, 502, 503, 504):
            raise self._error(method, url, response, self._hint(response, ""))
        return response

    @property
    def own_key(self) -> str | None:
        """Id of the access key with which this caller logs in, or None when a token was given instead."""
        return self._credentials.key

    def learn_secret(self, secret: str) -> None:
        """Keep a secret out of every output from now on."""
        self._redactor.add(secret)

    def as_caller(self, credentials: Credentials) -> ConductorClient:
        """Return a client of the same server for another caller."""
        return ConductorClient(self._http, self.base_url, credentials, self._redactor)

    def _url(
        self,
        segments: tuple[str, ...],
        query: dict[str, str] | None,
        trailing_slash: bool,
        raw_segment: int | None,
    ) -> str:
        parts = [quote(segment, safe="/" if number == raw_segment else "") for number, segment in enumerate(segments)]
        url = f"{self.base_url}/{'/'.join(parts)}{'/' if trailing_slash else ''}"
        return f"{url}?{urlencode(query)}" if query else url

    def _send(self, method: str, url: str, token: str, body: Any, replay_safe: bool) -> HttpResponse:
        response = self._http.request(method, url, {"X-Authorization": token}, body, replay_safe)
        if 200 <= response.status < 300:
            self._accepted = token
        return response

    def _current_token(self, instead_of: str | None = None) -> str:
        """Return the token; log in if there is none, or if it is still the one that was refused."""
        with self._login_lock:
            if self._token is None or self._token == instead_of:
                if instead_of is not None and instead_of != self._accepted:
                    # Over before it was ever taken: the server may read the lifetime in another way than documented.
                    self._lifetime = None
                self._token = self._log_in()
            return self._token

    def _log_in(self) -> str:
        if self._credentials.key is None or self._credentials.secret is None:
            raise CollectionError("no credentials: give auth_key and auth_secret, or auth_token")
        url = f"{self.base_url}/token"
        body: dict[str, Any] = {"keyId": self._credentials.key, "keySecret": self._credentials.secret}
        lifetime = {} if self._lifetime is None else {"expiration": self._lifetime * 1000}
        response = self._http.request("POST", url, {}, {**body, **lifetime}, changes=False)
        if response.asks_for_https:
            raise self._error("POST", url, response, SPEAKS_HTTPS, login=True)
        if response.status == 400 and lifetime:
            # The server may not know the field.
            self._lifetime = None
            response = self._http.request("POST", url, {}, body, changes=False)
        if response.status in (400, 401, 403, 404) and not response.is_page and self._doubled_path:
            raise self._error("POST", url, response, self._doubled_path, login=True)
        if response.status == 404 and not response.is_page:
            hint = (
                "This is not an Orkes Conductor API (open-source Conductor has no integrations and no permissions): "
                "check server_url."
            )
            raise self._error("POST", url, response, hint, login=True)
        if response.status in (400, 401, 403) and not response.is_page:
            hint = "Check auth_key and auth_secret: the server does not accept them."
            raise self._error("POST", url, response, hint, login=True)
        if not 200 <= response.status < 300:
            raise self._error("POST", url, response, self._hint(response, ""), login=True)
        answer = self._parse("POST", url, response, login=True)
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            path = urlsplit(url).path
            raise ApiError("POST", path, response.status, "no token in the answer", CHECK_SERVER, from_api=False)
        self._redactor.add(token)
        return token

    # Answers

    @property
    def _doubled_path(self) -> str:
        """What is likely wrong where the API is not found or lets nobody in; behind a gateway it may be right."""
        if not self.base_url.endswith("/api/api"):
            return ""
        return "server_url has the path /api/api: take one /api out, or check auth_key and auth_secret if it is right."

    @staticmethod
    def _error_fields(response: HttpResponse) -> dict[str, Any]:
        try:
            fields = response.json()
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}

    def _asks_for_new_token(self, response: HttpResponse) -> bool:
        return response.status in (401, 403) and self._error_fields(response).get("error") in TOKEN_ERRORS

    def _error(self, method: str, url: str, response: HttpResponse, hint: str, login: bool = False) -> ApiError:
        fields = self._error_fields(response)
        message = fields.get("message") or fields.get("error")
        if not isinstance(message, str):
            message = "" if response.is_page else response.text().strip()
        # Scrubbed before it is cut: half a secret would not be recognised any more.
        message = one_line(" ".join(self._redactor.scrub(message).split())[:LONGEST_MESSAGE])
        code = fields.get("error")
        path = self._redactor.scrub(urlsplit(url).path)
        # Only an answer that refuses says that nothing happened, unless the request was sent before: a server that
        # failed, or points elsewhere, may have acted before that.
        tells = 400 <= response.status < 500 or response.status == 501
        page = response.is_page
        return ApiError(
            method,
            path,
            response.status,
            message,
            hint,
            code if isinstance(code, str) else "",
            uncertain=method != "GET" and not login and (not tells or response.sent_before),
            page=page,
            from_api=not login and not page,
        )

    def _hint(self, response: HttpResponse, needs: str) -> str:
        if 300 <= response.status < 400:
            host = self._redactor.scrub(response.location_host) or "another address"
            return f"It redirects to {host}, and redirects are not followed: set server_url to the final address."
        if response.asks_for_https:
            return SPEAKS_HTTPS
        if response.is_page:
            text = "A web page came instead of the API's answer, as from a proxy or login page: check server_url."
            plain = self.base_url.startswith("http:")
            return f"{text} It says http, and it may be https that is spoken there." if plain else text
        if response.status in (401, 404) and self._doubled_path:
            return self._doubled_path
        if response.status == 401:
            return "Check auth_key and auth_secret, or auth_token."
        if response.status in (400, 422):
            return "The server does not accept what was sent: compare the options with its message."
        if response.status == 402:
            return "The plan's limit is reached: remove objects or extend the plan."
        if response.status == 403:
            return f"Missing permission: {needs or 'ask an Admin what this request takes'}."
        if response.status == 404:
            return (
                "It does not exist (any more): run again, so that it is planned anew, and check the name if it stays."
            )
        if response.status == 405:
            return CHECK_SERVER
        if response.status == 409:
            return "It exists already, or somebody changed it at the same time: run again."
        if response.status == 429:
            return "The server limits requests: lower concurrency, or run again later."
        if response.status >= 500:
            return "The server failed: run again, and look at its log if it stays."
        return CHECK_SERVER

    def _parse(self, method: str, url: str, response: HttpResponse, login: bool = False) -> Any:
        if not response.body.strip():
            return None
        try:
            return response.json()
        except ValueError:
            if response.is_page:
                raise self._error(method, url, response, self._hint(response, ""), login) from None
            # Some routes answer with bare text.
            return response.text()

    # The caller

    def get_user_info(self) -> dict[str, Any]:
        """Return who the caller is: C(id), C(name), C(roles), C(groups), C(namespace) (the organisation)."""
        return self._get("token", "userInfo", by="id")

    def get_version(self) -> str | None:
        """Return the server's version, or None when it does not tell."""
        try:
            answer = self.call("GET", "version")
        except ApiError as error:
            if error.status is None or error.status in (429, 502, 503, 504):
                raise
            return None
        return str(answer).strip() or None if answer is not None else None

    def get_health(self) -> dict[str, Any] | None:
        """Return the server's health, which it tells beside the API, or None when it does not."""
        url = f"{self.base_url[: -len('/api')]}/health"
        response = self._http.request("GET", url, {})
        if not 200 <= response.status < 300:
            return None
        fields = self._error_fields(response)
        return fields or None

    # Integrations

    def get_integration(self, name: str) -> dict[str, Any] | None:
        """Return an integration, or None if there is none that the caller can see."""
        path = ("integrations", "provider", name)
        found = self._get_or_none(*path, by="name", asked=name, needs=f"READ on integration {name}")
        self._learn_secrets((found or {}).get("configuration"))
        return found

    def list_integrations(self) -> list[dict[str, Any]]:
        """Return all integrations that the caller can see, disabled ones too, without their models."""
        integrations = self._list("integrations", "provider", by="name", query={"activeOnly": "false"})
        for found in integrations:
            self._learn_secrets(found.get("configuration"))
        return integrations

    def save_integration(self, name: str, body: dict[str, Any]) -> None:
        """Create an integration, or replace it whole."""
        needs = f"UPDATE on integration {name}, or to create it {TO_CREATE_INTEGRATIONS}"
        self.call("POST", "integrations", "provider", name, body=body, needs=needs)

    def delete_integration(self, name: str) -> None:
        """Delete an integration."""
        with self._unless_gone(lambda: self.get_integration(name) is None):
            self.call("DELETE", "integrations", "provider", name, needs=f"DELETE on integration {name}")

    def add_integration_tags(self, name: str, tags: list[dict[str, str]]) -> None:
        """Add tags, each C({key, value})."""
        self.call("PUT", "integrations", "provider", name, "tags", body=tags, needs=f"UPDATE on integration {name}")

    def delete_integration_tags(self, name: str, tags: list[dict[str, str]]) -> None:
        """Delete tags, each given exactly."""
        with self._unless_gone(lambda: True):
            self.call(
                "DELETE", "integrations", "provider", name, "tags", body=tags, needs=f"UPDATE on integration {name}"
            )

    def left_integration_tags(self, name: str) -> list[tuple[str, str]]:
        """Return the tags that are still kept under the name of an integration that was deleted, as pairs.

        None where the server says in any way that there are none to be read.
        """
        try:
            answer = self._list("integrations", "provider", name, "tags", by="key")
        except ApiError as error:
            if error.from_api and error.status is not None and 400 <= error.status < 500:
                return []
            raise
        return [(str(tag["key"]), str(tag.get("value") or "")) for tag in answer]

    def save_integrations_in_bulk(self, integrations: list[dict[str, Any]]) -> None:
        """Create or update whole integrations with their models; each carries its real key."""
        needs = f"UPDATE on {', '.join(str(integration['name']) for integration in integrations)}"
        self.call("POST", "integrations", body=integrations, trailing_slash=True, needs=needs)

    # Models

    def list_models(self, integration: str) -> list[dict[str, Any]] | None:
        """Return all models of an integration, disabled ones too, or None when the integration does not exist."""
        try:
            models = self._list(
                "integrations",
                "provider",
                integration,
                "integration",
                by="api",
                query={"activeOnly": "false"},
                needs=f"READ on integration {integration}",
            )
        except ApiError as error:
            if self._means_absent(error):
                return None
            raise
        for model in models:
            self._learn_secrets(model.get("configuration"))
        return models

    def get_model(self, integration: str, model: str, raw: bool = False) -> Any:
        """Return what the server answers for one model; C(raw) leaves the slashes of its name as they are.

        That is another thing than a model where the path leads to another route, but never nothing.
        """
        answer = self._call_model("GET", integration, model, raw, needs=f"READ on model {integration}:{model}")
        if answer is None:
            path = f"/api/integrations/provider/{integration}/integration/{model}"
            raise ApiError("GET", path, 200, str(type_problem(answer, dict)), CHECK_SERVER, from_api=False)
        return answer

    def save_model(self, integration: str, model: str, body: dict[str, Any], raw: bool = False) -> None:
        """Create or update a model; C(raw) leaves the slashes of its name as they are in the path."""
        needs = f"UPDATE on integration {integration}, and on model {integration}:{model} if it exists"
        self._call_model("POST", integration, model, raw, body, needs=needs)

    def delete_model(self, integration: str, model: str, raw: bool = False) -> None:
        """Delete a model; C(raw) leaves the slashes of its name as they are in the path."""
        needs = f"DELETE on integration {integration} and on model {integration}:{model}"
        with self._unless_gone(lambda: model not in [found["api"] for found in self.list_models(integration) or []]):
            self._call_model("DELETE", integration, model, raw, needs=needs)

    def add_model_tags(self, integration: str, model: str, tags: list[dict[str, str]], raw: bool = False) -> None:
        """Add tags to a model, each C({key, value})."""
        needs = f"UPDATE on model {integration}:{model}"
        self._call_model("PUT", integration, model, raw, tags, needs=needs, below=("tags",))

    def delete_model_tags(self, integration: str, model: str, tags: list[dict[str, str]], raw: bool = False) -> None:
        """Delete tags from a model, each given exactly."""
        needs = f"UPDATE on model {integration}:{model}"
        with self._unless_gone(lambda: True):
            self._call_model("DELETE", integration, model, raw, tags, needs=needs, below=("tags",))

    def _call_model(
        self,
        method: str,
        integration: str,
        model: str,
        raw: bool,
        body: Any = None,
        needs: str = "",
        below: tuple[str, ...] = (),
    ) -> Any:
        segments = ("integrations", "provider", integration, "integration", model, *below)
        return self.call(method, *segments, body=body, needs=needs, raw_segment=4 if raw else None)

    # Groups, users and applications

    def get_group(self, name: str) -> dict[str, Any] | None:
        """Return a group, or None."""
        return self._get_or_none("groups", name, by="id", asked=name, needs=ADMIN_FOR_GROUPS)

    def list_groups(self) -> list[dict[str, Any]]:
        """Return all groups."""
        return self._list("groups", by="id", needs=ADMIN_FOR_GROUPS)

    def save_group(self, name: str, body: dict[str, Any]) -> None:
        """Create or update a group."""
        self.call("PUT", "groups", name, body=body, needs=ADMIN_FOR_GROUPS)

    def delete_group(self, name: str) -> None:
        """Delete a group."""
        with self._unless_gone(lambda: self.get_group(name) is None):
            self.call("DELETE", "groups", name, needs=ADMIN_FOR_GROUPS)

    def list_group_members(self, name: str) -> list[dict[str, Any]]:
        """Return the users in a group."""
        return self._list("groups", name, "users", by="id", needs=ADMIN_FOR_GROUPS)

    def add_group_members(self, group: str, users: list[str]) -> None:
        """Put users into a group; repeating it is harmless."""
        if len(users) == 1:
            self.call("POST", "groups", group, "users", users[0], needs=ADMIN_FOR_GROUPS)
        else:
            self.call("POST", "groups", group, "users", body=users, needs=ADMIN_FOR_GROUPS)

    def remove_group_member(self, group: str, user: str) -> None:
        """Take a user out of a group."""
        with self._unless_gone(lambda: user not in [str(found.get("id")) for found in self.list_group_members(group)]):
            self.call("DELETE", "groups", group, "users", user, needs=ADMIN_FOR_GROUPS)

    def list_roles(self) -> list[str] | None:
        """Return the names of all roles, or None where the server does not list them."""
        response = self.attempt("GET", "roles")
        if not 200 <= response.status < 300:
            return None
        try:
            found = response.json()
        except ValueError:
            return None
        if not isinstance(found, list):
            return None
        problem = roles_problem(found)
        if problem:
            raise ApiError("GET", "/api/roles", response.status, problem, CHECK_SERVER, from_api=False)
        return [role if isinstance(role, str) else str(role["name"]) for role in found]

    def get_user(self, user: str) -> dict[str, Any] | None:
        """Return a user (or the user of an application, C(app:<id>)), or None."""
        return self._get_or_none("users", user, by="id", asked=user, needs=ADMIN_FOR_USERS)

    def save_user(self, user: str, body: dict[str, Any]) -> None:
        """Create or update a user."""
        self.call("PUT", "users", user, body=body, needs=ADMIN_FOR_USERS)

    def delete_user(self, user: str) -> None:
        """Delete a user."""
        with self._unless_gone(lambda: self.get_user(user) is None):
            self.call("DELETE", "users", user, needs=ADMIN_FOR_USERS)

    def check_permissions(self, user: str, target_type: str, target_id: str) -> dict[str, Any] | None:
        """Return whether a user holds each access on a target, by whatever way, or None without such a user."""
        query = {"type": target_type, "id": target_id}
        try:
            answer: dict[str, Any] = self.call(
                "GET", "users", user, "checkPermissions", query=query, needs=ADMIN_FOR_USERS, expected=dict
            )
        except ApiError as error:
            if self._means_absent(error):
                return None
            raise
        return answer

    def list_users(self) -> list[dict[str, Any]]:
        """Return all users, those of applications too."""
        return self._list("users", by="id", query={"apps": "true"}, needs=ADMIN_FOR_USERS)

    def get_application(self, application_id: str) -> dict[str, Any] | None:
        """Return an application by its id, or None."""
        needs = f"READ on application {application_id}"
        return self._get_or_none("applications", application_id, by="id", asked=application_id, needs=needs)

    def list_applications(self) -> list[dict[str, Any]]:
        """Return all applications that the caller can see. Names are not unique."""
        return self._list("applications", by="id", also=("name",), needs=FOR_APPLICATIONS)

    def create_application(self, name: str) -> str:
        """Create an application, and return its id. Doing it twice makes two."""
        needs = "CREATE_APPLICATION, and the smallest role that has it is APPLICATION_CREATOR"
        answer = self.call("POST", "applications", body={"name": name}, needs=needs, replay_safe=False, expected=dict)
        found = answer.get("id")
        if not isinstance(found, str) or not found:
            raise ApiError(
                "POST", "/api/applications", 200, "an answer without the application's id", CHECK_SERVER, uncertain=True
            )
        return found

    def rename_application(self, application_id: str, name: str) -> None:
        """Give an application another name."""
        needs = f"UPDATE on application {application_id}"
        self.call("PUT", "applications", application_id, body={"name": name}, needs=needs)

    def delete_application(self, application_id: str) -> None:
        """Delete an application with its access keys."""
        with self._unless_gone(lambda: self.get_application(application_id) is None):
            self.call("DELETE", "applications", application_id, needs=f"DELETE on application {application_id}")

    def set_application_role(self, application_id: str, role: str, held: bool) -> None:
        """Give an application a role, or take it away; both are harmless when it is so already."""
        needs = (
            f"UPDATE on application {application_id}; roles other than WORKER, METADATA_API and APPLICATION_CREATOR "
            "take the role ADMIN"
        )
        self.call("POST" if held else "DELETE", "applications", application_id, "roles", role, needs=needs)

    def list_application_tags(self, application_id: str) -> list[dict[str, Any]]:
        """Return an application's tags."""
        needs = f"READ on application {application_id}"
        return self._list("applications", application_id, "tags", by="key", needs=needs)

    def add_application_tags(self, application_id: str, tags: list[dict[str, str]]) -> None:
        """Add tags, each C({key, value})."""
        needs = f"UPDATE on application {application_id}"
        self.call("PUT", "applications", application_id, "tags", body=tags, needs=needs)

    def delete_application_tags(self, application_id: str, tags: list[dict[str, str]]) -> None:
        """Delete tags, each given exactly."""
        needs = f"UPDATE on application {application_id}"
        with self._unless_gone(lambda: True):
            self.call("DELETE", "applications", application_id, "tags", body=tags, needs=needs)

    # Access keys of applications

    def list_access_keys(self, application_id: str) -> list[dict[str, Any]]:
        """Return an application's access keys, C({id, createdAt, status}), without their secrets."""
        path = ("applications", application_id, "accessKeys")
        return self._list(*path, by="id", needs=f"READ on application {application_id}")

    def create_access_key(self, application_id: str) -> Credentials:
        """Create an access key; its secret is told this once. Doing it twice makes two."""
        path = ("applications", application_id, "accessKeys")
        needs = f"UPDATE on application {application_id}"
        answer = self.call("POST", *path, needs=needs, replay_safe=False, expected=dict)
        key, secret = answer.get("id"), answer.get("secret")
        # Something shorter is no secret, and would blank out ordinary words.
        kept = isinstance(secret, str) and len(secret) >= SHORTEST_LEARNT
        if kept:
            self._redactor.add(secret)
        if not (kept and is_one_word(secret) and is_one_word(key)):
            raise ApiError(
                "POST",
                f"/api/{'/'.join(path)}",
                200,
                "an answer without the access key's id and secret",
                CHECK_SERVER,
                uncertain=True,
            )
        return Credentials(key=key, secret=secret)

    def toggle_access_key(self, application_id: str, key: str) -> None:
        """Pause an access key, or let it work again, whichever it is not now. Doing it twice undoes it."""
        path = ("applications", application_id, "accessKeys", key, "status")
        self.call("POST", *path, needs=f"UPDATE on application {application_id}", replay_safe=False)

    def delete_access_key(self, application_id: str, key: str) -> None:
        """Delete an access key."""
        path = ("applications", application_id, "accessKeys", key)
        with self._unless_gone(lambda: key not in [found["id"] for found in self.list_access_keys(application_id)]):
            self.call("DELETE", *path, needs=f"UPDATE on application {application_id}")

    def get_application_of_key(self, key: str) -> dict[str, Any] | None:
        """Return the application that an access key belongs to, or None when there is no such key."""
        return self._get_or_none("applications", "key", key, by="id", needs="READ on the application of that key")

    # Grants

    def list_grants_of_group(self, group: str) -> list[dict[str, Any]] | None:
        """Return a group's grants, C({target, access}) with C(tag) on derived ones, or None without such a group."""
        return self._list_grants_of("groups", group, ADMIN_FOR_GROUPS)

    def list_grants_of_user(self, user: str) -> list[dict[str, Any]] | None:
        """Return a user's own grants, C({target, access}) with C(tag) on derived ones, or None without such a user."""
        return self._list_grants_of("users", user, ADMIN_FOR_USERS)

    def list_grants_of_subject(self, subject_type: str, subject_id: str) -> list[dict[str, Any]] | None:
        """Return a subject's own grants, or None where the server does not list them by subject (before 5.4.2)."""
        path = ("auth", "subjects", subject_type, subject_id, "grants")
        try:
            return self._list(*path, by="target", also=("access",), needs=ADMIN_FOR_USERS)
        except ApiError as error:
            if self._means_absent(error):
                return None
            raise

    def _list_grants_of(self, collection: str, subject: str, needs: str) -> list[dict[str, Any]] | None:
        try:
            answer = self.call("GET", collection, subject, "permissions", needs=needs, expected=dict)
        except ApiError as error:
            if self._means_absent(error):
                return None
            raise
        granted = answer.get("grantedAccess")
        if not isinstance(granted, list):
            path = f"/api/{collection}/{subject}/permissions"
            raise ApiError("GET", path, 200, "an answer without the list grantedAccess", CHECK_SERVER)
        return list(granted)

    def list_grants_on(self, target_type: str, target_id: str, raw: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Return who holds what on a target: subjects C({type, id}) by access."""
        answer = self.call(
            "GET",
            "auth",
            "authorization",
            target_type,
            target_id,
            raw_segment=3 if raw else None,
            needs=f"the role ADMIN, or ownership of {target_type} {target_id}",
            expected=dict,
        )
        for access, subjects in answer.items():
            problem = entries_problem(subjects, ("type", "id"), f" of {access}") if subjects is not None else None
            if problem:
                path = f"/api/auth/authorization/{target_type}/{target_id}"
                raise ApiError("GET", path, 200, problem, CHECK_SERVER, from_api=False)
        return {access: subjects or [] for access, subjects in answer.items()}

    def grant(self, subject: dict[str, str], target: dict[str, str], access: list[str]) -> None:
        """Add accesses; those already there stay."""
        self._authorize("POST", subject, target, access)

    def revoke(self, subject: dict[str, str], target: dict[str, str], access: list[str]) -> None:
        """Take away the accesses listed, and no others; what a subject holds that is gone is out of reach."""
        with self._unless_gone(lambda: True):
            self._authorize("DELETE", subject, target, access)

    def _authorize(self, method: str, subject: dict[str, str], target: dict[str, str], access: list[str]) -> None:
        body = {"subject": subject, "target": target, "access": access}
        needs = f"the role ADMIN, or ownership of {target['type']} {target['id']}"
        self.call(method, "auth", "authorization", body=body, needs=needs)

    # Prompts

    def list_prompts(self) -> list[dict[str, Any]]:
        """Return all prompts that the caller can see."""
        return self._list("prompts", by="name", needs="READ on prompts", lists=("integrations",))

    def save_prompt(self, name: str, template: str, description: str, model: str) -> None:
        """Create a prompt, or change it, for one model C(integration:model)."""
        query = {"description": description, "models": model}
        needs = f"to create prompts, and the smallest role that may is USER; and READ on model {model}"
        self.call("PUT", "prompts", name, query=query, body=template, needs=needs)

    def delete_prompt(self, name: str) -> None:
        """Delete a prompt with all its versions."""
        self.call("DELETE", "prompts", name, needs=f"DELETE on prompt {name}")

    # Workflows

    def list_workflow_definitions(self) -> list[dict[str, Any]]:
        """Return all workflow definitions that the caller can see."""
        return self._list("metadata", "workflow", by="name", needs="READ on workflow definitions", lists=("tasks",))

    def register_workflow(self, definition: dict[str, Any]) -> None:
        """Register a workflow definition, in place of one of the same name and version."""
        query = {"overwrite": "true"}
        needs = "CREATE_WORKFLOW_DEF, and the smallest role that has it is USER"
        self.call("POST", "metadata", "workflow", query=query, body=definition, needs=needs)

    def delete_workflow_definition(self, name: str, version: int) -> None:
        """Delete one version of a workflow definition."""
        needs = f"DELETE on workflow definition {name}"
        self.call("DELETE", "metadata", "workflow", name, str(version), needs=needs)

    def start_workflow(self, name: str, version: int, correlation_id: str) -> str:
        """Start a workflow without input, and return the execution's id. Doing it twice starts two."""
        query = {"version": str(version), "correlationId": correlation_id}
        needs = f"EXECUTE on workflow definition {name}"
        answer = self.call(
            "POST", "workflow", name, query=query, body={}, needs=needs, replay_safe=False, answers=(str, int)
        )
        if not isinstance(answer, (str, int)) or answer is True or answer is False or not str(answer).strip():
            path = f"/api/workflow/{name}"
            raise ApiError("POST", path, 200, "an answer without the execution's id", CHECK_SERVER, uncertain=True)
        return str(answer).strip()

    def get_execution(self, execution_id: str) -> dict[str, Any]:
        """Return an execution with its tasks."""
        needs = "READ on the workflow definition"
        query = {"includeTasks": "true"}
        return self._get("workflow", execution_id, by="workflowId", asked=execution_id, query=query, needs=needs)

    def list_executions(self, name: str, correlation_id: str) -> list[dict[str, Any]]:
        """Return the executions of a workflow that were started with this correlation id, ended ones too."""
        query = {"includeClosed": "true", "includeTasks": "false"}
        needs = f"READ on workflow definition {name}"
        try:
            return self._list("workflow", name, "correlated", correlation_id, by="workflowId", query=query, needs=needs)
        except ApiError as error:
            if self._means_absent(error):
                return []
            raise

    def terminate_execution(self, execution_id: str, reason: str) -> None:
        """End an execution that still runs."""
        needs = "EXECUTE on the workflow definition"
        self.call("DELETE", "workflow", execution_id, query={"reason": reason}, needs=needs)

    def remove_execution(self, execution_id: str) -> None:
        """Remove an execution that has ended, for good."""
        query = {"archiveWorkflow": "false"}
        needs = "DELETE on the workflow definition"
        self.call("DELETE", "workflow", execution_id, "remove", query=query, needs=needs)

    # Shared

    def _list(
        self,
        *segments: str,
        by: str,
        also: tuple[str, ...] = (),
        query: dict[str, str] | None = None,
        needs: str = "",
        lists: tuple[str, ...] = (),
    ) -> list[dict[str, Any]]:
        """Return a list of objects. It also shows what is not there, so that nothing in it may be passed over.

        Args:
            segments: Parts of the path after C(/api).
            by: Field that tells the objects from one another.
            also: Further fields that each of them has.
            query: Query parameters.
            needs: The permission the request takes, for the error.
            lists: Fields of each of them that are lists unless they are null.
        """
        answer: list[dict[str, Any]] = self.call("GET", *segments, query=query, needs=needs, expected=list)
        problem = entries_problem(answer, (by, *also)) or lists_problem(answer, lists)
        if problem:
            path = self._redactor.scrub(urlsplit(self._url(segments, None, False, None)).path)
            raise ApiError("GET", path, 200, problem, CHECK_SERVER, from_api=False)
        return answer

    def _get(
        self, *segments: str, by: str, asked: str | None = None, query: dict[str, str] | None = None, needs: str = ""
    ) -> dict[str, Any]:
        """Return one object, which the answer has to name: an empty one would pass for an object that has nothing.

        Args:
            segments: Parts of the path after C(/api).
            by: Field that tells the objects from one another.
            asked: What that has to be, or None where the object was asked for by something else.
            query: Query parameters.
            needs: The permission the request takes, for the error.
        """
        answer: dict[str, Any] = self.call("GET", *segments, query=query, needs=needs, expected=dict)
        problem = identity_problem(answer, by, asked)
        if problem:
            path = self._redactor.scrub(urlsplit(self._url(segments, None, False, None)).path)
            raise ApiError("GET", path, 200, problem, CHECK_ANSWER, from_api=False)
        return answer

    def _get_or_none(self, *segments: str, by: str, asked: str | None = None, needs: str = "") -> dict[str, Any] | None:
        """Return an object, or None if the server says by an error that it does not exist, and in no other case."""
        try:
            return self._get(*segments, by=by, asked=asked, needs=needs)
        except ApiError as error:
            if self._means_absent(error):
                return None
            raise

    @contextmanager
    def _unless_gone(self, is_gone: Callable[[], bool]) -> Iterator[None]:
        """Take a 404 for a removal as done if the thing is gone: a removal that is sent again finds nothing left."""
        try:
            yield
        except ApiError as error:
            if not (self._means_absent(error) and is_gone()):
                raise

    @staticmethod
    def _means_absent(error: ApiError) -> bool:
        """Tell whether an error says that the object does not exist; a proxy's 404 page says nothing about it."""
        return error.not_found and error.from_api

    def _learn_secrets(self, configuration: Any) -> None:
        """Remember what a server shows for secret keys, so that it never reaches an output."""
        if isinstance(configuration, dict):
            for key, value in configuration.items():
                if not isinstance(value, str):
                    continue
                for secret in [value] if is_secret_key(key) else secrets_in_url(value):
                    if len(secret) >= SHORTEST_LEARNT:
                        self._redactor.add(secret)
