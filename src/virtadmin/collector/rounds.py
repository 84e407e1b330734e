"""A round: find out who is due, ask them all at once, and write what came of it as it comes."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

from django.conf import settings

from virtadmin.collector import loop, memory, selectors
from virtadmin.collector.ingest import ingest
from virtadmin.collector.keeper import Keeper, Outcome, Question

logger = logging.getLogger(__name__)

LONGEST_TICK = 30.0
"""A tick never covers more seconds than this: after a pause of the hub, servers are not all due at once."""
BATCH_SECONDS = 0.5
"""Answers that come within this time of each other are written together."""
ROUND_SECONDS = 60.0
"""More than any chain of timeouts of one poll: a round that takes longer is a bug and is given up."""


@lru_cache(maxsize=1)
def keeper() -> Keeper:
    """This process's keeper of channels."""
    return Keeper(settings.HUB_NAME)


def tick(*, now: float) -> None:
    """Poll every server that is due since the last tick."""
    last = max(memory.tick_begin(now), now - LONGEST_TICK)
    watched = selectors.appointments()
    loop.run(keeper().retain({appointment.server_id for appointment in watched}), ROUND_SECONDS)
    poll(selectors.due_ids(watched, last=last, now=now))


def poll(server_ids: Sequence[int]) -> None:
    """Ask the servers now and write what they answer, the quick ones without waiting for the slow ones."""
    questions = selectors.questions(server_ids)
    if questions:
        _ask(questions, ingest)


def _ask(questions: Sequence[Question], write: Callable[[list[Outcome]], None]) -> None:
    pending = loop.run(_begin(questions), ROUND_SECONDS)
    deadline = time.monotonic() + ROUND_SECONDS
    while pending and time.monotonic() < deadline:
        outcomes, pending = loop.run(_next_batch(pending), ROUND_SECONDS)
        if outcomes:
            try:
                write(outcomes)
            except Exception:
                logger.exception("a batch of %d polls could not be written and is lost", len(outcomes))
    for task in pending:
        loop.running_loop().call_soon_threadsafe(task.cancel)


async def _begin(questions: Sequence[Question]) -> set[asyncio.Task[Outcome]]:
    return set(keeper().ask(questions))


async def _next_batch(pending: set[asyncio.Task[Outcome]]) -> tuple[list[Outcome], set[asyncio.Task[Outcome]]]:
    """The outcomes of the next half second (at once when all are there), and what is still open."""
    done, left = await asyncio.wait(pending, timeout=BATCH_SECONDS)
    if not done:
        done, left = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    return [task.result() for task in done], left
