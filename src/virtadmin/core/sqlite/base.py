"""Django's SQLite backend, in which the threads of one process queue up to write instead of asking again and again.

SQLite lets one write at a time. Whoever finds it busy sleeps up to a tenth of a second before asking again, so with
thirty threads that write small things most of the time nobody writes at all. Here each waits for the one before it.
Other processes are still met with SQLite's own waiting, so the turn is a courtesy: who does not get it in time goes on.
"""

import os
import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
"""Whose turn it is to write, by the database's file."""


class Cursor(base.SQLiteCursorWrapper):
    """Django's; a statement that writes by itself waits for its turn."""

    turn: "Turn"

    def execute(self, query: str, params: Any = None) -> Any:
        """One statement."""
        if self.connection.in_transaction or not query.startswith(WRITES):
            return super().execute(query, params)
        with self.turn:
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """One statement for many rows."""
        if self.connection.in_transaction:
            return super().executemany(query, param_list)
        with self.turn:
            return super().executemany(query, param_list)


class Turn:
    """A connection's place in the queue."""

    def __init__(self, file: str, seconds: float) -> None:
        self._lock, self._seconds = _turns[file], seconds
        self.held = False

    def take(self) -> None:
        """Wait for it, as long as SQLite itself would."""
        self.held = self._lock.acquire(timeout=self._seconds)

    def give(self) -> None:
        """Let the next one write."""
        if self.held:
            self.held = False
            self._lock.release()

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.give()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection. Django loads the class of this name. (Type stubs do not know what it overrides.)"""

    def __init__(self, settings_dict: dict[str, Any], *names: Any, **others: Any) -> None:
        super().__init__(settings_dict, *names, **others)
        self.turn = Turn(str(settings_dict["NAME"]), float(settings_dict["OPTIONS"].get("timeout", 5)))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Django's; a file that it makes is for its owner alone, where SQLite would let everybody read it."""
        name = str(conn_params["database"])
        if not name.startswith((":memory:", "file:")) and not Path(name).exists():
            # Never one that is there: closing it would let go of this process's locks on it (sqlite.org/howtocorrupt).
            with suppress(OSError):
                os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that knows this connection's turn."""
        cursor: Any = self.connection.cursor(factory=Cursor)
        cursor.turn = self.turn
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        self.turn.take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.turn.give()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self.turn.give()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.turn.give()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.turn.give()
