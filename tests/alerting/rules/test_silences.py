"""Silences and maintenance windows: made, changed and ended by those who may."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Silence
from virtadmin.alerting.rules.maintenance import (
    maintenance_create,
    maintenance_delete,
    maintenance_update,
    maintenance_visible,
)
from virtadmin.alerting.rules.quiet import held_back
from virtadmin.alerting.rules.silences import (
    incident_silence,
    silence_create,
    silence_end,
    silence_update,
    silences_visible,
)
from virtadmin.alerting.subject import subject_of
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.servers.models import Server, Tag

HOUR = timedelta(hours=1)
CPU = Incident.Kind.CPU.value
ONCE: dict[str, Any] = {"name": "patches", "date": date(2199, 12, 31), "start": time(2, 30), "minutes": 30}


@pytest.fixture
def shared(server: Server, bob: User) -> Server:
    """Alice's server, tagged "web", shared with Bob."""
    server.tags.add(Tag.objects.create(name="web"))
    server.groups.add(team := Group.objects.create(name="team"))
    bob.groups.add(team)
    return server


@pytest.fixture
def incident(shared: Server) -> Incident:
    """The server's CPU is over its limit."""
    return Incident.objects.create(server=shared, kind=CPU, open_key=f"{shared.pk}:{CPU}", value=91.0)


def is_held(server: Server, at: datetime) -> bool:
    return bool(held_back([(subject_of(server), CPU)], at))


def test_an_incident_is_silenced_for_an_hour_and_for_longer_but_not_for_less(incident: Incident, alice: User) -> None:
    before = timezone.now()
    first = incident_silence(incident=incident, actor=alice)
    assert first.ends
    assert before + HOUR <= first.ends <= timezone.now() + HOUR
    assert is_held(incident.server, timezone.now())
    assert not is_held(incident.server, first.ends)
    incident_silence(incident=incident, actor=alice, seconds=60)
    assert Silence.objects.get().ends == first.ends
    longer = incident_silence(incident=incident, actor=alice, seconds=8 * 3600)
    assert Silence.objects.get() == longer
    assert longer.ends
    assert longer.ends > first.ends + 6 * HOUR
    endless = incident_silence(incident=incident, actor=alice, seconds=None)
    assert Silence.objects.get() == endless
    assert endless.ends is None
    assert incident_silence(incident=incident, actor=alice).ends is None


def test_each_silences_for_themselves_and_an_ended_one_is_not_brought_back(
    incident: Incident, alice: User, admin_person: User
) -> None:
    silence_end(silence=incident_silence(incident=incident, actor=alice), actor=alice)
    assert not is_held(incident.server, timezone.now())
    incident_silence(incident=incident, actor=alice)
    incident_silence(incident=incident, actor=admin_person)
    assert Silence.objects.count() == 3


def test_a_silence_is_changed_and_ended(shared: Server, alice: User) -> None:
    made = silence_create(actor=alice, server=shared, kind=CPU, reason=" a deployment ")
    assert (made.owner, made.reason, made.ends) == (alice, "a deployment", None)
    same = {"server": shared, "tag": "", "kind": CPU, "starts": made.starts}
    silence_update(silence=made, actor=alice, ends=timezone.now() + HOUR, reason="two", **same)
    assert is_held(shared, timezone.now())
    silence_end(silence=made, actor=alice)
    ended = Silence.objects.get().ends
    assert not is_held(shared, timezone.now())
    silence_end(silence=made, actor=alice)
    assert Silence.objects.get().ends == ended
    assert [entry.actor for entry in LogEntry.objects.get_for_model(Silence)] == [alice] * 3


