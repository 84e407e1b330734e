"""When a server is asked."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from virtadmin.collector.due import LONGEST_WAIT, LOST_INTERVAL, Appointment, due, offset

INTERVALS = st.integers(5, 3600)
SERVERS = st.integers(1, 10**9)


def appointment(
    server_id: int, interval: int, *, pending: bool = False, lost: bool = False, retry_at: float | None = None
) -> Appointment:
    return Appointment(server_id, interval, pending, lost, retry_at)


@given(SERVERS, INTERVALS, st.floats(1e9, 2e9), st.lists(st.floats(0.5, 40), min_size=1, max_size=60))
def test_a_server_is_asked_once_in_each_interval_however_the_ticks_fall(
    server_id: int, interval: int, start: float, steps: list[float]
) -> None:
    asked, last = 0, start
    for step in steps:
        now = last + step
        asked += due(appointment(server_id, interval), last=last, now=now)
        last = now
    span = last - start
    assert asked <= span // interval + 1
    if max(steps) <= interval:
        assert asked >= span // interval


@given(SERVERS, st.floats(1e9, 2e9))
def test_a_lost_server_is_asked_at_least_once_a_minute(server_id: int, now: float) -> None:
    assert due(appointment(server_id, 3600, lost=True), last=now - LOST_INTERVAL, now=now)


@given(SERVERS, INTERVALS)
def test_a_new_server_is_asked_at_once_and_a_backed_off_one_at_its_time(server_id: int, interval: int) -> None:
    assert due(appointment(server_id, interval, pending=True), last=99.0, now=100.0)
    assert not due(appointment(server_id, interval, retry_at=101.0), last=0.0, now=100.0)
    assert due(appointment(server_id, interval, retry_at=100.0), last=99.9, now=100.0)


def test_a_back_off_of_a_clock_that_was_put_back_since_is_not_waited_for() -> None:
    assert not due(appointment(1, 60, retry_at=100.0 + LONGEST_WAIT), last=99.0, now=100.0)
    assert due(appointment(1, 60, retry_at=101.0 + LONGEST_WAIT), last=99.0, now=100.0)


def test_a_retry_further_off_than_its_failure_explains_is_not_waited_for() -> None:
    near, far = replace(appointment(1, 60, retry_at=700.0), patience=600.0), appointment(1, 60, retry_at=701.0)
    assert not due(near, last=99.0, now=100.0)
    assert due(replace(far, patience=600.0), last=99.0, now=100.0)


def test_what_the_clock_had_come_to_before_it_was_put_back_is_asked_again() -> None:
    assert due(appointment(1, 60, retry_at=3000.0), last=95.0, now=100.0, retry=3005.0)
    assert not due(appointment(1, 60, retry_at=3006.0), last=95.0, now=100.0, retry=3005.0)


def test_servers_are_spread_evenly_over_their_interval() -> None:
    slots = [offset(server_id, 60) // 5 for server_id in range(6000)]
    counts = [slots.count(slot) for slot in range(12)]
    assert max(counts) < 1.25 * min(counts)
