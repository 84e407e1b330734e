"""Maintenance windows, held against a walk through every minute of the clock on the wall."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.alerting.rules.recurrence import Occurrence, Recurrence, active, between, upcoming

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHANGES = {
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],  # by half an hour
    "America/Santiago": [date(2026, 9, 6), date(2026, 4, 5)],  # at midnight
    "Pacific/Apia": [date(2011, 12, 30)],  # a day that never was
    "Asia/Kathmandu": [date(2026, 7, 1)],  # never, and a quarter of an hour off
    "UTC": [date(2026, 2, 28), date(2028, 2, 29)],
}
WEEK = frozenset(range(7))


@st.composite
def rules(draw: st.DrawFn) -> tuple[Recurrence, date]:
    """A rule, and a day near which its zone's clocks change."""
    zone = draw(st.sampled_from([*CHANGES]))
    day = draw(st.sampled_from(CHANGES[zone])) + draw(st.integers(-3, 3)) * DAY
    kind = draw(
        st.one_of(
            st.builds(dict, weekdays=st.frozensets(st.integers(0, 6), min_size=1)),
            st.builds(dict, month_day=st.sampled_from([1, day.day, 28, 29, 30, 31])),
            st.builds(dict, on=st.just(day + draw(st.integers(-1, 1)) * DAY)),
        )
    )
    start = draw(st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59])))
    minutes = draw(st.sampled_from([1, 30, 59, 60, 61, 24 * 60, 36 * 60]))
    return Recurrence(ZoneInfo(zone), start, minutes, **kind), day


def is_meant(rule: Recurrence, day: date) -> bool:
    if rule.on:
        return day == rule.on
    if rule.month_day:
        return day.day == rule.month_day or (day.day < rule.month_day and day.day == monthrange(day.year, day.month)[1])
    return day.weekday() in rule.weekdays


def walked(rule: Recurrence, first: date, days: int) -> list[Occurrence]:
    """Minute by minute: a window begins when the clock on the wall first shows its start. Where the clock jumps over
    it, it begins when a clock that was not put forward would show it."""
    found = set()
    for day in (first + n * DAY for n in range(days)):
        if not is_meant(rule, day):
            continue
        wanted = datetime.combine(day, rule.start)
        moment = datetime.combine(day, time(), UTC) - 26 * HOUR
        not_put_forward = moment.astimezone(rule.zone).replace(tzinfo=None) - moment.replace(tzinfo=None)
        while True:
            wall = moment.astimezone(rule.zone).replace(tzinfo=None)
            if wall == wanted or (wall > wanted and moment.replace(tzinfo=None) + not_put_forward == wanted):
                break
            if wall < wanted:
                not_put_forward = wall - moment.replace(tzinfo=None)
            moment += MINUTE
        found.add(Occurrence(moment, moment + rule.minutes * MINUTE))
    return sorted(found)


@settings(deadline=None)
@given(rules(), st.integers(-36 * 60, 36 * 60))
def test_it_is_when_a_walk_through_the_minutes_says(given_rule: tuple[Recurrence, date], offset: int) -> None:
    rule, day = given_rule
    at = datetime.combine(day, time(12), UTC) + offset * MINUTE
    nearby = walked(rule, day - 6 * DAY, 13)
    running = [one for one in nearby if one.start <= at < one.end]
    assert active(rule, at) == max(running, key=lambda one: one.end, default=None)
    coming = [one for one in nearby if one.end > at]
    assert upcoming(rule, at, 3)[: len(coming)] == coming[:3]
    later = at + DAY
    assert between(rule, at, later) == [one for one in coming if one.start <= later]


@settings(deadline=None)
@given(rules(), st.integers(1, 5))
def test_what_recurs_always_comes_again(given_rule: tuple[Recurrence, date], count: int) -> None:
    rule, day = given_rule
    at = datetime.combine(day, time(), UTC)
    coming = upcoming(rule, at, count)
    assert len(coming) == count or rule.on
    assert coming == sorted(coming)
    for one in coming:
        assert one.end > at
        assert active(rule, one.start)
        assert active(rule, one.end - MINUTE)


@pytest.mark.parametrize(
    ("zone", "day", "start", "begins"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30Z"),  # skipped: 03:30 on the wall
        ("Europe/Berlin", date(2026, 3, 29), time(3, 0), "2026-03-29T01:00Z"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30Z"),  # twice: the first
        ("Europe/Berlin", date(2026, 10, 25), time(3, 0), "2026-10-25T02:00Z"),
        ("America/Santiago", date(2026, 9, 6), time(0, 0), "2026-09-06T04:00Z"),
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), "2011-12-30T19:00Z"),
    ],
)
def test_it_begins_by_the_clock_on_the_wall_and_lasts_real_hours(
    zone: str, day: date, start: time, begins: str
) -> None:
    began = datetime.fromisoformat(begins)
    rule = Recurrence(ZoneInfo(zone), start, 180, on=day)
    assert upcoming(rule, began - DAY, 3) == [Occurrence(began, began + 3 * HOUR)]


def test_the_31st_is_the_last_day_of_shorter_months() -> None:
    rule = Recurrence(ZoneInfo("UTC"), time(1), 30, month_day=31)
    coming = upcoming(rule, datetime(2028, 1, 15, tzinfo=UTC), 5)
    assert [one.start.date() for one in coming] == [
        date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31)
    ]  # fmt: skip


def test_windows_that_overlap_last_until_the_last_of_them_ends() -> None:
    rule = Recurrence(ZoneInfo("UTC"), time(1), 36 * 60, weekdays=WEEK)
    at = datetime(2026, 6, 2, 5, tzinfo=UTC)
    assert active(rule, at) == Occurrence(datetime(2026, 6, 2, 1, tzinfo=UTC), datetime(2026, 6, 3, 13, tzinfo=UTC))
    assert len([one for one in upcoming(rule, at, 3) if one.start <= at]) == 2


def test_a_day_that_a_country_skipped_adds_no_time_of_its_own() -> None:
    rule = Recurrence(ZoneInfo("Pacific/Apia"), time(9), 60, weekdays=WEEK)
    coming = upcoming(rule, datetime(2011, 12, 29, 12, tzinfo=UTC), 3)
    assert [one.start.isoformat() for one in coming] == [
        "2011-12-29T19:00:00+00:00", "2011-12-30T19:00:00+00:00", "2011-12-31T19:00:00+00:00"
    ]  # fmt: skip
