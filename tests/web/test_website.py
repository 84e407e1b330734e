"""A website's page, and what is done there."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.web.conftest import SignIn
from tests.web.sites import certificate, checked, days, responses
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Silence
from virtadmin.core.errors import Conflict
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url

ROUTES = ("", "edit/", "pause/", "check/", "silence/", "remove/")
DEEDS: dict[str, dict[str, str]] = {
    "edit/": {"uri": "https://shop.example.org/", "interval": "60", "timeout": "10", "confirmations": "3",
              "method": "GET"},
    "pause/": {"enabled": "0"}, "check/": {}, "silence/": {"seconds": "3600"}, "remove/": {},
}  # fmt: skip


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of tasks that were sent, instead of the broker."""
    seen: list[str] = []
    monkeypatch.setattr("virtadmin.servers.dispatch.current_app.send_task", lambda name, *_, **__: seen.append(name))
    return seen


@pytest.fixture
def shop(alice: User, bob: User, web1: Server, now: datetime) -> Url:
    """Alice's, shared with Bob (a viewer) and his group."""
    hop = {"uri": "http://shop.example.org/", "status": 301, "to": "https://shop.example.org/"}
    made = checked(
        alice, "https://shop.example.org/", now, name="Shop", server=web1, tags=("sale",), shown=certificate(now),
        redirects=(hop,), fields={"text_present": "Welcome"},
    )  # fmt: skip
    made.groups.set(Group.objects.filter(name="web people"))
    days(made, now, 40, outages={3: 240, 9: 20_000})
    return made


@pytest.fixture
def operator(alice: User, charlie: User, web1: Server) -> User:
    """Charlie, in the group it is shared with."""
    charlie.groups.add(*Group.objects.filter(name="web people"))
    return charlie


