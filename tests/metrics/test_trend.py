"""When something that grows reaches its end."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.metrics.trend import DAY, FARTHEST, FEWEST, forecast

SIX_HOURS = 6 * 3600
COUNTS = st.integers(FEWEST, 112)


def line(
    count: int, slope: float, start: float = 10.0, *, noise: float = 0.0, seed: int = 0
) -> list[tuple[float, float]]:
    """A point each 6 hours, rising by `slope` a day."""
    chance = random.Random(seed)
    return [(n * SIX_HOURS, start + slope * n / 4 + chance.gauss(0, noise)) for n in range(count)]


@given(COUNTS, st.floats(0.01, 100), st.floats(0, 1000), st.floats(0, 300))
def test_a_straight_line_is_drawn_on(count: int, slope: float, start: float, days: float) -> None:
    points = line(count, slope, start)
    found = forecast(points, points[-1][1] + slope * days)
    assert found is not None
    assert found.days == pytest.approx(days, rel=1e-3, abs=1e-3)
    assert found.soonest <= found.days * (1 + 1e-9)
    assert found.latest is None or found.latest >= found.days * (1 - 1e-9)
    assert found.confidence == 1.0


@given(COUNTS, st.integers(0, 10_000))
def test_noise_about_a_trend_leaves_the_truth_in_the_interval_or_nearly(count: int, seed: int) -> None:
    points = line(count, 1.0, noise=0.5, seed=seed)
    found = forecast(points, 100.0)
    assert found is not None
    assert found.latest is not None
    left = 100.0 - points[-1][1]
    assert found.soonest < found.days < found.latest
    assert found.soonest * 0.8 < left / 1.0 < found.latest * 1.2
    assert 0.5 <= found.confidence <= 1.0


@given(COUNTS, st.integers(0, 10_000), st.floats(0.01, 50))
def test_noise_alone_says_nothing(count: int, seed: int, noise: float) -> None:
    assert forecast(line(count, 0.0, 50.0, noise=noise, seed=seed), 100.0) is None


@given(COUNTS, st.floats(0, 100))
def test_what_stands_still_or_shrinks_never_runs_out(count: int, slope: float) -> None:
    assert forecast(line(count, -slope, 5000.0), 10_000.0) is None


@given(st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1e6)), max_size=60), st.floats(0, 1e6))
def test_whatever_the_points_the_answer_is_sane(drawn: list[tuple[int, float]], end: float) -> None:
    points = sorted({time * 3600: value for time, value in drawn}.items())
    if found := forecast(points, end):
        assert 0 <= found.soonest <= found.days <= FARTHEST
        assert found.latest is None or found.days <= found.latest <= FARTHEST
        assert 0.5 <= found.confidence <= 1
        assert all(map(math.isfinite, (found.soonest, found.days)))


def test_too_little_is_no_trend() -> None:
    assert forecast([], 100.0) is None
    assert forecast(line(FEWEST - 1, 1.0), 100.0) is None
    assert forecast([(n * 3600, float(n)) for n in range(60)], 100.0) is None


def test_odd_points_do_not_move_it() -> None:
    points = line(60, 1.0)
    for n in range(5, 60, 10):
        points[n] = (points[n][0], 99.0)
    found = forecast(points, 100.0)
    assert found is not None
    assert found.days == pytest.approx(100 - points[-1][1], rel=0.1)


def test_a_step_is_no_growth_and_what_has_stopped_growing_neither() -> None:
    step = [(n * SIX_HOURS, 20.0 if n < 40 else 60.0) for n in range(80)]
    assert forecast(step, 100.0) is None
    stopped = [(n * SIX_HOURS, min(n, 50) / 1.0) for n in range(80)]
    assert forecast(stopped, 100.0) is None


def test_a_far_end_is_no_news_and_a_full_disk_is_full_today() -> None:
    assert forecast(line(60, 0.001), 1000.0) is None
    full = forecast(line(60, 1.0), 10.0)
    assert full is not None
    assert (full.days, full.soonest, full.latest) == (0.0, 0.0, 0.0)


def test_an_interval_that_reaches_beyond_five_years_has_no_latest_day() -> None:
    found = forecast(line(24, 1.0, noise=0.5, seed=0), 1700.0)
    assert found is not None
    assert found.latest is None
    assert found.days * DAY > 0
