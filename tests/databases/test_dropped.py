"""Connections that the database drops while a hub runs: killed by somebody, or for having been idle too long.

Web, worker, beat and chatbot hold connections, or take them from a pool; none of them may fail because one is gone.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.telegram import TOKEN, BotApi
from tests.running.hub import Hub, until
from tests.settings import SERVER

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]
IDLE_SECONDS = 2
"""After which the server drops a connection: less than there is between two rounds."""
ROUNDS = 3


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    assert SERVER
    with BotApi() as api:
        url = SERVER.create("dropped")
        made = Hub(tmp_path, DATABASE_URL=url, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=api.url)
        try:
            yield made.start()
        finally:
            made.stop()
            SERVER.say("DROP DATABASE dropped")


def drop() -> int:
    """Have the server end every connection of the hub; how many there were."""
    assert SERVER
    with SERVER.connected() as connection, connection.cursor() as cursor:
        if SERVER.system == "postgresql":
            cursor.execute("SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dropped'")
            ended = [pid for pid, _ in cursor.fetchall()]
            until(lambda: not _alive(cursor, ended), 30, "their end")  # until then they may answer once more, or not
            return len(ended)
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = 'dropped'")
        numbers = [number for (number,) in cursor.fetchall()]
        for number in numbers:
            cursor.execute(f"KILL {number}")
        return len(numbers)


def _alive(cursor: Any, pids: list[int]) -> list[Any]:
    cursor.execute("SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s)", [pids])
    return list(cursor.fetchall())


def idle(seconds: int) -> None:
    """How long the server lets the hub's next connections be idle."""
    assert SERVER
    if SERVER.system == "postgresql":
        SERVER.say(f"ALTER DATABASE dropped SET idle_session_timeout = '{seconds}s'")
    else:
        SERVER.say(f"SET GLOBAL wait_timeout = {seconds or 28800}")


def polled(hub: Hub) -> object:
    """When the server answered last; the API must answer each time it is asked."""
    answer = hub.call("GET", "/api/server/")
    assert "results" in answer, (answer, hub.log[-3000:])
    [server] = answer["results"]
    return server["last_update"]


def goes_on(hub: Hub) -> None:
    before = polled(hub)
    until(lambda: polled(hub) != before, 60, "a poll")


def test_every_process_goes_on_with_new_ones(hub: Hub) -> None:
    [server] = until(lambda: hub.call("GET", "/api/server/")["results"], 60, "a server")
    hub.call("PATCH", f"/api/server/{server['id']}/", {"interval": 5})
    until(lambda: polled(hub), 60, "a first poll")
    dropped = 0
    for _ in range(ROUNDS):
        dropped += drop()
        goes_on(hub)
    assert dropped >= ROUNDS, "there were some to drop"
    idle(IDLE_SECONDS)
    try:
        drop()  # what comes from now on may be idle for so long
        for _ in range(ROUNDS):
            goes_on(hub)
    finally:
        idle(0)
    assert "Traceback" not in hub.log
    assert "the database fails" not in hub.log
    assert hub.run("status").returncode == 0
