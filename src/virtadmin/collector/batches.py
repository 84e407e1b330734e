"""What a round found out, written a batch at a time: of servers and of websites alike."""

import logging
from collections.abc import Callable
from time import time
from typing import TypeVar

from virtadmin.collector.counters import Counters
from virtadmin.collector.memory import results_note
from virtadmin.collector.outage import database_may_be_away

logger = logging.getLogger(__name__)
Outcome = TypeVar("Outcome")
BATCH_SECONDS = 0.5
"""Answers that come within this time of each other are written together."""
BATCH = 500
"""Answers written in one transaction at most, so that others need not wait long to write (some 50 ms), nor much memory
is taken. Half as many cost each answer 6 % more."""


def batch_write(outcomes: list[Outcome], write: Callable[[list[Outcome]], None], counters: Counters, what: str) -> None:
    """Write a batch. What cannot be written is dropped: it must not pile up, and the next round is as good.

    `what` they are of, "servers" or "websites": for the log, and for whoever asks when some were written last.
    """
    written = False
    try:
        with database_may_be_away(f"{len(outcomes)} results of {what} are dropped"):
            write(outcomes)
            written = True
    except Exception:
        logger.exception("%d results of %s could not be written and are lost", len(outcomes), what)
    if written:
        results_note(what, time())
    else:
        counters.dropped += len(outcomes)
