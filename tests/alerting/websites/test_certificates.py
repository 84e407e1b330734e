"""The steps at which people are reminded of a certificate: pure, for any certificate and clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.alerting.websites.certificates import DAY, STEPS, next_step, steps, warned_from

times = st.floats(0, 4e9)
lifetimes = st.none() | st.floats(60, 10 * 365 * DAY)


@pytest.mark.parametrize(
    ("days", "counting"),
    [
        (None, [21, 14, 7, 3, 1]),
        (398, [21, 14, 7, 3, 1]),
        (90, [21, 14, 7, 3, 1]),
        (47, [14, 7, 3, 1]),
        (6, [1]),
        (2, []),
    ],
)
def test_only_steps_up_to_a_third_of_the_lifetime_count(days: float | None, counting: list[int]) -> None:
    assert steps(None if days is None else days * DAY) == [days * DAY for days in counting]


@given(expires=times, lifetime=lifetimes, after=times)
def test_the_next_step_is_one_of_the_steps_and_later(expires: float, lifetime: float | None, after: float) -> None:
    found = next_step(expires, lifetime, after)
    counting = [expires - step for step in steps(lifetime)]
    later = [at for at in counting if at > after]
    assert (found is None) == (not later)
    if found is not None:
        assert found in counting
        assert after < found < expires
        assert not [at for at in later if at < found], "none is passed over"


@given(expires=times, lifetime=lifetimes)
def test_each_step_comes_once_and_they_end(expires: float, lifetime: float | None) -> None:
    seen, at = [], warned_from(expires, lifetime)
    while (step := next_step(expires, lifetime, at)) is not None:
        seen.append(step)
        at = step
    assert seen == sorted({*seen})
    assert len(seen) == max(0, len(steps(lifetime)) - 1)
    assert len(seen) < len(STEPS)
    assert warned_from(expires, lifetime) <= expires
