"""A worker that waits for a task ends when it is told to, and not when one comes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from tests.operations.hubs import ROOT, Place
from tests.running.hub import until

pytestmark = pytest.mark.timeout(200)


@pytest.mark.parametrize("apart", [False, True])
def test_a_worker_that_waits_ends_at_once(apart: bool, tmp_path: Path, valkey: redis.Redis, valkey_server: str) -> None:
    """Whether its broker is the hub's Valkey or another one."""
    place = Place(
        tmp_path,
        "redis://127.0.0.1:1" if apart else valkey_server,
        CELERY_BROKER_URL=valkey_server.replace("unix://", "redis+socket://"),
        DJANGO_SETTINGS_MODULE="tests.running.patient",
        PYTHONPATH=str(ROOT),
    )
    place.does("setup")
    command = [sys.executable, "-m", "virtadmin", "worker"]
    running = subprocess.Popen(command, env=place.environment)

    def waits() -> bool:
        return any(client["cmd"] == "brpop" for client in valkey.client_list())

    try:
        until(waits, 60, "its waiting")
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
        assert not waits()
    finally:
        running.kill()
        running.wait(10)


def test_and_so_does_one_whose_valkey_is_away(tmp_path: Path) -> None:
    place = Place(tmp_path, "redis://127.0.0.1:1")
    place.does("setup")
    running = subprocess.Popen(
        [sys.executable, "-m", "virtadmin", "worker"], env=place.environment, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr
    try:
        next(line for line in running.stderr if "Cannot connect" in line)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) in (0, 1)
    finally:
        running.kill()
        running.communicate()
