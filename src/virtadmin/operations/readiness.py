"""Whether this hub can do its work: what load balancers and containers ask."""

import logging
from collections.abc import Callable

from django.db import connection

from virtadmin.core import bus
from virtadmin.operations import schema

logger = logging.getLogger(__name__)
_migrated: set[str] = set()
"""Databases that were seen up to date; none ever goes back under a process, and looking takes a while."""


def failing() -> list[str]:
    """The parts that cannot be used now. Why is in the log: strangers may ask."""
    found = []
    for name, look in PARTS.items():
        try:
            look()
        except Exception as error:  # noqa: BLE001 - whatever a broken part raises, it is broken
            logger.warning("not ready: %s: %s", name, type(error).__name__)
            found.append(name)
    return found


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    name = str(connection.settings_dict["NAME"])
    if name not in _migrated:
        if missing := schema.pending():
            raise LookupError(f"{len(missing)} migrations are missing")
        _migrated.add(name)


def _bus() -> None:
    bus.connection().ping()


PARTS: dict[str, Callable[[], None]] = {"database": _database, "migrations": _migrations, "bus": _bus}
