"""Taking a backup."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import orjson
from django.apps import apps
from django.conf import settings
from django.db import connections

from virtadmin import __version__
from virtadmin.core.keys import fingerprint
from virtadmin.core.models import Hub
from virtadmin.operations import schema
from virtadmin.operations.backup.archive import Writer
from virtadmin.operations.backup.errors import Refused
from virtadmin.operations.backup.manifest import Manifest
from virtadmin.operations.backup.snapshot import snapshot
from virtadmin.operations.backup.tables import Model, as_json, columns, reading, tables

ROWS = 2000
"""Rows fetched at once."""
STANDARD_OUTPUT = Path("-")
Progress = Callable[[str, int], None]
"""Hears of what is being done, and how many rows of it went by since it heard last."""


def backup_take(path: Path, *, with_key: bool, now: datetime, progress: Progress = lambda what, rows: None) -> Manifest:
    """Write everything the hub holds, as it is at one moment, to the file at path (`-` is the standard output).

    It is written beside and moved into place when it is whole: a file of that name is a whole backup, readable for its
    owner alone. Raises Refused, OSError (a full disk among them: nothing is left then).
    """
    if missing := schema.pending():
        raise Refused(f"the database is not up to date ({len(missing)} migrations are missing): run `virtadmin setup`")
    Hub.identity()  # made now where there is none yet, not in the snapshot
    with _placed(path) as file:
        return _write(file, with_key=with_key, now=now, progress=progress)


@contextlib.contextmanager
def _placed(path: Path) -> Iterator[IO[bytes]]:
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _folder_sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _folder_sync(folder: Path) -> None:
    """See to it that the new name survives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(file: IO[bytes], *, with_key: bool, now: datetime, progress: Progress) -> Manifest:
    writer = Writer(file)
    with snapshot() as using:
        manifest = Manifest(
            version=__version__,
            taken=now,
            hub=str(Hub.objects.using(using).get(pk=1).uuid),
            hub_name=settings.HUB_NAME,
            database=_database(using),
            history="VictoriaMetrics" if settings.HISTORY_URL else "database",
            migrations=schema.applied(using),
            keys=[fingerprint(key) for key in settings.SECRETS_KEY],
            key_file=writer.keys(settings.SECRETS_KEY) if with_key else None,
            tables={},
        )
        for model in tables(apps):
            name = model._meta.db_table  # noqa: SLF001 - Django's documented way to what a model is
            names = [str(field.column) for field in columns(model)]
            manifest.tables[name] = writer.table(name, names, _lines(model, using), partial(progress, name))
    writer.finish(manifest)
    return manifest


def _lines(model: Model, using: str) -> Iterator[bytes]:
    chosen = [reading(field) for field in columns(model)]
    rows: Any = model._base_manager.using(using).order_by().values_list(*chosen)  # noqa: SLF001
    for row in rows.iterator(chunk_size=ROWS):
        yield orjson.dumps(row, default=as_json, option=orjson.OPT_APPEND_NEWLINE)


def _database(using: str) -> str:
    connection: Any = connections[using]
    version = ".".join(map(str, connection.get_database_version()))
    return f"{'MariaDB' if getattr(connection, 'mysql_is_mariadb', False) else connection.display_name} {version}"
