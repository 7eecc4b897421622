# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: keeping them out of texts, and telling a changed one from the same one (floor 0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets as random_source
import threading
from typing import Any, Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

HIDDEN = "VALUE_HIDDEN"

#: Shortest text that is scrubbed in its encoded forms too; shorter ones would blank out ordinary words.
SHORTEST_ENCODED = 6

#: How many characters of a form are looked for first.
BEGINNING = 8

#: Shortest secret that gets a fingerprint: a shorter one could be guessed from it.
SHORTEST_FINGERPRINTED = 20

#: Words that mark a configuration key as a secret, which a server may show masked.
SECRET_WORDS = ("apikey", "credential", "password", "privatekey", "secret", "token")

FINGERPRINT_TAG = "ansible_fingerprint"
#: By hand a fingerprint may also be put back under the key without its own ending.
FINGERPRINT_TAG_KEY = re.compile(FINGERPRINT_TAG + r"(?:_(.+?))?(?:-[0-9a-f]{8})?", re.DOTALL)
FINGERPRINT_VERSION = "v1"
TIMED_FINGERPRINT_VERSION = "v2"
FINGERPRINT_VERSIONS = (FINGERPRINT_VERSION, TIMED_FINGERPRINT_VERSION)


def _base64_forms(raw: bytes) -> set[str]:
    """Return what base64 makes of the secret at each of the three alignments inside a longer text."""
    forms = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode("ascii").rstrip("=")
        # Characters that also depend on neighbouring bytes are cut off on both sides.
        first = (offset * 8 + 5) // 6
        last = (offset + len(raw)) * 8 // 6
        inner = encoded[first:last]
        if len(inner) >= SHORTEST_ENCODED:
            forms.add(inner)
            forms.add(inner.replace("+", "-").replace("/", "_"))
    return forms


def encoded_forms(secret: str) -> set[str]:
    """Return the texts in which a secret may turn up: plain, URL-encoded, base64, JSON, HTML and Python escapes."""
    forms = {secret}
    if len(secret) < SHORTEST_ENCODED:
        return forms
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms |= quoted | {form.lower() for form in quoted if "%" in form}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= {json.dumps(json.dumps(secret))[3:-3], json.dumps(secret)[1:-1].replace("/", "\\/")}
    escaped = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    forms |= {escaped, escaped.replace('"', "&quot;").replace("'", "&#x27;"), repr(secret)[1:-1]}
    forms |= _base64_forms(secret.encode("utf-8"))
    # By itself it stands with its last characters, of which the above only takes what neighbours leave alone.
    for whole in (base64.b64encode(secret.encode("utf-8")), base64.urlsafe_b64encode(secret.encode("utf-8"))):
        forms |= {whole.decode("ascii"), whole.decode("ascii").rstrip("=")}
    return {form for form in forms if form}


class ReadOnce(list[Any]):
    """A long list on its way out, which lets go of each item as it is read.

    It is copied twice on that way, here without secrets, and once more by Ansible; so at most one form of it is whole.
    """

    def __iter__(self) -> Iterator[Any]:
        """Hand over the items; after that there are none."""
        self.reverse()
        while self:
            yield self.pop()


