"""Many checks that are wanted at once begin a few at a time, no faster than the loop keeps up with.

Else what all of them have to do waits in one queue, and that wait counts as the websites' time: five hundred TLS
handshakes take a second of CPU. Beginning is sped up for as long as the loop's timers come on time, and slowed down
when they are late.
"""

import asyncio
from collections import deque

PAUSE = 0.004
"""Seconds between two times that some begin."""
LATE = 0.02
"""Seconds by which a timer is too late: what is begun already keeps the loop busy."""
SLOWEST, USUAL, FASTEST = 100.0, 500.0, 20_000.0
"""Checks that begin in a second."""
FASTER, SLOWER = 1.2, 0.7
MOST_IN = 1.0
"""Seconds in which as many begin as wait, at least: five hundred take less than three seconds whatever happens."""
AT_ONCE = 4.0
"""That begin at once after a quiet while."""


class Turns:
    """Whose turn it is, on one loop."""

    def __init__(self) -> None:
        self._room, self._rate, self._counted = AT_ONCE, USUAL, 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def mine(self) -> None:
        """Wait for one's turn."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            now = loop.time()
            self._count(now)
            self._room = min(self._room, AT_ONCE)
            if self._room >= 1:
                self._room -= 1
                return
            loop.call_later(PAUSE, self._round, loop, now + PAUSE)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _round(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self._count(now)
        self._rate = paced(self._rate, now - due, len(self._waiting))
        while self._waiting and self._room >= 1:
            turn = self._waiting.popleft()
            if not turn.done():  # else its check was cancelled
                turn.set_result(None)
                self._room -= 1
        if self._waiting:
            loop.call_later(PAUSE, self._round, loop, now + PAUSE)
        else:
            self._rate = USUAL

    def _count(self, now: float) -> None:
        """How many may begin by now."""
        self._room += (now - self._counted) * self._rate
        self._counted = now


def paced(rate: float, late: float, waiting: int) -> float:
    """Checks that are to begin in a second from now on, after so many, when the timer was late by so much and so many
    wait. Pure."""
    return min(FASTEST, max(SLOWEST, waiting / MOST_IN, rate * (SLOWER if late > LATE else FASTER)))
