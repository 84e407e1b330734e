"""Collecting answers, however they are cut up."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.ssh.answers import UNASKED_MAX, Answers
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


@pytest.mark.parametrize("words", [b"x" * 1000, ANSWER, b"x\n" * 400])
async def test_who_goes_on_unasked_is_given_up_and_nothing_of_it_is_kept(words: bytes) -> None:
    answers = Answers()
    for _ in range(UNASKED_MAX // len(words)):
        answers.feed(words)
    assert not answers.over
    for _ in range(1000):
        answers.feed(words)
        answers.complain(words)
    assert answers.over
    assert answers.kept < 10_000
    with pytest.raises(ConnectionFailure, match="without being asked") as caught:
        await answers.next(1)
    assert caught.value.stage == Stage.PROBE_FAILED


async def test_complaints_without_end_are_no_answer_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtadmin.ssh.answers.ANSWER_MAX", 50_000)
    answers = Answers()
    waiting = asyncio.create_task(answers.next(5))
    await asyncio.sleep(0)
    for _ in range(100):
        answers.complain(b"x" * 1000)
    with pytest.raises(ConnectionFailure, match="longer than 4 MB"):
        await waiting


async def test_each_question_may_have_a_long_answer() -> None:
    answers, longest = Answers(), b"x" * (UNASKED_MAX * 2) + b"\n"
    for _ in range(3):
        waiting = asyncio.create_task(answers.next(1))
        await asyncio.sleep(0)
        answers.feed(longest + ANSWER)
        assert await waiting == ANSWER
    assert not answers.over
