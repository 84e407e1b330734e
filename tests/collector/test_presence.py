"""What a process says of itself as a worker."""

from types import SimpleNamespace
from typing import Any

import pytest
import redis
from celery.signals import celeryd_after_setup, heartbeat_sent, worker_shutting_down

from virtadmin.accounts.models import User
from virtadmin.collector import presence as presence_module
from virtadmin.collector import workers
from virtadmin.collector.presence import Presence
from virtadmin.servers import services
from virtadmin.servers.models import Server, ServerState


def started(*queues: str) -> Any:
    return SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=queues))))


@pytest.fixture
def presence(monkeypatch: pytest.MonkeyPatch) -> Presence:
    """This process's own, as Celery's signals reach it."""
    found = presence_module.presence
    monkeypatch.setattr(found, "announcer", None)
    return found


def test_a_worker_that_takes_rounds_says_what_it_holds_until_it_ends(
    presence: Presence, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "this_machine", True)
    celeryd_after_setup.send(sender="hub@vm", instance=started("default", "collect"), conf=None)
    heartbeat_sent.send(sender=None)
    [worker] = workers.workers_live()
    assert (worker.name, worker.this_machine, worker.counters["open"]) == ("hub@vm", True, 0)
    assert presence.me("hub@vm") == workers.Worker("hub@vm", this_machine=True)
    worker_shutting_down.send(sender="hub@vm", sig="SIGTERM", how="Warm", exitcode=0)
    heartbeat_sent.send(sender=None)
    assert workers.workers_live() == []


def test_a_worker_of_other_queues_says_nothing(presence: Presence, valkey: redis.Redis) -> None:
    celeryd_after_setup.send(sender="mail@vm", instance=started("deliver"), conf=None)
    heartbeat_sent.send(sender=None)
    worker_shutting_down.send(sender="mail@vm", sig="SIGTERM", how="Warm", exitcode=0)
    assert workers.workers_live() == []


def test_when_a_server_is_deleted_its_channel_is_closed(
    alice: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("virtadmin.collector.subscriptions.task_send", lambda *task: sent.append(task))
    server = Server.objects.create(name="s", ip_address="192.0.2.1", owner=alice, enrolled=True)
    ServerState.objects.create(server=server)
    known_as = server.pk
    with django_capture_on_commit_callbacks(execute=True):
        services.server_delete(server=server, actor=alice)
    assert sent == [("collector.poll_now", known_as)]
