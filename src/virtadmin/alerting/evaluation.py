"""Whether a limit is crossed: one decision, pure, with the reason for it named.

Over the limit opens, 5 points below it closes (for limits of 10 and less: anything below), and from max(95, limit) on
it is critical. Opening and closing strictly alternate, for any order of events.
"""

from dataclasses import dataclass
from enum import StrEnum

CRITICAL_FROM = 95
CLEARS_BELOW_BY = 5
SMALL_LIMIT = 10


class Change(StrEnum):
    """What happens to the incident."""

    NONE = "none"
    OPEN = "open"
    RISE = "rise"
    CLOSE = "close"


class Reason(StrEnum):
    """Why."""

    UNKNOWN = "unknown"  # no figure this time, or too few of them for the window
    OFF = "not_measured"  # it is not measured any more, so nothing can be said
    BELOW = "below"
    HELD = "held"  # the server is lost: recovery alone is told
    CROSSED = "crossed"
    STILL_OVER = "still_over"
    CRITICAL = "critical"
    RECOVERED = "recovered"
    LIMIT_CHANGED = "limit_changed"  # the figure would not have been enough under the limit it was opened with


@dataclass(frozen=True, slots=True)
class State:
    """What is open: `level` None = nothing. `limit` is that of its newest change. `held` while the server is lost."""

    level: str | None = None
    limit: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The figure that is judged, in percent: None = none that can be judged now. `off`: it is not measured at all."""

    value: float | None
    off: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """The decision: what happens, why, and at which level the incident then is (None = closed)."""

    change: Change
    reason: Reason
    level: str | None = None


WARNING, CRITICAL = "warning", "critical"
UNKNOWN = Transition(Change.NONE, Reason.UNKNOWN)
BELOW = Transition(Change.NONE, Reason.BELOW)
HELD = Transition(Change.NONE, Reason.HELD)
STILL_OVER = {level: Transition(Change.NONE, Reason.STILL_OVER, level) for level in (WARNING, CRITICAL)}


def evaluate(limit: int, state: State, reading: Reading) -> Transition:
    """Judge one reading against a limit of 1 to 100 percent. The clock is in the reading: its window ends now."""
    value = reading.value
    if reading.off and state.level:
        return Transition(Change.CLOSE, Reason.OFF)
    if value is None or reading.off:
        return UNKNOWN
    if state.level is None:
        return _closed(limit, state, value)
    return _open(limit, state, state.level, value)


def clears(limit: int, value: float) -> bool:
    """Whether the value is far enough below the limit to call it over."""
    return value < limit if limit <= SMALL_LIMIT else value <= limit - CLEARS_BELOW_BY


def level_of(limit: int, value: float) -> str:
    """The level of a value that is over the limit."""
    return CRITICAL if value >= max(CRITICAL_FROM, limit) else WARNING


def _closed(limit: int, state: State, value: float) -> Transition:
    if value < limit:
        return BELOW
    if state.held:
        return HELD
    return Transition(Change.OPEN, Reason.CROSSED, level_of(limit, value))


def _open(limit: int, state: State, level: str, value: float) -> Transition:
    if clears(limit, value):
        return Transition(Change.CLOSE, Reason.RECOVERED if clears(state.limit, value) else Reason.LIMIT_CHANGED)
    if level == WARNING and level_of(limit, value) == CRITICAL and not state.held:
        return Transition(Change.RISE, Reason.CRITICAL, CRITICAL)
    return STILL_OVER[level]
