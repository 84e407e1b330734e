"""Whether the hub's own parts are well."""

from collections.abc import Callable, Iterator
from time import time

from django.db import connection

from virtadmin.collector.memory import LAST_TICK
from virtadmin.core import bus

TICK_LATE_SECONDS = 30


def parts() -> Iterator[tuple[str, str]]:
    """Each part's name and what is wrong with it in one sentence; empty when it is well."""
    for name, check in CHECKS.items():
        try:
            yield name, check()
        except Exception as error:  # noqa: BLE001 - whatever a broken part raises is the answer
            yield name, f"{type(error).__name__}: {error}"


def tick_judge(late: float) -> str:
    """What is wrong where the last tick was so many seconds ago; less than nothing where it is still to come by this
    clock: then it was put back, and none came since. Pure."""
    if late < -TICK_LATE_SECONDS:
        return f"the last round is dated {-late:.0f} s ahead"
    return f"the last round began {late:.0f} s ago" if late > TICK_LATE_SECONDS else ""


def _database() -> str:
    connection.ensure_connection()
    return ""


def _valkey() -> str:
    bus.connection().ping()
    return ""


def _collector() -> str:
    last = bus.connection().get(LAST_TICK)
    if last is None:
        return "has not begun: is a worker running, and beat?"
    trouble = tick_judge(time() - float(last))
    return f"{trouble}: is a worker running, and beat?" if trouble else ""


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "valkey": _valkey, "collector": _collector}
