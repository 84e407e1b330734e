"""From samples to incidents and messages, for limits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from tests.alerting.conftest import START, Collector
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import Observed
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import DEFAULT_LIMIT, Incident, Threshold
from virtadmin.alerting.services import round_evaluate, threshold_update
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.observation import Observation
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.servers.models import Server


def told() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("pk").values_list("level", "title"))


def flags(server: Server) -> list[str]:
    threshold = Threshold.objects.get(server=server)
    return [limit.name for limit in LIMITS if getattr(threshold, limit.flag)]


def test_every_limit_of_the_catalogue_is_a_field_with_its_default_and_a_kind_of_incident() -> None:
    for limit in LIMITS:
        assert CATALOGUE[limit.metric].limit == Threshold._meta.get_field(limit.name).default == DEFAULT_LIMIT
        assert limit.name in Incident.Kind.values
        assert Threshold._meta.get_field(limit.flag).default is False


def test_a_busy_processor_opens_one_incident_once_the_window_is_covered(collector: Collector) -> None:
    for _ in range(3):
        collector.sees(cpu_usage=97)
    assert told() == []
    collector.sees(cpu_usage=97)
    assert told() == [("critical", "Critical: web1: CPU at 97 %, limit 80 %")]
    incident = Incident.objects.get()
    assert (incident.kind, incident.level, incident.value, incident.limit) == ("cpu_usage", "critical", 97, 80)
    assert incident.opened == datetime.fromtimestamp(collector.now, UTC)
    assert flags(collector.server) == ["cpu_usage"]
    meta = Notification.objects.get().meta
    assert meta["cpu_usage"] == 97.0
    assert (meta["limit"], meta["server"], meta["window"]) == (80, collector.server.pk, 300)
    for _ in range(5):
        collector.sees(cpu_usage=99)
    assert len(told()) == 1
    assert Incident.objects.get().peak == 99


def test_it_says_when_it_is_over_and_how_bad_it_was(collector: Collector) -> None:
    for value in [90, 90, 90, 90, 20, 20, 20, 20, 20]:
        collector.sees(cpu_usage=value)
    assert told() == [("warning", "web1: CPU at 90 %, limit 80 %"), ("recovery", "Recovered: web1: CPU at 62 %")]
    incident = Incident.objects.get()
    assert incident.closed is not None
    assert (incident.open_key, incident.ending, incident.peak) == (None, "recovered", 90)
    assert flags(collector.server) == []
    closing = Notification.objects.get(level="recovery")
    assert closing.meta["cpu_usage"] <= 75
    assert closing.meta["peak"] == 90
    assert closing.meta["seconds"] == timedelta(minutes=2).total_seconds()
    assert len({*Notification.objects.values_list("thread", flat=True)}) == 1


def test_a_warning_that_becomes_critical_is_told_once_more(collector: Collector) -> None:
    for value in [90, 90, 90, 90, 100, 100, 100, 100, 100, 90, 90, 90, 100, 100, 100, 100, 100]:
        collector.sees(cpu_usage=value)
    assert [level for level, _ in told()] == ["warning", "critical"]
    assert told()[1][1].startswith("Critical: web1: CPU has risen to 9")
    assert Incident.objects.get().level == "critical"


def test_a_full_disk_is_told_at_once_with_its_place(collector: Collector) -> None:
    collector.sees(hdd_usage=96.5, details={"hdd_mount": "/var"})
    assert told() == [("critical", "Critical: web1: Disk at 96.5 %, limit 80 %")]
    assert "on /var" in Notification.objects.get().description
    assert Notification.objects.get().meta["place"] == "/var"


def test_a_server_asked_less_often_than_its_window_is_judged_by_its_newest_sample(collector: Collector) -> None:
    collector.server.interval = 600
    collector.sees(ram_usage=85)
    assert told() == [("warning", "web1: Memory at 85 %, limit 80 %")]
    assert Notification.objects.get().meta["window"] == 0


def test_network_limits_are_judged_only_where_the_link_speed_is_known(collector: Collector) -> None:
    Threshold.objects.update(window=0)
    collector.sees(network_usage_in=900, network_usage_out=5)
    assert told() == []
    collector.sees(network_usage_in=900, network_in_percent=90, network_usage_out=5, network_out_percent=0.5)
    assert told() == [("warning", "web1: Network in at 90 %, limit 80 %")]
    assert Notification.objects.get().meta["network_in_usage"] == 90
    collector.sees()  # no rates this time: nothing is known, nothing changes
    assert flags(collector.server) == ["network_in_usage"]
    collector.sees(network_usage_in=900, network_usage_out=5)
    assert flags(collector.server) == []
    assert Incident.objects.get().ending == "not_measured"
    assert len(told()) == 1, "nobody saw it recover"


def test_a_limit_changed_by_a_person_is_judged_at_the_next_sample(collector: Collector, alice: User) -> None:
    threshold = Threshold.objects.get()
    collector.sees(ram_usage=40)
    threshold_update(threshold=threshold, actor=alice, ram_usage=1, window=0)
    assert told() == []
    collector.sees(ram_usage=40)
    assert flags(collector.server) == ["ram_usage"]
    threshold_update(threshold=threshold, actor=alice, ram_usage=99)
    collector.sees(ram_usage=40)
    assert flags(collector.server) == []
    assert [level for level, _ in told()] == ["warning", "recovery"]
    assert Incident.objects.get().ending == "limit_changed"
    assert "set to 99 %" in Notification.objects.get(level="recovery").description


def test_its_owner_and_the_people_it_is_shared_with_are_told_and_no_one_else(
    collector: Collector, alice: User, bob: User, charlie: User, admin_person: User
) -> None:
    group = Group.objects.create(name="team")
    bob.groups.add(group)
    alice.groups.add(group)
    collector.server.groups.add(group)
    collector.sees(hdd_usage=90)
    assert {row.recipient for row in Notification.objects.all()} == {alice, bob}
    assert Notification.objects.count() == 2
    assert not Delivery.objects.filter(channel="email").exists(), "EMAIL_URL is not set"
    assert Delivery.objects.filter(channel="in_page", status="pending").count() == 2


def test_a_repeated_batch_changes_nothing(collector: Collector) -> None:
    for _ in range(4):
        collector.sees(cpu_usage=90)
    for _ in range(5):
        collector.sees(after=0, cpu_usage=90)
        collector.sees(after=-60, cpu_usage=90)
    assert len(told()) == 1


def test_the_last_of_several_observations_of_a_server_is_judged(server: Server, valkey: object) -> None:
    seen = [
        Observed(server.pk, 60, Observation(START + 60 * place, {"cpu_usage": 90.0, "hdd_usage": 99.0 - 30 * place}))
        for place in range(4)
    ]
    round_evaluate(observed=seen, reachability=[], now=START + 240)
    assert [title for _, title in told()] == ["web1: CPU at 90 %, limit 80 %"]


def test_a_lost_valkey_means_later_alerts_never_false_ones(collector: Collector, valkey: object) -> None:
    for _ in range(3):
        collector.sees(cpu_usage=100)
    valkey.flushall()  # type: ignore[attr-defined]
    for _ in range(3):
        collector.sees(cpu_usage=100)
        assert told() == []
    collector.sees(cpu_usage=100)
    assert len(told()) == 1


@pytest.mark.parametrize("gone", ["paused", "deleted"])
def test_a_round_that_comes_late_for_a_server_that_is_no_longer_watched_is_dropped(
    collector: Collector, gone: str
) -> None:
    if gone == "paused":
        Server.objects.update(enabled=False)
    else:
        Server.objects.all().delete()
    collector.sees(hdd_usage=99)
    collector.loses()
    assert not Incident.objects.exists()
    assert told() == []


def test_limits_that_went_missing_come_back_and_their_flags_agree(collector: Collector) -> None:
    collector.sees(hdd_usage=90)
    Threshold.objects.all().delete()
    collector.sees(hdd_usage=90)
    assert flags(collector.server) == ["hdd_usage"]
    assert len(told()) == 1
    collector.sees(hdd_usage=10)
    assert flags(collector.server) == []


def test_an_incident_that_another_process_opened_just_now_stands(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.sees(hdd_usage=90)
    monkeypatch.setattr("virtadmin.alerting.services.open_incidents", lambda ids: {})
    collector.sees(hdd_usage=90)
    assert Incident.objects.count() == 1
    assert len(told()) == 1


def test_an_incident_that_another_process_closed_just_now_is_not_closed_twice(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.sees(hdd_usage=90)
    stale = {(row.subject, row.kind): row for row in Incident.objects.all()}
    collector.sees(hdd_usage=10)
    monkeypatch.setattr("virtadmin.alerting.services.open_incidents", lambda ids: stale)
    collector.sees(hdd_usage=10)
    assert [level for level, _ in told()] == ["warning", "recovery"]


def test_a_round_takes_as_many_queries_for_forty_servers_as_for_one(
    alice: User, server_of: Callable[..., Server], valkey: object, django_assert_max_num_queries: Callable[..., object]
) -> None:
    servers = [server_of(alice, f"s{place}") for place in range(40)]

    def observed(at: float, value: float) -> list[Observed]:
        return [Observed(row.pk, 60, Observation(at, {"hdd_usage": value, "cpu_usage": 10.0})) for row in servers]

    with django_assert_max_num_queries(2):  # type: ignore[attr-defined]
        round_evaluate(observed=observed(START, 10), reachability=[], now=START)
    with django_assert_max_num_queries(32):  # type: ignore[attr-defined]
        round_evaluate(observed=observed(START + 60, 90), reachability=[], now=START + 60)
    assert Notification.objects.count() == 40
    with django_assert_max_num_queries(3):  # type: ignore[attr-defined]
        round_evaluate(observed=observed(START + 120, 91), reachability=[], now=START + 120)
    with django_assert_max_num_queries(27):  # type: ignore[attr-defined]
        round_evaluate(observed=observed(START + 180, 10), reachability=[], now=START + 180)
    assert Notification.objects.count() == 80
