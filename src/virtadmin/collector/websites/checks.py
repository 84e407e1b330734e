"""The checks that this process has under way: at once, but not more than it can hold; one a website at most.

Everything here but the queue of results runs on the collector's loop and touches no database.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Protocol

from virtadmin.collector.counters import Counters
from virtadmin.websites.check.outcome import Outcome, Request
from virtadmin.websites.check.stages import HINTS, Stage

logger = logging.getLogger(__name__)
AT_ONCE = 500
"""Checks that are under way at the same time; the others of a round wait for their turn."""
TOO_SOON = 2.5
"""Seconds since its last check began within which a website is not asked again: half a tick. Ticks come closer together
than they should when nobody could take them for a while, and what is new is due in each until its first check is
written."""
GRACE = 5.0
"""Seconds beyond its own limit after which a check is given up: that it takes so long is a fault of the hub's."""


class Checker(Protocol):
    """What makes a check (`websites.check.checker.Checker`)."""

    async def check(self, request: Request) -> Outcome:
        """Check; whatever goes wrong is in the outcome."""

    def close(self) -> None:
        """Let go of what is held."""


@dataclass(frozen=True, slots=True)
class Question:
    """A website to check in the round of this number. Without a request it cannot be asked, for the reason given."""

    url_id: int
    round: int
    request: Request | None
    reason: str = ""
    revision: int = 0
    """`UrlState.revision` when its settings were read."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check, and when it ended (unix time)."""

    url_id: int
    round: int
    at: float
    outcome: Outcome
    revision: int = 0
    """That of its question."""


class Desk:
    """Hands out turns to check, and collects what comes of them."""

    def __init__(self, checker: Callable[[], Checker], at_once: int = AT_ONCE) -> None:
        """`checker` is called on the loop, once."""
        self.counters = Counters()
        self.results: SimpleQueue[Checked | None] = SimpleQueue()
        """One for each check that was begun, as they end; None = it was broken off. Any thread may read."""
        self.begun = 0
        """Checks begun since the process started, whether they wait for a turn or not."""
        self._make = checker
        self._checker: Checker | None = None
        self._turns = asyncio.Semaphore(at_once)
        self._busy: dict[int, asyncio.Task[Checked]] = {}
        self._recent: dict[int, float] = {}
        """When those checks began that began just now, by the monotonic clock."""

    @property
    def open_count(self) -> int:
        """Websites that a check is under way of, or waits for its turn."""
        return len(self._busy)

    async def begin(self, questions: Iterable[Question], *, anew: bool = False) -> None:
        """Begin all checks. A website whose last one is not over yet, or began just now, is left out, never queued;
        or, `anew`, what runs is broken off: what it was asked may be outdated."""
        loop, now = asyncio.get_running_loop(), time.monotonic()
        self._recent = {pk: at for pk, at in self._recent.items() if now - at < TOO_SOON}
        for question in questions:
            before = self._busy.get(question.url_id)
            if not anew and (before or question.url_id in self._recent):
                self.counters.skipped += 1
                continue
            if before:
                before.cancel()
            self.begun += 1
            self._recent[question.url_id] = now
            task = loop.create_task(self._run(question))
            self._busy[question.url_id] = task
            task.add_done_callback(partial(self._ended, question.url_id))

    async def close(self) -> None:
        """Break off all checks."""
        for task in list(self._busy.values()):
            task.cancel()
        if self._checker:
            self._checker.close()
            self._checker = None

    async def _run(self, question: Question) -> Checked:
        async with self._turns:
            outcome = await self._outcome(question)
        self.counters.count(outcome.stage)
        return Checked(question.url_id, question.round, time.time(), outcome, question.revision)

    async def _outcome(self, question: Question) -> Outcome:
        """What comes of the check; a surprise with one website must never cost another's."""
        if question.request is None:
            return internal(question.reason)
        self._checker = self._checker or self._make()
        try:
            async with asyncio.timeout(question.request.timeout + GRACE):
                return await self._checker.check(question.request)
        except TimeoutError:
            return internal("The check did not come to an end.")
        except Exception as error:
            logger.exception("the check of website %d broke", question.url_id)
            return internal(f"The check broke: {type(error).__name__}.")

    def _ended(self, url_id: int, task: asyncio.Task[Checked]) -> None:
        if self._busy.get(url_id) is task:
            del self._busy[url_id]
        self.results.put(None if task.cancelled() else task.result())


def internal(reason: str) -> Outcome:
    """What the hub itself is to blame for."""
    return Outcome(Stage.INTERNAL, reason, HINTS[Stage.INTERNAL])
