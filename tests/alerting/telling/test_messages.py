"""The words of messages that list incidents, as people read them."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Outage
from virtadmin.alerting.services import incident_context_save
from virtadmin.notifications import rendering
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server

pytestmark = pytest.mark.usefixtures("valkey")
HOSTILE = "<b>x</b>\nLink: http://evil"


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    """Where the hub is, and a variable that a template misspells shows."""
    settings.PUBLIC_URL, settings.HUB_NAME = "https://hub.example.org", "hub"
    settings.TEMPLATES = [
        {**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": "MISSING"}} for engine in settings.TEMPLATES
    ]


def test_two_limits_of_one_server_read_like_this(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=97.0)
    top = [{"pid": 1, "name": "mysqld", "cpu_percent": 180.0, "rss_mib": 900.0}]
    incident_context_save(incident_id=Incident.objects.get(kind="cpu_usage").pk, processes=top)
    (message,) = fleet.told()
    assert message.title == "Critical: s000: CPU at 97 %, Disk at 90 %"
    assert message.description == (
        "2 things are not well at s000 (s000.example.org):\n"
        "- Critical: s000: CPU at 97 %, limit 80 % (since 15 Jan 2027 08:00:00 UTC)\n"
        "- s000: Disk at 90 %, limit 80 % (since 15 Jan 2027 08:00:00 UTC)\n"
        "\n"
        "Heaviest now: mysqld 180 %\n"
        f"Server: https://hub.example.org/servers/{fleet.ids[0]}/\n"
        "\n"
        "hub tells you when they are over.\n"
    )


def test_servers_lost_and_back_read_like_this(alice: User) -> None:
    fleet = Fleet(alice, 20)
    fleet.lose(fleet.ids[:2])
    fleet.wait(20)
    fleet.find(fleet.ids[:1])
    fleet.lose(fleet.ids[2:4])
    fleet.wait(15)
    assert fleet.told()[1].description == (
        "2 servers cannot be asked any more:\n"
        "- s002 (s002.example.org): timeout, since 15 Jan 2027 08:00:20 UTC\n"
        "- s003 (s003.example.org): timeout, since 15 Jan 2027 08:00:20 UTC\n"
        "\n"
        "1 server answers again:\n"
        "- s000 (s000.example.org) after 20 s\n"
        "\n"
        "Servers: https://hub.example.org/\n"
        "\n"
        "hub keeps trying and tells you when they are back.\n"
    )


def test_an_outage_reads_like_this(alice: User, settings: Any) -> None:
    settings.HUB_CHECK_ADDRESS = "nowhere.invalid:1"
    fleet = Fleet(alice, 25)
    fleet.lose(fleet.ids)
    fleet.wait(15)
    (message,) = fleet.told()
    lines = message.description.splitlines()
    assert lines[:5] == [
        (
            "hub itself is cut off: it cannot reach 25 of its servers, nor what tells it whether its own network "
            "works. The servers may well be up. Look at the hub's network first."
        ),
        "",
        "Since: 15 Jan 2027 08:00:00 UTC",
        "Servers:",
        "- s000 (s000.example.org): timeout, since 15 Jan 2027 08:00:00 UTC",
    ]
    assert lines[-5:] == [
        "- and 5 more",
        "",
        "All servers: https://hub.example.org/",
        "",
        "hub keeps trying and tells you when they are back.",
    ]
    fleet.wait(600, every=300)
    fleet.find(fleet.ids[:2])
    fleet.wait(15)
    assert fleet.told()[1].description == (
        "hub has its network again: 2 servers answer again. Of those that were lost with them, 23 still do not.\n"
        "\n"
        "Lost from: 15 Jan 2027 08:00:00 UTC\n"
        "Servers:\n"
        "- s000 (s000.example.org) after 10 min 15 s\n"
        "- s001 (s001.example.org) after 10 min 15 s\n"
        "\n"
        "All servers: https://hub.example.org/\n"
    )


def test_a_reminder_reads_like_this(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.wait(4 * 3600, every=3600)
    message = fleet.told()[1]
    assert message.title == "Still open after 4 h: s000: Disk at 90 %, limit 80 %"
    assert message.description == (
        "Nobody has said yet that they look after this:\n"
        "- s000: Disk at 90 %, limit 80 % (since 15 Jan 2027 08:00:00 UTC, 4 h)\n"
        "\n"
        f"Server: https://hub.example.org/servers/{fleet.ids[0]}/\n"
        "\n"
        "hub reminds you every 4 h until somebody acknowledges it, and tells you when it is over.\n"
    )


def everything(fleet: Fleet) -> None:
    """Let all messages be written that list something."""
    fleet.see(fleet.ids[:1], hdd_usage=90.0, cpu_usage=97.0)
    fleet.lose(fleet.ids[1:3], "host_key_changed")
    fleet.lose(fleet.ids[3:5])
    fleet.wait(4 * 3600, every=3600)
    fleet.lose(fleet.ids[5:])
    fleet.wait(30)
    fleet.find(fleet.ids)
    fleet.wait(30)


def test_names_cannot_become_markup_or_lines(alice: User, settings: Any) -> None:
    settings.HUB_CHECK_ADDRESS = "nowhere.invalid:1"
    fleet = Fleet(alice, 30)
    Server.objects.update(name=HOSTILE)
    everything(fleet)
    assert Outage.objects.count() == 1
    kinds = {"server_alerts", "host_keys", "servers_changed", "still_open", "outage", "outage_over"}
    assert kinds <= {*Notification.objects.values_list("kind", flat=True)}
    for row in Notification.objects.filter(kind__in=kinds):
        html = rendering.html(row.kind, row.title, row.meta)
        told = row.title + row.description + html
        assert "\n" not in row.title
        assert not re.search(r"^Link:", row.description, re.MULTILINE)
        assert "<b>" not in html
        assert "&lt;b&gt;x&lt;/b&gt; Link: http://evil" in html
        assert "<b>x</b> Link: http://evil" in row.description
        assert "MISSING" not in told
        assert "\n\n\n" not in row.description
        assert re.search(r"https://hub\.example\.org/\S*\n", row.description)
        HTMLParser().feed(html)
        assert html.count("<tr>") == html.count("</tr>") >= 1


def test_a_thousand_long_names_make_no_long_message(alice: User) -> None:
    fleet = Fleet(alice, 60)
    Server.objects.update(name="x" * 100)
    everything(fleet)
    for row in Notification.objects.all():
        assert len(row.title) <= 200
        assert len(row.description) < 6000
        assert len(str(row.meta)) < 12_000
