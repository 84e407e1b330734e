"""One look at the whole database as it was at one moment, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

ALIAS = "snapshot"
OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite": {"transaction_mode": "DEFERRED"},  # the hub's own mode would keep all others from writing
    "mysql": {"isolation_level": "repeatable read"},
}
BEGIN = {
    "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""What comes first in the transaction. MySQL is told before it begins that it only reads."""


@contextmanager
def snapshot() -> Iterator[str]:
    """The alias of a connection of its own that sees what was committed when it began, and nothing later.

    On SQLite in WAL mode, with the others' multiversioning, nobody waits for it and it waits for nobody.
    """
    default = connections["default"]
    known = default.settings_dict
    options = {**known["OPTIONS"], **OPTIONS.get(default.vendor, {})}
    options.pop("pool", None)
    connections.settings[ALIAS] = {**known, "OPTIONS": options, "CONN_MAX_AGE": 0}
    connection: Any = connections[ALIAS]
    try:
        if connection.vendor == "mysql":
            connection.streaming = True
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")
        with transaction.atomic(using=ALIAS):
            with connection.cursor() as cursor:
                cursor.execute(BEGIN.get(connection.vendor, "SELECT 1"))
                cursor.execute("SELECT count(*) FROM django_migrations")  # the first read is the moment
                cursor.fetchall()
            yield ALIAS
    finally:
        connection.close()
        del connections[ALIAS]
        del connections.settings[ALIAS]
