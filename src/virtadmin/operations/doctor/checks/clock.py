"""Clocks: windows, leases and expiries go wrong where machines disagree about the time."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from virtadmin.core import bus
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, warn

LITTLE, MUCH = 2.0, 10.0
"""Seconds. Tasks expire after 5 s and more."""
NOW = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "mysql": "SELECT UNIX_TIMESTAMP(NOW(6))",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400",
}


def of_database(asked: Asked) -> Finding:
    """The database's."""
    with connection.cursor() as cursor:
        cursor.execute(NOW[connection.vendor])
        row = cursor.fetchone()
    return clock_judge("the database", float(row[0]) - asked.clock())


def of_valkey(asked: Asked) -> Finding:
    """Valkey's."""
    said: Any = bus.connection().time()
    return clock_judge("Valkey", said[0] + said[1] / 1e6 - asked.clock())


def clock_judge(whose: str, ahead: float) -> Finding:
    """What it means that a clock is so many seconds ahead of ours. Pure."""
    said = f"{whose}'s clock is {abs(ahead):.1f} s {'ahead' if ahead > 0 else 'behind'}"
    advice = f"let both machines keep time by NTP (here it is {datetime.now(UTC):%H:%M:%S} UTC)"
    if abs(ahead) > MUCH:
        return fail(said, advice)
    return warn(said, advice) if abs(ahead) > LITTLE else ok(f"as {whose}'s")


CHECKS = (
    Check("clock, database", of_database, ("database",)),
    Check("clock, valkey", of_valkey, ("valkey",)),
)
