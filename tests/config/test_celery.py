"""How long a worker keeps its connection to the database."""

import time

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_postrun, task_prerun
from django.db import connections

from virtadmin.config.celery import app


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", [task_prerun, task_postrun])
def test_it_outlives_a_task_but_not_its_time(moment: object, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    connection = connections["default"]
    connection.ensure_connection()
    monkeypatch.setattr(connection, "close", lambda: closed.append("closed"))
    monkeypatch.setattr(connection, "close_at", time.monotonic() + 60)
    moment.send(sender=None)  # type: ignore[attr-defined]
    assert closed == []
    monkeypatch.setattr(connection, "close_at", time.monotonic() - 1)
    moment.send(sender=None)  # type: ignore[attr-defined]
    assert closed == ["closed"]


@pytest.mark.django_db(transaction=True)
def test_celery_itself_closes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    connection = connections["default"]
    connection.ensure_connection()
    monkeypatch.setattr(connection, "close", lambda: closed.append("closed"))
    DjangoWorkerFixup(app).close_database()
    assert closed == []
