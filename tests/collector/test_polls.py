"""A worker's part of a round, against real SSH connections; what happens when the database fails meanwhile."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection

from tests.collector.odd_hosts import OddHosts
from virtadmin.collector import dispatch, memory, rounds, tasks
from virtadmin.collector.keeper import Keeper
from virtadmin.collector.sharing import owner
from virtadmin.servers.models import Server, ServerState
from virtadmin.ssh.stages import Stage

pytestmark = pytest.mark.usefixtures("valkey")


class Away:
    """While it is true, every statement the database gets fails."""

    def __init__(self) -> None:
        self.is_away = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.is_away:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)


@pytest.fixture
def away() -> Iterator[Away]:
    switch = Away()
    with connection.execute_wrapper(switch):
        yield switch


def state(server: Server) -> ServerState:
    return ServerState.objects.get(server=server)


def test_a_poll_reads_the_key_only_where_a_connection_is_to_be_opened(
    make_server: Callable[..., Server], keeper: Keeper, hosts: OddHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server("well")
    rounds.poll([server.pk], 1)
    assert (state(server).status, state(server).round, keeper.open_count) == ("up", 1, 1)
    monkeypatch.setattr("virtadmin.core.secrets.decrypt", lambda token: pytest.fail("a secret was read"))
    rounds.poll([server.pk], 2)
    assert (state(server).round, hosts.logins) == (2, {"well": 1})


def test_a_key_that_cannot_be_read_costs_no_other_server_its_poll(
    make_server: Callable[..., Server], keeper: Keeper, settings: Any
) -> None:
    theirs = make_server("theirs", 1)
    settings.SECRETS_KEY = ["another"]
    well = make_server("well", 2)
    rounds.poll([theirs.pk, well.pk])
    assert state(well).status == "up"
    assert state(theirs).status == "down"
    assert state(theirs).status_reason.startswith(Stage.AUTH_REJECTED)


def test_channels_of_servers_that_are_others_now_are_closed(make_server: Callable[..., Server], keeper: Keeper) -> None:
    servers = [make_server(f"u{number}", number) for number in range(1, 9)]
    ids, names = [server.pk for server in servers], ("me@a", "other@b")
    rounds.share_poll(1, ids, names=["me@a"], me="me@a")
    assert keeper.open_count == 8
    rounds.share_poll(2, [], names=names, me="me@a")
    assert set(keeper._held) == {pk for pk in ids if owner(pk, names) == "me@a"}


def test_polled_anew_means_over_a_new_connection(
    make_server: Callable[..., Server], keeper: Keeper, hosts: OddHosts
) -> None:
    server = make_server("well")
    for anew in (False, False, True):
        rounds.share_poll(1, [server.pk], names=["me@a"], me="me@a", anew=anew)
    assert hosts.logins == {"well": 2}
    Server.objects.filter(pk=server.pk).update(enabled=False)
    rounds.share_poll(1, [server.pk], names=["me@a"], me="me@a", anew=True)
    assert keeper.open_count == 0, "of a paused or deleted server the channel is closed"


def test_this_machine_is_let_go_by_nobody() -> None:
    names = ("a@a", "b@b", "c@c")
    others = [rounds.is_others(pk, transport, names, "a@a") for pk in range(20) for transport in ("local", "ssh")]
    assert not any(others[::2])
    assert any(others[1::2])


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_polls_are_dropped_and_counted_and_then_it_goes_on_by_itself(
    make_server: Callable[..., Server], keeper: Keeper, away: Away, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    server = make_server("well")
    rounds.poll([server.pk], 1)
    questions = rounds.selectors.questions([server.pk], 2)
    monkeypatch.setattr(rounds.selectors, "questions", lambda *args: questions)
    away.is_away = True
    for _ in range(3):
        rounds.poll([server.pk], 2)
    assert keeper.counters.dropped == 3
    assert caplog.text.count("1 results of servers are dropped") == 3
    assert "Traceback" not in caplog.text
    away.is_away = False
    rounds.poll([server.pk], 2)
    assert (state(server).round, keeper.counters.dropped, keeper.open_count) == (2, 3, 1)


def test_what_nobody_thought_of_costs_its_batch_alone(
    make_server: Callable[..., Server], keeper: Keeper, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(rounds, "ingest", lambda outcomes: 1 / 0)
    rounds.poll([make_server("well").pk])
    assert keeper.counters.dropped == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_tick_that_failed_with_the_database_is_made_up_for_by_the_next(
    make_server: Callable[..., Server], away: Away, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    server = make_server("well", interval=5)
    ServerState.objects.update(status="up")
    asked: list[set[int]] = []
    monkeypatch.setattr(dispatch, "round_send", lambda watched, due, live, number: asked.append(due))
    tasks.tick()
    away.is_away = True
    before = memory.bus.connection().get(memory.LAST_TICK)
    tasks.tick()
    assert "nobody is asked in this tick" in caplog.text
    assert memory.bus.connection().get(memory.LAST_TICK) == before
    away.is_away = False
    monkeypatch.setattr(tasks.time, "time", lambda: float(before) + 6)
    tasks.tick()
    assert asked[-1] == {server.pk}


def test_a_poll_at_once_goes_through_the_task(
    make_server: Callable[..., Server], keeper: Keeper, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server("well")
    monkeypatch.setattr(dispatch.current_app, "send_task", lambda name, args, **options: tasks.share.apply(args))
    tasks.poll_now.apply((server.pk,)).get()
    assert state(server).status == "up"
