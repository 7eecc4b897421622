# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether models are what they are called: at the Hub, and at the endpoints that serve them (floor 3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible_collections.orkes.conductor.plugins.module_utils._apply import read_each
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import name_problem
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError
from ansible_collections.orkes.conductor.plugins.module_utils._huggingface_client import HuggingFaceClient
from ansible_collections.orkes.conductor.plugins.module_utils._resource_endpoint import shown_endpoint


def hub_model_problems(models: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with the names of models, without asking the server."""
    problems = [name_problem("name", model.get("name")) for model in models]
    return [f"models, item {number}: {problem}" for number, problem in enumerate(problems, start=1) if problem]


def same_address(one: Any, other: Any) -> bool:
    """Tell whether two URLs lead to the same endpoint: capitals in the host and a slash at the end do not matter."""

    def parts(url: Any) -> tuple[str, str, str]:
        split = urlsplit(str(url))
        return split.scheme.lower(), split.netloc.lower(), split.path.rstrip("/")

    try:
        return bool(one) and bool(other) and parts(one) == parts(other)
    except ValueError:
        return False


def read_hub_models(
    client: HuggingFaceClient, models: list[dict[str, Any]], namespace: str | None, concurrency: int
) -> dict[str, Any]:
    """Return what the Hub tells of models, and whether the endpoints that are said to serve them do.

    Args:
        client: Talks to Hugging Face.
        models: Each with C(name), and C(endpoint) (a URL) or None.
        namespace: Whose Inference Endpoints are looked through.
        concurrency: Most requests at a time.

    Returns:
        C(models), C(problems) and C(unverifiable), the last two as sentences.
    """
    names = [str(model["name"]) for model in models]
    repositories = read_each(client.get_model_repository, names, concurrency)
    endpoints, reason = _endpoints(client, namespace, [model for model in models if model.get("endpoint")])
    found, problems, unverifiable = [], [], []
    for model in models:
        repository = repositories[str(model["name"])]
        serving = next((one for one in endpoints if same_address(one["url"], model.get("endpoint"))), None)
        found.append(
            {
                "name": model["name"],
                "found": repository is not None,
                "pipeline_tag": (repository or {}).get("pipeline_tag"),
                "gated": (repository or {}).get("gated"),
                "private": (repository or {}).get("private"),
                "endpoint": model.get("endpoint"),
                "endpoint_name": None if serving is None else f"{namespace}/{serving['name']}",
                "endpoint_repository": None if serving is None else serving["repository"],
            }
        )
        if repository is None:
            problems.append(
                f"model {model['name']}: the Hub has no such model that this token may see: check the name, and "
                "whether the token's account may see it"
            )
        if serving is not None and serving["repository"] != model["name"]:
            problems.append(
                f"model {model['name']}: its endpoint, {namespace}/{serving['name']}, serves {serving['repository']}: "
                "give the endpoint that serves it, or call the model by that name"
            )
        if model.get("endpoint") and serving is None:
            why = reason or f"{namespace} has no Inference Endpoint at that URL"
            unverifiable.append(f"model {model['name']}: what its endpoint serves is not known: {why}")
    return {"models": found, "problems": problems, "unverifiable": unverifiable}


def _endpoints(
    client: HuggingFaceClient, namespace: str | None, models: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """Return the endpoints of a namespace, if any model needs them, and why they are not known."""
    if not models:
        return [], ""
    if not namespace:
        return [], "no namespace is given whose Inference Endpoints could be looked through"
    try:
        return [shown_endpoint(namespace, endpoint) for endpoint in client.list_endpoints(namespace)], ""
    except ApiError as error:
        if error.status not in (401, 403, 404):
            raise
        return [], f"the Inference Endpoints of {namespace} cannot be listed: {error}"
