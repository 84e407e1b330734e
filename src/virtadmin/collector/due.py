"""When a server is asked, and a website checked: pure, the clock passed in."""

import zlib
from dataclasses import dataclass

LOST_INTERVAL = 60
"""Seconds between questions to what is lost, at most."""
LONGEST_WAIT = 3600.0
"""No back-off is longer."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """What decides when a server is asked, or a website checked. `retry_at` (unix time) overrules the interval
    (seconds) where it is set."""

    subject: int
    """A server's id, or minus a website's (`metrics.series`)."""
    interval: int
    pending: bool
    lost: bool
    retry_at: float | None
    local: bool = False
    """Whether it is the hub's own machine."""
    patience: float = LONGEST_WAIT
    """Seconds that `retry_at` may be off at most: what is further off is of a clock that was put back since."""


def offset(subject: int, interval: int) -> int:
    """The subject's own second within its interval, the same for ever: spreads them evenly over it."""
    return zlib.crc32(b"server %d" % subject) % interval


def due(appointment: Appointment, *, last: float, now: float, retry: float | None = None) -> bool:
    """Whether the subject is to be asked in the tick that covers the time after `last` up to and including `now`; up to
    `retry` (`now` if not given) where `retry_at` decides."""
    if appointment.retry_at is not None:
        return appointment.retry_at <= (retry or now) or appointment.retry_at > now + appointment.patience
    if appointment.pending:
        return True
    interval = min(appointment.interval, LOST_INTERVAL) if appointment.lost else appointment.interval
    start = offset(appointment.subject, interval)
    return (now - start) // interval > (last - start) // interval
