"""The heaviest processes of a server, asked for in a chat."""

import time
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from kombu.exceptions import OperationalError

from virtadmin.chatbots import processes
from virtadmin.chatbots.processes import heaviest_now
from virtadmin.chatbots.tasks import top
from virtadmin.collector import errands
from virtadmin.collector.workers import Announcer
from virtadmin.servers.models import Server
from virtadmin.ssh.stages import ConnectionFailure, Stage

ANSWER = (
    b"virtadmin-probe 1 top\ninterval 0.25 clk_tck 100\nprocess 7 25 2048 stress-ng\nprocess 8 1 1024 x<b>\n"
    b"virtadmin-probe end\n"
)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
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

    monkeypatch.setattr(processes.current_app, "send_task", send_task)
    yield sent
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_the_worker_that_holds_the_channel_is_asked(
    worker: list[str], web1: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "run_one", lambda server_id, request, seconds: ANSWER)
    assert heaviest_now(web1.pk) == "stress-ng 100 %, x<b> 4 %"
    assert worker == ["chatbots.top other@there.dq2 4"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", [ConnectionFailure(Stage.TIMEOUT, "No answer."), b"nonsense"])
def test_a_server_that_does_not_tell_is_no_failure(
    worker: list[str], web1: Server, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    def asked(server_id: int, request: str, seconds: float) -> bytes:
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    monkeypatch.setattr(errands, "run_one", asked)
    assert heaviest_now(web1.pk) == ""


def test_without_a_worker_or_broker_there_is_nothing_to_say(web1: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert heaviest_now(web1.pk) == ""
    Announcer("other@there").announce({}, now=time.time())

    def away(*given: object, **named: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(processes.current_app, "send_task", away)
    assert heaviest_now(web1.pk) == ""


def test_a_worker_that_does_not_answer_is_waited_for_briefly(web1: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    Announcer("other@there").announce({}, now=time.time())
    monkeypatch.setattr(processes.current_app, "send_task", lambda *given, **named: None)
    monkeypatch.setattr(processes, "SECONDS", 0.0)
    monkeypatch.setattr(processes, "MORE_SECONDS", 0.2)
    assert heaviest_now(web1.pk) == ""
