"""Incidents of websites and rules for websites, in pages and the admin site."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.web.conftest import SignIn
from tests.web.test_admin import address
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence
from virtadmin.alerting.subject import subject_of
from virtadmin.servers.models import Server
from virtadmin.web.incidents import sentence
from virtadmin.websites.models import Url, UrlState


@pytest.fixture
def shop(alice: User) -> Url:
    """Alice's."""
    made = Url.objects.create(owner=alice, uri="https://shop.example.org/", name="the <shop>")
    UrlState.objects.create(url=made, status="down")
    return made


@pytest.fixture
def down(shop: Url) -> Incident:
    """It is."""
    return Incident.objects.create(
        url=shop, kind="url_down", level="critical", open_key=subject_of(shop).key("url_down"),
        reason="The server answered 503.", hint="Look at its log.",
    )  # fmt: skip


def test_the_list_shows_websites_and_finds_them(alice: User, down: Incident, web1: Server, sign_in: SignIn) -> None:
    Incident.objects.create(server=web1, kind="lost", level="critical")
    client = sign_in(alice)
    page = client.get("/incidents/").content.decode()
    assert f'<a href="/websites/{down.url_id}/">the &lt;shop&gt;</a>: Down: The server answered 503.' in page
    assert "Look at its log." in page
    assert f'href="/servers/{web1.pk}/"' in page
    for query in ("shop.example", "kind", "the+shop"):
        found = client.get(f"/incidents/?{'kind=url_down' if query == 'kind' else f'q={query}'}").content.decode()
        assert "The server answered 503." in found
        assert "Lost" not in found.partition('id="incidents"')[2]


def test_it_is_acknowledged_and_silenced_by_its_buttons(alice: User, down: Incident, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert client.post(f"/incidents/{down.pk}/acknowledge/").status_code == 302
    assert Incident.objects.get().acknowledged_by == alice
    client.post(f"/incidents/{down.pk}/silence/", {"seconds": "3600"})
    assert Silence.objects.get().url == down.url
    assert "silenced until" in client.get("/incidents/").content.decode()


@pytest.mark.parametrize(
    ("level", "days", "is_open", "said"),
    [
        ("warning", 5, True, "Its certificate expires in 5 days"),
        ("critical", -1, True, "Its certificate has expired"),
        ("warning", 90, False, "Its certificate was about to expire"),
        ("critical", 90, False, "Its certificate expired"),
    ],
)
def test_what_is_said_of_a_certificate(level: str, days: int, is_open: bool, said: str) -> None:
    expires = (timezone.now() + timedelta(days=days)).timestamp()
    row = Incident(
        url_id=1, kind="certificate_expiry", level=level, context={"expires": expires},
        open_key="url:1:certificate_expiry" if is_open else None,
    )  # fmt: skip
    assert sentence(row) == said


@pytest.mark.parametrize("reason", ["", "It is away."])
def test_what_is_said_of_one_that_is_down(reason: str) -> None:
    assert sentence(Incident(url_id=1, kind="url_down", reason=reason)) == ("Down: It is away." if reason else "Down")


def test_rules_for_a_website_are_made_and_shown(alice: User, shop: Url, sign_in: SignIn) -> None:
    client = sign_in(alice)
    bodies: dict[str, dict[str, Any]] = {
        "silences": {"seconds": "3600"},
        "maintenance": {"name": "night", "weekdays": ["sun"], "start": "02:30", "minutes": "60", "zone": "UTC"},
        "recipients": {"users": [alice.pk]},
    }
    for page, body in bodies.items():
        assert client.post(f"/{page}/", {**body, "url": shop.pk}).status_code == 302, page
        assert "the &lt;shop&gt;" in client.get(f"/{page}/").content.decode()
    rules: tuple[Any, ...] = (Silence, MaintenanceWindow, Recipients)
    assert [rule.objects.get().url for rule in rules] == [shop] * 3
    MaintenanceWindow.objects.update(url=None)
    assert "all servers and websites of alice" in client.get("/maintenance/").content.decode()


def test_strangers_are_not_offered_it(charlie: User, shop: Url, sign_in: SignIn) -> None:
    client = sign_in(charlie)
    assert "shop" not in client.get("/silences/").content.decode()
    assert client.post("/silences/", {"url": shop.pk, "seconds": "3600"}).status_code == 422


def test_the_admin_site_shows_it_and_makes_rules_for_it(admin_person: User, down: Incident, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    for query in ("", "?q=shop.example", f"?url__id__exact={down.url_id}"):
        assert "the &lt;shop&gt;" in client.get(address(Incident) + query).content.decode()
    client.post(address(Incident), {"action": "acknowledge", "_selected_action": [down.pk]})
    assert Incident.objects.get().acknowledged_by == admin_person
    when = {"starts_0": "2026-11-22", "starts_1": "12:00:00"}
    client.post(address(Silence, "add"), {"url": down.url_id, **when})
    assert Silence.objects.get().url == down.url
    assert "the &lt;shop&gt;" in client.get(address(Silence)).content.decode()
