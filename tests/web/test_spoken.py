"""What people read is words, not the codes behind them: pages, admin lists, the log of changes."""

import re
from datetime import datetime

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from tests.web.conftest import SignIn
from tests.web.test_admin import address
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Silence
from virtadmin.chatbots.models import LinkToken
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel
from virtadmin.servers.models import Server, Tag

CODES = re.compile(
    "cpu_usage|host_key_changed|auth_rejected|limit_changed|in_page|server_log|given_up|&quot;mon&quot;|unenrol"
)
CELLS = re.compile(r"<t[dh][^>]*class=[^>]*field-[^>]*>(.*?)</t[dh]>|<a href=\"\?[^>]*>(.*?)</a>", re.DOTALL)


@pytest.fixture
def rows(admin_person: User, alice: User, web1: Server, now: datetime) -> None:
    """One of everything that is kept as a code."""
    incident = Incident.objects.create(
        server=web1, kind="lost", stage="auth_rejected", reason="The server refused the hub's key.", opened=now
    )
    Incident.objects.create(server=web1, kind="cpu_usage", closed=now, ending="limit_changed", limit=80, peak=91)
    Silence.objects.create(owner=alice, server=web1, kind="cpu_usage")
    Silence.objects.create(owner=alice, tag=Tag.objects.create(name="shop"))
    MaintenanceWindow.objects.create(
        owner=alice, name="patches", zone="UTC", weekdays=["mon", "sun"], start="02:30", server=web1
    )
    note = Notification.objects.create(recipient=admin_person, server=web1, kind="lost", title="told", meta={})
    for kind in ("in_page", "server_log"):
        channel, _ = UserChannel.objects.get_or_create(user=admin_person, kind=kind)
        Delivery.objects.create(notification=note, channel=kind, user_channel=channel, status="given_up")
    assert incident.server == web1


def shown(client: Client, model: type) -> str:
    """What stands in the cells of a list and in its filters."""
    found = CELLS.findall(client.get(address(model)).content.decode())
    return re.sub(r"<[^>]*>", " ", " ".join(part for pair in found for part in pair))


@pytest.mark.parametrize("model", [Incident, Silence, MaintenanceWindow, UserChannel, Delivery])
def test_admin_lists_speak(model: type, rows: None, admin_person: User, sign_in: SignIn) -> None:
    text = shown(sign_in(admin_person), model)
    assert text.strip()
    assert CODES.findall(text) == []


def test_their_filters_work(rows: None, admin_person: User, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    for model, query in ((UserChannel, {"kind": "server_log"}), (Delivery, {"channel": "server_log"})):
        page = client.get(address(model), query).context["cl"]
        assert {str(row) for row in page.queryset} in ({"server log"}, {"server log: given up"}), model


def test_the_log_of_changes_speaks(rows: None, admin_person: User, sign_in: SignIn) -> None:
    silence = Silence.objects.filter(kind="cpu_usage").get()
    silence.kind = "host_key_changed"
    silence.save()
    page = sign_in(admin_person).get("/log/").content.decode()
    assert CODES.findall(re.sub(r"<option[^>]*>", "", page)) == []
    assert "mon, sun" in page
    assert re.search(r"<del>CPU</del>.*?<ins>host key changed</ins>", page, re.DOTALL)
    assert 'silence <span class="gone-object">web1, CPU</span>' in page


def test_silences_are_called_by_what_they_hold(rows: None, alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    for one in Silence.objects.all():
        assert str(one) in ("web1, CPU", "tag shop")
        page = client.get(f"/rules/silences/{one.pk}/").content.decode()
        assert CODES.findall(re.sub("value=.[a-z_]*.", "", page)) == []


def test_what_is_printed_of_chats_names_the_platform(alice: User) -> None:
    token = LinkToken.objects.create(digest="0", user=alice, platform="telegram", expires=timezone.now())
    assert str(token) == "link to Telegram for alice"
    channel = UserChannel.objects.create(user=alice, kind="telegram")
    assert str(BotUserLink(user=alice, platform="telegram", title="Ann", channel=channel)) == "Telegram: Ann"
    assert admin.site.is_registered(BotUserLink)
