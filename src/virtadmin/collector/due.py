"""When a server is asked: pure, the clock passed in."""

import zlib
from dataclasses import dataclass

LOST_INTERVAL = 60
"""Seconds between questions to a lost server, at most."""
LONGEST_WAIT = 3600.0
"""No back-off is longer: a `retry_at` further off is of a clock that was put back since."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """What decides when a server is asked. `retry_at` (unix time) overrules the interval (seconds) where it is set."""

    server_id: int
    interval: int
    pending: bool
    lost: bool
    retry_at: float | None
    local: bool = False
    """Whether it is the hub's own machine."""


def offset(server_id: int, interval: int) -> int:
    """The server's own second within its interval, the same for ever: spreads servers evenly over it."""
    return zlib.crc32(b"server %d" % server_id) % interval


def due(appointment: Appointment, *, last: float, now: float) -> bool:
    """Whether the server is to be asked in the tick that covers the time after `last` up to and including `now`."""
    if appointment.retry_at is not None:
        return appointment.retry_at <= now or appointment.retry_at > now + LONGEST_WAIT
    if appointment.pending:
        return True
    interval = min(appointment.interval, LOST_INTERVAL) if appointment.lost else appointment.interval
    start = offset(appointment.server_id, interval)
    return (now - start) // interval > (last - start) // interval
