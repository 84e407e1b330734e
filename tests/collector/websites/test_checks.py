"""The checks a process has under way."""

import asyncio

import pytest

from tests.collector.websites.conftest import GOOD, Scripted
from virtadmin.collector.websites import checks
from virtadmin.collector.websites.checks import Checked, Desk, Question
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.stages import Stage


def question(url_id: int, uri: str = "http://good/", number: int = 1, timeout: float = 10.0) -> Question:
    return Question(url_id, number, Request(uri, timeout=timeout))


async def taken(desk: Desk, count: int) -> list[Checked | None]:
    """The next results."""
    while desk.results.qsize() < count:
        await asyncio.sleep(0.01)
    return [desk.results.get_nowait() for _ in range(count)]


async def test_all_are_asked_at_once_and_told_as_they_end(scripted: Scripted) -> None:
    desk = Desk(lambda: scripted)
    await desk.begin([question(1, "http://slow/"), question(2), question(3, "http://bad/")])
    assert desk.open_count == 3
    found = [result for result in await taken(desk, 3) if result]
    assert [result.url_id for result in found] == [2, 3, 1]
    assert [result.outcome.stage for result in found] == [None, Stage.STATUS, None]
    assert scripted.asked == ["http://slow/", "http://good/", "http://bad/"]
    assert desk.open_count == 0
    assert (desk.counters.polls, desk.counters.failures) == (3, {"status": 1})


async def test_one_that_is_still_under_way_is_left_out_and_never_queued(scripted: Scripted) -> None:
    desk = Desk(lambda: scripted, at_once=1)
    await desk.begin([question(1, "http://never/"), question(2, "http://never/")])
    await desk.begin([question(1, "http://never/", 2), question(2, "http://never/", 2)])  # one runs, one waits
    await asyncio.sleep(0.05)
    assert scripted.asked == ["http://never/"]
    assert (desk.begun, desk.open_count, desk.counters.skipped) == (2, 2, 2)
    await desk.close()
    assert await taken(desk, 2) == [None, None]
    assert scripted.closed


async def test_one_that_was_asked_just_now_is_not_asked_again_but_for_a_person(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(lambda: scripted)
    for number, anew in ((1, False), (2, False), (3, True), (4, False)):
        await desk.begin([question(1, number=number)], anew=anew)
        await asyncio.sleep(0.01)
    assert [result and result.round for result in await taken(desk, 2)] == [1, 3]
    monkeypatch.setattr(checks, "TOO_SOON", 0.01)
    await asyncio.sleep(0.02)
    await desk.begin([question(1, number=5)])
    assert [result and result.round for result in await taken(desk, 1)] == [5]
    assert desk.counters.skipped == 2


async def test_what_a_person_wants_now_breaks_off_what_was_asked_before(scripted: Scripted) -> None:
    desk = Desk(lambda: scripted)
    await desk.begin([question(1, "http://never/")])
    await asyncio.sleep(0.01)
    await desk.begin([question(1, number=2)], anew=True)
    broken_off, result = sorted(await taken(desk, 2), key=bool)
    assert broken_off is None
    assert result
    assert (result.round, result.outcome) == (2, GOOD)
    assert (desk.open_count, scripted.now) == (0, 0)


async def test_only_so_many_are_under_way_and_the_others_come_after(scripted: Scripted) -> None:
    desk = Desk(lambda: scripted, at_once=5)
    await desk.begin([question(number, "http://slow/") for number in range(12)])
    assert len(await taken(desk, 12)) == 12
    assert scripted.most == 5


async def test_a_surprise_or_a_check_without_end_is_a_fault_of_the_hub_that_costs_no_other(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checks, "GRACE", 0.05)
    desk = Desk(lambda: scripted)
    unreadable = Question(3, 1, None, "Its password cannot be read.")
    await desk.begin([question(1, "http://broken/"), question(2, "http://never/", timeout=0.05), unreadable])
    await desk.begin([question(4)])
    found = {result.url_id: result.outcome for result in await taken(desk, 4) if result}
    assert {pk: outcome.reason for pk, outcome in found.items() if outcome.stage == Stage.INTERNAL} == {
        1: "The check broke: RuntimeError.", 2: "The check did not come to an end.", 3: "Its password cannot be read.",
    }  # fmt: skip
    assert found[4] == GOOD
    assert "the check of website 1 broke" in caplog.text


async def test_a_desk_that_never_checked_has_nothing_to_close() -> None:
    await Desk(Scripted).close()
