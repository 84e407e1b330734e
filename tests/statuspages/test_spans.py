"""Times put together."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from virtadmin.statuspages.spans import Span, covered, merged, running

START = datetime(2026, 11, 26, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8)
SPANS = PAIRS.map(lambda pairs: [Span(at(start), at(start + length)) for start, length in pairs])


@given(SPANS)
def test_the_same_moments_are_in_them_apart_from_each_other(spans: list[Span]) -> None:
    found = merged(spans)
    for minute in range(90):
        moment = at(minute)
        assert (running(found, moment) is not None) == any(one.start <= moment < one.end for one in spans)
    assert all(one.end < other.start for one, other in pairwise(found))
    assert all(covered(span, found) for span in spans)


@given(SPANS)
def test_merging_again_changes_nothing(spans: list[Span]) -> None:
    assert merged(merged(spans)) == merged(spans)


def test_what_lasts_longer_is_not_covered() -> None:
    assert not covered(Span(at(0), at(10)), [Span(at(0), at(9)), Span(at(9), at(20))])
    assert covered(Span(at(2), at(10)), [Span(at(0), at(10))])
