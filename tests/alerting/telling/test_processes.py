"""Several processes that tell at once, and one that is killed in between: each thing is told once, and none is lost."""

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from tests.alerting.fleet import Fleet
from tests.settings import SERVER
from virtadmin.accounts.models import User
from virtadmin.alerting.telling import tell as telling
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import messages

pytestmark = pytest.mark.usefixtures("valkey")
on_a_file = pytest.mark.skipif(SERVER is not None, reason="tests/databases has threads do this on a real server")


@pytest.fixture
def waiting(alice: User) -> Fleet:
    """Ten servers, each with one limit that waits for half a minute to be over."""
    fleet = Fleet(alice, 10)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 10
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=90.0)
    fleet.now += 30
    assert len(fleet.titles()) == 10
    return fleet


@pytest.fixture
def file(waiting: Fleet, tmp_path: Path) -> Path:
    """All of it in a database that other processes can open."""
    path = tmp_path / "hub.sqlite3"
    with sqlite3.connect(path) as copy:
        copy.executescript("\n".join(connection.connection.iterdump()))  # a transaction is open: no backup of it
    copy.close()
    return path


def begin(file: Path, at: datetime, how: Callable[..., None] | None = None) -> BaseProcess:
    """A process that runs the task once, on that database; `how` stands for the writing of messages."""
    process = get_context("fork").Process(target=_run, args=(file, at, how))  # a fork has Django loaded already
    process.start()
    return process


def _run(file: Path, at: datetime, how: Callable[..., None] | None) -> None:
    mine = connections.create_connection("default")
    mine.settings_dict = {**mine.settings_dict, "NAME": str(file)}
    connections["default"] = mine
    messages._send_soon = lambda *_: None  # the connection to the broker belongs to the parent
    telling.notifications_create = how or telling.notifications_create
    code = 1
    try:
        telling.tell(clock=lambda: at)
        code = 0
    finally:
        os._exit(code)  # at once: what else would end here (threads, streams) is the parent's


def dies(**everything: Any) -> None:
    """As if the machine went off once the messages were written, before that was committed."""
    messages.notifications_create(**everything)
    os.kill(os.getpid(), signal.SIGKILL)


def ended(process: BaseProcess) -> int | None:
    process.join(100)
    return process.exitcode


def told(file: Path) -> Counter[str]:
    """How often each title was written."""
    with sqlite3.connect(file) as reading:
        rows = reading.execute("SELECT title FROM notifications_notification").fetchall()
    reading.close()
    return Counter(title for (title,) in rows)


def expected() -> Counter[str]:
    return Counter(
        title
        for number in range(10)
        for title in (f"s{number:03}: Disk at 90 %, limit 80 %", f"s{number:03}: CPU at 90 %, limit 80 %")
    )


@on_a_file
def test_processes_that_run_it_at_the_same_time_tell_once(waiting: Fleet, file: Path) -> None:
    processes = [begin(file, waiting.at) for _ in range(3)]
    assert [ended(process) for process in processes] == [0, 0, 0]
    assert told(file) == expected()


@on_a_file
def test_one_that_is_killed_leaves_all_of_it_to_the_next(waiting: Fleet, file: Path) -> None:
    before = told(file)
    assert ended(begin(file, waiting.at, dies)) == -signal.SIGKILL
    assert told(file) == before
    assert ended(begin(file, waiting.at)) == 0
    assert told(file) == expected()


def test_what_another_told_meanwhile_is_not_told_again(waiting: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = telling.paces_lock
    calls = []

    def slow(*people: object) -> None:
        calls.append(people)
        if len(calls) == 1:  # between looking what there is and locking it, another does it all
            waiting.tell()
        lock(*people)  # type: ignore[arg-type]

    monkeypatch.setattr(telling, "paces_lock", slow)
    waiting.tell()
    assert len(calls) == 2
    assert Counter(Notification.objects.values_list("title", flat=True)) == expected()
