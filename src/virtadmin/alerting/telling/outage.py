"""Most servers, or websites, lost at once: whether they were, and when enough of it is known to tell. Pure."""

from datetime import datetime, timedelta

from virtadmin.alerting.telling.joining import CALM

FEWEST = 5
"""Servers, or websites; fewer are told one by one."""
SPAN = timedelta(seconds=60)
"""Lost within this time of each other."""
LONGEST = timedelta(seconds=180)
"""So long an outage gathers at most, and so long its servers may take to come back to be told together."""
STALE = LONGEST * 2
"""An outage that gathers for longer than this was never settled: nobody runs the task."""


def is_outage(lost: int, watched: int) -> bool:
    """Whether so many, lost within `SPAN` of all that answered before, are an outage."""
    return lost >= FEWEST and lost * 2 > watched


def gathers(first: datetime, newest: datetime, now: datetime) -> bool:
    """Whether an outage's news are to be waited for: some came just now, and the first is not long ago. Nor is it to
    come: a clock that was ahead said so."""
    return first - CALM < now < min(newest + CALM, first + LONGEST)
