"""Hubs on every kind of database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases.maker import DatabaseServer
from tests.hosts.fixtures import hosts_or_skip
from tests.operations.hubs import Place

MakePlace = Callable[..., Place]


@pytest.fixture
def make_place(tmp_path: Path, valkey_server: str) -> Iterator[MakePlace]:
    """`make_place(name, system="sqlite", **environment)`: a hub on a fresh database of that system."""
    with ExitStack() as servers:

        def make(name: str, system: str = "sqlite", **environment: str) -> Place:
            if system != "sqlite":
                hosts_or_skip()
                folder = tmp_path / f"{name}-server"
                folder.mkdir()
                for above in [tmp_path, *tmp_path.parents[:2]]:
                    above.chmod(0o755)  # the server runs as nobody
                server = servers.enter_context(DatabaseServer(system, folder))
                environment["DATABASE_URL"] = server.create("hub")
            return Place(tmp_path / name, valkey_server, **environment)

        yield make


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory, valkey_server: str) -> Path:
    """The data folder of a hub on SQLite with something in every table."""
    place = Place(tmp_path_factory.mktemp("filled") / "home", valkey_server)
    place.python("-m", "tests.operations.filled")
    return place.home


@pytest.fixture
def filled(make_place: MakePlace, filled_once: Path, tmp_path: Path) -> Place:
    """Such a hub for this test alone."""
    shutil.copytree(filled_once, tmp_path / "filled")
    return make_place("filled")


@pytest.fixture
def backup(filled: Place) -> Path:
    """A backup of it."""
    path = filled.home / "backup.tar"
    filled.does("backup", str(path))
    return path
