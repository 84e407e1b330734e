"""From many points to as many as a chart can show."""

from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.metrics.thinning import Point, Span, thinned


def one(time: int, value: float) -> Span:
    """A single value."""
    return (time, 1, value, value, value)


@settings(max_examples=40)
@given(
    times=st.lists(st.integers(0, 5000), unique=True, max_size=300).map(sorted),
    values=st.lists(st.floats(0, 1e9), min_size=300, max_size=300),
    most=st.integers(1, 50),
)
def test_it_keeps_order_ends_and_peaks(times: list[int], values: list[float], most: int) -> None:
    kept = thinned(list(map(one, times, values)), 0, 5000, most)
    assert len(kept) <= most
    assert [point.time for point in kept] == sorted({point.time for point in kept})
    assert all(point.low <= point.mean * (1 + 1e-9) <= point.high * (1 + 2e-9) for point in kept)
    if times:
        assert (kept[0].time, max(p.high for p in kept)) == (times[0], max(values[: len(times)]))
        assert min(p.low for p in kept) == min(values[: len(times)])


def test_means_weigh_each_value_the_same() -> None:
    assert thinned([(0, 9, 90.0, 10, 10), one(10, 0.0)], 0, 20, 1) == [Point(0, 9.0, 0.0, 10)]


def test_gaps_stay_gaps() -> None:
    spans = [one(time, 1.0) for time in [*range(100), *range(900, 1000)]]
    assert [point.time for point in thinned(spans, 0, 1000, 10)] == [0, 900]


def test_a_stretch_that_begins_earlier_is_shown_at_the_start() -> None:
    assert thinned([(0, 2, 4.0, 1, 3)], 50, 100, 10) == [Point(50, 2.0, 1, 3)]
