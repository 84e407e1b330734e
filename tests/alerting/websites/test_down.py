"""Websites that go down and come back: incidents, messages, and what holds them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.alerting.fleet import Fleet
from tests.alerting.sites import Sites
from virtadmin.accounts.models import User
from virtadmin.alerting.attending import incident_acknowledge
from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.rules.silences import incident_silence
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server, ServerState
from virtadmin.websites.models import Url, UrlState

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def home(alice: User) -> Fleet:
    """Alice's server, for websites to run on."""
    return Fleet(alice)


def on(home: Fleet, count: int = 1) -> Sites:
    """Websites that run there."""
    return Sites(home.owner, count, server_id=home.ids[0])


def test_it_is_told_once_that_it_is_down_and_once_that_it_is_up(alice: User) -> None:
    sites = Sites(alice)
    for _ in range(3):
        sites.fall()
        sites.wait(60)
    incident = Incident.objects.get()
    assert (incident.subject, incident.level, incident.open_key) == (
        ("url", sites.ids[0]), "critical", f"url:{sites.ids[0]}:url_down",
    )  # fmt: skip
    sites.see(down=None)
    assert Incident.objects.filter(closed=None).exists(), "what is not decided changes nothing"
    for _ in range(2):
        sites.see()
        sites.wait(60)
    assert sites.titles() == ["shop000.example.org is down: HTTP 503", "Recovered: shop000.example.org is up again"]
    down, up = sites.told()
    assert (down.level, up.level, up.meta["severity"]) == ("critical", "recovery", "critical")
    assert down.url_id == up.url_id == sites.ids[0]
    assert down.server is None
    assert down.thread == up.thread
    assert down.meta["incident"] == incident.pk


def test_what_is_paused_or_deleted_is_nobodys_business(alice: User) -> None:
    sites = Sites(alice, 2)
    Url.objects.filter(pk=sites.ids[0]).update(enabled=False)
    Url.objects.filter(pk=sites.ids[1]).delete()
    sites.fall()
    assert not Incident.objects.exists()


def test_pausing_ends_it_quietly_and_drops_what_was_to_be_told(alice: User) -> None:
    sites = Sites(alice, 2)
    sites.fall(sites.ids[:1])
    sites.wait(5)
    sites.fall(sites.ids[1:])
    for url in Url.objects.all():
        url.enabled = False
        url.save(update_fields=["enabled"])
    sites.wait(120)
    assert len(sites.titles()) == 1
    assert [row.ending for row in Incident.objects.all()] == ["paused", "paused"]
    assert not Telling.objects.filter(state__in=Telling.PENDING).exists()


def test_three_hundred_dead_websites_are_three_messages_and_their_return_too(alice: User) -> None:
    sites = Sites(alice, 300)
    for start in range(0, 300, 25):  # spread over a minute, as checks are
        sites.fall(sites.ids[start : start + 25])
        sites.wait(5)
    sites.wait(120)
    down = sites.titles()
    assert len(down) <= 3
    assert down[0] == "25 websites are down"
    for start in range(0, 300, 25):
        sites.see(sites.ids[start : start + 25])
        sites.wait(5)
    sites.wait(120)
    assert len(sites.titles()) - len(down) <= 3
    told = [pk for row in sites.told() for pk in row.meta["incidents"]]
    assert sorted(told) == sorted([*Incident.objects.values_list("pk", flat=True)] * 2)


def test_good_news_wait_for_no_bad_news(alice: User) -> None:
    sites = Sites(alice, 3)
    sites.fall(sites.ids[:1])
    sites.wait(5)
    sites.fall(sites.ids[1:])
    sites.see(sites.ids[:1])
    assert sites.titles()[1:] == ["Recovered: shop000.example.org is up again"]
    sites.wait(30)
    assert sites.titles()[2:] == ["2 websites are down: shop001.example.org, shop002.example.org"]


def test_websites_and_servers_do_not_slow_each_other(alice: User, home: Fleet) -> None:
    home.lose(home.ids)
    sites = Sites(alice)
    sites.fall()
    assert sites.titles() == ["s000 is down: timeout", "shop000.example.org is down: HTTP 503"]


