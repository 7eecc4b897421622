# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP: connections for all threads, TLS, proxies, timeouts, retries with backoff, shared pacing (floor 0).

Nothing here knows what the server is. Redirects are never followed, no credentials are taken from C(~/.netrc), and
TLS settings travel with every request, since a session-wide setting gives way to C(REQUESTS_CA_BUNDLE).
"""

from __future__ import annotations

import datetime
import email.utils
import http.client
import io
import ipaddress
import json
import os
import random
import re
import socket
import threading
import time
import traceback
import warnings
from types import MappingProxyType
from typing import Any, Callable, Mapping, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, InvalidInput, bounded, one_line
from ansible_collections.orkes.conductor.plugins.module_utils._pacing import GivenUp, Pacing, Place
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor
from ansible_collections.orkes.conductor.plugins.module_utils._tls import tls_explanation

REQUESTS_IMPORT_ERROR: str | None
try:
    import requests
    import requests.adapters
    import requests.cookies
    import requests.utils
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

    class _PunctualResponse(http.client.HTTPResponse):
        """An answer that has to be complete in time: a server that trickles never makes a single read wait long."""

        def __init__(self, sock: Any, *arguments: Any, **keywords: Any) -> None:
            super().__init__(sock, *arguments, **keywords)
            self.fp: Any = io.BufferedReader(_PunctualReader(self.fp.detach(), sock))

    class _PunctualConnection(HTTPConnection):
        response_class = _PunctualResponse

    class _PunctualTlsConnection(HTTPSConnection):
        response_class = _PunctualResponse

    class _PunctualPool(HTTPConnectionPool):
        ConnectionCls = _PunctualConnection

    class _PunctualTlsPool(HTTPSConnectionPool):
        ConnectionCls = _PunctualTlsConnection

    class _PunctualAdapter(requests.adapters.HTTPAdapter):
        """Keeps connections whose answers have to be complete in time, also those through proxies."""

        def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
            super().init_poolmanager(*arguments, **keywords)
            self.poolmanager.pool_classes_by_scheme = {"http": _PunctualPool, "https": _PunctualTlsPool}

        def proxy_manager_for(self, proxy: Any, **keywords: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **keywords)
            manager.pool_classes_by_scheme = {"http": _PunctualPool, "https": _PunctualTlsPool}
            return manager


class _PunctualReader(io.RawIOBase):
    """Reads from a connection until twice its timeout is over: once for the answer to begin, once for it to end.

    Args:
        raw: What reads from the connection.
        connection: The connection, whose timeout is for a single read.
    """

    def __init__(self, raw: io.RawIOBase, connection: Any) -> None:
        self._raw = raw
        self._connection = connection
        self._timeout = connection.gettimeout()
        self._deadline = None if self._timeout is None else time.monotonic() + 2 * self._timeout

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, and wait for it no longer than there is time."""
        if self._deadline is None:
            return self._raw.readinto(buffer)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("the answer took too long")
        if left >= self._timeout:
            return self._raw.readinto(buffer)
        self._connection.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        finally:
            self._connection.settimeout(self._timeout)

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._raw.close()
        super().close()


#: Answers worth another try: too many requests, and a gateway or server that is away for the moment.
RETRIED_STATUSES = frozenset({429, 502, 503, 504})

#: Longest pause in seconds, whatever the server asks for in Retry-After.
LONGEST_PAUSE = 60.0
FIRST_PAUSE = 0.5
LONGEST_BACKOFF = 8.0

#: Largest answer in bytes that is read; an endless body ends here.
LARGEST_BODY = 64 * 1024 * 1024

#: Spreads retries out; nothing secret hangs on it.
_random = random.SystemRandom()

USER_AGENT = "orkes.conductor (Ansible collection)"


