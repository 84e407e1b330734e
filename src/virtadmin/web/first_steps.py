"""What somebody new does next, until there is a second server: shown below the first page's list."""

from dataclasses import dataclass

from django.urls import reverse

from virtadmin.accounts.models import User
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.websites.selectors import urls_visible

FEW = 1
"""Servers up to which somebody is new: the hub's own machine is there from the beginning."""
AT_HOME = ("in_page", "server_log")
"""Channels everybody has that reach nobody who is elsewhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and whether it is done."""

    title: str
    text: str
    address: str
    done: bool = False


def first_steps(user: User, servers: int) -> list[Step]:
    """For a person who sees so many servers; none where they know their way, or may not add any."""
    if servers > FEW or not user.has_perm("servers.add_initialserverprofile"):
        return []
    steps = [
        Step("Check a website", "An address is enough.", reverse("web:add_website"), urls_visible(user).exists()),
        Step(
            "Choose where you are told",
            "Telegram, email, Slack and a hundred others: until then, alerts wait in the inbox.",
            reverse("web:channels"),
            _is_reached(user),
        ),
    ]
    if servers:
        text = "An address and a login, which is forgotten afterwards; or a script that you run yourself."
        steps.insert(0, Step("Watch another machine", text, reverse("web:add")))
    return [] if all(step.done for step in steps) else steps


def _is_reached(user: User) -> bool:
    """Whether a channel of theirs that works leads anywhere but to the hub's pages and the servers."""
    kinds = UserChannel.objects.filter(user=user, enabled=True).exclude(kind__in=AT_HOME).values_list("kind", flat=True)
    return any(kind in CHANNELS and not CHANNELS[kind].available(user) for kind in kinds)
