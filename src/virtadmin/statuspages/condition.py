"""In what condition something is for the public, and what is said of all of it together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from virtadmin.servers.watched import is_overdue
from virtadmin.ssh.stages import CERTAIN


class State(StrEnum):
    """Of a line, or of all of them together."""

    UP = "up"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    PARTLY = "partly"
    DOWN = "down"


WORDS = {
    State.UP: "up",
    State.MAINTENANCE: "maintenance",
    State.UNKNOWN: "no news",
    State.PARTLY: "partly down",
    State.DOWN: "down",
}
REACHED = frozenset(str(stage) for stage in CERTAIN)
"""Failures of a server that answers: its trouble is with the hub, and no news for others."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a server or website now. `reason` is `<stage>: sentence`, `last` when it last answered (of a
    website: was last asked)."""

    enabled: bool
    interval: int
    status: str
    reason: str = ""
    last: datetime | None = None
    retry_at: float | None = None


def state_now(known: Known, now: datetime, *, maintained: bool = False) -> State:
    """The state of a server or website; `maintained`: it is in maintenance at that time."""
    if maintained:
        return State.MAINTENANCE
    if not known.enabled:
        return State.UNKNOWN
    if known.status == "down":
        return State.UNKNOWN if known.reason.partition(":")[0] in REACHED else State.DOWN
    if known.status != "up" or is_overdue(known.last, known.interval, now, known.retry_at):
        return State.UNKNOWN
    return State.UP


def joined(states: Sequence[State]) -> State:
    """The state of several as one line. What there is no news of does not count beside what is known."""
    known = [state for state in states if state != State.UNKNOWN]
    down = known.count(State.DOWN)
    if down:
        return State.DOWN if down == len(known) else State.PARTLY
    if not known:
        return State.UNKNOWN
    return State.UP if State.UP in known else State.MAINTENANCE


def overall(lines: Sequence[State]) -> State:
    """The state of a page with these lines: down if all of them are, partly if any of them is in part."""
    if State.DOWN in lines or State.PARTLY in lines:
        return State.DOWN if all(state == State.DOWN for state in lines) else State.PARTLY
    for state in (State.MAINTENANCE, State.UNKNOWN):
        if state in lines:
            return state
    return State.UP if lines else State.UNKNOWN


def sentence(lines: Sequence[State], until: str) -> str:
    """What is said of all lines together; `until`: when maintenance ends, in words."""
    count, state = len(lines), overall(lines)
    if not lines:
        return "Nothing is shown here yet"
    if state in (State.DOWN, State.PARTLY):
        return _troubles(count, lines.count(State.DOWN), lines.count(State.PARTLY))
    if state == State.MAINTENANCE:
        held = lines.count(State.MAINTENANCE)
        return f"Maintenance until {until}" if held == count else f"Maintenance of {held} of {count} until {until}"
    if state == State.UNKNOWN:
        unknown = lines.count(State.UNKNOWN)
        return "No news at the moment" if unknown == count else f"No news of {unknown} of {count}"
    return "All is well"


def _troubles(count: int, down: int, partly: int) -> str:
    if count == 1:
        return "Down" if down else "Partly down"
    if down == count:
        return f"All {count} are down" if count > 2 else "Both are down"
    if not down:
        return f"{partly} of {count} {_are(partly)} partly down"
    return f"{down} of {count} {_are(down)} down" + (f", {partly} partly" if partly else "")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
