"""Fills a hub's database with something in every table that people's doings fill: `filled`."""

import os
from datetime import date, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")

from tests.e2e import demo  # sets Django up

from django.contrib.auth.models import Group, Permission  # isort: skip
from django.utils import timezone
from knox.models import AuthToken

from virtadmin.accounts.models import Authenticator, PasswordLink, RecoveryCode, TokenNote, User
from virtadmin.accounts.sessions import SessionStore
from virtadmin.metrics.models import RawPoint, RolledPoint
from virtadmin.metrics.packing import pack_mounts
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel
from virtadmin.servers.models import EnrolmentLog, Server, Tag
from virtadmin.websites.models import Url, UrlDay, UrlState

SECRET = "a stored secret é 🙂"
ODD = "Büro “東京” 🙂\n\t\\ ' \" %s ; --"
POINTS, SUBJECT = 3000, 77_777


def main() -> None:
    """The demo's fleet, and what it has not."""
    demo.main(0)
    admin, now = User.objects.get(username="admin"), timezone.now()
    bob = User.objects.create_user("bob", "bob@example.org", "bob-password", first_name=ODD)
    group = Group.objects.create(name=ODD)
    bob.groups.add(group)
    token, _ = AuthToken.objects.create(admin)
    TokenNote.objects.update_or_create(token=token, defaults={"name": ODD})
    Authenticator.objects.create(user=bob, secret=SECRET)
    RecoveryCode.objects.create(user=bob, digest="0" * 64)
    PasswordLink.objects.create(user=bob, digest="1" * 64, expires=now)
    SessionStore().create()
    server = Server.objects.get(name="web1")
    server.private_key = SECRET
    server.parent = Server.objects.get(name="git")
    server.save()
    server.groups.add(group)
    url = Url.objects.create(owner=admin, uri="https://example.org/", server=server, password=SECRET)
    url.groups.add(group)
    url.tags.add(Tag.objects.all()[0])
    bob.user_permissions.add(Permission.objects.all()[0])
    EnrolmentLog.objects.create(server=server, text=ODD)
    UrlState.objects.update_or_create(url=url, defaults={"details": {"odd": ODD, "nested": [1, None, 2.5]}})
    UrlDay.objects.create(url=url, day=date(2025, 1, 2))
    channel = UserChannel.objects.create(user=bob, kind="apprise", config=SECRET)
    BotUserLink.objects.create(user=bob, platform="telegram", conversation="1", channel=channel)
    Delivery.objects.create(notification=Notification.objects.all()[0], channel="email")
    start = int((now - timedelta(days=1)).timestamp())
    mounts = pack_mounts([("/", 12.5), ("/srv/ü", 99.0)])
    RawPoint.objects.bulk_create(
        RawPoint(subject=SUBJECT, time=start + n, cpu_usage=n / 7, uptime=1e15 + n, mounts=mounts)
        for n in range(POINTS)
    )
    RolledPoint.objects.create(subject=-SUBJECT, tier=2, bucket=7, data=bytes(range(256)))


if __name__ == "__main__":
    main()
