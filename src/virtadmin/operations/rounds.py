"""Whether rounds end: what doctor, the metrics and the heartbeat go by."""

from django.db.models import Min

from virtadmin.collector.memory import Rounds, rounds_known
from virtadmin.servers.models import Server

__all__ = ["Rounds", "ended_judge", "rounds_known", "shortest_interval", "tick_judge"]
SLACK = 120.0
"""Seconds more than the interval that a round may take to come: many timeouts, a worker that was stood in for."""
TICK_LATE = 30.0


def shortest_interval() -> int | None:
    """Seconds after which some server is asked again; None where none is watched."""
    found: int | None = Server.objects.filter(enabled=True, enrolled=True).aggregate(least=Min("interval"))["least"]
    return found


def ended_judge(ago: float | None, shortest: int | None) -> bool:
    """Whether a round ended lately enough, for the shortest interval there is. Pure."""
    return shortest is None or (ago is not None and ago <= shortest + SLACK)


def tick_judge(ago: float | None) -> bool:
    """Whether the timetable is kept. Pure."""
    return ago is not None and ago <= TICK_LATE
