# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way in which a request can go wrong."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import html
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hostile_proxy import END, LONGEST, Exchange, Hurt

PAGE = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"

#: Seconds that modules wait for an answer where a fault makes them wait.
IMPATIENT = 0.5


@dataclass(frozen=True)
class Fault:
    """One way in which a request can go wrong.

    Attributes:
        name: What it is called.
        hurt: Does it.
        passes: Whether one of them is not noticed, where a request may be sent again.
        acts: Whether the sandbox does what was asked although the client is told otherwise, or nothing.
        slow: Whether the client has to give up waiting.
        lies: Whether the client is told something that is not so.
        disturbs: Whether something else changes at the same time.
        harmless: Whether the answer is right in the end.
        no_list: Whether nothing that it answers may be taken for a list, however empty.
        told: What the message then says, in lower case; any of them.
    """

    name: str
    hurt: Hurt
    passes: bool = False
    acts: bool = False
    slow: bool = False
    lies: bool = False
    disturbs: bool = False
    harmless: bool = False
    no_list: bool = False
    told: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {}


def fault(name: str, **about: Any) -> Callable[[Hurt], Hurt]:
    """Take a fault into the list."""

    def take(hurt: Hurt) -> Hurt:
        FAULTS[name] = Fault(name, hurt, **about)
        return hurt

    return take


def error_body(status: int, message: str, **more: Any) -> str:
    """Return an error in the vendor's shape."""
    return json.dumps({"status": status, "message": message, "instance": "fire", "retryable": False, **more})


# Connections

BROKEN_OFF = ("broke off", "cannot be reached")


# Whether the moment is over with the second further try is a matter of how fast the machine is.
@fault("refused for a moment", told=BROKEN_OFF)
async def refused_for_a_moment(exchange: Exchange) -> None:
    await exchange.reset()
    await exchange.proxy.refuse(0.03)


@fault("refused from then on", told=BROKEN_OFF)
async def refused(exchange: Exchange) -> None:
    await exchange.reset()
    await exchange.proxy.refuse()


@fault("reset before", passes=True, told=BROKEN_OFF)
async def reset_before(exchange: Exchange) -> None:
    await exchange.reset()