class Redactor:
    """Takes known secrets out of every text that leaves the module. Safe to use from several threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._forms: list[str] = []
        # What a text is looked through for first: few texts hold a secret, and there may be hundreds of secrets.
        self._beginnings: frozenset[str] = frozenset()
        self._short_forms: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Any) -> None:
        """Remember one more secret; what is not a text, or is blank, is passed over."""
        if not isinstance(secret, str) or not secret.strip():
            return
        with self._lock:
            if secret in self._known:
                return
            forms = set(self._forms) | encoded_forms(secret) | encoded_forms(secret.strip())
            self._short_forms = [form for form in forms if len(form) < BEGINNING]
            self._beginnings = frozenset(form[:BEGINNING] for form in forms if len(form) >= BEGINNING)
            # The longest first, so that no part of a longer form is left standing.
            self._forms = sorted(forms, key=len, reverse=True)
            self._known.add(secret)

    def scrub(self, text: str) -> str:
        """Return the text with every form of every known secret replaced."""
        if not self._may_hold_secret(text):
            return text
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def _may_hold_secret(self, text: str) -> bool:
        """Tell whether a form of a secret, or at least how one begins, is in a text."""
        beginnings = self._beginnings
        for place in range(len(text) - BEGINNING + 1):
            if text[place : place + BEGINNING] in beginnings:
                return True
        return any(form in text for form in self._short_forms)

    def scrub_value(self, value: Any) -> Any:
        """Return a copy of a JSON-like value with every text in it (dictionary keys too) scrubbed."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, dict):
            return {
                self.scrub(key) if isinstance(key, str) else key: self.scrub_value(item) for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            scrubbed = [self.scrub_value(item) for item in value]
            return ReadOnce(scrubbed) if isinstance(value, ReadOnce) else scrubbed
        return value


def is_secret_key(key: str) -> bool:
    """Tell whether a configuration key holds a secret, by its name, such as C(api_key)."""
    plain = str(key).replace("_", "").replace("-", "").lower()
    # A number of tokens is no secret: max_tokens, maxOutputTokens.
    return any(word in plain for word in SECRET_WORDS) and not plain.endswith("tokens")


def hidden_keys(configuration: dict[str, Any], replaced: dict[str, Any]) -> list[str]:
    """Return a configuration's secret keys, other than those replaced: what a server shows for them may be a mask."""
    return sorted(key for key in configuration if is_secret_key(key) and key not in replaced)


#: Parameters of a URL that carry a secret although their name does not say so.
SECRET_PARAMETERS = frozenset({"code", "key", "pass", "pwd", "sig", "signature", "subscriptionkey", "xamzsignature"})

#: An access token of Hugging Face.
ACCESS_TOKEN = re.compile(r"\bhf_[A-Za-z0-9]{20,}")


def is_secret_parameter(key: str) -> bool:
    """Tell whether a parameter of a URL holds a secret, by its name, such as C(sig)."""
    return is_secret_key(key) or key.replace("_", "").replace("-", "").lower() in SECRET_PARAMETERS


def holds_access_token(text: str) -> bool:
    """Tell whether a text has something in it that looks like an access token of Hugging Face."""
    return bool(ACCESS_TOKEN.search(text))


def is_access_token(value: Any) -> bool:
    """Tell whether a value is an access token of Hugging Face in full, and so neither a mask nor a reference."""
    return isinstance(value, str) and bool(ACCESS_TOKEN.fullmatch(value)) and not looks_masked(value)


def secrets_in_url(text: str) -> list[str]:
    """Return what a URL carries of secrets: a password, and the values of parameters such as C(token)."""
    try:
        parts = urlsplit(text)
        found = [parts.password] + [value for key, value in parse_qsl(parts.query) if is_secret_parameter(key)]
        found += ACCESS_TOKEN.findall(text)
    except ValueError:
        return []
    return [secret for secret in found if secret]


#: Words that stand where a secret is still to be put in.
PLACEHOLDERS = frozenset(
    {
        "change_me",
        "changeme",
        "hf_token",
        "hf_your_token",
        "hf_your_token_here",
        "none",
        "null",
        "placeholder",
        "redacted",
        "tbd",
        "todo",
        "your_api_key",
        "your_hf_token",
        "your_secret",
        "your_token",
        "your_token_here",
    }
)

#: Masks, placeholders, and templates that nothing has filled in.
MASKS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"(hf_)?(<[^<>]*>|[xX]{4,}|•+|\.{3,}|…)",
        r"\S{0,8}(\.{3}|…|•{2,})\S{0,8}",
        r"\{\{.*\}\}|\$\{.*\}|\$[A-Za-z_][A-Za-z0-9_]*",
        r"\$ANSIBLE_VAULT;.*",
    )
)


