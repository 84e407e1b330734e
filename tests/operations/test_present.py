"""Processes say that they are there, and take their leave."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.operations.conftest import MakePlace
from tests.running.hub import until

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("valkey")]
THERE = "from virtadmin.core.models import Process; print(*(p.kind for p in Process.objects.all()))"


def test_who_is_told_twice_to_end_takes_his_leave_all_the_same(make_place: MakePlace) -> None:
    """As by systemd, which tells each process of a service, and the supervisor among them tells its children again."""
    place = make_place("hub")
    place.does("setup")
    command = [sys.executable, "-m", "virtadmin", "beat"]
    running = subprocess.Popen(command, env=place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: place.says(THERE) == "beat", 90, "its being there")
        with closing(sqlite3.connect(place.home / "virtadmin.sqlite3", isolation_level=None)) as busy:
            busy.execute("BEGIN IMMEDIATE")  # so that it takes a moment
            running.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            running.send_signal(signal.SIGTERM)
            time.sleep(0.1)
            busy.execute("ROLLBACK")
        running.wait(60)
    finally:
        running.kill()
        running.wait(10)
    assert place.says(THERE) == ""


@pytest.mark.parametrize("kind", ["worker", "beat"])
def test_who_is_told_to_end_while_it_starts_takes_its_leave(kind: str, make_place: MakePlace) -> None:
    place = make_place("hub", ready=True)
    with closing(sqlite3.connect(place.home / "virtadmin.sqlite3")) as database:

        def there() -> list[str]:
            return [row[0] for row in database.execute("SELECT kind FROM core_process")]

        command = [sys.executable, "-m", "virtadmin", kind]
        running = subprocess.Popen(command, env=place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not there():
                assert running.poll() is None
            running.send_signal(signal.SIGTERM)
            running.wait(60)
        finally:
            running.kill()
            running.wait(10)
        assert there() == []
