"""The test button: one message over one channel, and what the other side says to it."""

import logging

from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, NotAllowed, VirtadminError
from virtadmin.core.rates import rate_take
from virtadmin.notifications import rendering
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.composing import message_of
from virtadmin.notifications.models import Notification, UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.services.channels import channel_name

logger = logging.getLogger(__name__)
KIND = "channel_test"
TESTS_A_MINUTE = 10


def channel_test(*, channel: UserChannel, actor: User) -> str:
    """Send a test message over a channel of the actor's own, now. Returns what the other side answered.

    The message stays in the inbox if it was sent. Raises ChannelError with the other side's refusal, Conflict
    when the channel is not set up on this hub, TooOften (each writes to somebody outside), NotAllowed.
    """
    if channel.user_id != actor.pk:
        raise NotAllowed("This channel belongs to somebody else.")
    if channel.kind not in CHANNELS:
        raise Conflict("This kind of channel is no longer there.")
    kind = CHANNELS[channel.kind]
    if reason := kind.available(actor):
        raise Conflict(reason)
    if not kind.reaches(channel):
        raise Conflict("This channel is not set up: nothing can be sent over it.")
    rate_take("channel-test", actor.pk, a_minute=TESTS_A_MINUTE)
    row = _written(channel)
    try:
        answer = _sent(channel, row)
    except ChannelError:
        row.delete()  # it says that it works
        raise
    if kind.flag:
        Notification.objects.filter(pk=row.pk).update(**{kind.flag: True})
    return answer


def _written(channel: UserChannel) -> Notification:
    level = Notification.Level.INFO
    facts = rendering.cleaned({"channel": channel_name(channel), "level": str(level), "severity": str(level)})
    return Notification.objects.create(
        recipient=channel.user,
        level=level,
        kind=KIND,
        title=rendering.title(KIND, facts, channel.user.zone),
        description=rendering.text(KIND, facts, channel.user.zone),
        meta=facts,
        timestamp=timezone.now(),
    )


def _sent(channel: UserChannel, row: Notification) -> str:
    try:
        return CHANNELS[channel.kind].send(message_of(row), channel)
    except ChannelError as error:
        logger.warning("a test of channel %s by %s failed: %s", channel.pk, channel.kind, error.message)
        raise
    except VirtadminError as error:
        raise ChannelError(error.message) from None
    except Exception as error:
        # Whatever a plug-in does wrong, the person at the button is told that it did not work.
        logger.exception("the channel %s failed at a test of channel %s", channel.kind, channel.pk)
        raise ChannelError(f"The channel failed: {type(error).__name__}") from None
