"""Hubs on every kind of database. What takes long to make is made once: servers a process, data folders a test run."""

import fcntl
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases.maker import DatabaseServer
from tests.hosts.fixtures import hosts_or_skip
from tests.operations.hubs import Place

MakePlace = Callable[..., Place]
Databases = Callable[[str], str]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """`databases(system)`: the address of an empty database of that system, on one server for all tests here."""
    started: dict[str, DatabaseServer] = {}
    numbers = itertools.count()
    with ExitStack() as servers:

        def database(system: str) -> str:
            if system not in started:
                hosts_or_skip()
                folder = tmp_path_factory.mktemp(system)
                for above in folder.parents[:3]:
                    above.chmod(0o755)  # the server runs as nobody
                started[system] = servers.enter_context(DatabaseServer(system, folder))
            return started[system].create(f"hub{next(numbers)}")

        yield database


@pytest.fixture
def make_place(tmp_path: Path, valkey_server: str, databases: Databases, made_once: "MadeOnce") -> MakePlace:
    """`make_place(name, system="sqlite", ready=False, **environment)`: a hub on an empty database of that system.

    `ready`: on SQLite, as `virtadmin setup` leaves one.
    """

    def make(name: str, system: str = "sqlite", *, ready: bool = False, **environment: str) -> Place:
        if system != "sqlite":
            environment["DATABASE_URL"] = databases(system)
        if ready:
            shutil.copytree(made_once("ready", "-m", "virtadmin", "setup"), tmp_path / name)
        return Place(tmp_path / name, valkey_server, **environment)

    return make


MadeOnce = Callable[..., Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory, valkey_server: str) -> MadeOnce:
    """`made_once(name, *words)`: the data folder of a hub after `python WORDS`, made by the first process that asks."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of all processes of this run

    def made(name: str, *words: str) -> Path:
        place = base / f"once-{name}"
        with (base / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / "done").exists():
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                Place(place / "home", valkey_server).python(*words)
                (place / "done").touch()
        return place / "home"

    return made


@pytest.fixture(scope="session")
def filled_once(made_once: MadeOnce) -> Path:
    """The data folder of a hub on SQLite with something in every table."""
    return made_once("filled", "-m", "tests.operations.filled")


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
