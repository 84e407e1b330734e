"""Reminders of what is still open, until somebody looks after it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.models.quiet import Silence
from virtadmin.alerting.services import incident_acknowledge, incident_unacknowledge
from virtadmin.servers.models import Server

HOUR = 3600.0
pytestmark = pytest.mark.usefixtures("valkey")


def test_what_is_open_is_told_again_every_four_hours(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.wait(4 * HOUR - 60, every=600)
    assert len(fleet.titles()) == 1
    fleet.wait(120, every=60)
    fleet.wait(4 * HOUR, every=600)
    assert fleet.titles()[1:] == [
        "Still open after 4 h: s000: Disk at 90 %, limit 80 %",
        "Still open after 8 h 1 min: s000: Disk at 90 %, limit 80 %",
    ]
    message = fleet.told()[1]
    assert (message.level, message.server_id, message.meta["incident"]) == (
        "warning",
        fleet.ids[0],
        Incident.objects.get().pk,
    )
    assert message.thread == fleet.told()[0].thread
    fleet.see(fleet.ids, hdd_usage=10.0)
    fleet.wait(10 * HOUR, every=HOUR)
    assert len(fleet.titles()) == 4


def test_all_that_is_open_is_one_reminder(alice: User) -> None:
    fleet = Fleet(alice, 30)
    for pk in fleet.ids:
        fleet.see([pk], hdd_usage=90.0)
        fleet.now += 5
    before = len(fleet.titles())
    fleet.wait(4 * HOUR, every=900)
    assert fleet.titles()[before:] == ["30 alerts are still open"]
    assert "- and 10 more" in fleet.told()[-1].description
    assert "/incidents/\n" in fleet.told()[-1].description, "where they can be acknowledged"


@pytest.mark.parametrize("hours", [0, 1])
def test_how_often_is_set(alice: User, settings: Any, hours: int) -> None:
    settings.REPEAT_HOURS = hours
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.wait(3 * HOUR + 60, every=60)
    assert len(fleet.titles()) == 1 + 3 * hours


def test_who_acknowledges_is_not_reminded_and_the_others_hear_who_does(alice: User, bob: User, team: Group) -> None:
    fleet = Fleet(alice)
    Server.objects.get().groups.add(team)
    fleet.see(fleet.ids, hdd_usage=90.0)
    incident = incident_acknowledge(incident=Incident.objects.get(), actor=alice)
    assert fleet.titles(bob)[1:] == ["alice looks after s000: disk"]
    assert fleet.told(bob)[1].level == "info"
    fleet.wait(12 * HOUR, every=HOUR)
    assert len(fleet.titles(alice)) == 1
    incident_unacknowledge(incident=incident, actor=alice)
    Incident.objects.update(next_repeat=fleet.at)
    fleet.wait(10)
    assert len(fleet.titles(alice)) == 2
    fleet.see(fleet.ids, hdd_usage=10.0)
    fleet.wait(60)
    assert fleet.titles()[-1] == "Recovered: s000: Disk at 10 %"


def test_a_reminder_in_a_silence_comes_once_when_it_ends(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    silence = Silence.objects.create(owner=alice, server_id=fleet.ids[0], starts=fleet.at)
    fleet.wait(9 * HOUR, every=HOUR)
    assert len(fleet.titles()) == 1
    silence.delete()
    fleet.wait(10)
    assert fleet.titles()[1:] == ["Still open after 9 h: s000: Disk at 90 %, limit 80 %"]
    assert Telling.objects.filter(what="repeated", state="dropped").count() == 1


def test_a_reminder_that_waits_is_dropped_when_somebody_acknowledges(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    silence = Silence.objects.create(owner=alice, server_id=fleet.ids[0], starts=fleet.at)
    fleet.wait(5 * HOUR, every=HOUR)
    incident_acknowledge(incident=Incident.objects.get(), actor=alice)
    silence.delete()
    fleet.wait(60)
    assert len(fleet.titles()) == 1


def test_who_was_not_told_that_it_opened_is_not_reminded(alice: User, bob: User, team: Group) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    Server.objects.get().groups.add(team)
    fleet.wait(5 * HOUR, every=HOUR)
    assert (len(fleet.titles(alice)), fleet.titles(bob)) == (2, [])
