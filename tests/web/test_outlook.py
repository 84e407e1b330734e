"""When a disk is full, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.metrics.trend import Forecast
from virtadmin.web.outlook import outlook


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, ""),
        (Forecast(0.4, 0.2, 1.0, 1.0), "Full within a day, if it goes on like this."),
        (Forecast(1.2, 0.8, 1.9, 0.9), "Full in about 1 day (95 % sure: 1 to 2 days)."),
        (Forecast(9.0, 7.4, 11.2, 0.9), "Full in about 9 days (95 % sure: 7 to 12 days)."),
        (Forecast(21.0, 20.0, 21.0, 0.9), "Full in about 3 weeks (95 % sure: 2 to 3 weeks)."),
        (Forecast(120.0, 100.0, None, 0.6), "Full in about 4 months (95 % sure: not before 3 months)."),
        (Forecast(800.0, 740.0, 1090.0, 0.6), "Full in about 2 years (95 % sure: 2 to 3 years)."),
        (Forecast(14.0, 14.0, 14.0, 1.0), "Full in about 2 weeks (95 % sure: 2 weeks)."),
    ],
)
def test_it_says_how_sure_it_is(found: Forecast | None, text: str) -> None:
    assert outlook(found) == text


@given(st.floats(1, 1825), st.floats(0.1, 1), st.floats(1, 10))
def test_the_interval_holds_the_forecast(days: float, sooner: float, later: float) -> None:
    text = outlook(Forecast(days, days * sooner, days * later, 0.8))
    about, rest = text.removeprefix("Full in about ").split(" (95 % sure: ")
    numbers = [int(word) for word in rest.split() if word.isdigit()]
    assert numbers[0] <= int(about.split()[0]) <= numbers[-1] + 1
    assert numbers == sorted(numbers)
