"""Most servers lost at once, and back: few messages, and the hub's own network is looked at."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.telling.outage import is_outage
from virtadmin.servers.models import Server, ServerState

State = Telling.State


@pytest.fixture
def network(settings: Any) -> Iterator[socket.socket]:
    """What tells the hub that its own network works: it does, until this is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.HUB_CHECK_ADDRESS = f"127.0.0.1:{listener.getsockname()[1]}"
        yield listener


@pytest.fixture
def no_network(settings: Any) -> None:
    """What is to tell the hub that its own network works cannot be found."""
    settings.HUB_CHECK_ADDRESS = "nowhere.invalid:1"


Losses = list[list[int]]


def at_once(ids: list[int]) -> Losses:
    return [ids]


def in_batches(ids: list[int]) -> Losses:
    return [ids[:250], ids[250:]]


def bit_by_bit(ids: list[int]) -> Losses:
    return [ids[start : start + 10] for start in range(0, len(ids), 10)]


@pytest.mark.parametrize("course", [at_once, in_batches, bit_by_bit])
def test_five_hundred_servers_lost_and_back_are_three_messages_at_most(
    alice: User, network: socket.socket, course: Callable[[list[int]], Losses]
) -> None:
    fleet = Fleet(alice, 500)
    for ids in course(fleet.ids):
        fleet.lose(ids)
        fleet.wait(1)
    fleet.wait(300, every=10)
    lost = fleet.told()
    assert 1 <= len(lost) <= 2
    assert lost[-1].title == "500 servers went down at the same time"
    assert "and 480 more" in lost[-1].description or course is not at_once
    for ids in course(fleet.ids):
        fleet.find(ids)
        fleet.wait(1)
    fleet.wait(300, every=10)
    assert len(fleet.told()) == len(lost) + 1 <= 3
    assert fleet.titles()[-1] == "Recovered: 500 servers are up again"
    named = {pk for row in fleet.told() for pk in [row.meta.get("incident"), *row.meta.get("incidents", [])] if pk}
    assert named == {*Incident.objects.values_list("pk", flat=True)}
    assert {*Telling.objects.values_list("state", flat=True)} == {State.TOLD}


def test_a_hub_that_is_cut_off_says_so_and_when_it_is_connected_again(alice: User, no_network: None) -> None:
    fleet = Fleet(alice, 6)
    fleet.lose(fleet.ids)
    fleet.wait(5)
    assert fleet.titles() == [], "it waits until no more are lost"
    fleet.wait(10)
    assert fleet.titles() == ["test-hub is cut off: 6 servers cannot be reached"]
    assert fleet.told()[0].level == "critical"
    fleet.wait(600, every=60)
    fleet.find(fleet.ids[:4])
    fleet.wait(15)
    assert fleet.titles()[1:] == ["Recovered: test-hub is connected again, 4 servers answer, 2 still do not"]
    assert fleet.told()[1].meta["severity"] == "critical"
    fleet.find(fleet.ids[4:5])
    fleet.wait(30)
    assert fleet.titles()[2:] == ["Recovered: s004 is up again"]


@pytest.mark.parametrize(
    ("lost", "watched", "expected"),
    [(4, 4, False), (5, 5, True), (5, 9, True), (5, 10, False), (6, 11, True), (500, 1000, False)],
)
def test_an_outage_is_five_servers_and_more_than_half(lost: int, watched: int, expected: bool) -> None:
    assert is_outage(lost, watched) is expected


def test_servers_lost_for_long_do_not_count_as_watched(alice: User, network: socket.socket) -> None:
    fleet = Fleet(alice, 12)
    for pk in fleet.ids[:4]:
        fleet.lose([pk])
        fleet.wait(120)
    fleet.lose(fleet.ids[4:9])
    assert Outage.objects.count() == 1
    assert Incident.objects.filter(outage__isnull=False).count() == 5


def test_paused_servers_and_the_hubs_own_machine_are_no_part_of_it(alice: User) -> None:
    fleet = Fleet(alice, 14)
    Server.objects.filter(pk__in=fleet.ids[5:9]).update(enabled=False)
    Server.objects.filter(pk__in=fleet.ids[9:]).update(transport=Server.Transport.LOCAL)
    fleet.lose(fleet.ids[9:])
    assert not Outage.objects.exists()
    fleet.lose(fleet.ids[:5])
    assert Outage.objects.count() == 1


