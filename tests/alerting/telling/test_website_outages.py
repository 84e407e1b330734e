"""Most websites give no answer at once: one message, and the hub's own network is looked at."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.alerting.fleet import Fleet
from tests.alerting.sites import Sites
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.servers.models import ServerState
from virtadmin.websites.models import Url, UrlState

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def network(settings: Any) -> Iterator[None]:
    """What tells the hub that its own network works: it does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.HUB_CHECK_ADDRESS = f"127.0.0.1:{listener.getsockname()[1]}"
        yield


@pytest.fixture
def no_network(settings: Any) -> None:
    settings.HUB_CHECK_ADDRESS = "nowhere.invalid:1"


def silent(sites: Sites, ids: list[int] | None = None, stage: str = "dns") -> None:
    """They give no answer any more."""
    told = sites.ids if ids is None else ids
    sites.fall(told, stage=stage, status=None, reason="The name cannot be looked up.")
    UrlState.objects.filter(url_id__in=told).update(status="down", failures=3)


def back(sites: Sites, ids: list[int]) -> None:
    sites.see(ids)
    UrlState.objects.filter(url_id__in=ids).update(status="up", failures=0)


def test_a_hub_that_is_cut_off_from_its_websites_says_so_once_and_when_it_is_over(
    alice: User, no_network: None
) -> None:
    sites = Sites(alice, 30)
    for start, end, stage in ((0, 20, "dns"), (20, 25, "connect_timeout"), (25, 30, "unreachable")):
        silent(sites, sites.ids[start:end], stage)
        sites.wait(5)
    assert sites.titles() == [], "it waits until no more come"
    sites.wait(600, every=30)
    assert sites.titles() == ["test-hub is cut off: 30 websites cannot be reached"]
    [told] = sites.told()
    assert told.level == "critical"
    assert told.description.startswith(
        "test-hub itself is cut off: it gets no answer from 30 of its websites, nor from what tells it whether its own "
        "network works. The websites may well be up. Look at the hub's network first.\n\nSince: "
    )
    assert "\n- shop000.example.org (https://shop000.example.org/): DNS, since " in told.description
    assert "\n- and 10 more\n" in told.description
    back(sites, sites.ids[:20])
    sites.wait(300)
    assert sites.titles()[1:] == ["Recovered: test-hub is connected again, 20 websites are up, 10 still are not"]
    back(sites, sites.ids[20:])
    sites.wait(300)
    assert sites.titles()[2:] == ["Recovered: test-hub is connected again, 10 websites are up"]
    assert {*Telling.objects.values_list("state", flat=True)} == {"told"}


def test_if_its_network_works_it_says_what_else_it_may_be(alice: User, network: None) -> None:
    sites = Sites(alice, 6)
    silent(sites)
    sites.wait(60)
    assert sites.titles() == ["6 websites went down at the same time"]
    assert "The hub's own network answers, so look for what these websites share" in sites.told()[0].description
    back(sites, sites.ids)
    sites.wait(60)
    assert sites.titles()[1:] == ["Recovered: 6 websites are up again"]


@pytest.mark.parametrize(
    ("count", "falling", "stage"),
    [(4, 4, "dns"), (12, 6, "dns"), (6, 6, "status"), (6, 6, "refused")],
    ids=["too few", "half of them", "a wrong answer", "a refusal, which is an answer"],
)
def test_what_is_no_outage(alice: User, no_network: None, count: int, falling: int, stage: str) -> None:
    sites = Sites(alice, count)
    silent(sites, sites.ids[:falling], stage=stage)
    assert not Outage.objects.exists()
    assert len(sites.titles()) == 1, "the first is told at once, or all of them"


def test_private_websites_make_none_and_count_for_none(alice: User, no_network: None) -> None:
    sites = Sites(alice, 15)
    Url.objects.filter(pk__in=sites.ids[:9]).update(uri="http://192.168.1.9/")
    silent(sites, sites.ids[:9])
    assert not Outage.objects.exists()
    silent(sites, sites.ids[9:])
    assert Outage.objects.get().of_websites


def test_what_went_long_ago_is_not_counted(alice: User, no_network: None) -> None:
    sites = Sites(alice, 6)
    for pk in sites.ids:
        silent(sites, [pk])
        sites.wait(61)
    assert not Outage.objects.exists()


def test_those_on_a_lost_server_make_none(alice: User, no_network: None) -> None:
    home = Fleet(alice)
    sites = Sites(alice, 8, server_id=home.ids[0])
    home.lose(home.ids)
    silent(sites, stage="connect_timeout")
    sites.wait(200)
    assert not Outage.objects.exists()
    assert sites.titles() == ["s000 is down: timeout"]


def test_an_outage_of_servers_tells_it_for_the_websites_too(alice: User, no_network: None) -> None:
    fleet, sites = Fleet(alice, 6), Sites(alice, 8)
    silent(sites)
    sites.wait(5)
    fleet.now = sites.now
    fleet.lose(fleet.ids)
    sites.wait(120)
    assert sites.titles() == ["test-hub is cut off: 6 servers cannot be reached"]
    silent(sites)
    assert [row.of_websites for row in Outage.objects.all()] == [False]
    fleet.now = sites.now
    fleet.find(fleet.ids[:1])
    sites.wait(120)
    [_, *later] = sites.titles()
    assert sorted(later) == ["8 websites are down", "Recovered: s000 is up again"], (
        "they are held until one server answers, not until all do"
    )


def test_while_servers_seem_to_go_too_it_waits_for_them(alice: User, no_network: None) -> None:
    fleet, sites = Fleet(alice, 6), Sites(alice, 6)

    ServerState.objects.update(failures=1)
    silent(sites)
    sites.wait(60)
    assert sites.titles() == []
    assert fleet.ids
    sites.wait(180)
    assert sites.titles() == ["test-hub is cut off: 6 websites cannot be reached"]


def test_all_others_are_checked_when_it_begins_and_when_one_is_up_again(
    alice: User, network: None, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sites = Sites(alice, 9)
    with django_capture_on_commit_callbacks(execute=True):
        silent(sites, sites.ids[:6])
    assert {*UrlState.objects.filter(retry_at=sites.now).values_list("url_id", flat=True)} == {*sites.ids[6:]}
    sites.wait(30)
    with django_capture_on_commit_callbacks(execute=True):
        back(sites, sites.ids[:1])
    assert {*UrlState.objects.filter(retry_at=sites.now).values_list("url_id", flat=True)} == {*sites.ids[1:6]}


def test_others_that_are_down_are_held_while_it_is_cut_off(alice: User, no_network: None) -> None:
    sites = Sites(alice, 8)
    silent(sites, sites.ids[:7])
    sites.wait(30)
    sites.fall(sites.ids[7:])
    sites.wait(60)
    assert len(sites.titles()) == 1
    assert Incident.objects.get(url=sites.ids[7]).tellings.get().hold == "cut_off"
    back(sites, sites.ids[:7])
    sites.wait(60)
    assert "shop007.example.org is down: HTTP 503" in sites.titles()
