"""Many servers asked something at once, from a worker's thread: each gets its time, and all together theirs."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from tests.collector.odd_hosts import OddHosts
from virtadmin.collector import errands, loop
from virtadmin.collector.keeper import Keeper, Question
from virtadmin.servers.models import Server
from virtadmin.ssh.stages import ConnectionFailure, Stage

pytestmark = pytest.mark.usefixtures("valkey")
Make = Callable[..., Server]


def answers(*servers: Server, request: str = "top", each: float = 2.0, total: float = 2.0) -> dict[str, errands.Answer]:
    names = {server.pk: server.name for server in servers}
    found = errands.run(dict.fromkeys(names, request), each=each, total=total)
    return {names[pk]: answer for some in found for pk, answer in some.items()}


def reason(answer: errands.Answer) -> str:
    assert isinstance(answer, ConnectionFailure)
    return answer.message


def test_each_answers_or_says_why_not(make_server: Make, keeper: Keeper, hosts: OddHosts) -> None:
    well, stranger, paused = make_server("well", 1), make_server("stranger", 2), make_server("paused", 3, enabled=False)
    found = answers(well, stranger, paused)
    assert isinstance(found["well"], bytes)
    assert b"mysqld" in found["well"]
    assert "rejected" in reason(found["stranger"])
    assert reason(found["paused"]) == "The server is not watched."


def test_one_that_takes_too_long_is_waited_for_no_longer_and_keeps_its_connection(
    make_server: Make, keeper: Keeper, hosts: OddHosts
) -> None:
    well = make_server("well")
    assert isinstance(answers(well)["well"], bytes)
    hosts.errand_seconds = 0.6
    began = monotonic()
    assert reason(answers(well, each=0.1)["well"]) == "The server did not answer in 0.1 seconds."
    assert monotonic() - began < 0.5
    hosts.errand_seconds = 0.0
    assert isinstance(answers(well)["well"], bytes)
    assert hosts.logins == {"well": 1}


def test_not_all_are_asked_at_once_and_who_had_no_turn_in_time_is_not_asked(
    make_server: Make, keeper: Keeper, hosts: OddHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = asyncio.Semaphore(2)
    monkeypatch.setattr(errands, "_turns", lambda: two)
    servers = [make_server(f"u{number}", number) for number in range(6)]
    answers(*servers, total=20)
    hosts.errand_seconds = 0.4
    found = answers(*servers, total=0.2)
    told = [answer for answer in found.values() if isinstance(answer, bytes)]
    assert len(told) == 2
    assert {reason(answer) for answer in found.values() if not isinstance(answer, bytes)} == {
        "There were too many others to ask."
    }


def test_a_surprise_costs_no_other_server_its_answer(
    make_server: Make, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    well, odd = make_server("well", 1), make_server("odd", 2)
    channel = keeper._channel

    async def sometimes(question: Question) -> object:
        if question.server_id == odd.pk:
            raise ZeroDivisionError("surprise")
        return await channel(question)

    monkeypatch.setattr(keeper, "_channel", sometimes)
    found = answers(well, odd)
    assert isinstance(found["well"], bytes)
    assert "surprise" in reason(found["odd"])


def test_without_a_turn_to_connect_it_says_so(make_server: Make, keeper: Keeper) -> None:
    well = make_server("well")
    keeper._pace._places[(well.ip_address, well.port)] = monotonic() + 100
    assert reason(answers(well)["well"]) == "Too many connections have to be opened."


def test_when_the_loop_is_held_up_nobody_waits_for_ever(
    make_server: Make, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = make_server("well")

    async def never(*args: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(errands, "_ask_all", never)
    assert reason(answers(well, each=0.1, total=0.1)["well"]) == "The hub is too busy to ask."


def test_one_alone_is_answered_or_raises(make_server: Make, keeper: Keeper, hosts: OddHosts) -> None:
    well, silent = make_server("well", 1), make_server("stranger", 2)
    errands.run_one(well.pk, "log burning", seconds=2)
    assert hosts.logged == {"well": ["burning"]}
    with pytest.raises(ConnectionFailure) as failed:
        errands.run_one(silent.pk, "log burning", seconds=2)
    assert failed.value.stage == Stage.AUTH_REJECTED
    assert loop.running_loop().is_running()
