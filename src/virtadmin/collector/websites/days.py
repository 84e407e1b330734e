"""How long a website was up on each day: every check stands for the seconds since the one before it. Times are UTC.

The numbers are whole seconds whose ends meet, so nothing is counted twice and nothing is lost between two checks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from django.db import connection

from virtadmin.collector.upserting import rows_upsert
from virtadmin.websites.models import Url, UrlDay

DAY = 24 * 3600
MOST_INTERVALS = 3
"""A longer time without a check (the hub was off, the website paused) is nobody's but for its last interval."""
KEEP = timedelta(days=5 * 365 + 2)
BATCH = 100
"""Websites a transaction that days are deleted of."""
Kind = Literal["up", "down", "held"]
KINDS: tuple[Kind, ...] = ("up", "down", "held")


class Spent(NamedTuple):
    """Seconds of a day that a check stands for."""

    url_id: int
    day: date
    kind: Kind
    seconds: int


def seconds_of_days(before: float | None, now: float, interval: int) -> Iterator[tuple[date, int]]:
    """(day, seconds) that a check at `now` stands for, the one before it having been at `before`; pure.

    None = there was none before it, so it stands for no time yet; nor does one of a clock that was put back.
    """
    if before is None:
        return
    start, end = int(before), int(now)
    if end - start > MOST_INTERVALS * interval:
        start = end - interval
    while start < end:
        until = min(end, (start // DAY + 1) * DAY)
        yield datetime.fromtimestamp(start, UTC).date(), until - start
        start = until


def days_add(spent: Iterable[Spent]) -> None:
    """Add the seconds to those of their days, in one statement for many."""
    sums: dict[tuple[int, date], dict[Kind, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for url_id, day, kind, seconds in spent:
        sums[url_id, day][kind] += seconds
    as_text = connection.ops.adapt_datefield_value
    rows = [(url_id, as_text(day), *(sums[url_id, day][kind] for kind in KINDS)) for url_id, day in sorted(sums)]
    rows_upsert(UrlDay, ("url_id", "day", *KINDS), rows, key=["url_id", "day"], add=KINDS)


def days_prune(*, now: float) -> int:
    """Delete the days that are kept no longer, a few websites at a time; how many they were. `now`: Unix seconds."""
    before = (datetime.fromtimestamp(now, UTC) - KEEP).date()
    ids = iter(list(Url.objects.order_by("pk").values_list("pk", flat=True)))
    deleted = 0
    while some := list(islice(ids, BATCH)):
        deleted += UrlDay.objects.filter(url_id__among=some, day__lt=before).delete()[0]
    return deleted
