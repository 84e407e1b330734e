"""What is held back while something speaks against telling it, and told afterwards if it is still so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.models.quiet import Silence
from virtadmin.servers.models import Server, ServerState

State = Telling.State
pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def family(alice: User) -> Fleet:
    """A router, and two servers behind it."""
    fleet = Fleet(alice, 3)
    Server.objects.filter(pk__in=fleet.ids[1:]).update(parent=fleet.ids[0])
    return fleet


def silence(fleet: Fleet, pk: int) -> Silence:
    return Silence.objects.create(owner=fleet.owner, server_id=pk, starts=fleet.at - timedelta(minutes=1))


def test_children_of_a_lost_server_are_not_told_and_come_back_quietly(family: Fleet) -> None:
    router, *children = family.ids
    family.lose([router])
    family.lose(children)
    family.wait(3600, every=300)
    assert family.titles() == ["s000 is down: timeout"]
    assert {*Telling.objects.filter(state=State.HELD).values_list("hold", flat=True)} == {"parent"}
    family.find([router])
    family.wait(10)
    family.find(children)
    family.wait(120)
    assert family.titles()[1:] == ["Recovered: s000 is up again"]


def test_a_child_that_is_still_lost_when_its_parent_is_back_is_told_after_half_a_minute(family: Fleet) -> None:
    family.lose(family.ids[:2])
    family.wait(600, every=100)
    family.find(family.ids[:1])
    family.wait(25)
    assert family.titles()[1:] == ["Recovered: s000 is up again"]
    family.wait(10)
    assert family.titles()[2:] == ["s001 is down: timeout"]


def test_a_child_waits_twenty_seconds_for_its_parent_which_is_asked_at_once(
    family: Fleet, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        family.lose(family.ids[1:2])
    assert ServerState.objects.get(server=family.ids[0]).retry_at == family.now
    family.wait(15)
    assert family.titles() == []
    family.wait(5)
    assert family.titles() == ["s001 is down: timeout"]


def test_it_waits_no_longer_once_the_parent_has_answered(family: Fleet) -> None:
    family.lose(family.ids[1:2])
    family.now += 3
    ServerState.objects.filter(server=family.ids[0]).update(last_update=family.at)
    family.wait(5)
    assert family.titles() == ["s001 is down: timeout"]


def test_while_the_parent_does_not_answer_the_child_waits_on_for_a_minute_at_most(family: Fleet) -> None:
    family.lose(family.ids[1:2])
    ServerState.objects.filter(server=family.ids[0]).update(failures=1)
    family.wait(55)
    assert family.titles() == []
    family.wait(5)
    assert family.titles() == ["s001 is down: timeout"]


def test_a_parent_that_is_paused_is_not_waited_for(family: Fleet) -> None:
    Server.objects.filter(pk=family.ids[0]).update(enabled=False)
    family.lose(family.ids[1:2])
    assert family.titles() == ["s001 is down: timeout"]


def test_what_hangs_on_something_that_hangs_on_a_lost_server_is_held_too(alice: User) -> None:
    fleet = Fleet(alice, 4)
    for child, parent in zip(fleet.ids[1:], fleet.ids, strict=False):
        Server.objects.filter(pk=child).update(parent=parent)
    Server.objects.filter(pk=fleet.ids[0]).update(parent=fleet.ids[3])  # a circle harms nobody
    fleet.lose(fleet.ids[:1])
    fleet.wait(60)
    before = fleet.titles()
    fleet.lose(fleet.ids[2:3])
    fleet.see(fleet.ids[3:], hdd_usage=99.0)
    fleet.wait(60)
    assert (len(before), fleet.titles()) == (1, before)


def test_limits_of_a_child_are_held_and_told_when_the_parent_is_back(family: Fleet) -> None:
    family.lose(family.ids[:1])
    family.wait(60)
    family.see(family.ids[1:], hdd_usage=90.0)
    family.wait(60)
    assert Incident.objects.filter(kind="hdd_usage", closed=None).count() == 2
    family.see(family.ids[1:2], hdd_usage=10.0)
    family.find(family.ids[:1])
    family.wait(10)
    assert family.titles()[1:] == ["Recovered: s000 is up again", "s002: Disk at 90 %, limit 80 %"]


def test_a_changed_host_key_is_told_whatever_is_lost(family: Fleet) -> None:
    family.lose(family.ids[:1])
    family.lose(family.ids[1:2], "host_key_changed")
    assert family.titles()[1:] == ["Security alert: the host key of s001 has changed"]


def test_a_limit_that_waits_to_be_joined_is_held_when_the_server_is_lost_meanwhile(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 10
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=90.0)
    fleet.now += 10
    fleet.lose(fleet.ids)
    fleet.wait(60)
    assert fleet.titles() == ["s000: Disk at 90 %, limit 80 %", "s000 is down: timeout"]
    assert Telling.objects.get(state=State.HELD).hold == "lost"
    fleet.find(fleet.ids)
    fleet.wait(10)
    assert fleet.titles()[2:] == ["Recovered: s000 is up again", "s000: CPU at 90 %, limit 80 %"]


def test_what_is_silenced_is_told_afterwards_if_it_is_still_open(alice: User) -> None:
    fleet = Fleet(alice, 2)
    silences = [silence(fleet, pk) for pk in fleet.ids]
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.wait(600, every=100)
    fleet.see(fleet.ids[:1], hdd_usage=10.0)
    assert fleet.titles() == []
    assert {*Telling.objects.values_list("state", "hold")} == {(State.DROPPED, ""), (State.HELD, "silenced")}
    for row in silences:
        row.delete()
    fleet.wait(10)
    assert fleet.titles() == ["s001: Disk at 90 %, limit 80 %"]


def test_a_rise_that_is_held_with_its_opening_is_told_as_one(alice: User) -> None:
    fleet = Fleet(alice)
    row = silence(fleet, fleet.ids[0])
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 60
    fleet.see(fleet.ids, hdd_usage=99.0)
    row.delete()
    fleet.wait(600, every=100)
    assert fleet.titles() == ["Critical: s000: Disk at 99 %, limit 80 %"]


def test_a_recovery_is_told_in_a_silence_too(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 60
    silence(fleet, fleet.ids[0])
    fleet.see(fleet.ids, hdd_usage=99.0)
    fleet.wait(60)
    fleet.see(fleet.ids, hdd_usage=10.0)
    assert fleet.titles()[1:] == ["Recovered: s000: Disk at 10 %"]


def test_who_may_not_see_the_server_any_more_hears_nothing_more(alice: User, bob: User, team: Group) -> None:
    fleet = Fleet(alice)
    server = Server.objects.get()
    server.groups.add(team)
    fleet.see(fleet.ids, hdd_usage=90.0)
    assert len(fleet.titles(bob)) == 1
    server.groups.clear()
    fleet.wait(60)
    fleet.see(fleet.ids, hdd_usage=10.0)
    fleet.wait(60)
    assert (len(fleet.titles(bob)), len(fleet.titles(alice))) == (1, 2)


def test_who_was_not_told_of_the_opening_is_not_told_of_the_end(alice: User, bob: User, team: Group) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    Server.objects.get().groups.add(team)
    fleet.wait(60)
    fleet.see(fleet.ids, hdd_usage=10.0)
    assert (fleet.titles(bob), len(fleet.titles(alice))) == ([], 2)


def test_people_who_left_are_not_told(alice: User, bob: User, team: Group) -> None:
    fleet = Fleet(alice)
    Server.objects.get().groups.add(team)
    fleet.see(fleet.ids, hdd_usage=90.0)
    bob.is_active = False
    bob.save()
    fleet.wait(60)
    fleet.see(fleet.ids, hdd_usage=10.0)
    assert len(fleet.titles(bob)) == 1


def test_a_paused_server_has_nothing_more_to_tell(alice: User) -> None:
    fleet = Fleet(alice)
    held = silence(fleet, fleet.ids[0])
    fleet.see(fleet.ids, hdd_usage=90.0)
    server = Server.objects.get()
    server.enabled = False
    server.save()
    held.delete()
    fleet.wait(60)
    assert fleet.titles() == []
    assert Telling.objects.get().state == State.DROPPED
