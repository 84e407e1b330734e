"""How a failing database is told of."""

import logging
import shutil
import sys
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from virtadmin.core.failing import OneLine, reason


def test_it_is_what_the_database_says_or_at_least_what_failed() -> None:
    assert reason(OperationalError("server closed the connection\n")) == "server closed the connection"
    assert reason(OperationalError()) == "OperationalError"


def test_a_full_disk_is_called_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtadmin.core.failing.connection", SimpleNamespace(vendor="sqlite"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    assert reason(OperationalError("disk I/O error")).endswith(" is full")
    monkeypatch.setattr("virtadmin.core.failing.connection", SimpleNamespace(vendor="postgresql"))
    assert reason(OperationalError("disk I/O error")) == "disk I/O error"


@pytest.mark.parametrize(
    ("error", "extra", "line"),
    [
        (OperationalError("gone"), {"data": {"name": "a.task"}}, "a.task: the database fails (gone)"),
        (OperationalError("gone"), {}, "celery: the database fails (gone)"),
        (ValueError("gone"), {"data": {"name": "a.task"}}, "it failed"),
    ],
)
def test_a_task_that_failed_with_it_is_told_of_in_one_line(
    error: Exception, extra: dict[str, object], line: str
) -> None:
    try:
        raise error
    except type(error):
        record = logging.getLogger("celery").makeRecord(
            "celery", logging.ERROR, "file", 1, "it %s", ("failed",), sys.exc_info(), extra=extra
        )
    assert OneLine().filter(record)
    assert record.getMessage() == line
    assert bool(record.exc_info) is isinstance(error, ValueError)


def test_what_is_no_failure_passes_as_it_is() -> None:
    record = logging.makeLogRecord({"msg": "hello"})
    assert OneLine().filter(record)
    assert record.getMessage() == "hello"
