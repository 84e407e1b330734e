"""Celery's doors to the hub's own upkeep."""

from celery import shared_task

from virtadmin.operations.heartbeat import heartbeat


@shared_task(name="operations.heartbeat")
def beat() -> None:
    """Each minute: say outside that the hub does its work."""
    heartbeat()
