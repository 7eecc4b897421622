# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts of Hugging Face and their access tokens: who asks, and what the token lets them do."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .huggingface_errors import INVALID_CREDENTIALS, HuggingFaceError
from .state import Sandbox, hashed

TABLE = "huggingface_tokens"

READ = "inference.endpoints.read"
WRITE = "inference.endpoints.write"
CALL = "inference.endpoints.infer.write"
PROVIDERS = "inference.serverless.write"

Name = Field(min_length=1, max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


class Organization(BaseModel):
    """An organisation that an account is a member of."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Name
    role: Literal["admin", "write", "contributor", "read"] = "admin"
    can_pay: bool = True
    enterprise: bool = False


class ScopedPermissions(BaseModel):
    """What a fine-grained token may do in one namespace."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["user", "org"]
    name: str = Name
    permissions: list[str]


class AccessToken(BaseModel):
    """A token, and the account that it belongs to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    account: str = Name
    type: Literal["user", "org"] = "user"
    organizations: list[Organization] = Field(default_factory=list)
    can_pay: bool = True
    role: Literal["read", "write", "fineGrained"] = "fineGrained"
    global_permissions: list[str] = Field(default_factory=list)
    scoped_permissions: list[ScopedPermissions] = Field(default_factory=list)
    state: Literal["valid", "expired", "revoked", "pending"] = "valid"
    gated_models: list[str] = Field(default_factory=list, description="Gated models whose owners gave access")
    can_read_gated_repos: bool = True


class GivenToken(AccessToken):
    """A token as it is set through the control path; without ``token`` it keeps the one it has."""

    token: str | None = Field(None, min_length=8, max_length=200, pattern=r"^[!-~]+$")


#: The account and the token that are there from the start.
BUILT_IN_NAME = "sandbox"
BUILT_IN_TOKEN = "hf_sandbox_token_of_nobody_0123456789"  # noqa: S105 (of nobody, as it says)
BUILT_IN = AccessToken(
    account="sandbox-user",
    organizations=[Organization(name="acme")],
    global_permissions=[READ, WRITE, CALL, PROVIDERS],
)


def identifier(*parts: str) -> str:
    """An id as the Hub gives them, always the same for the same thing."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:24]


class Caller:
    """Who asks, and with which token."""

    def __init__(self, name: str, token: AccessToken) -> None:
        self.name = name
        self.token = token

    @property
    def log_name(self) -> str:
        """What the request log calls the caller."""
        return f"huggingface:{self.token.account}"

    @property
    def user(self) -> dict[str, str]:
        """The caller as the creator of something."""
        return {"id": identifier(self.token.type, self.token.account), "name": self.token.account}

    def organization(self, namespace: str) -> Organization | None:
        """The caller's membership in an organisation."""
        return next((one for one in self.token.organizations if one.name == namespace), None)

    def belongs_to(self, namespace: str) -> bool:
        """Whether a namespace is the caller's own, or that of an organisation of theirs."""
        return namespace == self.token.account or self.organization(namespace) is not None

    def approved_in(self, namespace: str) -> bool:
        """Whether the owner of a namespace lets this very token in: organisations may refuse one."""
        is_organization = self.token.type == "org" or namespace != self.token.account
        return not (is_organization and self.token.state in ("pending", "revoked"))

    def may_write_in(self, namespace: str) -> bool:
        """Whether the caller's role in a namespace lets them change something."""
        organization = self.organization(namespace)
        return organization is None or organization.role in ("admin", "write")

    def can_pay_in(self, namespace: str) -> bool:
        """Whether there is a payment method."""
        organization = self.organization(namespace)
        return organization.can_pay if organization else self.token.can_pay

    def has(self, permission: str, namespace: str) -> bool:
        """Whether the fine-grained token has a permission in a namespace."""
        token = self.token
        return permission in token.global_permissions or any(
            scope.name == namespace and permission in scope.permissions for scope in token.scoped_permissions
        )


class Accounts:
    """All tokens."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def _document(self, name: str) -> dict[str, Any] | None:
        document = self.sandbox.store.get(TABLE, name)
        if document is None and name == BUILT_IN_NAME:
            document = {**BUILT_IN.model_dump(), "secret": hashed(BUILT_IN_TOKEN)}
        return document

    def save(self, name: str, given: GivenToken) -> None:
        """Set a token."""
        known = self._document(name)
        if given.token is None and known is None:
            raise HuggingFaceError(400, f"The token {name} is new and needs its value in 'token'")
        secret = hashed(given.token) if given.token is not None else str((known or {})["secret"])
        owner = self._owner(secret)
        if owner not in (None, name):
            raise HuggingFaceError(409, f"The token {owner} has that value already")
        self.sandbox.store.put(TABLE, name, {**given.model_dump(exclude={"token"}), "secret": secret})

    def remove(self, name: str) -> bool:
        """Forget a token; the one of the start comes back as it was."""
        return self.sandbox.store.delete(TABLE, name)

    def all(self) -> dict[str, dict[str, Any]]:
        """All tokens by name, without their values."""
        names = sorted({BUILT_IN_NAME, *self.sandbox.store.keys(TABLE)})
        documents = {name: self._document(name) or {} for name in names}
        return {
            name: {field: value for field, value in document.items() if field != "secret"}
            for name, document in documents.items()
        }

    def expire(self, authorization: str | None) -> None:
        """Let the token of a request have expired."""
        name = self._owner(hashed((authorization or "").removeprefix("Bearer ")))
        document = self._document(name) if name else None
        if name and document:
            self.sandbox.store.put(TABLE, name, {**document, "state": "expired"})

    def _owner(self, secret: str) -> str | None:
        for name in sorted({BUILT_IN_NAME, *self.sandbox.store.keys(TABLE)}):
            document = self._document(name)
            if document and hmac.compare_digest(document["secret"], secret):
                return name
        return None

    def authenticate(self, authorization: str | None) -> Caller | None:
        """Who sends this header; nobody without one.

        Raises:
            HuggingFaceError: The token is wrong or has expired.
        """
        if authorization is None:
            return None
        scheme, _space, value = authorization.partition(" ")
        name = self._owner(hashed(value)) if scheme.lower() == "bearer" else None
        document = self._document(name) if name else None
        if name is None or document is None:
            raise HuggingFaceError(401, INVALID_CREDENTIALS)
        token = AccessToken.model_validate({field: value for field, value in document.items() if field != "secret"})
        settings = self.sandbox.settings
        if token.state == "expired":
            told = settings.huggingface_expired_token_text == "invalid_credentials"  # noqa: S105 (a switch)
            text = INVALID_CREDENTIALS if told else "The access token has expired"
            raise HuggingFaceError(settings.huggingface_expired_token_status, text)
        return Caller(name, token)

    def absent(self) -> HuggingFaceError:
        """The refusal of a request that needs a token and has none."""
        told = self.sandbox.settings.huggingface_absent_token_text == "invalid_credentials"  # noqa: S105 (a switch)
        return HuggingFaceError(401, INVALID_CREDENTIALS if told else "Invalid username or password.")

    # What a token lets its owner do with endpoints

    def demand_manager(self, caller: Caller | None, namespace: str, permission: str, listing: bool = False) -> Caller:
        """The caller, if they may manage endpoints in a namespace.

        Args:
            caller: Who asks.
            namespace: The namespace.
            permission: The permission that it takes.
            listing: Whether the call lists the namespace.
        """
        settings = self.sandbox.settings
        if caller is None:
            raise self.absent()
        status = settings.huggingface_list_refusal_status if listing else 403
        if not caller.belongs_to(namespace):
            raise HuggingFaceError(status, f"You have no access to the namespace: {namespace}")
        if not caller.approved_in(namespace):
            raise HuggingFaceError(status, f"This token is not approved by the organization: {namespace}")
        by_role = ("read", "write") if permission == READ else ("write",)
        role = caller.token.role
        allowed = caller.has(permission, namespace)
        if role != "fineGrained":
            allowed = settings.huggingface_classic_tokens == "by_role" and role in by_role
        if not allowed:
            raise HuggingFaceError(403, f"missing permissions: {permission}")
        if permission == WRITE and not caller.may_write_in(namespace):
            raise HuggingFaceError(403, f"Your role in the organization does not let you change: {namespace}")
        if listing and status == 401 and not caller.can_pay_in(namespace):
            raise HuggingFaceError(status, f"Payment method required for namespace: {namespace}")
        return caller

    def demand_call(self, caller: Caller | None, namespace: str, kind: str) -> None:
        """Refuse who may not call an endpoint.

        Args:
            caller: Who asks.
            namespace: Whose endpoint it is.
            kind: The type of the endpoint.
        """
        settings = self.sandbox.settings
        if kind == "public":
            return
        if caller is None:
            raise self.absent()
        anybody = kind == "authenticated" and settings.huggingface_authenticated_calls == "any_account"
        if not anybody and not caller.belongs_to(namespace):
            raise HuggingFaceError(403, f"You have no access to the namespace: {namespace}")
        if not caller.approved_in(namespace):
            raise HuggingFaceError(403, f"This token is not approved by the organization: {namespace}")
        allowed = caller.has(CALL, namespace)
        if caller.token.role != "fineGrained":
            allowed = settings.huggingface_classic_token_calls == "accepted"  # noqa: S105 (a switch)
        if not allowed:
            raise HuggingFaceError(403, f"missing permissions: {CALL}")
