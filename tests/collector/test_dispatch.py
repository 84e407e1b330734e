"""Who asks whom in a tick."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import redis
from celery import current_app
from celery.utils.nodenames import worker_direct
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.accounts.models import User
from virtadmin.collector import dispatch
from virtadmin.collector.due import Appointment
from virtadmin.collector.sharing import owner
from virtadmin.collector.workers import Announcer, Worker
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.stores.sql import SqlStore
from virtadmin.servers.models import Server, ServerState

ME, OTHER = Worker("me@a", this_machine=True), Worker("other@b")
Sent = list[tuple[str, tuple[Any, ...]]]


def watched(*ids: int, local: Sequence[int] = (), retry_at: float | None = None) -> list[Appointment]:
    return [Appointment(pk, 60, pending=False, lost=False, retry_at=retry_at, local=pk in local) for pk in ids]


def queue_of(name: str) -> str:
    return str(worker_direct(name).name)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, valkey: redis.Redis) -> Sent:
    """Rounds as (queue, arguments)."""
    found: Sent = []

    def send(name: str, args: tuple[Any, ...], queue: Any, expires: int) -> None:
        assert (name, expires) == ("collector.round", 30)
        found.append((queue.name, args))

    monkeypatch.setattr(current_app, "send_task", send)
    return found


@pytest.fixture
def make_server(alice: User) -> Callable[..., int]:
    def make(number: int, **fields: object) -> int:
        server = Server.objects.create(
            name=f"s{number}", ip_address=f"192.0.2.{number}", owner=alice, enrolled=True, **fields
        )
        ServerState.objects.create(server=server)
        return server.pk

    return make


@given(st.sets(st.integers(1, 99), max_size=40), st.sets(st.integers(1, 99), max_size=3))
def test_a_round_asks_each_due_server_once_and_this_machine_where_it_is(due: set[int], local: set[int]) -> None:
    found = dispatch.shared(watched(*range(1, 100), local=list(local)), due, [ME, OTHER])
    assert sorted(found["me@a"] + found["other@b"]) == sorted(due)
    assert not local & set(found["other@b"])


def test_this_machine_is_nobodys_where_no_worker_runs_there() -> None:
    assert dispatch.shared(watched(1, local=[1]), {1}, [OTHER]) == {"other@b": []}


def test_the_servers_of_a_worker_that_is_gone_are_due_at_once_but_those_that_must_wait() -> None:
    names = ("me@a", "other@b")
    theirs = [pk for pk in range(1, 50) if owner(pk, names) == "other@b"]
    assert dispatch.orphans(watched(*range(1, 50)), names, ["me@a"], now=100.0) == theirs
    assert dispatch.orphans(watched(*range(1, 50), retry_at=101.0), names, ["me@a"], now=100.0) == []
    assert dispatch.orphans(watched(*range(1, 50)), names, names, now=100.0) == []


def test_a_tick_covers_the_time_since_the_last_whatever_the_clock_does() -> None:
    assert dispatch.covered_since(995.0, 1000.0) == 995.0
    assert dispatch.covered_since(0.0, 1000.0) == 970.0, "after a pause"
    assert dispatch.covered_since(4600.0, 1000.0) == 995.0, "the clock was put back"
    assert dispatch.retried_until(995.0, 1000.0) == 1000.0
    assert dispatch.retried_until(4600.0, 1000.0) == 4605.0, "the clock was put back"


def test_every_worker_hears_of_its_share_by_its_own_queue(sent: Sent, make_server: Callable[..., int]) -> None:
    ids = [make_server(number) for number in range(1, 21)]  # new: due at once
    make_server(21, enabled=False)
    Announcer("other@b").announce({}, now=1000.0)
    dispatch.tick(now=1000.0, me=ME)
    assert sorted(queue for queue, _ in sent) == sorted(map(queue_of, ("me@a", "other@b")))
    assert sorted(pk for _, (_, share, _, _) in sent for pk in share) == ids
    assert {(number, tuple(names), anew) for _, (number, _, names, anew) in sent} == {(1, ("me@a", "other@b"), False)}


def test_a_tick_in_which_nobody_is_due_says_nothing_but_that_workers_came_or_went(
    sent: Sent, make_server: Callable[..., int], django_assert_max_num_queries: Any
) -> None:
    ServerState.objects.filter(server=make_server(1, interval=3600)).update(status="up")
    dispatch.tick(now=1000.0, me=ME)
    assert [args[1] for _, args in sent] == [[]]
    del sent[:]
    with django_assert_max_num_queries(2):  # one for servers, one for websites
        dispatch.tick(now=1005.0, me=ME)
    assert sent == []


def test_one_server_is_polled_anew_by_its_owner(sent: Sent, make_server: Callable[..., int]) -> None:
    pk = make_server(1)
    Announcer("other@b").announce({}, now=1000.0)
    dispatch.poll_now(pk, me=ME)
    assert [queue for queue, args in sent if args[1] == [pk]] == [queue_of(owner(pk, ("me@a", "other@b")))]
    assert all(args[3] for _, args in sent)
    Server.objects.all().delete()
    del sent[:]
    dispatch.poll_now(pk, me=ME)
    assert [args[1] for _, args in sent if args[1]] == [[pk]], "its owner is to close the channel"


def test_the_queue_of_a_worker_that_is_gone_for_an_hour_is_deleted(valkey: redis.Redis) -> None:
    queue: Any = worker_direct("old@a")
    current_app.send_task("collector.round", (1, [], [], False), queue=queue)
    assert valkey.llen(queue.name) == 1
    dispatch.queues_delete(["old@a"])
    assert not valkey.exists(queue.name)
    assert not [bound for bound in valkey.smembers("_kombu.binding.C.dq2") if b"old@a" in bound]


def test_a_clock_that_is_put_back_costs_no_history(
    sent: Sent, make_server: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which of the two was right: a machine that starts with a wrong clock must not lose its past."""
    pk, now = make_server(1), 1_800_000_000.0
    store = SqlStore(clock=lambda: now)
    store.write([(pk, Observation(now, {"cpu_usage": 5.0}, {}))])
    for clock in (now, now - 3600):
        dispatch.tick(now=clock, me=ME)
    store.roll(now - 3600)
    store.prune(now - 3600)
    assert [at for at, _ in store.raw(pk, "cpu_usage", 0, now + 9999)] == [now]
