"""How fast connections are opened."""

import asyncio
from time import monotonic

import pytest

from virtadmin.collector import pacing
from virtadmin.collector.pacing import NoTurn, Pace


async def starts(pace: Pace, *places: tuple[str, int]) -> list[float]:
    """When each could begin, in seconds from now, in the order of time."""
    began: list[float] = []

    async def one(place: tuple[str, int]) -> None:
        await pace.turn(*place)
        began.append(monotonic())

    start = monotonic()
    await asyncio.gather(*map(one, places))
    return [at - start for at in began]


async def test_connections_to_many_hosts_begin_one_after_the_other() -> None:
    began = await starts(Pace(a_second=100), *((f"192.0.2.{n}", 22) for n in range(20)))
    assert began[-1] >= 0.19
    assert all(start >= place * 0.01 - 0.001 for place, start in enumerate(began))  # a late one hurries no other


async def test_one_address_and_port_gets_a_connection_a_second_at_most() -> None:
    pace = Pace(a_second=1000, same_place=0.2)
    began = await starts(pace, ("192.0.2.1", 22), ("192.0.2.1", 22), ("192.0.2.1", 23), ("192.0.2.2", 22))
    assert sorted(round(at, 1) for at in began) == [0.0, 0.0, 0.0, 0.2]


def test_the_default_is_a_second_and_who_would_wait_too_long_gets_no_turn_and_takes_none() -> None:
    pace = Pace()
    waits = [pace.place_take(("192.0.2.1", 22), 100.0) for _ in range(20)]
    assert waits == [float(n) for n in range(20)]
    for _ in range(3):
        with pytest.raises(NoTurn):
            pace.place_take(("192.0.2.1", 22), 100.0)
    assert pace.place_take(("192.0.2.1", 22), 101.0) == 19.0


async def test_a_line_that_is_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "PATIENCE_SECONDS", 0.2)
    pace = Pace(a_second=20)
    turns = [pace.turn(f"192.0.2.{n}", 22) for n in range(10)]
    ended = await asyncio.gather(*turns, return_exceptions=True)
    assert 3 <= [type(end) for end in ended].count(NoTurn) < 10, "a late loop gives fewer of them a turn, never more"
    await asyncio.sleep(0.06)
    assert (await starts(pace, ("192.0.2.77", 22)))[0] < 0.05, "those that left keep nobody waiting"


def test_places_that_need_not_wait_are_forgotten() -> None:
    pace = Pace()
    pace.place_take(("192.0.2.1", 22), 100.0)
    pace.place_take(("192.0.2.2", 22), 200.0)
    pace.forget(150.0)
    assert list(pace._places) == [("192.0.2.2", 22)]
