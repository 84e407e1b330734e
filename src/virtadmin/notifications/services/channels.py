"""What is done with a person's channels. They belong to that person alone."""

from datetime import datetime
from typing import Any

from django.db import transaction

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.notifications.models import REASON_LENGTH, Delivery, Notification, UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.services.forms import LABEL_LENGTH, channel_fill, config_checked, kind_checked
from virtadmin.notifications.services.messages import notification_create

DEFAULTS = {
    "in_page": UserChannel.Level.INFO,
    "email": UserChannel.Level.WARNING,
    "server_log": UserChannel.Level.WARNING,
}
"""What everybody gets, and from which level."""
MOST_CHANNELS = 50


def channels_default_create(*, user: User) -> None:
    """Give a new person the channels that everybody gets."""
    UserChannel.objects.bulk_create(
        [UserChannel(user=user, kind=kind, level=level) for kind, level in DEFAULTS.items()]
    )


def channel_create(*, actor: User, kind: str, config: dict[str, Any] | None = None, **fields: Any) -> UserChannel:
    """Make a channel of the actor's own. `config`: the answers to its form, by field.

    `fields`: label, enabled, level, tags (an iterable of Tag), quiet_from, quiet_until, quiet_critical, fallback.
    Raises InvalidInput naming the field.
    """
    channel = kind_checked(actor, kind)
    row = UserChannel(user=actor, kind=kind)
    with acting(actor), transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)  # two at once would both see none of a single kind
        mine = UserChannel.objects.filter(user=actor)
        if channel.single and mine.filter(kind=kind).exists():
            raise InvalidInput("kind", "You have this channel already.")
        if mine.count() >= MOST_CHANNELS:
            raise InvalidInput("kind", f"You have {MOST_CHANNELS} channels, which is as many as one can have.")
        row.settings = config_checked(channel, row, config or {})
        if not channel.single and not fields.get("label"):
            fields["label"] = channel.address(row)[:LABEL_LENGTH]  # a person may have several
        channel_fill(row, fields)
    return row


def channel_update(
    *, channel: UserChannel, actor: User, config: dict[str, Any] | None = None, **fields: Any
) -> UserChannel:
    """Change a channel of the actor's own, as in `channel_create`. A secret left out or empty stays as it is.

    Enabling one that was disabled forgets why it was. Raises InvalidInput, NotAllowed.
    """
    _only_own(channel, actor)
    if config is not None:
        if channel.kind not in CHANNELS:
            raise InvalidInput("config", "This kind of channel is no longer there.")
        channel.settings = config_checked(CHANNELS[channel.kind], channel, config)
    with acting(actor), transaction.atomic():
        channel_fill(channel, fields)
    return channel


def channel_delete(*, channel: UserChannel, actor: User) -> None:
    """Delete a channel of the actor's own, a linked chat with it. What waits to be sent there is given up."""
    _only_own(channel, actor)
    with acting(actor):
        channel.delete()


def channel_disable(*, channel: UserChannel, reason: str, now: datetime) -> bool:
    """Switch a channel off because the other side says it is over, and tell its owner, once.

    What waits there is due now, so that it goes to the fallback. Returns whether it was on.
    """
    fields = {"enabled": False, "disabled_reason": reason[:REASON_LENGTH], "disabled_at": now}
    with transaction.atomic(savepoint=False):
        if not UserChannel.objects.filter(pk=channel.pk, enabled=True).update(**fields):
            return False
        waiting = (Delivery.Status.PENDING, Delivery.Status.FAILED)
        Delivery.objects.filter(user_channel=channel, status__in=waiting).update(next_attempt=now)
        facts = {"channel": channel_name(channel), "reason": reason[:REASON_LENGTH], "since": now.isoformat()}
        facts["fallback"] = channel_name(channel.fallback) if channel.fallback else ""
        notification_create(
            kind="channel_disabled", level=Notification.Level.WARNING, recipient=channel.user, facts=facts, now=now
        )
    return True


def channel_name(row: UserChannel) -> str:
    """What people call this channel."""
    return row.label or (CHANNELS[row.kind].label if row.kind in CHANNELS else row.kind)


def _only_own(channel: UserChannel, actor: User) -> None:
    if channel.user_id != actor.pk:
        raise NotAllowed("This channel belongs to somebody else.")
