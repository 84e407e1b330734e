"""What the collector does when something happens to a server, a website or an incident."""

from typing import Any

from django.db import transaction

from virtadmin.alerting.events import incidents_opened
from virtadmin.collector.context import incidents_look
from virtadmin.servers.dispatch import task_send
from virtadmin.servers.events import server_removed
from virtadmin.servers.models import Server
from virtadmin.websites.events import url_changed


def connect() -> None:
    """Subscribe. Harmless when called again."""
    server_removed.connect(_let_go, dispatch_uid="virtadmin.collector.let_go")
    url_changed.connect(_check, dispatch_uid="virtadmin.collector.check")
    incidents_opened.connect(_look, dispatch_uid="virtadmin.collector.look")


def _let_go(server: Server, **_: Any) -> None:
    server_id = server.pk  # which the row loses when it is deleted
    transaction.on_commit(lambda: task_send("collector.poll_now", server_id))


def _check(url_id: int, **_: Any) -> None:
    task_send("collector.check_url_now", url_id)


def _look(incidents: list[tuple[int, int, str]], **_: Any) -> None:
    incidents_look(incidents)
