"""Doors for Celery to the services of messages."""

from celery import shared_task
from django.utils import timezone

from virtadmin.notifications import delivery, services


@shared_task(name="notifications.deliver")
def deliver(ids: list[int]) -> None:
    """Send the messages with these ids over all their channels."""
    delivery.deliver(notifications=ids)


@shared_task(name="notifications.sweep")
def sweep() -> None:
    """Send what is due: second attempts, and what a dead worker or broker left."""
    delivery.sweep()


@shared_task(name="notifications.prune")
def prune() -> None:
    """Delete old messages."""
    services.notifications_prune(now=timezone.now())
