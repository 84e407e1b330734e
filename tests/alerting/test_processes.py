"""Several processes that tell at once, and one that is killed in between: each thing is told once, and none is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from tests.alerting.fleet import Fleet
from tests.settings import HOME, SERVER
from virtadmin.accounts.models import User
from virtadmin.alerting import telling
from virtadmin.notifications.models import Notification

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


def begin(file: Path, at: datetime, how: str = "lives") -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{file}",
        "VIRTADMIN_HOME": str(HOME),
        "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "tests.alerting.telling_process", at.isoformat(), how]
    return subprocess.Popen(command, env=environment, cwd=file.parent)


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
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert told(file) == expected()


@on_a_file
def test_one_that_is_killed_leaves_all_of_it_to_the_next(waiting: Fleet, file: Path) -> None:
    before = told(file)
    assert begin(file, waiting.at, "dies").wait(60) == -signal.SIGKILL
    assert told(file) == before
    assert begin(file, waiting.at).wait(60) == 0
    assert told(file) == expected()


def test_what_another_told_meanwhile_is_not_told_again(waiting: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = telling._paces_lock
    calls = []

    def slow(*people: object) -> None:
        calls.append(people)
        if len(calls) == 1:  # between looking what there is and locking it, another does it all
            waiting.tell()
        lock(*people)  # type: ignore[arg-type]

    monkeypatch.setattr(telling, "_paces_lock", slow)
    waiting.tell()
    assert len(calls) == 2
    assert Counter(Notification.objects.values_list("title", flat=True)) == expected()
