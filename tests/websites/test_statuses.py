"""Expected statuses, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.core.errors import InvalidInput
from virtadmin.websites.statuses import statuses_parsed, statuses_written

STATUS = st.integers(100, 599)
RANGE = st.tuples(STATUS, STATUS).map(lambda pair: (min(pair), max(pair)))
RANGES = st.lists(RANGE, min_size=1, max_size=20).map(tuple)
BLANKS = st.text(" \t", max_size=2)


@pytest.mark.parametrize(
    ("text", "ranges", "stored"),
    [
        ("200-299", ((200, 299),), "200-299"),
        ("200-299, 401", ((200, 299), (401, 401)), "200-299, 401"),
        (" 401 ,200 - 299", ((401, 401), (200, 299)), "401, 200-299"),
        ("404-404", ((404, 404),), "404"),
        ("100,599", ((100, 100), (599, 599)), "100, 599"),
    ],
)
def test_what_is_written_is_read_and_stored_in_one_way(text: str, ranges: tuple[object, ...], stored: str) -> None:
    assert statuses_parsed(text) == ranges
    assert statuses_written(statuses_parsed(text)) == stored


@given(RANGES, st.lists(BLANKS, min_size=40, max_size=40))
def test_what_is_stored_is_read_back_whatever_blanks_are_around(ranges: tuple[object, ...], blanks: list[str]) -> None:
    assert statuses_parsed(statuses_written(ranges)) == ranges
    spaced = [f"{before}{first}{before}-{after}{last}{after}"
              for (first, last), before, after in zip(ranges, blanks[::2], blanks[1::2], strict=False)]  # fmt: skip
    if len(text := ",".join(spaced)) <= 200:
        assert statuses_parsed(text) == ranges


@given(st.text("0123456789-, x٣\n", max_size=30) | st.text())
def test_any_text_gives_ranges_or_says_what_is_wrong(text: str) -> None:
    try:
        ranges = statuses_parsed(text)
    except InvalidInput as error:
        refused = error
    else:
        assert ranges
        assert all(100 <= first <= last <= 599 for first, last in ranges)
        return
    assert refused.field == "expected_statuses"
    assert refused.message


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ",", "200,", "2xx", "ok", "99", "600", "0200", "299-200", "200-", "-299", "200-299-300", "+200",
        "20 0", "²00", "٢٠٠", "200;401", "200\0", "200," * 60 + "200",
    ],
)  # fmt: skip
def test_what_is_no_list_of_statuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        statuses_parsed(text)
