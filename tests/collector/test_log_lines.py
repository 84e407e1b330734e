"""Lines in a server's own log: by the worker that holds its channel, once, and never more than a line."""

import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
import redis
from celery import current_app
from django.db import connections
from kombu.exceptions import OperationalError

from tests.collector.odd_hosts import OddHosts
from virtadmin.collector import log_lines
from virtadmin.collector.holders import holders
from virtadmin.collector.keeper import Keeper
from virtadmin.collector.log_lines import NotWritten, cut, line_answer, line_send, line_write
from virtadmin.collector.workers import Announcer
from virtadmin.servers.models import Server

pytestmark = pytest.mark.usefixtures("valkey")
Make = Callable[..., Server]


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Any]]]:
    """Another worker is the only one that asks servers; what it was sent is done in a thread, as it would do it."""
    Announcer("other@there").announce({}, now=time.time())
    sent: list[tuple[str, Any]] = []
    threads: list[Thread] = []

    def send_task(name: str, args: tuple[Any, ...], queue: Any, expires: float) -> None:
        sent.append((name, queue.name))
        server_id, text, mark, reply = args

        def work() -> None:
            line_answer(server_id=server_id, text=text, mark=mark, reply=reply)
            connections.close_all()

        threads.append(Thread(target=work))
        threads[-1].start()

    monkeypatch.setattr(current_app, "send_task", send_task)
    yield sent
    for thread in threads:
        thread.join()


def test_the_worker_that_holds_the_channel_writes_it_itself(
    make_server: Make, keeper: Keeper, hosts: OddHosts, worker: str
) -> None:
    server = make_server("well")
    assert line_send(server_id=server.pk, text="CPU at 97 %", mark="a") == "journal"
    assert hosts.logged == {"well": ["CPU at 97 %"]}


@pytest.mark.django_db(transaction=True)
def test_others_ask_that_worker(
    make_server: Make, keeper: Keeper, hosts: OddHosts, other: list[tuple[str, Any]]
) -> None:
    server, stranger = make_server("well", 1), make_server("stranger", 2)
    assert line_send(server_id=server.pk, text="CPU at 97 %", mark="a") == "journal"
    assert hosts.logged == {"well": ["CPU at 97 %"]}
    assert other == [("collector.log_line", "other@there.dq2")]
    with pytest.raises(NotWritten, match="rejected") as failed:
        line_send(server_id=stranger.pk, text="x", mark="b")
    assert not failed.value.hub


def test_asked_again_it_is_not_written_again(
    make_server: Make, keeper: Keeper, hosts: OddHosts, valkey: redis.Redis
) -> None:
    server = make_server("well")
    for mark in ("one", "one", "two", "one"):
        assert line_write(server_id=server.pk, text=mark, mark=mark) == "journal"
    assert hosts.logged == {"well": ["one", "two"]}
    assert 23 * 3600 < int(valkey.ttl(log_lines.WRITTEN % "one")) <= 24 * 3600


def test_what_the_probe_refuses_is_not_taken_for_written(make_server: Make, keeper: Keeper, hosts: OddHosts) -> None:
    server = make_server("well")
    hosts.log_lines = 1
    line_write(server_id=server.pk, text="one", mark="one")
    for _ in range(2):
        with pytest.raises(NotWritten, match="no more than 10 log lines a minute"):
            line_write(server_id=server.pk, text="two", mark="two")
    hosts.log_lines = 2
    line_write(server_id=server.pk, text="two", mark="two")
    assert hosts.logged == {"well": ["one", "two"]}


def test_without_a_worker_or_a_broker_it_says_so(
    make_server: Make, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    server = make_server("well")

    def why() -> str:
        with pytest.raises(NotWritten) as failed:
            line_send(server_id=server.pk, text="x", mark="x")
        assert failed.value.hub
        return failed.value.message

    assert why() == "No worker is running."
    Announcer("other@there").announce({}, now=time.time())
    monkeypatch.setattr(log_lines, "SECONDS", 0.2)
    monkeypatch.setattr(log_lines, "MORE_SECONDS", 0.2)
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: None)
    assert why() == "The worker that holds the server's connection does not answer."
    monkeypatch.setattr(log_lines, "_turns", log_lines.BoundedSemaphore(1))
    log_lines._turns.acquire()
    assert why() == "Too many lines are being written just now."
    log_lines._turns.release()

    def away(*args: object, **options: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(current_app, "send_task", away)
    assert why() == "The task queue is away."
    settings.REDIS_URL = "redis://127.0.0.1:1"
    assert why() == "The task queue is away."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("CPU at 97 %", "CPU at 97 %"),
        ("a\n\x1b[31mb\r\n\tc", "a ?[31mb c"),
        ("x" * 10_000, "x" * 500),
        ("😀" * 600, "😀" * 475),
        ("\x00\u202e", "??"),
    ],
    ids=["plain", "control characters", "long", "four bytes each", "nothing printable"],
)
def test_a_line_is_one_line_of_printable_characters_that_the_probe_takes(text: str, line: str) -> None:
    assert cut(text) == line
    assert len(f"log {cut(text)}".encode()) <= 2000


def test_this_machine_is_asked_by_a_worker_that_runs_on_it(make_server: Make) -> None:
    far, local = make_server("well", 1), make_server("here", 2, transport=Server.Transport.LOCAL)
    Announcer("far@away").announce({}, now=time.time())
    assert holders([far.pk, local.pk]) == {"far@away": [far.pk]}
    Announcer("hub@here", this_machine=True).announce({}, now=time.time())
    assert local.pk in holders([far.pk, local.pk])["hub@here"]
