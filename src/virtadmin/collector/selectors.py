"""Which servers are to be asked, and how to reach them."""

from collections.abc import Sequence

from virtadmin.collector.due import Appointment, due
from virtadmin.collector.keeper import Question
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.selectors import server_target


def appointments() -> list[Appointment]:
    """Every server that is watched at all: not paused, and past its enrolment."""
    rows = ServerState.objects.filter(server__enabled=True, server__enrolled=True).values_list(
        "server_id", "server__interval", "status", "retry_at"
    )
    return [
        Appointment(
            server_id,
            interval,
            pending=status == ServerState.Status.PENDING,
            lost=status == ServerState.Status.DOWN,
            retry_at=retry_at,
        )
        for server_id, interval, status, retry_at in rows
    ]


def due_ids(appointments: Sequence[Appointment], *, last: float, now: float) -> list[int]:
    """The ids of those due in the tick after `last` up to `now`."""
    return [appointment.server_id for appointment in appointments if due(appointment, last=last, now=now)]


def questions(server_ids: Sequence[int]) -> list[Question]:
    """What to ask the servers, paused and deleted ones left out."""
    servers = Server.objects.filter(pk__in=server_ids, enabled=True)
    return [Question(server.pk, server.interval, server_target(server)) for server in servers]
