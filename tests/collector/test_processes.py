"""The heaviest processes of a server, for a person who waits: a page or a chat."""

import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from celery import current_app
from django.db import connections
from kombu.exceptions import OperationalError

from virtadmin.chatbots.processes import heaviest_now
from virtadmin.collector import errands, processes
from virtadmin.collector.processes import NotTold, processes_now
from virtadmin.collector.tasks import top
from virtadmin.collector.workers import Announcer
from virtadmin.metrics.top import Process
from virtadmin.servers.models import Server
from virtadmin.ssh.stages import ConnectionFailure, Stage

pytestmark = pytest.mark.usefixtures("valkey")
Make = Callable[..., Server]
ANSWER = (
    b"virtadmin-probe 1 top\ninterval 0.25 clk_tck 100\nprocess 7 25 2048 stress-ng\nprocess 8 1 1024 x<b>\n"
    b"virtadmin-probe end\n"
)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A worker that holds every channel and does what it is sent in a thread."""
    Announcer("other@there").announce({}, now=time.time())
    sent: list[str] = []
    threads: list[Thread] = []

    def send_task(name: str, args: tuple[Any, ...], queue: Any, expires: float) -> None:
        def work() -> None:
            top(*args)
            connections.close_all()

        sent.append(f"{name} {queue.name} {expires:.0f}")
        threads.append(Thread(target=work))
        threads[-1].start()

    monkeypatch.setattr(current_app, "send_task", send_task)
    yield sent
    for thread in threads:
        thread.join()


def why(server: Server) -> str:
    with pytest.raises(NotTold) as failed:
        processes_now(server.pk)
    assert heaviest_now(server.pk) == ""
    return failed.value.message


@pytest.mark.django_db(transaction=True)
def test_the_worker_that_holds_the_channel_is_asked(
    other: list[str], make_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server("well")
    monkeypatch.setattr(errands, "run_one", lambda server_id, request, seconds: ANSWER)
    assert processes_now(server.pk) == [Process("stress-ng", 100.0, 2.0), Process("x<b>", 4.0, 1.0)]
    assert other == ["collector.top other@there.dq2 4"]
    assert heaviest_now(server.pk) == "stress-ng 100 %, x<b> 4 %"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("answer", "told"), [(ConnectionFailure(Stage.TIMEOUT, "No answer."), "No answer."), (b"nonsense", "answer")]
)
def test_a_server_that_does_not_tell_is_said_to(
    other: list[str], make_server: Make, monkeypatch: pytest.MonkeyPatch, answer: Any, told: str
) -> None:
    def asked(server_id: int, request: str, seconds: float) -> bytes:
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    monkeypatch.setattr(errands, "run_one", asked)
    assert told in why(make_server("well"))


def test_without_a_worker_or_broker_it_says_so(make_server: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_server("well")
    assert why(server) == "No worker is running."
    Announcer("other@there").announce({}, now=time.time())

    def away(*given: object, **named: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(current_app, "send_task", away)
    assert why(server) == "The task queue is away."


def test_a_worker_that_does_not_answer_is_waited_for_briefly(
    make_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server("well")
    Announcer("other@there").announce({}, now=time.time())
    monkeypatch.setattr(current_app, "send_task", lambda *given, **named: None)
    monkeypatch.setattr(processes, "SECONDS", 0.0)
    monkeypatch.setattr(processes, "MORE_SECONDS", 0.2)
    assert "does not answer" in why(server)
    monkeypatch.setattr(processes, "_turns", processes.BoundedSemaphore(1))
    processes._turns.acquire()
    assert "Too many people" in why(server)
