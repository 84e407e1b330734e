"""Hands a run to the workers."""

from django.db import transaction

from virtadmin.servers.dispatch import task_send
from virtadmin.servers.enrolment.outcome import run_fail


def run_start(profile_id: int) -> None:
    """Let a worker take the run up once this transaction is committed."""
    transaction.on_commit(lambda: _send(profile_id))


def _send(profile_id: int) -> None:
    if not task_send("servers.enrol", profile_id):  # nobody would ever take it up: say so now, and keep no secret
        run_fail(profile_id, "The hub's task queue cannot be reached. Start it, then try again.")
