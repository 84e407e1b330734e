"""Changing limits, and what becomes of incidents nobody watches any more."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group

from tests.alerting.conftest import Collector
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.selectors import incidents_open, incidents_visible, thresholds_visible
from virtadmin.alerting.services import threshold_reset, threshold_update
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.notifications.models import Notification
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.models import Server


def test_limits_and_window_are_saved(server: Server, alice: User) -> None:
    threshold_update(threshold=server.threshold, actor=alice, cpu_usage=1, ram_usage=100, window=0)
    found = Threshold.objects.get()
    assert (found.cpu_usage, found.ram_usage, found.hdd_usage, found.window) == (1, 100, 80, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cpu_usage", 0),
        ("ram_usage", 101),
        ("hdd_usage", -1),
        ("hdd_usage", 80.5),
        ("network_in_usage", "80"),
        ("network_out_usage", None),
        ("cpu_usage", True),
        ("window", -1),
        ("window", 3601),
        ("cpu_usage_notified", True),
        ("server", 1),
    ],
)
def test_a_wrong_value_names_its_field_and_saves_nothing(server: Server, alice: User, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        threshold_update(threshold=server.threshold, actor=alice, **{"ram_usage": 50, field: value})
    assert refused.value.field == field
    assert Threshold.objects.get().ram_usage == 80


def test_viewers_and_strangers_change_no_limits(server: Server, bob: User, charlie: User) -> None:
    bob.groups.add(group := Group.objects.create(name="team"))
    server.groups.add(group)
    for person in (bob, charlie):
        with pytest.raises(NotAllowed):
            threshold_update(threshold=server.threshold, actor=person, cpu_usage=1)
        with pytest.raises(NotAllowed):
            threshold_reset(threshold=server.threshold, actor=person)
    assert Threshold.objects.get().cpu_usage == 80


def test_a_reset_puts_the_defaults_back_and_leaves_what_is_open(collector: Collector, alice: User) -> None:
    Threshold.objects.update(cpu_usage=7, window=9)
    collector.sees(hdd_usage=90)
    threshold_reset(threshold=Threshold.objects.get(), actor=alice)
    found = Threshold.objects.get()
    assert (found.cpu_usage, found.window, found.hdd_usage_notified) == (80, 300, True)


def test_the_change_log_names_who_changed_a_limit_and_leaves_out_the_flags(collector: Collector, alice: User) -> None:
    threshold_update(threshold=Threshold.objects.get(), actor=alice, cpu_usage=55)
    collector.sees(hdd_usage=90)
    entry = LogEntry.objects.get_for_model(Threshold).filter(action=LogEntry.Action.UPDATE).get()
    assert (entry.actor, entry.changes) == (alice, {"cpu_usage": ["80", "55"]})
    created = LogEntry.objects.get_for_model(Threshold).get(action=LogEntry.Action.CREATE)
    assert not [name for name in created.changes if name.endswith("_notified")]


def test_a_server_gets_limits_when_it_is_enrolled_and_keeps_them_when_it_is_repaired(alice: User) -> None:
    server = Server.objects.create(owner=alice, name="new", ip_address="new.example.org")
    server_enrolled.send(Server, server=server, created=True)
    Threshold.objects.update(cpu_usage=33)
    server_enrolled.send(Server, server=server, created=False)
    assert Threshold.objects.get().cpu_usage == 33


def test_pausing_a_server_closes_its_incidents_quietly(collector: Collector) -> None:
    collector.sees(hdd_usage=90)
    collector.loses()
    before = Notification.objects.count()
    collector.server.enabled = False
    collector.server.save()
    assert {*Incident.objects.values_list("ending", "open_key")} == {("paused", None)}
    assert not Threshold.objects.get().hdd_usage_notified
    assert Notification.objects.count() == before


def test_pausing_a_lost_server_closes_that_too_but_loading_a_backup_judges_nothing(collector: Collector) -> None:
    collector.loses()
    collector.server.enabled = False
    collector.server.save_base(raw=True)
    assert Incident.objects.get().closed is None
    collector.server.save()
    assert Incident.objects.get().ending == "paused"


def test_switching_a_metric_off_closes_its_incident_quietly_and_leaves_the_others(collector: Collector) -> None:
    collector.sees(hdd_usage=90)
    collector.server.interval = 600
    collector.sees(cpu_usage=90)
    before = Notification.objects.count()
    collector.server.metrics_disabled = ["hdd_usage"]
    collector.server.save()
    assert Incident.objects.get(kind="hdd_usage").ending == "not_measured"
    assert Incident.objects.get(kind="cpu_usage").closed is None
    threshold = Threshold.objects.get()
    assert (threshold.hdd_usage_notified, threshold.cpu_usage_notified) == (False, True)
    assert Notification.objects.count() == before


def test_people_see_limits_and_incidents_of_their_own_servers_only(
    collector: Collector, alice: User, charlie: User, admin_person: User
) -> None:
    collector.sees(hdd_usage=90)
    for person, count in [(alice, 1), (charlie, 0), (admin_person, 1)]:
        assert thresholds_visible(person).count() == count
        assert incidents_visible(person).count() == count
        assert incidents_open(person).count() == count
    collector.sees(hdd_usage=10)
    assert incidents_open(alice).count() == 0
    assert incidents_visible(alice).count() == 1
    assert str(Incident.objects.get()) == "disk of web1"
    assert str(Threshold.objects.get()) == "limits of web1"
