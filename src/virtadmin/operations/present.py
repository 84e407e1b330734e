"""Which processes of the hub use this database: each says so in it, wherever it runs and whatever its Valkey is.

A restore goes by it: a process that is up would go on with rows, and with what it remembers of them, that are no more.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from virtadmin.core.failing import reason
from virtadmin.core.models import Process

logger = logging.getLogger(__name__)
EVERY_SECONDS = 20.0
GONE_SECONDS = 70
"""Three times not said: a process that was killed is forgotten after so long."""
LEAVING_SECONDS = 2.0
"""A process that ends waits so long at most until it has taken its leave: the database may be away."""


@contextmanager
def present(kind: str) -> Iterator[None]:
    """While inside, this process says that it is there, in a thread of its own."""
    leaving = Event()
    me = Process(kind=kind, machine=socket.gethostname()[:255], pid=os.getpid())
    thread = Thread(target=_say, args=(me, leaving), name="present", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join(LEAVING_SECONDS)


def processes_there() -> list[Process]:
    """The processes that said lately that they are there, by the database's own clock."""
    if Process._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - its documented way
        return []
    return list(Process.objects.filter(seen__gt=Now() - timedelta(seconds=GONE_SECONDS)).order_by("kind", "machine"))


def _say(me: Process, leaving: Event) -> None:
    failing = False
    while not leaving.is_set():
        try:
            _said(me)
            failing = False
        except DatabaseError as error:
            if not failing:
                logger.warning("this process cannot say that it is there: %s", reason(error))
            failing = True
        finally:
            connection.close()  # a moment's use: no connection is held for it
        leaving.wait(EVERY_SECONDS)
    with suppress(DatabaseError):
        Process.objects.filter(pk=me.pk).delete()
    connection.close()


def _said(me: Process) -> None:
    if Process.objects.filter(pk=me.pk).update(seen=Now()):
        return
    Process.objects.filter(seen__lt=Now() - timedelta(seconds=GONE_SECONDS)).delete()
    Process.objects.create(pk=me.pk, kind=me.kind, machine=me.machine, pid=me.pid, seen=Now())
