# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of Hugging Face's APIs that the collection uses: the Hub and the Inference Endpoints (floor 1).

After the official client huggingface_hub. Two servers, one token; the token goes to these two and nowhere else.
"""

from __future__ import annotations

from typing import Any, Iterator
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, one_line
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpResponse
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor

PUBLIC_HUB = "https://huggingface.co"
PUBLIC_ENDPOINTS = "https://api.endpoints.huggingface.cloud/v2"

WRITE_ENDPOINTS = "inference.endpoints.write"
READ_ENDPOINTS = "inference.endpoints.read"

#: Longest part of a server's message that an error repeats, in characters.
LONGEST_MESSAGE = 500

#: Headers under which the request's id comes, the likeliest first: Hugging Face's support asks for it.
REQUEST_IDS = ("x-request-id", "x-amzn-trace-id", "x-amz-cf-id")

#: How requests that change what an endpoint is doing end.
CHANGES_OF_STATE = ("/pause", "/resume", "/scale-to-zero")

#: In a place: each entry of the list there, which is never null.
EACH = "*"

#: What is read of answers, by its place, with the type that it has if it is there. What it is in comes before it.
ACCOUNT: dict[tuple[str, ...], type] = {
    (): dict,
    ("name",): str,
    ("type",): str,
    ("auth",): dict,
    ("auth", "accessToken"): dict,
    ("auth", "accessToken", "fineGrained"): dict,
    ("auth", "accessToken", "fineGrained", "global"): list,
    ("auth", "accessToken", "fineGrained", "global", EACH): str,
    ("auth", "accessToken", "fineGrained", "scoped"): list,
    ("auth", "accessToken", "fineGrained", "scoped", EACH): dict,
    ("auth", "accessToken", "fineGrained", "scoped", EACH, "entity"): dict,
    ("auth", "accessToken", "fineGrained", "scoped", EACH, "permissions"): list,
    ("auth", "accessToken", "fineGrained", "scoped", EACH, "permissions", EACH): str,
    ("orgs",): list,
    ("orgs", EACH): dict,
    ("orgs", EACH, "name"): str,
}
ENDPOINT: dict[tuple[str, ...], type] = {
    (): dict,
    ("compute",): dict,
    ("compute", "scaling"): dict,
    ("model",): dict,
    ("model", "args"): list,
    ("model", "args", EACH): str,
    ("model", "command"): list,
    ("model", "command", EACH): str,
    ("model", "env"): dict,
    ("model", "image"): dict,
    ("provider",): dict,
    ("status",): dict,
    ("tags",): list,
    ("tags", EACH): str,
}
PAGE: dict[tuple[str, ...], type] = {
    (): dict,
    ("items",): list,
    ("items", EACH): dict,
    ("items", EACH, "name"): str,
    ("nextCursor",): str,
}
REPOSITORY: dict[tuple[str, ...], type] = {(): dict, ("id",): str, ("modelId",): str}

#: What is always there: without it a list would be taken for an empty one, or an entry for another one.
ALWAYS = frozenset({("items",), ("items", EACH, "name"), ("orgs", EACH, "name")})

#: Most pages of a list that are read; a server that repeats its cursor ends here.
MOST_PAGES = 500


class HuggingFaceClient:
    """Talks to the Hub and to the management API of Inference Endpoints.

    Args:
        http: Sends requests.
        hub_url: Base URL of the Hub, without C(/api).
        endpoints_url: Base URL of the management API, with its version.
        token: User access token.
        redactor: Scrubs what the servers say.
    """

    def __init__(self, http: HttpClient, hub_url: str, endpoints_url: str, token: str, redactor: Redactor) -> None:
        self._http = http
        self.hub_url = hub_url
        self.endpoints_url = endpoints_url
        self._token = token
        self._redactor = redactor

    # The Hub

    def whoami(self) -> dict[str, Any]:
        """Return whose token it is: C(type), C(name), C(orgs), C(auth).

        Raises:
            ApiError: With status 401 when the token is not valid.
        """
        url = f"{self.hub_url}/api/whoami-v2"
        account: dict[str, Any] = self._read(url, ACCOUNT)
        if not account.get("name"):
            raise ApiError("GET", urlsplit(url).path, 200, "an answer without the account's name", self._check_urls())
        return account

    def get_model_repository(self, repository: str) -> dict[str, Any] | None:
        """Return what the Hub tells of a model, or None when it is absent or not visible to this token."""
        try:
            found: dict[str, Any] = self._read(f"{self.hub_url}/api/models/{quote(repository, safe='/')}", REPOSITORY)
        except ApiError as error:
            absent = error.not_found and error.from_api
            if absent or (error.status == 401 and error.code == "RepoNotFound"):
                return None
            raise
        # Any other object would be taken for a model that exists. One that was renamed has another id.
        if not found.get("id") and not found.get("modelId"):
            path = f"/api/models/{repository}"
            raise ApiError("GET", path, 200, "the answer is no model: it has no id", self._check_urls())
        return found

    # Inference Endpoints

    def get_endpoint(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return an endpoint, or None."""
        try:
            found: dict[str, Any] = self._read(
                self._endpoint_url(namespace, name), ENDPOINT, f"{READ_ENDPOINTS} in {namespace}"
            )
        except ApiError as error:
            if error.not_found and error.from_api:
                return None
            raise
        # Taken for an endpoint, any other object would be one of which everything differs.
        if found.get("name") != name or not isinstance(found.get("status"), dict):
            path = urlsplit(self._endpoint_url(namespace, name)).path
            raise ApiError("GET", path, 200, "the answer is not that endpoint", self._check_urls())
        return found

    def list_endpoints(self, namespace: str) -> Iterator[dict[str, Any]]:
        """Return all endpoints of a namespace, page by page."""
        cursor = None
        for _page in range(MOST_PAGES):
            query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
            url = f"{self.endpoints_url}/endpoint/{quote(namespace, safe='')}{query}"
            page = self._read(url, PAGE, f"{READ_ENDPOINTS} in {namespace}")
            yield from page["items"]
            if not page.get("nextCursor") or page["nextCursor"] == cursor:
                return
            cursor = page["nextCursor"]

    def create_endpoint(self, namespace: str, body: dict[str, Any]) -> None:
        """Create an endpoint. Sent once: whether the server acted on a request without an answer is not known."""
        url = f"{self.endpoints_url}/endpoint/{quote(namespace, safe='')}"
        self._written("POST", url, namespace, body, replay_safe=False)

    def update_endpoint(self, namespace: str, name: str, body: dict[str, Any]) -> None:
        """Change an endpoint: what is sent is merged, but for the image, which is replaced. Each time it is rolled out.

        Sent once, since a second time would roll it out twice.
        """
        self._written("PUT", self._endpoint_url(namespace, name), namespace, body, replay_safe=False)

    def pause_endpoint(self, namespace: str, name: str) -> None:
        """Stop an endpoint; nothing is billed, and requests do not wake it. Sent once, as a second time is an error."""
        self._written("POST", f"{self._endpoint_url(namespace, name)}/pause", namespace, replay_safe=False)

    def resume_endpoint(self, namespace: str, name: str) -> None:
        """Let a paused endpoint run again; one that runs already is fine."""
        try:
            self._written("POST", f"{self._endpoint_url(namespace, name)}/resume", namespace)
        except ApiError as error:
            if error.status != 400 or "already running" not in error.server_message.lower():
                raise

    def scale_endpoint_to_zero(self, namespace: str, name: str) -> None:
        """Take away an endpoint's replicas until the next request wakes it. Sent once."""
        self._written("POST", f"{self._endpoint_url(namespace, name)}/scale-to-zero", namespace, replay_safe=False)

    def delete_endpoint(self, namespace: str, name: str) -> None:
        """Delete an endpoint; one that is gone already is fine."""
        try:
            self._written("DELETE", self._endpoint_url(namespace, name), namespace)
        except ApiError as error:
            if not (error.not_found and error.from_api):
                raise

    def _endpoint_url(self, namespace: str, name: str) -> str:
        return f"{self.endpoints_url}/endpoint/{quote(namespace, safe='')}/{quote(name, safe='')}"

    def _written(self, method: str, url: str, namespace: str, body: Any = None, replay_safe: bool = True) -> None:
        needs = f"{WRITE_ENDPOINTS} in {namespace}"
        answer = self._call(method, url, body=body, needs=needs, replay_safe=replay_safe)
        # What a deletion answers is not known.
        if method != "DELETE" and answer is not None and not isinstance(answer, dict):
            message = f"an answer of type {type(answer).__name__} instead of dict"
            raise ApiError(method, urlsplit(url).path, 200, message, self._check_urls(), uncertain=True)

    # Requests and answers

    def _read(self, url: str, shape: dict[tuple[str, ...], type], needs: str = "") -> Any:
        """Return an answer in which everything is of the type that it has to be.

        What is misread would be taken for something that is missing.
        """
        answer = self._call("GET", url, needs=needs)
        problem = misshapen(answer, shape)
        if problem:
            raise ApiError("GET", urlsplit(url).path, 200, problem, self._check_urls())
        return answer

    def _call(self, method: str, url: str, body: Any = None, needs: str = "", replay_safe: bool = True) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        response = self._http.request(method, url, headers, body, replay_safe)
        if not 200 <= response.status < 300:
            raise self._error(method, url, response, needs)
        if not response.body.strip():
            return None
        try:
            return response.json()
        except ValueError:
            if method == "DELETE" and not response.is_page and not response.is_broken:
                return None
            path, uncertain = urlsplit(url).path, method != "GET"
            message = "the answer is no JSON"
            raise ApiError(method, path, response.status, message, self._check_urls(), uncertain=uncertain) from None

    @staticmethod
    def _check_urls() -> str:
        return "Check hub_url and endpoints_url."

    def _error(self, method: str, url: str, response: HttpResponse, needs: str) -> ApiError:
        try:
            fields = response.json()
        except ValueError:
            fields = {}
        fields = fields if isinstance(fields, dict) else {}
        said = fields.get("error") or fields.get("message") or response.headers.get("x-error-message") or ""
        if isinstance(said, list):
            said = "; ".join(str(part) for part in said)
        # Scrubbed before it is cut: half a secret would not be recognised any more.
        message = one_line(" ".join(self._redactor.scrub(str(said)).split())[:LONGEST_MESSAGE])
        request_id = next((response.headers[name] for name in REQUEST_IDS if response.headers.get(name)), "")
        if request_id:
            message = f"{message} (request {one_line(self._redactor.scrub(request_id)[:100])})".strip()
        code = fields.get("code") or response.headers.get("x-error-code") or ""
        hint = self._hint(response, message, needs, urlsplit(url).path)
        # A server that failed, or points elsewhere, may have done what was asked before that.
        uncertain = method != "GET" and (not 400 <= response.status < 500 or response.sent_before)
        return ApiError(
            method,
            urlsplit(url).path,
            response.status,
            message,
            hint,
            str(code),
            uncertain=uncertain,
            page=response.is_page,
            from_api=not response.is_page,
        )

    def _hint(self, response: HttpResponse, message: str, needs: str, path: str) -> str:
        text = message.lower()
        if 300 <= response.status < 400:
            host = self._redactor.scrub(response.location_host) or "another address"
            why = "redirects are not followed, since the token would travel along"
            return f"It redirects to {host}, and {why}. {self._check_urls()}"
        if response.asks_for_https:
            return f"https is spoken there, and the URL says http. {self._check_urls()}"
        if response.is_page:
            return f"A web page came instead of the API's answer, as from a proxy. {self._check_urls()}"
        if response.status == 401:
            return "Check token (HF_TOKEN): it is not valid, has expired or was revoked."
        if response.status == 402 or "payment" in text:
            return "Add a payment method to this account or organization at Hugging Face."
        if response.status == 403:
            return (
                f"The token may lack the permission {needs}, or the organization may not have approved it: look at the "
                "token's settings at Hugging Face."
            )
        if response.status == 429:
            return "Hugging Face limits requests: run again later."
        if response.status == 400 and path.endswith(CHANGES_OF_STATE):
            return (
                "Let it run first: a paused endpoint is resumed (state: running), one that sleeps is woken by a "
                "request, and one that starts takes its time."
            )
        if response.status == 400 and "repository" in text:
            return "Check repository: it is the model's id at the Hub, such as google-t5/t5-small."
        if response.status == 400 and "not found" in text:
            return "Choose accelerator, instance_type, instance_size, vendor and region as Hugging Face offers them."
        if response.status >= 500:
            return "Hugging Face failed: run again, and check the hardware that was asked for if it stays."
        if response.status == 409:
            return "It exists already, or somebody changed it at the same time: run again."
        return f"Compare the options with what it says. {self._check_urls()}"


def misshapen(answer: Any, shape: dict[tuple[str, ...], type]) -> str | None:
    """Return what is wrong with an answer, or None.

    Args:
        answer: The answer.
        shape: Types by place, each place after the one that it is in.
    """
    for place, wanted in shape.items():
        needed = not place or place[-1] == EACH or place in ALWAYS
        for found in _at(answer, place):
            if not isinstance(found, wanted) and (found is not None or needed):
                where = f"in which {'.'.join(place)} is of type" if place else "of type"
                return f"an answer {where} {type(found).__name__} instead of {wanted.__name__}"
    return None


def _at(answer: Any, place: tuple[str, ...]) -> Iterator[Any]:
    """Return what is at a place, once for each entry of the lists that lead to it."""
    if not place:
        yield answer
    elif answer is not None and place[0] == EACH:
        for entry in answer:
            yield from _at(entry, place[1:])
    elif answer is not None:
        yield from _at(answer.get(place[0]), place[1:])
