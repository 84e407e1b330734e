"""Whether the hub does its work: what doctor, the metrics and the heartbeat go by."""

from collections.abc import Mapping

from django.db.models import Min, Q

from virtadmin.collector.memory import Rounds, results_known, rounds_known
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url

__all__ = ["Rounds", "idle_judge", "results_known", "rounds_known", "shortest_intervals", "tick_judge"]
SLACK = 120.0
"""Seconds more than the interval that a result may take to come: many timeouts, a worker that was stood in for."""
TICK_LATE = 30.0


def shortest_intervals(now: float) -> dict[str, int]:
    """Seconds after which some server, and some website, is asked again, by `servers` and `websites`.

    One that is left alone for a time (wrong keys, Retry-After) counts only once that is long over; what is not
    there has nothing to be asked.
    """
    asked = Q(state__retry_at=None) | Q(state__retry_at__lte=now - SLACK)
    found = {
        "servers": Server.objects.filter(asked, enabled=True, enrolled=True),
        "websites": Url.objects.filter(asked, enabled=True, state__isnull=False),
    }
    least = {what: rows.aggregate(least=Min("interval"))["least"] for what, rows in found.items()}
    return {what: seconds for what, seconds in least.items() if seconds is not None}


def idle_judge(known: Mapping[str, float], shortest: Mapping[str, int], now: float) -> list[str]:
    """Of which of them no result was saved lately enough, by the shortest interval of each. Pure.

    One that is still to come was saved before the clock was put back, and none since.
    """
    ago = {what: now - known.get(what, float("-inf")) for what in shortest}
    return [what for what, seconds in shortest.items() if not -SLACK <= ago[what] <= seconds + SLACK]


def tick_judge(ago: float | None) -> bool:
    """Whether the timetable is kept; as `idle_judge` where the last tick is still to come. Pure."""
    return ago is not None and abs(ago) <= TICK_LATE
