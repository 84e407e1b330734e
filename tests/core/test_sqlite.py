"""The threads of one process write to SQLite one after the other."""

import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from virtadmin.config.databases import SQLITE, database
from virtadmin.core.sqlite.base import DatabaseWrapper

THREADS = 12


@pytest.fixture
def handler(tmp_path: Path, django_db_blocker: Any) -> Any:
    """Connections to a database of its own, one a thread; its one table counts."""
    with django_db_blocker.unblock():
        yield from counting(tmp_path)


def counting(tmp_path: Path) -> Iterator[Any]:
    given = database({"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "counted.sqlite3")})
    assert given["ENGINE"] == SQLITE
    made = ConnectionHandler({"default": given})
    with made["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE counter (value INTEGER)")
        cursor.execute("INSERT INTO counter VALUES (0)")
    yield made
    made["default"].close()


def value(connection: DatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM counter")
        return int(cursor.fetchone()[0])


def add(connection: DatabaseWrapper, how: str) -> None:
    with connection.cursor() as cursor:
        if how == "many":
            cursor.executemany("UPDATE counter SET value = value + %s", [(1,)])
        else:
            cursor.execute("UPDATE counter SET value = value + %s", [1])


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many threads were writing whenever one began to."""
    found: list[int] = []
    writing: set[int] = set()
    execute = DatabaseWrapper._start_transaction_under_autocommit

    def begin(self: DatabaseWrapper) -> None:
        execute(self)
        writing.add(threading.get_ident())
        found.append(len(writing))
        time.sleep(0.002)
        writing.discard(threading.get_ident())

    monkeypatch.setattr(DatabaseWrapper, "_start_transaction_under_autocommit", begin)
    return found


@pytest.mark.parametrize("how", ["one", "many"])
def test_statements_of_many_threads_are_all_written(handler: Any, how: str) -> None:
    def work(_: int) -> None:
        try:
            for _ in range(20):
                add(handler["default"], how)
        finally:
            handler["default"].close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert value(handler["default"]) == THREADS * 20


def test_transactions_of_many_threads_wait_for_each_other_and_not_for_sqlite(handler: Any, busy: list[int]) -> None:
    def work(_: int) -> float:
        connection = handler["default"]
        began = time.monotonic()
        try:
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            add(connection, "one")
            connection.commit()
            connection.set_autocommit(True)
        finally:
            connection.close()
        return time.monotonic() - began

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert (max(busy), len(busy)) == (1, THREADS)
    assert value(handler["default"]) == THREADS


@pytest.mark.parametrize("end", ["rollback", "close", "commit"])
def test_whoever_ends_a_transaction_in_any_way_gives_the_turn_to_the_next(handler: Any, end: str) -> None:
    connection = handler["default"]
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    add(connection, "one")
    assert connection.turn.held
    getattr(connection, end)()
    assert not connection.turn.held
    if end != "close":
        connection.set_autocommit(True)
    add(connection, "one")
    assert value(connection) == (2 if end == "commit" else 1)


def test_another_process_that_writes_is_waited_for_as_sqlite_does(handler: Any) -> None:
    connection, other = handler["default"], handler.create_connection("default")
    other.turn = type(other.turn)("another process's", 1)
    other.settings_dict["OPTIONS"]["timeout"] = 0.1
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with pytest.raises(OperationalError, match="locked"):
        other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    assert not other.turn.held
    other.close()
    connection.rollback()
    connection.set_autocommit(True)


def test_a_turn_that_does_not_come_stops_nobody(handler: Any) -> None:
    connection = handler["default"]
    connection.turn = type(connection.turn)("never free", 0.01)
    taken = type(connection.turn)("never free", 0.01)
    taken.take()
    add(connection, "one")
    assert value(connection) == 1
    taken.give()


def test_the_file_is_for_its_owner_alone(tmp_path: Path, handler: Any) -> None:
    """The folder it is in may be open to others: whoever made it did not think of the hub."""
    with handler["default"].cursor() as cursor:
        cursor.execute("UPDATE counter SET value = 7")
    files = sorted(tmp_path.glob("counted.sqlite3*"))
    assert [path.suffix for path in files] == [".sqlite3", ".sqlite3-shm", ".sqlite3-wal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
