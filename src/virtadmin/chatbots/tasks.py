"""Celery's doors to chats."""

from celery import shared_task

from virtadmin.chatbots.processes import processes_answer


@shared_task(name="chatbots.top")
def top(server_id: int, reply: str) -> None:
    """Ask a server whose channel this worker holds for its heaviest processes."""
    processes_answer(server_id=server_id, reply=reply)
