"""Tasks for one worker, on the queue that it alone reads."""

from typing import Any

from celery import current_app
from celery.utils.nodenames import worker_direct

EXPIRES = 30.0
"""Seconds after which what nobody began is void; machines' clocks differ by less, it is hoped."""


def worker_send(name: str, task: str, arguments: tuple[object, ...], *, expires: float = EXPIRES) -> None:
    """Have the worker of this node name do the task. Raises kombu's OperationalError when the broker is away."""
    queue: Any = worker_direct(name)  # send_task takes a Queue where its stubs know of names alone
    current_app.send_task(task, arguments, queue=queue, expires=expires)
