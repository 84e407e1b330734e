"""SQL for many rows at once, as the database at hand says it. The names in it are the models' own."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.constants import OnConflict

from virtadmin.metrics.models import RolledPoint

Item = TypeVar("Item")
ROLLED = ("subject", "tier", "bucket", "data")
KEY = ROLLED[:3]
MANY = 200
"""Rows a statement: 4 parameters each are few enough for every database."""


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of so many of the items, the last one shorter."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def table(model: type[Model]) -> str:
    """The model's table, quoted."""
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django documents Meta as an API


def quoted(names: Iterable[str]) -> str:
    """Columns, quoted, with commas."""
    return ", ".join(map(connection.ops.quote_name, names))


def places(count: int) -> str:
    """So many parameters."""
    return ", ".join(["%s"] * count)


def insert_new(model: type[Model], columns: Sequence[str]) -> str:
    """For `executemany`: INSERT of a row that is passed over if its key is there."""
    verb = connection.ops.insert_statement(on_conflict=OnConflict.IGNORE)
    otherwise = connection.ops.on_conflict_suffix_sql([], OnConflict.IGNORE, [], [])
    return f"{verb} {table(model)} ({quoted(columns)}) VALUES ({places(len(columns))}) {otherwise}".rstrip()


def rolled_write(rows: Sequence[tuple[int, int, int, bytes]]) -> None:
    """Insert rolled points (`ROLLED`), or put their data in the place of what is there."""
    for some in batches(rows, MANY):
        otherwise = connection.ops.on_conflict_suffix_sql(ROLLED, OnConflict.UPDATE, ["data"], KEY)
        values = ", ".join([f"({places(len(ROLLED))})"] * len(some))
        into = f"INSERT INTO {table(RolledPoint)} ({quoted(ROLLED)})"
        with connection.cursor() as cursor:
            cursor.execute(f"{into} VALUES {values} {otherwise}", [value for row in some for value in row])


def selected(model: type[Model], columns: Sequence[str], where: str, order: str, given: Sequence[Any]) -> list[Any]:
    """All rows of the columns; `where` has a %s for each value given."""
    query = f"SELECT {quoted(columns)} FROM {table(model)} WHERE {where} ORDER BY {order}"  # nosec B608 # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        rows: list[Any] = list(cursor.fetchall())  # PyMySQL gives a tuple where there are none
        return rows


def subjects(model: type[Model]) -> list[int]:
    """Each subject there is: a jump in the primary key for each, where DISTINCT would read every point."""
    query = """
        WITH RECURSIVE known (id) AS (
            SELECT MIN(subject) FROM {table}
            UNION ALL SELECT (SELECT MIN(subject) FROM {table} WHERE subject > known.id) FROM known WHERE id IS NOT NULL
        ) SELECT id FROM known WHERE id IS NOT NULL""".format(table=table(model))  # nosec B608 # noqa: S608 - the model's own name
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [subject for (subject,) in cursor.fetchall()]
