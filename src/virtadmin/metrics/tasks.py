"""Celery's doors to the history."""

import time

from celery import shared_task

from virtadmin.metrics.services import history_prune


@shared_task(name="metrics.prune")
def prune() -> None:
    """Hourly: let go of the points that are older than raw ones are kept."""
    history_prune(now=time.time())
