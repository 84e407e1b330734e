"""The id of a request goes with the tasks that it starts, and with those that they start: in the message's headers."""

from typing import Any

from celery import current_task
from celery.signals import before_task_publish, task_postrun, task_prerun

from virtadmin.core.logs import id_taken, request_id

HEADER = "virtadmin_request"


def give(headers: dict[str, Any] | None = None, **others: object) -> None:  # noqa: ARG001 - what a signal brings
    """A task is put on its queue."""
    mine = request_id.get()
    if mine and headers is not None:
        headers[HEADER] = mine


def take(**others: object) -> None:  # noqa: ARG001 - what a signal brings
    """A worker's thread begins a task."""
    given = getattr(current_task.request, HEADER, None) if current_task else None
    request_id.set(given if isinstance(given, str) and id_taken(given) else "")


def forget(**others: object) -> None:  # noqa: ARG001 - what a signal brings
    """The thread has done it; it will do others."""
    request_id.set("")


def connect() -> None:
    """Listen to Celery. Harmless when called again."""
    before_task_publish.connect(give, dispatch_uid="virtadmin.core.passing")
    task_prerun.connect(take, dispatch_uid="virtadmin.core.passing")
    task_postrun.connect(forget, dispatch_uid="virtadmin.core.passing")
