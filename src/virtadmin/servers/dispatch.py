"""Hands work to the workers by task name."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def task_send(name: str, *args: int) -> bool:
    """Put a task on its queue; False when the broker cannot be reached."""
    try:
        current_app.send_task(name, args=args)
    except OperationalError as error:
        logger.error("the task queue is away: %s", error)
        return False
    return True
