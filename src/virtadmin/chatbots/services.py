"""What is done with linked chats: a deep link made and followed, a chat heard of, moved, ended."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.chatbots.addresses import deep_link
from virtadmin.chatbots.contract import Incoming, LinkRefused
from virtadmin.chatbots.models import Commander, LinkToken
from virtadmin.chatbots.selectors import link_of, may_command
from virtadmin.core import bus
from virtadmin.core.deleting import batches_delete
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.services import channel_disable, channel_update, chat_link

TOKEN_BYTES = 32
VALID = timedelta(minutes=15)
KEPT = timedelta(days=1)
"""How long a token is remembered after its end, so that who follows an old link is told what is wrong with it."""
MOST_OPEN = 20
"""Links of one person that may be open at the same time."""
AGAIN = "Make a new one on your hub's page, under Channels."


def link_create(*, user: User, actor: User, platform: str) -> str:
    """A deep link that ties whatever chat follows it to `user`: once, within 15 minutes.

    People make links for themselves, admins for anybody. Raises NotAllowed, InvalidInput, and Conflict when the hub has
    no bot there or its name cannot be found out.
    """
    if actor.pk != user.pk and actor.role != Role.ADMIN and not actor.is_superuser:
        raise NotAllowed("Only admins link chats for others.")
    if platform not in BotUserLink.Platform.values:
        raise InvalidInput("platform", f"Choose from {', '.join(BotUserLink.Platform.values)}.")
    if not user.is_active:
        raise InvalidInput("user", "This account is switched off.")
    if reason := CHANNELS[platform].available(user):
        raise Conflict(reason)
    now, token = timezone.now(), secrets.token_urlsafe(TOKEN_BYTES)
    address = deep_link(platform, token)
    if LinkToken.objects.filter(user=user, used=None, expires__gt=now).count() >= MOST_OPEN:
        raise Conflict("Many links are open already. Follow one of them, or wait a few minutes.")
    LinkToken.objects.create(digest=_digest(token), user=user, platform=platform, expires=now + VALID)
    return address


@transaction.atomic
def link_follow(*, incoming: Incoming, now: datetime) -> BotUserLink:
    """Tie the conversation to the user of the deep link that was followed there. Raises LinkRefused."""
    token = LinkToken.objects.select_related("user").filter(digest=_digest(incoming.token)).first()
    if token is None or token.platform != incoming.platform:
        raise LinkRefused(f"I do not know this link. {AGAIN}")
    if token.used:
        raise LinkRefused(f"This link was used already; each one works once. {AGAIN}")
    if token.expires <= now or not token.user.is_active:
        raise LinkRefused(f"This link is too old; it works for {VALID.seconds // 60} minutes. {AGAIN}")
    _keep_others_groups(incoming, token.user)
    if not LinkToken.objects.filter(pk=token.pk, used=None).update(used=now):
        raise LinkRefused(f"This link was used already; each one works once. {AGAIN}")
    title = incoming.title or incoming.conversation
    link = chat_link(
        user=token.user, platform=incoming.platform, conversation=incoming.conversation, title=title, now=now
    )
    Commander.objects.update_or_create(link=link, defaults={"person": incoming.sender})
    transaction.on_commit(partial(bus.publish, "chats", {"user": token.user_id}))
    return link


def links_prune(*, now: datetime) -> int:
    """Forget links that ended a day ago; how many."""
    return batches_delete(LinkToken.objects.filter(expires__lt=now - KEPT))


def chat_heard(*, link: BotUserLink, now: datetime) -> None:
    """The person wrote in their chat: it is open again, should it have been over."""
    link.heard = now
    BotUserLink.objects.filter(pk=link.pk).update(heard=now)
    if link.channel.disabled_reason and not link.channel.enabled:
        channel_update(channel=link.channel, actor=link.user, enabled=True)


def chat_move(*, platform: str, conversation: str, to: str) -> None:
    """The conversation goes on under another id. One that was linked under that already is left as it is."""
    if not BotUserLink.objects.filter(platform=platform, conversation=to).exists():
        BotUserLink.objects.filter(platform=platform, conversation=conversation).update(conversation=to)


def chat_over(*, platform: str, conversation: str, reason: str, now: datetime) -> None:
    """The hub may not write there any more: it was blocked, or taken out of the group."""
    if link := link_of(platform, conversation):
        channel_disable(channel=link.channel, reason=reason, now=now)


def _keep_others_groups(incoming: Incoming, user: User) -> None:
    """A group that somebody linked is not taken from them by another person in it."""
    link = link_of(incoming.platform, incoming.conversation)
    if link and link.user_id != user.pk and not may_command(link, incoming.sender, group=incoming.group):
        raise LinkRefused("This group is linked already. Whoever linked it can say /stop first.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
