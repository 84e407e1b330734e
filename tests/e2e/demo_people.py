"""Colleagues, a group, sessions, tokens, a linked chat and a history of changes, for the showcase."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import Group
from django.contrib.sessions.backends.base import VALID_KEY_CHARS

from tests.accounts.phone import set_up
from virtadmin.accounts.acting import acting
from virtadmin.accounts.groups import group_create
from virtadmin.accounts.models import Session, User
from virtadmin.accounts.services import token_create, user_create, user_update
from virtadmin.notifications.services import chat_link
from virtadmin.servers.models import Server
from virtadmin.servers.services import server_update

MARTA = UUID("3f6c2f6e-6f0b-4a43-9f0e-2d5f6f1c7a11")
BROWSERS = (
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "203.0.113.201", 190),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1", "2001:db8::17", 3100),
)
"""What else the admin is signed in with, from where, and how many minutes ago it was used."""


def colleagues(admin: User) -> Group:
    """Three people besides the admin: one with two-factor sign-in, one invited, one switched off."""
    shop = group_create(actor=admin, name="Shop team")
    marta = user_create(
        actor=admin,
        username="marta",
        password="marta-password",
        email="marta@example.org",
        role="operator",
        groups=[shop],
    )
    User.objects.filter(pk=marta.pk).update(uuid=MARTA, first_name="Marta", last_name="Lindqvist")
    set_up(marta)
    user_create(actor=admin, username="jonas", email="jonas@example.org", role="viewer", groups=[shop])
    left = user_create(actor=admin, username="old-intern", role="viewer")
    user_update(user=left, actor=admin, is_active=False)
    return shop


def traces(admin: User, now: datetime) -> None:
    """Where the admin is signed in, the tokens of programs, a chat."""
    for number, (agent, address, minutes) in enumerate(BROWSERS):
        seen = now - timedelta(minutes=minutes)
        Session.objects.create(
            session_key=VALID_KEY_CHARS[number] * 32, user=admin, expire_date=now + timedelta(days=10), agent=agent,
            address=address, begun=seen - timedelta(days=3), seen=seen,
        )  # fmt: skip
    for name in ("Grafana", "deploy script"):
        token_create(user=admin, name=name)
    chat_link(user=admin, platform="telegram", conversation="5550001", title="Ann's phone", now=now)


def people(admin: User, servers: dict[str, Server]) -> None:
    """All of them, and what they changed."""
    with acting(admin):
        shop = colleagues(admin)
        for name in ("web1", "web2"):
            server_update(server=servers[name], actor=admin, groups=[shop])
    marta = User.objects.get(uuid=MARTA)
    server_update(server=servers["web1"], actor=marta, interval=30, tags=["shop", "front"])
