"""When a maintenance window is: on days of the week, a day of each month, or once; from a local time on, for so many
minutes, in a time zone. Pure.

The minutes are real ones: an hour's window lasts an hour in the night the clocks change too. A start that the clocks
skip in spring counts as if they had not been put forward yet (02:30 is then the moment called 03:30), one that comes
twice in autumn means the first time; as RFC 5545 (iCalendar), section 3.3.5, has it. Where a month is too short for its
day, it is the month's last.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MAX_MINUTES = 7 * 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_PAUSE = 62
"""Days within which whatever recurs comes again."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Exactly one of `weekdays` (0 = Monday), `month_day` (1 to 31) and `on` is given."""

    zone: ZoneInfo
    start: time
    minutes: int
    weekdays: frozenset[int] = frozenset()
    month_day: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time it is, in UTC: `start` belongs to it, `end` does not."""

    start: datetime
    end: datetime


def active(rule: Recurrence, at: datetime) -> Occurrence | None:
    """The occurrence that `at` is in, the one that lasts longest where several overlap; None between them."""
    return max((one for one in between(rule, at, at)), key=lambda one: one.end, default=None)


def upcoming(rule: Recurrence, at: datetime, count: int) -> list[Occurrence]:
    """The next `count` occurrences that are not over at `at`, one that runs included, the earliest first."""
    if rule.on is not None:
        return [one for one in _of_days(rule, iter([rule.on])) if one.end > at]
    first = _first_day(rule, at)
    days = (first + n * DAY for n in range(LONGEST_PAUSE * (count + 1) + MAX_MINUTES // (24 * 60)))
    return list(islice((one for one in _of_days(rule, days) if one.end > at), count))


def between(rule: Recurrence, start: datetime, end: datetime) -> list[Occurrence]:
    """The occurrences that overlap start ≤ time ≤ end, the earliest first."""
    first, last = _first_day(rule, start), end.astimezone(rule.zone).date() + DAY
    days = (first + n * DAY for n in range((last - first).days + 1))
    return [one for one in _of_days(rule, days) if one.end > start and one.start <= end]


def _first_day(rule: Recurrence, at: datetime) -> date:
    """No occurrence that began before this day lasts until `at`; a day to spare for what clocks are changed by."""
    return (at - timedelta(minutes=rule.minutes)).astimezone(rule.zone).date() - DAY


def _of_days(rule: Recurrence, days: Iterator[date]) -> Iterator[Occurrence]:
    """The occurrences that begin on these days, each once: a day that a country skipped starts when the next does."""
    newest = None
    for day in days:
        if not _is_on(rule, day):
            continue
        begins = datetime.combine(day, rule.start, rule.zone).astimezone(UTC)
        if begins != newest:
            newest = begins
            yield Occurrence(begins, begins + timedelta(minutes=rule.minutes))


def _is_on(rule: Recurrence, day: date) -> bool:
    if rule.on is not None:
        return day == rule.on
    if rule.month_day is not None:
        return day.day == min(rule.month_day, monthrange(day.year, day.month)[1])
    return day.weekday() in rule.weekdays
