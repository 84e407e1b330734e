"""Restoring a backup: everything is looked at before anything is touched."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection

from virtadmin.accounts.models import User
from virtadmin.collector.workers import workers_live
from virtadmin.core import bus
from virtadmin.core.keys import fingerprint, keys_write, own_key_file
from virtadmin.operations import schema
from virtadmin.operations.backup.archive import Archive
from virtadmin.operations.backup.errors import Refused
from virtadmin.operations.backup.loading import archive_load
from virtadmin.operations.backup.manifest import Manifest
from virtadmin.operations.backup.staging import staged
from virtadmin.operations.backup.taking import Progress
from virtadmin.operations.present import GONE_SECONDS, processes_there
from virtadmin.servers.models import Server


@dataclass
class Restored:
    """What came of it."""

    manifest: Manifest
    migrated: bool
    """Whether the backup was of an older version."""
    readable: bool
    """Whether the stored secrets can be read."""
    kept_key: Path | None = None
    """Where the key that was here before is now."""


def backup_restore(
    path: Path,
    *,
    replace: bool,
    without_key: bool,
    now: datetime,
    force: bool = False,
    progress: Progress = lambda what, rows: None,
) -> Restored:
    """Put what is in the backup into this hub's database, whatever kind that is; all of it or nothing.

    `replace`: also where this hub has something already, which is lost then. `without_key`: also where the key of the
    stored secrets is missing. `force`: also where processes of the hub seem to run. Raises BadBackup and Refused, with
    nothing touched, and OSError.
    """
    still = nobody if force else running_refuse
    with Archive(path) as archive:
        manifest = archive.verified(lambda size: progress("checking", size))
        newer_refuse(manifest, schema.known())
        keys = archive.keys() if manifest.key_file else []
    readable = _key_look(manifest, keys, without_key=without_key)
    still()
    in_use = _in_use()
    if in_use and not replace:
        raise Refused(
            f"this hub is in use: {in_use}. --replace deletes all that it has and puts the backup in its place; take a"
            " backup of it first."
        )
    schema.migrate()
    with _of_this_version(path, manifest) as current, Archive(current) as archive:
        loaded = archive.verified(lambda size: None)
        archive_load(archive, loaded, apps, progress, still)  # nobody may have come meanwhile either
    kept = _keys_take(keys, now, keep=bool(in_use))
    _forget_what_was_known()
    return Restored(manifest, current != path, readable, kept)


def nobody() -> None:
    """Look at nothing: whoever restores knows that no process runs."""


def running_refuse() -> None:
    """Refuse while a process of this hub is up, on whatever machine: it would go on with rows that are no more.

    Raises Refused.
    """
    there = [str(process) for process in processes_there()] or _workers()
    if there:
        raise Refused(
            f"this hub is running: {', '.join(there)}. Stop all of its processes first, on every machine that uses this"
            f" database. One that was killed is forgotten {GONE_SECONDS} s later; --force restores all the same."
        )


def _workers() -> list[str]:
    """Those that are known to Valkey alone: of an older version, or kept from the database."""
    try:
        return [f"worker {worker.name}" for worker in workers_live()]
    except redis.RedisError:
        return []  # without Valkey no worker does anything


def newer_refuse(manifest: Manifest, known: schema.Applied) -> None:
    """Refuse what a newer version took. Pure. Raises Refused."""
    if schema.beyond(manifest.migrations, known):
        raise Refused(f"this backup was taken by a newer Virtadmin ({manifest.version}): update this one first")


def key_missing(wanted: list[str], here: list[str]) -> list[str]:
    """Fingerprints of the keys that the stored secrets need and that are not here. Pure."""
    return [name for name in wanted if name not in here]


def _key_look(manifest: Manifest, keys: list[str], *, without_key: bool) -> bool:
    here = list(map(fingerprint, settings.SECRETS_KEY))
    missing = key_missing(manifest.keys, here)
    if not missing:
        return True
    if keys and own_key_file(settings.SECRETS_KEY):
        return True
    if keys:
        raise Refused(
            f"SECRETS_KEY here ({' '.join(here)}) is not the key of this backup ({' '.join(missing)}), which is in it"
            " as secrets.key: give that as SECRETS_KEY, or take SECRETS_KEY away, and it is put into the data folder."
        )
    if not without_key:
        raise Refused(
            f"the stored secrets in it need the key {' '.join(missing)}, and the key here is {' '.join(here)}. Give the"
            f" right one as SECRETS_KEY, or put it into {settings.DATA / 'secrets.key'}. If it is lost, --without-key"
            " restores all the same; servers must then be enrolled again, and passwords of websites and channels"
            " entered again."
        )
    return False


def _in_use() -> str:
    """Who uses this hub, in words; nothing where nobody does."""
    if User._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - its documented way
        return ""
    people, servers = User.objects.count(), Server.objects.count()
    return f"{people} users, {servers} servers" if people or servers else ""


@contextmanager
def _of_this_version(path: Path, manifest: Manifest) -> Iterator[Path]:
    if schema.kept(manifest.migrations) == schema.known():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=settings.DATA) as folder:
        yield staged(path, Path(folder))


def _keys_take(keys: list[str], now: datetime, *, keep: bool) -> Path | None:
    """Put the backup's keys into the data folder; where the ones before them went, if they are to be kept."""
    here = own_key_file(settings.SECRETS_KEY)
    if not keys or not here or list(here) == keys:
        return None
    before = here.path.with_name(f"{here.path.name}.before-{now:%Y%m%d-%H%M%S}") if keep else None
    if before:
        keys_write(before, list(here))
    keys_write(here.path, keys)
    return before


def _forget_what_was_known() -> None:
    """Newest samples, windows and the like are of other servers by the same numbers."""
    try:
        client = bus.connection()
        for key in client.scan_iter(match="virtadmin:*", count=1000):
            client.delete(key)
    except redis.RedisError:
        return  # the embedded one begins empty
