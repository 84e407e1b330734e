"""Filling a database from an archive, in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import DatabaseError, IntegrityError, connections, transaction

from virtadmin.operations import schema
from virtadmin.operations.backup.archive import Archive
from virtadmin.operations.backup.errors import BadBackup
from virtadmin.operations.backup.manifest import Content, Manifest
from virtadmin.operations.backup.tables import Column, Convert, Model, columns, tables, writing
from virtadmin.operations.backup.taking import Progress

ROWS = 1000
"""Rows that are handed to the database at once."""


def archive_load(
    archive: Archive, manifest: Manifest, registry: Apps, progress: Progress, last: Callable[[], None] = lambda: None
) -> None:
    """Put what is in the archive in the place of all that is in the database; all of it or nothing.

    `registry`: the models as they were when the backup was taken, which is how the tables must be now. `last` is called
    when all is there; what it raises takes everything back. Raises BadBackup.
    """
    models = tables(registry)
    known = {model._meta.db_table for model in models}  # noqa: SLF001 - Django's documented way to what a model is
    if strange := sorted(set(manifest.tables) - known - schema.retired_tables()):
        raise BadBackup(f"it has tables that no hub has: {', '.join(strange)}")
    connection = connections["default"]
    try:
        with connection.constraint_checks_disabled(), transaction.atomic():
            _empty([*models, *_left_out(registry, known)])
            for model in models:
                _fill(model, manifest.tables.get(model._meta.db_table), archive, progress)  # noqa: SLF001
            connection.check_constraints()
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                with connection.cursor() as cursor:
                    cursor.execute(statement)
            last()
    except IntegrityError as error:
        raise BadBackup(f"what is in it does not fit together: {error}") from error
    except DatabaseError as error:
        raise BadBackup(f"the database does not take it, and is as it was: {error}") from error


def _left_out(registry: Apps, known: set[str]) -> list[Model]:
    """Tables that no backup has, such as that of who is signed in: what they hold goes too."""
    every = registry.get_models(include_auto_created=True)
    return [m for m in every if m._meta.managed and not m._meta.proxy and m._meta.db_table not in known]  # noqa: SLF001


def _empty(models: Sequence[Model]) -> None:
    connection = connections["default"]
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # nosec B608 # noqa: S608, SLF001 - a model's name


def _fill(model: Model, content: Content | None, archive: Archive, progress: Progress) -> None:
    if content is None or not content.rows:
        return
    table = model._meta.db_table  # noqa: SLF001
    by_name = {str(field.column): field for field in columns(model)}
    if strange := sorted(set(content.columns) - by_name.keys()):
        raise BadBackup(f"its table {table} has columns that no hub has: {', '.join(strange)}")
    chosen: list[Column] = [by_name[name] for name in content.columns]
    connection = connections["default"]
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in content.columns)
    places = ", ".join(["%s"] * len(chosen))
    statement = f"INSERT INTO {quote(table)} ({names}) VALUES ({places})"  # nosec B608 # noqa: S608 - names of models' columns
    rows = _converted(archive.rows(content), writing(chosen, connection))
    with connection.cursor() as cursor:
        while batch := list(islice(rows, ROWS)):
            cursor.executemany(statement, batch)
            progress(table, len(batch))


def _converted(rows: Iterator[list[Any]], converts: list[Convert | None]) -> Iterator[list[Any]]:
    changed = [(place, convert) for place, convert in enumerate(converts) if convert]
    for row in rows:
        for place, convert in changed:
            row[place] = convert(row[place])
        yield row
