"""The way out: claim a due line of the outbox, send it, note how that went.

A line is claimed by a conditional update, so two workers never send it both. A claim ends by itself after `LEASE`:
what a dead worker held is taken again. Each line is claimed just before it is sent and its outcome is written just
after, so a worker that is killed leaves one line in doubt at most.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import groupby

from celery import current_app
from django.db.models import QuerySet
from django.utils import timezone

from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.channel import Batched, ChannelError, Message
from virtadmin.notifications.composing import message_of
from virtadmin.notifications.models import Delivery, UserChannel
from virtadmin.notifications.moments import moments_mend
from virtadmin.notifications.outbox import LEASE, MOST_ATTEMPTS
from virtadmin.notifications.outcomes import failed, postpone, put_off, sent
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import deliveries_due

logger = logging.getLogger(__name__)
SWEPT_AT_ONCE = 1000
SWEPT_HERE = 50
SWEEP_SECONDS = 10
"""How often `config.celery` sweeps: what was handed out and has not begun by then is handed out again."""
Clock = Callable[[], datetime]
Status = Delivery.Status


class Known:
    """What one batch has read already: it takes a good part of what sending takes."""

    def __init__(self) -> None:
        self._channels: dict[int | None, UserChannel | None] = {}
        self._messages: dict[int, Message] = {}

    def channel(self, line: Delivery) -> UserChannel | None:
        """The channel that the line goes to; None when it was deleted."""
        key = line.user_channel_id
        if key is not None and key not in self._channels:
            rows = UserChannel.objects.select_related("user", "link").defer("config")
            self._channels[key] = rows.filter(pk=key).first()
        return self._channels.get(key)

    def forget(self, line: Delivery) -> None:
        """What went wrong may have changed the channel."""
        self._channels.pop(line.user_channel_id, None)

    def message(self, line: Delivery) -> Message:
        """The line's message, which goes over several channels mostly."""
        pk = line.notification_id
        if pk not in self._messages:
            self._messages[pk] = message_of(line.notification)
        return self._messages[pk]


def deliver(*, notifications: Sequence[int], clock: Clock = timezone.now) -> None:
    """Send what is due of the notifications with these ids, over every channel."""
    _send_all(deliveries_due(clock()).filter(notification_id__in=notifications), clock)


def sweep(*, clock: Clock = timezone.now) -> None:
    """Send whatever is due, longest waiting first: a part here, more by other threads, the rest at the next sweep."""
    moments_mend(clock())
    due = list(deliveries_due(clock()).values_list("pk", "notification_id")[:SWEPT_AT_ONCE])
    for start in range(SWEPT_HERE, len(due), SWEPT_HERE):
        ids = dict.fromkeys(pk for _, pk in due[start : start + SWEPT_HERE])
        current_app.send_task("notifications.deliver", args=[list(ids)], expires=SWEEP_SECONDS)
    _send_all(deliveries_due(clock()).filter(pk__in=[pk for pk, _ in due[:SWEPT_HERE]]), clock)


def _send_all(due: QuerySet[Delivery], clock: Clock) -> None:
    order = {name: place for place, name in enumerate(CHANNELS.names())}
    lines = sorted(due.select_related("notification__recipient"), key=lambda line: order.get(line.channel, -1))
    known = Known()
    for name, group in groupby(lines, key=lambda line: line.channel):
        with _batch(name):
            _send_group(group, known, clock)


def _batch(name: str) -> AbstractContextManager[object]:
    if name in CHANNELS and isinstance(channel := CHANNELS[name], Batched):
        return channel.batch()
    return nullcontext()


def _send_group(lines: Iterable[Delivery], known: Known, clock: Clock) -> None:
    """Send lines of one channel. What is in trouble is waited for once, not once a message."""
    down: ChannelError | None = None
    troubled: dict[int | None, ChannelError] = {}
    for line in lines:
        if trouble := down or troubled.get(line.user_channel_id):
            postpone(line, trouble, clock())
        elif (error := _send(line, known, clock)) and not error.permanent:
            troubled[line.user_channel_id] = error
            down = error if error.down else None


def _send(line: Delivery, known: Known, clock: Clock) -> ChannelError | None:
    """Claim the line and send it. Returns what went wrong; None also when it is not for this worker or not yet."""
    to = known.channel(line)
    if to and to.wait_until and to.wait_until > clock():
        put_off(line, to.wait_until, clock())
        return None
    if not _claim(line, clock()):
        return None
    try:
        _hand_over(line, to, known)
    except ChannelError as error:
        failed(line, to, error, clock())
        known.forget(line)
        return error
    except VirtadminError as error:
        failed(line, to, ChannelError(error.message), clock())
    except Exception as error:
        # A faulty plug-in must not keep other people's messages from being sent.
        logger.exception("the channel %s failed at delivery %s", line.channel, line.pk)
        failed(line, to, ChannelError(f"The channel failed: {type(error).__name__}"), clock())
    else:
        sent(line, clock())
    return None


def _claim(line: Delivery, now: datetime) -> bool:
    unchanged = deliveries_due(now).filter(pk=line.pk, attempts=line.attempts)
    line.attempts += 1
    return bool(unchanged.order_by().update(status=Status.CLAIMED, attempts=line.attempts, next_attempt=now + LEASE))


def _hand_over(line: Delivery, to: UserChannel | None, known: Known) -> None:
    if line.attempts > MOST_ATTEMPTS:
        raise ChannelError("Its worker died at every attempt.", permanent=True)
    if line.channel not in CHANNELS:
        raise ChannelError("This channel is no longer there.", permanent=True)
    if to is None:
        raise ChannelError("This channel was deleted.", permanent=True)
    if not to.enabled:
        raise ChannelError("This channel is switched off.", permanent=True)
    if not CHANNELS[line.channel].reaches(to):
        raise ChannelError("This channel is no longer set up for this person.", permanent=True)
    CHANNELS[line.channel].send(known.message(line), to)
