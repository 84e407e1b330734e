"""Numbers as people read them. Pure; the clock is passed in."""

from datetime import datetime

from virtadmin.metrics.catalogue import Kind

ABSENT = "–"
MINUTE, HOUR, DAY = 60, 3600, 86400


def percent(value: float | None) -> str:
    """`34 %`; one decimal below 10, so that small loads are not all zero."""
    if value is None:
        return ABSENT
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %"


def rate(value: float | None, unit: str = "Mb/s") -> str:
    """`12 Mb/s`, `0.4 Mb/s`: three figures at most."""
    return ABSENT if value is None else f"{short(value)} {unit}"


def short(value: float | None) -> str:
    """A number in the fewest figures that still tell: `1240`, `12`, `3.4`, `0.05`, `0`."""
    if value is None:
        return ABSENT
    if value >= 9.95:
        return f"{value:.0f}"
    if value >= 0.995:
        return f"{value:.1f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def mebibytes(value: float | None) -> str:
    """Memory given in MiB: `512 MiB`, `15.6 GiB`."""
    if value is None:
        return ABSENT
    return f"{value:.0f} MiB" if value < 1024 else gibibytes(value / 1024)


def gibibytes(value: float | None) -> str:
    """Space given in GiB: `0.5 GiB`, `40 GiB`, `1.8 TiB`."""
    if value is None:
        return ABSENT
    return f"{short(value)} GiB" if value < 1024 else f"{value / 1024:.1f} TiB"


def figure(value: float | None, kind: str, unit: str) -> str:
    """A number of the catalogue, by its kind and unit; of rates alone, as a chart's title has the unit."""
    if kind == Kind.PERCENT:
        return percent(value)
    if kind == Kind.DURATION:
        return duration(value)
    if kind == Kind.SIZE:
        return mebibytes(value) if unit == "MiB" else gibibytes(value)
    return rate(value, unit) if kind == Kind.LATENCY else short(value)


def duration(seconds: float | None) -> str:
    """`45 s`, `12 min`, `3 h 20 min`, `41 d 5 h`: two units at most."""
    if seconds is None:
        return ABSENT
    left = int(seconds)
    if left < MINUTE:
        return f"{left} s"
    if left < HOUR:
        return f"{left // MINUTE} min"
    if left < DAY:
        return _two(left // HOUR, "h", left % HOUR // MINUTE, "min")
    return _two(left // DAY, "d", left % DAY // HOUR, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")


def ago(moment: datetime | None, now: datetime) -> str:
    """`just now`, `12 s ago`, `3 h ago`; `never` for None."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds < 5:
        return "just now"
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"
