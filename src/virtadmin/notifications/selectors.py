"""Reads of messages and channels. Both belong to one person alone; not even an admin reads another's."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.notifications.channel import Choosy
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.routing import Rule
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.selectors import servers_visible
from virtadmin.websites.models import Url


def notifications_visible(user: User) -> QuerySet[Notification]:
    """The person's own messages, newest first."""
    return Notification.objects.filter(recipient=user)


def notifications_unread_count(user: User) -> int:
    """How many of the person's messages are unread."""
    return notifications_visible(user).filter(unread=True).count()


def deliveries_due(now: datetime) -> QuerySet[Delivery]:
    """Deliveries to be tried now, longest waiting first; also those whose worker claimed them and died."""
    return Delivery.objects.filter(status__in=Delivery.UNFINISHED, next_attempt__lte=now).order_by("next_attempt", "pk")


def channels_visible(user: User) -> QuerySet[UserChannel]:
    """The person's own channels, in the order they were made."""
    return UserChannel.objects.filter(user=user).select_related("user", "link").prefetch_related("tags")


def channel_address(channel: UserChannel) -> str:
    """Where it leads, for people; never a secret."""
    return CHANNELS[channel.kind].address(channel) if channel.kind in CHANNELS else ""


def settings_shown(channel: UserChannel) -> dict[str, str]:
    """What its form was answered with, without the secrets."""
    fields = CHANNELS[channel.kind].fields if channel.kind in CHANNELS else ()
    stored = channel.settings if fields else {}
    return {field.name: str(stored.get(field.name, "")) for field in fields if not field.secret}


def tags_choosable(user: User) -> QuerySet[Tag]:
    """The tags of the servers and websites this person may see."""
    servers = servers_visible(user).order_by().values("pk")
    urls = visible(Url.objects.all(), user).order_by().values("pk")
    of_servers = Server.tags.through.objects.filter(server__in=servers)
    of_urls = Url.tags.through.objects.filter(url__in=urls)
    return Tag.objects.filter(Q(pk__in=of_servers.values("tag")) | Q(pk__in=of_urls.values("tag"))).distinct()


def channels_open(people: dict[int, User]) -> dict[int, list[tuple[UserChannel, Rule]]]:
    """By person, given by key: the channels that can be used now, with what is set for them. Two queries.

    Their `settings` are not read: those are secrets, and slow to decrypt.
    """
    found: dict[int, list[tuple[UserChannel, Rule]]] = {}
    rows = UserChannel.objects.filter(user_id__in=list(people), enabled=True).select_related("link")
    for row in rows.defer("config").prefetch_related("tags"):
        row.user = people[row.user_id]
        if row.kind in CHANNELS and CHANNELS[row.kind].reaches(row):
            found.setdefault(row.user_id, []).append((row, rule_of(row)))
    return found


def channel_takes(channel: UserChannel, row: Notification, *, by_owner: bool) -> bool:
    """Whether this message can go over this channel, one of `channels_open`, at all."""
    kind = CHANNELS[channel.kind]
    return not isinstance(kind, Choosy) or kind.takes(row.meta, by_owner=by_owner)


def rule_of(row: UserChannel) -> Rule:
    """What the person has set for the channel, for `routing`."""
    return Rule(
        channel=row.pk,
        level=row.level,
        zone=row.user.zone,
        tags=frozenset(tag.pk for tag in row.tags.all()),
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        quiet_critical=row.quiet_critical,
    )


def server_tags(server_ids: Collection[int]) -> dict[int, set[int]]:
    """The keys of the tags of each of these servers."""
    through = Server.tags.through.objects.filter(server_id__in=list(server_ids))
    return _collected(server_ids, through.values_list("server_id", "tag_id"))


def website_tags(url_ids: Collection[int]) -> dict[int, set[int]]:
    """The keys of the tags of each of these websites."""
    through = Url.tags.through.objects.filter(url_id__in=list(url_ids))
    return _collected(url_ids, through.values_list("url_id", "tag_id"))


def server_owners(server_ids: Collection[int]) -> dict[int, int]:
    """The key of the owner of each of these servers."""
    return dict(Server.objects.filter(pk__in=list(server_ids)).values_list("pk", "owner_id"))


def _collected(keys: Collection[int], pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    tags: dict[int, set[int]] = {pk: set() for pk in keys}
    for key, tag in pairs:
        tags[key].add(tag)
    return tags
