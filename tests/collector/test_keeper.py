"""The keeper of channels, against real SSH connections to probes that misbehave."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.collector.odd_hosts import OddHosts, odd_hosts
from virtadmin.collector import keeper as keeping
from virtadmin.collector.keeper import Keeper, Outcome, Question, place_of
from virtadmin.collector.pacing import Pace
from virtadmin.ssh.stages import Stage
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


async def ask(keeper: Keeper, *targets: Target, interval: int = 60) -> list[Outcome]:
    outcomes = await asyncio.gather(
        *keeper.ask([q(number, target, interval) for number, target in enumerate(targets, 1)])
    )
    assert all(outcomes)
    return [outcome for outcome in outcomes if outcome]


def q(number: int, target: Target, interval: int = 60) -> Question:
    return Question(number, interval, place_of(target), target=target)


async def test_a_new_connection_gives_facts_and_two_samples_and_then_one_a_poll(
    hosts: OddHosts, keeper: Keeper
) -> None:
    [first] = await ask(keeper, hosts.target("well"))
    assert first.failure is None
    assert len(first.answers) == 2
    assert first.facts is not None
    [second] = await ask(keeper, hosts.target("well"))
    assert (len(second.answers), second.facts) == (1, None)
    assert second.before is first.before
    assert hosts.logins == {"well": 1}


@pytest.mark.parametrize(
    ("user", "stage"),
    [
        ("silent", Stage.PROBE_TIMEOUT),
        ("half", Stage.PROBE_FAILED),
        ("huge", Stage.PROBE_FAILED),
        ("stranger", Stage.AUTH_REJECTED),
    ],
)
async def test_a_probe_that_misbehaves_is_a_named_failure_and_its_channel_is_given_up(
    hosts: OddHosts, keeper: Keeper, user: str, stage: Stage
) -> None:
    [outcome] = await ask(keeper, hosts.target(user))
    assert outcome.failure is not None
    assert outcome.failure.stage == stage
    assert keeper.open_count == 0


async def test_answers_that_come_late_or_twice_are_never_taken_for_the_next(hosts: OddHosts, keeper: Keeper) -> None:
    await ask(keeper, hosts.target("twice"))
    [outcome] = await ask(keeper, hosts.target("twice"))
    assert outcome.failure is None
    assert all(answer.count(b"virtadmin-probe end") == 1 for _, answer in outcome.answers)


async def test_one_slow_host_does_not_hold_up_the_others(hosts: OddHosts, keeper: Keeper) -> None:
    started = time.monotonic()
    tasks = keeper.ask([q(1, hosts.target("slow")), q(2, hosts.target("well"))])
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert [outcome.server_id for task in done if (outcome := task.result())] == [2]
    assert time.monotonic() - started < 1.4
    await asyncio.wait(tasks)


async def test_a_poll_that_still_runs_is_skipped_never_queued(hosts: OddHosts, keeper: Keeper) -> None:
    question = q(1, hosts.target("slow"))
    running = keeper.ask([question])
    assert keeper.ask([question]) == []
    await asyncio.gather(*running)
    assert len(keeper.ask([question])) == 1


async def test_a_line_that_broke_is_built_anew_within_the_poll(hosts: OddHosts, keeper: Keeper) -> None:
    [earlier] = await ask(keeper, hosts.target("well"))
    hosts.cut()
    [outcome] = await ask(keeper, hosts.target("well"))
    assert outcome.failure is None
    assert outcome.before is not earlier.before
    assert hosts.logins == {"well": 2}


async def test_a_probe_that_ends_during_a_poll_is_asked_over_a_new_connection_once(
    hosts: OddHosts, keeper: Keeper
) -> None:
    await ask(keeper, hosts.target("well"))
    held = keeper._held[1]
    held.channel = _Breaks(held.channel)
    [outcome] = await ask(keeper, hosts.target("well"))
    assert outcome.failure is None
    assert hosts.logins == {"well": 2}


class _Breaks:
    """A channel whose far end goes away between the look and the question."""

    closed = False

    def __init__(self, channel: keeping.ProbeChannel) -> None:
        self._channel = channel

    async def ask(self, request: str, timeout: float) -> bytes:
        self._channel.close()
        return await self._channel.ask(request, timeout)

    def close(self) -> None:
        self._channel.close()


async def test_a_silent_probe_is_not_asked_twice_in_one_poll(hosts: OddHosts, keeper: Keeper) -> None:
    target = hosts.target("well")
    await ask(keeper, target)
    channel, keeper._held[1].channel = keeper._held[1].channel, _Silent()
    [outcome] = await ask(keeper, target)
    assert outcome.failure is not None
    assert outcome.failure.stage == Stage.PROBE_TIMEOUT
    assert hosts.logins == {"well": 1}
    channel.close()


class _Silent:
    closed = False

    async def ask(self, request: str, timeout: float) -> bytes:
        raise keeping.ConnectionFailure(Stage.PROBE_TIMEOUT, "nothing came")

    def close(self) -> None:
        pass


async def test_a_server_that_moved_is_asked_where_it_is_now(hosts: OddHosts, keeper: Keeper) -> None:
    await ask(keeper, hosts.target("well"))
    await ask(keeper, hosts.target("moved"))
    assert hosts.logins == {"well": 1, "moved": 1}
    assert keeper.open_count == 1


async def test_channels_that_are_let_go_are_closed(hosts: OddHosts, keeper: Keeper) -> None:
    await ask(keeper, hosts.target("well"), hosts.target("other"))
    await keeper.let_go(lambda server_id, transport: server_id == 1)
    assert keeper.open_count == 1
    for _ in range(100):
        if len(hosts.open) == 1:
            break
        await asyncio.sleep(0.02)
    assert len(hosts.open) == 1


async def test_a_long_interval_keeps_no_channel(hosts: OddHosts, keeper: Keeper) -> None:
    [outcome] = await ask(keeper, hosts.target("well"), interval=3600)
    assert outcome.failure is None
    assert keeper.open_count == 0


async def test_a_surprise_with_one_server_costs_no_other_its_poll(
    hosts: OddHosts, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = keeping.open_channel

    async def opens(target: Target, *, hub_name: str) -> keeping.ProbeChannel:
        if target.username == "cursed":
            raise ValueError("nobody thought of this")
        return await good(target, hub_name=hub_name)

    monkeypatch.setattr(keeping, "open_channel", opens)
    cursed, well = await ask(keeper, hosts.target("cursed"), hosts.target("well"))
    assert cursed.failure is not None
    assert "nobody thought of this" in str(cursed.failure)
    assert well.failure is None


async def test_this_machine_is_asked_without_ssh(keeper: Keeper) -> None:
    local = Target(address="localhost", port=0, username="", private_key="", host_keys="", transport="local")
    [outcome] = await ask(keeper, local)
    assert outcome.failure is None
    assert b"==> /proc/stat <==" in outcome.answers[0][1]


async def test_channels_nobody_asks_any_more_are_closed_after_two_intervals(
    hosts: OddHosts, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "SWEEP_SECONDS", 0.05)
    await ask(keeper, hosts.target("well"), hosts.target("other"), interval=60)
    keeper._held[1].asked -= 121
    await asyncio.sleep(0.2)
    assert set(keeper._held) == {2}


async def test_what_a_host_that_stopped_answering_costs_is_its_own_time_out_alone(
    hosts: OddHosts, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is there, nothing comes: a half-open line, a stopped machine, a firewall that forgot it."""
    await ask(keeper, hosts.target("deaf"), hosts.target("well"))
    monkeypatch.setattr(keeping, "EXCHANGE_SECONDS", 0.5)
    started = time.monotonic()
    deaf, well = await ask(keeper, hosts.target("deaf"), hosts.target("well"))
    assert time.monotonic() - started < 1.5
    assert deaf.failure is not None
    assert deaf.failure.stage == Stage.PROBE_TIMEOUT
    assert well.failure is None
    assert set(keeper._held) == {2}


async def test_without_a_target_a_line_that_broke_waits_for_the_next_round(hosts: OddHosts, keeper: Keeper) -> None:
    question = q(1, hosts.target("well"))
    assert keeper.lacking([question]) == {1}
    [nothing] = await asyncio.gather(*keeper.ask([replace(question, target=None)]))
    assert nothing is None
    await ask(keeper, hosts.target("well"))
    assert keeper.lacking([question]) == set()
    assert keeper.lacking([q(1, hosts.target("moved"))]) == {1}


async def test_what_happened_is_counted(hosts: OddHosts, keeper: Keeper) -> None:
    await ask(keeper, hosts.target("well"), hosts.target("stranger"))
    running = keeper.ask([q(1, hosts.target("well"))])
    keeper.ask([q(1, hosts.target("well"))])
    await asyncio.gather(*running)
    assert keeper.counters.as_json() == {
        "connects": 2,
        "polls": 3,
        "failures": {"auth_rejected": 1},
        "skipped": 1,
        "dropped": 0,
    }
