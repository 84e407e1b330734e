"""The database server dies under a running hub and comes back. Slow: a hub starts, and polls at its quickest, 5 s."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from bench.processes import rss_mb
from tests.databases.maker import DatabaseServer
from tests.faults.conftest import database_server
from tests.running.hub import Hub, until
from virtadmin.collector.workers import ALIVE

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]
AWAY_TICKS = 4
"""As many ticks of the hub as the database is away for."""


@pytest.fixture(params=["postgresql", "mariadb", "mysql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseServer]:
    with database_server(request.param, tmp_path) as started:
        yield started


def children(hub: Hub) -> set[int]:
    assert hub.process
    return set(map(int, Path(f"/proc/{hub.process.pid}/task/{hub.process.pid}/children").read_text().split()))


def last_update(hub: Hub) -> object:
    """When the server answered last; nothing where the API fails."""
    [server] = hub.call("GET", "/api/server/").get("results") or [{"status": "unknown"}]
    return server["status"] == "up" and server["last_update"]


def failing(hub: Hub) -> int:
    return hub.log.count("nobody is asked in this tick")


def counted(hub: Hub) -> dict[str, Any]:
    """What the worker says of itself."""
    with redis.Redis(unix_socket_path=str(hub.home / "run" / "valkey.sock")) as valkey:
        [name] = valkey.keys(ALIVE % "*")
        said: Any = valkey.get(name)
    counters: dict[str, Any] = json.loads(said)["counters"]
    return counters


def open_files(pids: set[int]) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


def test_the_hub_says_so_stays_as_it_is_and_goes_on_by_itself(hub: Hub, server: DatabaseServer) -> None:
    until(lambda: last_update(hub), 60, "a first poll")
    [watched] = hub.call("GET", "/api/server/")["results"]
    hub.call("PATCH", f"/api/server/{watched['id']}/", {"interval": 5})
    first = last_update(hub)
    until(lambda: last_update(hub) != first, 60, "a second poll")
    running = children(hub)
    memory, files = sum(map(rss_mb, running)), open_files(running)

    server.kill()
    said = failing(hub)
    until(lambda: failing(hub) >= said + AWAY_TICKS, 120, "word of the failing database")
    assert "errors" in hub.call("GET", "/api/server/")  # an answer, if no good one
    assert hub.run("status").returncode == 1
    assert children(hub) == running, hub.log
    assert sum(map(rss_mb, running)) < memory + 40
    assert open_files(running) < files + 40

    server.start()
    before = until(lambda: last_update(hub), 60, "an answer of the API")
    until(lambda: last_update(hub) != before, 60, "a poll after the failure")
    assert children(hub) == running
    assert hub.call("GET", f"/api/server/{watched['id']}/")["interval"] == 5
    assert counted(hub)["polls"] > 0
    until(lambda: hub.run("status").returncode == 0, 60, "health")
    assert "celery.app.trace" not in hub.log or "the database fails" in hub.log
