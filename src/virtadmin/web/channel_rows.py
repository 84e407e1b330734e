"""What the page shows of each channel."""

from dataclasses import dataclass

from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.notifications.channel import Channel
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import channel_address, channels_visible
from virtadmin.notifications.services import channel_name


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel, in words."""

    channel: UserChannel
    name: str
    kind: str
    address: str
    sign: str
    state: str
    """Why nothing goes over it; empty while all is well."""
    fallback: str
    linked: bool
    can_change: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind that can be added, or why not."""

    kind: Channel
    unavailable: str


def rows_of(user: User) -> list[ChannelRow]:
    """The person's channels."""
    return [_row(channel) for channel in channels_visible(user).select_related("fallback")]


def kinds_to_add(user: User) -> list[KindRow]:
    """Kinds the person may add one of; those they can have one of at most and have are left out."""
    has = set(channels_visible(user).values_list("kind", flat=True))
    return [KindRow(kind, kind.available(user)) for kind in CHANNELS if not (kind.single and kind.name in has)]


def _row(channel: UserChannel) -> ChannelRow:
    kind = next((one for one in CHANNELS if one.name == channel.kind), None)
    name = channel_name(channel)
    sign, state = _state(channel, kind)
    return ChannelRow(
        channel=channel,
        name=name,
        kind=kind.label if kind and kind.label != name else "",
        address=channel_address(channel),
        sign=sign,
        state=state,
        fallback=channel_name(channel.fallback) if channel.fallback else "",
        linked=bool(kind and kind.linked),
        can_change=kind is not None,
    )


def _state(channel: UserChannel, kind: Channel | None) -> tuple[str, str]:
    """The sign, and why nothing goes over it."""
    if not channel.enabled and channel.disabled_reason:
        return "down", channel.disabled_reason
    if not channel.enabled:
        return "paused", "Switched off."
    if kind is None:
        return "unknown", "This hub no longer has this kind of channel."
    if reason := kind.available(channel.user):
        return "unknown", reason
    if channel.wait_until and channel.wait_until > timezone.now():
        until = channel.wait_until.astimezone(channel.user.zone)
        return "stale", f"The other side asked for a pause until {until:%H:%M:%S}."
    return "up", ""
