"""What is old goes; what is open, recent or still to come stays."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from tests.alerting.fleet import Fleet
from virtadmin.accounts.models import User
from virtadmin.alerting import tasks
from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.models.quiet import MaintenanceWindow, Silence
from virtadmin.alerting.pruning import alerting_prune
from virtadmin.config.celery import app
from virtadmin.servers.models import Server

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
What, State = Telling.What, Telling.State


@pytest.fixture
def server(alice: User) -> Server:
    return Server.objects.create(owner=alice, name="web1", ip_address="192.0.2.1")


def incident(server: Server, closed: int | None, **fields: Any) -> Incident:
    """One that closed so many days ago; None = it is open."""
    at = None if closed is None else NOW - timedelta(days=closed)
    key = {"open_key": f"{server.pk}:{Incident.objects.count()}"} if closed is None else {}
    return Incident.objects.create(server=server, kind="lost", closed=at, **key, **fields)


def told(row: Incident, what: str, days: int, number: int = 0, state: str = State.TOLD) -> Telling:
    due = NOW - timedelta(days=days)
    person = row.about.owner
    return Telling.objects.create(incident=row, recipient=person, what=what, number=number, due=due, state=state)


def test_incidents_go_with_all_that_is_of_them(server: Server) -> None:
    gone, kept = Outage.objects.create(told=NOW - timedelta(days=800)), Outage.objects.create(told=NOW)
    old, recent, is_open = (incident(server, closed, outage=gone if closed else kept) for closed in (731, 729, None))
    told(old, What.OPENED, 731)
    empty = Outage.objects.create(told=NOW - timedelta(days=731))
    assert alerting_prune(now=NOW) == 2
    assert {*Incident.objects.all()} == {recent, is_open}
    assert {*Outage.objects.all()} == {gone, kept}, "an incident of it is left"
    assert not Outage.objects.filter(pk=empty.pk).exists()
    assert not Telling.objects.exists()


def test_what_was_noted_of_telling_goes_with_the_messages(server: Server) -> None:
    old, recent, is_open = (incident(server, closed) for closed in (366, 364, None))
    told(old, What.OPENED, 400)
    waits = told(old, What.CLOSED, 366, state=State.WAITING)
    stays = [told(recent, What.OPENED, 400), told(is_open, What.OPENED, 1000)]
    assert alerting_prune(now=NOW) == 1
    assert {*Telling.objects.all()} == {waits, *stays}


def test_old_reminders_of_what_stays_open_go_but_for_the_newest(server: Server) -> None:
    row = incident(server, None, repeats=3)
    first, second, newest = (told(row, What.REPEATED, 400 - number, number) for number in (1, 2, 3))
    assert alerting_prune(now=NOW) == 2
    assert [*Telling.objects.all()] == [newest]
    assert (first.number, second.number) == (1, 2)


def test_silences_and_windows_that_are_over_go_and_no_others(alice: User, server: Server) -> None:
    for days in (31, 29, -1, None):
        ends = None if days is None else NOW - timedelta(days=days)
        Silence.objects.create(owner=alice, server=server, starts=NOW - timedelta(days=99), ends=ends)
    once = {"owner": alice, "zone": "Pacific/Kiritimati", "start": time(23, 0), "minutes": 60}
    for days in (60, 31, 29, -1):
        MaintenanceWindow.objects.create(name=str(days), date=(NOW - timedelta(days=days)).date(), **once)
    MaintenanceWindow.objects.create(name="weekly", weekdays=["mon"], **once)
    LogEntry.objects.all().delete()
    alerting_prune(now=NOW)
    assert [row.ends and (NOW - row.ends).days for row in Silence.objects.order_by("pk")] == [29, -1, None]
    assert {row.name for row in MaintenanceWindow.objects.all()} >= {"29", "-1", "weekly"}
    assert not MaintenanceWindow.objects.filter(name="60").exists()
    assert not LogEntry.objects.exists(), "nobody did that"


def test_the_settings_say_how_long(server: Server, settings: Any) -> None:
    settings.INCIDENT_KEEP_DAYS, settings.QUIET_KEEP_DAYS = 10, 1
    incident(server, 11)
    Silence.objects.create(owner=server.owner, server=server, ends=NOW - timedelta(days=2))
    assert alerting_prune(now=NOW) == 2


def test_beat_does_it(alice: User) -> None:
    assert tasks.prune.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    Incident.objects.update(open_key=None, closed=timezone.now() - timedelta(days=800))
    tasks.prune()
    assert not Incident.objects.exists()
