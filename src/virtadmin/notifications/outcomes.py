"""What a delivery comes to: sent, tried again, put off, given up; and then the fallback's turn.

An outcome is written only while the claim is this worker's: another may have taken the line meanwhile.
"""

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction

from virtadmin.notifications import routing
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.models import REASON_LENGTH, Delivery, Notification, UserChannel
from virtadmin.notifications.outbox import next_attempt, postponed
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import channel_takes, deliveries_due, rule_of, server_owners
from virtadmin.notifications.services.channels import channel_disable

logger = logging.getLogger(__name__)
Status = Delivery.Status


def sent(line: Delivery, now: datetime) -> None:
    """Write that the message arrived."""
    flag = CHANNELS[line.channel].flag
    with transaction.atomic():
        _finish(line, status=Status.SENT, sent_at=now, error="")
        if flag:
            Notification.objects.filter(pk=line.notification_id).update(**{flag: True})


def failed(line: Delivery, to: UserChannel | None, error: ChannelError, now: datetime) -> None:
    """Write what went wrong and when it is tried again; if never, the fallback gets the message."""
    logger.warning("delivery %s by %s failed: %s", line.pk, line.channel, error.message)
    again = next_attempt(line.attempts, error, now)
    with transaction.atomic():
        if to and error.retry_after:
            _pause(to, error, now)
        if to and error.gone:
            channel_disable(channel=to, reason=error.message, now=now)
        if again is not None:
            _finish(line, status=Status.FAILED, error=error.message[:REASON_LENGTH], next_attempt=again)
        elif _finish(line, status=Status.GIVEN_UP, error=error.message[:REASON_LENGTH]) and to:
            _fall_back(line, to, now)


def postpone(line: Delivery, error: ChannelError, now: datetime) -> None:
    """Wait with the line as if it had failed, without counting an attempt."""
    put_off(line, postponed(line.attempts, error, now), now, status=Status.FAILED, error=error.message[:REASON_LENGTH])


def put_off(line: Delivery, until: datetime, now: datetime, **fields: object) -> None:
    """Not before `until`, unless somebody else has the line."""
    unchanged = deliveries_due(now).filter(pk=line.pk, attempts=line.attempts)
    unchanged.order_by().update(next_attempt=until, **fields)


def _finish(line: Delivery, **fields: object) -> int:
    mine = Delivery.objects.filter(pk=line.pk, status=Status.CLAIMED, attempts=line.attempts)
    return mine.update(**fields)


def _pause(to: UserChannel, error: ChannelError, now: datetime) -> None:
    """Keep what the other side asked for: silence on this channel; on all of its kind if all of them are meant."""
    meant = {"kind": to.kind} if error.down else {"pk": to.pk}
    until = now + timedelta(seconds=error.retry_after or 0)
    UserChannel.objects.filter(**meant).update(wait_until=until)


def _fall_back(line: Delivery, to: UserChannel, now: datetime) -> None:
    """Give the message to what stands in for the channel: the first of the chain that can be used.

    Unless the person switched the channel off: then they want nothing over it. A message goes over each channel once,
    so a chain ends.
    """
    if not to.enabled and not to.disabled_reason:
        return
    seen, channel = {to.pk}, to.fallback
    while channel and channel.pk not in seen and not _usable(channel, line.notification):
        seen.add(channel.pk)
        channel = channel.fallback
    if channel is None or channel.pk in seen:
        return
    start = routing.due(rule_of(channel), routing.severity_of(line.notification.meta), now)
    found, new = Delivery.objects.get_or_create(
        notification=line.notification, user_channel=channel, defaults={"channel": channel.kind, "next_attempt": start}
    )
    if new:
        transaction.on_commit(lambda: _send_soon(found.notification_id), robust=True)


def _usable(channel: UserChannel, row: Notification) -> bool:
    if not channel.enabled or channel.kind not in CHANNELS or not CHANNELS[channel.kind].reaches(channel):
        return False
    by_owner = row.server_id is not None and server_owners([row.server_id]).get(row.server_id) == row.recipient_id
    return channel_takes(channel, row, by_owner=by_owner)


def _send_soon(pk: int) -> None:
    current_app.send_task("notifications.deliver", args=[[pk]])
