# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a thread may send: pauses that a server asks for hold all of them, and are counted once (floor 0)."""

from __future__ import annotations

import random
import threading
import time
from typing import Callable

#: Most seconds by which a pause is longer than asked for, so that several clients do not come back in one instant.
SPREAD = 0.1

#: Spreads clients out; nothing secret hangs on it.
_random = random.SystemRandom()


class GivenUp(Exception):
    """The server went on asking for pauses until no tries were left, so nobody waits for it any more."""


class Place:
    """Where a request stands among the others.

    Args:
        number: How many requests came before it.
        given_up: How often the server had been given up before it.
    """

    def __init__(self, number: int, given_up: int) -> None:
        self.number = number
        self.given_up = given_up
        #: The pause after which it was sent last.
        self.pause = 0


class Pacing:
    """Lets requests go, or keeps them back while the server wants a pause. Used by many threads at once.

    After a pause the oldest request goes alone, and the others once it was let through. So a server that lets few
    requests through at a time is asked again and again for as long as some get through, and the oldest is never
    overtaken; one that lets nothing through costs one request a pause, and is given up after so many pauses.

    Args:
        retries: How many pauses in a row, without an answer between them, are waited for.
        shortest_pause: Returns the least pause in seconds, given how many came before it in a row.
        clock: Seconds that only move forward.
    """

    def __init__(
        self, retries: int, shortest_pause: Callable[[int], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._retries = retries
        self._shortest_pause = shortest_pause
        self._clock = clock
        self._changed = threading.Condition()
        self._not_before = 0.0
        self._requests = 0
        #: Number of the latest pause.
        self._pause = 0
        #: Pauses since a request was let through.
        self._in_a_row = 0
        self._given_up = 0
        #: Whether nobody was let through since the latest pause, so that requests go one at a time.
        self._narrow = False
        self._alone: Place | None = None
        self._waiting: set[int] = set()

    def enter(self) -> Place:
        """Return the place of a request that begins now."""
        with self._changed:
            self._requests += 1
            return Place(self._requests, self._given_up)

    def wait_for_turn(self, place: Place) -> None:
        """Return when the request may be sent. One of C(let_through), C(held) and C(failed) has to follow.

        Raises:
            GivenUp: It is not to be sent any more.
        """
        with self._changed:
            self._waiting.add(place.number)
            try:
                while True:
                    left = self._not_before - self._clock()
                    if self._given_up != place.given_up or (left > 0 and self._in_a_row > self._retries):
                        raise GivenUp
                    if left > 0:
                        self._changed.wait(left)
                    elif not self._narrow:
                        break
                    elif self._alone is None and place.number == min(self._waiting):
                        self._alone = place
                        break
                    else:
                        self._changed.wait()
            finally:
                self._waiting.discard(place.number)
                # Who is the oldest has changed.
                self._changed.notify_all()
            place.pause = self._pause

    def held(self, place: Place, asked: float) -> None:
        """Take note that the server did not act on a request, and wants so many seconds of pause.

        What was sent before the latest pause tells nothing new: it is not counted.
        """
        with self._changed:
            known = place.pause != self._pause
            pause = asked if known else max(asked, self._shortest_pause(self._in_a_row))
            if pause:
                self._not_before = max(self._not_before, self._clock() + pause + _random.random() * SPREAD)
            if known:
                return
            self._pause += 1
            self._in_a_row += 1
            if self._in_a_row > self._retries:
                self._given_up += 1
            self._narrow, self._alone = True, None
            self._changed.notify_all()

    def let_through(self, place: Place) -> None:
        """Take note that the server answered a request."""
        with self._changed:
            if place.pause == self._pause:
                self._in_a_row = 0
                self._widen()

    def failed(self, place: Place) -> None:
        """Take note that a request had no answer that tells whether the server still wants a pause."""
        with self._changed:
            if place is self._alone:
                self._widen()

    def _widen(self) -> None:
        self._narrow, self._alone = False, None
        self._changed.notify_all()
