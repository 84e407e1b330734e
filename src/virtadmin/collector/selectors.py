"""Which servers are to be asked, and how to reach them."""

import logging
from collections.abc import Collection, Sequence

from virtadmin.collector.due import Appointment, due
from virtadmin.collector.keeper import Question
from virtadmin.collector.reachability import patience
from virtadmin.collector.states import stage_of
from virtadmin.core.secrets import UnreadableSecret
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.selectors import server_target
from virtadmin.ssh.target import Target

logger = logging.getLogger(__name__)
SKEW = 5.0
"""Seconds that the clocks of two workers may differ by."""
IDS = 500
"""Ids a query: every database takes as many parameters."""


def appointments() -> list[Appointment]:
    """Every server that is watched at all: not paused, and past its enrolment."""
    rows = ServerState.objects.filter(server__enabled=True, server__enrolled=True).values_list(
        "server_id", "server__interval", "status", "retry_at", "server__transport", "status_reason", "failures"
    )
    return [
        Appointment(
            server_id,
            interval,
            pending=status == ServerState.Status.PENDING,
            lost=status == ServerState.Status.DOWN,
            retry_at=retry_at,
            local=transport == Server.Transport.LOCAL,
            patience=patience(stage_of(reason), failures) + SKEW if retry_at is not None else 0.0,
        )
        for server_id, interval, status, retry_at, transport, reason, failures in rows
    ]


def due_ids(appointments: Sequence[Appointment], *, last: float, now: float, retry: float) -> list[int]:
    """The subjects due in the tick after `last` up to `now`, or `retry` (`due.due`)."""
    return [appointment.subject for appointment in appointments if due(appointment, last=last, now=now, retry=retry)]


def questions(server_ids: Sequence[int], number: int = 0) -> list[Question]:
    """What to ask the servers in the round of this number, paused and deleted ones left out. No secret is read."""
    found: list[Question] = []
    for start in range(0, len(server_ids), IDS):
        servers = Server.objects.filter(pk__in=server_ids[start : start + IDS], enabled=True, enrolled=True)
        rows = servers.order_by().values_list(
            "pk", "interval", "ip_address", "port", "username", "transport", "state__revision"
        )
        found += [
            Question(pk, interval, (address, port, username, transport), number, revision or 0)
            for pk, interval, address, port, username, transport, revision in rows
        ]
    return found


def targets(server_ids: Collection[int]) -> dict[int, Target]:
    """How each of the servers is reached, its private key included; those deleted meanwhile are missing.

    A key that cannot be read (`SECRETS_KEY` is another) is left out: that server's poll then fails and says so.
    """
    servers = Server.objects.filter(pk__in=server_ids)
    try:
        return {server.pk: server_target(server) for server in servers}
    except UnreadableSecret as error:
        logger.error("%s", error)
    found = {}
    for server in servers.defer("private_key"):
        try:
            found[server.pk] = server_target(server)
        except UnreadableSecret:
            server.private_key = ""
            found[server.pk] = server_target(server)
    return found
