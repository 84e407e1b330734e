"""Looking after an open incident, and what the hub saw on its server just then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting.events import incidents_opened
from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.silences import incident_silence
from virtadmin.alerting.services import incident_acknowledge, incident_context_save, incident_unacknowledge
from virtadmin.core.errors import Conflict, NotAllowed
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.servers.models import Server

pytestmark = pytest.mark.usefixtures("valkey")
TOP = [{"pid": 7, "name": "mysqld", "cpu_percent": 180.0, "rss_mib": 900.0}]


@pytest.fixture
def fleet(alice: User) -> Fleet:
    """One server with an open incident, just now."""
    fleet = Fleet(alice)
    fleet.now = timezone.now().timestamp()
    fleet.see(fleet.ids, cpu_usage=90.0)
    return fleet


@pytest.mark.usefixtures("fleet")
def test_it_is_noted_who_looks_after_it_and_since_when(alice: User, admin_person: User) -> None:
    row = incident_acknowledge(incident=Incident.objects.get(), actor=alice)
    assert row.acknowledged is not None
    again = incident_acknowledge(incident=Incident.objects.get(), actor=admin_person)
    assert (again.acknowledged_by, again.acknowledged, again.next_repeat) == (alice, row.acknowledged, None)
    back = incident_unacknowledge(incident=row, actor=alice)
    assert (back.acknowledged_by, back.acknowledged) == (None, None)
    assert back.next_repeat is not None
    assert incident_unacknowledge(incident=row, actor=alice).next_repeat == back.next_repeat


@pytest.mark.usefixtures("fleet")
def test_viewers_and_strangers_may_not(bob: User, charlie: User, team: Group) -> None:
    Server.objects.get().groups.add(team)
    for person in (bob, charlie):
        with pytest.raises(NotAllowed):
            incident_acknowledge(incident=Incident.objects.get(), actor=person)
        with pytest.raises(NotAllowed):
            incident_unacknowledge(incident=Incident.objects.get(), actor=person)
    assert Incident.objects.get().acknowledged is None


def test_what_is_over_is_not_looked_after(fleet: Fleet, alice: User) -> None:
    fleet.see(fleet.ids, cpu_usage=10.0)
    with pytest.raises(Conflict):
        incident_acknowledge(incident=Incident.objects.get(), actor=alice)


def test_a_message_waits_a_moment_for_the_processes_and_names_them(fleet: Fleet) -> None:
    line = Delivery.objects.get(channel="in_page")
    assert line.next_attempt == fleet.at + timedelta(seconds=2.5)
    incident_context_save(incident_id=Incident.objects.get().pk, processes=TOP)
    assert "Heaviest now: mysqld 180 %" in fleet.told()[0].description
    assert Incident.objects.get().context == {"processes": TOP}
    line.refresh_from_db()
    assert line.next_attempt < fleet.at + timedelta(seconds=2.5)


def test_when_nothing_is_found_the_message_goes_without_it(fleet: Fleet) -> None:
    incident_context_save(incident_id=Incident.objects.get().pk, processes=[])
    assert "Heaviest" not in fleet.told()[0].description
    assert Delivery.objects.get(channel="in_page").next_attempt < fleet.at + timedelta(seconds=2.5)
    incident_context_save(incident_id=0, processes=TOP)


def test_a_joined_message_names_them_too(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, cpu_usage=90.0, ram_usage=85.0)
    incident_context_save(incident_id=Incident.objects.get(kind="ram_usage").pk, processes=TOP)
    assert "Heaviest now: mysqld 180 %" in fleet.told()[0].description


def test_what_is_told_later_has_them_from_the_start(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 10
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=90.0)
    incident_context_save(incident_id=Incident.objects.get(kind="cpu_usage").pk, processes=TOP)
    fleet.wait(30)
    (_, second) = fleet.told()
    assert "Heaviest now: mysqld 180 %" in second.description
    assert not Delivery.objects.filter(notification=second, next_attempt__gt=fleet.at).exists()


def test_only_what_processes_explain_waits_for_them(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    assert Delivery.objects.get(channel="in_page").next_attempt == fleet.at


def test_higher_parts_hear_of_what_opened_after_commit(
    alice: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    heard: list[Any] = []

    def hear(incidents: Any, **_: Any) -> None:
        heard.append(incidents)

    incidents_opened.connect(hear)
    try:
        fleet = Fleet(alice, 2)
        with django_capture_on_commit_callbacks(execute=True):
            fleet.see(fleet.ids, hdd_usage=90.0)
            assert heard == []
        with django_capture_on_commit_callbacks(execute=True):
            fleet.now += 60
            fleet.see(fleet.ids, hdd_usage=99.0)
            fleet.see(fleet.ids, hdd_usage=9.0)
    finally:
        incidents_opened.disconnect(hear)
    opened = list(Incident.objects.order_by("pk").values_list("pk", "server_id", "kind"))
    assert heard == [opened, opened], "once when they opened, once when they became critical"
    assert Notification.objects.exists()


@pytest.mark.usefixtures("fleet")
def test_the_log_of_changes_says_who_looks_after_it_and_who_took_that_back(alice: User, admin_person: User) -> None:
    incident = Incident.objects.get()
    LogEntry.objects.all().delete()
    at = incident_acknowledge(incident=incident, actor=alice).acknowledged
    incident_acknowledge(incident=incident, actor=admin_person)
    incident_unacknowledge(incident=incident, actor=admin_person)
    incident_unacknowledge(incident=incident, actor=admin_person)
    incident_silence(incident=incident, actor=alice, seconds=None)
    incident_silence(incident=incident, actor=alice)
    rows = LogEntry.objects.filter(content_type__model="incident", object_id=incident.pk).order_by("pk")
    assert [(row.actor, row.changes) for row in rows] == [
        (alice, {"acknowledged": ["None", str(at)], "acknowledged_by": ["None", str(alice.pk)]}),
        (admin_person, {"acknowledged": [str(at), "None"], "acknowledged_by": [str(alice.pk), "None"]}),
        (alice, {"silenced until": ["None", "somebody ends it"]}),
    ]
    assert str(rows[0]).endswith("CPU of s000")
    assert rows[0].changes_display_dict["acknowledged by"] == ["None", "alice"]
