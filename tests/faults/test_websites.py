"""Websites are checked while the database server dies and comes back. Slow: a hub starts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.databases.maker import DatabaseServer
from tests.hosts.fixtures import hosts_or_skip
from tests.running.hub import Hub, until

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]
MISSED = 4
"""As many checks of a website as find nobody to write them."""


@pytest.fixture
def sites() -> Iterator[LocalSites]:
    with local_sites() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DatabaseServer]:
    hosts_or_skip()
    folder = tmp_path / "server"
    folder.mkdir()
    for above in [tmp_path, *tmp_path.parents[:2]]:
        above.chmod(0o755)  # the server runs as nobody
    with DatabaseServer("postgresql", folder, careful=True) as started:
        yield started


@pytest.fixture
def hub(server: DatabaseServer, tmp_path: Path) -> Iterator[Hub]:
    home = tmp_path / "hub"
    home.mkdir()
    made = Hub(home, DATABASE_URL=server.create("hub"))
    try:
        yield made.start()
    finally:
        made.stop()


def watch(hub: Hub, sites: LocalSites) -> int:
    """Have a website checked as often as possible, and wait for a first check."""
    hub.call("PATCH", f"/api/server/{hub.call('GET', '/api/server/')['results'][0]['id']}/", {"enabled": False})
    fields = {"uri": sites.url("ok"), "interval": 5, "confirmations": 2, "private_allowed": True}
    pk = int(hub.call("POST", "/api/urls/", fields)["id"])
    until(lambda: shown(hub, pk)["status"] == "up", 60, "a first check")
    return pk


def shown(hub: Hub, pk: int) -> dict[str, Any]:
    """What the API says of the website; nothing where it fails."""
    found: dict[str, Any] = hub.call("GET", f"/api/urls/{pk}/")
    return found if "last_check" in found else {"status": None, "last_check": None}


def told(hub: Hub) -> list[str]:
    """Titles of the messages about it, the oldest first."""
    titles = [str(row["title"]) for row in hub.call("GET", "/api/notifications/").get("results", ())]
    return [title for title in titles[::-1] if " is down" in title or " is up again" in title]


def recovered(hub: Hub, sites: LocalSites, pk: int) -> None:
    """It is checked again, and what went wrong meanwhile is told once, as is its end."""
    before = until(lambda: shown(hub, pk)["last_check"], 60, "an answer of the API")
    until(lambda: shown(hub, pk)["last_check"] not in (None, before), 60, "a check after it")
    until(lambda: shown(hub, pk)["status"] == "down", 60, "its loss")
    until(lambda: len(told(hub)) == 1, 60, "a message")
    sites.open()
    until(lambda: shown(hub, pk)["status"] == "up", 60, "its return")
    until(lambda: len(told(hub)) == 2, 60, "a second message")
    down, up = told(hub)
    assert (down.endswith(" is down: refused"), up.startswith("Recovered: ")) == (True, True), told(hub)
    [today] = hub.call("GET", f"/api/urls/{pk}/uptime/")["days"][-1:]
    assert today["down"] > 0
    assert today["up"] > 0


def test_a_database_that_dies_and_comes_back_costs_checks_and_no_messages(
    hub: Hub, server: DatabaseServer, sites: LocalSites
) -> None:
    pk = watch(hub, sites)
    server.kill()
    said = hub.log.count("the database fails")
    until(lambda: hub.log.count("the database fails") >= said + MISSED, 120, "word of the failing database")
    assert "errors" in hub.call("GET", f"/api/urls/{pk}/")
    sites.shut()  # it goes down while nobody can write that
    server.start()
    recovered(hub, sites, pk)
    assert "could not be written and are lost" not in hub.log, "that is for surprises"
