"""Conversations of chat platforms, tied to a person: a link with a channel of its own."""

from datetime import datetime

from django.db import transaction

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.notifications.models import BotUserLink, UserChannel
from virtadmin.notifications.services.channels import channel_delete
from virtadmin.notifications.services.forms import LABEL_LENGTH

TITLE_LENGTH = 200


@transaction.atomic(savepoint=False)
def chat_link(*, user: User, platform: str, conversation: str, title: str, now: datetime) -> BotUserLink:
    """Tie the conversation to the person, with a channel to it. Again: its channel is switched on again.

    A conversation belongs to one person: one that was somebody else's until now is taken from them.
    """
    found = BotUserLink.objects.select_for_update().filter(platform=platform, conversation=conversation).first()
    if found and found.user_id != user.pk:
        channel_delete(channel=found.channel, actor=found.user)
        found = None
    with acting(user):
        link = found or _new(user, platform, conversation, title)
        link.title, link.heard = title[:TITLE_LENGTH], now
        link.save()
        channel = link.channel
        channel.enabled, channel.disabled_reason, channel.disabled_at = True, "", None
        channel.save(update_fields=["enabled", "disabled_reason", "disabled_at"])
    return link


def chat_unlink(*, link: BotUserLink, actor: User) -> None:
    """Untie it; its channel goes with it. Raises NotAllowed."""
    channel_delete(channel=link.channel, actor=actor)


def _new(user: User, platform: str, conversation: str, title: str) -> BotUserLink:
    channel = UserChannel.objects.create(user=user, kind=platform, label=title[:LABEL_LENGTH])
    return BotUserLink(user=user, platform=platform, conversation=conversation, channel=channel)
