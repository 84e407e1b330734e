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
    """Whether a round ended lately enough, for the shortest interval there is. One that is still to come by our clock
    (`ago` below 0) was before the clock was put back, and none has ended since. Pure."""
    return shortest is None or (ago is not None and -SLACK <= ago <= shortest + SLACK)


def tick_judge(ago: float | None) -> bool:
    """Whether the timetable is kept; as `ended_judge` where the last tick is still to come. Pure."""
    return ago is not None and abs(ago) <= TICK_LATE
