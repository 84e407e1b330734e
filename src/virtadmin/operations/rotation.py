"""A new key for the stored secrets, while the hub runs.

First the new key is put before the old one in the key file, which every process looks at whenever it needs the keys:
from then on all of them read both and write the new one. Then every secret is stored anew, in batches, each only if
nobody changed it meanwhile. When none is left, the old key goes. Wherever it is broken off, both keys are in the file,
and the next run goes on.
"""

import fcntl
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models

from virtadmin.core.errors import Conflict
from virtadmin.core.keys import KeyFile, fingerprint, keys_write, own_key_file
from virtadmin.core.retrying import retried
from virtadmin.core.secrets import UnreadableSecret, box, decrypt, encrypt
from virtadmin.operations.stored import Place, is_newest, places, tally

BATCH = 200
GRACE = 5.0
"""Seconds after which nobody stores anything any more that was encrypted before the new key was known."""
HOW_BY_HAND = (
    "SECRETS_KEY is given to the hub, and only you can change it: put a new key before the old one"
    " (SECRETS_KEY=new,old), start every process of the hub again, then run this. docs/operations.md has the commands"
    " for Compose and systemd."
)
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Rotated:
    """What came of it."""

    total: int
    """Secrets that are stored."""
    unreadable: int
    """Those that none of the keys reads: they are as they were."""
    new: str
    """Fingerprints."""
    old: list[str]
    by_hand: bool
    """The keys were given to the hub: a person has to take the old ones out."""


def key_rotate(*, progress: Progress = lambda what, count: None, grace: float = GRACE) -> Rotated:
    """Store every secret with a new key, or go on with that. Raises Conflict."""
    with _alone(settings.DATA / "rotate.lock"):
        keys = settings.SECRETS_KEY
        own = own_key_file(keys)
        if len(keys) == 1:
            if not own:
                raise Conflict(HOW_BY_HAND)
            keys_write(own.path, [secrets.token_urlsafe(48), *keys])
        old = list(map(fingerprint, keys[1:]))
        _all_anew(progress)
        if isinstance(keys, KeyFile):
            time.sleep(grace)
        _all_anew(progress)  # what was being stored when the new key came
        found = tally()
        if own and found.older == 0:
            keys_write(own.path, keys[:1])
        return Rotated(found.total, found.unreadable, fingerprint(keys[0]), old, by_hand=own is None)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("the key is being rotated already") from None
        yield


def _all_anew(progress: Progress) -> None:
    for place in places():
        last: object = None
        while page := _page(place, last):
            last = page[-1][0]
            progress(place.model._meta.db_table, retried(partial(_batch_anew, place, page)))  # noqa: SLF001


def _page(place: Place, last: object) -> list[tuple[object, str]]:
    """The next rows that have a secret, and the secret as it is stored."""
    stored = models.ExpressionWrapper(models.F(place.column), output_field=models.TextField())
    rows = place.model._base_manager.annotate(stored_secret=stored).exclude(stored_secret="")  # noqa: SLF001
    rows = rows.exclude(stored_secret=None)
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.order_by("pk").values_list("pk", "stored_secret")[:BATCH])


def _batch_anew(place: Place, page: list[tuple[object, str]]) -> int:
    """Store those of them anew that are by an older key; how many there were."""
    about: Any = place.model._meta  # noqa: SLF001 - Django's documented way to what a model is
    names = (about.db_table, about.get_field(place.column).column, about.pk.column)
    table, column, key = map(connection.ops.quote_name, names)
    statement = f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"  # nosec B608 # noqa: S608 - names of models
    newest, changed = box(settings.SECRETS_KEY[0]), 0
    with connection.cursor() as cursor:
        for pk, token in page:
            if is_newest(token, newest):
                continue
            try:
                anew = encrypt(decrypt(token))
            except UnreadableSecret:
                continue
            cursor.execute(statement, [anew, about.pk.get_db_prep_value(pk, connection), token])
            changed += 1
    return changed
