# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why there is no TLS connection, which option helps, and files that no connection can be made with (floor 0)."""

from __future__ import annotations

import os
import re
import ssl
from typing import Any, Iterator

#: Longest part of a reason that is repeated, in characters.
LONGEST_REASON = 200

#: OpenSSL's numbers of what is wrong with a certificate (x509_vfy.h).
NOT_YET_VALID, EXPIRED, SELF_SIGNED = 9, 10, 18
OTHER_NAME = frozenset({62, 64})
UNKNOWN_AUTHORITY = frozenset({2, 19, 20, 21, 24, 27})

#: OpenSSL's names of what goes wrong, or parts of them: no TLS is spoken there, no version is common to both.
NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
NO_COMMON_VERSION = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW")

#: Alerts with which a server may say that it wants a client's certificate, or another one.
CLIENT_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE", "ACCESS_DENIED")

#: Names of files in a folder of authorities: OpenSSL looks for them by a hash.
HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")

CERTIFICATE = re.compile(rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----")
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def tls_explanation(error: BaseException, options: tuple[str, str, str], given: bool) -> tuple[str, str]:
    """Return why a TLS connection did not come about, and what to do.

    Args:
        error: What was raised.
        options: The options that name the server and the authorities, and give a client's certificate (may be empty).
        given: Whether a client's certificate was given.
    """
    url_option, ca_option, client_option = options
    found = next((cause for cause in _causes(error, set()) if isinstance(cause, ssl.SSLError)), None)
    if isinstance(found, ssl.SSLCertVerificationError):
        reason = str(found.verify_message or "the certificate is not valid").strip().rstrip(".")[:LONGEST_REASON]
        return reason, _advice_on_certificate(found.verify_code, url_option, ca_option)
    if any(type(cause).__name__ == "CertificateError" for cause in _causes(error, set())):
        # This text would repeat the names in the server's certificate.
        return "the certificate was made for another name", _advice_on_certificate(62, url_option, ca_option)
    code = str(getattr(found, "reason", None) or "")
    reason = code.replace("_", " ").lower()[:LONGEST_REASON]
    if isinstance(found, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return "the server ended it while it was made", _advice_on_client(client_option, given)
    if any(name in code for name in NO_TLS):
        return (
            f"no TLS is spoken there ({reason})",
            f"Check scheme and port in {url_option}: https needs a port for it.",
        )
    if any(name in code for name in NO_COMMON_VERSION):
        return f"no version of TLS in common ({reason})", "Check which versions the server and this machine speak."
    if "ALERT" in code and any(name in code for name in CLIENT_ALERTS):
        return f"the server refuses it ({reason})", _advice_on_client(client_option, given)
    return reason or "TLS failed", f"Check {url_option}, and what the server's certificate and log say."


def _causes(error: Any, seen: set[int]) -> Iterator[BaseException]:
    """Return an exception and everything that it was made from, in whichever way libraries wrap it."""
    if isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        for inner in (*error.args, getattr(error, "reason", None), error.__cause__, error.__context__):
            yield from _causes(inner, seen)


def _advice_on_certificate(code: int, url_option: str, ca_option: str) -> str:
    if code in OTHER_NAME:
        return f"Give {url_option} with a name that the certificate was made for."
    if code == SELF_SIGNED:
        return f"If it is meant to be trusted, give that certificate as {ca_option}."
    if code in UNKNOWN_AUTHORITY:
        return f"Give the certificate of the authority that signed the server's as {ca_option}."
    if code in (NOT_YET_VALID, EXPIRED):
        return "Have the server's certificate renewed, or check this machine's clock."
    return "Have the server's certificate put right."


def _advice_on_client(option: str, given: bool) -> str:
    if given:
        return "It may not take client_cert: check who has to sign it, and until when it is valid."
    if option:
        return f"If it asks for a client's certificate, give {option}; if not, look at its log."
    return "Look at what stands before the server, such as a proxy."


def path_problem(option: str, path: str | None, folder: bool = False) -> str | None:
    """Return why what a path leads to cannot be read as a file, or None. Nothing is opened: a pipe would never end.

    Args:
        option: The option that gives the path.
        path: The path; none is fine.
        folder: Whether a folder is as good.
    """
    if not path:
        return None
    if not path.strip():
        return f"{option} is blank: give a path, or leave it out"
    if not os.access(path, os.R_OK):
        return f"{option} {path} cannot be read: check the path and its permissions"
    if not (os.path.isfile(path) or (folder and os.path.isdir(path))):
        return f"{option} {path} is no regular file{' and no folder' if folder else ''}: give one"
    return None


def file_problems(ca_path: str | None, client_cert: str | None, client_key: str | None) -> list[str]:
    """Return what is wrong with files that can be read, as far as can be said without a server."""
    problems = []
    if ca_path:
        problems += _authority_problems(ca_path)
    if client_cert:
        problems += _client_problems(client_cert, client_key)
    return problems


def _authority_problems(path: str) -> list[str]:
    if os.path.isdir(path):
        if not any(HASHED_NAME.fullmatch(name) for name in os.listdir(path)):
            return [
                f"ca_path {path} is a folder without certificates that OpenSSL would find: run openssl rehash on it, "
                "or give a file"
            ]
        return []
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):  # an error of ssl is one
        return [f"ca_path {path} holds no certificate in PEM form: give the authority's certificate"]
    return []


def _client_problems(certificate: str, key: str | None) -> list[str]:
    holder = f"client_key {key}" if key else f"client_cert {certificate}"
    try:
        # Never ask at the terminal for a passphrase.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        text, key_text = _content(certificate), _content(key or certificate)
        if not CERTIFICATE.search(text):
            return [f"client_cert {certificate} holds no certificate in PEM form: give the client's certificate"]
        if not PRIVATE_KEY.search(key_text):
            other = "give the key that goes with client_cert" if key else "give client_key too"
            return [f"{holder} holds no private key in PEM form: {other}"]
        if b"ENCRYPTED" in key_text:
            return [f"{holder} holds a key with a passphrase, which cannot be given: give it without one"]
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            return [f"client_cert {certificate} and the key in {holder} do not belong together: give the two that do"]
        return [f"client_cert {certificate} or {holder} cannot be used: check that they are whole"]
    return []


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
