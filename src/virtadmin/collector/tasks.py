"""Celery's doors to the collector."""

import time

from celery import shared_task

from virtadmin.collector import rounds


@shared_task(name="collector.tick")
def tick() -> None:
    """Poll the servers that are due."""
    rounds.tick(now=time.time())


@shared_task(name="collector.poll_now")
def poll_now(server_id: int) -> None:
    """Poll one server at once: it was just enrolled, or a person asked."""
    rounds.poll([server_id])
