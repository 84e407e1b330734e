"""Servers that are lost and come back, and host keys that change."""

import pytest

from tests.alerting.conftest import Collector
from virtadmin.alerting.contracts import Reachability
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.services import round_evaluate
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import ServerState


def told() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("pk").values_list("level", "title"))


def test_a_lost_server_is_told_once_with_what_happened_and_what_to_do(collector: Collector) -> None:
    collector.loses()
    collector.loses()
    assert told() == [("critical", "web1 is down: timeout")]
    notification = Notification.objects.get()
    assert notification.meta["status"] == "down"
    assert (notification.meta["stage"], notification.meta["hint"]) == ("timeout", "Is it on?")
    assert "No answer within 5 s." in notification.description
    assert "Is it on?" in notification.description
    incident = Incident.objects.get()
    assert (incident.kind, incident.level, incident.stage, incident.value) == ("lost", "critical", "timeout", None)


def test_its_return_is_told_once(collector: Collector) -> None:
    collector.loses()
    collector.finds()
    collector.finds()
    assert told()[1:] == [("recovery", "Recovered: web1 is up again")]
    assert Notification.objects.get(level="recovery").meta["status"] == "up"
    assert "after 1 min" in Notification.objects.get(level="recovery").description
    assert Incident.objects.get().closed is not None
    collector.loses("refused")
    assert len(told()) == 3
    assert Incident.objects.filter(closed=None).get().stage == "refused"


def test_the_last_answer_is_told_where_there_was_one(collector: Collector) -> None:
    ServerState.objects.create(server=collector.server, last_update="2026-11-22T12:00:00Z")
    collector.loses()
    assert "Last answer: 22 Nov 2026 12:00:00 UTC" in Notification.objects.get().description


def test_while_it_is_lost_other_alerts_are_held_but_recoveries_are_not(collector: Collector) -> None:
    collector.sees(hdd_usage=85)
    collector.loses()
    collector.sees(hdd_usage=99, cpu_usage=100)  # the first good answer of two
    assert [level for level, _ in told()] == ["warning", "critical"]
    assert Incident.objects.get(kind="hdd_usage").closed is None
    collector.sees(hdd_usage=20)
    assert [level for level, _ in told()] == ["warning", "critical", "recovery"]
    collector.finds()
    collector.sees(hdd_usage=99)
    assert told()[4] == ("critical", "Critical: web1: Disk at 99 %, limit 80 %")


def test_what_was_held_is_told_once_the_server_is_back(collector: Collector) -> None:
    collector.loses()
    collector.sees(hdd_usage=90)
    assert not Threshold.objects.get().hdd_usage_notified
    collector.finds()
    collector.sees(hdd_usage=90)
    assert Threshold.objects.get().hdd_usage_notified


@pytest.mark.parametrize("lost_before", [False, True])
def test_a_changed_host_key_is_a_security_alert_and_never_called_down(collector: Collector, lost_before: bool) -> None:
    if lost_before:
        collector.loses("timeout")
    Notification.objects.all().delete()
    collector.loses("host_key_changed", "The server showed an unknown key.", "Compare the fingerprint.")
    (found,) = Notification.objects.all()
    assert (found.level, found.title) == ("critical", "Security alert: the host key of web1 has changed")
    assert "down" not in f"{found.title} {found.description}".lower()
    assert "status" not in found.meta
    assert found.meta["stage"] == "host_key_changed"
    assert "Compare the fingerprint." in found.description
    collector.finds()
    titles = [title for level, title in told() if level == "recovery"]
    assert "Recovered: web1 shows an accepted host key" in titles
    assert len(titles) == 1 + lost_before
    assert not Incident.objects.filter(closed=None).exists()


def test_the_last_of_several_news_of_a_server_counts(collector: Collector) -> None:
    pk = collector.server.pk
    news = [Reachability(pk, lost=True, stage="dns", reason="No such name."), Reachability(pk, lost=False)]
    round_evaluate(observed=[], reachability=news, now=collector.now)
    assert told() == []


def test_a_server_that_is_deleted_takes_its_incidents_along_but_not_the_messages(collector: Collector) -> None:
    collector.loses()
    collector.server.delete()
    assert not Incident.objects.exists()
    assert Notification.objects.get().server is None
