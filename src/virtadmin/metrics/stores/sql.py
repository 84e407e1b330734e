"""History in the hub's own database, whichever that is: raw points, and coarser tiers that outlive them."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, Model

from virtadmin.metrics.models import LatePoint, RawPoint, RolledPoint
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.packing import pack_mounts
from virtadmin.metrics.series import HISTORY, WEBSITE_HISTORY, mounts_used, series_key
from virtadmin.metrics.sql.roll import LATE, roll, rolled_until
from virtadmin.metrics.sql.spans import raw_values, spans, trends
from virtadmin.metrics.sql.statements import batches, insert_new, subjects, table
from virtadmin.metrics.thinning import Point, thinned
from virtadmin.metrics.tiers import FINEST, PRUNE_AFTER, RAW_KEEP, TIERS, segments

logger = logging.getLogger(__name__)
COLUMNS = ("subject", "time", *HISTORY, "mounts")
WEBSITE_COLUMNS = ("subject", "time", *WEBSITE_HISTORY)
LATE_BATCH = 500
PRUNE_BATCH = 100
"""Subjects a transaction: some thousand points when pruned hourly."""


class SqlStore:
    """The default: the tables of `virtadmin.metrics.models`."""

    name = "sql"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        """Tells what comes too late."""
        self.dropped = 0
        """Observations that came too late since this process started."""

    def write(self, rows: Iterable[tuple[int, Observation]]) -> None:
        """Insert the observations in bulk.

        Every poll of every server comes through here. `bulk_create` took 51 µs a row, this takes 4 (SQLite), as it
        neither makes objects nor new SQL for each batch, and one statement serves whatever number of rows.
        """
        now = self.clock()
        given = list(rows)
        points = [_row(subject, seen) for subject, seen in given if seen.time >= now - RAW_KEEP and subject >= 0]
        checks = [_check_row(subject, seen) for subject, seen in given if subject < 0 and seen.time >= now - RAW_KEEP]
        kept = len(points) + len(checks)
        late = [LatePoint(subject=subject, time=at) for subject, at, *_ in (*points, *checks) if at < now - LATE]
        if kept:
            with transaction.atomic(savepoint=False), connection.cursor() as cursor:
                for columns, rows in ((COLUMNS, points), (WEBSITE_COLUMNS, checks)):
                    if rows:
                        cursor.executemany(insert_new(RawPoint, columns), rows)
                if late:
                    LatePoint.objects.bulk_create(late, batch_size=LATE_BATCH)
        if kept < len(given):
            self.dropped += len(given) - kept
            logger.warning(
                "%d observations came over 48 hours late and are dropped (%d so far)",
                len(given) - kept,
                self.dropped,
            )

    def raw(self, subject: int, metric: str, start: float, end: float) -> list[tuple[int, float]]:
        """(Unix second, value), the oldest first."""
        return raw_values(subject, series_key(metric), start, end)

    def range(self, subject: int, metric: str, start: float, end: float, points: int) -> list[Point]:
        """From the finest tier that still has `start`."""
        key, parts = series_key(metric), segments(start, end, self.clock(), rolled_until() or 0)
        return thinned([span for part in parts for span in spans(subject, key, part)], start, end, points)

    def trends(
        self, subjects: Iterable[int], metric: str, start: float, end: float
    ) -> dict[int, list[tuple[int, float]]]:
        """From the rolled points alone: raw ones of a whole fleet would be too many."""
        return trends(subjects, series_key(metric), start, end)

    def forget(self, subject: int) -> None:
        """Delete all points of the subject."""
        for model in (LatePoint, RawPoint, RolledPoint):
            model._default_manager.filter(subject=subject).delete()  # noqa: SLF001 - Django's documented way

    def roll(self, now: float) -> None:
        """Sum up what is over."""
        roll(now)

    def prune(self, now: float, batch: int = PRUNE_BATCH) -> int:
        """Delete what is old subject by subject, along the primary key, so that no index on time alone is needed.

        Raw points stay until they are rolled up.
        """
        noted = LatePoint.objects.aggregate(oldest=Min("time"))["oldest"]
        before = FINEST.begin(min(now - PRUNE_AFTER, rolled_until() or 0, now if noted is None else noted))
        deleted = _prune(RawPoint, "subject = %s AND time < %s", (before,), batch)
        for tier in TIERS:
            ends = (tier.number, int(now - tier.keep) // tier.step)
            deleted += _prune(RolledPoint, "subject = %s AND tier = %s AND bucket < %s", ends, batch)
        return deleted


def _row(subject: int, seen: Observation) -> tuple[Any, ...]:
    packed = pack_mounts(mounts_used(seen.details)) if "mounts" in seen.details else None
    return (subject, int(seen.time), *map(seen.values.get, HISTORY), packed)


def _check_row(subject: int, seen: Observation) -> tuple[Any, ...]:
    return (subject, int(seen.time), *map(seen.values.get, WEBSITE_HISTORY))


def _prune(model: type[Model], where: str, given: tuple[int, ...], batch: int) -> int:
    deleted = 0
    for some in batches(subjects(model), batch):
        with transaction.atomic(), connection.cursor() as cursor:
            query = f"DELETE FROM {table(model)} WHERE {where}"  # nosec B608 # noqa: S608 - the model's own names
            cursor.executemany(query, [(subject, *given) for subject in some])
            deleted += cursor.rowcount
    return deleted
