"""When people are reminded that a certificate expires. Pure.

Each step is told once: some days before the end, and at the end itself. A certificate that is issued for a short time
is renewed a short time before its end, so steps longer than a third of its lifetime do not count where that is seen.
"""

DAY = 86_400.0
STEPS = (21, 14, 7, 3, 1)
"""Days before the end."""
SHARE = 3


def steps(lifetime: float | None) -> list[float]:
    """The steps that count for a certificate issued for so many seconds (None = unknown, so all), in seconds before its
    end, the first first."""
    return [days * DAY for days in STEPS if lifetime is None or days * DAY * SHARE <= lifetime]


def warned_from(expires: float, lifetime: float | None) -> float:
    """From when on (Unix seconds) people are warned; at its end if no step counts."""
    return expires - max(steps(lifetime), default=0.0)


def next_step(expires: float, lifetime: float | None, after: float) -> float | None:
    """The time of the first step later than `after` (Unix seconds); None = none is left. The end is no step: that it
    has come, a check says."""
    return min((at for step in steps(lifetime) if (at := expires - step) > after), default=None)