def looks_masked(value: str) -> bool:
    """Tell whether a text given as a secret is a mask or a placeholder, and so surely not the secret."""
    value = value.strip()
    if value in ("$encrypted$", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", HIDDEN) or "***" in value:
        return True
    plain = value.lower().strip("[](){}\"'").replace("-", "_").replace(" ", "_")
    return plain in PLACEHOLDERS or any(pattern.fullmatch(value) for pattern in MASKS)


def fingerprint_tag(field: str, fingerprint: str) -> str:
    """Return the key of the tag that holds a fingerprint, which is no other fingerprint's.

    On some servers a tag replaces one of the same key. Two runs that write an integration at the same time would not
    see each other's fingerprint there, and that of the one that was overwritten could be left.

    Args:
        field: Name of the configuration key that holds the secret.
        fingerprint: The fingerprint.
    """
    name = FINGERPRINT_TAG if field == "api_key" else f"{FINGERPRINT_TAG}_{field}"
    return f"{name}-{fingerprint.split(':')[1][:8]}"


def fingerprinted_field(key: str) -> str | None:
    """Return the configuration key whose fingerprint a tag holds, by the tag's key; None for any other tag."""
    found = FINGERPRINT_TAG_KEY.fullmatch(key)
    return (found.group(1) or "api_key") if found else None


def is_fingerprint_tag(key: str) -> bool:
    """Tell whether a tag is this collection's own, and so not the user's to see or to manage."""
    return key == FINGERPRINT_TAG or key.startswith((FINGERPRINT_TAG + "_", FINGERPRINT_TAG + "-"))


def make_fingerprint(
    secret: str, integration: str, field: str, salt: str | None = None, update_time: int | None = None
) -> str | None:
    """Return a secret's fingerprint, or None when the secret is too short for one to be safe.

    It is C(v1:<salt>:<16 hexadecimal digits>), or C(v2:<salt>:<16 hexadecimal digits>:<update time>).

    Args:
        secret: The secret's value.
        integration: Name of the integration that holds it. The server's URL is left out: one cluster has many.
        field: Name of the configuration key that holds it.
        salt: 16 hexadecimal digits; random when None.
        update_time: When the integration was last written, in milliseconds since 1970, on servers where tags leave
            that time alone: whoever writes the integration later moves it, and the fingerprint vouches no more.
    """
    if len(secret) < SHORTEST_FINGERPRINTED:
        return None
    salt = salt or random_source.token_hex(8)
    version = FINGERPRINT_VERSION if update_time is None else TIMED_FINGERPRINT_VERSION
    parts = [version, salt, integration, field, *([] if update_time is None else [update_time])]
    digest = hmac.new(secret.encode("utf-8"), json.dumps(parts).encode("utf-8"), hashlib.sha256).hexdigest()[:16]
    return f"{version}:{salt}:{digest}" + ("" if update_time is None else f":{update_time}")


def plan_mark(secret: str, integration: str, field: str) -> str:
    """Return a mark of a secret for the digest of a plan, always the same, so that another secret is another plan.

    A short secret could be guessed from the digest, so all short ones have the same mark.
    """
    if len(secret) < SHORTEST_FINGERPRINTED:
        return "short"
    message = json.dumps(["plan", integration, field]).encode("utf-8")
    return hmac.new(secret.encode("utf-8"), message, hashlib.sha256).hexdigest()[:16]


def recorded_update_time(fingerprint: str) -> int | None:
    """Return the update time that a fingerprint records, or None when it records none."""
    parts = fingerprint.split(":")
    if len(parts) != 4 or parts[0] != TIMED_FINGERPRINT_VERSION or not re.fullmatch(r"[0-9]{1,15}", parts[3]):
        return None
    return int(parts[3])


def fingerprint_matches(fingerprint: str, secret: str, integration: str, field: str) -> bool:
    """Tell whether a fingerprint was made from this secret for this field of this integration."""
    parts = fingerprint.split(":")
    update_time = recorded_update_time(fingerprint)
    plain = len(parts) == 3 and parts[0] == FINGERPRINT_VERSION
    if not (plain or update_time is not None) or not parts[1]:
        return False
    expected = make_fingerprint(secret, integration, field, parts[1], update_time)
    return expected is not None and hmac.compare_digest(expected.encode(), fingerprint.encode())


def secret_state(
    secret: str,
    server_value: Any,
    fingerprints: Iterable[str],
    integration: str,
    field: str,
    shows_values: bool = False,
    update_time: int | None = None,
) -> str:
    """Return C(same), C(changed), C(unverified) or C(unknown): how the server's secret relates to the given one.

    The server may give back the value, a mask or a reference. A value equal to the given one says that it is the same,
    another token in full that it is not; otherwise the fingerprint left by the last write decides, and without one
    nothing is known.

    Args:
        secret: The value the user gave.
        server_value: What the server shows for it.
        fingerprints: Values of this field's fingerprint tags.
        integration: Name of the integration.
        field: Name of the configuration key.
        shows_values: Whether the server is known to show values as they are.
        update_time: When the integration was last written, if that may be held against what the fingerprint records;
            C(unverified) means that somebody wrote it since.
    """
    if server_value == secret:
        return "same"
    if shows_values or is_access_token(server_value):
        return "changed"
    known = [value for value in fingerprints if value.split(":")[0] in FINGERPRINT_VERSIONS]
    if not known or len(secret) < SHORTEST_FINGERPRINTED:
        return "unknown"
    matching = [value for value in known if fingerprint_matches(value, secret, integration, field)]
    # Several fingerprints mean that two writers met: which of them came last cannot be told, and need not be if all
    # wrote the same secret.
    if len(matching) < len(known):
        return "unknown" if len(known) > 1 else "changed"
    recorded = {recorded_update_time(value) for value in matching}
    return "same" if update_time is None or recorded & {None, update_time} else "unverified"
