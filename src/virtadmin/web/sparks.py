"""How the CPU went in the last hour, as a line of a few pixels, drawn by SVG attributes: pages allow no inline style.

All have the same scale, 0 to 100 %, so that rows compare."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from virtadmin.metrics.errors import HistoryAway
from virtadmin.metrics.store import history
from virtadmin.metrics.tiers import FINEST

METRIC = "cpu_usage"
SPAN = 3600
WIDTH, HEIGHT = 60, 20
GAP = FINEST.step
"""Seconds between points that are neighbours."""
NOT_SUMMED_UP = 4 * GAP
"""Seconds the newest points may be behind: the roll-up comes every 5 minutes and waits a little for what is late."""
Points = Sequence[tuple[int, float]]


def recent(servers: Iterable[int], now: float) -> Mapping[int, Points]:
    """(Unix second, percent) of each server in the last hour, the newest minutes not summed up yet; few queries.

    A history that cannot be asked gives none: the page is worth more than its lines.
    """
    try:
        return history().trends(servers, METRIC, now - SPAN, now)
    except HistoryAway:
        return {}


def spark(points: Points, now: float, newest: float | None = None) -> str:
    """The line, as markup, ending in the newest value if there is one; where nothing was known it has a gap.

    What it says of now stands beside it in words, so screen readers skip it.
    """
    drawn, before = "", None
    for time, value, near in _all(points, now, newest):
        joined = before is not None and time - before <= near
        drawn += f"{'L' if joined else 'M'}{_x(time, now)} {_y(value)}"
        if not joined:
            drawn += "h1"  # so that a single point is seen
        before = time
    path = f'<path d="{drawn}"/>' if drawn else ""
    return f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{path}</svg>'


def _all(points: Points, now: float, newest: float | None) -> Iterator[tuple[float, float, float]]:
    """(time, value, seconds to the point before it up to which it is joined to that)."""
    for begun, value in points:
        yield begun + GAP / 2, value, GAP
    if newest is not None:
        yield now, newest, NOT_SUMMED_UP


def _x(time: float, now: float) -> int:
    return max(0, min(WIDTH - 1, round(WIDTH * (time - now + SPAN) / SPAN)))


def _y(value: float) -> int:
    return HEIGHT - 1 - round((HEIGHT - 2) * max(0.0, min(100.0, value)) / 100)