class HttpSettings(NamedTuple):
    """How to talk: the part of the connection options that is not about who is talked to.

    Attributes:
        timeout: Seconds to wait for a connection, for an answer to begin, and for its body to end.
        retries: Further tries after the first.
        concurrency: Most requests in flight at a time.
        validate_certs: Whether the server's certificate is checked.
        ca_path: File with the certificate authorities to trust, or None for the usual ones.
        client_cert: File with the client's certificate, or None.
        client_key: File with the client's private key, or None when the certificate file holds it.
        url_option: The option that names the server, for what errors advise.
        ca_option: The option that names the authorities, likewise.
        client_option: The options that give a client's certificate, likewise, or an empty text where there are none.
    """

    timeout: float = 30.0
    retries: int = 4
    concurrency: int = 10
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    url_option: str = "server_url"
    ca_option: str = "ca_path (CONDUCTOR_TLS_CA_PATH)"
    client_option: str = "client_cert and client_key"


class HttpResponse(NamedTuple):
    """An answer, read whole.

    Attributes:
        status: HTTP status.
        content_type: Media type in lower case, without parameters; may be empty.
        body: The bytes.
        location_host: Host that a redirect points to, else an empty string.
        headers: The headers, their names in lower case.
        sent_before: Whether the request was sent before without an answer, so that the server may have acted twice.
    """

    status: int
    content_type: str
    body: bytes
    location_host: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    sent_before: bool = False

    @property
    def is_page(self) -> bool:
        """Whether it is a web page, as of a proxy, and so says nothing of what was asked for."""
        return self.content_type == "text/html" or self.text()[:200].lstrip().lower().startswith(("<!", "<html"))

    @property
    def asks_for_https(self) -> bool:
        """Whether a port for https refuses to be spoken to in plain http, as web servers word it."""
        text = self.text()[:1000].lower()
        return self.status == 400 and any(words in text for words in _WANTS_HTTPS)

    @property
    def is_broken(self) -> bool:
        """Whether it begins as JSON does and is none, as one that is cut off; a bare text is something else."""
        text = self.text().strip()
        if self.content_type == "text/plain" or not (text[:1] in ("{", "[", '"') or _NUMBER.fullmatch(text)):
            return False
        try:
            self.json()
        except ValueError:
            return True
        return False

    def text(self) -> str:
        """Return the body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            ValueError: The body is not JSON.
        """
        try:
            return json.loads(self.text(), parse_constant=_no_json)
        except RecursionError:
            raise ValueError("nested too deeply") from None


#: How nginx, Go's servers, Apache and Tomcat word that a port is for https.
_WANTS_HTTPS = ("request was sent to https port", "to an https server", "speaking plain http to", "requires tls")

#: What Python takes for a number in JSON; some of it no JSON has, and some has too many digits.
_NUMBER = re.compile(r"-?(\d+|Infinity)|NaN")


