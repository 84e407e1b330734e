"""Celery's doors to chats."""

from celery import shared_task
from django.utils import timezone

from virtadmin.chatbots.processes import processes_answer
from virtadmin.chatbots.services import links_prune


@shared_task(name="chatbots.top")
def top(server_id: int, reply: str) -> None:
    """Ask a server whose channel this worker holds for its heaviest processes."""
    processes_answer(server_id=server_id, reply=reply)


@shared_task(name="chatbots.prune")
def prune() -> None:
    """Hourly: forget links that nobody can follow any more."""
    links_prune(now=timezone.now())
