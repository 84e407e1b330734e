"""What the collector does when something happens to a server."""

from typing import Any

from django.db import transaction

from virtadmin.servers.dispatch import task_send
from virtadmin.servers.events import server_removed
from virtadmin.servers.models import Server


def connect() -> None:
    """Subscribe. Harmless when called again."""
    server_removed.connect(_let_go, dispatch_uid="virtadmin.collector.let_go")


def _let_go(server: Server, **_: Any) -> None:
    server_id = server.pk  # which the row loses when it is deleted
    transaction.on_commit(lambda: task_send("collector.poll_now", server_id))
