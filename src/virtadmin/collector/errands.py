"""Questions that are no samples: asked over the channels that the rounds hold open, many servers at once."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from queue import Empty, SimpleQueue
from time import monotonic

from virtadmin.collector import loop
from virtadmin.collector.keeper import Question
from virtadmin.collector.pacing import NoTurn
from virtadmin.collector.rounds import keeper, questions_ready
from virtadmin.ssh.stages import ConnectionFailure, Stage

logger = logging.getLogger(__name__)
AT_ONCE = 100
"""Errands of this process that are asked at the same time."""
TOGETHER_SECONDS = 0.02
"""Answers that come within this time of the first are handed on together."""
Answer = bytes | ConnectionFailure
Answers = SimpleQueue[tuple[int, Answer]]


def run(requests: Mapping[int, str], *, each: float, total: float) -> Iterator[dict[int, Answer]]:
    """Ask each server its request; every server's answer, or why there is none, as they come, a few at a time.

    `each`: the seconds after which nobody waits for an answer any more, counted from the question. What was not begun
    after `total` seconds is not asked.
    """
    deadline = monotonic() + total
    questions = questions_ready(list(requests))
    unknown = requests.keys() - {question.server_id for question in questions}
    if unknown:
        yield dict.fromkeys(unknown, _failure("The server is not watched."))
    answers: Answers = SimpleQueue()
    work = _ask_all(questions, requests, answers, each, deadline)
    running = asyncio.run_coroutine_threadsafe(work, loop.running_loop())
    left = {question.server_id for question in questions}
    try:
        while left:
            some = _together(answers, max(deadline - monotonic(), 0) + each + 1)
            left -= some.keys()
            yield some
    except Empty:  # the loop itself is held up
        yield dict.fromkeys(left, _failure("The hub is too busy to ask."))
    finally:
        running.cancel()


def run_one(server_id: int, request: str, *, seconds: float) -> bytes:
    """The server's answer to the request. Raises ConnectionFailure."""
    [answers] = run({server_id: request}, each=seconds, total=seconds)
    answer = answers[server_id]
    if isinstance(answer, ConnectionFailure):
        raise answer
    return answer


def _together(answers: Answers, timeout: float) -> dict[int, Answer]:
    """The next answers. Raises Empty when none comes in time."""
    some = dict([answers.get(timeout=timeout)])
    end = monotonic() + TOGETHER_SECONDS
    with suppress(Empty):
        while True:
            server_id, answer = answers.get(timeout=max(end - monotonic(), 0))
            some[server_id] = answer
    return some


@lru_cache(maxsize=1)
def _turns() -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


async def _ask_all(
    questions: Sequence[Question], requests: Mapping[int, str], answers: Answers, each: float, deadline: float
) -> None:
    async def ask(question: Question) -> None:
        request = requests[question.server_id]
        answers.put((question.server_id, await _ask(question, request, each, deadline)))

    await asyncio.gather(*map(ask, questions))


async def _ask(question: Question, request: str, seconds: float, deadline: float) -> Answer:
    """The answer. An errand that takes longer goes on by itself: the channel is the polls' too."""
    async with _turns():
        if monotonic() > deadline:
            return _failure("There were too many others to ask.")
        errand = keeper().errand(question, request)
        await asyncio.wait([errand], timeout=seconds)
    if not errand.done():
        return ConnectionFailure(Stage.PROBE_TIMEOUT, f"The server did not answer in {seconds:g} seconds.")
    try:
        return errand.result()
    except ConnectionFailure as failure:
        return failure
    except NoTurn:
        return _failure("Too many connections have to be opened.")
    except Exception as error:  # noqa: BLE001 - one server's surprise must never cost another's answer
        return _failure(f"unexpected: {error!r}")


def _failure(text: str) -> ConnectionFailure:
    return ConnectionFailure(Stage.PROBE_FAILED, text)
