"""What the hub measures of itself, for `/metrics`: how it is while nobody looks."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count
from kombu.exceptions import OperationalError

from virtadmin import __version__
from virtadmin.alerting.models import Incident
from virtadmin.collector import memory
from virtadmin.collector.workers import workers_live
from virtadmin.notifications.models import Delivery
from virtadmin.operations.queues import lengths
from virtadmin.operations.rounds import rounds_known
from virtadmin.servers.models import Server

SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()",
}
AWAY = (redis.RedisError, OperationalError, OSError)
"""What Valkey and the broker raise when they cannot be asked."""
UNFINISHED_AND_LOST = (*Delivery.UNFINISHED, Delivery.Status.GIVEN_UP)
COUNTED = {"connects": "connections", "polls": "polls", "skipped": "polls_skipped", "dropped": "polls_dropped"}
"""What workers count, and what it is called here."""


class Figure(NamedTuple):
    """One number: its family's name after `virtadmin_hub_`, and its labels."""

    name: str
    value: float
    labels: dict[str, str] = {}


def figures() -> Iterator[Figure]:
    """All that can be told now; what is away is left out."""
    yield Figure("info", 1, {"version": __version__})
    for source in (_stored, *((_rounds_and_workers,) if settings.REDIS_URL else ()), _queues):
        yield from _told(source)


def _told(source: Callable[[], Iterator[Figure]]) -> list[Figure]:
    found: list[Figure] = []
    with suppress(*AWAY):
        found.extend(source())
    return found


def _stored() -> Iterator[Figure]:
    """What the database holds."""
    enabled = Server.objects.filter(enabled=True, enrolled=True)
    for status, count in enabled.values_list("state__status").annotate(count=Count("pk")).order_by():
        yield Figure("servers", count, {"status": str(status)})
    waiting = dict(
        Delivery.objects.filter(status__in=UNFINISHED_AND_LOST)
        .values_list("status")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for status in UNFINISHED_AND_LOST:
        yield Figure("deliveries", waiting.get(status.value, 0), {"status": status.value})
    rows = Incident.objects.filter(open_key__isnull=False).values_list("kind").annotate(count=Count("pk")).order_by()
    opened = dict(rows)
    yield from (Figure("incidents_open", opened.get(kind, 0), {"kind": kind}) for kind in Incident.Kind.values)
    with connection.cursor() as cursor:
        cursor.execute(SIZES[connection.vendor])
        row = cursor.fetchone()
    yield Figure("database_bytes", int(row[0] or 0))


def _rounds_and_workers() -> Iterator[Figure]:
    """What stands in Valkey. One that hangs is waited for once, not twice."""
    yield from list(_rounds())
    yield from _workers()


def _rounds() -> Iterator[Figure]:
    last = memory.tick_last()
    if last is not None:
        yield Figure("last_tick_timestamp_seconds", last)
    known = rounds_known()
    if known:
        yield Figure("rounds_total", known.number)
        yield Figure("round_seconds_total", round(known.total_seconds, 3))
        yield Figure("last_round_timestamp_seconds", round(known.at, 3))
        yield Figure("last_round_duration_seconds", round(known.seconds, 3))


def _workers() -> Iterator[Figure]:
    live = workers_live()
    yield Figure("workers", len(live))
    for worker in live:
        for kind, counted in (("server", worker.counters), ("website", worker.counters.get("checks", {}))):
            yield from _counted(counted, {"worker": worker.name, "subject": kind})


def _counted(counters: dict[str, Any], labels: dict[str, str]) -> Iterator[Figure]:
    if not counters:
        return
    yield Figure("channels_open", counters.get("open", 0), labels)
    for counted, name in COUNTED.items():
        yield Figure(f"{name}_total", counters.get(counted, 0), labels)
    for stage, count in counters.get("failures", {}).items():
        yield Figure("failures_total", count, {**labels, "stage": stage})


def _queues() -> Iterator[Figure]:
    yield from (Figure("queue_tasks", count, {"queue": name}) for name, count in lengths().items())
