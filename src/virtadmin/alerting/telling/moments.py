"""Brings back what a clock that was ahead has dated or put off: else people would wait until that time comes again.

What is over is dated anew only within a day: a machine that starts with a clock of years ago must not forge its past.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.telling.holding import PARENT_WAIT, RETURN_WAIT

SKEW = timedelta(seconds=10)
"""What the clocks of two machines may differ by."""
LONGEST = max(PARENT_WAIT, RETURN_WAIT)
"""No telling is put off for longer."""
LATELY = timedelta(days=1)
"""How far from now an incident was opened, and closed, that is dated anew."""
AT_ONCE = 1000


def moments_mend(now: datetime) -> None:
    """Date incidents of the future now, their ends too; tell now what waits for longer than it can."""
    _set(Telling.objects.filter(state__in=Telling.PENDING, due__gt=now + LONGEST + SKEW), due=now)
    _set(Incident.objects.filter(opened__gt=now + SKEW, opened__lte=now + LATELY), opened=now)
    _set(Incident.objects.filter(opened__gt=now - LATELY, closed__gt=now + SKEW, closed__lte=now + LATELY), closed=now)


def _set(rows: "QuerySet[Telling] | QuerySet[Incident]", **values: datetime) -> None:
    """By id, and only where there are any, so that nobody has to wait for a lock on all that is newer."""
    if found := list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        rows.model._default_manager.filter(pk__in=found).update(**values)  # noqa: SLF001 - Django's documented way
