"""The disk that the hub's data are on fills up while it runs. Slow: a hub starts, and polls at its quickest, 5 s."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.fixtures import hosts_or_skip
from tests.running.hub import Hub, until

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]
SIZE = "24m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    hosts_or_skip()
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "virtadmin-test", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def hub(disk: Path, tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    made.environment["VIRTADMIN_HOME"] = str(disk)  # its log stays on the other disk
    try:
        yield made.start()
    finally:
        made.stop()


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    assert shutil.disk_usage(disk).free == 0
    return filler


def children(hub: Hub) -> set[str]:
    assert hub.process
    return set(Path(f"/proc/{hub.process.pid}/task/{hub.process.pid}/children").read_text().split())


def server(hub: Hub) -> dict[str, Any]:
    """What the API says of the server; nothing where it fails."""
    [found] = hub.call("GET", "/api/server/").get("results") or [dict.fromkeys(("status", "last_update"))]
    watched: dict[str, Any] = found
    return watched


def refused(hub: Hub, limits: str) -> bool:
    """Change a limit so often that it does not fit into what the database's files have free; whether it was refused.

    The log of changes grows with each; SQLite's write-ahead log may have some 4 MB to write to again.
    """
    return any(hub.call("PATCH", limits, {"hdd_usage": percent}).get("status") == 500 for percent in range(81, 99))


def test_the_hub_says_so_and_recovers_and_tells_nothing_twice(hub: Hub, disk: Path) -> None:
    until(lambda: server(hub)["status"] == "up", 60, "a first poll")
    running, pk = children(hub), server(hub)["id"]
    [limits] = hub.call("GET", f"/api/thresholds/by_server/{pk}/")["results"]
    hub.call("PATCH", f"/api/server/{pk}/", {"interval": 5})
    hub.call("PATCH", f"/api/thresholds/{limits['id']}/", {"ram_usage": 1, "window": 0})
    filler = fill(disk)
    until(lambda: refused(hub, f"/api/thresholds/{limits['id']}/"), 120, "a refusal")
    until(lambda: f"the disk of {disk} is full" in hub.log, 60, "word of the full disk")
    assert hub.answers()
    assert children(hub) == running, hub.log

    filler.unlink()
    before = until(lambda: server(hub)["last_update"], 60, "an answer of the API")
    until(lambda: server(hub)["last_update"] not in (None, before), 60, "a poll after it")
    until(lambda: hub.call("GET", "/api/notifications/").get("count"), 60, "a message")
    before = server(hub)["last_update"]
    until(lambda: server(hub)["last_update"] != before, 60, "one more poll")
    told = [message["title"] for message in hub.call("GET", "/api/notifications/")["results"]]
    assert len([title for title in told if "emory" in title]) == 1, told
    assert children(hub) == running
    hub.stop()
    with sqlite3.connect(disk / "virtadmin.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