def test_a_silence_that_has_not_begun_goes_when_it_is_ended(shared: Server, alice: User) -> None:
    made = silence_create(actor=alice, tag="web", starts=timezone.now() + HOUR)
    assert not is_held(shared, timezone.now())
    silence_end(silence=made, actor=alice)
    assert not Silence.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "server"),
        ({"tag": "nowhere"}, "tag"),
        ({"kind": "weather"}, "kind"),
        ({"kind": CPU, "ends": timezone.now() - HOUR}, "ends"),
        ({"kind": CPU, "ends": timezone.now() + 400 * 24 * HOUR}, "ends"),
        ({"kind": CPU, "starts": timezone.now() + 400 * 24 * HOUR}, "starts"),
        ({"kind": CPU, "reason": "two\nlines"}, "reason"),
        ({"kind": CPU, "reason": "x" * 201}, "reason"),
    ],
)
def test_a_wrong_silence_is_refused_by_name(shared: Server, alice: User, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        silence_create(actor=alice, **fields)
    assert refused.value.field == field


@pytest.mark.parametrize("change", [{"kind": ""}, {"tag": "web"}, {"server": None}, {"owner": 1}])
def test_what_a_silence_is_of_is_not_changed(shared: Server, alice: User, change: dict[str, Any]) -> None:
    made = silence_create(actor=alice, server=shared, kind=CPU)
    with pytest.raises(InvalidInput) as refused:
        silence_update(silence=made, actor=alice, **change)
    assert [refused.value.field] == [*change]


@pytest.mark.parametrize("seconds", [0, 59, -1, 367 * 24 * 3600])
def test_an_incident_is_silenced_for_a_sensible_time(incident: Incident, alice: User, seconds: int) -> None:
    with pytest.raises(InvalidInput):
        incident_silence(incident=incident, actor=alice, seconds=seconds)


def test_viewers_and_strangers_silence_nothing(incident: Incident, alice: User, bob: User, charlie: User) -> None:
    made = incident_silence(incident=incident, actor=alice)
    for person in (bob, charlie):
        with pytest.raises(NotAllowed):
            incident_silence(incident=incident, actor=person)
        with pytest.raises(NotAllowed):
            silence_update(silence=made, actor=person, reason="mine")
        with pytest.raises(NotAllowed):
            silence_end(silence=made, actor=person)
    with pytest.raises(InvalidInput):
        silence_create(actor=charlie, server=incident.server)
    with pytest.raises(InvalidInput):
        silence_create(actor=charlie, tag="web")


def test_people_see_what_holds_messages_of_their_servers(
    shared: Server, alice: User, bob: User, charlie: User, admin_person: User
) -> None:
    silence_create(actor=alice, server=shared)
    silence_create(actor=alice, tag="web")
    maintenance_create(actor=alice, server=shared, **ONCE)
    maintenance_create(actor=alice, **ONCE)
    counts = {person.username: silences_visible(person).count() for person in (alice, bob, charlie, admin_person)}
    assert counts == {"alice": 2, "bob": 1, "charlie": 0, "root": 2}
    windows = {person.username: maintenance_visible(person).count() for person in (alice, bob, charlie, admin_person)}
    assert windows == counts


def test_a_window_is_made_changed_and_taken_away(shared: Server, alice: User) -> None:
    made = maintenance_create(actor=alice, server=shared, **ONCE)
    assert (made.zone, made.enabled, made.recurrence.on) == ("UTC", True, ONCE["date"])
    assert held_back([(subject_of(shared), CPU)], datetime(2199, 12, 31, 2, 45, tzinfo=UTC))
    maintenance_update(window=made, actor=alice, date=None, weekdays=["sun", "sat", "sun"], zone="Europe/Berlin")
    assert MaintenanceWindow.objects.get().weekdays == ["sat", "sun"]
    assert MaintenanceWindow.objects.get().recurrence.weekdays == {5, 6}
    maintenance_update(window=made, actor=alice, server=None, tag="web", month_day=31, weekdays=[])
    assert MaintenanceWindow.objects.get().tag == Tag.objects.get(name="web")
    maintenance_delete(window=made, actor=alice)
    assert not MaintenanceWindow.objects.exists()


def test_a_window_counts_in_the_time_zone_of_who_made_it(shared: Server, alice: User) -> None:
    alice.time_zone = "Asia/Tokyo"
    assert maintenance_create(actor=alice, **ONCE).zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"start": None}, "start"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 7 * 24 * 60 + 1}, "minutes"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"date": None}, "weekdays"),
        ({"weekdays": ["mon"]}, "weekdays"),
        ({"weekdays": ["Monday"], "date": None}, "weekdays"),
        ({"month_day": 32, "date": None}, "month_day"),
        ({"date": date(2020, 1, 1)}, "date"),
        ({"date": date(1, 1, 1)}, "date"),
        ({"date": date(9999, 12, 31)}, "date"),
        ({"tag": "nowhere"}, "tag"),
        ({"owner": 1}, "owner"),
    ],
)
def test_a_wrong_window_is_refused_by_name(shared: Server, alice: User, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        maintenance_create(actor=alice, **{**ONCE, **change})
    assert refused.value.field == field


def test_a_window_is_for_a_server_or_a_tag(shared: Server, alice: User, charlie: User) -> None:
    with pytest.raises(InvalidInput, match="a server, a website or a tag"):
        maintenance_create(actor=alice, server=shared, tag="web", **ONCE)
    with pytest.raises(InvalidInput, match="no such server"):
        maintenance_create(actor=charlie, server=shared, **ONCE)


def test_viewers_and_strangers_make_and_change_no_windows(
    shared: Server, alice: User, bob: User, charlie: User
) -> None:
    made = maintenance_create(actor=alice, server=shared, **ONCE)
    with pytest.raises(NotAllowed):
        maintenance_create(actor=bob, **ONCE)
    for person in (bob, charlie):
        refused: list[Callable[[], object]] = [
            lambda person=person: maintenance_update(window=made, actor=person, minutes=1),
            lambda person=person: maintenance_delete(window=made, actor=person),
        ]
        for attempt in refused:
            with pytest.raises(NotAllowed):
                attempt()
