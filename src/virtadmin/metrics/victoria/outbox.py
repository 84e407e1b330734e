"""What waits to be sent: bounded, sent by a thread of its own, so that a server that is away stops nobody."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from virtadmin.metrics.errors import HistoryAway, HistoryRefused

logger = logging.getLogger(__name__)
MOST = 100_000
"""Observations that wait at most: some 30 MB, and 16 minutes of 1,000 servers at 10 s."""
A_SENDING = 2_000
"""Observations that are sent at once, and those of one write more."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds until it is tried again, doubling."""


class Outbox:
    """Sends (how many observations, bytes) in the order they came. When too many wait, the oldest go, counted."""

    def __init__(self, send: Callable[[bytes], object], most: int = MOST) -> None:
        self._send, self._most = send, most
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._count = self._sending = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.dropped = 0
        """Observations, since this process started."""

    def put(self, count: int, text: bytes) -> None:
        """Have it sent soon."""
        with self._changed:
            self._add([(count, text)])
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()

    def flush(self, seconds: float) -> bool:
        """Wait until all is sent, so long at most; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._count or self._sending), seconds)

    def close(self, seconds: float) -> None:
        """Send what can be sent in so long a time, then end."""
        self.flush(seconds)
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, some: list[tuple[int, bytes]], *, in_front: bool = False) -> None:
        if in_front:
            self._waiting.extendleft(reversed(some))
        else:
            self._waiting.extend(some)
        self._count += _count(some)
        while self._count > self._most and len(self._waiting) > 1:
            count, _ = self._waiting.popleft()
            self._count -= count
            self.dropped += count
        self._changed.notify_all()

    def _run(self) -> None:
        pause, told = FIRST_PAUSE, 0
        while some := self._taken():
            try:
                self._send(b"".join(text for _, text in some))
            except HistoryRefused as error:
                self.dropped += _count(some)
                logger.error("history was refused and is dropped (%d so far): %s", self.dropped, error.message)
            except HistoryAway as error:
                logger.warning("history waits (%d dropped so far): %s", self.dropped, error.message)
                with self._changed:
                    self._sending = 0
                    self._add(some, in_front=True)
                    self._changed.wait_for(lambda: self._closed, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            if self.dropped > told:
                logger.warning("the history store takes on; %d observations were dropped", self.dropped - told)
            pause, told = FIRST_PAUSE, self.dropped
            with self._changed:
                self._sending = 0
                self._changed.notify_all()

    def _taken(self) -> list[tuple[int, bytes]]:
        """What is to be sent next, as soon as there is something; nothing when it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting or self._closed))
            some: list[tuple[int, bytes]] = []
            while self._waiting and not self._closed and (not some or self._sending < A_SENDING):
                some.append(self._waiting.popleft())
                self._sending += some[-1][0]
            self._count -= self._sending if some else 0
            return some


def _count(some: list[tuple[int, bytes]]) -> int:
    return sum(count for count, _ in some)
