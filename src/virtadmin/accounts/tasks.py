"""Celery's doors to accounts."""

from celery import shared_task
from django.utils import timezone

from virtadmin.accounts.services import traces_prune


@shared_task(name="accounts.prune")
def prune() -> None:
    """Hourly: let go of old log entries, expired tokens and sessions."""
    traces_prune(now=timezone.now())
