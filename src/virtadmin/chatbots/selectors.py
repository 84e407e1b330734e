"""Reads for chats, limited to what the linked person may see."""

from django.db.models import Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.chatbots.models import Commander
from virtadmin.notifications.models import BotUserLink
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.websites.models import Url

SEEN = ("status", "status_code", "response_time")
"""What a chat says of a website."""


def link_of(platform: str, conversation: str) -> BotUserLink | None:
    """Whose conversation it is; None if it is nobody's, or of somebody who was shut out."""
    rows = BotUserLink.objects.select_related("user", "channel")
    return rows.filter(platform=platform, conversation=conversation, user__is_active=True).first()


def may_command(link: BotUserLink, sender: str, *, group: bool) -> bool:
    """Whether this person commands in the conversation: in a group only who linked it."""
    return not group or Commander.objects.filter(link=link, person=sender).exists()


def servers_shown(user: User) -> QuerySet[Server]:
    """The servers of this person that are enrolled, with their newest state."""
    rows = servers_visible(user).filter(enrolled=True, state__isnull=False)
    return rows.select_related("state").defer("private_key")


def websites_shown(user: User) -> QuerySet[Url]:
    """The websites of this person, with their newest state."""
    rows = visible(Url.objects.filter(state__isnull=False), user)
    return rows.select_related("state").only("name", "uri", "enabled", *(f"state__{name}" for name in SEEN))


def servers_called(user: User, word: str) -> list[Server]:
    """The servers this word means: by number or name, else address, else a name's beginning, else any part of it."""
    rows = servers_shown(user)
    named = Q(name__iexact=word)
    plain = word.removeprefix("#")
    if plain.isascii() and plain.isdigit() and len(plain) < 19:
        named |= Q(pk=int(plain))
    for is_meant in (named, Q(ip_address__iexact=word), Q(name__istartswith=word), Q(name__icontains=word)):
        if found := list(rows.filter(is_meant)):
            return found
    return []