def test_what_runs_on_a_lost_server_is_held_until_that_is_back_and_half_a_minute(
    home: Fleet, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sites = on(home, 2)
    home.lose(home.ids)
    sites.fall(stage="connect_timeout")
    sites.see(expires=sites.now + 86_400, down=True)
    sites.wait(60)
    assert sites.titles() == ["s000 is down: timeout"]
    assert {*Telling.objects.filter(state="held").values_list("hold", flat=True)} == {"lost"}
    home.now = sites.now
    with django_capture_on_commit_callbacks(execute=True):
        home.find(home.ids)
    assert {*UrlState.objects.values_list("retry_at", flat=True)} == {sites.now}, "they are asked at once"
    sites.see(sites.ids[:1], expires=sites.now + 86_400)
    sites.wait(20)
    assert [title for title in sites.titles() if "is down" in title] == ["s000 is down: timeout"]
    sites.wait(20)
    assert sites.titles()[-1] == "shop001.example.org is down: connect timeout"


def test_what_runs_on_a_server_that_hangs_on_a_lost_one_is_held_too(alice: User, home: Fleet) -> None:
    sites = on(home)
    gateway = Server.objects.create(owner=alice, name="gate", ip_address="gate.example.org")
    ServerState.objects.create(server=gateway, status="up")
    Server.objects.filter(pk=home.ids[0]).update(parent=gateway)
    home.lose([gateway.pk])
    sites.fall()
    sites.wait(5)
    assert Telling.objects.get(incident__url=sites.ids[0]).hold == "parent"


def test_its_server_is_asked_before_it_is_told_that_it_does_not_answer(
    home: Fleet, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sites = on(home)
    with django_capture_on_commit_callbacks(execute=True):
        sites.fall(stage="connect_timeout")
    assert ServerState.objects.get().retry_at == sites.now
    sites.wait(5)
    home.now = sites.now
    home.lose(home.ids)
    sites.wait(60)
    assert sites.titles() == ["s000 is down: timeout"]


def test_a_server_that_answers_clears_its_website_to_be_told(home: Fleet) -> None:
    sites = on(home)
    sites.fall(stage="connect_timeout")
    sites.wait(5)
    assert sites.titles() == []
    ServerState.objects.update(last_update=sites.at)
    sites.wait(5)
    assert sites.titles() == ["shop000.example.org is down: connect timeout"]


def test_an_answer_that_is_wrong_waits_for_no_server(home: Fleet) -> None:
    sites = on(home)
    sites.fall()
    assert sites.titles() == ["shop000.example.org is down: HTTP 503"]


def test_while_the_hub_is_cut_off_websites_are_held(
    alice: User, settings: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    settings.HUB_CHECK_ADDRESS = "nowhere.invalid:1"
    fleet, sites = Fleet(alice, 6), Sites(alice, 3)
    fleet.lose(fleet.ids)
    sites.fall(stage="dns")
    sites.wait(30)
    assert Outage.objects.get().cut_off
    assert len(sites.titles()) == 1
    assert {*Telling.objects.filter(incident__kind="url_down").values_list("hold", flat=True)} == {"cut_off"}
    fleet.now = sites.now
    with django_capture_on_commit_callbacks(execute=True):
        fleet.find(fleet.ids)
    assert UrlState.objects.exclude(retry_at=None).count() == 3
    sites.see(sites.ids[:2])
    sites.wait(60)
    assert sites.titles()[2:] == ["shop002.example.org is down: DNS"]


def test_acknowledged_it_is_not_repeated_and_the_others_hear_who_does(alice: User, bob: User, team: Any) -> None:
    sites = Sites(alice)
    Url.objects.get().groups.add(team)
    sites.fall()
    incident_acknowledge(incident=Incident.objects.get(), actor=alice)
    sites.wait(5 * 3600, every=600)
    assert len(sites.titles()) == 1
    assert sites.titles(bob) == [
        "shop000.example.org is down: HTTP 503",
        "alice looks after shop000.example.org: website down",
    ]
    assert "Incidents: " in sites.told(bob)[1].description


def test_silenced_it_is_told_afterwards_if_it_is_still_down(alice: User) -> None:
    sites = Sites(alice)
    sites.fall()
    sites.see()
    silence = incident_silence(incident=Incident.objects.get(), actor=alice, seconds=3600)
    assert (silence.url_id, silence.server, silence.kind) == (sites.ids[0], None, "url_down")
    assert incident_silence(incident=Incident.objects.get(), actor=alice, seconds=7200) == silence
    silence.starts = sites.at
    silence.ends = sites.at.replace(hour=10)
    silence.save()
    sites.wait(40)
    sites.fall()
    sites.wait(60)
    assert len(sites.titles()) == 2
    assert Telling.objects.filter(state="held", hold="silenced").exists()
    sites.wait(7200, every=600)
    assert sites.titles()[2:] == ["shop000.example.org is down: HTTP 503"]


def test_a_reminder_comes_like_that_of_a_server(alice: User) -> None:
    sites = Sites(alice)
    sites.fall()
    sites.wait(4 * 3600, every=3600)
    assert sites.titles()[1:] == ["Still open after 4 h: shop000.example.org is down: HTTP 503"]
    message = sites.told()[1]
    assert message.meta["page"] == "/incidents/"
    assert "\nIncidents: " in message.description


def test_a_quiet_batch_is_one_query_and_hundreds_of_dead_websites_a_bounded_number(
    alice: User, django_assert_num_queries: Callable[..., Any], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    sites = Sites(alice, 300)
    with django_assert_num_queries(1):
        sites.see()
    with django_assert_max_num_queries(50):
        sites.fall()
    assert Incident.objects.count() == 300
    assert Notification.objects.count() == 1
