"""Questions beside the polls, over the same channel: the heaviest processes, a line for the log."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.collector.odd_hosts import OddHosts, odd_hosts
from virtadmin.collector import keeper as keeping
from virtadmin.collector.keeper import Keeper, Question, place_of
from virtadmin.collector.pacing import NoTurn, Pace
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target


@pytest_asyncio.fixture
async def hosts() -> AsyncIterator[OddHosts]:
    async with odd_hosts() as running:
        yield running


@pytest_asyncio.fixture
async def keeper(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Keeper]:
    monkeypatch.setattr(keeping, "EXCHANGE_SECONDS", 2.0)
    monkeypatch.setattr(keeping, "FIRST_PAIR_SECONDS", 0.05)
    made = Keeper("test-hub", Pace(same_place=0.0))
    yield made
    await made.close()


def question(target: Target, interval: int = 60, *, with_target: bool = True) -> Question:
    return Question(1, interval, place_of(target), target=target if with_target else None)


async def test_it_goes_over_the_channel_that_is_open(hosts: OddHosts, keeper: Keeper) -> None:
    target = hosts.target("well")
    await asyncio.gather(*keeper.ask([question(target)]))
    assert b"mysqld" in await keeper.errand(question(target, with_target=False), "top")
    assert hosts.logins == {"well": 1}


async def test_without_one_it_opens_one_which_the_next_poll_finds_and_introduces_itself_to(
    hosts: OddHosts, keeper: Keeper
) -> None:
    target = hosts.target("well")
    await keeper.errand(question(target), "log it burns")
    assert (hosts.logged, keeper.open_count) == ({"well": ["it burns"]}, 1)
    [polled] = keeper.ask([question(target)])
    outcome = await polled
    assert outcome
    assert (len(outcome.answers), outcome.facts is not None, hosts.logins) == (2, True, {"well": 1})
    [polled] = keeper.ask([question(target)])
    outcome = await polled
    assert outcome
    assert (len(outcome.answers), outcome.facts) == (1, None)


async def test_poll_and_errands_wait_for_each_other_and_none_is_left_out(hosts: OddHosts, keeper: Keeper) -> None:
    target = hosts.target("well")
    hosts.errand_seconds = 0.2
    [first] = keeper.ask([question(target)])
    errands = [keeper.errand(question(target), "log one"), keeper.errand(question(target), "log two")]
    await asyncio.sleep(0)
    await asyncio.gather(first, *errands[:1])
    [second] = keeper.ask([question(target)])
    outcomes = [first.result(), await second]
    assert [outcome.failure for outcome in outcomes if outcome] == [None, None]
    await errands[1]
    assert sorted(hosts.logged["well"]) == ["one", "two"]
    assert (hosts.logins, keeper.counters.skipped) == ({"well": 1}, 0)


async def test_nobody_waiting_for_it_any_more_costs_no_connection(hosts: OddHosts, keeper: Keeper) -> None:
    target = hosts.target("well")
    hosts.errand_seconds = 0.3
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(keeper.errand(question(target), "top")), 0.05)
    [poll] = keeper.ask([question(target)])
    outcome = await poll
    assert outcome
    assert outcome.failure is None
    assert hosts.logins == {"well": 1}


async def test_one_that_is_never_answered_is_a_failure_of_its_own(
    hosts: OddHosts, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "EXCHANGE_SECONDS", 0.1)
    hosts.errand_seconds = 5
    with pytest.raises(ConnectionFailure) as failed:
        await keeper.errand(question(hosts.target("well")), "top")
    assert failed.value.stage == Stage.PROBE_TIMEOUT
    hosts.errand_seconds = 0
    assert b"mysqld" in await keeper.errand(question(hosts.target("well")), "top")


async def test_it_does_not_keep_a_channel_that_polls_do_not_keep(hosts: OddHosts, keeper: Keeper) -> None:
    await keeper.errand(question(hosts.target("well"), interval=3600), "top")
    assert keeper.open_count == 0


async def test_without_channel_and_target_nothing_is_asked(hosts: OddHosts, keeper: Keeper) -> None:
    with pytest.raises(NoTurn):
        await keeper.errand(question(hosts.target("well"), with_target=False), "top")
    elsewhere = Question(1, 60, ("192.0.2.1", 22, "well", "ssh"), target=hosts.target("well"))
    with pytest.raises(NoTurn):
        await keeper.errand(elsewhere, "top")
    assert hosts.logins == {}


async def test_one_that_is_broken_off_is_in_nobodys_way(hosts: OddHosts, keeper: Keeper) -> None:
    hosts.errand_seconds = 5
    errand = keeper.errand(question(hosts.target("well")), "top")
    await asyncio.sleep(0.05)
    errand.cancel()
    hosts.errand_seconds = 0
    [poll] = keeper.ask([question(hosts.target("well"))])
    outcome = await poll
    assert outcome
    assert outcome.failure is None
    with pytest.raises(asyncio.CancelledError):
        await errand
