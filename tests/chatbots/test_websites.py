"""Websites in a chat: how they are, and what is open there."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.chatbots.conftest import incoming, make_server
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Silence
from virtadmin.alerting.subject import subject_of
from virtadmin.chatbots.contract import Reply
from virtadmin.chatbots.conversation import hear
from virtadmin.notifications.models import BotUserLink
from virtadmin.websites.models import Url, UrlState


def say(text: str = "", **more: Any) -> Reply:
    reply = hear(incoming(text, **more), timezone.now())
    assert reply is not None
    return reply


def make_url(owner: User, host: str, status: str = "up", **fields: Any) -> Url:
    made = Url.objects.create(owner=owner, uri=f"https://{host}.example.org/", **fields)
    seen = {"response_time": 84.6, "status_code": 200} if status == "up" else {}
    UrlState.objects.create(url=made, status=status, **seen)
    return made


def make_incident(url: Url, kind: str = "url_down", **more: Any) -> Incident:
    opened = timezone.now() - timedelta(minutes=5)
    told = {"level": "critical", "reason": "The server answered 503.", **more}
    return Incident.objects.create(url=url, kind=kind, open_key=subject_of(url).key(kind), opened=opened, **told)


def test_status_counts_websites_beside_servers(alice: User, link: BotUserLink) -> None:
    make_url(alice, "one")
    assert say("/status").text == "Your website is up. Nothing is open."
    make_server(alice, "web1")
    shop = make_url(alice, "shop", "down")
    incident = make_incident(shop)
    told = say("/status")
    assert told.text == (
        "Your server is up. 2 websites: 1 up, 1 down.\n\n1 incident is open:\n"
        f"• #{incident.pk} shop.example.org: down (the server answered 503), for 5 min"
    )
    assert told.buttons == [[("Acknowledge", f"ack:{incident.pk}"), ("Silence 1 h", f"silence:{incident.pk}")]]


def test_websites_are_listed_the_troubled_first(alice: User, charlie: User, link: BotUserLink) -> None:
    assert say("/websites").text == "No website is watched yet for you."
    make_url(alice, "a")
    make_url(alice, "b", "pending")
    make_url(alice, "c", "down")
    UrlState.objects.filter(status="down").update(status_code=503)
    make_url(alice, "d", enabled=False)
    make_url(charlie, "foreign")
    assert say("sites", slash=False).text.splitlines() == [
        "• b.example.org: waiting for its first check",
        "• c.example.org: down, HTTP 503",
        "• a.example.org: up, HTTP 200, 85 ms",
        "• d.example.org: paused",
    ]


@pytest.mark.parametrize(
    ("level", "said"), [("warning", "certificate expires 20 Jan 2027"), ("critical", "certificate has expired")]
)
def test_a_certificate_is_said_with_its_end(alice: User, link: BotUserLink, level: str, said: str) -> None:
    context = {"expires": 1_800_432_000.0}
    make_incident(make_url(alice, "shop"), "certificate_expiry", level=level, value=5.0, context=context)
    assert f"shop.example.org: {said}, for 5 min" in say("/incidents").text


def test_the_buttons_acknowledge_and_silence(alice: User, link: BotUserLink) -> None:
    incident = make_incident(make_url(alice, "shop", "down"))
    assert say(data=f"ack:{incident.pk}").text.startswith("Acknowledged: nobody is reminded")
    told = say(data=f"silence:{incident.pk}")
    assert told.text.endswith("(shop.example.org: down (the server answered 503))")
    assert Silence.objects.get().url == incident.url
