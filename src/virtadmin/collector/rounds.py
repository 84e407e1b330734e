"""A worker's part of a round: ask its servers all at once, and write what came of it as it comes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from django.conf import settings

from virtadmin.collector import loop, selectors
from virtadmin.collector.batches import BATCH, BATCH_SECONDS, batch_write
from virtadmin.collector.ingest import ingest
from virtadmin.collector.keeper import Keeper, Outcome, Question
from virtadmin.collector.sharing import owner

ROUND_SECONDS = 60.0
"""More than any chain of timeouts of one poll: a round that takes longer is a bug and is given up."""
LET_GO_SECONDS = 10.0

Task = asyncio.Task[Outcome | None]


@lru_cache(maxsize=1)
def keeper() -> Keeper:
    """This process's keeper of channels."""
    return Keeper(settings.HUB_NAME)


def share_poll(number: int, server_ids: Sequence[int], *, names: Sequence[str], me: str, anew: bool = False) -> None:
    """Poll this worker's share of a round, and let go of the servers that are others' among workers of these names.

    `anew`: over new connections, whatever is open.
    """
    workers = tuple(names)
    ids = set(server_ids)

    def is_let_go(server_id: int, transport: str) -> bool:
        return (anew and server_id in ids) or is_others(server_id, transport, workers, me)

    loop.run(keeper().let_go(is_let_go), LET_GO_SECONDS)
    poll(server_ids, number)


def is_others(server_id: int, transport: str, names: tuple[str, ...], me: str) -> bool:
    """Whether another of the workers asks the server. The hub's own machine is not shared as the others are. Pure."""
    return transport != "local" and len(names) > 1 and owner(server_id, names) != me


def poll(server_ids: Sequence[int], number: int = 0) -> None:
    """Ask the servers now and write what they answer, the quick ones without waiting for the slow ones."""
    questions = questions_ready(server_ids, number)
    if questions:
        _ask(questions, ingest)


def questions_ready(server_ids: Sequence[int], number: int = 0) -> list[Question]:
    """The questions to those of the servers that are watched, with their targets where no channel is open."""
    questions = selectors.questions(server_ids, number)
    lacking = keeper().lacking(questions)
    if not lacking:
        return questions
    targets = selectors.targets(lacking)
    return [replace(question, target=targets.get(question.server_id)) for question in questions]


def _ask(questions: Sequence[Question], write: Callable[[list[Outcome]], None]) -> None:
    pending = loop.run(_begin(questions), ROUND_SECONDS)
    deadline = time.monotonic() + ROUND_SECONDS
    while pending and time.monotonic() < deadline:
        outcomes, pending = loop.run(_next_batch(pending), ROUND_SECONDS)
        for start in range(0, len(outcomes), BATCH):
            batch_write(outcomes[start : start + BATCH], write, keeper().counters, "servers")
    for task in pending:
        loop.running_loop().call_soon_threadsafe(task.cancel)


async def _begin(questions: Sequence[Question]) -> set[Task]:
    return set(keeper().ask(questions))


async def _next_batch(pending: set[Task]) -> tuple[list[Outcome], set[Task]]:
    """The outcomes of the next half second (at once when all are there), and what is still open."""
    done, left = await asyncio.wait(pending, timeout=BATCH_SECONDS)
    if not done:
        done, left = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    return [outcome for task in done if (outcome := task.result())], left