def test_when_it_is_noticed_all_others_are_asked_at_once(
    alice: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    fleet = Fleet(alice, 9)
    ServerState.objects.filter(server_id=fleet.ids[8]).update(retry_at=fleet.now + 3000)  # it backs off
    with django_capture_on_commit_callbacks(execute=True):
        fleet.lose(fleet.ids[:5])
    asked = {*ServerState.objects.filter(retry_at=fleet.now).values_list("server_id", flat=True)}
    assert asked == {*fleet.ids[5:8]}


def test_when_one_is_back_those_that_were_lost_with_it_are_asked_at_once(
    alice: User, network: socket.socket, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    fleet = Fleet(alice, 6)
    fleet.lose(fleet.ids)
    fleet.wait(20)
    with django_capture_on_commit_callbacks(execute=True):
        fleet.find(fleet.ids[:1])
    asked = {*ServerState.objects.filter(retry_at=fleet.now).values_list("server_id", flat=True)}
    assert asked == {*fleet.ids[1:]}


def test_it_gathers_while_others_do_not_answer(alice: User, network: socket.socket) -> None:
    fleet = Fleet(alice, 9)
    fleet.lose(fleet.ids[:6])
    ServerState.objects.filter(server_id__in=fleet.ids[6:]).update(failures=1)
    fleet.wait(30)
    assert fleet.titles() == []
    fleet.lose(fleet.ids[6:])
    fleet.wait(15)
    assert fleet.titles() == ["9 servers went down at the same time"]


def test_servers_that_come_back_before_it_is_told_are_not_told(alice: User, network: socket.socket) -> None:
    fleet = Fleet(alice, 6)
    fleet.lose(fleet.ids)
    fleet.wait(5)
    fleet.find(fleet.ids[:5])
    fleet.wait(60)
    assert fleet.titles() == ["s005 is down: timeout"], "one server is no outage"
    assert not Outage.objects.exists()


def test_what_hangs_on_a_lost_server_makes_no_outage(alice: User) -> None:
    fleet = Fleet(alice, 8)
    Server.objects.filter(pk__in=fleet.ids[1:7]).update(parent=fleet.ids[0])
    fleet.lose(fleet.ids[:1])
    fleet.lose(fleet.ids[1:7])
    fleet.wait(120)
    assert fleet.titles() == ["s000 is down: timeout"]


def test_a_parent_that_is_lost_last_explains_the_others(alice: User, network: socket.socket) -> None:
    fleet = Fleet(alice, 8)
    Server.objects.filter(pk__in=fleet.ids[1:7]).update(parent=fleet.ids[0])
    fleet.lose(fleet.ids[1:7])
    fleet.wait(5)
    fleet.lose(fleet.ids[:1])
    fleet.wait(120)
    assert fleet.titles() == ["s000 is down: timeout"]
    assert Telling.objects.filter(state=State.HELD, hold="parent").count() == 6


def test_two_rounds_that_notice_it_at_the_same_time_make_one_of_it(alice: User, network: socket.socket) -> None:
    fleet = Fleet(alice, 6)
    fleet.lose(fleet.ids)
    second = Outage.objects.create(began=fleet.at)
    Incident.objects.filter(server__in=fleet.ids[:3]).update(outage=second)
    fleet.wait(20)
    assert fleet.titles() == ["6 servers went down at the same time"]


def test_an_outage_that_nobody_settled_takes_no_later_servers(alice: User) -> None:
    fleet = Fleet(alice, 9)
    fleet.lose(fleet.ids[:6])
    fleet.now += 3600
    fleet.lose(fleet.ids[6:])
    assert Incident.objects.filter(outage=None).count() == 3


def test_each_person_hears_of_their_own_servers_only(alice: User, charlie: User, network: socket.socket) -> None:
    mine, theirs = Fleet(alice, 6), Fleet(charlie, 2)
    mine.lose([*mine.ids, *theirs.ids])
    mine.wait(20)
    assert mine.titles(alice) == ["6 servers went down at the same time"]
    assert mine.titles(charlie) == ["2 servers went down at the same time"]
    (message,) = mine.told(charlie)
    assert {*message.meta["incidents"]} == {
        *Incident.objects.filter(server__in=theirs.ids).values_list("pk", flat=True)
    }
