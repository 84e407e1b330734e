"""Which points a query reads."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.metrics.tiers import DAY, HOUR, MINUTE, RAW_KEEP, TIERS, Segment, segments, tier_for

FIVE, ONE_HOUR, ONE_DAY = TIERS
NOW = 20_000 * DAY + 7 * HOUR + 777


@pytest.mark.parametrize(
    ("age", "tier"),
    [
        (-HOUR, None),
        (48 * HOUR + MINUTE, None),
        (49 * HOUR, FIVE),
        (14 * DAY + HOUR, FIVE),
        (15 * DAY, ONE_HOUR),
        (455 * DAY, ONE_HOUR),
        (456 * DAY, ONE_HOUR),
        (465 * DAY, ONE_DAY),
        (5 * 365 * DAY, ONE_DAY),
        (9999 * DAY, ONE_DAY),
    ],
)
def test_the_finest_tier_that_still_has_the_start_is_read(age: int, tier: object) -> None:
    assert tier_for(NOW - age, NOW) is tier


def test_the_newest_is_read_from_finer_tiers() -> None:
    rolled = FIVE.begin(NOW)
    assert segments(NOW - 500 * DAY, NOW, NOW, rolled) == [
        Segment(ONE_DAY, ONE_DAY.begin(NOW - 500 * DAY), 20_000 * DAY),
        Segment(ONE_HOUR, 20_000 * DAY, 20_000 * DAY + 7 * HOUR),
        Segment(FIVE, 20_000 * DAY + 7 * HOUR, rolled),
        Segment(None, rolled, NOW + 1),
    ]


def test_what_is_not_rolled_up_is_read_raw() -> None:
    assert segments(NOW - 20 * DAY, NOW, NOW, 0) == [Segment(None, NOW - 20 * DAY, NOW + 1)]


@given(st.integers(0, 6 * 365 * DAY), st.integers(0, 400 * DAY), st.integers(0, 3 * RAW_KEEP))
def test_every_second_is_read_once(age: int, length: int, behind: int) -> None:
    start, rolled = NOW - age, FIVE.begin(NOW - behind)
    end = start + length
    found = segments(start, end, NOW, rolled)
    assert found[0].start <= start
    assert found[-1].end > end
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(part.start < part.end for part in found)
    for part in found:
        assert part.tier is None or (part.start % part.tier.step, part.end % part.tier.step) == (0, 0)
        assert part.tier is None or part.end <= rolled
