"""What an answer's head says of a check."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.websites.check.judge import expected, in_words, retry_after, unexpected

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp()
RANGES = st.lists(st.tuples(st.integers(100, 599), st.integers(100, 599)).map(lambda pair: tuple(sorted(pair))))


@given(st.integers(100, 599), RANGES)
def test_a_status_is_expected_exactly_when_a_range_holds_it(status: int, ranges: list[tuple[int, int]]) -> None:
    held = {each for first, last in ranges for each in range(first, last + 1)}
    assert expected(status, ranges) == (not ranges or status in held)


def test_the_ranges_are_told_as_people_write_them() -> None:
    assert in_words([(200, 299), (401, 401)]) == "200-299, 401"
    assert unexpected(500, "", [(200, 200)], withheld=False).reason == "HTTP 500; expected is 200."


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "120", 120.0),
        (503, "0", 0.0),
        (503, "Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        (503, "Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        (503, "soon", None),
        (503, "-5", None),
        (503, "", None),
        (503, "９", None),
        (503, "9" * 400, 999_999_999.0),
        (503, "Sun, 22 Nov 99999 12:00:00 GMT", None),
        (500, "120", None),
        (200, "120", None),
    ],
)
def test_when_to_come_back_is_a_number_or_a_date(status: int, header: str, seconds: float | None) -> None:
    assert retry_after(status, header, NOW) == seconds


@given(st.text(max_size=60))
def test_whatever_is_said_of_coming_back_it_is_seconds_or_nothing(header: str) -> None:
    found = retry_after(503, header, NOW)
    assert found is None or found >= 0
