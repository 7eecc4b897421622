# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox: its settings, its state, its tokens, and who is asking."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import jwt

from . import access
from .access import APPLICATION_PREFIX, Principal, Subject
from .errors import ApiError, TokenError, forbidden, not_found
from .faults import Faults
from .request_log import RequestLog
from .settings import Settings
from .store import Document, Store, join

Item = TypeVar("Item")
ALGORITHM = "HS256"
SYSTEM_USER = "system"


def hashed(secret: str) -> str:
    """A secret as it is stored for comparison. An access key's secret is never needed again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _end_of(claims: dict[str, Any]) -> float:
    """When a token ends: as long after it was made as its claims say."""
    return float(claims["made"] + claims["exp"] - claims["iat"]) if "exp" in claims else math.inf


class Sandbox:
    """Everything that one server holds."""

    def __init__(self, settings: Settings, database: Path | None = None) -> None:
        self.started_with = settings
        self.settings = settings
        self.store = Store(database)
        self.log = RequestLog()
        self.faults = Faults()
        self.instance_id = str(uuid.uuid4())
        # Signs this process's tokens only: after a restart a client has to log in again, as it must know how to.
        self._signing_key = secrets.token_bytes(32)
        self._generation = 0
        self._ended: dict[str, str] = {}
        self._order = 0
        self._ensure_administrator()

    # State

    def reset(self) -> None:
        """Back to an empty cluster with its first administrator, whose tokens stay valid."""
        with self.store.transaction():
            self.store.clear("meta")
            self._ensure_administrator()

    def _ensure_administrator(self) -> None:
        key, secret = self.settings.admin_key, self.settings.admin_secret.get_secret_value()
        with self.store.transaction():
            meta = self.store.get("meta", "administrator")
            application_id = str(meta["application"]) if meta else str(uuid.uuid4())
            self.store.put("meta", "administrator", {"application": application_id})
            if self.store.get("applications", application_id) is None:
                now = self.store.now()
                self.store.put(
                    "applications",
                    application_id,
                    {
                        "id": application_id,
                        "name": "sandbox-administrator",
                        "roles": ["ADMIN"],
                        "createdBy": SYSTEM_USER,
                        "updatedBy": SYSTEM_USER,
                        "createTime": now,
                        "updateTime": now,
                    },
                )
            known = self.store.get("keys", key)
            if known is None or known["application"] != application_id or known["secret"] != hashed(secret):
                self.store.put(
                    "keys",
                    key,
                    {
                        "id": key,
                        "application": application_id,
                        "secret": hashed(secret),
                        "createdAt": self.store.now(),
                        "status": "ACTIVE",
                    },
                )

    def in_any_order(self, items: Sequence[Item]) -> list[Item]:
        """The items in an order that changes from call to call, and is never that of the store.

        Seeded by a counter: a run that repeats the same requests sees the same orders.
        """
        self._order += 1
        kept = list(items)
        mixed = list(kept)
        Random(self._order).shuffle(mixed)  # noqa: S311 (nothing secret hangs on it)
        if len(kept) > 1 and mixed == kept:
            mixed.reverse()
        return mixed

    # Tokens

    def log_in(self, key_id: str | None, secret: str | None, expiration: int | None) -> str:
        """Make a token for an access key.

        Args:
            key_id: Id of the access key.
            secret: Its secret.
            expiration: Lifetime in milliseconds, at most the setting's; negative for a token that doesn't end.
        """
        key = self.store.get("keys", key_id or "")
        given = hashed(secret or "")
        if key is None or not hmac.compare_digest(given, key["secret"]) or key["status"] != "ACTIVE":
            raise ApiError(self.settings.bad_credentials_status, "The access key or its secret is not valid")
        now = time.time()
        made = int(now)
        claims: dict[str, Any] = {
            "sub": APPLICATION_PREFIX + key["application"],
            "kid": key["id"],
            "iat": made,
            # The exact time: the standard claims are whole seconds, and no token lasts shorter than it says.
            "made": now,
            "jti": str(uuid.uuid4()),
            "generation": self._generation,
            "org": self.settings.organization,
        }
        lifetime: float = self.settings.token_lifetime
        if expiration is not None:
            lifetime = min(expiration / 1000, lifetime)
        if lifetime >= 0:
            claims["exp"] = made + math.ceil(lifetime)
        return jwt.encode(claims, self._signing_key, algorithm=ALGORITHM)

    def end_tokens(self) -> None:
        """Let every token made so far count as expired."""
        self._generation += 1

    def claims_of(self, token: str) -> dict[str, Any]:
        """The claims of a token, if it is ours, of whatever age."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._signing_key, algorithms=[ALGORITHM], options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.PyJWTError:
            raise self._invalid() from None
        return claims

    def end_token(self, token: str, error: str) -> None:
        """Let one token be refused from now on, with this error."""
        try:
            self._ended[str(self.claims_of(token)["jti"])] = error
        except TokenError:
            return

    def _invalid(self) -> TokenError:
        return TokenError(self.settings.invalid_token_status, "INVALID_TOKEN", "The token is not valid")

    def authenticate(self, token: str | None) -> tuple[Principal, dict[str, Any]]:
        """Who holds this token, and its claims.

        Raises:
            TokenError: Nobody, or not any more.
        """
        if not token:
            raise TokenError(401, "UNAUTHORIZED", "A token is needed in the header X-Authorization")
        claims = self.claims_of(token)
        ended = self._ended.get(str(claims["jti"]))
        if ended == "INVALID_TOKEN":
            raise self._invalid()
        if ended or claims["generation"] < self._generation or time.time() >= _end_of(claims):
            raise TokenError(401, "EXPIRED_TOKEN", "The token has expired")
        key = self.store.get("keys", claims["kid"])
        if key is None or key["status"] != "ACTIVE" or APPLICATION_PREFIX + key["application"] != claims["sub"]:
            raise self._invalid()
        return self.principal(claims["sub"]), claims

    # Users, and the users of applications

    def find_user(self, user_id: str) -> Document | None:
        """A user, or an application's user, as one shape."""
        if user_id.startswith(APPLICATION_PREFIX):
            application = self.store.get("applications", user_id[len(APPLICATION_PREFIX) :])
            if application is None:
                return None
            return {"id": user_id, "name": application["name"], "roles": application["roles"], "application": True}
        user = self.store.get("users", user_id)
        return None if user is None else {**user, "application": False}

    def groups_of(self, user_id: str) -> list[Document]:
        """The groups that a user is in."""
        groups = (self.store.get("groups", member["group"]) for member in self.store.by("members", "user", user_id))
        return [group for group in groups if group is not None]

    def permissions_of(self, role: str) -> tuple[str, ...]:
        """What a role permits."""
        if role in access.SYSTEM_ROLES:
            return access.SYSTEM_ROLES[role]
        custom = self.store.get("roles", role)
        return tuple(custom["permissions"]) if custom else ()

    def role_exists(self, role: str) -> bool:
        """Whether there is such a role."""
        return role in access.SYSTEM_ROLES or self.store.get("roles", role) is not None

    def principal(self, user_id: str) -> Principal:
        """A user with everything that roles and groups give."""
        user = self.find_user(user_id)
        groups = self.groups_of(user_id)
        roles = set(user["roles"] if user else ())
        for group in groups:
            roles.update(group["roles"])
        subjects: list[Subject] = [("USER", user_id)]
        if user_id.startswith(APPLICATION_PREFIX):
            subjects = list(access.application_subjects(user_id, self.settings.application_grant_subject))
        subjects += [("GROUP", group["id"]) for group in groups]
        subjects += [("ROLE", role) for role in sorted(roles)]
        permissions = frozenset(name for role in roles for name in self.permissions_of(role))
        return Principal(user_id, frozenset(roles), permissions, tuple(subjects))

    # Grants, as far as deciding goes

    def granted(self, subject: Subject, target: access.Target) -> Sequence[str]:
        """What one grant allows."""
        grant = self.store.get("grants", join(*subject, *target))
        return grant["access"] if grant else ()

    def tags_of(self, kind: str, *name: str) -> list[dict[str, str]]:
        """The tags of an object. The kinds are those of grant targets."""
        document = self.store.get("tags", join(kind, *name))
        return document["tags"] if document else []

    def reach(self, kind: str, *name: str) -> list[access.Target]:
        """Every target by which a grant reaches an object; a model is named by integration and model."""
        targets: list[access.Target] = [(kind, ":".join(name))]
        if kind != "INTEGRATION" or self.settings.model_tag_grants == "counted":
            targets += [("TAG", f"{tag['key']}:{tag.get('value', '')}") for tag in self.tags_of(kind, *name)]
        if kind == "INTEGRATION" and len(name) > 1 and self.settings.provider_access_implies_models:
            targets += self.reach("INTEGRATION_PROVIDER", name[0])
        return targets

    def may(self, principal: Principal, wanted: str, kind: str, *name: str) -> bool:
        """Whether the caller may do something with an object."""
        return wanted in access.effective_access(principal, self.reach(kind, *name), self.granted)

    def demand(self, principal: Principal, wanted: str, kind: str, *name: str) -> None:
        """Refuse what the caller may not do."""
        if not self.may(principal, wanted, kind, *name):
            raise forbidden(f"{principal.id} has no {wanted} access to {kind} {':'.join(name)}")

    def grant_to_creator(self, principal: Principal, kind: str, *name: str, held: str | None = None) -> None:
        """Give the creator of an object its access, as a grant like any other.

        Args:
            principal: The creator.
            kind: The object's kind.
            name: The parts of its name.
            held: C(full) or C(read_update_delete), where it is not what the switch for integrations says.
        """
        given = held or self.settings.creator_access
        accesses = access.ACCESS if given == "full" else ("READ", "UPDATE", "DELETE")
        subject_id = principal.id
        if principal.id.startswith(APPLICATION_PREFIX) and self.settings.application_grant_subject == "bare":
            subject_id = principal.id[len(APPLICATION_PREFIX) :]
        self.add_grant(("USER", subject_id), (kind, ":".join(name)), accesses)

    def add_grant(self, subject: Subject, target: access.Target, wanted: Sequence[str]) -> None:
        """Add accesses to those held; none is taken away."""
        held = list(self.granted(subject, target))
        self.store.put(
            "grants",
            join(*subject, *target),
            {
                "subject": {"type": subject[0], "id": subject[1]},
                "target": {"type": target[0], "id": target[1]},
                "access": held + [one for one in dict.fromkeys(wanted) if one not in held],
            },
        )

    def remove_grant(self, subject: Subject, target: access.Target, unwanted: Sequence[str]) -> None:
        """Take away the accesses named, and no others."""
        left = [one for one in self.granted(subject, target) if one not in unwanted]
        key = join(*subject, *target)
        if left:
            self.store.put(
                "grants",
                key,
                {
                    "subject": {"type": subject[0], "id": subject[1]},
                    "target": {"type": target[0], "id": target[1]},
                    "access": left,
                },
            )
        else:
            self.store.delete("grants", key)

    def stamp(self, principal: Principal, before: Document | None) -> Document:
        """When and by whom an object was made and changed, after a save.

        Args:
            principal: Who saves it.
            before: The object as it was.
        """
        now = self.store.now()
        return {
            "createTime": before["createTime"] if before else now,
            "updateTime": now,
            "createdBy": before["createdBy"] if before else principal.id,
            "updatedBy": principal.id,
            "ownerApp": before["ownerApp"] if before else principal.id,
        }

    def demand_read(self, principal: Principal, missing: str, kind: str, *name: str) -> None:
        """Refuse who may not read something, as if it were not there where the settings say so."""
        if self.settings.unreadable_object == "not_found" and not self.may(principal, "READ", kind, *name):
            raise not_found(missing)
        self.demand(principal, "READ", kind, *name)

    def forget(self, kind: str, *name: str, subjects: Sequence[Subject] = (), always: bool = False) -> None:
        """Remove what an object that is gone leaves behind, where the settings say so.

        Args:
            kind: The object's kind.
            name: The parts of its name.
            subjects: The names under which it could hold grants.
            always: Whatever the settings say.
        """
        if not always and self.settings.delete_cascade != "removed":
            return
        self.store.delete("tags", join(kind, *name))
        leftovers = self.store.by("grants", "target", join(kind, ":".join(name)))
        for subject in subjects:
            leftovers = leftovers + self.store.by("grants", "subject", join(*subject))
        for grant in leftovers:
            self.store.delete(
                "grants",
                join(grant["subject"]["type"], grant["subject"]["id"], grant["target"]["type"], grant["target"]["id"]),
            )
