"""The newest figures of a server: their mean, and whether they cover the window."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.alerting.limits import WINDOWED
from virtadmin.alerting.window import FORMAT, ROWS, Window

START = 1_800_000_000.0


def filled(values: list[float | None], *, interval: int = 60, span: int = 300) -> Window:
    window = Window()
    for place, value in enumerate(values):
        given_values = {} if value is None else {"cpu_usage": value}
        window.add(START + place * interval, given_values, interval=interval, span=span)
    return window


def mean(window: Window, *, span: int = 300) -> float | None:
    return window.means(span)[0]


def test_the_first_windowed_limit_is_the_processor() -> None:
    assert WINDOWED[0].metric == "cpu_usage"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([90], None),
        ([90, 90, 90], None),
        ([90, 90, 90, 90], 90),  # 4 of 5 minutes are 80 %
        ([10, 100, 100, 100, 100, 100], 100),
        ([0, 50, 100, 50, 0], 40),
        ([None, 80, 80, 80], None),
        ([80, None, 80, 80, 80], 80),
    ],
)
def test_a_window_is_judged_when_samples_cover_four_fifths_of_it(
    values: list[float | None], expected: float | None
) -> None:
    assert mean(filled(values)) == expected


def test_samples_that_are_never_quite_on_time_still_count_whole() -> None:
    window = Window()
    for at in (0, 59.7, 120.2, 179.9):
        window.add(START + at, {"cpu_usage": 90.0}, interval=60, span=300)
    assert mean(window) == 90


def test_samples_in_quick_succession_do_not_pretend_to_cover_minutes() -> None:
    window = Window()
    for at in (0, 1, 2, 3, 4):
        window.add(START + at, {"cpu_usage": 90.0}, interval=60, span=300)
    assert mean(window) is None


def test_a_repeated_or_late_sample_is_ignored() -> None:
    window = filled([90, 90, 90])
    before = [*window.rows]
    window.add(START + 120, {"cpu_usage": 10.0}, interval=60, span=300)
    window.add(START + 100, {"cpu_usage": 10.0}, interval=60, span=300)
    assert window.rows == before


def test_a_clock_that_was_set_back_starts_anew() -> None:
    window = filled([90, 90, 90, 90])
    window.add(START - 3600, {"cpu_usage": 10.0}, interval=60, span=300)
    assert [row[0] for row in window.rows] == [START - 3600]
    assert mean(window) is None


def test_old_samples_cover_nothing() -> None:
    window = filled([90, 90, 90, 90])
    window.add(START + 1000, {"cpu_usage": 5.0}, interval=60, span=300)
    assert mean(window) is None


def test_what_cannot_be_read_is_as_good_as_nothing() -> None:
    assert Window.unpack(b"of another release").means(300) == [None] * len(WINDOWED)


def test_an_hour_of_samples_every_five_seconds_stays_small_and_right() -> None:
    values = [float(place % 100) for place in range(1440)]
    window = filled(list(values), interval=5, span=3600)
    assert len(window.rows) <= ROWS + 1
    assert len(window.pack()) <= (ROWS + 1) * FORMAT.size
    assert isclose(mean(window, span=3600) or 0, sum(values[-720:]) / 720, abs_tol=0.5)


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 100, width=32)), min_size=1, max_size=80),
    st.sampled_from([(60, 300), (10, 300), (5, 60), (30, 45), (5, 3600)]),
)
def test_a_mean_lies_between_its_figures_and_survives_being_stored(
    values: list[float | None], times: tuple[int, int]
) -> None:
    interval, span = times
    window = filled(values, interval=interval, span=span)
    found = mean(window, span=span)
    again = mean(Window.unpack(window.pack()), span=span)
    assert (found is None) == (again is None)
    known = [value for value in values if value is not None]
    if found is not None and again is not None:
        assert min(known) - 0.01 <= found <= max(known) + 0.01
        assert isclose(found, again, abs_tol=0.01)
    if len(known) == len(values) and len(values) * interval >= span:
        assert found is not None


def test_one_place_unknown_leaves_the_others() -> None:
    window = Window()
    for place in range(10):  # two samples fall into one row each
        values = {"cpu_usage": 50.0} if place % 2 else {"ram_usage": 70.0}
        window.add(START + place * 5, values, interval=5, span=600)
    assert len(window.rows) < 10
    assert window.means(30)[:2] == [50, 70]
