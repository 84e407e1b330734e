"""A hub over a database server that can be killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases.maker import DatabaseServer
from tests.hosts.fixtures import hosts_or_skip
from tests.running.hub import Hub


@contextmanager
def database_server(system: str, tmp_path: Path) -> Iterator[DatabaseServer]:
    """One of the system, with what it writes kept as a careful one keeps it."""
    hosts_or_skip()
    folder = tmp_path / "server"
    folder.mkdir()
    for above in [tmp_path, *tmp_path.parents[:2]]:
        above.chmod(0o755)  # the server runs as nobody
    with DatabaseServer(system, folder, careful=True) as started:
        yield started


@pytest.fixture
def hub(server: DatabaseServer, tmp_path: Path) -> Iterator[Hub]:
    """Over the `server` of the test module."""
    home = tmp_path / "hub"
    home.mkdir()
    made = Hub(home, DATABASE_URL=server.create("hub"))
    try:
        yield made.start()
    finally:
        made.stop()
