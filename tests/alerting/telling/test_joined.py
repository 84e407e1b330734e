"""What comes together is told together."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import Observed
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.services import round_evaluate
from virtadmin.metrics.observation import Observation
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server

pytestmark = pytest.mark.usefixtures("valkey")


def test_what_a_server_crosses_within_half_a_minute_of_its_first_message_is_one_follow_up(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    for values in ({"hdd_usage": 90.0, "cpu_usage": 91.5}, {"hdd_usage": 97.0, "cpu_usage": 91.5, "ram_usage": 85.0}):
        fleet.wait(10)
        fleet.see(fleet.ids, **values)
    assert len(fleet.titles()) == 1
    fleet.wait(5)
    assert len(fleet.titles()) == 1
    fleet.wait(10)
    assert fleet.titles()[1:] == ["Critical: s000: Disk at 97 %, CPU at 91.5 %, Memory at 85 %"]
    message = fleet.told()[1]
    assert message.server_id == fleet.ids[0]
    assert "- Critical: s000: Disk has risen to 97 % (since" in message.description
    assert "- s000: CPU at 91.5 %, limit 80 % (since" in message.description
    assert {*message.meta["incidents"]} == {*Incident.objects.values_list("pk", flat=True)}


def test_what_a_server_crosses_at_the_same_moment_is_one_message_at_once(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=90.0)
    assert fleet.titles() == ["s000: CPU at 90 %, Disk at 90 %"]
    assert {"cpu_usage": 90.0, "hdd_usage": 90.0}.items() <= fleet.told()[0].meta.items()  # as a message alone has
    fleet.wait(60)
    fleet.see(fleet.ids, hdd_usage=10.0, cpu_usage=11.0)
    assert fleet.titles()[1:] == ["Recovered: s000: CPU at 11 %, Disk at 10 %"]
    assert fleet.told()[1].level == "recovery"


def test_an_end_waits_for_nothing_that_began(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.wait(10)
    fleet.see(fleet.ids, hdd_usage=20.0, cpu_usage=90.0)
    assert fleet.titles()[1:] == ["Recovered: s000: Disk at 20 %"]
    fleet.wait(30)
    assert fleet.titles()[2:] == ["s000: CPU at 90 %, limit 80 %"]
    assert [row.level for row in fleet.told()] == ["warning", "recovery", "warning"]


def test_ends_that_follow_the_first_end_are_one_message(alice: User) -> None:
    fleet = Fleet(alice)
    crossed = {"hdd_usage": 90.0, "cpu_usage": 90.0, "ram_usage": 90.0}
    fleet.see(fleet.ids, **crossed)
    for metric in crossed:
        fleet.wait(5)
        crossed[metric] = 10.0
        fleet.see(fleet.ids, **crossed)
    fleet.wait(30)
    assert fleet.titles()[1:] == ["Recovered: s000: Disk at 10 %", "Recovered: s000: CPU at 10 %, Memory at 10 %"]


def test_what_opens_and_closes_while_it_waits_is_not_told(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 5
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=90.0)
    fleet.now += 5
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=10.0)
    fleet.wait(60)
    assert len(fleet.titles()) == 1


def test_servers_do_not_wait_for_each_other(alice: User) -> None:
    fleet = Fleet(alice, 3)
    for pk in fleet.ids:
        fleet.see([pk], hdd_usage=90.0)
    assert len(fleet.titles()) == 3


def test_servers_lost_one_after_the_other_are_told_in_ever_fewer_messages(alice: User) -> None:
    fleet = Fleet(alice, 120)
    for pk in fleet.ids[:59]:  # not most of them
        fleet.lose([pk])
        fleet.wait(5)
    fleet.wait(300, every=10)
    lost = fleet.told()
    assert lost[0].title == "s000 is down: timeout"
    assert len(lost) <= 4
    named = [pk for row in lost for pk in row.meta.get("incidents", [row.meta.get("incident")])]
    assert sorted(named) == sorted(Incident.objects.values_list("pk", flat=True))


def test_a_message_of_lost_servers_names_those_that_are_back_too(alice: User) -> None:
    fleet = Fleet(alice, 20)
    fleet.lose(fleet.ids[:2])
    fleet.wait(20)
    fleet.find(fleet.ids[:1])
    fleet.lose(fleet.ids[2:3])
    fleet.wait(15)
    assert fleet.titles() == ["2 servers are down: s000, s001", "1 server is down, 1 is up again: s002, s000"]
    text = fleet.told()[1].description
    assert "- s002 (s002.example.org): timeout, since 15 Jan 2027 08:00:20 UTC" in text
    assert "- s000 (s000.example.org) after 20 s" in text
    assert fleet.told()[1].level == "critical"


def test_many_changed_host_keys_are_few_messages(alice: User) -> None:
    fleet = Fleet(alice, 30)
    for pk in fleet.ids:
        fleet.lose([pk], "host_key_changed")
    fleet.wait(60)
    assert fleet.titles() == [
        "Security alert: the host key of s000 has changed",
        "Security alert: the host keys of 29 servers have changed",
    ]
    assert "- and 9 more" in fleet.told()[1].description
    fleet.find(fleet.ids)
    assert fleet.titles()[2:] == ["Recovered: 30 servers show accepted host keys"]


def test_those_who_are_told_the_same_share_the_rendering(alice: User, bob: User, team: Group) -> None:
    fleet = Fleet(alice)
    Server.objects.get().groups.add(team)
    fleet.see(fleet.ids, hdd_usage=90.0)
    assert fleet.titles(alice) == fleet.titles(bob) == ["s000: Disk at 90 %, limit 80 %"]
    assert [row.notification.recipient for row in Telling.objects.order_by("pk") if row.notification] == [alice, bob]


def test_a_thousand_incidents_of_one_round_take_as_many_queries_as_a_few(
    alice: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    fleet = Fleet(alice, 500)
    observed = [
        Observed(pk, 60, Observation(fleet.now, {"hdd_usage": 90.0, "cpu_usage": 99.0}, {})) for pk in fleet.ids
    ]
    with django_assert_max_num_queries(100):  # type: ignore[attr-defined]
        round_evaluate(observed=observed, reachability=[], now=fleet.now)
    assert Incident.objects.count() == 1000
    assert Notification.objects.count() == 500
    assert Telling.objects.filter(state=Telling.State.TOLD).count() == 1000
