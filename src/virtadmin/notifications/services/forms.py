"""What people enter for a channel, checked."""

from collections.abc import Iterable
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.notifications.channel import Channel
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import tags_choosable
from virtadmin.servers.models import Tag

SETTABLE = ("label", "enabled", "level", "quiet_from", "quiet_until", "quiet_critical", "fallback")
ANSWER_LENGTH = 2000
LABEL_LENGTH = 100


def kind_checked(user: User, kind: str) -> Channel:
    """The channel of this name, if the person can make one by a form. Raises InvalidInput."""
    if kind not in CHANNELS:
        raise InvalidInput("kind", f"There is no such kind of channel; choose from {', '.join(CHANNELS.names())}.")
    channel = CHANNELS[kind]
    if channel.linked:
        raise InvalidInput("kind", f"{channel.label} is added by linking a chat, not by a form.")
    if reason := channel.available(user):
        raise InvalidInput("kind", reason)
    return channel


def config_checked(channel: Channel, row: UserChannel, config: dict[str, Any]) -> dict[str, Any]:
    """What is stored of the answers. Those left out stay as they are, and so do secrets left empty."""
    known = {field.name: field for field in channel.fields}
    for name, value in config.items():
        if name not in known:
            raise InvalidInput(name, "There is no such field.")
        if not isinstance(value, str) or len(value) > ANSWER_LENGTH:
            raise InvalidInput(name, f"This must be text of at most {ANSWER_LENGTH} characters.")
    stored = row.settings
    given = {name: value.strip() for name, value in config.items() if value.strip() or not known[name].secret}
    answers = {name: text for name in known if (text := str(given.get(name, stored.get(name, ""))))}
    for field in channel.fields:
        if field.required and field.name not in answers:
            raise InvalidInput(field.name, "This is needed.")
    return channel.clean(row.user, answers)


def channel_fill(row: UserChannel, fields: dict[str, Any]) -> None:
    """Set the fields, check them and save."""
    tags = fields.pop("tags", None)
    for name, value in fields.items():
        if name not in SETTABLE:
            raise InvalidInput(name, "There is no such field.")
        setattr(row, name, value)
    _check(row)
    if row.enabled:
        row.disabled_reason, row.disabled_at = "", None
    chosen = None if tags is None else _tags_checked(row, tags)
    row.save()
    if chosen is not None:
        row.tags.set(chosen)


def _check(row: UserChannel) -> None:
    if len(row.label) > LABEL_LENGTH:
        raise InvalidInput("label", f"This must be at most {LABEL_LENGTH} characters long.")
    if row.level not in UserChannel.Level.values:
        raise InvalidInput("level", f"Choose from {', '.join(UserChannel.Level.values)}.")
    if (row.quiet_from is None) != (row.quiet_until is None):
        missing = "quiet_from" if row.quiet_from is None else "quiet_until"
        raise InvalidInput(missing, "Quiet hours need a beginning and an end.")
    if row.quiet_from is not None and row.quiet_from == row.quiet_until:
        raise InvalidInput("quiet_until", "Quiet hours must not end when they begin.")
    _check_fallback(row)


def _check_fallback(row: UserChannel) -> None:
    seen, channel = {row.pk}, row.fallback
    while channel:
        if channel.user_id != row.user_id:
            raise InvalidInput("fallback", "This is no channel of yours.")
        if channel.pk in seen:
            raise InvalidInput("fallback", "These channels would stand in for each other for ever.")
        seen.add(channel.pk)
        channel = channel.fallback


def _tags_checked(row: UserChannel, tags: Iterable[Tag]) -> list[Tag]:
    """The tags, if each is one the person may see or that the channel has already."""
    wanted = {tag.pk: tag for tag in tags}
    known = {*tags_choosable(row.user).filter(pk__in=list(wanted)).values_list("pk", flat=True)}
    if row.pk:
        known.update(row.tags.values_list("pk", flat=True))
    for pk, tag in wanted.items():
        if pk not in known:
            raise InvalidInput("tags", f"None of your servers has the tag {tag}.")
    return list(wanted.values())
