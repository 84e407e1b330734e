"""The seconds of each day that a website was up."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.collector import tasks
from virtadmin.collector.websites.days import DAY, KEEP, Spent, days_add, days_prune, seconds_of_days
from virtadmin.config.celery import app
from virtadmin.websites.models import Url, UrlDay

TIMES = st.floats(0, 4e9)
INTERVALS = st.integers(5, DAY)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 1)


def spent(before: float | None, now: float, interval: int = 60) -> dict[date, int]:
    return dict(seconds_of_days(before, now, interval))


@given(TIMES, INTERVALS, st.lists(st.floats(0, 3), max_size=30))
def test_every_second_between_checks_counts_once_and_on_its_own_day(
    start: float, interval: int, gaps: list[float]
) -> None:
    times = [start]
    for gap in gaps:
        times.append(times[-1] + gap * (interval - 1))  # at most three intervals in whole seconds
    total: Counter[date] = Counter()
    for before, now in pairwise(times):
        total.update(spent(before, now, interval))
    assert sum(total.values()) == int(times[-1]) - int(start)
    assert all(0 < seconds <= DAY for seconds in total.values())
    for day, seconds in total.items():
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        assert seconds == min(int(times[-1]), midnight + DAY) - max(int(start), midnight)


@given(TIMES, TIMES, INTERVALS)
def test_a_check_never_stands_for_more_than_three_intervals(before: float, now: float, interval: int) -> None:
    total = sum(spent(before, now, interval).values())
    assert 0 <= total <= 3 * interval
    if int(now) - int(before) > 3 * interval:
        assert total == interval, "of a long silence only the last interval is known"


def test_midnight_splits_exactly_and_the_first_check_stands_for_nothing() -> None:
    assert spent(MIDNIGHT - 20.6, MIDNIGHT + 39.2) == {FEBRUARY: 21, MARCH: 39}
    assert spent(MIDNIGHT - 60, MIDNIGHT) == {FEBRUARY: 60}
    assert spent(MIDNIGHT, MIDNIGHT + 60) == {MARCH: 60}
    assert spent(MIDNIGHT - 10_000, MIDNIGHT + 20) == {FEBRUARY: 40, MARCH: 20}
    assert spent(None, MIDNIGHT) == spent(MIDNIGHT, MIDNIGHT) == spent(MIDNIGHT, MIDNIGHT - 3600) == {}


def test_an_interval_of_days_counts_each_of_them() -> None:
    noon = MIDNIGHT + DAY / 2
    assert list(spent(noon - 2 * DAY, noon, DAY).values()) == [DAY // 2, DAY, DAY // 2]


def test_seconds_add_up_in_one_row_a_day(make_url: Callable[..., Url], django_assert_num_queries: Callable) -> None:
    one, other = make_url().pk, make_url().pk
    with django_assert_num_queries(1):
        days_add([Spent(one, FEBRUARY, "up", 30), Spent(other, MARCH, "held", 7), Spent(one, FEBRUARY, "down", 5)])
    days_add([Spent(one, FEBRUARY, "up", 12), Spent(one, MARCH, "up", 1)])
    days_add([])
    assert sorted(UrlDay.objects.values_list("url_id", "day", "up", "down", "held")) == [
        (one, FEBRUARY, 42, 5, 0), (one, MARCH, 1, 0, 0), (other, MARCH, 0, 0, 7)
    ]  # fmt: skip


def test_days_are_kept_for_five_years(make_url: Callable[..., Url], monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [make_url().pk for _ in range(3)]
    limit = MARCH - KEEP
    days_add(Spent(url, day, "up", 60) for url in urls for day in (limit - timedelta(1), limit, MARCH))
    assert limit < date(2021, 3, 1)
    monkeypatch.setattr("virtadmin.collector.websites.days.BATCH", 2)
    monkeypatch.setattr(tasks.time, "time", lambda: MIDNIGHT)
    tasks.prune.apply()
    assert sorted(UrlDay.objects.values_list("url_id", "day")) == sorted(
        (url, day) for url in urls for day in (limit, MARCH)
    )
    assert days_prune(now=MIDNIGHT) == 0
    assert tasks.prune.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
