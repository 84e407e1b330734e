"""Celery's doors to the history."""

import time

from celery import shared_task

from virtadmin.metrics import services


@shared_task(name="metrics.roll")
def roll() -> None:
    """Every 5 minutes: sum up what is over."""
    services.history_roll(now=time.time())


@shared_task(name="metrics.prune")
def prune() -> None:
    """Hourly: let go of the points that are kept no longer."""
    services.history_prune(now=time.time())


@shared_task(name="metrics.forget")
def forget(subject: int) -> None:
    """Delete the history of what is watched no more."""
    services.history_forget(subject=subject)
