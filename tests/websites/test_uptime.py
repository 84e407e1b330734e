"""How much of a time a website was up."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from virtadmin.websites.uptime import Spent, by_day, summed, total

SECONDS = st.integers(0, 86_400)
SPENT = st.builds(Spent, SECONDS, SECONDS, SECONDS)
DAYS = st.dates(date(1999, 1, 1), date(2030, 1, 1))


def test_it_is_up_of_up_and_down() -> None:
    assert Spent(3, 1).percent == 75.0
    assert Spent(3, 0, 97).percent == 100.0  # maintenance counts neither way
    assert Spent(0, 5).percent == 0.0
    assert Spent(0, 0, 60).percent is None
    assert Spent().percent is None


def test_one_second_in_five_years_is_seen() -> None:
    five_years = 5 * 365 * 86_400
    assert Spent(five_years - 1, 1).percent == 99.999999
    assert Spent(1, five_years - 1).percent == 0.000001


def test_days_make_months_and_years_and_those_that_are_unknown_are_there_too() -> None:
    known = {date(2025, 12, 31): Spent(60, 20), date(2026, 1, 1): Spent(50, 0), date(2026, 2, 1): Spent(0, 0, 9)}
    days = by_day(known, date(2025, 12, 30), date(2026, 2, 2))
    assert len(days) == 35
    assert days["2025-12-30"] == Spent()
    assert summed(days, 7) == {"2025-12": Spent(60, 20), "2026-01": Spent(50), "2026-02": Spent(0, 0, 9)}
    assert summed(days, 4) == {"2025": Spent(60, 20), "2026": Spent(50, 0, 9)}
    assert total(days.values()) == Spent(110, 20, 9)


@given(st.dictionaries(DAYS, SPENT, max_size=10), DAYS, st.integers(0, 400))
def test_no_second_is_lost_or_counted_twice(known: dict[date, Spent], first: date, length: int) -> None:
    last = first + timedelta(days=length)
    days = by_day(known, first, last)
    asked = total(spent for day, spent in known.items() if first <= day <= last)
    assert total(days.values()) == total(summed(days, 7).values()) == total(summed(days, 4).values()) == asked
    assert list(days) == sorted(days)
    for spent in days.values():
        assert (spent.percent is None) == (spent.up + spent.down == 0)
        assert spent.percent is None or 0 <= spent.percent <= 100
        assert spent.percent != 100 or spent.down == 0