def _no_json(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be this machine."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


#: A URL without C(://): its scheme, if it has one of those that are possible, and what follows.
_CUT_SHORT = re.compile(r"(?:(https?):)?/*(.*)", re.IGNORECASE)


def check_url(option: str, url: str, allow_plain_http: bool, example: str = "https://conductor.example.com/api") -> str:
    """Return a base URL without trailing slashes.

    Args:
        option: Name of the option, for the error.
        url: What the user gave.
        allow_plain_http: Whether C(http) is fine for hosts other than loopback.
        example: A good URL, for the error.

    Raises:
        InvalidInput: No scheme, no host, credentials, a query, or plain HTTP to another machine.
    """
    url = url.strip()
    if not url:
        raise InvalidInput([f"{option} is empty: give the server's URL, for example {example}"])
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise InvalidInput([f"{option} holds white space or control characters: remove them"])
    credentials = f"{option} holds credentials: take them out, and give them by the options for that"
    if "://" not in url:
        if "@" in url:
            raise InvalidInput([credentials])
        scheme, rest = _CUT_SHORT.fullmatch(url).groups()  # type: ignore[union-attr]
        lacks = "has no scheme" if scheme is None else "lacks the two slashes after its scheme"
        raise InvalidInput([f"{option} {bounded(url)!r} {lacks}: write {bounded((scheme or 'https') + '://' + rest)}"])
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput([f"{option} is not a URL ({error}): write it like {example}"]) from None
    if parts.scheme not in ("http", "https"):
        raise InvalidInput([f"{option} has the scheme {parts.scheme!r}: only https and http are possible"])
    if not host:
        raise InvalidInput([f"{option} {bounded(url)!r} names no host: write it like {example}"])
    if parts.username is not None or parts.password is not None:
        raise InvalidInput([credentials])
    # An empty one would end the path, too.
    if "?" in url or "#" in url:
        raise InvalidInput([f"{option} holds a query or a fragment: give the base URL only"])
    if parts.scheme == "http" and not is_loopback(host) and not allow_plain_http:
        raise InvalidInput(
            [
                f"{option} is plain http to {host}, and keys would cross the network in clear: use https, "
                "or set allow_plain_http=true if that network is trusted"
            ]
        )
    return url.rstrip("/")


def seconds_from_retry_after(value: str | None, now: datetime.datetime | None = None) -> float | None:
    """Return the pause a Retry-After header asks for, clamped to 0..LONGEST_PAUSE, or None if it says nothing usable.

    Args:
        value: Seconds, or an HTTP date (RFC 9110, section 10.2.3).
        now: Present time, with time zone; the clock's by default.
    """
    if not value:
        return None
    value = value.strip()
    if value.isdigit():
        # Digits are cut so that an absurd number cannot overflow.
        seconds = float(value[:9]) if len(value) <= 9 else LONGEST_PAUSE
    else:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        seconds = (moment - (now or datetime.datetime.now(datetime.timezone.utc))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def silence_insecure_warnings() -> None:
    """Keep urllib3 from warning of an unverified certificate at every request; the user was told once."""
    from urllib3.exceptions import InsecureRequestWarning

    warnings.simplefilter("ignore", InsecureRequestWarning)


class HttpClient:
    """Sends requests; used by many threads at once.

    Args:
        settings: How to talk.
        redactor: Scrubs what servers say before it becomes part of an error.
        sleep: Replaced in tests.
        clock: Replaced in tests; seconds that only move forward.
    """

    def __init__(
        self,
        settings: HttpSettings,
        redactor: Redactor,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.redactor = redactor
        self._sleep = sleep
        self._pacing = Pacing(settings.retries, self._backoff, clock)
        self._places = threading.BoundedSemaphore(max(1, settings.concurrency))
        self._adapter = _PunctualAdapter(pool_connections=4, pool_maxsize=max(1, settings.concurrency))
        self._cookies = requests.cookies.RequestsCookieJar()
        # The environment is read here, explicitly: no surprise CA bundle over validate_certs=false.
        if settings.validate_certs:
            bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
            self._verify: bool | str = settings.ca_path or bundle or True
        else:
            self._verify = False
        self._certificate: Any = None
        if settings.client_cert:
            self._certificate = (
                (settings.client_cert, settings.client_key) if settings.client_key else settings.client_cert
            )
        self._proxies: dict[str, dict[str, str]] = {}

    def request(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Any = None,
        replay_safe: bool = True,
        changes: bool | None = None,
    ) -> HttpResponse:
        """Send one request and return the last answer, whatever its status.

        Args:
            method: HTTP method.
            url: Whole URL, already encoded.
            headers: Sent as they are.
            body: Sent as JSON unless None.
            replay_safe: False for what does harm when done twice; it is sent once, unless no connection came about.
            changes: Whether it changes something; by default, whether its method is another one than GET.

        Raises:
            ApiError: No complete answer came.
        """
        path = urlsplit(url).path
        changes = method != "GET" if changes is None else changes
        data = None if body is None else json.dumps(body).encode("utf-8")
        sent_headers = {
            "Accept": "application/json, text/plain",
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
        }
        sent_headers.update(headers)
        if data is not None:
            sent_headers["Content-Type"] = "application/json"
        place = self._pacing.enter()
        tries_left = self.settings.retries
        sent_before = False
        latest: HttpResponse | ApiError | None = None
        while True:
            try:
                response, pause = self._send(method, url, sent_headers, data, place)
            except GivenUp:
                if latest is None:
                    latest = self._never_sent(method, path, url)
                if isinstance(latest, ApiError):
                    raise latest from None
                return latest
            except OSError as error:  # every exception of requests is one, and so is an unreadable certificate file
                failure, passing, never_sent = self._explain(method, path, url, error, changes)
                failure.uncertain = failure.uncertain or (sent_before and changes)
                if not passing or not tries_left or not (replay_safe or never_sent):
                    raise failure from None
                sent_before = sent_before or not never_sent
                latest = failure
            else:
                latest = response._replace(sent_before=True) if sent_before else response
                if response.status not in RETRIED_STATUSES or not replay_safe:
                    return latest
                sent_before = sent_before or response.status != 429
                if pause is not None:
                    # The tries are then counted for all requests together, where turns are given.
                    continue
                if not tries_left:
                    return latest
            self._sleep(self._backoff(self.settings.retries - tries_left))
            tries_left -= 1

    def _send(
        self, method: str, url: str, headers: dict[str, str], data: bytes | None, place: Place
    ) -> tuple[HttpResponse, float | None]:
        """Send a request when it is its turn; return the answer, and the pause that the server asks for, if it does."""
        with self._places:
            self._pacing.wait_for_turn(place)
            try:
                response = self._exchange(method, url, headers, data)
            except BaseException:
                self._pacing.failed(place)
                raise
            asked = seconds_from_retry_after(response.headers.get("retry-after"))
            if response.status == 429 or (asked is not None and response.status in RETRIED_STATUSES):
                # A server that asks for no pause, or for one that is over, has no room yet all the same.
                self._pacing.held(place, asked or 0.0)
                return response, asked or 0.0
            if response.status in RETRIED_STATUSES:
                self._pacing.failed(place)
            else:
                self._pacing.let_through(place)
            return response, None

    def _exchange(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> HttpResponse:
        request = self._prepared(method, url, headers, data)
        with self._adapter.send(
            request,
            stream=True,
            timeout=(self.settings.timeout, self.settings.timeout),
            verify=self._verify,
            cert=self._certificate,
            proxies=self._proxies_for(url),
        ) as answer:
            if "Set-Cookie" in answer.headers:
                requests.cookies.extract_cookies_to_jar(  # type: ignore[no-untyped-call]
                    self._cookies, request, answer.raw
                )
            lengths = answer.headers.get("Content-Length", "0").split(",")
            if not all(length.strip().isdigit() for length in lengths):
                # Whatever came until the connection was closed would else pass for all of it.
                raise requests.exceptions.ContentDecodingError("the length of the answer is no number")
            chunks = []
            size = 0
            for chunk in answer.iter_content(16384):
                size += len(chunk)
                chunks.append(chunk)
                if size > LARGEST_BODY:
                    raise requests.exceptions.ContentDecodingError(
                        f"the answer is larger than {LARGEST_BODY // 1024 // 1024} MiB"
                    )
            location = answer.headers.get("Location", "") if 300 <= answer.status_code < 400 else ""
            return HttpResponse(
                status=answer.status_code,
                content_type=answer.headers.get("Content-Type", "").split(";")[0].strip().lower(),
                body=b"".join(chunks),
                location_host=urlsplit(location).netloc.rpartition("@")[2] if location else "",
                headers={name.lower(): value for name, value in answer.headers.items()},
            )

    def _prepared(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Any:
        """Return a request as it is sent, made without a session: what a session does for each costs as much again.

        So none of it happens: no redirect is followed, no credentials come from C(~/.netrc), nothing from the
        environment overrides settings.
        """
        request = requests.PreparedRequest()
        request.prepare_url(url, None)
        request.method, request.body, request.hooks = method, data, {"response": []}
        request.prepare_headers(headers)
        request.headers["Connection"] = "keep-alive"
        if data is not None or method != "GET":
            request.headers["Content-Length"] = str(len(data or b""))
        # What stands before a server may ask by a cookie to be led to the same one again.
        if len(self._cookies):
            cookie = requests.cookies.get_cookie_header(self._cookies, request)  # type: ignore[no-untyped-call]
            if cookie:
                request.headers["Cookie"] = cookie
        return request

    def _proxies_for(self, url: str) -> dict[str, str]:
        """Return the environment's proxies for a URL; loopback is never sent through one."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._proxies:
            local = is_loopback(parts.hostname or "")
            self._proxies[origin] = {} if local else dict(requests.utils.get_environ_proxies(url))
        return self._proxies[origin]

    def _backoff(self, attempt: int) -> float:
        """Return a pause that doubles with each attempt, with half of it random so that clients spread out."""
        longest: float = min(FIRST_PAUSE * 2 ** min(attempt, 30), LONGEST_BACKOFF)
        return longest * (0.5 + _random.random() / 2)

    @staticmethod
    def _never_sent(method: str, path: str, url: str) -> ApiError:
        """Return the error of a request that was kept back until the server was given up."""
        message = f"it was not sent, since {urlsplit(url).netloc} wants a pause and no retries are left"
        return ApiError(method, path, None, message, "Lower concurrency, or run again later.")

    def _explain(self, method: str, path: str, url: str, error: OSError, changes: bool) -> tuple[ApiError, bool, bool]:
        """Return the error to raise, whether it may pass by itself, and whether the request surely never was sent."""
        exceptions = requests.exceptions
        host = urlsplit(url).netloc
        option = self.settings.url_option
        passing = True
        never_sent = False
        uncertain = False
        if isinstance(error, exceptions.SSLError):
            given = self.settings.client_cert is not None
            options = (option, self.settings.ca_option, self.settings.client_option)
            reason, hint = tls_explanation(error, options, given)
            message = f"no trusted TLS connection to {host}: {one_line(self.redactor.scrub(reason))}"
            passing = False
        elif isinstance(error, exceptions.ProxyError):
            message = f"the proxy for {host} could not be used"
            hint = "Check the proxy variables (https_proxy, no_proxy) of the machine that runs the module."
            never_sent = True
        elif isinstance(error, exceptions.ConnectTimeout):
            message = f"no connection to {host} within {self.settings.timeout:g} s"
            hint = f"Check {option}, firewalls and proxies; timeout sets how long to wait."
            never_sent = True
        elif isinstance(error, exceptions.Timeout):
            message = f"no complete answer from {host} in time ({self.settings.timeout:g} s)"
            hint = "Raise timeout if the server is slow, or lower concurrency."
            uncertain = changes
        elif not isinstance(error, exceptions.RequestException) or isinstance(error, ValueError):
            message = f"the request to {host} could not be made ({type(error).__name__})"
            hint = f"Check {option}, and that ca_path, client_cert and client_key are readable PEM files."
            passing = False
        elif isinstance(error, exceptions.ConnectionError) and "NewConnectionError" in repr(error):
            message = f"{host} cannot be reached"
            hint = f"Check {option} (host name and port), that the server is up, and proxies."
            never_sent = True
        elif isinstance(error, exceptions.ConnectionError) and "NameResolutionError" in repr(error):
            message = f"{host} cannot be resolved"
            hint = f"Check the host name in {option}."
            never_sent = True
        else:
            message = f"the connection to {host} broke off"
            if isinstance(error, exceptions.ContentDecodingError):
                message = self.redactor.scrub(str(error))
            hint = "Run again; if it stays, check proxies and load balancers in between."
            if urlsplit(url).scheme == "http":
                hint += f" A port for https breaks off like that, too, and {option} says http."
            uncertain = changes
        found = ApiError(method, path, None, message, hint, uncertain=uncertain, lasting=not passing)
        return found, passing, never_sent
