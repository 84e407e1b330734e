"""Lines of the hub's own log: as text or as JSON, each with the request or the task that it was written for."""

import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from celery import current_task
from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; empty outside of any."""
LONG = 20
"""Characters from which on a part of a path may be a secret: a link of an invitation, somebody's token."""
HARMLESS = re.compile(r"[a-z_-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Words, and UUIDs, which are no secrets here."""
GIVEN_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
HIDDEN = "***"
HOST_SAID = 80
"""Characters of a stranger's host that are said, with the words before it."""
FORMATS = ("text", "json")
LEFT_OUT = ("request", "data", "taskName")
"""Put on records by Django (a request, with its query), Celery (a task, with its arguments) and asyncio."""


class Context(logging.Filter):
    """Puts on each record what it was written for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never refuses one."""
        record.request_id = request_id.get()
        task = current_task or None
        record.task_id = (task.request.id or "") if task else ""
        record.task_name = task.name if task else ""
        return True


class Paths(logging.Filter):
    """Takes from Django's own lines about requests what may be a secret in their paths."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never refuses one."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                path_said(word) if isinstance(word, str) and word.startswith("/") else word for word in record.args
            )
        return True


class Hosts(logging.Filter):
    """Says in one line that a request named a host that is not ours: whoever scans the internet causes many of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never refuses one."""
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "%s (ALLOWED_HOSTS)", (record.getMessage().partition(". ")[0][:HOST_SAID],)
        record.exc_info = record.exc_text = None
        return True


class Text(logging.Formatter):
    """For people: the request's id, or the task's, stands at the end of the first line, where there is one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without tracebacks."""
        marks = [
            f"request={getattr(record, 'request_id', '')}",
            f"task={getattr(record, 'task_name', '')} task_id={getattr(record, 'task_id', '')}",
        ]
        said = " ".join(mark for mark in marks if not mark.endswith("="))
        return f"{super().formatMessage(record)} [{said}]" if said else super().formatMessage(record)


class Json(JsonFormatter):
    """For programs: one object a line, with `time` in UTC, `level`, `logger`, `message`, and what else is known."""

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Ours come first; of all that is put on a record, only what has something to say."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"], log_data["logger"] = record.levelname, record.name
        super().add_fields(log_data, record, message_dict)
        for name in ("request_id", "task_id", "task_name"):
            if not log_data.get(name):
                log_data.pop(name, None)
        for name in LEFT_OUT:
            log_data.pop(name, None)


def path_said(path: str) -> str:
    """A path as it may be logged: in one line, and without parts that may be secrets. Pure."""
    return "/".join(_part_said(part) for part in path.split("/"))


def _part_said(part: str) -> str:
    return HIDDEN if len(part) >= LONG and not HARMLESS.fullmatch(part) else quote(part, safe=":@.,-_~+%*")


def id_taken(given: str) -> bool:
    """Whether an id that a proxy gave a request may be used: it is written into every line. Pure."""
    return bool(GIVEN_ID.fullmatch(given))
