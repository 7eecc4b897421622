# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models that answer: what Conductor does when a task, or somebody who tries out a prompt, asks one.

No model is there. The sandbox answers in its place, and only if all is in order on the way: integration, model, key,
endpoint. What it answers is plainly its own.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from . import catalogue
from .access import Principal
from .answers import Answer, answer_to
from .errors import ApiError
from .huggingface_accounts import Caller
from .huggingface_application import HuggingFace
from .huggingface_errors import SERVED, HuggingFaceError
from .inference_endpoint_life import FAILED, PAUSED
from .inference_endpoint_serving import serves_openai_routes
from .integrations import MODEL, PROVIDER
from .loopback import is_loopback
from .state import Sandbox
from .store import Document, join

Address = tuple[str, int | None]
HUGGING_FACE = "huggingface"
MOST_TOKENS = 1000
_PORTS = {"http": 80, "https": 443}


def _shown(url: str) -> str:
    """An address without the parts that may hold secrets."""
    return re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", url)[0])


class ModelFails(Exception):
    """A model does not answer, and this is why."""


class ModelStarts(ModelFails):
    """A model does not answer yet."""


class LanguageModels:
    """All models that can be asked.

    Args:
        sandbox: The state.
        huggingface: Where the sandbox's own endpoints are.
    """

    def __init__(self, sandbox: Sandbox, huggingface: HuggingFace) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.huggingface = huggingface

    # Access

    def demand_use(self, principal: Principal, integration: str, model: str) -> None:
        """Fail a task whose principal may not use a model.

        Raises:
            ModelFails: They may not, or there is no such model.
        """
        self._model(integration, model)
        settings = self.sandbox.settings
        wanted = settings.workflow_model_access.upper()
        try:
            if settings.workflow_integration_access == "required":
                self.sandbox.demand(principal, wanted, PROVIDER, integration)
            self.sandbox.demand(principal, wanted, MODEL, integration, model)
        except ApiError as refused:
            raise ModelFails(refused.message) from None

    # Asking

    def ask(self, integration: str, model: str, text: str, most: int | None, server: Address) -> Answer:
        """What a model answers. Who asks, and whether they may, has been settled before.

        Args:
            integration: The integration's name.
            model: The model's name.
            text: The question.
            most: The most tokens that the answer may have; none or zero is the model's own limit.
            server: Where this sandbox listens.

        Raises:
            ModelStarts: The endpoint does not run yet.
            ModelFails: Something is not in order.
        """
        provider, document = self._provider(integration), self._model(integration, model)
        self._demand_ready(provider, document)
        configuration = {**provider["configuration"], **document["configuration"]}
        key = configuration.get("api_key")
        if not isinstance(key, str) or not key:
            raise ModelFails(f"Integration {integration} has no API key")
        url = configuration.get("endpoint")
        speaker = model
        if url or provider["type"] == HUGGING_FACE:
            if not isinstance(url, str) or not url:
                raise ModelFails(f"Model {model} in integration {integration} has no endpoint")
            identifier = self._own(url, server)
            if identifier is not None:
                self._call(identifier, key, provider, model)
                return answer_to(text, speaker, most or MOST_TOKENS)
        if self.sandbox.settings.workflow_remote_models != "answer":
            where = _shown(url) if url else f"the service of {catalogue.KINDS[provider['type']].label}"
            raise ModelFails(
                f"Model {model} in integration {integration}: {where} cannot be reached, since the sandbox calls "
                "nothing but its own endpoints (switch workflow_remote_models)"
            )
        return answer_to(text, f"{speaker}, which it did not reach,", most or MOST_TOKENS)

    def _provider(self, integration: str) -> Document:
        document = self.store.get("providers", integration)
        if document is None:
            raise ModelFails(f"No such integration {integration}")
        return document

    def _model(self, integration: str, model: str) -> Document:
        self._provider(integration)
        document = self.store.get("models", join(integration, model))
        if document is None:
            raise ModelFails(f"No such model {model} in integration {integration}")
        return document

    @staticmethod
    def _demand_ready(provider: Document, model: Document) -> None:
        """Refuse what is switched off, or has no models that could answer."""
        name = provider["name"]
        if not provider["enabled"]:
            raise ModelFails(f"Integration {name} is not enabled")
        if provider["category"] != "AI_MODEL" or not catalogue.KINDS[provider["type"]].models:
            raise ModelFails(f"Integration {name} of the type {provider['type']} has no models that answer")
        if not model["enabled"]:
            raise ModelFails(f"Model {model['api']} in integration {name} is not enabled")

    # The sandbox's own endpoints

    @staticmethod
    def _own(url: str, server: Address) -> str | None:
        """The id of the sandbox's own endpoint that an address leads to, if it does."""
        try:
            place = urlsplit(url)
            port = place.port or _PORTS.get(place.scheme)
        except ValueError:
            return None
        parts = place.path.removeprefix(SERVED + "/").split("/")
        below = place.path.startswith(SERVED + "/") and parts[0]
        if place.scheme != "http" or not is_loopback(place.hostname or "") or port != server[1] or not below:
            return None
        return parts[0]

    def _call(self, identifier: str, key: str, provider: Document, model: str) -> None:
        """Call an endpoint of the sandbox as Conductor would.

        Raises:
            ModelStarts: It is on its way.
            ModelFails: It refuses the call.
        """
        endpoints, settings = self.huggingface.endpoints, self.sandbox.settings
        try:
            document = endpoints.by_id(identifier)
            self._demand_token(key, provider, document)
            starting = document["progress"]["state"] not in (PAUSED, *FAILED.values())
            try:
                spec = endpoints.called(document)["spec"]
            except HuggingFaceError as refused:
                after = endpoints.by_id(identifier)["progress"]["state"]
                if starting and after not in FAILED.values():
                    raise ModelStarts(self._told(provider, refused)) from None
                raise
        except HuggingFaceError as refused:
            raise ModelFails(self._told(provider, refused)) from None
        if spec["model"]["repository"] != model:
            raise ModelFails(self._told(provider, HuggingFaceError(404, f"The model `{model}` does not exist.")))
        if settings.workflow_endpoint_routes == "openai" and not serves_openai_routes(spec, settings):
            raise ModelFails(self._told(provider, HuggingFaceError(404, "Not Found")))

    @staticmethod
    def _told(provider: Document, refused: HuggingFaceError) -> str:
        return f"The endpoint of a model in integration {provider['name']} answered {refused.status}: {refused.text}"

    def _demand_token(self, key: str, provider: Document, endpoint: Document) -> None:
        """Refuse a key that is no token for the namespace of its integration, or may not call the endpoint."""
        accounts = self.huggingface.accounts
        caller: Caller | None = accounts.authenticate(f"Bearer {key}")
        if provider["type"] == HUGGING_FACE:
            namespace = provider["configuration"].get("namespace")
            if not namespace:
                raise ModelFails(f"Integration {provider['name']} has no namespace")
            if caller is None or not caller.belongs_to(namespace):
                raise HuggingFaceError(403, f"You have no access to the namespace: {namespace}")
            same = endpoint["namespace"] == namespace
            if not same and self.sandbox.settings.workflow_endpoint_namespace == "same":
                raise HuggingFaceError(404, f"The endpoint is not one of the namespace {namespace}")
        accounts.demand_call(caller, endpoint["namespace"], endpoint["spec"]["type"])
