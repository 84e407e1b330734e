"""How the hub talks to each kind of database (docs/decisions/0007-database-drivers.md)."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

MYSQL, POSTGRESQL, SQLITE = "virtadmin.core.mysql", "virtadmin.core.postgresql", "virtadmin.core.sqlite"
ENGINES = {
    "django.db.backends.mysql": MYSQL,
    "mariadb": MYSQL,
    "django.db.backends.postgresql": POSTGRESQL,
    "django.db.backends.sqlite3": SQLITE,
}
"""By what django-environ makes of the scheme of `DATABASE_URL`."""
DRIVERS = {MYSQL: ("pymysql", "mysql"), POSTGRESQL: ("psycopg", "postgresql")}
"""The module of the driver, and the extra of the package that brings it."""
OPTIONS: dict[str, dict[str, Any]] = {
    SQLITE: {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
    MYSQL: {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "connect_timeout": 10,
        "init_command": "SET sql_mode = 'TRADITIONAL', time_zone = '+00:00', innodb_lock_wait_timeout = 20",
    },
    POSTGRESQL: {"connect_timeout": 10},
}
KEPT_SECONDS = 600
"""How long a worker's thread keeps its connection."""
POOL = {"min_size": 1, "max_size": 20, "timeout": 10, "max_idle": 300, "reconnect_timeout": 10}
"""Connections of a web process to PostgreSQL (psycopg_pool). It gives up reconnecting after a while because every try
waits twice as long as the one before, and whoever asks next begins anew."""


def database(given: Mapping[str, Any]) -> dict[str, Any]:
    """`DATABASES["default"]` from what `DATABASE_URL` says; what follows its question mark goes before our options.

    Raises ImproperlyConfigured where the hub knows no such database or lacks its driver.
    """
    engine = ENGINES.get(given["ENGINE"])
    if engine is None:
        raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:, mysql:, mariadb: or postgres:")
    module, extra = DRIVERS.get(engine, ("sqlite3", ""))
    if not find_spec(module):
        raise ImproperlyConfigured(f"DATABASE_URL needs a driver: pip install 'virtadmin[{extra}]'")
    kept = {"CONN_MAX_AGE": KEPT_SECONDS, "CONN_HEALTH_CHECKS": True}
    return {**kept, **given, "ENGINE": engine, "OPTIONS": {**OPTIONS[engine], **given.get("OPTIONS", {})}}


def keep_none(chosen: dict[str, Any]) -> None:
    """For a web process: keep no connection in a thread, share some where the driver can.

    Under ASGI each request has a thread of its own, and what that kept would be lost, but open.
    """
    chosen["CONN_MAX_AGE"] = 0
    if chosen["ENGINE"] == POSTGRESQL:
        chosen["OPTIONS"].setdefault("pool", POOL)
        chosen["CONN_HEALTH_CHECKS"] = False  # the pool's own: core/postgresql has a better one
