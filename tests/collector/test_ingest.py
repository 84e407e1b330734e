"""From answers to rows: state, history, limits, the live bus."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.collector.odd_hosts import FACTS, SAMPLE
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.telling.tell import tell
from virtadmin.collector import memory
from virtadmin.collector.ingest import ingest, is_late
from virtadmin.collector.keeper import Before, Outcome
from virtadmin.metrics.sample import Sample
from virtadmin.metrics.store import history
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server, ServerState
from virtadmin.ssh.stages import ConnectionFailure, Stage

pytestmark = pytest.mark.usefixtures("valkey")


def answer(uptime: float, busy: int = 100) -> bytes:
    return (SAMPLE % uptime).replace(b"cpu  100 0 100 800", b"cpu  %d 0 100 %d" % (busy, 800 + int(uptime)))


def good(server_id: int, *uptimes: float, before: Before | None = None) -> Outcome:
    """What came over a channel, a new one unless what was `before` over it is given."""
    now = time.time()
    answers = [(now + index, answer(uptime, int(uptime))) for index, uptime in enumerate(uptimes)]
    return Outcome(server_id, answers, FACTS if len(uptimes) > 1 else None, before=before or Before())


def bad(server_id: int, stage: Stage = Stage.TIMEOUT) -> Outcome:
    return Outcome(server_id, failure=ConnectionFailure(stage, "it was not to be"))


@pytest.fixture
def make_server(alice: User) -> Callable[..., Server]:
    def make(number: int = 1, **fields: object) -> Server:
        server = Server.objects.create(
            name=f"s{number}", ip_address=f"192.0.2.{number}", owner=alice, enrolled=True, **fields
        )
        ServerState.objects.create(server=server)
        Threshold.objects.create(server=server)
        return server

    return make


def test_the_first_poll_already_has_rates_facts_and_history(make_server: Callable[..., Server]) -> None:
    server = make_server()
    ingest([good(server.pk, 1000, 1100)])
    state = ServerState.objects.get(server=server)
    assert (state.status, state.status_reason) == ("up", "")
    assert state.cpu_usage == pytest.approx(50.0)
    assert state.ram_usage == pytest.approx(60.0)
    assert state.uptime == 1100
    assert state.facts["os"] == "Odd 1"
    assert state.metrics["values"]["ram_usage"] == pytest.approx(60.0)
    now = time.time()
    assert [value for _, value in history().raw(server.pk, "ram_usage", now - 60, now + 60)] == [pytest.approx(60.0)]


def test_the_next_poll_goes_on_from_the_sample_before_it(make_server: Callable[..., Server]) -> None:
    server = make_server()
    before = Before()
    ingest([good(server.pk, 1000, 1100, before=before)])
    assert before.totals
    assert before.totals.uptime == 1100
    ingest([good(server.pk, 1200, before=before)])
    assert before.totals.uptime == 1200
    assert ServerState.objects.get(server=server).cpu_usage == pytest.approx(50.0)
    [(at_saved, sample)] = memory.taken_load([server.pk]).values()
    assert sample.uptime == 1200
    at = ServerState.objects.get(server=server).last_update
    assert at is not None
    assert at_saved == pytest.approx(at.timestamp(), abs=0.001)


def test_a_poll_that_began_before_it_got_other_keys_is_dropped(make_server: Callable[..., Server]) -> None:
    server = make_server()
    ServerState.objects.update(revision=1)
    ingest([bad(server.pk, Stage.HOST_KEY_CHANGED)])
    assert ServerState.objects.get().status == "pending"
    assert not Incident.objects.exists()
    ingest([replace(good(server.pk, 1000, 1100), revision=1)])
    assert ServerState.objects.get().status == "up"


def test_failures_count_then_tell_once_and_recovery_is_told_once(
    make_server: Callable[..., Server], alice: User
) -> None:
    server = make_server()
    ingest([good(server.pk, 1000, 1100)])
    for expected in ("up", "up", "down", "down"):
        ingest([bad(server.pk)])
        state = ServerState.objects.get(server=server)
        assert (state.status, state.status_reason) == (expected, "timeout: it was not to be")
        assert state.ram_usage == pytest.approx(60.0), "the newest numbers stay"
    assert Incident.objects.filter(server=server, closed=None).count() == 1
    ingest([good(server.pk, 2000, 2100)])
    assert ServerState.objects.get(server=server).status == "down"
    ingest([good(server.pk, 2200)])
    assert ServerState.objects.get(server=server).status == "up"
    assert not Incident.objects.filter(closed=None).exists()
    tell(clock=lambda: timezone.now() + timedelta(seconds=20))  # a return so close is not told at once
    assert sorted(Notification.objects.filter(recipient=alice).values_list("level", flat=True)) == [
        "critical",
        "recovery",
    ]


def test_a_limit_is_judged_in_the_same_batch(make_server: Callable[..., Server]) -> None:
    server = make_server()
    Threshold.objects.filter(server=server).update(ram_usage=50, window=0)
    ingest([good(server.pk, 1000, 1100)])
    assert Threshold.objects.get(server=server).ram_usage_notified
    assert Notification.objects.get().meta["ram_usage"] == pytest.approx(60.0)


def test_an_answer_that_cannot_be_read_is_a_failure_of_the_probe(make_server: Callable[..., Server]) -> None:
    server = make_server()
    ingest([Outcome(server.pk, [(time.time(), b"virtadmin-probe 1 sample\nnonsense\nvirtadmin-probe end\n")])])
    state = ServerState.objects.get(server=server)
    assert state.status == "down"
    assert state.status_reason.startswith("probe_failed: ")


def test_a_server_deleted_meanwhile_costs_the_others_nothing(make_server: Callable[..., Server]) -> None:
    gone, stays = make_server(1), make_server(2)
    outcomes = [good(gone.pk, 1000, 1100), good(stays.pk, 1000, 1100)]
    gone.delete()
    ingest(outcomes)
    assert [state.server_id for state in ServerState.objects.all()] == [stays.pk]
    assert ServerState.objects.get().status == "up"


def test_what_a_person_changed_meanwhile_is_not_overwritten(make_server: Callable[..., Server]) -> None:
    server = make_server()
    outcome = good(server.pk, 1000, 1100)
    Server.objects.filter(pk=server.pk).update(name="renamed", metrics_disabled=["cpu_usage"])
    ingest([outcome])
    assert Server.objects.get().name == "renamed"
    assert ServerState.objects.get().cpu_usage is None


def test_the_number_of_queries_does_not_grow_with_the_batch(make_server: Callable[..., Server]) -> None:
    def queries(servers: list[Server]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ingest([good(server.pk, 1000, 1100) for server in servers])
        return len(captured)

    servers = [make_server(number) for number in range(1, 41)]
    assert queries(servers[:2]) == queries(servers)


def test_what_a_batch_took_in_memory_is_free_once_it_is_written(make_server: Callable[..., Server]) -> None:
    def samples() -> int:
        return sum(type(found) is Sample for found in gc.get_objects())  # isinstance would wake lazy objects of others

    server = make_server()
    ingest([good(server.pk, 1000, 1100)])
    gc.collect()
    gc.disable()
    try:
        before = samples()
        ingest([good(server.pk, 1200)])
        assert samples() == before, "nothing of it waits for the collector of garbage"
    finally:
        gc.enable()


def test_open_pages_hear_of_it(make_server: Callable[..., Server], valkey: redis.Redis) -> None:
    server = make_server()
    listener = valkey.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("virtadmin:live:servers")
    ingest([good(server.pk, 1000, 1100)])
    heard = [found for found in (listener.get_message(timeout=1) for _ in range(3)) if found]
    assert [found["data"] for found in heard] == [b'{"ids":[%d]}' % server.pk]
    listener.close()


def test_without_valkey_polls_are_still_written(
    make_server: Callable[..., Server], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_server()
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    ingest([good(server.pk, 1000)])
    assert ServerState.objects.get().status == "up"
    assert "cannot be saved" in caplog.text
    assert memory.taken_load([server.pk]) == {}
    assert "cannot be read" in caplog.text
    assert memory.taken_load([]) == {}


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_jump_of_the_hubs_clock_or_the_hosts_tears_no_hole_and_alerts_nobody(
    make_server: Callable[..., Server], jump: float
) -> None:
    server = make_server()
    before = Before()
    ingest([good(server.pk, 1000, 1100, before=before)])
    at = time.time() + jump
    with time_machine.travel(at, tick=False):
        ingest([Outcome(server.pk, [(at, answer(1200, 1200))], before=before)])
    state = ServerState.objects.get(server=server)
    assert (state.status, state.cpu_usage) == ("up", pytest.approx(50.0))
    assert state.last_update is not None
    assert state.last_update.timestamp() == pytest.approx(at, abs=0.01)
    assert not Notification.objects.exists()


def test_a_result_of_an_older_round_does_not_overwrite_a_newer_one(make_server: Callable[..., Server]) -> None:
    server = make_server()
    numbers = [memory.round_begin() for _ in range(2)]
    newer, older = good(server.pk, 2000, 2100), bad(server.pk)
    newer.round, older.round = numbers[1], numbers[0]
    ingest([newer])
    ingest([older])
    state = ServerState.objects.get(server=server)
    assert (state.status_reason, state.failures, state.round) == ("", 0, numbers[1])


@pytest.mark.parametrize(
    ("number", "written", "newest", "late"),
    [
        (6, 5, 6, False),
        (5, 5, 6, False),
        (4, 5, 6, True),
        (3, 900, 3, False),  # Valkey lost its memory: rounds count anew
        (900, 3, 4, True),  # one from before that
        (4, 5, None, False),
    ],
)
def test_late_is_what_belongs_to_a_round_before_the_one_written(
    number: int, written: int, newest: int | None, late: bool
) -> None:
    assert is_late(number, written, newest) is late


def test_an_answer_of_before_the_clock_was_put_back_is_dated_when_it_is_written(
    make_server: Callable[..., Server],
) -> None:
    server, hour = make_server(), 3600
    outcome = good(server.pk, 1000, 1100)
    outcome.answers[:] = [(at + hour, said) for at, said in outcome.answers]
    ingest([outcome])
    state = ServerState.objects.get(server=server)
    assert state.last_update is not None
    assert state.last_update <= timezone.now()
    assert history().raw(server.pk, "ram_usage", time.time() + 1, time.time() + 2 * hour) == []
