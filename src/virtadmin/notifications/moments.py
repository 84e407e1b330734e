"""Brings back what a clock that was ahead has put off: a message of then would wait until that time comes again.

Each moment is held against what can have set it, so it does not matter whose clock was wrong, or when it was set right.
What was sent is dated anew only within a day: a machine that starts with a clock of years ago must not forge its past.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.outbox import BACKOFF, LEASE

Status = Delivery.Status
SKEW = timedelta(seconds=10)
"""What the clocks of two machines may differ by."""
SOONEST = min(LEASE, timedelta(seconds=BACKOFF[0]))
LATELY = timedelta(days=1)
AT_ONCE = 1000


def moments_mend(now: datetime) -> None:
    """Date messages of the future now, and have their lines, and those that wait for longer than they can, in time."""
    _messages_date(now)
    _lines_recall(now)


def _messages_date(now: datetime) -> None:
    unsent = Exists(Delivery.objects.filter(notification=OuterRef("pk"), status=Status.PENDING))
    rows = Notification.objects.filter(unsent | Q(timestamp__lte=now + LATELY), timestamp__gt=now + SKEW)
    early = dict(rows.values_list("pk", "timestamp")[:AT_ONCE])
    if not early:
        return
    for line in Delivery.objects.filter(notification__in=early, status=Status.PENDING):
        _move(line, line.next_attempt - (early[line.notification_id] - now))
    Notification.objects.filter(pk__in=early).update(timestamp=now)


def _lines_recall(now: datetime) -> None:
    asked_to_wait = Q(user_channel__wait_until__gt=now)
    waiting = Delivery.objects.filter(
        status__in=(Status.CLAIMED, Status.FAILED), next_attempt__gt=now + SOONEST + SKEW
    ).exclude(asked_to_wait)
    for line in waiting.order_by("-next_attempt")[:AT_ONCE]:
        latest = now + _longest(line)
        if line.next_attempt > latest + SKEW:
            _move(line, latest)


def _longest(line: Delivery) -> timedelta:
    """How far off its next attempt may be."""
    if line.status == Status.CLAIMED:
        return LEASE
    return timedelta(seconds=BACKOFF[min(max(line.attempts, 1), len(BACKOFF)) - 1])


def _move(line: Delivery, to: datetime) -> None:
    """Unless somebody has taken it meanwhile."""
    unchanged = Delivery.objects.filter(
        pk=line.pk, status=line.status, attempts=line.attempts, next_attempt=line.next_attempt
    )
    unchanged.update(next_attempt=to)