@fault("reset after", passes=True, acts=True, told=BROKEN_OFF)
async def reset_after(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.reset()


@fault("closed before", passes=True, told=BROKEN_OFF)
async def closed_before(exchange: Exchange) -> None:
    await exchange.close()


@fault("closed after", passes=True, acts=True, told=BROKEN_OFF)
async def closed_after(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.close()


# Bodies


@fault("truncated", passes=True, acts=True, told=BROKEN_OFF)
async def truncated(exchange: Exchange) -> None:
    raw = (await exchange.act()).raw()
    # Even an empty answer can break off: in its head.
    await exchange.send(raw[: max(20, len(raw) - 1 - len(raw) % 7)])
    await exchange.close()


@fault("slow", acts=True, harmless=True)
async def slow(exchange: Exchange) -> None:
    raw = (await exchange.act()).raw()
    for number in range(4):
        await asyncio.sleep(0.02)
        await exchange.send(raw[len(raw) * number // 4 : len(raw) * (number + 1) // 4])


SLOW = ("in time", "broke off", "no connection")


@fault("silent before", slow=True, told=SLOW)
async def silent_before(exchange: Exchange) -> None:
    await asyncio.sleep(LONGEST - 1)
    await exchange.close()


@fault("silent after", slow=True, acts=True, told=SLOW)
async def silent_after(exchange: Exchange) -> None:
    await exchange.act()
    await asyncio.sleep(LONGEST - 1)
    await exchange.close()


@fault("dripping head", slow=True, acts=True, told=SLOW)
async def dripping_head(exchange: Exchange) -> None:
    answer = await exchange.act()
    await exchange.send(answer.head + b"\r\nX-Endless: ")
    while True:
        await exchange.send(b"a")
        await asyncio.sleep(0.1)


@fault("dripping body", slow=True, acts=True, told=SLOW)
async def dripping_body(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000" + END)
    while True:
        await exchange.send(b" ")
        await asyncio.sleep(0.1)


@fault("dripping chunks", slow=True, acts=True, told=SLOW)
async def dripping_chunks(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked" + END)
    while True:
        await exchange.send(b"1\r\n \r\n")
        await asyncio.sleep(0.1)


TOO_LARGE = ("larger than",)
#: Parts of what has no end: much more than a module that runs here reads, and less than a machine's memory.
WITHOUT_END = range(1024)


async def send_without_end(exchange: Exchange, part: bytes) -> None:
    """Send something again and again, until the client goes away or it is clear that it does not."""
    for _number in WITHOUT_END:
        await exchange.send(part)
    exchange.seen.drained = True
    await exchange.close()


@fault("endless body", acts=True, told=TOO_LARGE)
async def endless_body(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999999" + END)
    await send_without_end(exchange, b"[" * 65536)


@fault("endless chunks", acts=True, told=TOO_LARGE)
async def endless_chunks(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + END)
    await send_without_end(exchange, b"10000\r\n" + b" " * 0x10000 + b"\r\n")


@fault("endless heads", acts=True, told=BROKEN_OFF)
async def endless_heads(exchange: Exchange) -> None:
    await exchange.act()
    await exchange.send(b"HTTP/1.1 200 OK")
    await send_without_end(exchange, b"\r\nX-More: " + b"a" * 60000)


for _name, _head in {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "no status": b"HTTP/1.1 abc OK\r\nContent-Length: 2" + END + b"{}",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + END + b"zz\r\n",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: -7" + END + b"{}",
    "body that is no gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4" + END + b"junk",
}.items():

    def _make(data: bytes) -> Hurt:
        async def hurt(exchange: Exchange) -> None:
            await exchange.act()
            await exchange.send(data)
            await exchange.close()

        return hurt

    fault(_name, acts=True, passes=True, told=("broke off", "decod", "no complete", "length"))(_make(_head))


# Answers of a proxy, or of the server itself


def answering(
    status: int, body: bytes | str, *headers: str, kind: str = "application/json", acts: bool = False
) -> Hurt:
    """Return a fault that answers this, after letting the sandbox act or without it."""

    async def hurt(exchange: Exchange) -> None:
        if acts:
            await exchange.act()
        await exchange.answer(status, body, kind, *headers)

    return hurt


for _status in (200, 401, 403, 404, 500, 502, 503):
    fault(f"page {_status}", passes=_status > 500, told=("web page",))(answering(_status, PAGE, kind="text/html"))
fault("page 503 after", passes=True, acts=True, told=("web page",))(answering(503, PAGE, kind="text/html", acts=True))
fault("page without a type", told=("web page",))(answering(200, PAGE, kind="text/plain"))

TOLD = {
    400: ("does not accept",),
    401: ("check auth_key",),
    402: ("limit",),
    403: ("missing permission",),
    404: ("does not exist", "run again"),
    409: ("run again",),
    422: ("does not accept",),
    429: ("lower concurrency",),
}
#: The same where it is Hugging Face that is asked.
AT_HUGGING_FACE = {
    TOLD[400]: ("compare the options", "let it run first"),
    TOLD[401]: ("check token",),
    TOLD[402]: ("payment",),
    TOLD[403]: ("permission",),
    # The second is of those that were kept back until the first was told.
    TOLD[429]: ("hugging face limits", "lower concurrency"),
    ("the server failed",): ("hugging face failed",),
    ("web page",): ("web page", "no json"),
    ("check auth_key", "token", "missing permission"): ("check token", "permission"),
}
for _status in (400, 401, 402, 403, 409, 422, 429, 500, 501, 502, 503, 504):
    fault(
        f"status {_status}",
        passes=_status in (429, 502, 503, 504),
        told=TOLD.get(_status, ("the server failed",)),
    )(answering(_status, error_body(_status, "No")))
for _status in (500, 502, 503, 504):
    fault(f"status {_status} after", passes=_status != 500, acts=True, told=("the server failed",))(
        answering(_status, error_body(_status, "No"), acts=True)
    )
for _status in (403, 404, 503):
    fault(f"empty {_status}", passes=_status == 503, lies=_status == 404)(answering(_status, b""))
fault("status 404", lies=True)(answering(404, error_body(404, "Not found")))
for _status, _code in ((401, "EXPIRED_TOKEN"), (401, "INVALID_TOKEN"), (403, "INVALID_TOKEN")):
    fault(f"{_code} {_status}", passes=True, told=("check auth_key", "token", "missing permission"))(
        answering(_status, error_body(_status, "Token", error=_code))
    )

for _words, _value in {
    "0": "0",
    "1": "1",
    "absurd": "9" * 40,
    "negative": "-5",
    "word": "soon",
    "past": "Tue, 01 Jan 2019 00:00:00 GMT",
    "far": "Tue, 01 Jan 2999 00:00:00 GMT",
    "no date": "Tue, 99 Foo 2019 99:00:00 GMT",
    "fraction": "1.5e3",
}.items():
    fault(f"status 429, Retry-After {_words}", passes=True, told=TOLD[429])(
        answering(429, error_body(429, "Slow down"), f"Retry-After: {_value}")
    )


@fault("status 429, Retry-After soon", passes=True, told=TOLD[429])
async def retry_after_a_date(exchange: Exchange) -> None:
    date = email.utils.formatdate(time.time() + 1, usegmt=True)
    await exchange.answer(429, error_body(429, "Slow down"), "application/json", f"Retry-After: {date}")


REDIRECTED = ("redirect",)


def redirecting(status: int, acts: bool = False) -> Hurt:
    """Return a fault that points to a host that nobody named."""

    async def hurt(exchange: Exchange) -> None:
        if acts:
            await exchange.act()
        await exchange.answer(status, b"", "text/plain", f"Location: {OTHER[0]}")

    return hurt


#: Address of the host that nobody may come to; set before the first fault.
OTHER: list[str] = []
for _status in (301, 302, 303, 307, 308):
    fault(f"redirect {_status}", told=REDIRECTED)(redirecting(_status))
for _status in (302, 303, 307):
    fault(f"redirect {_status} after", acts=True, told=REDIRECTED)(redirecting(_status, acts=True))


# Answers that are not what they should be

WRONG = {
    "null": "null",
    "true": "true",
    "number": "17",
    "text": '"integration"',
    "empty list": "[]",
    "empty object": "{}",
    "list of numbers": "[1, 2, 3]",
    "list of nothing": "[null, null]",
    "list of lists": "[[{}], [[]]]",
    "objects of nothing": '[{"name": null, "api": null, "id": null, "type": 3, "configuration": [], "tags": {}}]',
    "object of numbers": '{"name": 1, "id": 2, "roles": 3, "configuration": 4, "tags": 5, "grantedAccess": 6,'
    ' "token": 7, "secret": 8, "status": 9, "type": 10, "enabled": 11}',
    "object of lists": '{"name": [], "id": [], "roles": [[]], "configuration": [], "tags": [[]], "grantedAccess": [[]],'
    ' "token": [], "secret": [], "status": [], "type": [], "enabled": [], "users": []}',
    "lists of nothing": '{"name": "x", "id": "x", "grantedAccess": [1, {}], "groups": [2], "roles": [{}], "tags": [3]}',
    "nothing": "",
    "half": '{"name": "hf',
    "NaN": "[NaN, Infinity]",
    "long number": "1" * 6000,
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
}
#: Those that must not be taken for a list of whatever is asked for: nothing would be there then.
NO_LISTS = ("list of numbers", "list of nothing", "list of lists", "lists of nothing", "objects of nothing", "NaN")
for _words, _body in WRONG.items():
    fault(f"wrong {_words}", lies=True, no_list=_words in NO_LISTS)(answering(200, _body))
    fault(f"wrong {_words} after", lies=True, acts=True)(answering(200, _body, acts=True))
fault("wrong bytes", lies=True)(answering(200, b'{"name": "\xff\xfe\x00"}'))
fault("error of numbers")(answering(400, '{"status": "x", "message": 5, "error": ["EXPIRED_TOKEN"]}'))
fault("error of lists")(answering(403, '[{"message": "no"}]'))
fault("error without end")(answering(500, error_body(500, "x" * 200_000)))
fault("error with control characters")(answering(400, error_body(400, "a\x1b[31m\r\nok: [host]\u202e")))
fault("deep error")(answering(500, "[" * 100_000))
fault("204", lies=True)(answering(204, b""))


def spoilt(value: Any, choice: random.Random) -> Any:
    """Return a JSON value with one thing in it replaced."""
    if isinstance(value, (dict, list)) and value and choice.random() < 0.85:
        place = choice.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        if choice.random() < 0.2:
            del copy[place]
        else:
            copy[place] = spoilt(copy[place], choice)
        return copy
    return choice.choice([None, True, 0, -1, 1e308, "", "x", "\u0000", [], {}, [None], {"": None}, [[]], "é" * 300])


def spoiling(seed: int) -> Hurt:
    """Return a fault that replaces something in the sandbox's own answer."""

    async def hurt(exchange: Exchange) -> None:
        answer = await exchange.act()
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = answer.body.decode()
        choice = random.Random(f"{seed} {exchange.seen.number}")
        await exchange.answer(answer.status, json.dumps(spoilt(value, choice)))

    return hurt


for _seed in range(24):
    fault(f"spoilt {_seed}", lies=True, acts=True)(spoiling(_seed))


# Errors that say what was sent

FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: secret,
    "URL-encoded": lambda secret: quote(secret, safe=""),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of more": lambda secret: base64.b64encode(f"user:{secret}@host".encode()).decode(),
    "JSON": json.dumps,
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret)),
    "HTML": html.escape,
}


def texts_of(value: Any) -> list[str]:
    """Return all texts in a JSON value."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return [value] if isinstance(value, str) else []


def echoing(status: int, spell: Callable[[str], str], where: str) -> Hurt:
    """Return a fault that repeats everything that was sent, header and body."""

    async def hurt(exchange: Exchange) -> None:
        try:
            sent = texts_of(json.loads(exchange.seen.body or b"null"))
        except ValueError:
            sent = []
        # The longest first: what comes last may be cut.
        said = " ".join(spell(text) for text in sorted([*sent, exchange.seen.token], key=len, reverse=True))
        if where == "invalidValue":
            problems = [{"path": "configuration", "message": f"not {said}", "invalidValue": said}]
            body = error_body(status, "Invalid", validationErrors=problems)
        elif where == "message":
            body = error_body(status, f"cannot take {said}")
        else:
            body = f"cannot take {said}"
        await exchange.answer(status, body, "text/plain" if where == "text" else "application/json")

    return hurt


for _form, _spell in FORMS.items():
    fault(f"echo in message, {_form}", told=TOLD[400])(echoing(400, _spell, "message"))
    fault(f"echo as invalidValue, {_form}", told=TOLD[422])(echoing(422, _spell, "invalidValue"))
    fault(f"echo as text, {_form}", told=("the server failed",))(echoing(500, _spell, "text"))
    fault(f"echo as answer, {_form}", lies=True)(echoing(200, _spell, "message"))
    fault(f"echo as bare answer, {_form}", lies=True)(echoing(200, _spell, "text"))


# Others who work there at the same time

#: Deletes the parent of what a request is about; set before the first fault.
DELETE_PARENT: list[Callable[[str, bytes], None]] = []


@fault("parent deleted", disturbs=True, harmless=True)
async def parent_deleted(exchange: Exchange) -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, DELETE_PARENT[0], exchange.seen.path, exchange.seen.body)
    await exchange.send((await exchange.act()).raw())


Act = Callable[[Exchange], Awaitable[None]]
