"""The processes of the moment at which a limit is crossed, from the crossing to the message that names them."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from tests.collector.odd_hosts import OddHosts
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import Observed
from virtadmin.alerting.models import Incident
from virtadmin.alerting.services import round_evaluate
from virtadmin.collector import context, tasks
from virtadmin.collector.errands import Answer
from virtadmin.collector.keeper import Keeper
from virtadmin.collector.workers import Announcer
from virtadmin.metrics.observation import Observation
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.servers.models import Server
from virtadmin.ssh.stages import ConnectionFailure, Stage

pytestmark = [pytest.mark.usefixtures("valkey"), pytest.mark.django_db(transaction=True)]
Make = Callable[..., Server]
Sent = list[tuple[str, Any, str]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The tasks that are sent, by name, with their arguments and the queue."""
    found: Sent = []

    def send_task(name: str, args: Any = (), queue: Any = None, **options: Any) -> None:
        found.append((name, args, getattr(queue, "name", "")))

    monkeypatch.setattr(current_app, "send_task", send_task)
    return found


def cross(*servers: Server, metric: str = "cpu_usage") -> None:
    """A round in which the servers' figures are over their limits."""
    now = time.time()
    seen = [Observed(server.pk, 600, Observation(now, {metric: 90.0})) for server in servers]
    round_evaluate(observed=seen, reachability=[], now=now)


def looks(sent: Sent) -> Sent:
    return [one for one in sent if one[0] == "collector.context"]


def test_a_crossed_limit_asks_the_worker_that_holds_the_channel(make_server: Make, worker: str, sent: Sent) -> None:
    server = make_server("well")
    cross(server)
    [(_, (pairs,), queue)] = looks(sent)
    assert (pairs, queue) == ([(server.pk, [Incident.objects.get().pk])], f"{worker}.dq2")


def test_the_message_waits_for_them_and_names_them(
    make_server: Make, worker: str, keeper: Keeper, sent: Sent, alice: User, hosts: OddHosts
) -> None:
    server = make_server("well")
    hosts.heaviest = b"process 1 45 524288 mysqld\nprocess 2 5 2048 <b>x</b>\x1b[31m\n" + b"process 3 1 1 %b\n" % (
        b"y" * 10_000
    )
    cross(server, metric="cpu_usage")
    cross(server, metric="ram_usage")
    waiting = Delivery.objects.filter(notification__kind="limit_crossed")
    assert all(line.next_attempt > line.notification.timestamp for line in waiting.all())
    tasks.look(looks(sent)[0][1][0])
    message = Notification.objects.get(recipient=alice, kind="limit_crossed")
    assert "Heaviest now: mysqld 180 %, <b>x</b>?[31m 20 %, yyy" in message.description
    assert "y" * 40 not in message.description
    assert Incident.objects.get(kind="cpu_usage").context["processes"][0]["name"] == "mysqld"
    assert {line.channel: line.next_attempt <= timezone.now() for line in waiting.all()} == {
        "in_page": True,
        "server_log": True,
    }


def test_when_it_becomes_critical_they_are_looked_at_again(
    make_server: Make, worker: str, keeper: Keeper, sent: Sent, alice: User, hosts: OddHosts
) -> None:
    server = make_server("well")
    cross(server)
    tasks.look(looks(sent)[0][1][0])
    hosts.heaviest = b"process 1 20 1024 backup\n"
    later = time.time() + 60
    round_evaluate(
        observed=[Observed(server.pk, 600, Observation(later, {"cpu_usage": 97.0}))], reachability=[], now=later
    )
    risen = Notification.objects.get(recipient=alice, kind="limit_critical")
    tasks.look(looks(sent)[1][1][0])
    risen.refresh_from_db()
    assert "Heaviest now: backup 80 %" in risen.description
    assert "mysqld" in Notification.objects.get(recipient=alice, kind="limit_crossed").description
    later += 60
    round_evaluate(
        observed=[Observed(server.pk, 600, Observation(later, {"cpu_usage": 7.0}))], reachability=[], now=later
    )
    assert "processes" not in Notification.objects.get(recipient=alice, kind="limit_cleared").meta
    assert len(looks(sent)) == 2


@pytest.mark.parametrize("metric", ["hdd_usage", "network_in_percent"])
def test_what_processes_do_not_explain_asks_nobody(make_server: Make, worker: str, sent: Sent, metric: str) -> None:
    cross(make_server("well"), metric=metric)
    assert Incident.objects.exists()
    assert looks(sent) == []


def test_of_very_many_at_once_some_are_asked(
    make_server: Make, worker: str, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "MOST", 2)
    servers = [make_server(f"u{number}", number) for number in range(1, 6)]
    cross(*servers)
    [(_, (pairs,), _)] = looks(sent)
    assert sorted(server_id for server_id, _ in pairs) == [server.pk for server in servers[:2]]


def test_each_worker_is_asked_about_its_own_servers(make_server: Make, worker: str, sent: Sent) -> None:
    Announcer("other@there").announce({}, now=time.time())
    servers = [make_server(f"u{number}", number) for number in range(1, 13)]
    cross(*servers)
    asked = {queue: {pk for pk, _ in pairs} for _, (pairs,), queue in looks(sent)}
    assert set(asked) == {f"{worker}.dq2", "other@there.dq2"}
    assert sorted(pk for pks in asked.values() for pk in pks) == [server.pk for server in servers]


def test_one_look_serves_both_of_a_servers_incidents(
    make_server: Make, keeper: Keeper, hosts: OddHosts, sent: Sent
) -> None:
    server = make_server("well")
    cross(server, metric="cpu_usage")
    cross(server, metric="ram_usage")
    context.processes_look({server.pk: [row.pk for row in Incident.objects.all()]})
    assert hosts.asked["well"] == 1
    assert all(row.context["processes"] for row in Incident.objects.all())


def test_a_server_that_does_not_answer_keeps_no_message(
    make_server: Make, keeper: Keeper, sent: Sent, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_server("stranger")
    cross(server)
    began = time.monotonic()
    context.processes_look({server.pk: [Incident.objects.get().pk]})
    assert time.monotonic() - began < context.SECONDS + 1
    line = Delivery.objects.filter(channel="in_page").get()
    assert line.next_attempt.timestamp() <= time.time()
    assert "Heaviest" not in Notification.objects.get(recipient=alice).description


def test_without_a_worker_or_a_broker_the_message_goes_without_them(
    make_server: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sent: Sent, settings: Any
) -> None:
    server = make_server("well")
    context.incidents_look([(1, server.pk, "cpu_usage")])
    assert looks(sent) == []
    Announcer("other@there").announce({}, now=time.time())

    def away(*args: object, **options: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(current_app, "send_task", away)
    context.incidents_look([(1, server.pk, "cpu_usage")])
    settings.REDIS_URL = "redis://127.0.0.1:1"
    context.incidents_look([(1, server.pk, "cpu_usage")])
    assert caplog.text.count("the processes of 1 servers are not looked at") == 2


@pytest.mark.parametrize(
    "answer",
    [
        ConnectionFailure(Stage.TIMEOUT, "no answer"),
        b"",
        b"virtadmin-probe 1 top\nnothing of the kind\nvirtadmin-probe end\n",
        b"virtadmin-probe 1 error\nerror top needs awk\nvirtadmin-probe end\n",
    ],
    ids=["no answer", "nothing", "nonsense", "refused"],
)
def test_what_cannot_be_told_is_no_process(answer: Answer) -> None:
    assert context.heaviest(answer, 1) == []
