"""The way out: claim a due line of the outbox, send it, note how that went.

A line is claimed by a conditional update, so two workers never send it both. A claim ends by itself after `LEASE`:
what a dead worker held is taken again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from virtadmin.notifications import rendering
from virtadmin.notifications.channel import Channel, ChannelError, Message
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.outbox import LEASE, MOST_ATTEMPTS, next_attempt, postponed
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import deliveries_due

logger = logging.getLogger(__name__)
SWEPT_AT_ONCE = 200
Clock = Callable[[], datetime]
Status = Delivery.Status


def deliver(*, notifications: Sequence[int], clock: Clock = timezone.now) -> None:
    """Send what is due of the notifications with these ids, over every channel."""
    _send_all(deliveries_due(clock()).filter(notification_id__in=notifications), clock)


def sweep(*, clock: Clock = timezone.now) -> None:
    """Send whatever is due, longest waiting first; the rest at the next sweep."""
    _send_all(deliveries_due(clock())[:SWEPT_AT_ONCE], clock)


def _send_all(due: QuerySet[Delivery], clock: Clock) -> None:
    order = {name: place for place, name in enumerate(CHANNELS.names())}
    trouble: dict[str, ChannelError] = {}
    for line in sorted(due.select_related("notification__recipient"), key=lambda line: order.get(line.channel, -1)):
        if line.channel in trouble:  # a server that hangs is waited for once, not once a message
            _postpone(line, trouble[line.channel], clock())
        elif (error := _send(line, clock)) and error.down:
            trouble[line.channel] = error


def _send(line: Delivery, clock: Clock) -> ChannelError | None:
    """Claim the line and send it. Returns what went wrong; None also when another worker has it."""
    if not _claim(line, clock()):
        return None
    try:
        channel = _channel(line)
        channel.send(_message(line.notification))
    except ChannelError as error:
        _failed(line, error, clock())
        return error
    except Exception as error:
        # A faulty plug-in must not keep other people's messages from being sent.
        logger.exception("the channel %s failed at delivery %s", line.channel, line.pk)
        _failed(line, ChannelError(f"The channel failed: {type(error).__name__}"), clock())
        return None
    _sent(line, channel, clock())
    return None


def _claim(line: Delivery, now: datetime) -> bool:
    unchanged = deliveries_due(now).filter(pk=line.pk, attempts=line.attempts)
    line.attempts += 1
    return bool(unchanged.order_by().update(status=Status.CLAIMED, attempts=line.attempts, next_attempt=now + LEASE))


def _channel(line: Delivery) -> Channel:
    if line.attempts > MOST_ATTEMPTS:
        raise ChannelError("Its worker died at every attempt.", permanent=True)
    if line.channel not in CHANNELS:
        raise ChannelError("This channel is no longer there.", permanent=True)
    channel = CHANNELS[line.channel]
    if not channel.reaches(line.notification.recipient):
        raise ChannelError("This channel is no longer set up for this person.", permanent=True)
    return channel


def _message(row: Notification) -> Message:
    first = None
    if row.thread:
        earlier = Notification.objects.filter(recipient=row.recipient, thread=row.thread, pk__lt=row.pk).order_by("pk")
        first = earlier.values_list("uid", flat=True).first()
    return Message(
        id=row.pk,
        uid=row.uid,
        recipient=row.recipient,
        level=row.level,
        title=row.title,
        text=row.description,
        html=rendering.html(row.kind, row.title, row.meta),
        link=rendering.link(row.meta),
        timestamp=row.timestamp,
        follows=first,
        meta=row.meta,
    )


def _finish(line: Delivery, **fields: object) -> None:
    """Write the outcome, unless the claim ended meanwhile and another worker has the line."""
    Delivery.objects.filter(pk=line.pk, status=Status.CLAIMED, attempts=line.attempts).update(**fields)


def _sent(line: Delivery, channel: Channel, now: datetime) -> None:
    with transaction.atomic():
        _finish(line, status=Status.SENT, sent_at=now, error="")
        if channel.flag:
            Notification.objects.filter(pk=line.notification_id).update(**{channel.flag: True})


def _failed(line: Delivery, error: ChannelError, now: datetime) -> None:
    again = next_attempt(line.attempts, error, now)
    logger.warning("delivery %s by %s failed: %s", line.pk, line.channel, error.message)
    if again is None:
        _finish(line, status=Status.GIVEN_UP, error=error.message[:300])
    else:
        _finish(line, status=Status.FAILED, error=error.message[:300], next_attempt=again)


def _postpone(line: Delivery, error: ChannelError, now: datetime) -> None:
    """Wait with the line as if it had failed, without counting an attempt."""
    again = postponed(line.attempts, error, now)
    unchanged = deliveries_due(now).filter(pk=line.pk, attempts=line.attempts)
    unchanged.order_by().update(status=Status.FAILED, error=error.message[:300], next_attempt=again)
