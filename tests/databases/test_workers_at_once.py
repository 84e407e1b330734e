"""Several workers write the same rows at the same moment, as after a change of shares."""

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.collector.odd_hosts import FACTS, SAMPLE
from tests.databases.at_once import at_once
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Telling, Threshold
from virtadmin.alerting.telling.tell import tell
from virtadmin.collector.ingest import ingest
from virtadmin.collector.keeper import Outcome
from virtadmin.metrics.models import RawPoint
from virtadmin.notifications import delivery
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.registry import CHANNELS
from virtadmin.servers.enrolment.half_made import server_remove
from virtadmin.servers.models import Server, ServerState, Tag
from virtadmin.servers.services.watched import server_update

pytestmark = [pytest.mark.usefixtures("valkey"), pytest.mark.django_db(transaction=True)]
ROUNDS = 8
START = time.time() - 3600
"""Of the first round: two that come at different speeds must not write the same second, and none is still to come."""


def fleet(owner: User, count: int = 60) -> list[Server]:
    """Servers whose every sample crosses their memory limit."""
    Server.objects.bulk_create(
        Server(name=f"s{n}", ip_address=f"192.0.2.{n}", owner=owner, enrolled=True) for n in range(count)
    )
    servers = list(Server.objects.all())
    ServerState.objects.bulk_create(ServerState(server=server) for server in servers)
    Threshold.objects.bulk_create(Threshold(server=server, ram_usage=50, window=0) for server in servers)
    return servers


def outcomes(servers: list[Server], number: int) -> list[Outcome]:
    now = START + 5 * number
    answers = [(now - 1, SAMPLE % (1000 + number)), (now, SAMPLE % (1100 + number))]
    return [Outcome(server.pk, answers, FACTS if number % 2 else None, round=0) for server in servers]


def rounds(servers: list[Server], first: int = 0) -> None:
    for number in range(first, first + ROUNDS):
        ingest(outcomes(servers, number))


def test_two_that_write_the_same_servers_both_get_through(alice: User) -> None:
    """In opposite orders, the way that databases break off one of the two as a deadlock."""
    servers = fleet(alice)
    at_once(partial(rounds, servers), partial(rounds, servers[::-1], ROUNDS))
    assert ServerState.objects.filter(status="up", ram_usage__gt=50).count() == len(servers)
    assert RawPoint.objects.count() == 2 * ROUNDS * len(servers)


def test_who_waits_too_long_for_a_row_tries_again_and_loses_nothing(alice: User) -> None:
    """On MySQL and MariaDB the wait has an end, here after a second; on PostgreSQL it has none."""
    servers = fleet(alice)
    held, freed, waits = Event(), Event(), 1.0 if connection.vendor == "mysql" else 0.0

    def hold() -> None:
        with transaction.atomic():
            list(ServerState.objects.select_for_update().filter(server=servers[30]))
            held.set()
            freed.wait(30)

    def write() -> None:
        held.wait(30)
        if waits:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        ingest(outcomes(servers, 0))

    def free() -> None:
        held.wait(30)
        time.sleep(1.5 * waits)  # longer than the other waits
        freed.set()

    at_once(hold, write, free)
    assert ServerState.objects.filter(status="up", ram_usage__gt=50).count() == len(servers)


def test_an_incident_that_two_open_at_once_is_one_and_is_told_once(alice: User) -> None:
    servers = fleet(alice)
    at_once(*[partial(ingest, outcomes(servers, number)) for number in range(3)])
    assert Incident.objects.filter(open_key__isnull=False).count() == len(servers) == Incident.objects.count()
    assert Notification.objects.count() == len(servers)
    assert Threshold.objects.filter(ram_usage_notified=True).count() == len(servers)


def test_an_incident_that_two_close_at_once_is_closed_and_told_once(alice: User) -> None:
    servers = fleet(alice)
    ingest(outcomes(servers, 0))
    Threshold.objects.update(ram_usage=99)
    at_once(*[partial(ingest, outcomes(servers, number)) for number in range(1, 4)])
    assert not Incident.objects.filter(open_key__isnull=False).exists()
    assert Telling.objects.filter(what=Telling.What.CLOSED).count() == len(servers)
    at_once(*[partial(tell, clock=lambda: timezone.now() + timedelta(minutes=1)) for _ in range(3)])
    assert Notification.objects.filter(level="recovery").count() == len(servers)


def test_servers_deleted_and_changed_meanwhile_cost_the_others_nothing(alice: User) -> None:
    servers = fleet(alice)
    gone, changed = list(Server.objects.all()[::3]), servers[1::3]

    def change() -> None:
        for number, server in enumerate(changed):
            server_update(server=server, actor=alice, enabled=False, tags=[f"tag {number % 4}"])
            server_update(server=server, actor=alice, enabled=True)

    def delete() -> None:
        for server in gone:
            server_remove(server)

    at_once(partial(rounds, servers), partial(rounds, servers[::-1], ROUNDS), change, delete)
    ingest([replace(outcome, revision=1) for outcome in outcomes(changed, 3 * ROUNDS)])
    ingest(outcomes(servers, 3 * ROUNDS))
    assert ServerState.objects.filter(status="up").count() == len(servers) - len(gone) == Server.objects.count()


def test_a_tag_that_two_make_at_once_is_one(alice: User) -> None:
    servers = fleet(alice, 6)
    at_once(*[partial(server_update, server=server, actor=alice, tags=["new"]) for server in servers])
    assert Tag.objects.get().servers.count() == len(servers)


def test_a_message_is_claimed_by_one_of_those_who_see_it(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = fleet(alice, 20)
    ingest(outcomes(servers, 0))
    ids = list(Notification.objects.values_list("pk", flat=True))
    handed: list[tuple[str, object]] = []
    for channel in {CHANNELS[name] for name in Delivery.objects.values_list("channel", flat=True)}:
        note = partial(lambda name, message, to: handed.append((name, message.uid)), channel.name)
        monkeypatch.setattr(channel, "send", note)
    later = timezone.now() + timedelta(minutes=1)
    at_once(*[partial(delivery.deliver, notifications=ids, clock=lambda: later) for _ in range(4)])
    lines = Delivery.objects.values_list("channel", "notification__uid")
    assert sorted((name, str(uid)) for name, uid in handed) == sorted((name, str(uid)) for name, uid in lines)
