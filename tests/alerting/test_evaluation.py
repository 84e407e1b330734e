"""The decision about one limit."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.alerting.evaluation import Change, Reading, Reason, State, clears, evaluate, level_of

CLOSED = State()
WARNING, CRITICAL = State("warning", 80), State("critical", 80)


@pytest.mark.parametrize(
    ("limit", "state", "value", "change", "reason", "level"),
    [
        (80, CLOSED, 79.99, Change.NONE, Reason.BELOW, None),
        (80, CLOSED, 80, Change.OPEN, Reason.CROSSED, "warning"),
        (80, CLOSED, 95, Change.OPEN, Reason.CROSSED, "critical"),
        (97, CLOSED, 96, Change.NONE, Reason.BELOW, None),
        (97, CLOSED, 97, Change.OPEN, Reason.CROSSED, "critical"),
        (100, CLOSED, 100, Change.OPEN, Reason.CROSSED, "critical"),
        (80, WARNING, 94.99, Change.NONE, Reason.STILL_OVER, "warning"),
        (80, WARNING, 95, Change.RISE, Reason.CRITICAL, "critical"),
        (80, CRITICAL, 99, Change.NONE, Reason.STILL_OVER, "critical"),
        (80, CRITICAL, 85, Change.NONE, Reason.STILL_OVER, "critical"),
        (80, WARNING, 75.01, Change.NONE, Reason.STILL_OVER, "warning"),
        (80, WARNING, 75, Change.CLOSE, Reason.RECOVERED, None),
        (99, WARNING, 90, Change.CLOSE, Reason.LIMIT_CHANGED, None),
        (99, WARNING, 60, Change.CLOSE, Reason.RECOVERED, None),
        (10, State("warning", 10), 10, Change.NONE, Reason.STILL_OVER, "warning"),
        (10, State("warning", 10), 9.9, Change.CLOSE, Reason.RECOVERED, None),
        (1, CLOSED, 1, Change.OPEN, Reason.CROSSED, "warning"),
        (80, CLOSED, None, Change.NONE, Reason.UNKNOWN, None),
        (80, WARNING, None, Change.NONE, Reason.UNKNOWN, None),
        (80, State(held=True), 99, Change.NONE, Reason.HELD, None),
        (80, State("warning", 80, held=True), 99, Change.NONE, Reason.STILL_OVER, "warning"),
        (80, State("warning", 80, held=True), 10, Change.CLOSE, Reason.RECOVERED, None),
    ],
)
def test_it_decides_and_says_why(
    limit: int, state: State, value: float | None, change: Change, reason: Reason, level: str | None
) -> None:
    decided = evaluate(limit, state, Reading(value))
    assert (decided.change, decided.reason, decided.level) == (change, reason, level)


def test_it_closes_what_is_not_measured_any_more_and_opens_nothing_there() -> None:
    assert evaluate(80, WARNING, Reading(None, off=True)).reason == Reason.OFF
    assert evaluate(80, WARNING, Reading(None, off=True)).change == Change.CLOSE
    assert evaluate(80, CLOSED, Reading(99, off=True)).change == Change.NONE


percents = st.one_of(st.none(), st.floats(0, 100), st.integers(0, 100).map(float))
steps = st.tuples(st.integers(1, 100), percents, st.booleans(), st.booleans())


@given(st.lists(steps, max_size=60))
def test_openings_and_closings_alternate_whatever_comes(sequence: list[tuple[int, float | None, bool, bool]]) -> None:
    state, told = State(), []
    for limit, value, held, off in sequence:
        state = State(state.level, state.limit, held)
        decided = evaluate(limit, state, Reading(value, off))
        again = evaluate(limit, state, Reading(value, off))
        assert decided == again, "the same question has the same answer"
        if decided.change == Change.NONE:
            continue
        told.append(decided.change)
        state = State(decided.level, limit, held)
        assert (state.level is None) == (decided.change == Change.CLOSE)
        repeated = evaluate(limit, state, Reading(value, off))
        assert repeated.change == Change.NONE, "nothing is told twice for the same figure"
    outer = [change for change in told if change != Change.RISE]
    assert outer == [Change.OPEN, Change.CLOSE] * (len(outer) // 2) + [Change.OPEN] * (len(outer) % 2)
    for before, change in pairwise(told):
        assert change != Change.RISE or before == Change.OPEN, "one rise an incident"


@given(st.integers(1, 100), st.floats(0, 100))
def test_a_figure_that_clears_a_limit_is_never_over_it(limit: int, value: float) -> None:
    assert not (clears(limit, value) and value >= limit)
    assert level_of(limit, value) == ("critical" if value >= max(95, limit) else "warning")


@given(st.integers(1, 100), st.sampled_from(["warning", "critical"]))
def test_nothing_stays_open_at_zero_percent(limit: int, level: str) -> None:
    assert evaluate(limit, State(level, limit), Reading(0.0)).change == Change.CLOSE


def test_a_decision_takes_microseconds() -> None:
    begin = time.process_time()
    for value in range(5000):
        evaluate(80, CLOSED, Reading(value % 100))
    assert (time.process_time() - begin) / 5000 < 50e-6
