"""How a failing database is told of: in one line, with what may be done about it."""

import logging
import shutil

from django.conf import settings
from django.db import DatabaseError, connection

LEAST_FREE = 1024 * 1024
"""Bytes on its disk that SQLite cannot do with less of."""


def reason(error: DatabaseError) -> str:
    """What the database says; that its disk is full where it is, as SQLite has many words for that."""
    said = str(error).strip() or type(error).__name__
    if connection.vendor == "sqlite" and shutil.disk_usage(settings.DATA).free < LEAST_FREE:
        return f"{said}: the disk of {settings.DATA} is full"
    return said


class OneLine(logging.Filter):
    """Takes the traceback from a task that failed with the database: every task does then, every few seconds."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never refuses one."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DatabaseError):
            record.msg, record.args = "%s: the database fails (%s)", (_task(record), reason(error))
            record.exc_info = record.exc_text = None
        return True


def _task(record: logging.LogRecord) -> str:
    known = getattr(record, "data", None)
    return str(known["name"]) if isinstance(known, dict) and "name" in known else record.name
