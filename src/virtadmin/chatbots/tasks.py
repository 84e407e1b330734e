"""Celery's doors to chats."""

from celery import shared_task
from django.utils import timezone

from virtadmin.chatbots.services import links_prune


@shared_task(name="chatbots.prune")
def prune() -> None:
    """Hourly: forget links that nobody can follow any more."""
    links_prune(now=timezone.now())
