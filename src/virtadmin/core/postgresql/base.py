"""Django's PostgreSQL backend, whose pool gets over the loss of all its connections at once.

The pool's own check looks at one connection after the other and waits 1, 2, 4 … seconds between those it finds dead.
Where more than three were open when the server was started again, or a firewall forgot them, that is longer than a
request waits. So the check is here: who finds one dead has the pool drop them all.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

TRIES = 3
"""Connections that may be dead one after another: the server may end the next one, too, as it goes down."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection. Django loads the class of this name."""

    def get_new_connection(self, conn_params: Any) -> Any:
        """One that the server answers on, where it comes from a pool. Raises psycopg.OperationalError."""
        connection = super().get_new_connection(conn_params)
        pool: ConnectionPool | None = self.pool
        if pool is None:
            return connection
        for _ in range(TRIES):
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                pool.putconn(connection)  # which puts a new one in its place
                pool.drain()
                connection = super().get_new_connection(conn_params)
            else:
                break
        return connection