def page_of(client: Client, url: Url) -> str:
    answer = client.get(f"/websites/{url.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_shows_all_that_is_known(alice: User, shop: Url, sign_in: SignIn) -> None:
    page = page_of(sign_in(alice), shop)
    for text in (
        "<b>up</b>", " s ago<", "<b>200</b> OK", "in 112 ms", "203.0.113.10", "Look up the name", "4.2 ms",
        "Redirects, and reading the page", "answered 301 and led to", "60 days left", "www.shop.example.org",
        "R11, Let&#x27;s Encrypt", "EC P-256, TLSv1.3", "Must be there", "Welcome", ">web1</a>", "?tag=sale",
        "web people", "Today", "365 days", "down for 5 h 33 min",
    ):  # fmt: skip
        assert text in page, text
    assert page.count('class="day ') == 90
    assert page.count(' tabindex="-1"') == 89


def test_of_one_that_was_never_checked_it_says_so(alice: User, now: datetime, sign_in: SignIn) -> None:
    fresh = checked(alice, "https://new.example/", now, status="pending", last_check=None, phases={})
    page = page_of(sign_in(alice), fresh)
    assert "Its first check is on its way." in page
    assert "Not seen yet." in page
    assert "None yet." in page


def test_of_one_without_encryption_it_says_that_there_is_no_certificate(
    alice: User, now: datetime, sign_in: SignIn
) -> None:
    assert "this address is not encrypted" in page_of(sign_in(alice), checked(alice, "http://a.example/", now))


def test_of_one_that_is_down_it_says_why_and_what_to_do(alice: User, now: datetime, sign_in: SignIn) -> None:
    down = checked(
        alice, "https://down.example/", now, status="down", status_code=None, response_time=None,
        status_reason="connect_timeout: No answer within 10 s.", shown=certificate(now, trusted=False),
    )  # fmt: skip
    page = page_of(sign_in(alice), down)
    for text in ("No answer within 10 s.", "The machine may be off", "<b>No answer</b>", "Until it failed",
                 "The hub does not know who issued it."):  # fmt: skip
        assert text in page


@pytest.mark.parametrize("part", ["now", "days", "incidents", "certificate"])
def test_each_part_comes_alone_when_it_is_asked_for(part: str, alice: User, shop: Url, sign_in: SignIn) -> None:
    headers = {"HX-Request": "true", "HX-Target": f"section#{part}"}
    text = sign_in(alice).get(f"/websites/{shop.pk}/", headers=headers).content.decode()
    assert text.strip().startswith(f'<section id="{part}"')
    assert "<html" not in text


def test_its_charts_are_asked_for_by_range_and_read_without_scripts(
    alice: User, shop: Url, now: datetime, sign_in: SignIn
) -> None:
    responses(shop, now, hours=2, usual=100.0)
    client = sign_in(alice)
    page = page_of(client, shop)
    for name in ("response_time", "availability"):
        assert f"&quot;metric&quot;: &quot;{name}&quot;" in page
    assert f'data-source="/api/urls/{shop.pk}/history/"' in page
    point = json.loads(unescape(page.partition('data-newest="')[2].partition('"')[0]))
    assert point == {"time": int(now.timestamp()) - 12, "availability": 100.0, "response_time": 112.4}
    numbers = client.get(f"/websites/{shop.pk}/?range=1h&numbers=1").content.decode()
    assert '<td class="n mean">100 %</td>' in numbers
    assert '<td class="n most">1' in numbers


def test_its_incidents_are_listed_the_open_ones_first(alice: User, shop: Url, now: datetime, sign_in: SignIn) -> None:
    make: Callable[..., Any] = Incident.objects.create
    make(url=shop, kind="url_down", level="critical", reason="It was away.", opened=now, closed=now)
    make(url=shop, kind="url_down", level="critical", reason="It is away.", opened=now - timedelta(days=1),
         open_key=f"url:{shop.pk}:url_down")  # fmt: skip
    page = page_of(sign_in(alice), shop)
    assert page.index("It is away.") < page.index("It was away.")
    assert "Acknowledge" in page
    assert f'href="/websites/{shop.pk}/">Shop</a>' in sign_in(alice).get("/incidents/").content.decode()


def test_the_page_costs_few_queries(alice: User, shop: Url, sign_in: SignIn) -> None:
    client = sign_in(alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/websites/{shop.pk}/")
        count = len(queries)
    assert count <= 18


def test_secrets_are_not_even_read(alice: User, shop: Url, sign_in: SignIn) -> None:
    Url.objects.filter(pk=shop.pk).update(username="monitor", password="top-secret", secret_header_names=["X-Key"])
    page = page_of(sign_in(alice), shop)
    assert "X-Key (secret)" in page
    assert "top-secret" not in page


def test_it_is_paused_and_resumed(alice: User, shop: Url, sent: list[str], sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert client.post(f"/websites/{shop.pk}/pause/", {"enabled": "0"}).headers["Location"] == f"/websites/{shop.pk}/"
    page = page_of(client, shop)
    assert "<b>paused</b>" in page
    assert "Check now" not in page
    client.post(f"/websites/{shop.pk}/pause/", {"enabled": "1"})
    assert Url.objects.get().enabled


@pytest.mark.django_db(transaction=True)
def test_it_is_checked_now(alice: User, shop: Url, sent: list[str], sign_in: SignIn) -> None:
    client = sign_in(alice)
    page = client.post(f"/websites/{shop.pk}/check/", follow=True).content.decode()
    assert "It is checked now" in page
    assert sent == ["collector.check_url_now"]
    Url.objects.update(enabled=False)
    assert "paused: resume it first" in client.post(f"/websites/{shop.pk}/check/", follow=True).content.decode()


@pytest.mark.parametrize(("seconds", "hours"), [("3600", 1), ("28800", 8), ("", None), ("nonsense", 1)])
def test_it_is_silenced_for_a_time_and_told_of_again(
    seconds: str, hours: int | None, alice: User, shop: Url, sign_in: SignIn
) -> None:
    client = sign_in(alice)
    client.post(f"/websites/{shop.pk}/silence/", {"seconds": seconds})
    silence = Silence.objects.get()
    assert (silence.url, silence.kind, silence.owner) == (shop, "", alice)
    if hours is None:
        assert silence.ends is None
    else:
        assert silence.ends
        assert silence.ends - timezone.now() == pytest.approx(timedelta(hours=hours), abs=timedelta(minutes=1))
    assert "It is silenced until" in page_of(client, shop)
    page = client.post(f"/websites/{shop.pk}/silence/", {"end": "1"}, follow=True).content.decode()
    assert "You are told of it again." in page
    assert "Silence it for" in page


def test_a_silence_of_its_server_is_told_and_ended_where_it_was_made(
    alice: User, shop: Url, now: datetime, sign_in: SignIn
) -> None:
    Silence.objects.create(owner=alice, server=shop.server, starts=now - timedelta(minutes=1))
    client = sign_in(alice)
    page = page_of(client, shop)
    assert "It is silenced until somebody ends it" in page
    assert "Tell again" not in page
    assert 'href="/silences/"' in page
    client.post(f"/websites/{shop.pk}/silence/", {"end": "1"})
    assert Silence.objects.get().ends is None


def test_what_a_service_refuses_is_said(
    alice: User, shop: Url, sent: list[str], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise Conflict("This website was deleted meanwhile.")

    monkeypatch.setattr("virtadmin.web.views.website_deeds.url_update", gone)
    page = sign_in(alice).post(f"/websites/{shop.pk}/pause/", {"enabled": "0"}, follow=True).content.decode()
    assert "was deleted meanwhile" in page


def test_maintenance_is_told_and_cannot_be_ended_here(alice: User, shop: Url, now: datetime, sign_in: SignIn) -> None:
    start = now - timedelta(minutes=5)
    MaintenanceWindow.objects.create(
        owner=alice, name="now", url=shop, zone="UTC", date=start.date(), start=start.time(), minutes=60
    )
    page = page_of(sign_in(alice), shop)
    assert "It is in maintenance until" in page
    assert "Tell again" not in page


def test_it_is_removed_after_a_question(alice: User, shop: Url, sent: list[str], sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert "there is no way back" in client.get(f"/websites/{shop.pk}/remove/").content.decode()
    assert Url.objects.exists()
    page = client.post(f"/websites/{shop.pk}/remove/", follow=True).content.decode()
    assert "Shop is removed" in page
    assert not Url.objects.exists()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_stranger_finds_nothing(route: str, verb: str, charlie: User, shop: Url, sign_in: SignIn) -> None:
    answer = getattr(sign_in(charlie), verb)(f"/websites/{shop.pk}/{route}", DEEDS.get(route, {}))
    assert answer.status_code == (405 if verb == "get" and route in ("pause/", "check/", "silence/") else 404)
    assert Url.objects.get().enabled
    assert not Silence.objects.exists()


@pytest.mark.parametrize("route", DEEDS)
def test_a_viewer_reads_and_changes_nothing(route: str, bob: User, shop: Url, sign_in: SignIn) -> None:
    client = sign_in(bob)
    page = page_of(client, shop)
    for word in ("Pause", "Edit", "Remove", "Check now", "Silence it for"):
        assert word not in page
    assert client.post(f"/websites/{shop.pk}/{route}", DEEDS[route]).status_code == 403
    if route in ("edit/", "remove/"):
        assert client.get(f"/websites/{shop.pk}/{route}").status_code == 403
    assert Url.objects.get().enabled
    assert client.get("/websites/add/").status_code == client.post("/websites/add/", {"uri": "x"}).status_code == 403


@pytest.mark.parametrize("route", DEEDS)
def test_an_operator_it_is_shared_with_may_do_everything(
    route: str, operator: User, shop: Url, sent: list[str], sign_in: SignIn
) -> None:
    client = sign_in(operator)
    assert "Silence it for" in page_of(client, shop)
    if route in ("edit/", "remove/"):
        assert client.get(f"/websites/{shop.pk}/{route}").status_code == 200
    assert client.post(f"/websites/{shop.pk}/{route}", DEEDS[route]).status_code == 302


@pytest.mark.parametrize("route", ["", "add/", *(f"1/{route}" for route in ROUTES)])
def test_nobody_gets_in_without_signing_in(route: str, db: None) -> None:
    for verb in ("get", "post"):
        answer = getattr(Client(), verb)(f"/websites/{route}")
        assert answer.status_code in (302, 405)
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith("/login/")


def test_the_page_of_a_server_lists_its_websites_and_offers_another(
    alice: User, bob: User, web1: Server, shop: Url, now: datetime, sign_in: SignIn
) -> None:
    checked(alice, "https://elsewhere.example/", now)
    page = sign_in(alice).get(f"/servers/{web1.pk}/").content.decode()
    assert f'<a href="/websites/{shop.pk}/">Shop</a> up, 112 ms' in page
    assert f'href="/websites/add/?server={web1.pk}"' in page
    assert f'href="/websites/?server={web1.pk}"' in page
    assert "elsewhere" not in page
    shop.groups.clear()
    assert "Websites on it" not in sign_in(bob).get(f"/servers/{web1.pk}/").content.decode()
    shop.delete()
    assert "Add one</a>" in sign_in(alice).get(f"/servers/{web1.pk}/").content.decode()


def test_a_server_that_is_not_shared_is_not_named(bob: User, web1: Server, shop: Url, sign_in: SignIn) -> None:
    assert "Runs on" in page_of(sign_in(bob), shop)
    web1.groups.clear()
    page = page_of(sign_in(bob), shop)
    assert "Runs on" not in page
    assert "web1" not in page


def test_what_waits_for_its_first_check_asks_once_more_as_soon_as_the_page_listens(
    alice: User, shop: Url, now: datetime, sign_in: SignIn
) -> None:
    """The check may be over before the live stream stands, and the next news comes a minute later."""
    fresh = checked(alice, "https://new.example/", now, status="pending", last_check=None, phases={})
    client = sign_in(alice)
    assert "data-soon" in client.get(f"/websites/{fresh.pk}/").content.decode()
    assert "data-soon" not in client.get(f"/websites/{shop.pk}/").content.decode()
