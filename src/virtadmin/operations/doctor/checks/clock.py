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
    return clock_judge("the database", float(row[0]), asked.clock())


def of_valkey(asked: Asked) -> Finding:
    """Valkey's."""
    said: Any = bus.connection().time()
    return clock_judge("Valkey", said[0] + said[1] / 1e6, asked.clock())


def clock_judge(whose: str, there: float, here: float) -> Finding:
    """What two clocks (Unix seconds), read at the same moment, mean. Pure."""
    ahead = there - here
    said = (
        f"{whose}'s clock says {_said(there)}, {abs(ahead):.1f} s {'more' if ahead > 0 else 'less'} than this machine's"
    )
    advice = "let both machines keep time by NTP (`timedatectl set-ntp true`): tasks expire too early or too late"
    if abs(ahead) > MUCH:
        return fail(said, advice)
    return warn(said, advice) if abs(ahead) > LITTLE else ok(f"as {whose}'s")


def _said(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"


CHECKS = (
    Check("clock, database", of_database, ("database",)),
    Check("clock, valkey", of_valkey, ("valkey",)),
)
