# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs whose requests happen one at a time, in an order that a test decides."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

from probing import http_code

#: Longest that one request may take, in seconds, on a machine that has much else to do.
PATIENCE = 60

#: Decides which of several runs has the next turn, given their numbers.
Choice = Callable[[list[int]], int]


class Waiting(http_code.HttpClient):  # type: ignore[misc, name-defined]
    """Sends a request of a writer when that has its turn, and any other one at once."""

    def request(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        """Send a request."""
        writer = threading.current_thread()
        if isinstance(writer, Writer):
            writer.await_turn(method)
        return super().request(method, *arguments, **keywords)


class Writer(threading.Thread):
    """A run.

    Args:
        work: What it does.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.error: BaseException | None = None
        self.over = False
        self.next_method = ""
        self._came, self._go = threading.Semaphore(0), threading.Semaphore(0)

    def run(self) -> None:
        """Do the work, and keep what it ended with."""
        try:
            self.work()
        except BaseException as error:
            self.error = error
        self.over = True
        self._came.release()

    def await_turn(self, method: str) -> None:
        """Say that a request is ready, and wait until it may be sent."""
        self.next_method = method
        self._came.release()
        assert self._go.acquire(timeout=PATIENCE), "the turn never came"

    def come(self) -> None:
        """Wait until its next request is ready, or until it is over."""
        assert self._came.acquire(timeout=PATIENCE), "the request never ended"

    def take_turn(self) -> None:
        """Let it send its next request, and wait for the one after that."""
        self._go.release()
        self.come()


def take_turns(works: list[Callable[[], None]], choose: Choice, ended: Callable[[int], None]) -> list[Writer]:
    """Let runs happen at the same time, and return them when all are over.

    Two reads by different runs next to each other are only tried in one order: it makes no difference to anybody.

    Args:
        works: What each of them does.
        choose: Says which is the next one.
        ended: Is told which one has just ended.
    """
    writers = [Writer(work) for work in works]
    for writer in writers:
        writer.start()
        writer.come()
    reader = -1
    while True:
        left = [number for number, writer in enumerate(writers) if not writer.over]
        if not left:
            return writers
        new = [number for number in left if number >= reader or writers[number].next_method != "GET"]
        number = choose(new or left)
        writer = writers[number]
        reader = number if writer.next_method == "GET" else -1
        writer.take_turn()
        if writer.over:
            ended(number)


def every_order() -> Iterator[Choice]:
    """Yield a choice for every order in which the turns can be taken, each to be used for one meeting."""
    path: list[list[Any]] = []
    while True:
        depth = 0

        def choose(options: list[int]) -> int:
            nonlocal depth
            if depth == len(path):
                path.append([options, 0])
            depth += 1
            found, place = path[depth - 1]
            assert found == options, "the same turns have led to something else"
            return int(found[place])

        yield choose
        while path and path[-1][1] + 1 == len(path[-1][0]):
            path.pop()
        if not path:
            return
        path[-1][1] += 1


def some_orders(number: int, seed: str) -> Iterator[Choice]:
    """Yield choices for so many orders, always the same."""
    drawn = random.Random(seed)
    for _number in range(number):
        yield drawn.choice
