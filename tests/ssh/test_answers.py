"""Collecting answers, however they are cut up."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.ssh.answers import Answers
from virtadmin.ssh.stages import ConnectionFailure, Stage

ANSWER = b"virtadmin-probe 1 sample\n==> /proc/uptime <==\n1.00 2.00\nvirtadmin-probe end\n"


@given(st.lists(st.integers(1, len(ANSWER) - 1), max_size=6), st.sampled_from([b"", b"Welcome\n", b"no line end\n\n"]))
def test_an_answer_arrives_whole_however_it_is_cut_up(cuts: list[int], noise: bytes) -> None:
    async def collect() -> bytes:
        answers, data = Answers(), noise + ANSWER
        waiting = asyncio.create_task(answers.next(1))
        await asyncio.sleep(0)
        edges = [0, *sorted({len(noise) + cut for cut in cuts}), len(data)]
        for start, end in pairwise(edges):
            answers.feed(data[start:end])
        return await waiting

    assert asyncio.run(collect()) == ANSWER


async def test_what_nobody_asked_for_is_dropped() -> None:
    answers = Answers()
    answers.feed(b"virtadmin-probe 1 facts\nvirtadmin-probe end\n")
    waiting = asyncio.create_task(answers.next(1))
    await asyncio.sleep(0)
    answers.feed(ANSWER)
    assert await waiting == ANSWER


async def test_the_first_failure_stays() -> None:
    answers = Answers()
    answers.exit_status = 127
    answers.ended()
    answers.fail(ConnectionFailure(Stage.UNREACHABLE, "later"))
    assert answers.over
    with pytest.raises(ConnectionFailure) as caught:
        await answers.next(1)
    assert caught.value.stage == Stage.PROBE_MISSING
